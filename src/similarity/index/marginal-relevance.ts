/** Chooses candidates that are good and differ from each other: maximal marginal relevance. */

/**
 * Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries", SIGIR
 * 1998: takes one by one the candidate with the largest `lambda * relevance - (1 - lambda) * redundancy`. Redundancy is its
 * largest similarity to a candidate taken before, and 0 for the first. Equal ones go by their order.
 * @param relevance of each candidate, best first
 * @param count candidates to take: all if there are fewer
 * @param lambda from 0, where they only have to differ, to 1, where the first ones are taken
 * @param similaritiesTo the similarity of every candidate to candidate `n`, on the scale of `relevance`
 * @returns indices of the candidates taken, in this order
 */
export function byMarginalRelevance(
  relevance: Float64Array,
  count: number,
  lambda: number,
  similaritiesTo: (n: number) => Float64Array,
): number[] {
  const steps = choosing(relevance, count, lambda, similaritiesTo);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, a candidate at a time. */
export function* choosing(
  relevance: Float64Array,
  count: number,
  lambda: number,
  similaritiesTo: (n: number) => Float64Array,
): Generator<undefined, number[], unknown> {
  const redundancy = new Float64Array(relevance.length);
  const left = new Set(relevance.keys());
  const chosen: number[] = [];
  const wanted = Math.min(count, relevance.length);
  while (chosen.length < wanted) {
    const best = bestOf(left, (n) => lambda * relevance[n] - (1 - lambda) * redundancy[n]);
    left.delete(best);
    chosen.push(best);
    if (lambda === 1 || chosen.length === wanted) continue;
    const similarities = similaritiesTo(best);
    for (const n of left) {
      redundancy[n] = chosen.length === 1 ? similarities[n] : Math.max(redundancy[n], similarities[n]);
    }
    yield undefined;
  }
  return chosen;
}

/** The first of those with the largest value. */
function bestOf(candidates: Iterable<number>, scoreOf: (n: number) => number): number {
  let best = -1;
  let bestValue = Number.NaN;
  for (const n of candidates) {
    const value = scoreOf(n);
    if (best >= 0 && !(value > bestValue)) continue;
    best = n;
    bestValue = value;
  }
  return best;
}
