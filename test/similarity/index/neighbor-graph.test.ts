/** neighborGraph against all pairs scored and sorted, on every backend that opens here. */
import { describe, expect, it } from 'vitest';
import { type Hits, type Metric, openBackend, type Progress, VectorIndex } from '../../../src/index.js';
import {
  backends,
  coarseRows,
  disturb,
  isSlow,
  levels,
  listed,
  metrics,
  scoreOf,
  shown,
} from '../../fixtures/plain-rows.js';

function expected(index: VectorIndex<string>, k: number, metric: Metric, minScore = Number.NEGATIVE_INFINITY) {
  const rows = listed(index);
  return rows.map(({ vector }, self) =>
    rows
      .map((row, position) => ({ id: row.id, position, score: scoreOf(metric, vector, row.vector) }))
      .filter(({ position, score }) => position !== self && score >= minScore)
      .sort((a, b) => b.score - a.score)
      .slice(0, k)
      .map(({ id, score }) => ({ id, ...shown(metric, score) })),
  );
}

function indexOf(rows: number, dim: number, metric: Metric, backend: string): VectorIndex<string> {
  const index = new VectorIndex<string>({ dim, metric, backend });
  index.addMany(
    coarseRows(rows, dim),
    Array.from({ length: rows }, (_, r) => `row ${r}`),
  );
  return index;
}

/** The same answers, bit for bit. */
function expectSame(found: Hits<string>, right: Hits<string>): void {
  expect([found.size, found.k]).toEqual([right.size, right.k]);
  for (const array of ['counts', 'positions', 'scores'] as const) {
    expect(Buffer.compare(new Uint8Array(found[array].buffer), new Uint8Array(right[array].buffer)), array).toBe(0);
  }
  const last = right.size - 1;
  if (last >= 0) expect(found.row(last)).toEqual(right.row(last));
}

describe.each(backends)('on %s', (backend) => {
  it.each(metrics)('%s: each row finds its nearest others, ties by position, itself never', async (metric) => {
    const index = indexOf(60, 3, metric, backend);
    for (const k of [1, 4, 59, 60, 500]) {
      const graph = index.neighborGraph(k);
      expect(graph.k).toBe(Math.min(k, 59));
      expect([...graph]).toEqual(expected(index, k, metric));
      expect([...(await index.neighborGraphAsync(k))]).toEqual([...graph]);
    }
  });

  it('leaves deleted rows out and sees replaced ones', async () => {
    const index = indexOf(100, 4, 'euclidean', backend);
    disturb(index, 4);
    expect(index.stats().deleted).toBeGreaterThan(0);
    const graph = index.neighborGraph(6);
    expect(graph.size).toBe(index.size);
    expect([...graph]).toEqual(expected(index, 6, 'euclidean'));
    const ids = index.ids();
    graph.row(5).forEach((hit, n) => {
      expect(ids[graph.positions[5 * graph.k + n]]).toBe(hit.id);
    });
    expect([...(await index.neighborGraphAsync({ k: 6 }))]).toEqual([...graph]);
  });

  it('leaves out by position also among more equals than k', () => {
    const index = VectorIndex.from(new Array(12).fill([1, 2]), { backend });
    const graph = index.neighborGraph(3);
    const found = [...graph].map((hits) => hits.map((hit) => hit.id));
    expect(found.slice(0, 5)).toEqual([
      [1, 2, 3],
      [0, 2, 3],
      [0, 1, 3],
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  it('takes minScore and filters, and asks for every row', () => {
    const index = indexOf(60, 3, 'cosine', backend);
    expect([...index.neighborGraph({ k: 5, minScore: 0.9 })]).toEqual(expected(index, 5, 'cosine', 0.9));
    const allowed = new Set(['row 3', 'row 9', 'row 40']);
    const filtered = index.neighborGraph({ k: 5, filter: allowed });
    const all = expected(index, 60, 'cosine');
    expect([...filtered]).toEqual(all.map((hits) => hits.filter((hit) => allowed.has(hit.id))));
  });

  it('crosses blocks of rows, and says how far it is', () => {
    const index = indexOf(1100, 2, 'dot', backend);
    const seen: Progress[] = [];
    const graph = index.neighborGraph({ k: 2, onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.at(-1)).toEqual({ done: 1100, total: 1100, phase: 'search' });
    for (const q of [0, 1023, 1024, 1099]) {
      expect(graph.row(q)).toEqual(index.neighbors(`row ${q}`, 2));
    }
  });

  it('answers for the moment it was called, whatever happens to the rows', async () => {
    const index = indexOf(1040, 3, 'dot', backend);
    const now = index.neighborGraph(3);
    const beforeUpsert = index.neighborGraphAsync(3);
    index.upsert('row 0', [9, 9, 9]);
    index.upsert('new', [8, 8, 8]);
    expectSame(await beforeUpsert, now);
    const changed = index.neighborGraph(3);
    expect(changed.row(5)).not.toEqual(now.row(5));
    const beforeDelete = index.neighborGraphAsync(3);
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (const id of index.ids().slice(0, 800)) index.delete(id);
    expectSame(await beforeDelete, changed);
    const beforeEnd = index.neighborGraphAsync(3);
    index.dispose();
    await expect(beforeEnd).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('can be aborted before, between blocks and by a change', async () => {
    const index = indexOf(1100, 3, 'dot', backend);
    const aborted = AbortSignal.abort(new Error('never'));
    await expect(index.neighborGraphAsync({ k: 1, signal: aborted })).rejects.toThrow('never');
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    await expect(index.neighborGraphAsync({ k: 1, signal: controller.signal, onProgress })).rejects.toThrow('enough');
    const other = new AbortController();
    const pending = index.neighborGraphAsync({ k: 1, signal: other.signal });
    other.abort(new Error('late'));
    index.delete('row 0');
    await expect(pending).rejects.toThrow('late');
  });
});

const [ROWS, DIM] = [2100, 200];

/** Whether a level computes each pair of so many long rows once. */
function hasGraph(level: string): boolean {
  const corpus = openBackend(level).openCorpus(DIM, 'cosine');
  corpus.append(Float32Array.from({ length: ROWS * DIM }, (_, i) => Math.sin(i)));
  while ((corpus.encoder?.encode(ROWS) ?? 0) > 0);
  const graph = corpus.openGraph({ k: 1, minScore: Number.NEGATIVE_INFINITY });
  corpus.free();
  if (typeof graph !== 'object') return false;
  graph.free();
  return true;
}

const natives = levels.filter((each) => each.startsWith('native/'));
const withGraph = natives.filter(hasGraph);
// Where no pair is remembered, a search for each row does the work: one such level stands for all.
const withoutGraph = natives.filter((each) => !withGraph.includes(each)).slice(0, 1);

describe.each([...withGraph, ...withoutGraph])('many long rows on %s', (backend) => {
  const [rows, dim] = [ROWS, DIM];
  const spread = (index: VectorIndex<string>) => index.ids().filter((_, position) => position % 97 === 0);

  function expectNeighbors(index: VectorIndex<string>, graph: Hits<string>, k: number): void {
    expect(graph.size).toBe(index.size);
    const positions = new Map(index.ids().map((id, position) => [id, position]));
    for (const id of spread(index)) expect(graph.row(positions.get(id) as number)).toEqual(index.neighbors(id, k));
  }

  it.each(metrics)('%s: each row finds its nearest others, also among deleted and replaced ones', async (metric) => {
    const index = indexOf(rows, dim, metric, backend);
    expectNeighbors(index, index.neighborGraph(10), 10);
    disturb(index, dim);
    const graph = index.neighborGraph({ k: 7 });
    expectNeighbors(index, graph, 7);
    expectSame(await index.neighborGraphAsync(7), graph);
    const threads = new VectorIndex<string>({ dim, metric, backend, threads: 3 });
    const ids = index.ids();
    threads.addMany(
      ids.map((id) => index.get(id) as Float32Array),
      ids,
    );
    expectSame(threads.neighborGraph(7), graph);
  });

  it('counts what it did and reports every row once', () => {
    const index = indexOf(rows, dim, 'cosine', backend);
    const seen: Progress[] = [];
    index.neighborGraph({ k: 3, onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.map(({ done }) => done)).toEqual([...new Set(seen.map(({ done }) => done))].sort((a, b) => a - b));
    expect(seen.at(-1)).toEqual({ done: rows, total: rows, phase: 'search' });
    const { queries, rows: considered, scored } = index.stats().lastSearch ?? { queries: 0, rows: 0, scored: 0 };
    expect(considered).toBe(rows);
    expect(scored).toBeGreaterThanOrEqual(4 * queries);
  });

  it('sees no change, however far it is, and ends with the index', async () => {
    const index = indexOf(rows, dim, 'euclidean', backend);
    const now = index.neighborGraph(5);
    const atOnce = index.neighborGraphAsync(5);
    index.upsert('row 3', new Float32Array(dim).fill(7));
    expectSame(await atOnce, now);
    const changed = index.neighborGraph(5);
    expect(changed.row(3)).not.toEqual(now.row(3));
    let blocks = 0;
    const halfway = index.neighborGraphAsync({
      k: 5,
      onProgress: () => {
        blocks++;
      },
    });
    while (blocks < 1) await new Promise((resolve) => setTimeout(resolve, 1));
    index.upsert('row 5', new Float32Array(dim).fill(9));
    expectSame(await halfway, changed);
    const ended = index.neighborGraphAsync(5);
    index.dispose();
    await expect(ended).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  it('several at a time do not disturb each other, nor does one that is aborted', async () => {
    const index = indexOf(rows, dim, 'dot', backend);
    const right = index.neighborGraph(4);
    const controller = new AbortController();
    const ended = index.neighborGraphAsync({
      k: 4,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    const others = [4, 4, 2].map((k) => index.neighborGraphAsync(k));
    await expect(ended).rejects.toThrow('enough');
    const [first, second, short] = await Promise.all(others);
    expectSame(first, right);
    expectSame(second, right);
    for (let row = 0; row < rows; row += 13) expect(short.row(row)).toEqual(right.row(row).slice(0, 2));
  });

  it('rows with more equals than can be remembered are found as well', () => {
    // 5500 take more than the 256 MiB that rows may remember: seconds of work, on one level unless there is time.
    const isFull = backend === withGraph[0] || (isSlow && withGraph.includes(backend));
    const [equal, others] = [isFull ? 5500 : 1100, 100];
    const row = coarseRows(1, dim, 5)[0];
    const index = new VectorIndex({ dim, backend });
    index.addMany([...new Array(equal).fill(row), ...coarseRows(others, dim, 6)]);
    const graph = index.neighborGraph(3);
    for (const self of [0, 2, 3, 1000, equal - 1]) {
      expect(graph.row(self).map(({ id }) => id)).toEqual([0, 1, 2, 3].filter((id) => id !== self).slice(0, 3));
    }
    for (const other of [equal, equal + others - 1]) expect(graph.row(other)).toEqual(index.neighbors(other, 3));
  });
});

describe('bad input and small indexes', () => {
  it('no rows and one row have no neighbours', () => {
    const empty = new VectorIndex({ dim: 2 });
    expect(empty.neighborGraph(3).size).toBe(0);
    empty.add(5, [1, 2]);
    expect([...empty.neighborGraph(3)]).toEqual([[]]);
  });

  it.each([0, -1, 1.5, Number.NaN, '3', undefined, null])('k = %s is refused', async (k) => {
    const index = VectorIndex.from([[1], [2]]);
    expect(() => index.neighborGraph(k as number)).toThrow('k must be a positive integer');
    expect(() => index.neighborGraph({ k: k as number })).toThrow('k must be a positive integer');
    await expect(index.neighborGraphAsync(k as number)).rejects.toThrow('k must be a positive integer');
  });

  it('other options are examined too', () => {
    const index = VectorIndex.from([[1], [2]]);
    expect(() => index.neighborGraph({ k: 1, minScore: Number.NaN })).toThrow('minScore must be a number, not NaN');
    expect(() => index.neighborGraph({ k: 1, filter: 7 as never })).toThrow('filter must be');
    expect(() => index.neighborGraph({ k: 1, onProgress: 7 as never })).toThrow('onProgress must be a function, not 7');
    index.dispose();
    expect(() => index.neighborGraph(1)).toThrow('disposed');
  });

  it('onProgress that throws ends the work; one that changes the index is refused', async () => {
    const index = VectorIndex.from([[1], [2], [3]]);
    const angry = () => {
      throw new Error('mine');
    };
    expect(() => index.neighborGraph({ k: 1, onProgress: angry })).toThrow('mine');
    await expect(index.neighborGraphAsync({ k: 1, onProgress: angry })).rejects.toThrow('mine');
    const greedy = () => index.delete(0);
    expect(() => index.neighborGraph({ k: 1, onProgress: greedy })).toThrow('must not change the index');
    await expect(index.neighborGraphAsync({ k: 1, onProgress: greedy })).rejects.toThrow('must not change the index');
    expect(index.size).toBe(3);
  });
});
