/** What callers may ask of a search, and the checks of it. */
import { readK } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import type { TopRequest } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import type { Roster } from '../rows/roster.js';
import { admitMask, type Filter } from './filter.js';

export interface SearchOptions<Id extends string | number> {
  /** Rows wanted. May be left out if `minScore` is given: then all rows that reach it. */
  readonly k?: number | undefined;
  /** Only rows scoring at least this. For `euclidean` scores are minus distances. */
  readonly minScore?: number | undefined;
  /** Only rows that pass; applied before the top-k. */
  readonly filter?: Filter<Id> | undefined;
}

export interface AsyncSearchOptions<Id extends string | number> extends SearchOptions<Id>, Abortable {}

const SEARCH_OPTIONS: OptionNames<SearchOptions<never>> = { k: true, minScore: true, filter: true };
const ASYNC_SEARCH_OPTIONS: OptionNames<AsyncSearchOptions<never>> = { ...SEARCH_OPTIONS, signal: true };

/** Options of a search; a number alone is k. @throws KindredError INVALID_ARGUMENT */
export function readSearch<Id extends string | number>(options: number | SearchOptions<Id>): SearchOptions<Id> {
  if (typeof options !== 'object' || options === null) return { k: readK(options) };
  return readObject(options, '{ k: 10 }', SEARCH_OPTIONS);
}

/** The same of an asynchronous one. */
export function readAsyncSearch<Id extends string | number>(
  options: number | AsyncSearchOptions<Id>,
): AsyncSearchOptions<Id> {
  if (typeof options !== 'object' || options === null) return { k: readK(options) };
  const asked = readObject(options, '{ k: 10 }', ASYNC_SEARCH_OPTIONS);
  readSignal(asked.signal);
  return asked;
}

/** What a search asks of a corpus. @throws KindredError INVALID_K, INVALID_ARGUMENT */
export function readRequest<Id extends string | number>(
  { k, minScore, filter }: SearchOptions<Id>,
  roster: Roster<Id>,
): TopRequest {
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
