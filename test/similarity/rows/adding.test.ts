/** Rows that are added a few at a time: all of them at one moment, or none, whatever else happens to the index. */
import { describe, expect, it, vi } from 'vitest';
import { VectorIndex } from '../../../src/index.js';
import { ENCODED_ROWS } from '../../backend/conformance/encoded-rows.js';
import { Random } from '../../backend/conformance/random.js';
import { backends } from '../../fixtures/plain-rows.js';

const DIM = 32;
const ROWS = 30_000;

describe.each(backends)('on %s', (backend) => {
  const data = ENCODED_ROWS.clustered(new Random('adding'), ROWS, DIM);
  const few = data.slice(0, 200 * DIM);

  it('fromAsync makes what from makes, of any vectors', async () => {
    const nested = Array.from({ length: 700 }, (_, r) => Array.from(data.subarray(r * DIM, (r + 1) * DIM)));
    const ids = nested.map((_, r) => (r % 3 === 0 ? r + 0.5 : `row ${r}`));
    for (const [vectors, options] of [
      [data, { dim: DIM }],
      [nested, { ids, metric: 'euclidean', dtype: 'float64', model: 'm' }],
      [
        { data: few, rows: 200, dim: DIM },
        { ids: nested.slice(0, 200).keys(), metric: 'dot' },
      ],
      [[], { dim: 3 }],
    ] as const) {
      const again =
        options && 'ids' in options && !Array.isArray(options.ids)
          ? { ...options, ids: nested.slice(0, 200).keys() }
          : options;
      const sync = VectorIndex.from(vectors as never, { ...options, backend } as never);
      const later = await VectorIndex.fromAsync(vectors as never, { ...again, backend } as never);
      expect(Buffer.compare(await later.toBytesAsync(), sync.toBytes())).toBe(0);
    }
  });

  it('tells how far it is, and the event loop goes on', async () => {
    const seen: { done: number; total: number; phase: string }[] = [];
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    // However fast the machine is: each look at the clock finds that a turn is over.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1000;
      return now;
    });
    const index = await VectorIndex.fromAsync(data, { dim: DIM, backend, onProgress: (step) => seen.push(step) });
    const bytes = await index.toBytesAsync({ onProgress: (step) => seen.push(step) });
    isDone = true;
    vi.restoreAllMocks();
    expect(turns).toBeGreaterThan(2);
    const last = (phase: string) => seen.filter((each) => each.phase === phase).at(-1);
    expect(last('add')).toEqual({ done: ROWS, total: ROWS, phase: 'add' });
    expect(last('write')).toEqual({ done: bytes.length, total: bytes.length, phase: 'write' });
    if (index.stats().encoding) expect(last('encode')).toMatchObject({ done: last('encode')?.total });
    expect(index.stats().encoding?.waiting ?? 0).toBeLessThan(32);
  });

  it('rows are there at one moment, and keep their place among others', async () => {
    const index = VectorIndex.from(few, { dim: DIM, backend });
    let found: Promise<unknown[]> | undefined;
    let saved: Promise<Uint8Array> | undefined;
    const whileSomeAreThere = () => {
      expect(index.size).toBe(200);
      expect(index.has(200)).toBe(false);
      expect(index.delete(201)).toBe(false);
      expect(index.ids()).toHaveLength(200);
      expect(index.stats()).toMatchObject({ size: 200, deleted: 0 });
      expect(index.search(data.subarray(7 * DIM, 8 * DIM), { minScore: 0.999999 })[0].id).toBe(7);
      found = index.searchAsync(data.subarray(0, DIM), 500);
      saved = index.toBytesAsync();
      index.addMany(few);
      index.upsert(3, few.subarray(0, DIM));
      index.delete(4);
      expect(index.has(ROWS + 200)).toBe(true);
    };
    // The first step is told when some rows are stored, and none is to be found.
    await index.addManyAsync(data, undefined, { onProgress: () => found ?? whileSomeAreThere() });
    expect(await found).toHaveLength(200);
    expect(VectorIndex.fromBytes((await saved) as Uint8Array, { backend }).ids()).toEqual(
      Array.from({ length: 200 }, (_, id) => id),
    );
    expect(index.size).toBe(ROWS + 399);
    expect(index.get(200 + ROWS - 1)).toEqual(data.slice(-DIM));
    expect(index.has(ROWS + 399)).toBe(true);
    const plain = VectorIndex.from(new Float32Array(0), { dim: DIM, backend: 'reference' });
    for (const id of index.ids()) if (id % 50 === 0) plain.add(id, index.get(id) as Float32Array);
    const some = { k: 5, filter: plain.ids() };
    expect(index.search(few.subarray(DIM, 2 * DIM), some)).toEqual(plain.search(few.subarray(DIM, 2 * DIM), 5));
  });

  it.each(['aborted', 'refused', 'cleared', 'disposed'] as const)('none is there where it is %s', async (how) => {
    const index = VectorIndex.from(few, { dim: DIM, backend });
    const before = index.toBytes();
    const controller = new AbortController();
    let isAsked = false;
    const bad = data.slice();
    if (how === 'refused') bad[(ROWS - 2) * DIM + 5] = Number.NaN;
    // What is refused took numbers, and gives them back.
    const ids = how === 'refused' ? undefined : Array.from({ length: ROWS }, (_, r) => `new ${r}`);
    const adding = index.addManyAsync(bad, ids as never, {
      signal: controller.signal,
      onProgress({ done }) {
        if (done === 0 || isAsked) return;
        isAsked = true;
        if (how === 'aborted') controller.abort(new Error('enough'));
        if (how === 'cleared') index.clear();
        if (how === 'disposed') index.dispose();
      },
    });
    const error = await adding.then(
      () => undefined,
      (reason) => reason,
    );
    if (how === 'aborted') expect(error).toMatchObject({ message: 'enough' });
    if (how === 'refused') {
      expect(error).toMatchObject({
        code: 'NOT_FINITE',
        message: expect.stringContaining(`row ${ROWS - 2}, column 5`),
      });
    }
    if (how === 'cleared') expect(error).toMatchObject({ code: 'ABORTED' });
    if (how === 'disposed') expect(error).toMatchObject({ code: 'DISPOSED' });
    if (how === 'aborted' || how === 'refused') {
      expect(index.ids()).toHaveLength(200);
      expect(Buffer.compare(index.toBytes(), before)).toBe(0);
      index.addMany(few);
      expect(index.ids().at(-1)).toBe(399);
      expect(index.search(few.subarray(0, DIM), 2).map(({ id }) => id)).toEqual([0, 200]);
    }
    if (how === 'cleared') {
      index.add(5, few.subarray(0, DIM));
      expect(index.ids()).toEqual([5]);
    }
  });

  it('ids are taken before their rows are there', async () => {
    const index = new VectorIndex<string>({ dim: DIM, backend });
    const ids = Array.from({ length: ROWS }, (_, r) => `row ${r}`);
    const adding = index.addManyAsync(data, ids);
    const twice = index.addManyAsync(few, [...ids.slice(0, 199), 'row 3']);
    const tooFew = index.addManyAsync(few, ids.slice(1));
    expect(() => index.add('row 7', few.subarray(0, DIM))).toThrow('is being added already');
    await expect(twice).rejects.toMatchObject({ code: 'DUPLICATE_ID' });
    await expect(tooFew).rejects.toMatchObject({ code: 'DIMENSION_MISMATCH' });
    await adding;
    expect(index.ids()).toEqual(ids);
    expect(() => index.add('row 7', few.subarray(0, DIM))).toThrow('in the index already');
    const right = VectorIndex.from(data, { dim: DIM, ids, backend }).neighbors('row 5', 3);
    expect(index.neighbors('row 5', 3)).toEqual(right);
  });
});
