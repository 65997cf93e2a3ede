/** Positions with their scores, the best of many, and lists of them as rows of flat arrays. */
import type { TopRows } from '../../backend/contract/backend.js';
import { Best, emptyTopRows } from '../../backend/reference/best.js';
import { type SparseRow, valueAt } from '../data/csr.js';
import type { RankRequest } from './request.js';

export interface Scored {
  readonly position: number;
  readonly score: number;
}

/** The best items that someone who has this profile may be recommended. */
export function bestFor(profile: SparseRow, scores: Float64Array, request: RankRequest): Scored[] {
  const { k, minScore, admit, excludeSeen } = request;
  const isNew = (item: number) => !excludeSeen || valueAt(profile, item) === undefined;
  return bestOf(scores, k, (item) => admit?.[item] !== 0 && isNew(item), minScore);
}

/**
 * The `k` best admitted positions with scores of at least `minScore`, by score descending and then position ascending.
 * @param admits asked only about those that would be among the best of all before them.
 */
export function bestOf(
  scores: Float64Array,
  k: number,
  admits: (position: number) => boolean,
  minScore = Number.NEGATIVE_INFINITY,
): Scored[] {
  const answer = emptyTopRows(1, Math.min(k, scores.length));
  const best = new Best(answer.stride);
  let least = minScore;
  for (let position = 0; position < scores.length; position++) {
    const score = scores[position];
    if (!(score >= least && admits(position))) continue;
    best.offer(position, score);
    least = best.least ?? minScore;
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
