/** similarPairs against all pairs scored and sorted, on every backend that opens here. */
import { describe, expect, it } from 'vitest';
import { type Metric, type Progress, VectorIndex } from '../../../src/index.js';
import { backends, coarseRows, disturb, listed, metrics, scoreOf, shown } from '../../fixtures/plain-rows.js';

function allPairs(index: VectorIndex<string>, metric: Metric) {
  const rows = listed(index);
  return rows
    .flatMap((a, n) =>
      rows.slice(n + 1).map((b) => ({ a: a.id, b: b.id, ...shown(metric, scoreOf(metric, a.vector, b.vector)) })),
    )
    .sort((x, y) => y.score - x.score); // stable: equal scores keep the order of a, then of b
}

function indexOf(rows: number, dim: number, metric: Metric, backend: string): VectorIndex<string> {
  const index = new VectorIndex<string>({ dim, metric, backend });
  index.addMany(
    coarseRows(rows, dim, 5),
    Array.from({ length: rows }, (_, r) => `row ${r}`),
  );
  return index;
}

describe.each(backends)('on %s', (backend) => {
  it.each(metrics)('%s: each pair once, best first, ties by position', async (metric) => {
    const index = indexOf(70, 3, metric, backend);
    disturb(index, 3);
    const all = allPairs(index, metric);
    const high = metric === 'euclidean' ? [-0.3] : [0.9, 2, 1e9];
    for (const minScore of [Number.NEGATIVE_INFINITY, -1, 0, ...high]) {
      const expected = all.filter(({ score }) => score >= minScore);
      expect(index.similarPairs({ minScore })).toEqual(expected);
      for (const limit of [1, 10, 333, 1e9]) {
        expect(index.similarPairs({ minScore, limit })).toEqual(expected.slice(0, limit));
      }
    }
    expect(index.similarPairs({ limit: 50 })).toEqual(all.slice(0, 50));
    const asked = metric === 'euclidean' ? { maxDistance: 0.9, limit: 70 } : { minScore: 0.9, limit: 70 };
    expect(await index.similarPairsAsync(asked)).toEqual(index.similarPairs(asked));
  });

  it('finds every partner of a row that has more than any before it', () => {
    const lonely = Array.from({ length: 40 }, (_, r) => [r + 1, 1000 * (r % 2)]);
    const alike = new Array(120).fill([0, -1]);
    const index = VectorIndex.from([...lonely, ...alike], { backend, metric: 'euclidean' });
    const pairs = index.similarPairs({ minScore: 0 });
    expect(pairs).toHaveLength((120 * 119) / 2);
    expect(pairs[0]).toEqual({ a: 40, b: 41, score: 0, distance: 0 });
    expect(pairs.at(-1)).toEqual({ a: 158, b: 159, score: 0, distance: 0 });
    const some = index.similarPairs({ minScore: 0, limit: 5000 });
    expect(some).toEqual(pairs.slice(0, 5000));
  });

  it('crosses blocks of rows, and says how far it is', () => {
    const index = indexOf(1100, 3, 'dot', backend);
    const seen: Progress[] = [];
    const limit = 300;
    const pairs = index.similarPairs({ limit, onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toEqual({ done: 1100, total: 1100, phase: 'search' });
    // Nothing else scores higher than the last, and all that do are there.
    const least = pairs[limit - 1].score;
    const atLeast = index.similarPairs({ minScore: least });
    expect(pairs).toEqual(atLeast.slice(0, limit));
    const positions = new Map(index.ids().map((id, position) => [id, position]));
    for (const { a, b } of atLeast) expect(positions.get(a)).toBeLessThan(positions.get(b) as number);
  });

  it('answers for the moment it was called, and can be aborted', async () => {
    const index = indexOf(1040, 3, 'cosine', backend);
    const asked = { minScore: 0.99, limit: 1000 };
    const now = index.similarPairs(asked);
    const pending = index.similarPairsAsync(asked);
    for (const id of index.ids().slice(0, 600)) index.delete(id);
    expect(await pending).toEqual(now);
    const controller = new AbortController();
    const stopped = index.similarPairsAsync({ ...asked, signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(stopped).rejects.toThrow('stop');
  });
});

describe('bad input and small indexes', () => {
  const index = VectorIndex.from([
    [1, 0],
    [1, 0],
  ]);

  it('no row and one row make no pair', () => {
    const few = new VectorIndex({ dim: 1 });
    expect(few.similarPairs({ minScore: 0 })).toEqual([]);
    few.add(1, [1]);
    expect(few.similarPairs({ minScore: 0 })).toEqual([]);
    few.add(7, [0]);
    expect(few.similarPairs({ minScore: 0 })).toEqual([{ a: 1, b: 7, score: 0 }]);
  });

  it('an equal score after the last of a limit stays out, on either side of zero', () => {
    const zeros = VectorIndex.from([[0], [0], [0], [0]], { metric: 'dot' });
    expect(zeros.similarPairs({ limit: 2 })).toEqual([
      { a: 0, b: 1, score: 0 },
      { a: 0, b: 2, score: 0 },
    ]);
    const apart = VectorIndex.from([[0], [1], [2], [3]], { metric: 'euclidean' });
    expect(apart.similarPairs({ limit: 2 }).map(({ a, b }) => [a, b])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('is refused with a word on what was expected', async () => {
    expect(() => index.similarPairs({})).toThrow('needs { minScore } (or { maxDistance }), { limit } or both');
    expect(() => index.similarPairs(0.9 as never)).toThrow('options must be an object such as { minScore: 0.9 }');
    expect(() => index.similarPairs(undefined as never)).toThrow('options must be an object');
    expect(() => index.similarPairs({ minScore: '1' as never })).toThrow('minScore must be a number, not "1"');
    for (const limit of [0, -1, 1.5, Number.NaN, '2']) {
      expect(() => index.similarPairs({ minScore: 0, limit: limit as number })).toThrow(
        'limit must be a positive integer',
      );
    }
    await expect(index.similarPairsAsync({})).rejects.toThrow('needs { minScore }');
  });
});
