/** The compiled kernels and their types: what assembly/index.ts exports, seen from TypeScript. */
import type { Dtype, EncodingMode, Metric, Similarity } from '../../contract/backend.js';
import type { LinearKernels } from '../linear.js';

/** Addresses are in bytes, sizes in rows or elements; the kernels' own comments say what each one is. */
export interface Kernels extends AlsKernels, EmbeddingKernels, LinearKernels {
  base(): number;
  measure32: TypedKernels['measure'];
  measure64: TypedKernels['measure'];
  measureRows(dtype: number, rows: number, count: number, dim: number, norms: number, scratch: number): number;
  pairs32: TypedKernels['pairs'];
  pairs64: TypedKernels['pairs'];
  scan(...args: [...SearchArguments, query: number, queryNorm: number, q: number, ...BestArguments]): void;
  scanCandidates(
    ...args: [
      ...StoredArguments,
      candidates: number,
      count: number,
      minScore: number,
      query: number,
      queryNorm: number,
      q: number,
      ...BestArguments,
    ]
  ): number;
  worstThreshold(metric: number, best: number, queries: number, stride: number, q: number): number;
  scanBatch(...args: [...SearchArguments, packed: number, norms: number, panel: number, ...BestArguments]): void;
  sortAll(...args: BestArguments): void;
  placeEncoding(
    metric: number,
    mode: number,
    dim: number,
    high: number,
    low: number,
    strips: number,
    offsets: number,
    mean: number,
  ): void;
  addRows(dtype: number, rows: number, norms: number, count: number, scratch: number, sums: number): void;
  encodeStrip(dtype: number, rows: number, norms: number, strip: number, work: number): void;
  isTrueOf(dtype: number, rows: number, norms: number, strip: number, work: number): number;
  openQuery(
    query: number,
    values: number,
    norm: number,
    minScore: number,
    lowers: number,
    k: number,
    candidates: number,
    capacity: number,
    work: number,
  ): void;
  orderCandidates(query: number): void;
  seedThreshold(query: number, admit: number, stale: number, first: number, last: number, count: number): void;
  multipliesIntegers(): number;
  multipliesBytes(): number;
  sweepOne(query: number, admit: number, stale: number, first: number, last: number, coarse: boolean): number;
  sweepMany(
    queries: number,
    stride: number,
    count: number,
    admit: number,
    stale: number,
    first: number,
    last: number,
    coarse: boolean,
    panels: number,
  ): number;
  pack32: TypedKernels['pack'];
  pack64: TypedKernels['pack'];
  block32: TypedKernels['block'];
  block64: TypedKernels['block'];
  placeRows(
    rows: number,
    indptr: number,
    indices: number,
    values: number,
    valuesAreWide: boolean,
    starts: number,
    byColumn: number,
    byColumnValues: number,
    norms: number,
  ): void;
  turnRows(columns: number, next: number): void;
  measureSparse(ofSets: boolean): void;
  placeSearch(
    scoring: number,
    shrinkage: number,
    minSupport: number,
    once: boolean,
    from: number,
    sums: number,
    counts: number,
    only: number,
  ): void;
  placeHeaps(...args: [lowest: number, ...BestArguments]): void;
  visitFull(first: number, last: number): void;
  visitCorated(first: number, last: number, centred: boolean, pairs: number, touched: number): void;
  topColumns(
    ...args: [
      rows: number,
      columns: number,
      weightStarts: number,
      weightLists: number,
      weights: number,
      listStarts: number,
      listColumns: number,
      listValues: number,
      excludedStarts: number,
      excluded: number,
      admit: number,
      above: number,
      minScore: number,
      totals: number,
      ...BestArguments,
    ]
  ): void;
}

/** assembly/als.ts; addresses and sizes as there. */
interface AlsKernels {
  alsGram(rows: number, count: number, stride: number, sums: number, totals: number, out: number): void;
  alsSolve(
    indptr: number,
    indices: number,
    weights: number,
    others: number,
    gram: number,
    l2: number,
    stride: number,
    first: number,
    last: number,
    steps: number,
    tolerance: number,
    cold: boolean,
    factors: number,
    scratch: number,
  ): void;
}

/** assembly/embedding.ts; addresses and sizes as there. */
interface EmbeddingKernels {
  trainSkipGram(
    words: number,
    stride: number,
    window: number,
    negative: number,
    sigmoid: number,
    accept: number,
    alias: number,
    input: number,
    output: number,
    random: number,
    targets: number,
    steps: number,
    tokens: number,
    ends: number,
    rates: number,
    count: number,
  ): void;
  trainGlove(
    words: number,
    stride: number,
    rows: number,
    squares: number,
    biases: number,
    biasSquares: number,
    wordOf: number,
    contextOf: number,
    logs: number,
    weights: number,
    count: number,
    rate: number,
  ): void;
}

export type BestArguments = [best: number, queries: number, stride: number];

/** Rows of a corpus; `scratch` takes one of them widened. */
export type StoredArguments = [
  metric: number,
  dtype: number,
  rows: number,
  norms: number,
  dim: number,
  scratch: number,
];

export type SearchArguments = [
  ...stored: StoredArguments,
  first: number,
  last: number,
  admit: number,
  minScore: number,
];

/** The kernels that exist for rows of float32 and of float64. */
export interface TypedKernels {
  measure(rows: number, count: number, dim: number, norms: number): number;
  pairs(metric: number, a: number, one: boolean, b: number, count: number, dim: number, out: number): void;
  pack(rows: number, count: number, dim: number, panels: number): void;
  block(
    metric: number,
    a: number,
    normsA: number,
    rowsA: number,
    dim: number,
    packed: number,
    normsB: number,
    columns: number,
    reach: number,
    panel: number,
    out: number,
  ): void;
}

/** Metrics as the kernels number them (assembly/score.ts). */
export const METRIC_CODES: Readonly<Record<Metric, number>> = { cosine: 0, dot: 1, euclidean: 2 };

/** How a sum becomes a score (assembly/sparse.ts). */
export const SCORING_CODES: Readonly<Record<Similarity, number>> = { cosine: 0, pearson: 0, jaccard: 1, dice: 2 };

/** Stored types as the kernels number them (assembly/widen.ts). */
export const DTYPE_CODES: Readonly<Record<Dtype, number>> = {
  float32: 0,
  float64: 1,
  float16: 2,
  bfloat16: 3,
  int8: 4,
};
/** Modes of the encoding as the kernels number them (assembly/rotate.ts). */
export const MODE_CODES: Readonly<Record<EncodingMode, number>> = { raw: 0, centred: 1, rotated: 2 };

/** Lanes of a canonical sum; packed rows are padded to a multiple of them. */
export const LANES = 16;
/** Rows in the tall and in the flat panel of a tile (assembly/tile.ts). */
export const TALL = 4;
export const FLAT = 2;

/** Bytes of `rows` rows packed into panels of `height` rows. */
export function packedBytes(rows: number, height: number, dim: number): number {
  return Math.ceil(rows / height) * height * Math.ceil(dim / LANES) * LANES * Float64Array.BYTES_PER_ELEMENT;
}

/**
 * Compiles one level.
 * @throws Error saying what the environment lacks.
 */
export function compile(base64: string, level: string): WebAssembly.Module {
  if (typeof WebAssembly === 'undefined') throw new Error('there is no WebAssembly here');
  const binary = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(binary)) {
    throw new Error(`this WebAssembly engine cannot run the instructions of the level "${level}"`);
  }
  try {
    return new WebAssembly.Module(binary);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `compiling WebAssembly is refused here; a Content-Security-Policy must allow 'wasm-unsafe-eval' (${detail})`,
      { cause },
    );
  }
}
