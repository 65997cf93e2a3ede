/** What all recommendations together do with the catalogue: coverage, novelty, diversity, concentration. */
import type { SparseRows } from '../../backend/contract/backend.js';

/**
 * - `coverage@k`: the share of the catalogue that is recommended to somebody. The catalogue is every item that somebody
 *   has in the training data, and whatever else is recommended.
 * - `gini@k`: the Gini coefficient of how often each item of the catalogue is recommended, Σ (2i - n - 1) x(i) / (n Σ
 *   x) over counts x(1) <= ... <= x(n). 0 if all are recommended equally often, near 1 if few items get everything.
 * - `novelty@k`: the mean over the list of -log2(share of the training users who have the item), in bits: Zhou et al.,
 *   "Solving the Apparent Diversity-Accuracy Dilemma of Recommender Systems", PNAS 107(10), 2010. An item that nobody
 *   has counts as if one user had it. A user with an empty list is left out.
 * - `diversity@k`: 1 - the mean similarity of all pairs in the list (Smyth and McClave, "Similarity vs. Diversity",
 *   ICCBR 2001), by the cosine of the sets of training users who have each: |A ∩ B| / sqrt(|A| |B|). A user with fewer
 *   than two items is left out.
 */
export const CATALOGUE_METRICS = ['coverage', 'novelty', 'diversity', 'gini'] as const;
export type CatalogueMetric = (typeof CATALOGUE_METRICS)[number];

/** How the recommendations and the training data spread over one tenth of the catalogue. */
export interface PopularityDecile {
  /** 1 for the most popular tenth, by the number of training users who have an item, ties by position. */
  readonly decile: number;
  readonly items: number;
  /** Share of all training interactions, 0 to 1. */
  readonly trainShare: number;
  /** Share of all recommendations, 0 to 1. */
  readonly recommendedShare: number;
}

const DECILES = 10;

/** Collects lists. Items are positions of the training data; positions past its end are items it does not know. */
export class CatalogueCounter {
  readonly #itemsByUsers: SparseRows;
  readonly #users: number;
  readonly #cutoffs: readonly number[];
  /** By cutoff: how often each item was recommended. */
  readonly #counts: Map<number, number>[];
  /** How much of each training user's list the items taken so far are: zero between two lists. */
  readonly #together: Float64Array;

  /** `users`: how many training users have anything. */
  constructor(itemsByUsers: SparseRows, users: number, cutoffs: readonly number[]) {
    this.#itemsByUsers = itemsByUsers;
    this.#users = users;
    this.#cutoffs = cutoffs;
    this.#counts = cutoffs.map(() => new Map());
    this.#together = new Float64Array(itemsByUsers.columns);
  }

  /**
   * Takes one list; `novelty` and `diversity` get a value per cutoff, NaN where the list is too short for one. Without
   * `diversity` it is not computed, which is most of the time.
   */
  take(items: ArrayLike<number>, count: number, novelty: Float64Array, diversity: Float64Array | undefined): void {
    let information = 0;
    let similarity = 0;
    let rank = 0;
    this.#cutoffs.forEach((k, cutoff) => {
      for (; rank < Math.min(k, count); rank++) {
        information += Math.log2(this.#users / Math.max(1, this.#popularity(items[rank])));
        if (diversity) similarity += this.#joinOthers(items[rank]);
        for (let later = cutoff; later < this.#cutoffs.length; later++) this.#count(later, items[rank]);
      }
      novelty[cutoff] = rank > 0 ? information / rank : Number.NaN;
      if (diversity) diversity[cutoff] = rank > 1 ? 1 - similarity / ((rank * (rank - 1)) / 2) : Number.NaN;
    });
    for (let n = 0; diversity && n < rank; n++) this.#leave(items[n]);
  }

  coverage(cutoff: number): number {
    const size = this.#catalogue(cutoff).length;
    return size === 0 ? Number.NaN : this.#counts[cutoff].size / size;
  }

  gini(cutoff: number): number {
    const counts = this.#counts[cutoff];
    const ascending = Float64Array.from(this.#catalogue(cutoff), (item) => counts.get(item) ?? 0).sort();
    const n = ascending.length;
    const total = ascending.reduce((sum, count) => sum + count, 0);
    const weighted = ascending.reduce((sum, count, i) => sum + (2 * (i + 1) - n - 1) * count, 0);
    return total === 0 ? Number.NaN : weighted / (n * total);
  }

  /** Most popular tenth first. Empty if nothing was recommended or nobody has anything. */
  deciles(cutoff: number): PopularityDecile[] {
    const counts = this.#counts[cutoff];
    const items = this.#catalogue(cutoff).sort((a, b) => this.#popularity(b) - this.#popularity(a) || a - b);
    const recommended = items.reduce((sum, item) => sum + (counts.get(item) ?? 0), 0);
    const trained = items.reduce((sum, item) => sum + this.#popularity(item), 0);
    if (recommended === 0 || trained === 0) return [];
    return Array.from({ length: DECILES }, (_, n) => {
      const some = items.slice(
        Math.round((n * items.length) / DECILES),
        Math.round(((n + 1) * items.length) / DECILES),
      );
      return {
        decile: n + 1,
        items: some.length,
        trainShare: some.reduce((sum, item) => sum + this.#popularity(item), 0) / trained,
        recommendedShare: some.reduce((sum, item) => sum + (counts.get(item) ?? 0), 0) / recommended,
      };
    });
  }

  /** How many training users have the item. */
  #popularity(item: number): number {
    const { rows, indptr } = this.#itemsByUsers;
    return item < rows ? indptr[item + 1] - indptr[item] : 0;
  }

  #catalogue(cutoff: number): number[] {
    const known = Array.from({ length: this.#itemsByUsers.rows }, (_, item) => item);
    const others = [...this.#counts[cutoff].keys()].filter((item) => item >= known.length);
    return [...known.filter((item) => this.#popularity(item) > 0 || this.#counts[cutoff].has(item)), ...others];
  }

  #count(cutoff: number, item: number): void {
    const counts = this.#counts[cutoff];
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }

  /**
   * The sum of the item's cosines to those that joined before it. One pass over its users, whatever the number of the
   * others, because the sum of cosines is the product with the sum of unit vectors.
   */
  #joinOthers(item: number): number {
    const popularity = this.#popularity(item);
    if (popularity === 0) return 0;
    const { indptr, indices } = this.#itemsByUsers;
    const unit = 1 / Math.sqrt(popularity);
    let sum = 0;
    for (let entry = indptr[item]; entry < indptr[item + 1]; entry++) {
      sum += this.#together[indices[entry]];
      this.#together[indices[entry]] += unit;
    }
    return sum * unit;
  }

  #leave(item: number): void {
    if (this.#popularity(item) === 0) return;
    const { indptr, indices } = this.#itemsByUsers;
    for (let entry = indptr[item]; entry < indptr[item + 1]; entry++) this.#together[indices[entry]] = 0;
  }
}
