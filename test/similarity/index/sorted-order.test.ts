/** Scores sorted a little at a time: the order of a stable sort, in short steps. */
import { expect, it } from 'vitest';
import { sortedOrder } from '../../../src/similarity/index/sorted-order.js';
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
