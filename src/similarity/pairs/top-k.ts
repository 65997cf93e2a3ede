/** The k best of a plain list of scores. */
import { isNumberArray, refuseDetached } from '../../arguments/arrays.js';
import { readK } from '../../arguments/numbers.js';
import { reading } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { show } from '../../arguments/show.js';
import { Best } from '../../backend/reference/best.js';
import { KindredError } from '../../errors.js';

/**
 * The `k` highest scores, best first, equal ones by ascending index (numpy's `argpartition` and `sort` in one, and
 * deterministic). Fewer scores than `k` give them all.
 * @throws KindredError INVALID_K unless `k` is a positive integer; NOT_FINITE naming a score that is NaN;
 * INVALID_ARGUMENT for scores that are no numbers. Infinities are scores like any other.
 * @example
 * const { indices, scores } = topK([0.2, 0.9, 0.5], 2);
 * indices; // Uint32Array(2) [ 1, 2 ]
 * scores; // Float64Array(2) [ 0.9, 0.5 ]
 */
export function topK(scores: ArrayLike<number>, k: number): { indices: Uint32Array; scores: Float64Array } {
  const count = readLength(scores);
  const wanted = Math.min(readK(k), count);
  const best = new Best(wanted);
  reading('scores', () => {
    for (let i = 0; i < count; i++) {
      const score: unknown = scores[i];
      if (typeof score !== 'number' || Number.isNaN(score)) throw noScore(i, score);
      best.offer(i, score);
    }
  });
  const answer = {
    stride: wanted,
    counts: new Uint32Array(1),
    positions: new Uint32Array(wanted),
    scores: new Float64Array(wanted),
  };
  best.writeTo(answer, 0);
  return { indices: answer.positions, scores: answer.scores };
}

function readLength(scores: ArrayLike<number>): number {
  if (isNumberArray(scores)) refuseDetached(scores, 'scores');
  const isList = typeof scores === 'object' && scores !== null;
  const length = isList ? reading('scores', () => scores.length) : undefined;
  if (Number.isSafeInteger(length) && (length as number) >= 0) return length as number;
  throw refusal('scores', scores, 'an array of numbers or a typed array');
}

function noScore(i: number, score: unknown): KindredError {
  const code = Number.isNaN(score) || score === undefined ? 'NOT_FINITE' : 'INVALID_ARGUMENT';
  return new KindredError(code, `score ${i} is ${show(score)}, expected a number`);
}
