/** What a search answers with. */
import { checkObjects } from '../../arguments/room.js';
import { show } from '../../arguments/show.js';
import type { Metric, TopRows } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { idOf, type Naming } from '../rows/roster.js';

/** Of the heap: an object, its place in a list that grows, and numbers in boxes. */
const HIT_BYTES = 96;

/** One row found. */
export interface Hit<Id extends string | number> {
  readonly id: Id;
  /** Higher is better, for every metric: a cosine, a dot, or minus a distance. */
  readonly score: number;
  /** With the metric `euclidean`: the distance, `-score`. */
  readonly distance?: number;
}

/** The hits of a search for one query, best first. */
export function hitsOf<Id extends string | number>(
  { counts, positions, scores }: TopRows,
  naming: Naming<Id>,
  metric: Metric,
): Hit<Id>[] {
  return hitsIn(0, counts[0], positions, scores, naming, metric);
}

/** The hits in the cells `first .. last` of an answer. */
function hitsIn<Id extends string | number>(
  first: number,
  last: number,
  slots: Uint32Array,
  scores: Float64Array,
  naming: Naming<Id>,
  metric: Metric,
): Hit<Id>[] {
  checkObjects(
    last - first,
    HIT_BYTES,
    'INVALID_K',
    () => `give a smaller k or a higher bound: ${last - first} rows are found`,
  );
  const hits: Hit<Id>[] = [];
  for (let cell = first; cell < last; cell++) {
    const slot = slots[cell];
    const id = idOf(naming, slot);
    const score = scores[cell];
    hits.push(metric === 'euclidean' ? { id, score, distance: 0 - score } : { id, score });
  }
  return hits;
}

/**
 * The answers to a batch of queries in flat arrays. Query `q` found `counts[q]` rows (at most `k`); its `n`-th best is
 * `positions[q * k + n]`, a place in the order of `ids()`, with `scores[q * k + n]`. Cells past the count are 0.
 */
export class Hits<Id extends string | number> {
  /** Queries answered. */
  readonly size: number;
  /** Cells per query: the k asked for, or the number of rows if that is smaller; without a k, or with `groupBy`, as many as one query found at most. */
  readonly k: number;
  readonly counts: Uint32Array;
  readonly positions: Uint32Array;
  readonly scores: Float64Array;
  readonly #slots: Uint32Array;
  readonly #naming: Naming<Id>;
  readonly #metric: Metric;

  /** Made by an index's search. */
  constructor(found: TopRows, naming: Naming<Id>, metric: Metric) {
    const { positions } = naming;
    this.size = found.counts.length;
    this.k = found.stride;
    this.counts = found.counts;
    this.positions = positions ? found.positions.map((slot) => positions[slot]) : found.positions;
    this.scores = found.scores;
    this.#slots = found.positions;
    this.#naming = naming;
    this.#metric = metric;
  }

  /** The hits of query `q`, best first. @throws KindredError INVALID_ARGUMENT if there is no such query */
  row(q: number): Hit<Id>[] {
    if (!Number.isInteger(q) || q < 0 || q >= this.size) {
      throw new KindredError('INVALID_ARGUMENT', `there are ${this.size} queries, not a number ${show(q)}`);
    }
    const first = q * this.k;
    return hitsIn(first, first + this.counts[q], this.#slots, this.scores, this.#naming, this.#metric);
  }

  /** The hits of each query in turn. */
  *[Symbol.iterator](): Iterator<Hit<Id>[]> {
    for (let q = 0; q < this.size; q++) yield this.row(q);
  }
}
