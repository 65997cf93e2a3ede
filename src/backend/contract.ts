/**
 * What every backend promises: types and docs only. `reference/` is this page as running code.
 *
 * **The canonical dot.** Products of two float32 are exact in float64. Sixteen float64 lanes start at
 * +0; lane `j` adds `a[i] * b[i]` for `i ≡ j (mod 16)` in increasing `i`. The lanes are folded in
 * halves: `l[j] + l[j+8]`, then `+4`, `+2`, `+1`. float64 operands use the same lanes with the product
 * rounded before it is added. Squared distances use the same lanes, each term `(a-b)·(a-b)` with
 * every step rounded. So a score has the same bits at any vector width, with or without FMA.
 *
 * **Scores.** Higher is always better:
 * - `dot`: the canonical dot;
 * - `cosine`: `dot / (sqrt(dot(a,a)) * sqrt(dot(b,b)))`, clamped to [-1, 1]; 0 if either norm is 0;
 * - `euclidean`: minus the distance, `-sqrt(sum of squared differences)`; never -0: equal vectors score +0.
 *
 * **Order.** Score descending, then position ascending. Top-k is the first k of that order.
 *
 * Callers (the facade) validate; a backend may assume what each method states, but a native one
 * checks lengths again, because a wrong length there would be a wild read.
 */

export type Metric = 'cosine' | 'dot' | 'euclidean';

/** Element types that kernels read. Other inputs are widened or narrowed to these by the facade. */
export type Floats = Float32Array | Float64Array;

/** Row-major rows: row `i` is `data[i*dim .. (i+1)*dim)`. `data` may start at any byteOffset and be longer. */
export interface Rows<T extends Floats = Floats> {
  readonly data: T;
  readonly rows: number;
  readonly dim: number;
}

/**
 * The best rows of one or more queries. Query `q` found `counts[q] <= stride` rows; its `n`-th best is
 * `positions[q * stride + n]` with `scores[q * stride + n]`. Cells past the count are 0.
 */
export interface TopRows {
  readonly stride: number;
  readonly counts: Uint32Array;
  readonly positions: Uint32Array;
  readonly scores: Float64Array;
}

export interface SearchOptions {
  /** Rows wanted per query, a positive integer; `stride` of the answer is `min(k, corpus.size)`. */
  readonly k: number;
  /** Rows scoring below this are not admissible. -Infinity admits all. */
  readonly minScore: number;
  /** One byte per slot of the corpus, nonzero admits; absent admits all. Not kept or changed. */
  readonly admit?: Uint8Array | undefined;
}

/**
 * float32 rows that live in the backend's memory, numbered by slot from 0.
 * A search sees the rows as they were when it was called.
 */
export interface Corpus {
  readonly dim: number;
  readonly metric: Metric;
  /** Slots in use. */
  readonly size: number;
  /** Bytes held in the backend's memory. */
  readonly bytes: number;
  /**
   * Copies `rows.length / dim` rows to the end. If a row holds NaN or infinity nothing is appended and
   * that row's index is returned; otherwise -1.
   */
  append(rows: Float32Array): number;
  /** Replaces one row. Returns false, changing nothing, if the new row holds NaN or infinity. */
  overwrite(slot: number, row: Float32Array): boolean;
  /** A copy of one row. */
  read(slot: number): Float32Array;
  /** Keeps the slots whose byte is nonzero, in order, and gives the others' memory back. `keep.length === size`. */
  compact(keep: Uint8Array): void;
  /** Exact top-k for `queries.length / dim` finite queries, by the order above. Does not return until done. */
  search(queries: Float32Array, options: SearchOptions): TopRows;
  /** The same answer computed off the JavaScript thread, where the backend can. Rejects with `signal.reason`. */
  searchAsync?(queries: Float32Array, options: SearchOptions, signal?: AbortSignal): Promise<TopRows>;
  /** Gives the memory back. A search under way ends cleanly; any later call throws. */
  free(): void;
}

/**
 * A sparse matrix in CSR form: row `r` holds `values[p]` at column `indices[p]` for
 * `p` in `indptr[r] .. indptr[r+1]`, columns strictly ascending within a row.
 */
export interface SparseRows {
  readonly rows: number;
  readonly columns: number;
  /** `rows + 1` offsets from 0. */
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

export interface NeighborOptions {
  /** Neighbours kept per row, a positive integer; `stride` of the answer is `min(k, rows)`. */
  readonly k: number;
  /** Added to the denominator of the cosine, >= 0: similarities that rest on little evidence shrink to 0. */
  readonly shrinkage: number;
}

export interface Backend {
  readonly name: 'native' | 'wasm' | 'reference';
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
   * those of `a`), else -1. `out` is then unspecified.
   */
  matrix(metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array): number;

  /** An empty corpus. `dim` is a positive integer. */
  openCorpus(dim: number, metric: Metric): Corpus;

  /**
   * The `k` nearest other rows of every row, by `dot / (norm * norm + shrinkage)` clamped to [-1, 1]. Only
   * positive scores count. The dot of two rows adds exact products in float64 by ascending column; norms add
   * squares likewise. Values are finite. Never holds rows x rows in memory.
   */
  sparseNeighbors(matrix: SparseRows, options: NeighborOptions): TopRows;
}

/** A build of a backend that may or may not run here. */
export interface Candidate {
  readonly name: Backend['name'];
  readonly level: string;
  /** Opens the backend, or throws an error whose message says why it cannot run here. */
  open(): Backend;
}
