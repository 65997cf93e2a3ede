/** The part of the contract about searches: what is asked for, what is found, and how a search may run. */
import type { Floats } from './rows.js';

export interface TopRequest {
  /** Rows wanted per query, a positive integer; `stride` of the answer is `min(k, corpus.size)`. */
  readonly k: number;
  /** Rows scoring below this are not admissible. -Infinity admits all. */
  readonly minScore: number;
  /** One byte per slot of the corpus, nonzero admits; absent admits all. Not kept or changed. */
  readonly admit?: Uint8Array | undefined;
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

/**
 * How a corpus searches while the JavaScript thread has its turns. Either it searches elsewhere, on threads of its own.
 * Or only the caller's thread can search, and the rows are searched in parts.
 */
export type Searching = SearchingElsewhere | SearchingInParts;

export interface SearchingElsewhere {
  readonly kind: 'elsewhere';
  open(): SearchTask;
}

export interface SearchingInParts {
  readonly kind: 'in-parts';
  /**
   * As `Corpus.search`, among the slots `first .. last` only, which are multiples of 1024 or the end. `stride` of the
   * answer is `min(k, last - first)`.
   */
  search(queries: Floats, request: TopRequest, first: number, last: number): TopRows;
}

/** Searches of the rows as they were when it was opened, whatever becomes of the corpus. */
export interface SearchTask {
  /** What its finished searches did in sum. */
  readonly counted: SearchCounts;
  /** As a corpus answers. Queries and mask are copied before it returns. Rejects with `signal.reason`. */
  search(queries: Floats, options: TopRequest, signal?: AbortSignal): Promise<TopRows>;
  /** Gives the memory back as soon as no search of it is under way. Any later call throws. May be called twice. */
  free(): void;
}

/**
 * The best rows of every row that takes part, found block by block, in order, with each pair computed once. It sees the
 * rows as they were when it was opened.
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
