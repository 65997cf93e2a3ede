/** How the rows of an index are kept: what callers may ask, and the checks of it. */
import { readChoice } from '../../arguments/choices.js';
import { readCount, readInteger } from '../../arguments/numbers.js';
import { readBackend } from '../../backend/choose.js';
import type { Backend, Dtype, Metric } from '../../backend/contract/backend.js';
import type { OnProgress, Progress } from '../../turns/progress.js';
import { readDtype } from '../dtype.js';
import { readMetric } from '../metric.js';

export interface IndexOptions {
  /** What similarity means: `cosine` if not given. */
  readonly metric?: Metric | undefined;
  /**
   * How elements are stored: `float32` if not given. `float16` and `bfloat16` round to nearest, ties to even; `int8` takes
   * integers from -128 to 127 and nothing else; `float64` keeps every bit, and takes vectors whose sum of squares is 0 or
   * from 2^-900 to 2^900. Answers are exact for the rows as they are stored.
   */
  readonly dtype?: Dtype | undefined;
  /**
   * `auto`, the default, keeps a small encoded copy of the rows, with which searches are faster and answers the same: it takes
   * one byte per element. `none` does without.
   */
  readonly encode?: 'auto' | 'none' | undefined;
  /** Threads that one search may use where the backend has more than the caller's; it chooses if not given. */
  readonly threads?: number | undefined;
  /** A backend, or its name as in `openBackend`; the fastest that works here if not given. */
  readonly backend?: Backend | string | undefined;
  /** Names the embedding model that the vectors come from; saved with the index, for `load` to check. At most 4096 bytes. */
  readonly model?: string | undefined;
}

/** How far an index is with work on its rows. */
export type IndexProgress = Progress<'encode' | 'search'>;

export interface AddOptions {
  /** Told how far the encoding of the new rows is; never where nothing is encoded. The rows are in by then. */
  readonly onProgress?: OnProgress<IndexProgress> | undefined;
}

export interface FromOptions extends IndexOptions, AddOptions {
  /** Elements per vector: needed for a flat array, or for no vectors at all; checked otherwise. */
  readonly dim?: number | undefined;
}

/** How rows are kept. All of it is fixed for the life of an index. */
export interface RowsKept {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly backend: Backend;
  /** 0 lets the backend choose. */
  readonly threads: number;
  /** Whether rows are encoded at all. */
  readonly encodes: boolean;
}

/** @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
export function readIndexOptions({ dim, ...options }: IndexOptions & { readonly dim: number }): RowsKept {
  const { metric, dtype, encode = 'auto', threads, backend } = options;
  return {
    dim: readCount(dim, 'dim'),
    metric: readMetric(metric),
    dtype: readDtype(dtype),
    encodes: readChoice(encode, 'encode', ['auto', 'none']) === 'auto',
    threads: readThreads(threads),
    backend: readBackend(backend),
  };
}

/** 0 if the backend is to choose. */
export function readThreads(threads: unknown): number {
  if (threads === undefined) return 0;
  return readInteger(threads, 'threads', 1, 1024);
}
