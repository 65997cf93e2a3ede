/** Searches that come together are answered together: the same bits as one by one, and no waiting where it is idle. */
import { expect, it } from 'vitest';
import { MicroBatches } from '../../server/dist/indexes/micro-batches.js';
import { VectorIndex } from '../../src/index.js';

const dim = 24;
const numbers = Float32Array.from({ length: 400 * dim }, (_, n) => Math.sin(n * n));
const index = VectorIndex.from(numbers, { dim, ids: Array.from({ length: 400 }, (_, n) => `v${n}`) });
const filter = ['v3', 'v5', 'v200', 'v399'];
const asked = Array.from({ length: 60 }, (_, n) => ({
  query: Float32Array.from({ length: dim }, (_, at) => Math.cos(n * 31 + at)),
  k: 1 + (n % 3) * 4,
  minScore: n % 5 === 0 ? 0.1 : undefined,
  filter: n % 7 === 0 ? filter : undefined,
}));
const alone = asked.map(({ query, ...options }) => index.search(query, options));

it('changes no bit, whatever is asked beside it', async () => {
  const batches = new MicroBatches(index as never);
  const together = await Promise.all(asked.map((each) => batches.search(each)));
  expect(together.map((hits) => [...hits])).toEqual(alone.map((hits) => [...hits]));
  expect(batches.batches).toBeLessThan(asked.length / 2);
  expect(batches.waiting).toBe(0);
});

it('makes no batches where one comes after the other', async () => {
  const batches = new MicroBatches(index as never);
  for (const [n, each] of asked.entries()) {
    const answer = batches.search(each);
    // On its way in the same turn, and not by a timer.
    for (let turn = 0; turn < 9; turn++) await undefined;
    expect(batches.batches).toBe(n + 1);
    expect([...(await answer)]).toEqual([...alone[n]]);
  }
});

it('one that fails spoils only those that are alike', async () => {
  const batches = new MicroBatches(index as never);
  const bad = { query: new Float32Array(dim + 1), k: 2, minScore: undefined, filter: undefined };
  const [first, failed, last] = await Promise.allSettled([
    batches.search(asked[0]),
    batches.search(bad),
    batches.search(asked[1]),
  ]);
  expect([first.status, failed.status, last.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect((await batches.search(asked[2])).length).toBe(alone[2].length);
});
