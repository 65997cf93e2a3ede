/** Index files written and read a little at a time: the same bytes and the same index, whatever happens in between. */
import { describe, expect, it } from 'vitest';
import { openBackend, VectorIndex } from '../../../src/index.js';
import { savedOf } from '../../../src/similarity/index-file/index-file.js';
import type { IndexProgress } from '../../../src/similarity/rows/index-options.js';
import { StoredRows } from '../../../src/similarity/rows/stored-rows.js';
import { ENCODED_ROWS } from '../../backend/conformance/encoded-rows.js';
import { Random } from '../../backend/conformance/random.js';
import { backends } from '../../fixtures/plain-rows.js';

const DIM = 48;
const ROWS = 20_000;
const MOST_BYTES = 2 ** 20;

describe.each(backends)('on %s', (backend) => {
  const data = ENCODED_ROWS.clustered(new Random('in turns'), ROWS, DIM);
  const ids = Array.from({ length: ROWS }, (_, r) => (r % 2 === 0 ? `row ${r}` : r + 0.5));
  const index = VectorIndex.from<string | number>(data, { dim: DIM, ids, backend, model: 'm' });
  const bytes = index.toBytes();

  it('the bytes are those of the moment, though rows and their encoding change meanwhile', async () => {
    const own = VectorIndex.from<string | number>(data, { dim: DIM, ids, backend, model: 'm' });
    let changes = 0;
    const later = own.toBytesAsync({
      onProgress() {
        if (changes++ > 3) return;
        const from = changes * 3000;
        own.upsertMany(data.slice(0, 2500 * DIM), ids.slice(from, from + 2500));
        for (let r = 0; r < 200; r++) own.delete(ids[r]);
        own.addMany(
          data.slice(0, 2000 * DIM),
          Array.from({ length: 2000 }, (_, n) => `new ${changes} ${n}`),
        );
      },
    });
    own.upsert(ids[40], data.subarray(0, DIM));
    own.deleteMany(ids.slice(0, 15_000));
    own.addMany(
      data,
      Array.from({ length: ROWS }, (_, n) => `at once ${n}`),
    );
    expect(Buffer.compare(await later, bytes)).toBe(0);
    expect(changes).toBeGreaterThan(3);
    const saved = own.toBytesAsync();
    const present = own.ids();
    own.dispose();
    expect(VectorIndex.fromBytes(await saved, { backend }).ids()).toEqual(present);
  });

  it('no step reads or writes more than a piece', async () => {
    for (const work of ['write', 'read'] as const) {
      const seen: number[] = [0];
      const onProgress = ({ done, phase }: IndexProgress) => void (phase === work && seen.push(done));
      if (work === 'write') await index.toBytesAsync({ onProgress });
      else (await VectorIndex.fromBytesAsync(bytes, { backend, onProgress })).dispose();
      const steps = seen.slice(1).map((done, n) => done - seen[n]);
      // Sections begin at multiples of 64 bytes; head and table come first, or last.
      expect(Math.max(...steps)).toBeLessThanOrEqual(MOST_BYTES + 2048);
      expect(seen.at(-1)).toBe(bytes.length);
    }
  });

  it('fromBytesAsync makes what fromBytes makes', async () => {
    const again = await VectorIndex.fromBytesAsync<string | number>(bytes, { backend });
    expect(again.ids()).toEqual(ids);
    expect(again.model).toBe('m');
    expect(again.stats()).toEqual(VectorIndex.fromBytes(bytes, { backend }).stats());
    expect(Buffer.compare(again.toBytes(), bytes)).toBe(0);
    const bare = await VectorIndex.fromBytesAsync<string | number>(bytes, { backend, verify: true });
    expect(bare.search(data.subarray(0, DIM), 5)).toEqual(index.search(data.subarray(0, DIM), 5));
  });

  it('fromBytesAsync refuses what fromBytes refuses, and ends when it is aborted', async () => {
    const bad = bytes.slice();
    bad[bytes.length - 100] ^= 1;
    await expect(VectorIndex.fromBytesAsync(bad, { backend })).rejects.toMatchObject({ code: 'CORRUPT_FILE' });
    await expect(VectorIndex.fromBytesAsync(bytes, { backend, model: 'other' })).rejects.toMatchObject({
      code: 'MODEL_MISMATCH',
    });
    await expect(VectorIndex.fromBytesAsync('bytes' as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(VectorIndex.fromBytesAsync(bytes, { mmap: true } as never)).rejects.toThrow('no option "mmap"');
    for (const stopAt of [0, 1 / 3, 1]) {
      const controller = new AbortController();
      const onProgress = ({ done, total }: IndexProgress) =>
        done >= stopAt * total && controller.abort(new Error('enough'));
      const options = { backend, signal: controller.signal, onProgress };
      await expect(VectorIndex.fromBytesAsync(bytes, options)).rejects.toThrow('enough');
    }
    const gone = bytes.slice();
    const onProgress = () => void (gone.length > 0 && structuredClone(gone, { transfer: [gone.buffer] }));
    await expect(VectorIndex.fromBytesAsync(gone, { backend, onProgress })).rejects.toThrow('were transferred');
  });
});

it('ids are taken a few thousand at a time', () => {
  const kept = { dim: 1, metric: 'dot', dtype: 'float32', threads: 0, encodes: false } as const;
  const rows = new StoredRows<string>({ ...kept, backend: openBackend('reference') });
  const named = Array.from({ length: ROWS }, (_, r) => `row ${r}`);
  rows.append({ data: new Float32Array(ROWS), rows: ROWS, dim: 1 }, named, undefined);
  const { file, free } = savedOf(rows, undefined);
  let steps = 0;
  while (!file.next().done) steps++;
  free();
  // Once to look at them, once to write them.
  expect(steps).toBeGreaterThanOrEqual(2 * Math.floor(ROWS / 4096));
});

describe('ids beside numbered rows', () => {
  it('are found, whoever was there before, was deleted or came again', () => {
    const index = VectorIndex.from<string | number>([[0], [1], [2], [3]], { metric: 'dot', backend: 'reference' });
    index.delete(1);
    index.add('x', [10]);
    index.add(1, [11]);
    index.add(9, [19]);
    index.delete(9);
    expect(index.ids()).toEqual([0, 2, 3, 'x', 1]);
    expect(index.get(1)).toEqual(Float32Array.of(11));
    index.delete(1);
    expect([index.has(1), index.has(9), index.has(4), index.has('x')]).toEqual([false, false, false, true]);
    index.addMany([[20], [21]], [4, 1]);
    expect(index.search([1], 9).map(({ id }) => id)).toEqual([1, 4, 'x', 3, 2, 0]);
    expect(VectorIndex.fromBytes(index.toBytes(), { backend: 'reference' }).ids()).toEqual(index.ids());
  });
});
