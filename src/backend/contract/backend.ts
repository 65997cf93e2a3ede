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

import type { Glove, GloveSetup, SkipGram, SkipGramSetup } from './embedding.js';
import type { NeighborOptions, SparseLists, SparseRows, SparseTopKOptions } from './sparse.js';

export type * from './embedding.js';
export type * from './sparse.js';

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
 * How a corpus stores an element. All but float64 widen to float32 exactly, so their scores are those of the float32 rows they
 * stand for; a float64 corpus has the scores of float64 operands.
 */
export type Dtype = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int8';

/** Stored elements: float16 and bfloat16 as their bits in a Uint16Array. */
export type Elements = Float32Array | Float64Array | Uint16Array | Int8Array;

export interface CorpusOptions {
  /** float32 if not given. */
  readonly dtype?: Dtype | undefined;
  /** Threads that one search may use where the backend has them; 0 or absent lets the backend choose. */
  readonly threads?: number | undefined;
}

/** How the encoded rows were transformed before they were rounded (docs/internals/exactness.md). */
export type EncodingMode = 'raw' | 'centred' | 'rotated';

/** The encoded copy of the first `rows` rows: docs/internals/exactness.md, "The encoding". Any backend can use what another
 * has made; the last bits of bounds, and with them codes, may differ between two that encode the same rows. */
export interface Encoding {
  readonly mode: EncodingMode;
  /** `dim` elements; all zero in mode `raw`. */
  readonly mean: Float64Array;
  /** Rows encoded, a multiple of 32. */
  readonly rows: number;
  /** For each strip of 32 rows: scale, unit, fine, coarse, reach. */
  readonly strips: Float64Array;
  /** For each row, `A` in units of its strip. */
  readonly offsets: Float32Array;
  /** The high and the low four bits: `16 * ceil(dim / 32)` bytes a row each. */
  readonly high: Uint8Array;
  readonly low: Uint8Array;
}

/** What of a corpus is encoded. */
export interface EncodedState {
  readonly mode: EncodingMode;
  /** Rows whose encoding is there and true of them. */
  readonly rows: number;
}

/** How a search went, summed over its queries. */
export interface SearchCounts {
  readonly queries: number;
  /** Rows that each query was asked to consider. */
  readonly rows: number;
  /** (query, row) pairs left after the four-bit stage, or in strips left by it; undefined if it was not used. */
  readonly coarse?: number | undefined;
  /** Pairs left after the eight-bit stage (or the float32 filter); undefined if there was no filter. */
  readonly fine?: number | undefined;
  /** Pairs whose canonical score was computed. */
  readonly scored: number;
}

/**
 * Rows that live in the backend's memory, numbered by slot from 0.
 * A search sees the rows as they were when it was called.
 */
export interface Corpus {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  /** Slots in use. */
  readonly size: number;
  /** Bytes held in the backend's memory. */
  readonly bytes: number;
  /** Threads that one search may use; `Backend.threads` if absent. */
  readonly threads?: number | undefined;
  /**
   * Copies `rows.length / dim` rows to the end. Rows are of the class that stores the dtype. If a row holds NaN or infinity, or
   * (float64) is not zero and its sum of squares is outside [2^-900, 2^900], nothing is appended and that row's index is
   * returned; otherwise -1.
   */
  append(rows: Elements): number;
  /** Replaces one row. Returns false, changing nothing, if `append` would refuse it. */
  overwrite(slot: number, row: Elements): boolean;
  /** A copy of the rows `slot .. slot + count`, one if not given. */
  read(slot: number, count?: number): Elements;
  /** Keeps the slots whose byte is nonzero, in order, and gives the others' memory back. `keep.length === size`. */
  compact(keep: Uint8Array): void;
  /**
   * Exact top-k for `queries.length / dim` finite queries, by the order above. Does not return until done. Queries are float32;
   * for a float64 corpus float64, each zero or with a sum of squares inside [2^-900, 2^900].
   */
  search(queries: Floats, options: SearchOptions): TopRows;
  /**
   * The same among the slots `first .. last` only, which are multiples of 1024 or the end; `stride` of the answer is
   * `min(k, last - first)`. For backends without `openSearch`: so a search leaves the JavaScript thread its turns.
   */
  searchPart?(queries: Floats, options: SearchOptions, first: number, last: number): TopRows;
  /** Searches off the JavaScript thread, where the backend can. */
  openSearch?(): SearchTask;
  /**
   * Searches for every row that `admit` admits, itself among its own answers, as `search` would. Undefined where a search for
   * each row is no slower.
   */
  openGraph?(options: SearchOptions): GraphTask | undefined;
  /** The ways to search that `way` takes; absent if there is only one. */
  readonly ways?: readonly string[] | undefined;
  /**
   * Has searches go this way, where they can, whatever it costs: to measure it, and to test that it answers as every other.
   * Then any number of rows is worth encoding. Undefined (default) goes by the costs.
   */
  way?: string | undefined;
  /**
   * Encodes up to `rows` more rows so that searches get faster, and returns how many rows are still worth encoding (0 when
   * done, or where encoding does not pay). Answers never depend on it. Changed rows are encoded anew by the same call.
   */
  encode?(rows: number): number;
  /** The mode of the encoding, and how many rows it holds as they are now; undefined if there is none. Costs nothing to ask. */
  readonly encoded?: EncodedState | undefined;
  /** A copy of the encoded rows, or undefined if there are none. */
  encoding?(): Encoding | undefined;
  /** Takes an encoding of the first rows of this corpus in place of its own. It must be true of these rows. */
  adopt?(encoding: Encoding): void;
  /** Whether the rows are read from a file that is mapped into memory (`Backend.openMapped`). */
  readonly mapped?: boolean | undefined;
  /** What the last `search` or `searchPart` did; undefined before the first. */
  readonly lastSearch?: SearchCounts | undefined;
  /** Gives the memory back. A search under way ends cleanly; any later call throws. */
  free(): void;
}

/** Searches of the rows as they were when it was opened, whatever becomes of the corpus. */
export interface SearchTask {
  /** What its finished searches did in sum. */
  readonly counted: SearchCounts;
  /** As a corpus answers. Queries and mask are copied before it returns. Rejects with `signal.reason`. */
  search(queries: Floats, options: SearchOptions, signal?: AbortSignal): Promise<TopRows>;
  /** Gives the memory back as soon as no search of it is under way. Any later call throws. May be called twice. */
  free(): void;
}

/**
 * The best rows of every row that takes part, found block by block, in order, with each pair computed once. It sees the rows as
 * they were when it was opened.
 */
export interface GraphTask {
  readonly blocks: number;
  /** What the search for the last block did. */
  readonly counted: SearchCounts;
  /** The slots that block `number` answers for, one query each. */
  rows(number: number): Uint32Array;
  /** Their answers. Blocks are asked for one after the other; the same one may be asked for again before the next. */
  search(number: number): TopRows;
  /** The same off the JavaScript thread. Rejects with `signal.reason`; then the task is of no more use. */
  searchAsync(number: number, signal?: AbortSignal): Promise<TopRows>;
  /** Gives the memory back. Any later call throws. May be called twice. */
  free(): void;
}

/** Where a file holds the rows of a corpus. Offsets are in bytes and multiples of 64; numbers are little-endian. */
export interface MappedRows {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  /** At least 1. */
  readonly rows: number;
  /** Row 0; the others follow without gaps, stored as the dtype says. */
  readonly rowsAt: number;
  /** The float64 norm of row 0, and behind it those of the others; undefined unless the metric is cosine. */
  readonly normsAt: number | undefined;
  /** The length of the file. */
  readonly fileBytes: number;
  /** As in CorpusOptions. */
  readonly threads?: number | undefined;
}

/** Neighbours being searched for, a step at a time. Keeps nothing of the matrix that would change with it. */
export interface NeighborTask {
  /** Products to be added up, and a little for each row. */
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

  /** Threads that a search uses if the corpus does not say: 1 where the backend has only the caller's. */
  readonly threads: number;
  /** An empty corpus. `dim` is a positive integer. */
  openCorpus(dim: number, metric: Metric, options?: CorpusOptions): Corpus;
  /**
   * A corpus whose rows stay in a file, mapped into memory and paged in as they are read. The file is never written to: rows
   * that are appended, overwritten or moved live in memory like those of any corpus. The caller has checked that the parts lie
   * inside the file and that norms are finite; rows are taken to be what `append` would take. The backend checks the lengths
   * once more against the file as it finds it, throws a KindredError if it is shorter or cannot be mapped, and leaves nothing
   * open behind `free`. A file cut short while it is mapped is beyond help.
   */
  openMapped?(path: string, rows: MappedRows): Corpus;

  /** The `k` nearest other rows of every row, as NeighborOptions says. Values are finite. Never holds rows x rows in memory. */
  sparseNeighbors(matrix: SparseRows, options: NeighborOptions): TopRows;
  /** The same, a step at a time. */
  openNeighbors(matrix: SparseRows, options: NeighborOptions): NeighborTask;
  /**
   * The `k` best columns of each row of the product `weights x lists`: sums of products in float64, each product rounded, added
   * by ascending row of `lists` from 0; a column that no list has sums to 0. Values are finite. Never holds the product in memory.
   */
  sparseTopK(weights: SparseRows | SparseLists, lists: SparseLists, options: SparseTopKOptions): TopRows;

  /** An inverse to be computed. `l2` is finite and >= 0. Takes `8 n²` bytes and a little for n columns; throws where there is no room. */
  openGramInverse(matrix: SparseRows, l2: number, options?: { readonly threads?: number | undefined }): GramInverse;
  /**
   * The `k` best columns of each row of the product of `weights` and a dense matrix with `weights.columns` rows: sums in float64
   * by ascending row of `dense` from 0, as `sparseTopK` wants them. Values are finite. Never holds the product in memory.
   */
  denseTopK(weights: SparseRows, dense: Rows<Float32Array>, options: SparseTopKOptions): TopRows;

  openSkipGram(setup: SkipGramSetup): SkipGram;
  openGlove(setup: GloveSetup): Glove;

  openAls(setup: AlsSetup): Als;
}

/** The two sides of a factorisation. */
export type AlsSide = 'users' | 'items';

/**
 * **Alternating least squares for implicit feedback** (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback
 * Datasets", ICDM 2008), each row solved by conjugate gradients (Takács, Pilászy, Tikk, "Applications of the Conjugate Gradient
 * Method for Implicit Feedback Collaborative Filtering", RecSys 2011). As in the training of embeddings every number is a float32,
 * every step is rounded, rows have `stride` elements, a multiple of 16, and a dot has sixteen lanes: the same bits on every
 * backend, with any number of threads.
 */
export interface AlsSetup {
  readonly stride: number;
  /** users x items. A value is what its cell weighs beyond the 1 of every cell: positive, finite. */
  readonly byUser: SparseRows;
  /** The same by item. */
  readonly byItem: SparseRows;
  /** Rows of factors to begin with. Copied; whatever lies beyond the factors that are meant is 0. */
  readonly users: Float32Array;
  readonly items: Float32Array;
  /** Regularisation of each row, positive. */
  readonly userL2: Float32Array;
  readonly itemL2: Float32Array;
  /** Threads, where the backend has them; 0 or absent lets it choose. */
  readonly threads?: number | undefined;
}

export interface AlsSolve {
  /** Steps of conjugate gradients at most. */
  readonly steps: number;
  /** A row is done when its residual's dot with itself is at most this times that at the start. 0 takes every step. */
  readonly tolerance: number;
  /** Begins at zero, not at the factors that are there. */
  readonly cold: boolean;
}

/** Alternating least squares, under way. Its setup must not be changed meanwhile. */
export interface Als {
  /**
   * The Gram matrix G of one side's factors as they are, stride x stride, which `solve` of the other side uses from now on. The
   * products are added up in float32 over each 256 rows; these sums are added in float64 and the total is rounded.
   */
  gram(of: AlsSide): Float32Array;
  /**
   * Solves for the rows first .. last of one side; `gram` of the other came before. A row without cells becomes 0. Else, with l
   * its regularisation, and w and y the weight and the other side's row of each cell in turn:
   *
   *     A(p) = (Σ over m of G[m] * p[m]) + l * p, to which each cell adds (w * dot(y, p)) * y
   *     r = 0 - ((Σ over m of G[m] * x[m]) + l * x), to which each cell adds ((1 + w) - w * dot(y, x)) * y
   *     p = r, s = dot(r, r)
   *     while s > tolerance * the first s, and dot(p, A(p)) > 0:
   *       a = s / dot(p, A(p)), x += a * p, r -= a * A(p), t = dot(r, r), p = r + (t / s) * p, s = t
   */
  solve(side: AlsSide, first: number, last: number, how: AlsSolve): void;
  /** A copy of one side's factors. */
  factors(of: AlsSide): Float32Array;
  /** Gives the memory back; any later call throws. */
  free(): void;
}

/**
 * **The inverse of a Gram matrix**, in float64. Every product, sum, quotient and square root is rounded by itself, and every
 * element takes its products one by one in the order given, so the bits are the same on every backend. For i <= j:
 * - `G = XᵀX + l2·I`: the products of each row of X that has both columns, added by ascending row from 0; l2 at last;
 * - `G = UᵀU` (Cholesky): `u(i,j) = (g(i,j) - Σ u(k,i)·u(k,j) for k = 0 .. i-1) / u(i,i)`, `u(i,i)` the square root of that
 *   difference, which is the pivot;
 * - `V = U⁻¹`: `v(j,j) = 1 / u(j,j)`, `v(i,j) = (0 - Σ u(i,k)·v(k,j) for k = j down to i+1) / u(i,i)`;
 * - `P = VVᵀ`: `p(i,j) = Σ v(i,k)·v(j,k) for k = j .. n-1`, from 0, the same at (j,i).
 */
export interface GramInverse {
  /** Columns of the sparse matrix; rows and columns of the inverse. */
  readonly size: number;
  /** Products to be added up, about. */
  readonly total: number;
  /** So much of it is done; `total` when all is. */
  readonly done: number;
  /**
   * Goes on for about this many products.
   * @throws KindredError INVALID_ARGUMENT unless every pivot is finite and larger than `g(i,i) * (n * 2^-52)`, and so positive,
   * and every `p(i,i)` finite: otherwise G is singular as far as float64 can tell. It then throws whenever it is called.
   */
  advance(products: number): void;
  /** P, size x size, once all is done. */
  inverse(): Float64Array;
  /**
   * Once all is done, writes rows `first` to `last` of size x size weights: at (i,j) `0 - p(i,j) / p(j,j)` rounded to float32,
   * and 0 where i is j. `out` has (last - first) x size elements.
   */
  weights(first: number, last: number, out: Float32Array): void;
  /** Gives the memory back. Any later call throws. May be called twice. */
  free(): void;
}

/** A build of a backend that may or may not run here. */
export interface Candidate {
  readonly name: Backend['name'];
  readonly level: string;
  /** Opens the backend, or throws an error whose message says why it cannot run here. */
  open(): Backend;
}
