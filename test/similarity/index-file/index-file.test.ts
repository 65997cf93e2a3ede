/** A VectorIndex as bytes: what is saved on one backend answers alike on every other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dtype, type Metric, VectorIndex } from '../../../src/index.js';
import { encodingBackend, madeUpEncoding, partsOf } from '../../fixtures/index-file.js';
import { checkout } from '../../fixtures/machine.js';
import { backends } from '../../fixtures/plain-rows.js';

const metrics: Metric[] = ['cosine', 'dot', 'euclidean'];
const dtypes: Dtype[] = ['float32', 'float64', 'float16', 'bfloat16', 'int8'];

/** Whole numbers, so that every dtype holds them; with a zero row and equal rows. */
function someRows(count: number, dim: number): Float32Array[] {
  const row = (r: number) =>
    Float32Array.from({ length: dim }, (_, i) => Math.round(40 * Math.sin(r * 12.9 + i * 78.2)));
  return Array.from({ length: count }, (_, r) => (r === 3 ? new Float32Array(dim) : row(r % 11 === 5 ? 5 : r)));
}

/** The file without its encoding, which is the one part that may depend on the backend. */
function withoutEncoding(bytes: Uint8Array): unknown {
  return partsOf(bytes)
    .filter(({ name }) => name !== 'ENCO')
    .map(({ name, at, length }) => [name, Buffer.from(bytes.subarray(at, at + length)).toString('base64')]);
}

describe.each(metrics)('an index by %s', (metric) => {
  it.each(dtypes)('of %s is the same on every backend', (dtype) => {
    const rows = someRows(1100, 19);
    const ids = rows.map((_, r) => `row ${r}`);
    const queries = [...someRows(6, 19), rows[700].map((x, i) => x + (i % 3))];
    const oracle = VectorIndex.from(rows, { metric, dtype, ids, backend: 'reference' });
    const expected = [...oracle.searchBatch(queries, 25)];
    const file = oracle.toBytes();
    for (const writer of backends) {
      const bytes = VectorIndex.from(rows, { metric, dtype, ids, backend: writer }).toBytes();
      expect(withoutEncoding(bytes)).toEqual(withoutEncoding(file));
      for (const backend of backends) {
        const index = VectorIndex.fromBytes<string>(bytes, { backend, verify: writer === backend });
        expect([index.size, index.dim, index.metric, index.dtype]).toEqual([1100, 19, metric, dtype]);
        expect([...index.searchBatch(queries, 25)]).toEqual(expected);
        expect(index.ids().join()).toBe(ids.join());
        expect(index.get('row 700')).toEqual(oracle.get('row 700'));
        index.dispose();
      }
    }
  });

  it.each(backends)('that has changed and grown is saved as it is by %s', (backend) => {
    const rows = someRows(2000, 24);
    const index = VectorIndex.from(rows, { metric, backend, ids: rows.map((_, r) => r * 2) });
    const oracle = VectorIndex.from(rows, { metric, backend: 'reference', ids: rows.map((_, r) => r * 2) });
    for (const each of [index, oracle]) {
      for (let r = 0; r < 2000; r += 9) each.upsert(r * 2, rows[(r + 1) % 2000]);
      for (let r = 1; r < 2000; r += 7) each.delete(r * 2);
      each.upsert(800, rows[44]);
    }
    const query = rows[44].map((x) => x + 1);
    const loaded = VectorIndex.fromBytes<number>(index.toBytes(), { backend });
    expect(loaded.search(query, 40)).toEqual(oracle.search(query, 40));
    expect(index.search(query, 40)).toEqual(oracle.search(query, 40));
    expect(loaded.ids()).toEqual(oracle.ids());
    // And goes on living.
    for (const each of [loaded, oracle]) {
      each.upsert(800, query);
      each.delete(0);
      each.addMany(rows.slice(0, 700));
    }
    expect(loaded.search(query, 40)).toEqual(oracle.search(query, 40));
    expect(loaded.ids()).toEqual(oracle.ids());
    expect(VectorIndex.fromBytes(loaded.toBytes(), { backend }).search(query, 40)).toEqual(oracle.search(query, 40));
  });
});

describe('the same index gives the same bytes', () => {
  it.each(backends)('on %s: twice, and when it was loaded from them', (backend) => {
    const index = VectorIndex.from(someRows(1500, 16), { backend });
    const bytes = index.toBytes({ model: 'm' });
    expect(Buffer.compare(index.toBytes({ model: 'm' }), bytes)).toBe(0);
    const loaded = VectorIndex.fromBytes(bytes, { backend });
    expect(withoutEncoding(loaded.toBytes())).toEqual(withoutEncoding(bytes));
    expect(loaded.stats().encoding?.rows).toBe(index.stats().encoding?.rows);
  });

  it('however it came about', () => {
    const rows = someRows(40, 5);
    const direct = VectorIndex.from(rows.slice(20), {
      ids: rows.slice(20).map((_, r) => `${r}`),
      backend: 'reference',
    });
    const indirect = new VectorIndex<string>({ dim: 5, backend: 'reference' });
    for (let r = 0; r < 20; r++) indirect.add(`gone ${r}`, rows[r]);
    for (let r = 20; r < 40; r++) indirect.add(`${r - 20}`, rows[39]);
    for (let r = 20; r < 40; r++) indirect.upsert(`${r - 20}`, rows[r]);
    for (let r = 0; r < 20; r++) indirect.delete(`gone ${r}`);
    expect(indirect.toBytes()).toEqual(direct.toBytes());
  });

  it('takes bytes at any offset, keeps none of them and leaves them as they are', () => {
    const bytes = VectorIndex.from(someRows(50, 7), { backend: 'reference' }).toBytes();
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    const index = VectorIndex.fromBytes<number>(shifted);
    expect(shifted).toEqual(bytes);
    shifted.fill(0xff);
    expect(index.get(7)).toEqual(someRows(50, 7)[7]);
    expect(VectorIndex.fromBytes(Buffer.from(bytes)).size).toBe(50);
  });
});

describe('ids', () => {
  const saved = <Id extends string | number>(ids: Id[]) => {
    const index = VectorIndex.from<Id>(someRows(ids.length, 2), { ids, dim: 2, backend: 'reference' });
    return VectorIndex.fromBytes<Id>(index.toBytes(), { backend: 'reference' });
  };

  it('come back as they were: any text and any finite number', () => {
    const odd = [
      '',
      '\0',
      '\uFEFFmarked',
      'é',
      'e\u0301',
      '😀',
      '日本',
      '__proto__',
      '7',
      7,
      -0.5,
      2 ** 52 + 0.5,
      5e-324,
      2 ** 53 - 1,
      'x'.repeat(70_000),
    ];
    expect(saved(odd).ids()).toEqual(odd);
    const broken = ['\ud800', 'a\udc00b', '😀', '', 3, '\udc00\ud800'];
    expect(saved(broken).ids()).toEqual(broken);
    expect(saved([5, -3, 2.5]).ids()).toEqual([5, -3, 2.5]);
    expect(saved([0, 1, 2]).ids()).toEqual([0, 1, 2]);
    expect(saved([]).ids()).toEqual([]);
  });

  it('of any kind come back (property)', () => {
    const id = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, min: -(2 ** 53 - 1), max: 2 ** 53 - 1 }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(id, { selector: (x) => (Object.is(x, -0) ? 0 : x), maxLength: 20 }), (ids) => {
        const zero = ids.map((x) => (x === 0 ? 0 : x));
        expect(saved(zero).ids()).toEqual(zero);
      }),
    );
  });

  it('that are the numbers of the rows take no room', () => {
    const bytes = VectorIndex.from(someRows(1000, 2)).toBytes();
    expect(partsOf(bytes).find(({ name }) => name === 'IDS_')?.length).toBe(16);
  });

  it('are numbered on from where they were, not from what is left', () => {
    const index = VectorIndex.from(someRows(5, 2), { backend: 'reference' });
    index.delete(4);
    index.delete(3);
    const loaded = VectorIndex.fromBytes<number>(index.toBytes());
    for (const each of [index, loaded]) each.addMany(someRows(2, 2));
    expect(loaded.ids()).toEqual([0, 1, 2, 5, 6]);
    expect(loaded.ids()).toEqual(index.ids());
  });
});

describe('the model', () => {
  const index = VectorIndex.from([[1, 2]], { backend: 'reference' });

  it('is remembered, saved again, and may be changed', () => {
    expect(index.model).toBeUndefined();
    const loaded = VectorIndex.fromBytes(index.toBytes({ model: 'mini-é' }), { model: 'mini-é' });
    expect(loaded.model).toBe('mini-é');
    expect(VectorIndex.fromBytes(loaded.toBytes()).model).toBe('mini-é');
    expect(VectorIndex.fromBytes(loaded.toBytes({ model: 'other' })).model).toBe('other');
    expect(VectorIndex.fromBytes(index.toBytes()).model).toBeUndefined();
  });

  it('must be the one asked for', () => {
    const tagged = index.toBytes({ model: 'mini-6' });
    expect(() => VectorIndex.fromBytes(tagged, { model: 'mini-12' })).toThrow('model "mini-6", expected "mini-12"');
    expect(() => VectorIndex.fromBytes(index.toBytes(), { model: 'mini-12' })).toThrow(
      'has no model tag, expected "mini-12"',
    );
    expect(codeOf(() => VectorIndex.fromBytes(tagged, { model: 'mini-12' }))).toBe('MODEL_MISMATCH');
  });

  it.each(['', 7, '\ud800', 'é'.repeat(2049)])('%j is refused', (model) => {
    expect(codeOf(() => index.toBytes({ model: model as string }))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => VectorIndex.fromBytes(index.toBytes(), { model: model as string }))).toBe('INVALID_ARGUMENT');
  });
});

describe('options', () => {
  const bytes = VectorIndex.from(someRows(600, 8), { backend: 'reference' }).toBytes();

  it('choose backend, threads and encoding', () => {
    for (const backend of backends) {
      const plain = VectorIndex.fromBytes(bytes, { backend, encode: 'none' });
      expect(plain.stats()).toMatchObject({ backend, encoding: undefined, mapped: false });
      const loaded = VectorIndex.fromBytes(bytes, { backend });
      const made = VectorIndex.from(someRows(600, 8), { backend });
      expect(loaded.stats().encoding).toEqual(made.stats().encoding);
    }
  });

  it('that are none are refused', () => {
    const bad: [unknown, string][] = [
      [null, 'options must be an object'],
      [{ threads: 0 }, 'threads must be'],
      [{ encode: 'yes' }, 'encode must be'],
      [{ verify: 1 }, 'verify must be true or false'],
      [{ backend: 'native/mmx' }, 'cannot be used here'],
    ];
    for (const [options, message] of bad)
      expect(() => VectorIndex.fromBytes(bytes, options as object)).toThrow(message);
    expect(() => VectorIndex.fromBytes('bytes' as never)).toThrow(
      'bytes must be a Uint8Array (or Buffer), not "bytes"',
    );
    expect(() => VectorIndex.fromBytes(bytes).toBytes(null as never)).toThrow('options must be an object');
  });

  it('do not bring a disposed index back', () => {
    const index = VectorIndex.fromBytes(bytes);
    index.dispose();
    expect(codeOf(() => index.toBytes())).toBe('DISPOSED');
  });
});

it.each(backends)('rows at the edges of what can be stored keep their encoding and their answers (%s)', (backend) => {
  const edges: [Dtype, number[]][] = [
    ['float32', [3e38, 1e-45, 1e-30, 0, 1]],
    ['float64', [1e130, 1e-130, 0, 1, 1e60]],
    ['float16', [65504, 6e-8, 0, 1]],
    ['bfloat16', [3e38, 1e-40, 0, 1]],
    ['int8', [127, -128, 0, 1]],
  ];
  for (const [dtype, values] of edges) {
    for (const metric of metrics) {
      const row = (r: number) =>
        Float64Array.from({ length: 9 }, (_, i) => values[(r + ((r * i) % 5)) % values.length] * (i % 2 || -1));
      const held = Array.from({ length: 900 }, (_, r) =>
        row(r).map((x) => (dtype === 'int8' ? Math.max(-128, Math.min(127, x)) : x)),
      );
      const index = VectorIndex.from(held, { dtype, metric, backend });
      const loaded = VectorIndex.fromBytes(index.toBytes(), { backend });
      const oracle = VectorIndex.from(held, { dtype, metric, backend: 'reference' });
      expect(loaded.stats().encoding).toEqual(index.stats().encoding);
      for (const query of held.slice(3, 8)) expect(loaded.search(query, 30)).toEqual(oracle.search(query, 30));
    }
  }
});

describe('files of version 1 that were written once and for all', () => {
  const read = (name: string) => new Uint8Array(readFileSync(join(checkout, 'test/fixtures/files', name)));
  const file = read('version-1.kindred');
  const withNorms = read('version-1-norms.kindred');
  const vectors = Array.from({ length: 40 }, (_, r) => [r - 20, r % 7, 1]);
  const ids = vectors.map((_, r) => (r % 4 === 0 ? r / 8 : `é${r}`));

  it.each(
    backends.flatMap((backend) => [
      { backend, bytes: file, with: 'sums of squares' },
      { backend, bytes: withNorms, with: 'norms' },
    ]),
  )('with $with are read on $backend', ({ backend, bytes }) => {
    // Their encoding is made up, so that it must not be believed.
    const index = VectorIndex.fromBytes(bytes, { backend, model: 'made up', verify: true });
    expect([index.size, index.dim, index.metric, index.dtype, index.model]).toEqual([
      40,
      3,
      'cosine',
      'bfloat16',
      'made up',
    ]);
    expect(index.ids()).toEqual(ids);
    vectors.forEach((vector, r) => {
      expect(index.get(ids[r])).toEqual(Float32Array.from(vector));
    });
    const made = VectorIndex.from(vectors, { ids, dtype: 'bfloat16', backend });
    expect(index.search([1, 2, 3], 10)).toEqual(made.search([1, 2, 3], 10));
  });

  it('are written again with the same bytes, sums of squares for norms, and their encoding is what it was', () => {
    const encoding = madeUpEncoding(3, 32);
    const { backend, adopted } = encodingBackend(encoding);
    expect(Buffer.compare(VectorIndex.fromBytes(file, { backend }).toBytes(), file)).toBe(0);
    expect(Buffer.compare(VectorIndex.fromBytes(withNorms, { backend }).toBytes(), file)).toBe(0);
    expect(adopted).toEqual([encoding, encoding]);
  });
});

it('an empty index of any dimension is a file too', () => {
  for (const backend of backends) {
    for (const dim of [1, 1000]) {
      const bytes = new VectorIndex({ dim, metric: 'dot', backend }).toBytes();
      const index = VectorIndex.fromBytes<number>(bytes, { backend });
      expect([index.size, index.dim]).toEqual([0, dim]);
      index.addMany([new Float32Array(dim).fill(1)]);
      expect(index.search(new Float32Array(dim).fill(1), 1)).toEqual([{ id: 0, score: dim }]);
    }
  }
});

function codeOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}
