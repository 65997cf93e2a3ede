/** What callers may ask of an index, and the checks of it. */
import { readBackend } from '../../backend/choose.js';
import type { Backend, Dtype, Metric, TopRequest } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { readMetric } from '../batch.js';
import { readDtype } from '../dtype.js';
import { readK } from '../top-k.js';
import { show } from '../vectors.js';
import { admitMask, type Filter } from './filter.js';
import type { Roster } from './roster.js';
import type { RowsKept } from './stored-rows.js';
import type { OnProgress } from './under-way.js';

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

export interface AddOptions {
  /** Told how far the encoding of the new rows is; never where nothing is encoded. The rows are in by then. */
  readonly onProgress?: OnProgress | undefined;
}

export interface FromOptions extends IndexOptions, AddOptions {
  /** Elements per vector: needed for a flat array, or for no vectors at all; checked otherwise. */
  readonly dim?: number | undefined;
}

export interface SearchOptions<Id extends string | number> {
  /** Rows wanted. May be left out if `minScore` is given: then all rows that reach it. */
  readonly k?: number | undefined;
  /** Only rows scoring at least this. For `euclidean` scores are minus distances. */
  readonly minScore?: number | undefined;
  /** Only rows that pass; applied before the top-k. */
  readonly filter?: Filter<Id> | undefined;
}

/** For everything that has an asynchronous twin. */
export interface Abortable {
  /** Ends the work early; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface AsyncSearchOptions<Id extends string | number> extends SearchOptions<Id>, Abortable {}

/** @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
export function readIndexOptions({ dim, ...options }: IndexOptions & { readonly dim: number }): RowsKept {
  const { metric, dtype, encode = 'auto', threads, backend } = options;
  if (!Number.isSafeInteger(dim) || dim <= 0) {
    throw new KindredError('INVALID_ARGUMENT', `dim must be a positive integer, not ${show(dim)}`);
  }
  if (encode !== 'auto' && encode !== 'none') {
    throw new KindredError('INVALID_ARGUMENT', `encode must be 'auto' or 'none', not ${show(encode)}`);
  }
  return {
    dim,
    metric: readMetric(metric),
    dtype: readDtype(dtype),
    encodes: encode === 'auto',
    threads: readThreads(threads),
    backend: readBackend(backend),
  };
}

/** 0 if the backend is to choose. */
export function readThreads(threads: unknown): number {
  if (threads === undefined) return 0;
  if (Number.isInteger(threads) && (threads as number) > 0 && (threads as number) <= 1024) return threads as number;
  throw new KindredError('INVALID_ARGUMENT', `threads must be an integer from 1 to 1024, not ${show(threads)}`);
}

/** What a search asks of a corpus. @throws KindredError INVALID_K, INVALID_ARGUMENT */
export function readSearchOptions<Id extends string | number>(
  options: number | SearchOptions<Id>,
  roster: Roster<Id>,
): TopRequest {
  const { k, minScore, filter } = typeof options === 'object' && options !== null ? options : { k: options as number };
  const least = readMinScore(minScore);
  const wanted = k === undefined && minScore !== undefined ? Math.max(1, roster.size) : readK(k);
  return { k: Math.min(wanted, Math.max(1, roster.size)), minScore: least, admit: admitMask(roster, filter) };
}

/** Answers have room for k rows of each query. @throws KindredError INVALID_K if no array has so much. */
export function checkCells(queries: number, k: number): void {
  if (queries * k < 2 ** 31) return;
  throw new KindredError(
    'INVALID_K',
    `${queries} queries with room for ${k} rows each make ${queries * k} cells, 2^31 or more: give a smaller k (without one, ` +
      'minScore asks for every row) or fewer queries at once',
  );
}

/** -Infinity if not given. */
export function readMinScore(minScore: unknown): number {
  if (minScore === undefined) return Number.NEGATIVE_INFINITY;
  if (typeof minScore === 'number' && !Number.isNaN(minScore)) return minScore;
  throw new KindredError('INVALID_ARGUMENT', `minScore must be a number, not ${show(minScore)}`);
}

/** Options that must be an object. */
export function readObject<Options extends object>(options: Options, example: string): Options {
  if (typeof options === 'object' && options !== null) return options;
  throw new KindredError('INVALID_ARGUMENT', `options must be an object such as ${example}, not ${show(options)}`);
}

export function readOnProgress(onProgress: OnProgress | undefined): OnProgress | undefined {
  if (onProgress === undefined || typeof onProgress === 'function') return onProgress;
  throw new KindredError('INVALID_ARGUMENT', `onProgress must be a function, not ${show(onProgress)}`);
}
