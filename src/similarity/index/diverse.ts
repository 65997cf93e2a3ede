/** Rows that are alike a query but not each other: maximal marginal relevance. */
import { readK, readNumber } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import type { Backend, Floats, Metric } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import { toQueries } from '../dtype.js';
import type { RowsView } from '../rows/rows-view.js';
import type { StoredRows } from '../rows/stored-rows.js';
import type { IndexWork } from '../rows/under-way.js';
import { readVectors, type Vector } from '../vectors.js';
import { type Hit, Hits } from './hits.js';
import { choosing } from './marginal-relevance.js';
import { readRequest, type SearchOptions } from './search-options.js';

export interface DiverseOptions<Id extends string | number>
  extends Omit<SearchOptions<Id>, 'k' | 'offset' | 'groupBy' | 'perGroup'> {
  /** Rows wanted. */
  readonly k: number;
  /** The best rows by score among which to choose: the larger of 20 and 2 k if not given, at least k. */
  readonly fetchK?: number | undefined;
  /** From 0, where rows only have to differ, to 1, where it is a plain search; 0.5 if not given. */
  readonly lambda?: number | undefined;
}

export interface AsyncDiverseOptions<Id extends string | number> extends DiverseOptions<Id>, Abortable {}

const DIVERSE_OPTIONS: OptionNames<DiverseOptions<never>> = {
  k: true,
  fetchK: true,
  lambda: true,
  minScore: true,
  maxDistance: true,
  filter: true,
};
const ASYNC_DIVERSE_OPTIONS: OptionNames<AsyncDiverseOptions<never>> = { ...DIVERSE_OPTIONS, signal: true };

/** @throws KindredError INVALID_ARGUMENT */
export function readDiverse<Id extends string | number>(options: DiverseOptions<Id>): DiverseOptions<Id> {
  return readObject(options, '{ k: 10 }', DIVERSE_OPTIONS);
}

/** @throws KindredError INVALID_ARGUMENT */
export function readAsyncDiverse<Id extends string | number>(
  options: AsyncDiverseOptions<Id>,
): AsyncDiverseOptions<Id> {
  const asked = readObject(options, '{ k: 10 }', ASYNC_DIVERSE_OPTIONS);
  readSignal(asked.signal);
  return asked;
}

/** The fewest candidates that leave a choice. */
const FETCH_MIN = 20;

/** Chooses among the `fetchK` best. Options were read by `readDiverse`. */
export function* diverse<Id extends string | number>(
  rows: RowsView<Id>,
  stored: StoredRows<Id>,
  query: Vector,
  { k, fetchK, lambda = 0.5, ...rest }: DiverseOptions<Id>,
): IndexWork<Hit<Id>[]> {
  const wanted = readK(k);
  const fetched = fetchK === undefined ? Math.max(FETCH_MIN, 2 * wanted) : readK(fetchK, 'fetchK');
  if (fetched < wanted) {
    throw new KindredError('INVALID_ARGUMENT', `fetchK must be at least k, and ${fetched} is less than ${wanted}`);
  }
  const trade = readNumber(lambda, 'lambda', { from: 0, to: 1 });
  const { kept } = rows;
  // A caller's query and bitmap may change before the answer is there.
  const queries = toQueries(readVectors([query], kept.dim).data, kept.dtype, kept.dim).slice();
  const request = readRequest({ ...rest, k: fetched }, stored);
  const found = yield { queries, request: { ...request, admit: request.admit?.slice() } };

  const count = found.counts[0];
  const candidates = yield* gather(rows, found.positions.subarray(0, count));
  const relevance = relevanceOf(kept, queries, found.scores.subarray(0, count));
  const chosen = yield* choosing(relevance, wanted, trade, (n) => similaritiesTo(kept, candidates, n));
  const hits = new Hits(found, rows.naming, kept.metric).row(0);
  return chosen.map((n) => hits[n]);
}

/** Rows read in less than a millisecond. */
const ROWS_AT_ONCE = 256;

type Kept = { readonly backend: Backend; readonly metric: Metric; readonly dim: number };

/**
 * Relevance and redundancy must be of one kind to be weighed against each other. Cosines are, and so are distances. A dot grows
 * with both lengths, so it is divided by that of the query or of the row taken before: what is left is how far the candidate
 * reaches in the other's direction.
 */
function relevanceOf({ backend, metric }: Kept, query: Floats, scores: Float64Array): Float64Array {
  return metric === 'dot' ? dividedBy(scores, Math.sqrt(backend.dot(query, query))) : scores;
}

function similaritiesTo({ backend, metric, dim }: Kept, candidates: Floats, n: number): Float64Array {
  const row = candidates.subarray(n * dim, (n + 1) * dim);
  const scores = new Float64Array(candidates.length / dim);
  backend.pairs(metric, { data: row, rows: 1, dim }, { data: candidates, rows: scores.length, dim }, scores);
  // NaN is the kernels' word for the cosine of a zero vector.
  if (metric === 'cosine') return scores.map((cosine) => (Number.isNaN(cosine) ? 0 : cosine));
  return metric === 'dot' ? dividedBy(scores, Math.sqrt(backend.dot(row, row))) : scores;
}

function dividedBy(scores: Float64Array, norm: number): Float64Array {
  return norm === 0 ? new Float64Array(scores.length) : scores.map((score) => score / norm);
}

function* gather<Id extends string | number>(
  rows: RowsView<Id>,
  slots: Uint32Array,
): Generator<undefined, Floats, unknown> {
  const { dim, dtype } = rows.kept;
  const candidates = dtype === 'float64' ? new Float64Array(slots.length * dim) : new Float32Array(slots.length * dim);
  for (const [n, slot] of slots.entries()) {
    candidates.set(rows.read(slot), n * dim);
    if (n % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) yield undefined;
  }
  return candidates;
}
