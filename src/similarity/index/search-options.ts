/** What callers may ask of a search, and the checks of it. */
import { readInteger, readK } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { checkArrays } from '../../arguments/room.js';
import type { Metric, TopRequest, TopRows } from '../../backend/contract/backend.js';
import { emptyTopRows } from '../../backend/reference/best.js';
import { KindredError } from '../../errors.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import type { StoredRows } from '../rows/stored-rows.js';
import { admitMask, type Filter } from './filter.js';
import { type GroupKey, type Groups, readGroups } from './groups.js';

export interface SearchOptions<Id extends string | number> {
  /** Rows wanted. May be left out if `minScore` or `maxDistance` is given: then all rows that reach it. */
  readonly k?: number | undefined;
  /** Only rows scoring at least this. For `euclidean` scores are minus distances: `maxDistance` says it plainly. */
  readonly minScore?: number | undefined;
  /** For `euclidean`, in place of `minScore`: only rows at most this far away, at least 0. */
  readonly maxDistance?: number | undefined;
  /** Only rows that pass; applied before the top-k. */
  readonly filter?: Filter<Id> | undefined;
  /** Rows left out at the beginning of the answer, such as earlier pages: 0 if not given. */
  readonly offset?: number | undefined;
  /**
   * Tells which group a row belongs to, such as the document it is a part of; called once for a row at most. Of each group only
   * its best `perGroup` rows are in the answer. Groups are cut first, then `offset`, then `k`.
   */
  readonly groupBy?: ((id: Id) => GroupKey) | undefined;
  /** Rows of each group at most: 1 if not given. */
  readonly perGroup?: number | undefined;
}

export interface AsyncSearchOptions<Id extends string | number> extends SearchOptions<Id>, Abortable {}

const SEARCH_OPTIONS: OptionNames<SearchOptions<never>> = {
  k: true,
  minScore: true,
  maxDistance: true,
  filter: true,
  offset: true,
  groupBy: true,
  perGroup: true,
};
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

/** What a search asks of a corpus, and what becomes of the answer. */
export interface Request<Id extends string | number> extends TopRequest {
  /** `k` with the rows of earlier pages. Where rows are grouped, more are searched for. */
  readonly wanted: number;
  readonly offset: number;
  readonly groups: Groups<Id> | undefined;
}

/** @throws KindredError INVALID_K, INVALID_ARGUMENT */
export function readRequest<Id extends string | number>(
  { k, filter, offset = 0, groupBy, perGroup, ...bound }: SearchOptions<Id>,
  { roster, underWay, kept }: StoredRows<Id>,
): Request<Id> {
  const minScore = readLeastScore(bound, kept.metric);
  const most = Math.max(1, roster.size);
  const asked = k === undefined && isBounded(bound) ? most : readK(k);
  const skipped = readInteger(offset, 'offset', 0);
  const groups = readGroups({ groupBy, perGroup }, () => roster.naming(), roster.slots);
  const wanted = Math.min(asked + skipped, most);
  const admit = underWay.asking(() => admitMask(roster, filter));
  return { k: groups ? groups.first(wanted) : wanted, minScore, admit, wanted, offset: skipped, groups };
}

/** An answer without its first rows. */
export function page(found: TopRows, offset: number): TopRows {
  if (offset === 0) return found;
  const from = Math.min(offset, found.stride);
  const stride = found.stride - from;
  const answer = emptyTopRows(found.counts.length, stride);
  for (let q = 0; q < found.counts.length; q++) {
    const first = q * found.stride;
    answer.counts[q] = Math.max(0, found.counts[q] - from);
    answer.positions.set(found.positions.subarray(first + from, first + found.stride), q * stride);
    answer.scores.set(found.scores.subarray(first + from, first + found.stride), q * stride);
  }
  return answer;
}

/** A position and a score. */
const CELL_BYTES = 12;

/** Answers have room for k rows of each query. @throws KindredError INVALID_K if no array has so much, or memory has not */
export function checkCells(queries: number, k: number): void {
  const cells = queries * k;
  const advice = 'give a smaller k (without one, a bound asks for every row) or fewer queries at once';
  const what = `${queries} queries with room for ${k} rows each make ${cells} cells`;
  if (cells >= 2 ** 31) throw new KindredError('INVALID_K', `${what}, 2^31 or more: ${advice}`);
  checkArrays(cells * CELL_BYTES, 'INVALID_K', () => `${advice}: ${what}`);
}

/** How alike rows must be at least, in one of two ways. */
export interface ScoreBound {
  readonly minScore?: number | undefined;
  readonly maxDistance?: number | undefined;
}

export function isBounded({ minScore, maxDistance }: ScoreBound): boolean {
  return minScore !== undefined || maxDistance !== undefined;
}

/** The least score; -Infinity if no bound is given. @throws KindredError INVALID_ARGUMENT for one that nothing can reach */
export function readLeastScore({ minScore, maxDistance }: ScoreBound, metric: Metric): number {
  if (maxDistance !== undefined) return 0 - readMaxDistance(maxDistance, minScore, metric);
  if (minScore === undefined) return Number.NEGATIVE_INFINITY;
  if (typeof minScore !== 'number' || Number.isNaN(minScore)) throw refusal('minScore', minScore, 'a number');
  if (metric === 'euclidean' && minScore > 0) {
    const advice = `scores are minus distances, so that none is above 0: { maxDistance: ${minScore} } says how far`;
    throw new KindredError('INVALID_ARGUMENT', `minScore cannot be ${minScore} with the metric euclidean: ${advice}`);
  }
  return minScore;
}

function readMaxDistance(maxDistance: number, minScore: unknown, metric: Metric): number {
  if (minScore !== undefined) {
    throw new KindredError('INVALID_ARGUMENT', 'minScore or maxDistance may be given, and not both');
  }
  if (metric !== 'euclidean') {
    const message = `maxDistance is for the metric euclidean, and this index goes by ${metric}: give minScore`;
    throw new KindredError('INVALID_ARGUMENT', message);
  }
  if (typeof maxDistance === 'number' && maxDistance >= 0) return maxDistance;
  throw refusal('maxDistance', maxDistance, 'a number of at least 0');
}
