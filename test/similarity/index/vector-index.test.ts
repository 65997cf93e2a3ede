/** VectorIndex against an independent brute force, on every backend that opens here. */
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineSimilarity, dot, euclidean, type Hit, type Metric, VectorIndex } from '../../../src/index.js';
import { checkCells } from '../../../src/similarity/index/search-options.js';
import { backends } from '../../fixtures/plain-rows.js';

const metrics: Metric[] = ['cosine', 'dot', 'euclidean'];
const scoreOf = {
  cosine: cosineSimilarity,
  dot,
  euclidean: (a: Float32Array, b: Float32Array) => 0 - euclidean(a, b),
};

interface Row {
  id: string;
  vector: Float32Array;
}

/** Scores every row, sorts all of them, cuts. */
function bruteForce(
  rows: readonly Row[],
  query: Float32Array,
  metric: Metric,
  k: number,
  minScore = Number.NEGATIVE_INFINITY,
): Hit<string>[] {
  return rows
    .map(({ id, vector }) => ({ id, score: scoreOf[metric](query, vector) }))
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score) // stable: equal scores keep the order of the rows
    .slice(0, k)
    .map(({ id, score }) => (metric === 'euclidean' ? { id, score, distance: 0 - score } : { id, score }));
}

/** Small integers make equal rows and equal scores common. */
const coarse = (dim: number) => fc.array(fc.integer({ min: -2, max: 2 }), { minLength: dim, maxLength: dim });

describe.each(backends)('on %s', (backend) => {
  it.each(metrics)('%s search equals brute force: ties, filters, minScore, k beyond the rows', (metric) => {
    const cases = fc.integer({ min: 1, max: 20 }).chain((dim) =>
      fc.record({
        rows: fc.array(coarse(dim), { maxLength: 60 }),
        query: coarse(dim),
        k: fc.integer({ min: 1, max: 80 }),
        minScore: fc.option(fc.integer({ min: -2, max: metric === 'euclidean' ? 0 : 2 }), { nil: undefined }),
        allowed: fc.uniqueArray(fc.integer({ min: 0, max: 70 }), { maxLength: 40 }),
        gone: fc.uniqueArray(fc.integer({ min: 0, max: 70 }), { maxLength: 12 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ rows, query, k, minScore, allowed, gone }) => {
        const added = rows.map((row, r) => ({ id: `id${r}`, vector: Float32Array.from(row) }));
        const index = new VectorIndex<string>({ dim: query.length, metric, backend });
        index.addMany(
          added.map((row) => row.vector),
          added.map((row) => row.id),
        );
        for (const n of gone) index.delete(`id${n}`);
        const all = added.filter((_, n) => !gone.includes(n));
        const q = Float32Array.from(query);
        expect(index.search(query, { k, minScore })).toEqual(bruteForce(all, q, metric, k, minScore));

        const ids = new Set(allowed.map((n) => `id${n}`));
        const inside = all.filter((row) => ids.has(row.id));
        const outside = all.filter((row) => !ids.has(row.id));
        const expected = bruteForce(inside, q, metric, k);
        expect(index.search(q, { k, filter: ids })).toEqual(expected);
        expect(index.search(q, { k, filter: [...ids] })).toEqual(expected);
        expect(index.search(q, { k, filter: (id) => ids.has(id) })).toEqual(expected);
        expect(index.search(q, { k, filter: { deny: ids } })).toEqual(bruteForce(outside, q, metric, k));
        const bytes = Uint8Array.from(all, (row) => (ids.has(row.id) ? 1 : 0));
        expect(index.search(q, { k, filter: bytes })).toEqual(expected);
        const bits = new Uint8Array(Math.ceil(all.length / 8));
        all.forEach((row, r) => {
          if (ids.has(row.id)) bits[r >> 3] |= 1 << (r & 7);
        });
        expect(index.search(q, { k, filter: bits })).toEqual(expected);
        index.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it('stays equal to a plain list through any mixture of changes', () => {
    const dim = 5;
    const change = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('upsert'), n: fc.nat(120), vector: coarse(dim) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete'), n: fc.nat(120), vector: coarse(dim) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('addMany'), n: fc.nat(120), vector: coarse(dim) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('search'), n: fc.nat(120), vector: coarse(dim) }) },
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 150, size: 'max' }), (changes) => {
        let model: Row[] = [];
        const index = new VectorIndex<string>({ dim, backend, metric: 'dot' });
        let fresh = 1000;
        for (const { kind, n, vector } of changes) {
          const id = `id${n}`;
          const row = Float32Array.from(vector);
          const known = model.findIndex((each) => each.id === id);
          if (kind === 'upsert') {
            index.upsert(id, row);
            if (known >= 0) model[known].vector = row;
            else model.push({ id, vector: row });
          } else if (kind === 'delete') {
            expect(index.delete(id)).toBe(known >= 0);
            model = model.filter((each) => each.id !== id);
          } else if (kind === 'addMany') {
            const added = Array.from({ length: n % 50 }, () => ({ id: `new${fresh++}`, vector: row }));
            index.addMany(
              added.map((each) => each.vector),
              added.map((each) => each.id),
            );
            model.push(...added);
          } else {
            expect(index.search(row, 7)).toEqual(bruteForce(model, row, 'dot', 7));
            const batch = index.searchBatch([row, row], 3);
            expect(batch.row(1)).toEqual(bruteForce(model, row, 'dot', 3));
            expect([...batch.positions.subarray(0, batch.counts[0])]).toEqual(
              batch.row(0).map((hit) => model.findIndex((each) => each.id === hit.id)),
            );
          }
          expect(index.size).toBe(model.length);
        }
        expect(index.ids()).toEqual(model.map((each) => each.id));
        for (const { id, vector } of model) expect(index.get(id)).toEqual(vector);
        index.dispose();
      }),
      { numRuns: 25 },
    );
  });

  it('answers a batch as one by one, at any size', () => {
    const rows = Array.from({ length: 300 }, (_, r) =>
      Float32Array.from({ length: 33 }, (_, i) => Math.sin(r * r + i)),
    );
    for (const metric of metrics) {
      const index = VectorIndex.from(rows, { metric, backend });
      for (const count of [0, 1, 2, 5, 6, 7, 31, 100]) {
        const queries = rows.slice(0, count).map((row) => row.map((x) => x + 0.1));
        const batch = index.searchBatch(queries, { k: 9 });
        expect(batch.size).toBe(count);
        queries.forEach((query, q) => {
          expect(batch.row(q)).toEqual(index.search(query, 9));
        });
        expect([...batch]).toHaveLength(count);
      }
    }
  });

  it('answers the same asynchronously, and as things were when asked', async () => {
    const rows = Array.from({ length: 500 }, (_, r) =>
      Float32Array.from({ length: 24 }, (_, i) => Math.cos(r * 7 + i)),
    );
    const index = VectorIndex.from(rows, {
      ids: rows.map((_, r) => `r${r}`),
      backend,
    });
    const now = index.search(rows[9], 6);
    const neighbors = index.neighbors('r9', 5);
    const later = index.searchAsync(rows[9], 6);
    const laterNeighbors = index.neighborsAsync('r9', 5);
    const laterBatch = index.searchBatchAsync(rows.slice(9, 10), { k: 6 });
    for (let r = 0; r < 400; r++) index.delete(`r${r}`);
    index.upsert('r450', rows[9]);
    expect(await later).toEqual(now);
    expect(await laterNeighbors).toEqual(neighbors);
    expect((await laterBatch).row(0)).toEqual(now);
    expect(index.search(rows[9], 1)[0].id).toBe('r450');
    await expect(index.searchAsync(rows[0], { k: 1, signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    );
    const pending = index.searchAsync(rows[0], 3);
    index.dispose();
    await expect(pending).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('lets the event loop run meanwhile, and the caller change what was passed', async () => {
    const rows = Array.from({ length: 300 }, (_, r) =>
      Float32Array.from({ length: 16 }, (_, i) => Math.sin(r * i + r)),
    );
    const index = VectorIndex.from(rows, { backend });
    const queries = Float32Array.from({ length: 200 * 16 }, (_, i) => Math.cos(i));
    const filter = new Uint8Array(300).fill(1, 100);
    const now = index.searchBatch(queries, { k: 4, filter });
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    const pending = index.searchBatchAsync(queries, { k: 4, filter });
    queries.fill(1);
    filter.fill(0);
    const found = await pending;
    isDone = true;
    expect([...found]).toEqual([...now]);
    // 60,000 pairs in slices that begin with 1024 and at most double, however fast they are.
    if (!backend.startsWith('native')) expect(turns).toBeGreaterThanOrEqual(5);
  });

  it('leaves a row out of its own neighbours by id, also among its equals', () => {
    const same = [1, 2, 3];
    const index = VectorIndex.from([same, same, same, [3, 2, 1]], { backend });
    expect(index.neighbors(2, 2).map((hit) => hit.id)).toEqual([0, 1]);
    expect(index.neighbors(0, 10).map((hit) => hit.id)).toEqual([1, 2, 3]);
    expect(index.neighbors(2, 10).map((hit) => hit.id)).toEqual([0, 1, 3]);
    expect(index.neighbors(3, { minScore: 0.999 })).toEqual([]);
    expect(index.neighbors(0, { k: 5, filter: { deny: [1] } }).map((hit) => hit.id)).toEqual([2, 3]);
    expect(() => index.neighbors(7, 1)).toThrow('no row with id 7');
  });

  it('refuses bad vectors and stays as it was', () => {
    const index = VectorIndex.from(
      [
        [1, 2],
        [3, 4],
      ],
      { backend },
    );
    expect(() =>
      index.addMany([
        [1, 2],
        [5, Number.NaN],
      ]),
    ).toThrow('row 1, column 1 is NaN');
    expect(() => index.add(9, [1e300, 0])).toThrow('row 0, column 0 is 1e+300, which is outside the range of float32');
    expect(() => index.add(9, [1, 2, 3])).toThrow('row 0 has 3 elements, expected 2');
    expect(() => index.upsert(0, [Number.POSITIVE_INFINITY, 0])).toThrow('column 0 is Infinity');
    expect(() => index.search([1, Number.NaN], 1)).toThrow('query 0, element 1 is NaN');
    expect(() => index.search([1], 1)).toThrow('row 0 has 1 elements, expected 2');
    expect(() => index.searchBatch(new Float32Array(3), 1)).toThrow('no whole number of rows');
    expect(index.ids()).toEqual([0, 1]);
    expect(index.get(0)).toEqual(Float32Array.of(1, 2));
  });
});

describe('ids', () => {
  it('number rows from 0 where none are given, and go on', () => {
    const index = VectorIndex.from([[1], [2], [3]]);
    index.addMany([[4], [5]]);
    expect(index.ids()).toEqual([0, 1, 2, 3, 4]);
    index.delete(1);
    index.addMany([[6]]);
    expect(index.ids()).toEqual([0, 2, 3, 4, 5]);
    index.add(1, [7]);
    expect(index.ids()).toEqual([0, 2, 3, 4, 5, 1]);
    expect(index.get(1)).toEqual(Float32Array.of(7));
    index.add(100, [8]);
    index.addMany([[9]]);
    expect(index.ids()).toEqual([0, 2, 3, 4, 5, 1, 100, 101]);
  });

  it('keep strings and numbers apart, and take any string', () => {
    const index = new VectorIndex<string | number>({ dim: 1 });
    index.addMany([[1], [2], [3], [4]], ['7', 7, '__proto__', '']);
    expect(index.get('7')).toEqual(Float32Array.of(1));
    expect(index.get(7)).toEqual(Float32Array.of(2));
    expect(index.has('constructor')).toBe(false);
    expect(index.delete('__proto__')).toBe(true);
    expect(index.has('__proto__')).toBe(false);
    expect(() => index.addMany([[1]])).toThrow('string ids');
  });

  it('are refused twice, and nothing of the batch is added', () => {
    const index = VectorIndex.from([[1], [2]], { ids: ['a', 'b'] });
    expect(() => index.addMany([[3], [4]], ['c', 'a'])).toThrow('id "a" is in the index already');
    expect(() => index.addMany([[3], [4]], ['c', 'c'])).toThrow('id "c" is given twice');
    expect(() => index.addMany([[3], [4]], ['c'])).toThrow('2 vectors came with 1 ids');
    expect(() => index.addMany([[3]], 'c' as unknown as string[])).toThrow('ids must be an array');
    expect(() => index.add(Number.NaN as unknown as string, [1])).toThrow('an id must be a string or a number from');
    expect(index.ids()).toEqual(['a', 'b']);
  });
});

describe('options', () => {
  const index = VectorIndex.from([
    [1, 0],
    [0, 1],
  ]);

  it.each([0, -3, 2.5, Number.NaN, '2', undefined, null])('refuse k = %s', (k) => {
    expect(() => index.search([1, 1], k as number)).toThrow('k must be a positive integer');
    expect(() => index.search([1, 1], { k: k as number })).toThrow('k must be a positive integer');
  });

  it('take minScore without k', () => {
    expect(index.search([1, 0.1], { minScore: 0.05 }).map((hit) => hit.id)).toEqual([0, 1]);
    expect(index.search([1, 0], { minScore: 0.5 }).map((hit) => hit.id)).toEqual([0]);
    expect(() => index.search([1, 0], { minScore: Number.NaN })).toThrow('minScore');
  });

  it('without k take the room of what a batch finds, not of all rows for each query', async () => {
    const many = VectorIndex.from(
      Array.from({ length: 3000 }, (_, r) => [Math.sin(r), Math.cos(r)]),
      { ids: Array.from({ length: 3000 }, (_, r) => `row ${r}`) },
    );
    const queries = Array.from({ length: 400 }, (_, q) => [Math.sin(q / 7), q % 3 === 0 ? 0 : Math.cos(q / 7)]);
    const asked = { minScore: 0.9999, filter: { deny: ['row 7'] } };
    const hits = many.searchBatch(queries, asked);
    const alone = queries.map((query) => many.search(query, asked));
    expect([...hits]).toEqual(alone);
    expect(hits.k).toBe(Math.max(...alone.map((found) => found.length)));
    expect(hits.scores.length).toBe(400 * hits.k);
    expect(await many.searchBatchAsync(queries, asked)).toEqual(hits);
    const none = many.searchBatch(queries, { minScore: 2 });
    expect([none.k, none.size, none.row(399)]).toEqual([0, 400, []]);
    expect(() => checkCells(1000, 2 ** 22)).toThrow('1000 queries with room for 4194304 rows each');
  });

  it('refuse filters that are none, and let a throwing predicate through', () => {
    expect(() => index.search([1, 0], { k: 1, filter: 'ab' as never })).toThrow('filter must be');
    expect(() => index.search([1, 0], { k: 1, filter: { deny: 3 } as never })).toThrow('filter.deny must be');
    expect(() => index.search([1, 0], { k: 1, filter: new Uint8Array(7) })).toThrow('2 bytes (one per row) or 1');
    const broken = () => {
      throw new Error('mine');
    };
    expect(() => index.search([1, 0], { k: 1, filter: broken })).toThrow('mine');
    expect(index.search([1, 0], 1)[0].id).toBe(0);
  });

  it('refuse dimensions, metrics and backends that are none', () => {
    for (const dim of [0, -1, 1.5, Number.NaN, '3']) {
      expect(() => new VectorIndex({ dim: dim as number })).toThrow('dim must be a positive integer');
    }
    expect(() => VectorIndex.from([])).toThrow('needs { dim }');
    expect(() => VectorIndex.from([[]])).toThrow('row 0 has no elements');
    expect(() => new VectorIndex({ dim: 2, metric: 'L2' as Metric })).toThrow('metric must be');
    expect(() => new VectorIndex({ dim: 2, backend: 'native/mmx' })).toThrow(
      /"native\/mmx" cannot be used here[\s\S]*reference\/plain: available/,
    );
  });
});

describe('traps', () => {
  it('a hole among the vectors is refused, not stored as zeros', () => {
    const holed = [
      [1, 2],
      [3, 4],
    ];
    delete (holed as unknown[])[0];
    expect(() => VectorIndex.from(holed)).toThrow('row 0 must be an array of numbers');
  });

  it('a filter that changes the index is refused on every backend', () => {
    for (const backend of backends) {
      const index = VectorIndex.from([[1], [2], [3]], { backend });
      const greedy = (id: number) => index.delete(id);
      expect(() => index.search([1], { k: 2, filter: greedy })).toThrow('must not change the index that calls it');
      const generous = function* () {
        index.addMany([[4]]);
        yield 5;
      };
      expect(() => index.search([1], { k: 2, filter: generous() })).toThrow('must not change the index that calls it');
    }
  });

  it('a bitmap of another realm is a bitmap', () => {
    const foreign = runInNewContext('new Uint8Array([0, 0, 1])') as Uint8Array;
    const index = VectorIndex.from([[1], [2], [3]]);
    expect(index.search([1], { k: 3, filter: foreign }).map((hit) => hit.id)).toEqual([2]);
  });

  it('aborting after the call rejects on every backend', async () => {
    for (const backend of backends) {
      const controller = new AbortController();
      const index = VectorIndex.from([[1], [2]], { backend });
      const search = index.searchAsync([1], { k: 1, signal: controller.signal });
      controller.abort(new Error('late'));
      await expect(search).rejects.toThrow('late');
    }
  });
});

describe('life', () => {
  it('an empty index gives empty answers', () => {
    const index = VectorIndex.from([], { dim: 3 });
    expect(index.search([1, 2, 3], 5)).toEqual([]);
    expect(index.searchBatch([[1, 2, 3]], 5).counts).toEqual(Uint32Array.of(0));
    expect(index.searchBatch([], 5).size).toBe(0);
  });

  it('clear empties, dispose ends', () => {
    const index = VectorIndex.from([[1, 2]], { ids: ['a'] });
    index.clear();
    expect(index.size).toBe(0);
    index.add('a', [3, 4]);
    expect(index.search([3, 4], 1)).toEqual([{ id: 'a', score: 1 }]);
    expect(index.stats()).toMatchObject({ size: 1, dim: 2, metric: 'cosine', deleted: 0 });
    index.dispose();
    index[Symbol.dispose]();
    expect(() => index.search([1, 2], 1)).toThrow('disposed');
    expect(() => index.add('b', [1, 2])).toThrow('disposed');
    expect(() => index.clear()).toThrow('disposed');
    expect(() => index.has('a')).toThrow('disposed');
    expect(() => index.get('a')).toThrow('disposed');
    expect(() => index.ids()).toThrow('disposed');
    expect(() => index.neighbors('a', 1)).toThrow('disposed');
  });

  it('gives memory back when rows are deleted', () => {
    const index = VectorIndex.from(new Float32Array(5000 * 64).fill(1), { dim: 64 });
    const full = index.stats().bytes;
    for (let id = 0; id < 4900; id++) index.delete(id);
    expect(index.stats().bytes).toBeLessThan(full / 5);
    expect(index.ids()).toHaveLength(100);
    expect(index.get(4950)).toEqual(new Float32Array(64).fill(1));
  });
});
