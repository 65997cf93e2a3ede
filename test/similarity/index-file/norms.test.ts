/** Files that hold norms where sums of squares are now: the sums come from the rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { MappedRows } from '../../../src/backend/contract/backend.js';
import { reference } from '../../../src/backend/reference/index.js';
import { VectorIndex } from '../../../src/index.js';
import { forged, partOf, withNorms } from '../../fixtures/index-file.js';
import { backends } from '../../fixtures/plain-rows.js';

const rows = Array.from({ length: 3000 }, (_, r) => Float32Array.of(Math.cos(r), Math.sin(3 * r), Math.cos(7 * r) / 3));
const index = VectorIndex.from(rows, { backend: 'reference' });
const old = withNorms(index.toBytes());
const folder = mkdtempSync(join(tmpdir(), 'kindred-norms-'));
const path = join(folder, 'old.kindred');
afterAll(() => rmSync(folder, { recursive: true }));

function sumsIn(saved: VectorIndex<number>): Uint8Array {
  const bytes = saved.toBytes();
  const { at, length } = partOf(bytes, 'SQRS');
  return bytes.slice(at, at + length);
}

it.each(backends)('are loaded and mapped on %s, and answer as before they were saved', async (backend) => {
  writeFileSync(path, old);
  for (const mmap of [false, true]) {
    for (const verify of [false, true]) {
      const loaded = await VectorIndex.load<number>(path, { backend, mmap, verify });
      expect(loaded.search(rows[9], 5)).toEqual(index.search(rows[9], 5));
      expect(loaded.search(rows[2999], { k: 9, minScore: 1 })).toEqual([{ id: 2999, score: 1 }]);
      expect(sumsIn(loaded)).toEqual(sumsIn(index));
      loaded.dispose();
    }
  }
});

it('give a backend that maps them the sums', async () => {
  writeFileSync(path, old);
  const asked: MappedRows[] = [];
  const openMapped = (_: string, mapped: MappedRows) => {
    asked.push(mapped);
    return reference.openCorpus(mapped.dim, mapped.metric);
  };
  await VectorIndex.load(path, { backend: { ...reference, openMapped }, mmap: true });
  expect(asked.map(({ squares }) => squares)).toEqual([Float64Array.from(rows, (row) => reference.dot(row, row))]);
});

it('are refused where norms cannot be, and with `verify` where they are of other rows', async () => {
  const { at } = partOf(old, 'NORM');
  const other = (norm: number) => forged(old, (view) => view.setFloat64(at + 8 * 2000, norm, true));
  for (const norm of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 451, 2 ** -451]) {
    expect(() => VectorIndex.fromBytes(other(norm))).toThrow(`norm ${norm} of row 2000`);
  }
  expect(VectorIndex.fromBytes(other(1)).size).toBe(3000);
  expect(() => VectorIndex.fromBytes(other(1), { verify: true })).toThrow('norm 1 of row 2000');
});
