/** Chooses among ranked items those that are good and not alike: maximal marginal relevance. */
import type { Scored } from './scored.js';

/**
 * Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries",
 * SIGIR 1998: takes one by one the candidate with the largest `lambda * relevance - (1 - lambda) * redundancy`. Relevance is
 * the score brought to [0, 1] from the worst to the best candidate, because models score on scales of their own; redundancy
 * is the largest similarity to an item taken before. Equal ones go by the order of the candidates.
 */
export function rerank(
  candidates: readonly Scored[],
  count: number,
  lambda: number,
  similarities: (item: number, others: Uint32Array) => Float64Array,
): Scored[] {
  const items = Uint32Array.from(candidates, ({ position }) => position);
  const relevance = relevanceOf(candidates);
  const redundancy = new Float64Array(candidates.length).fill(Number.NEGATIVE_INFINITY);
  const left = new Set(candidates.keys());
  const chosen: Scored[] = [];
  while (chosen.length < count && left.size > 0) {
    let best = -1;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (const n of left) {
      const value = lambda * relevance[n] - (1 - lambda) * (chosen.length === 0 ? 0 : redundancy[n]);
      if (best < 0 || value > bestValue) {
        best = n;
        bestValue = value;
      }
    }
    left.delete(best);
    chosen.push(candidates[best]);
    const alike = similarities(items[best], items);
    for (const n of left) redundancy[n] = Math.max(redundancy[n], alike[n]);
  }
  return chosen;
}

function relevanceOf(candidates: readonly Scored[]): Float64Array {
  if (candidates.length === 0) return new Float64Array();
  const best = candidates[0].score;
  const worst = candidates[candidates.length - 1].score;
  return Float64Array.from(candidates, ({ score }) => (best > worst ? (score - worst) / (best - worst) : 1));
}
