/** The part of the contract about sparse rows: which are alike, and sums of them. */
import type { Floats } from './rows.js';
import type { TopRows } from './search.js';

/**
 * A sparse matrix in CSR form: row `r` holds `values[p]` at column `indices[p]` for
 * `p` in `indptr[r] .. indptr[r+1]`, columns strictly ascending within a row.
 */
export interface SparseRows<Values extends Floats = Float32Array> {
  readonly rows: number;
  readonly columns: number;
  /** `rows + 1` offsets from 0. */
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Values;
}

/**
 * How alike two sparse rows are. `a` and `b` stand for their values, |a| for the number of columns that a row has (a
 * value of 0 is had).
 */
export type Similarity = 'cosine' | 'jaccard' | 'dice' | 'pearson';

/**
 * All is float64: products, sums, roots and quotients are rounded one by one, sums add by ascending column from 0.
 * - `cosine`: `Σ a·b / (sqrt(Σ a·a * Σ b·b) + shrinkage)`, at most 1; exactly 1 for rows that are equal or differ by a
 *   power of two, without shrinkage;
 * - `pearson`: the same for `a - mean(a)` and `b - mean(b)`; the mean (sum by ascending column / number) is that of the
 *   columns the row has, and columns it does not have stay 0;
 * - `jaccard`: `c / ((|a| + |b| - c) + shrinkage)` and `dice`: `2 * c / ((|a| + |b|) + shrinkage)`, with `c` columns in
 *   common.
 *
 * With `overlap: 'corated'`, sums and means are taken over the columns that both rows have, so that pearson is the
 * textbook's correlation; `jaccard` and `dice` stay as they are. Only positive scores of other rows count.
 */
export interface NeighborOptions {
  /** Neighbours kept per row, a positive integer; `stride` of the answer is `min(k, matrix.rows)`. */
  readonly k: number;
  /** `cosine` if absent. */
  readonly similarity?: Similarity | undefined;
  /** >= 0: similarities that rest on little evidence shrink to 0. 0 if absent. */
  readonly shrinkage?: number | undefined;
  /** `full` if absent. */
  readonly overlap?: 'full' | 'corated' | undefined;
  /** Columns that two rows must have in common at least, a positive integer below 2^32. 1 if absent. */
  readonly minSupport?: number | undefined;
  /** Only the neighbours (among all rows) of these rows: answer number `n` is of row `rows[n]`. Absent for all rows. */
  readonly rows?: Uint32Array | undefined;
  /**
   * Threads that may be used where the backend has them; 0 or absent lets the backend choose. The answer does not
   * depend on it.
   */
  readonly threads?: number | undefined;
}

/** Neighbours being searched for, a step at a time. Keeps nothing of the matrix that would change with it. */
export interface NeighborTask {
  /** Products to be added up, and what it takes to put the answers in order, in products too. */
  readonly total: number;
  /** So much of it is done; `total` when all is. */
  readonly done: number;
  /** Goes on for about this many products, one row at least. */
  advance(products: number): void;
  /** The answer, once all is done. Ends the task. */
  take(): TopRows;
  /** Gives the memory back. Any later call throws. May be called twice. */
  free(): void;
}

export interface SparseTopKOptions {
  /** Columns wanted per row, a positive integer; `stride` of the answer is `min(k, columns)`. */
  readonly k: number;
  /** Columns left out of each row's answer, in CSR form with the columns of the lists; values are not read. */
  readonly exclude?: Pick<SparseRows, 'indptr' | 'indices'> | undefined;
  /** One byte per column, nonzero admits; absent admits all. */
  readonly admit?: Uint8Array | undefined;
  /** Sums must be larger than this. -Infinity admits all. */
  readonly above: number;
  /** Sums must be at least this. -Infinity admits all. */
  readonly minScore: number;
  readonly threads?: number | undefined;
}
