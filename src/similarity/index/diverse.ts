/** Rows that are alike a query but not each other: maximal marginal relevance. */
import type { Backend, Floats, Metric } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { toQueries } from '../dtype.js';
import { readK } from '../top-k.js';
import { readVectors, show, type Vector } from '../vectors.js';
import { type Hit, Hits } from './hits.js';
import { type Abortable, readObject, readSearchOptions, type SearchOptions } from './options.js';
import type { StoredRows } from './stored-rows.js';
import type { Steps } from './under-way.js';

export interface DiverseOptions<Id extends string | number> extends Omit<SearchOptions<Id>, 'k'> {
  /** Rows wanted. */
  readonly k: number;
  /** The best rows by score among which to choose: the larger of 20 and 2 k if not given, at least k. */
  readonly fetchK?: number | undefined;
  /** From 0, where rows only have to differ, to 1, where it is a plain search; 0.5 if not given. */
  readonly lambda?: number | undefined;
}

export interface AsyncDiverseOptions<Id extends string | number> extends DiverseOptions<Id>, Abortable {}

/** The fewest candidates that leave a choice. */
const FETCH_MIN = 20;

/**
 * Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries", SIGIR
 * 1998: of the `fetchK` best, takes one by one the row with the largest `lambda * relevance - (1 - lambda) * redundancy`,
 * redundancy being its largest similarity to a row taken before. Equal ones go by the order of the search.
 */
export function* diverse<Id extends string | number>(
  rows: StoredRows<Id>,
  query: Vector,
  options: DiverseOptions<Id>,
): Steps<Hit<Id>[]> {
  const { k, fetchK, lambda, minScore, filter } = readObject(options, '{ k: 10 }');
  const wanted = readK(k);
  const fetched = fetchK === undefined ? Math.max(FETCH_MIN, 2 * wanted) : readK(fetchK, 'fetchK');
  if (fetched < wanted) {
    throw new KindredError('INVALID_ARGUMENT', `fetchK must be at least k, and ${fetched} is less than ${wanted}`);
  }
  const trade = readLambda(lambda);
  const { roster, kept } = rows;
  const queries = toQueries(readVectors([query], kept.dim).data, kept.dtype, kept.dim);
  // A caller's query and bitmap may change before the answer is there.
  const request = readSearchOptions({ k: fetched, minScore, filter }, roster);
  const found = yield { queries: queries.slice(), request: { ...request, admit: request.admit?.slice() } };

  const count = found.counts[0];
  const candidates = gather(rows, found.positions.subarray(0, count));
  const relevance = relevanceOf(kept, queries, found.scores.subarray(0, count));
  const chosen = choose(kept, candidates, relevance, trade, Math.min(wanted, count));
  const hits = new Hits(found, roster.naming(), kept.metric).row(0);
  return chosen.map((n) => hits[n]);
}

type Kept = { readonly backend: Backend; readonly metric: Metric; readonly dim: number };

/** Which candidates are taken, in this order. */
function choose(kept: Kept, candidates: Floats, relevance: Float64Array, lambda: number, count: number): number[] {
  const redundancy = new Float64Array(relevance.length);
  const chosen: number[] = [];
  const left = new Set(relevance.keys());
  while (chosen.length < count) {
    let best = -1;
    let bestValue = Number.NaN;
    for (const n of left) {
      const value = lambda * relevance[n] - (1 - lambda) * redundancy[n];
      // Candidates come in the order of the search, so the first of equals stays.
      if (best < 0 || value > bestValue) {
        best = n;
        bestValue = value;
      }
    }
    left.delete(best);
    chosen.push(best);
    if (lambda < 1 && chosen.length < count) {
      similaritiesTo(kept, candidates, best).forEach((similarity, n) => {
        redundancy[n] = chosen.length === 1 ? similarity : Math.max(redundancy[n], similarity);
      });
    }
  }
  return chosen;
}

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

function gather<Id extends string | number>(rows: StoredRows<Id>, slots: Uint32Array): Floats {
  const { dim, dtype } = rows.kept;
  const candidates = dtype === 'float64' ? new Float64Array(slots.length * dim) : new Float32Array(slots.length * dim);
  slots.forEach((slot, n) => {
    candidates.set(rows.read(slot), n * dim);
  });
  return candidates;
}

function readLambda(lambda: unknown): number {
  if (lambda === undefined) return 0.5;
  if (typeof lambda === 'number' && lambda >= 0 && lambda <= 1) return lambda;
  throw new KindredError('INVALID_ARGUMENT', `lambda must be a number from 0 to 1, not ${show(lambda)}`);
}
