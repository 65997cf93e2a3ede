/**
 * What every backend promises: types and docs only, a file for each topic. `reference/` is the same as running code.
 *
 * **The canonical dot.** Products of two float32 are exact in float64. Sixteen float64 lanes start at
 * +0; lane `j` adds `a[i] * b[i]` for `i ≡ j (mod 16)` in increasing `i`. The lanes are folded in
 * halves: `l[j] + l[j+8]`, then `+4`, `+2`, `+1`. float64 operands use the same lanes with the product
 * rounded before it is added. Squared distances use the same lanes, each term `(a-b)·(a-b)` with
 * every step rounded. So a score has the same bits at any vector width, with or without FMA.
 *
 * **Scores.** Higher is always better:
 * - `dot`: the canonical dot;
 * - `cosine`: `dot(a,b) / sqrt(dot(a,a) * dot(b,b))`, clamped to [-1, 1]; 0 if `dot(a,a)` or `dot(b,b)` is 0. The product
 *   is rounded as if exponents had no bounds: for float64 it may be as small as 2^-1800 and as large as 2^1800. The root
 *   of a rounded square is the number itself, so equal rows, and rows that differ by a power of two, score exactly 1;
 * - `euclidean`: minus the distance, `-sqrt(sum of squared differences)`; never -0: equal vectors score +0.
 *
 * **Order.** Score descending, then position ascending. Top-k is the first k of that order.
 *
 * Callers (the facade) validate; a backend may assume what each method states, but a native one
 * checks lengths again, because a wrong length there would be a wild read.
 */

import type { Als, AlsSetup } from './als.js';
import type { Corpus, CorpusOptions, MappedRows } from './corpus.js';
import type { Glove, GloveSetup, SkipGram, SkipGramSetup } from './embedding.js';
import type { GramInverse } from './linear.js';
import type { Floats, Metric, Rows } from './rows.js';
import type { TopRows } from './search.js';
import type { NeighborOptions, NeighborTask, SparseRows, SparseTopKOptions } from './sparse.js';

export type * from './als.js';
export type * from './corpus.js';
export type * from './embedding.js';
export type * from './encoding.js';
export type * from './linear.js';
export type * from './rows.js';
export type * from './search.js';
export type * from './sparse.js';

export interface Backend {
  readonly name: 'native' | 'wasm' | 'plain' | 'reference';
  /** Which build of the kernels, e.g. `avx512`, `simd`. */
  readonly level: string;
  /**
   * The dimension from which handing one pair over is measured to beat plain TypeScript
   * (a call costs more than a short dot). Infinity where it never does.
   */
  readonly pairFrom: number;

  /** The canonical dot. Same class, same length. */
  dot(a: Floats, b: Floats): number;
  /**
   * The cosine, clamped. NaN if either sum of squares is outside [2^-900, 2^900] (a zero vector, a
   * non-finite element, or float64 beyond the safe range): the caller then looks closer.
   */
  cosine(a: Floats, b: Floats): number;
  /** The distance (not negated). Same class, same length. */
  euclidean(a: Floats, b: Floats): number;
  /**
   * Row `i` of `a` against row `i` of `b`; if `a` has one row, that row against every row of `b`.
   * Writes `b.rows` scores (cosine may be NaN as above). Same class, same dim.
   */
  pairs(metric: Metric, a: Rows, b: Rows, out: Float64Array): void;
  /**
   * Every row of `a` against every row of `b` (or of `a` itself, computing each pair once): `out[i * bRows + j]` is
   * the canonical score rounded to float32. Rows must be finite and, for cosine, 0 or with squares inside
   * [2^-900, 2^900]; returns the index of the first row with a non-finite sum of squares (rows of `b` counted after
   * those of `a`), else -1. `out` is then unspecified. Uses up to `threads` threads; 0, or nothing, leaves it to the backend.
   */
  matrix(metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array, threads?: number): number;

  /** Threads that a search uses if the corpus does not say: 1 where the backend has only the caller's. */
  readonly threads: number;
  /** An empty corpus. `dim` is a positive integer. */
  openCorpus(dim: number, metric: Metric, options?: CorpusOptions): Corpus;
  /**
   * A corpus whose rows stay in a file, mapped into memory and paged in as they are read. The file is never written to:
   * rows that are appended, overwritten or moved live in memory like those of any corpus. The caller has checked that
   * the parts lie inside the file and that sums of squares are finite; rows are taken to be what `append` would take. The backend
   * checks the lengths once more against the file as it finds it, throws a KindredError if it is shorter or cannot be
   * mapped, and leaves nothing open behind `free`. A file cut short while it is mapped is beyond help. Undefined where
   * files cannot be mapped.
   */
  readonly openMapped: ((path: string, rows: MappedRows) => Corpus) | undefined;

  /**
   * The `k` nearest other rows of every row, as NeighborOptions says. Values are finite. Never holds rows x rows in
   * memory.
   */
  sparseNeighbors(matrix: SparseRows, options: NeighborOptions): TopRows;
  /** The same, a step at a time. */
  openNeighbors(matrix: SparseRows, options: NeighborOptions): NeighborTask;
  /**
   * The `k` best columns of each row of the product `weights x lists`: sums of products in float64, each product
   * rounded, added by ascending row of `lists` from 0; a column that no list has sums to 0. Values are finite. Never
   * holds the product in memory.
   */
  sparseTopK(weights: SparseRows<Floats>, lists: SparseRows<Float64Array>, options: SparseTopKOptions): TopRows;

  /**
   * An inverse to be computed. `l2` is finite and >= 0. Takes `8 n²` bytes and a little for n columns; throws where
   * there is no room.
   */
  openGramInverse(matrix: SparseRows, l2: number, options?: { readonly threads?: number | undefined }): GramInverse;
  /**
   * The `k` best columns of each row of the product of `weights` and a dense matrix with `weights.columns` rows: sums
   * in float64 by ascending row of `dense` from 0, as `sparseTopK` wants them. Values are finite. Never holds the
   * product in memory.
   */
  denseTopK(weights: SparseRows, dense: Rows<Float32Array>, options: SparseTopKOptions): TopRows;

  openSkipGram(setup: SkipGramSetup): SkipGram;
  openGlove(setup: GloveSetup): Glove;

  openAls(setup: AlsSetup): Als;
}

/** A build of a backend that may or may not run here. */
export interface Candidate {
  readonly name: Backend['name'];
  readonly level: string;
  /** What opening it needs and only promises give. Rejects where it cannot be had. */
  readonly prepare?: () => Promise<void>;
  /** Throws what `open` would for what the machine lacks, at a small part of its cost. */
  readonly probe?: () => void;
  /** Opens the backend, or throws an error whose message says why it cannot run here. */
  open(): Backend;
}
