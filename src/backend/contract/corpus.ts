/** The part of the contract about a corpus: dense rows in a backend's memory. */
import type { Encoder } from './encoding.js';
import type { Dtype, Elements, Floats, Metric } from './rows.js';
import type { FrozenRows, GraphTask, SearchCounts, TopRequest, TopRows, Undecided } from './search.js';

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
  /** Threads that one search may use. */
  readonly threads: number;
  /** Whether the rows are read from a file that is mapped into memory (`Backend.openMapped`). */
  readonly mapped: boolean;
  /**
   * Copies `rows.length / dim` rows to the end. Rows are of the class that stores the dtype. If a row holds NaN or
   * infinity, or (float64) is not zero and its sum of squares is outside [2^-900, 2^900], nothing is appended and that
   * row's index is returned; otherwise -1.
   */
  append(rows: Elements): number;
  /** Replaces one row. Returns false, changing nothing, if `append` would refuse it. */
  overwrite(slot: number, row: Elements): boolean;
  /** A copy of the rows `slot .. slot + count`, one if not given. */
  read(slot: number, count?: number): Elements;
  /** Keeps the slots whose byte is nonzero, in order, and gives the others' memory back. `keep.length === size`. */
  compact(keep: Uint8Array): void;
  /**
   * Exact top-k for `queries.length / dim` finite queries, by the order above. Does not return until done. Queries are
   * float32; for a float64 corpus float64, each zero or with a sum of squares inside [2^-900, 2^900].
   */
  search(queries: Floats, request: TopRequest): TopRows;
  /** What the last search here, whole or in part, did; undefined before the first, and where nothing is counted. */
  readonly lastSearch: SearchCounts | undefined;
  /** The rows as they are now, for work that takes its time. Neither this nor a change while they are held copies much. */
  freeze(): FrozenRows;
  /**
   * Searches for every row that `admit` admits, itself among its own answers, as `search` would. Undefined where a
   * search for each row is no slower. Undecided if that is to be asked again once 64 of its rows have been searched for.
   */
  openGraph(request: TopRequest): GraphTask | Undecided | undefined;
  /** What encodes these rows; undefined where nothing does. */
  readonly encoder: Encoder | undefined;
  /** The ways to search that `way` takes; none if there is no choice. */
  readonly ways: readonly string[];
  /**
   * Has searches go this way, where they can, whatever it costs: to measure it, and to test that it answers as every
   * other. Then any number of rows is worth encoding. Undefined (default) goes by the costs.
   */
  way: string | undefined;
  /** Gives the memory back, but for rows that are frozen. Any later call throws. */
  free(): void;
}

export interface CorpusOptions {
  /** float32 if not given. */
  readonly dtype?: Dtype | undefined;
  /** Threads that one search may use where the backend has them; 0 or absent lets the backend choose. */
  readonly threads?: number | undefined;
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
  /**
   * Where the file has the canonical dot of row 0 with itself, a float64, and behind it those of the others; or these
   * sums themselves, which are copied. Undefined unless the metric is cosine.
   */
  readonly squares: number | Float64Array | undefined;
  /** The length of the file. */
  readonly fileBytes: number;
  /** As in CorpusOptions. */
  readonly threads?: number | undefined;
}
