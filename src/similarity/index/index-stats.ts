/** What an index tells about itself. */
import type { Dtype, EncodingMode, Metric, SearchCounts } from '../../backend/contract/backend.js';
import type { StoredRows } from '../rows/stored-rows.js';

/** What an index holds and where. */
export interface IndexStats {
  readonly size: number;
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  /** Name and level, e.g. `native/avx512`. */
  readonly backend: string;
  /** Threads that one search may use. */
  readonly threads: number;
  /** Held by the backend for rows and their encoded copy; ids come on top. */
  readonly bytes: number;
  /** Deleted rows whose memory is not given back yet. */
  readonly deleted: number;
  /** The encoded copy: how rows were transformed for it, how many it holds, and how many are searched without. */
  readonly encoding: { readonly mode: EncodingMode; readonly rows: number; readonly waiting: number } | undefined;
  /** Whether the rows are read from a file that is mapped into memory (`load` with `mmap`). */
  readonly mapped: boolean;
  /** What the last search did; undefined before the first, and where a backend does not count. */
  readonly lastSearch: SearchCounts | undefined;
}

/** @throws KindredError DISPOSED */
export function statsOf<Id extends string | number>({ corpus, roster, kept, underWay }: StoredRows<Id>): IndexStats {
  const { dim, metric, dtype, backend } = kept;
  const encoded = corpus.encoder?.state;
  return {
    size: roster.size,
    dim,
    metric,
    dtype,
    backend: `${backend.name}/${backend.level}`,
    threads: corpus.threads,
    bytes: corpus.bytes,
    deleted: roster.deleted - roster.coming,
    encoding: encoded && { mode: encoded.mode, rows: encoded.rows, waiting: corpus.size - encoded.rows },
    mapped: corpus.mapped,
    lastSearch: underWay.lastSearch,
  };
}
