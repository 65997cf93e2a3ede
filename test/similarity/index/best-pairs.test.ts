/** Which rows have to ask again for more partners. */
import { describe, expect, it } from 'vitest';
import { BestPairs, type Partners } from '../../../src/similarity/index/best-pairs.js';
import { runAtOnce } from '../../../src/turns/steps.js';

/** Row `a` with partners behind it that score so. */
function partners(a: number, scores: readonly number[]): Partners {
  const found = {
    stride: scores.length,
    counts: Uint32Array.of(scores.length),
    positions: Uint32Array.from(scores, (_, n) => a + 1 + n),
    scores: Float64Array.from(scores),
  };
  return { a, q: a, asked: scores.length, found, at: 0 };
}

const askers = (limit: number, rows: readonly Partners[], enough = 1000) =>
  runAtOnce(new BestPairs(limit, Number.NEGATIVE_INFINITY).unfinished(rows, enough)).map(({ a }) => a);

describe('rows that ask again', () => {
  const alike = Array.from({ length: 20 }, (_, a) => partners(a, [1, 1, 1, 1]));

  it('are few where all score the same: those behind have lost by position', () => {
    expect(askers(10, alike)).toEqual([0, 1]);
    expect(askers(4, alike)).toEqual([]);
    expect(askers(81, alike)).toHaveLength(20);
  });

  it('are those whose last partner scores as high as what is kept', () => {
    const rows = [partners(0, [9, 8, 7, 6]), partners(1, [5, 4, 3, 2]), partners(2, [9, 9, 9, 9])];
    expect(askers(6, rows)).toEqual([2]);
    expect(askers(8, rows)).toEqual([2]);
    expect(askers(9, rows)).toEqual([0, 2]);
    expect(askers(13, rows)).toEqual([0, 1, 2]);
    expect(askers(13, rows, 4)).toEqual([]);
    expect(askers(Number.POSITIVE_INFINITY, rows)).toEqual([0, 1, 2]);
  });

  it('count what was kept before', () => {
    const best = new BestPairs(8, Number.NEGATIVE_INFINITY);
    for (const row of alike.slice(0, 2)) runAtOnce(best.add(row));
    expect(runAtOnce(best.unfinished(alike.slice(2), 1000))).toEqual([]);
    expect(runAtOnce(best.sorted((a, b) => [a, b]))).toEqual(
      [0, 0, 0, 0, 1, 1, 1, 1].map((a, n) => [a, a + 1 + (n % 4)]),
    );
  });
});
