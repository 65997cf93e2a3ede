/** The accuracy metrics of one ranked list, each by its textbook definition. */

/**
 * Metrics of a user's list, then averaged over users. `R` is the set of the user's relevant items, `L` the list,
 * `rel(r)` 1 if the item at rank `r` (from 1) is in `R` and 0 if not. Empty ranks count as misses.
 *
 * - `precision@k` = Σ rel(r) / k, for r = 1..k. The denominator is k, however short the list is.
 * - `recall@k` = Σ rel(r) / |R|. With more than k relevant items it cannot reach 1.
 * - `cappedRecall@k` = Σ rel(r) / min(k, |R|): the recall of Liang et al., "Variational Autoencoders for Collaborative
 *   Filtering", WWW 2018, section 4.2, and of the tables that follow it.
 * - `hitRate@k` = 1 if Σ rel(r) > 0, else 0.
 * - `ndcg@k` = DCG@k / IDCG@k, DCG@k = Σ gain(r) / log2(r + 1), IDCG@k the DCG@k of the best possible order of `R`:
 *   Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", TOIS 20(4), 2002. gain(r) is rel(r)
 *   for binary relevance, the value in the test data for graded, 2^value - 1 for exponential.
 * - `map@k`: the mean of AP@k = Σ precision@r · rel(r) / min(k, |R|). Others divide by |R|, or by the hits found.
 * - `mrr@k`: the mean of 1 / rank of the first relevant item, 0 if none is among the k.
 */
export const RANKING_METRICS = ['precision', 'recall', 'cappedRecall', 'hitRate', 'ndcg', 'map', 'mrr'] as const;
export type RankingMetric = (typeof RANKING_METRICS)[number];

/** What a user's relevant items are worth. */
export type Relevance = 'binary' | 'graded' | 'exponential';

/** @returns the gain of a relevant item with this value. */
export function gainOf(relevance: Relevance, value: number): number {
  if (relevance === 'binary') return 1;
  return relevance === 'graded' ? value : 2 ** value - 1;
}

/** Computes the ranking metrics of one list after another. Keeps tables, so make one for all users. */
export class ListScorer {
  readonly #cutoffs: readonly number[];
  readonly #discounts: Float64Array;

  /** `cutoffs`: every k, strictly ascending. */
  constructor(cutoffs: readonly number[]) {
    this.#cutoffs = cutoffs;
    const longest = cutoffs[cutoffs.length - 1];
    this.#discounts = Float64Array.from({ length: longest }, (_, rank) => 1 / Math.log2(rank + 2));
  }

  /**
   * Calls `report` once per cutoff with the metrics in the order of `RANKING_METRICS`; the array is used again
   * afterwards.
   * @param gains of the ranked items from the best on, 0 for an item that is not relevant
   * @param count how many ranks of `gains` are filled
   * @param ideal the gains of all relevant items, largest first, none 0
   */
  score(
    gains: ArrayLike<number>,
    count: number,
    ideal: ArrayLike<number>,
    report: (cutoff: number, values: Float64Array) => void,
  ): void {
    const relevant = ideal.length;
    const values = new Float64Array(RANKING_METRICS.length);
    let rank = 0;
    let hits = 0;
    let gained = 0;
    let best = 0;
    let precisions = 0;
    let first = 0;
    this.#cutoffs.forEach((k, cutoff) => {
      for (; rank < k; rank++) {
        if (rank < relevant) best += ideal[rank] * this.#discounts[rank];
        if (rank >= count || gains[rank] === 0) continue;
        hits++;
        gained += gains[rank] * this.#discounts[rank];
        precisions += hits / (rank + 1);
        if (first === 0) first = rank + 1;
      }
      const attainable = Math.min(k, relevant);
      values[0] = hits / k;
      values[1] = hits / relevant;
      values[2] = hits / attainable;
      values[3] = hits > 0 ? 1 : 0;
      values[4] = gained / best;
      values[5] = precisions / attainable;
      values[6] = first > 0 ? 1 / first : 0;
      report(cutoff, values);
    });
  }
}
