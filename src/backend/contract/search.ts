/** The part of the contract about searches: what is asked for, what is found, and how a search may run. */
import type { Elements, Floats } from './rows.js';

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

/** The rows of a corpus as they were when they were frozen, whatever becomes of it: changed, compacted or freed. */
export interface FrozenRows {
  readonly dim: number;
  readonly size: number;
  /** As a corpus reads. */
  read(slot: number, count?: number): Elements;
  /** How they are searched without holding up the JavaScript thread. */
  readonly searching: Searching;
  /** As of a corpus. */
  openGraph(request: TopRequest): GraphTask | Undecided | undefined;
  /** Gives the memory back as soon as no search of them is under way. Any later call throws. May be called twice. */
  free(): void;
}

/**
 * How rows are searched while the JavaScript thread has its turns. Either they are searched elsewhere, on threads of the
 * backend's own. Or only the caller's thread can search, and the rows are searched in parts.
 */
export type Searching = SearchingElsewhere | SearchingInParts;

export interface SearchingElsewhere {
  readonly kind: 'elsewhere';
  /** As a corpus answers. Queries and mask are copied before it returns. */
  start(queries: Floats, request: TopRequest): Running<TopRows>;
  /** What the finished searches of these rows did in sum. */
  readonly counted: SearchCounts;
}

export interface SearchingInParts {
  readonly kind: 'in-parts';
  /**
   * As a corpus searches, among the slots `first .. last` only, which are multiples of 1024 or the end. `stride` of the
   * answer is `min(k, last - first)`.
   */
  search(queries: Floats, request: TopRequest, first: number, last: number): TopRows;
  /** Whether an encoded copy sifts them, so that a search gains from what was found in parts before. */
  readonly isEncoded: boolean;
  /** What the last search of a part did; undefined before the first, and where nothing is counted. */
  readonly lastSearch: SearchCounts | undefined;
}

/** Work off the JavaScript thread. */
export interface Running<Result> {
  /** What is found; of no use once it was cancelled. */
  readonly done: Promise<Result>;
  /** Ends it as soon as it can. */
  cancel(): void;
}

/**
 * The best rows of every row that takes part, found block by block, in order, with each pair computed once. It sees the
 * rows as they were when it was opened.
 */
export type GraphTask = GraphElsewhere | GraphInParts;

interface GraphBlocks {
  readonly blocks: number;
  /** What the search for the last block did. */
  readonly counted: SearchCounts;
  /** The slots that block `number` answers for, one query each. */
  rows(number: number): Uint32Array;
  /** Their answers. Blocks are asked for one after the other; the same one may be asked for again before the next. */
  search(number: number): TopRows;
  /** Gives the memory back. Any later call throws. May be called twice. */
  free(): void;
}

export interface GraphElsewhere extends GraphBlocks {
  readonly kind: 'elsewhere';
  /** `search` off the JavaScript thread. Once it was cancelled the task is of no more use. */
  start(number: number): Running<TopRows>;
}

export interface GraphInParts extends GraphBlocks {
  readonly kind: 'in-parts';
  /** Does a few milliseconds of what `search` of this block would. Returns whether all of it is done. */
  advance(number: number): boolean;
}

/** What there is in place of a graph where only searches of some of its rows can tell whether one would be faster. */
export type Undecided = 'undecided';

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
