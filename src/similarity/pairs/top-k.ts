/** The k best of a plain list of scores. */
import { readK } from '../../arguments/numbers.js';
import { show } from '../../arguments/show.js';
import { Best } from '../../backend/reference/best.js';
import { KindredError } from '../../errors.js';

/**
 * The `k` highest scores, best first, equal ones by ascending index (numpy's `argpartition` and `sort` in one, and
 * deterministic). Fewer scores than `k` give them all.
 * @throws KindredError INVALID_K unless `k` is a positive integer; NOT_FINITE naming a score that is NaN. Infinities are
 * scores like any other.
 * @example
 * const { indices, scores } = topK([0.2, 0.9, 0.5], 2);
 * indices; // Uint32Array(2) [ 1, 2 ]
 * scores; // Float64Array(2) [ 0.9, 0.5 ]
 */
export function topK(scores: ArrayLike<number>, k: number): { indices: Uint32Array; scores: Float64Array } {
  const wanted = Math.min(readK(k), scores.length);
  const best = new Best(wanted);
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i];
    if (!(score >= Number.NEGATIVE_INFINITY)) {
      throw new KindredError('NOT_FINITE', `score ${i} is ${show(score)}, expected a number`);
    }
    best.offer(i, score);
  }
  const answer = {
    stride: wanted,
    counts: new Uint32Array(1),
    positions: new Uint32Array(wanted),
    scores: new Float64Array(wanted),
  };
  best.writeTo(answer, 0);
  return { indices: answer.positions, scores: answer.scores };
}
