/** What callers may ask of an index, and the checks of it. */
import { readChoice } from '../../arguments/choices.js';
import { readCount, readInteger, readK } from '../../arguments/numbers.js';
import { refusal } from '../../arguments/refuse.js';
import { readBackend } from '../../backend/choose.js';
import type { Backend, Dtype, Metric, TopRequest } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import type { Abortable } from '../../turns/abort.js';
import type { OnProgress, Progress } from '../../turns/progress.js';
import { readMetric } from '../batch.js';
import { readDtype } from '../dtype.js';
import { admitMask, type Filter } from './filter.js';
import type { Roster } from './roster.js';
import type { RowsKept } from './stored-rows.js';

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

export interface SearchOptions<Id extends string | number> {
  /** Rows wanted. May be left out if `minScore` is given: then all rows that reach it. */
  readonly k?: number | undefined;
  /** Only rows scoring at least this. For `euclidean` scores are minus distances. */
  readonly minScore?: number | undefined;
  /** Only rows that pass; applied before the top-k. */
  readonly filter?: Filter<Id> | undefined;
}

export interface AsyncSearchOptions<Id extends string | number> extends SearchOptions<Id>, Abortable {}

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
  throw refusal('minScore', minScore, 'a number');
}

export { readObject } from '../../arguments/objects.js';
export { readOnProgress } from '../../turns/progress.js';
