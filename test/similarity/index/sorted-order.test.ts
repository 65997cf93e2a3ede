/** Scores sorted a little at a time: the order of a stable sort, in short steps. */
import { describe, expect, it } from 'vitest';
import { largest, sortedOrder } from '../../../src/similarity/index/sorted-order.js';
import { runAtOnce } from '../../../src/turns/steps.js';
import { Random } from '../../backend/conformance/random.js';

it.each([0, 1, 2, 4095, 4096, 4097, 8192, 30_001])('of %d scores', (count) => {
  const random = new Random('sorted');
  const scores = Float64Array.from({ length: count + 3 }, () => Math.round(50 * random.signed()) / 50);
  if (count > 4) scores.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -0], 0);
  const expected = Array.from({ length: count }, (_, n) => n).sort((x, y) => scores[y] - scores[x] || 0);
  expect([...runAtOnce(sortedOrder(scores, count))]).toEqual(expected);
});

it('no step sorts or merges much', () => {
  const count = 100_000;
  let steps = 0;
  for (const order = sortedOrder(new Float64Array(count), count); !order.next().done; steps++);
  // 25 runs, and five times over all of them.
  expect(steps).toBeGreaterThanOrEqual(25 + 5 * Math.floor(count / 2 ** 15));
});

describe('the k-th largest', () => {
  it.each([1, 2, 9, 10, 1000, 30_001])('of %d scores', (count) => {
    const random = new Random('largest');
    for (const levels of [1, 3, 50, 1e9]) {
      const scores = Float64Array.from({ length: count }, () => Math.round(levels * random.signed()) / levels);
      if (count > 9) scores.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0]);
      const sorted = Array.from(scores).sort((x, y) => y - x);
      for (const k of [1, 2, Math.ceil(count / 3), count - 1, count].filter((k) => k > 0 && k <= count)) {
        const above = sorted.findIndex((score) => score === sorted[k - 1]);
        const found = runAtOnce(largest(scores.slice(), k));
        expect(found.score === sorted[k - 1], `${k} of ${levels}`).toBe(true);
        expect(found.above, `${k} of ${levels}`).toBe(above);
      }
    }
  });

  it('looks at few scores in one step, and at each few times', () => {
    const count = 200_000;
    const random = new Random('steps');
    const orders = [() => random.signed(), (n: number) => n, (n: number) => -n, () => 1];
    for (const of of orders) {
      const scores = Float64Array.from({ length: count }, (_, n) => of(n));
      let steps = 0;
      for (const work = largest(scores, count >> 1); !work.next().done; steps++);
      expect(steps).toBeGreaterThanOrEqual(Math.floor(count / 2 ** 15));
      expect(steps).toBeLessThan(60);
    }
  });
});
