/** Positions with their scores, the best of many, and lists of them as rows of flat arrays. */
import type { TopRows } from '../../backend/contract/backend.js';
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
  return readRow(answer, 0);
}

export function readRow({ stride, counts, positions, scores }: TopRows, row: number): Scored[] {
  return Array.from({ length: counts[row] }, (_, rank) => {
    return { position: positions[row * stride + rank], score: scores[row * stride + rank] };
  });
}

/** Replaces what stands in a row. */
export function writeRow({ stride, counts, positions, scores }: TopRows, row: number, best: readonly Scored[]): void {
  counts[row] = best.length;
  positions.fill(0, row * stride, (row + 1) * stride);
  scores.fill(0, row * stride, (row + 1) * stride);
  best.forEach(({ position, score }, rank) => {
    positions[row * stride + rank] = position;
    scores[row * stride + rank] = score;
  });
}
