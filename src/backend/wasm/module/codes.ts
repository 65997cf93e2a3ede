/** The numbers by which kernels know the words of the contract. */
import type { Dtype, EncodingMode, Metric, Similarity } from '../../contract/backend.js';
import * as abi from './abi.js';

export const METRIC_CODES: Readonly<Record<Metric, number>> = {
  cosine: abi.COSINE,
  dot: abi.DOT,
  euclidean: abi.EUCLIDEAN,
};

/** Metrics whose scores docs/internals/exactness.md bounds. Where it does not, a search scores every row. */
export const HAS_BOUNDS: Readonly<Record<Metric, boolean>> = { cosine: true, dot: true, euclidean: true };

/** No score is above it. */
export const HIGHEST_SCORES: Readonly<Record<Metric, number>> = { cosine: 1, dot: Number.MAX_VALUE, euclidean: 0 };

export const DTYPE_CODES: Readonly<Record<Dtype, number>> = {
  float32: abi.FLOAT32,
  float64: abi.FLOAT64,
  float16: abi.FLOAT16,
  bfloat16: abi.BFLOAT16,
  int8: abi.INT8,
};

export const MODE_CODES: Readonly<Record<EncodingMode, number>> = {
  raw: abi.RAW,
  centred: abi.CENTRED,
  rotated: abi.ROTATED,
};

/** How a sum over columns in common becomes a score. */
export const SCORING_CODES: Readonly<Record<Similarity, number>> = {
  cosine: abi.BY_PRODUCTS,
  pearson: abi.BY_PRODUCTS,
  jaccard: abi.JACCARD,
  dice: abi.DICE,
};
