/** Items in one order for everybody: what Popularity recommends, and what fills lists where a model has no more to say. */
import type { SparseRows } from '../../backend/contract/backend.js';
import { bestOf, type Scored } from './scored.js';

export class RankedItems {
  readonly #scores: Float64Array;
  /** All that score above 0, best first. */
  #order: readonly Scored[] | undefined;

  /** Items that do not score above 0 are none of them. */
  constructor(scores: Float64Array) {
    this.#scores = scores;
  }

  /** The `k` best that are admitted. */
  best(k: number, admits: (item: number) => boolean, minScore = 0): Scored[] {
    this.#order ??= bestOf(this.#scores, Math.max(1, this.#scores.length), (item) => this.#scores[item] > 0);
    const best: Scored[] = [];
    for (const each of this.#order) {
      if (best.length === k || each.score < minScore) break;
      if (admits(each.position)) best.push(each);
    }
    return best;
  }
}

/** For each item, the share of the users who have it. */
export function sharesOf({ indptr, rows, columns }: SparseRows): Float64Array {
  return Float64Array.from({ length: rows }, (_, item) => (indptr[item + 1] - indptr[item]) / columns);
}
