/** Pages, groups, and changes to many rows: as if everything were sorted, cut and changed one by one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hit, KindredError, type Metric, type SearchOptions, VectorIndex } from '../../../src/index.js';
import { backends } from '../../fixtures/plain-rows.js';

const metrics: Metric[] = ['cosine', 'dot', 'euclidean'];

/** The answer by sorting everything, grouping, and cutting. */
function cut(
  all: readonly Hit<number>[],
  { k, offset = 0, groupBy, perGroup = 1 }: SearchOptions<number>,
): Hit<number>[] {
  const inGroup = new Map<unknown, number>();
  const left = all.filter(({ id }) => {
    if (!groupBy) return true;
    const key = groupBy(id);
    inGroup.set(key, (inGroup.get(key) ?? 0) + 1);
    return (inGroup.get(key) as number) <= perGroup;
  });
  return left.slice(offset, offset + (k ?? left.length));
}

describe.each(backends)('on %s', (backend) => {
  it.each(metrics)('%s: every way to ask gives the page of the cut list (property)', async (metric) => {
    const cases = fc.record({
      rows: fc.array(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 }), {
        minLength: 1,
        maxLength: 120,
      }),
      k: fc.integer({ min: 1, max: 40 }),
      offset: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 130 })),
      groups: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 12 })),
      perGroup: fc.integer({ min: 1, max: 3 }),
      gone: fc.uniqueArray(fc.integer({ min: 0, max: 119 }), { maxLength: 12 }),
      deny: fc.uniqueArray(fc.integer({ min: 0, max: 119 }), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ rows, k, offset, groups, perGroup, gone, deny }) => {
        const index = VectorIndex.from(rows, { backend, metric });
        for (const id of gone) index.delete(id);
        const grouping = groups === undefined ? {} : { groupBy: (id: number) => `g${(id * id) % groups}`, perGroup };
        const asked = { k, offset, filter: { deny }, ...grouping };
        const queries = [rows[0], rows[rows.length - 1], [0, 0, 0]];
        const sorted = queries.map((query) => index.search(query, { k: 1000, filter: { deny } }));
        const expected = sorted.map((all) => cut(all, asked));
        expect(queries.map((query) => index.search(query, asked))).toEqual(expected);
        expect([...index.searchBatch(queries, asked)]).toEqual(expected);
        expect([...(await index.searchBatchAsync(queries, asked))]).toEqual(expected);
        expect(await index.searchAsync(queries[0], asked)).toEqual(expected[0]);
        const [id] = index.ids();
        if (id === undefined) return;
        const others = index.neighbors(id, { k: 1000, filter: { deny } });
        expect(index.neighbors(id, asked)).toEqual(cut(others, asked));
        expect(await index.neighborsAsync(id, asked)).toEqual(cut(others, asked));
        index.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it('a group of almost everything costs one more search, and leaves the right rows', () => {
    const rows = Array.from({ length: 3000 }, (_, id) => [Math.cos(id / 3000), Math.sin(id / 3000)]);
    const index = VectorIndex.from(rows, { backend });
    let asked = 0;
    const groupBy = (id: number) => {
      asked++;
      return id < 2900 ? 'crowd' : id;
    };
    expect(index.search([1, 0], { k: 4, groupBy }).map(({ id }) => id)).toEqual([0, 2900, 2901, 2902]);
    expect(asked).toBeLessThanOrEqual(3000);
    const bounded = index.search([1, 0], { minScore: 0.55, groupBy, perGroup: 2 });
    expect(bounded.map(({ id }) => id).slice(0, 3)).toEqual([0, 1, 2900]);
    expect(bounded).toHaveLength(102 - rows.filter(([x], id) => id >= 2900 && x < 0.55).length);
  });

  it('pages of batches have as many cells as they need', async () => {
    const index = VectorIndex.from(
      Array.from({ length: 10 }, (_, id) => [id + 1]),
      { backend, metric: 'dot' },
    );
    const hits = index.searchBatch([[1], [-1]], { k: 4, offset: 3 });
    expect([hits.k, [...hits.positions]]).toEqual([4, [6, 5, 4, 3, 3, 4, 5, 6]]);
    expect(
      index
        .searchBatch([[1]], { k: 4, offset: 8 })
        .row(0)
        .map(({ id }) => id),
    ).toEqual([1, 0]);
    expect(index.searchBatch([[1]], { k: 4, offset: 80 }).row(0)).toEqual([]);
    expect(index.search([1], { k: 4, offset: 2 ** 53 - 1 })).toEqual([]);
    expect((await index.searchBatchAsync([[1], [-1]], { minScore: 5, offset: 4 })).row(0).map(({ id }) => id)).toEqual([
      5, 4,
    ]);
  });

  it.each<[object, RegExp]>([
    [{ k: 1, offset: -1 }, /offset must be an integer of at least 0, not -1/],
    [{ k: 1, offset: 1.5 }, /offset must be/],
    [{ k: 1, offset: '1' }, /offset must be .* not "1"/],
    [{ k: 1, perGroup: 1 }, /give \{ groupBy: \(id\) => key \} too/],
    [{ k: 1, groupBy: 'document' }, /groupBy must be a function/],
    [{ k: 1, groupBy: (id: number) => id, perGroup: 0 }, /perGroup must be a positive integer, not 0/],
    [
      { k: 1, groupBy: async (id: number) => id },
      /for id 0 it answered an object of class Promise: groupBy cannot wait/,
    ],
    [{ k: 1, groupBy: () => undefined }, /it answered undefined/],
    [{ k: 1, groupBy: () => null }, /it answered null/],
    [{ k: 1, groupBy: () => Number.NaN }, /it answered NaN/],
    [{ k: 1, groupBy: () => ['a'] }, /it answered an object of class Array/],
  ])('%o is refused by every search', async (options, message) => {
    const index = VectorIndex.from(
      [
        [1, 0],
        [1, 0],
      ],
      { backend },
    );
    const asked = options as never;
    expect(() => index.search([1, 0], asked)).toThrow(message);
    expect(() => index.searchBatch([[1, 0]], asked)).toThrow(message);
    await expect(index.searchAsync([1, 0], asked)).rejects.toThrow(message);
    await expect(index.searchBatchAsync([[1, 0]], asked)).rejects.toThrow(message);
    expect(() => index.search([1, 0], asked)).toThrow(KindredError);
  });

  it('groupBy may not change the index', async () => {
    const index = VectorIndex.from(
      [
        [1, 0],
        [0, 1],
      ],
      { backend },
    );
    for (const change of [() => index.clear(), () => index.delete(1), () => index.dispose()]) {
      const groupBy = (id: number) => {
        change();
        return id;
      };
      expect(() => index.search([1, 0], { k: 2, groupBy })).toThrow('must not change the index');
      await expect(index.searchAsync([1, 0], { k: 2, groupBy })).rejects.toThrow('must not change the index');
    }
    expect(index.size).toBe(2);
  });

  it('many rows are deleted as one by one', () => {
    const rows = Array.from({ length: 200 }, (_, id) => [id, 1]);
    const ways: [unknown, (id: number) => boolean][] = [
      [[3, 5, 7, 999], (id) => [3, 5, 7].includes(id)],
      [new Set([0]), (id) => id === 0],
      [(id: number) => id % 3 === 0, (id) => id % 3 === 0],
      [{ deny: [4, 5] }, (id) => id !== 4 && id !== 5],
      [Uint8Array.from(rows, (_, id) => id & 1), (id) => id % 2 === 1],
      [[], () => false],
    ];
    for (const [filter, isGone] of ways) {
      const index = VectorIndex.from(rows, { backend });
      const left = index.ids().filter((id) => !isGone(id));
      expect(index.deleteMany(filter as never)).toBe(200 - left.length);
      expect(index.ids()).toEqual(left);
      const again = filter instanceof Uint8Array ? new Uint8Array(left.length) : filter;
      expect(index.deleteMany(again as never)).toBe(0);
      if (left.length > 0) expect(index.search([1, 0], 1)[0].id).toBe(left.at(-1));
    }
  });

  it('what is no filter deletes nothing', () => {
    const index = VectorIndex.from([[1], [2]], { backend });
    for (const filter of [undefined, null, 'ab', [true], async () => true, { allow: [1] }, new Int8Array(2)]) {
      expect(() => index.deleteMany(filter as never)).toThrow(KindredError);
    }
    const filter = () => index.delete(0);
    expect(() => index.deleteMany(filter)).toThrow('must not change the index');
    expect(index.ids()).toEqual([0, 1]);
  });

  it('many rows are put: those that are there keep their place', () => {
    const index = VectorIndex.from(
      [
        [1, 0],
        [2, 0],
        [3, 0],
      ],
      { ids: ['a', 'b', 'c'], backend, metric: 'dot' },
    );
    index.upsertMany(
      [
        [9, 0],
        [8, 0],
        [7, 0],
      ],
      ['b', 'x', 'a'],
    );
    expect(index.ids()).toEqual(['a', 'b', 'c', 'x']);
    expect(index.ids().map((id) => index.get(id)?.[0])).toEqual([7, 9, 3, 8]);
    expect(index.search([1, 0], 2).map(({ id }) => id)).toEqual(['b', 'x']);
    index.upsertMany([], []);
    expect(index.size).toBe(4);
  });

  it.each<[string, unknown, unknown]>([
    [
      'an id that is given twice',
      [
        [1, 1],
        [2, 2],
      ],
      ['a', 'a'],
    ],
    [
      'a new id that is given twice',
      [
        [1, 1],
        [2, 2],
      ],
      ['z', 'z'],
    ],
    [
      'NaN in a row that is there',
      [
        [1, 1],
        [2, Number.NaN],
      ],
      ['b', 'a'],
    ],
    [
      'NaN in a new row',
      [
        [1, 1],
        [2, Number.NaN],
      ],
      ['b', 'z'],
    ],
    ['another dimension', [[1, 1], [2]], ['b', 'a']],
    [
      'too few ids',
      [
        [1, 1],
        [2, 2],
      ],
      ['b'],
    ],
    ['no ids', [[1, 1]], undefined],
    ['an id that is none', [[1, 1]], [null]],
  ])('%s changes nothing', (_, vectors, ids) => {
    for (const dtype of ['float32', 'float64', 'int8'] as const) {
      const index = VectorIndex.from(
        [
          [1, 0],
          [2, 0],
        ],
        { ids: ['a', 'b'], backend, dtype },
      );
      expect(() => index.upsertMany(vectors as never, ids as never)).toThrow(KindredError);
      expect(index.ids()).toEqual(['a', 'b']);
      expect([...(index.get('a') as Float32Array), ...(index.get('b') as Float32Array)]).toEqual([1, 0, 2, 0]);
    }
  });

  it('a row that is refused is named by its place among those given', () => {
    const index = VectorIndex.from([[1, 0]], { ids: ['a'], backend });
    expect(() =>
      index.upsertMany(
        [
          [1, 1],
          [1, 1],
          [Number.NaN, 1],
        ],
        ['a', 'y', 'z'],
      ),
    ).toThrow(/row 2, column 0 is NaN/);
    expect(() =>
      index.upsertMany(
        [
          [1, 1],
          [1, Number.NaN],
        ],
        ['y', 'a'],
      ),
    ).toThrow(/row 1, column 1 is NaN/);
  });
});

it('one large group after another is passed over', () => {
  const index = VectorIndex.from(
    Array.from({ length: 3000 }, (_, n) => [n]),
    { metric: 'euclidean' },
  );
  const groupBy = (id: number) => Math.floor(id / 500);
  expect(index.search([0], { k: 5, groupBy }).map(({ id }) => id)).toEqual([0, 500, 1000, 1500, 2000]);
  const found = index.searchBatch([[0], [2999]], { k: 6, groupBy });
  expect(found.row(1).map(({ id }) => id)).toEqual([2999, 2499, 1999, 1499, 999, 499]);
});
