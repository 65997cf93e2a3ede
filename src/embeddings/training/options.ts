/** What the two trainings of embeddings have in common: options, and the rows they begin and end with. */
import { readInteger, readSeed } from '../../arguments/numbers.js';
import type { OptionNames } from '../../arguments/objects.js';
import { readBackend } from '../../backend/choose.js';
import type { Backend } from '../../backend/contract/backend.js';
import type { Random } from '../../backend/reference/random.js';
import { KindredError } from '../../errors.js';
import type { TurnOptions } from '../../turns/steps.js';
import type { Word } from '../words/word.js';
import { WordVectors } from '../words/word-vectors.js';

export interface EmbeddingOptions {
  /** Numbers per word: 100 if not given. */
  readonly dim?: number | undefined;
  /** Words that occur less often are left out before anything else happens: 5 if not given. */
  readonly minCount?: number | undefined;
  /** A whole number of at least 0; equal seeds give equal vectors, on every backend. 1 if not given. */
  readonly seed?: number | undefined;
  /** A backend, or its name as in `openBackend`; the fastest that works here if not given. */
  readonly backend?: Backend | string | undefined;
}

/** For `fitAsync`: progress is counted in words, or cells, learnt from. */
export type AsyncOptions<Options> = Options & TurnOptions;

/** For the tables of both trainings. */
export const EMBEDDING_OPTIONS: OptionNames<EmbeddingOptions> = {
  dim: true,
  minCount: true,
  seed: true,
  backend: true,
};

/** Rows that kernels train are padded with zeros to a multiple of this. */
const LANES = 16;
const DIM_MAX = 2 ** 20;

export function readEmbeddingOptions({ dim = 100, minCount = 5, seed = 1, backend }: EmbeddingOptions) {
  return {
    dim: readInteger(dim, 'dim', 1, DIM_MAX),
    minCount: readInteger(minCount, 'minCount', 1),
    seed: readSeed(seed),
    backend: readBackend(backend),
  };
}

/** Elements per row of the kernels. */
export function strideOf(dim: number): number {
  return Math.ceil(dim / LANES) * LANES;
}

/** Rows of random numbers in [-0.5, 0.5) / dim, as both authors' programs begin; zeros behind each. */
export function randomRows(random: Random, rows: number, dim: number): Float32Array {
  const stride = strideOf(dim);
  const data = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < dim; i++) data[row * stride + i] = random.centred() / dim;
  }
  return data;
}

/** @throws KindredError NOT_FINITE if training ended in numbers that are none. */
export function finished<W extends Word>(words: W[], padded: Float32Array, dim: number, backend: Backend) {
  const stride = strideOf(dim);
  const data = new Float32Array(words.length * dim);
  for (let row = 0; row < words.length; row++) {
    data.set(padded.subarray(row * stride, row * stride + dim), row * dim);
  }
  if (!data.every(Number.isFinite)) {
    throw new KindredError(
      'NOT_FINITE',
      'the vectors grew beyond all bounds in training; a smaller learningRate helps',
    );
  }
  return WordVectors.from(words, { data, rows: words.length, dim }, { backend });
}
