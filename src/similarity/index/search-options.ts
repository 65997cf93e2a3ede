/** What callers may ask of a search, and the checks of it. */
import { readK } from '../../arguments/numbers.js';
import { refusal } from '../../arguments/refuse.js';
import type { TopRequest } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import type { Abortable } from '../../turns/abort.js';
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
