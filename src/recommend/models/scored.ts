/** Positions with their scores, and the best of many. */
import { Best, emptyTopRows } from '../../backend/reference/best.js';

export interface Scored {
  readonly position: number;
  readonly score: number;
}

/** The `k` best admitted positions, by score descending and then position ascending. */
export function bestOf(scores: Float64Array, k: number, admits: (position: number) => boolean): Scored[] {
  const answer = emptyTopRows(1, Math.min(k, scores.length));
  const best = new Best(answer.stride);
  for (let position = 0; position < scores.length; position++) {
    if (admits(position)) best.offer(position, scores[position]);
  }
  best.writeTo(answer, 0);
  return Array.from({ length: answer.counts[0] }, (_, n) => ({
    position: answer.positions[n],
    score: answer.scores[n],
  }));
}
