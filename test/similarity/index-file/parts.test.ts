/** The parts of an index file one by one: checksum, byte order, layout, encoding. */
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, toFileOrder, toHostOrder } from '../../../src/files/byte-order.js';
import { crc32, plainCrc32 } from '../../../src/files/checksum.js';
import { VectorIndex } from '../../../src/index.js';
import { encodingBackend, madeUpEncoding, partOf, partsOf, viewOf } from '../../fixtures/index-file.js';

describe('the checksum', () => {
  it('has the published value for "123456789"', () => {
    const text = new TextEncoder().encode('123456789');
    expect(plainCrc32(text)).toBe(0xcbf43926);
    expect(crc32(text)).toBe(0xcbf43926);
  });

  it('is that of zlib, whole, in pieces and at any offset', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(7), (bytes, cut, offset) => {
        const moved = new Uint8Array(bytes.length + offset).subarray(offset);
        moved.set(bytes);
        expect(plainCrc32(moved)).toBe(zlibCrc32(bytes));
        expect(plainCrc32(moved.subarray(cut), plainCrc32(moved.subarray(0, cut)))).toBe(zlibCrc32(bytes));
        expect(crc32(moved.subarray(cut), crc32(moved.subarray(0, cut)))).toBe(zlibCrc32(bytes));
      }),
    );
  });
});

describe('the byte order', () => {
  it('is turned around element by element where the platform has the other one, and back', () => {
    const numbers = Float64Array.of(1, -2.5, 3e300);
    const turned = toFileOrder(numbers, true);
    expect(viewOf(turned).getFloat64(8, false)).toBe(-2.5);
    expect(numbers).toEqual(Float64Array.of(1, -2.5, 3e300));
    const read = new Float64Array(turned.buffer.slice(0));
    toHostOrder(read, true);
    expect(read).toEqual(numbers);
    expect([...toFileOrder(Uint16Array.of(0x1234), true)]).toEqual([...bytesOf(Uint16Array.of(0x3412))]);
    expect(toFileOrder(Int8Array.of(1, -2), true)).toEqual(Uint8Array.of(1, 254));
  });
});

describe('the layout', () => {
  const index = VectorIndex.from(
    [
      [3, 4],
      [1, -2],
      [0, 0],
    ],
    { ids: ['a', 'é', '😀'], backend: 'reference' },
  );
  const bytes = index.toBytes({ model: 'm-1' });
  const view = viewOf(bytes);

  it('has the header that the documentation tells of', () => {
    expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x4b, 0x4e, 0x44, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(view.getUint32(8, true)).toBe(1);
    expect(view.getBigUint64(16, true)).toBe(BigInt(bytes.length));
    expect(view.getUint32(24, true)).toBe(4);
    expect(view.getUint32(28, true)).toBe(2);
    expect(view.getBigUint64(32, true)).toBe(3n);
    expect([...bytes.subarray(40, 64)]).toEqual(new Array(24).fill(0));
  });

  it('has aligned sections in order', () => {
    const parts = partsOf(bytes);
    expect(parts.map(({ name, length }) => [name, length])).toEqual([
      ['MODL', 3],
      ['IDS_', 16 + 3 * 4 + 1 + 2 + 4],
      ['ROWS', 3 * 2 * 4],
      ['SQRS', 3 * 8],
    ]);
    expect(parts.map(({ at }) => at)).toEqual([192, 256, 320, 384]);
    expect(bytes.length).toBe(448);
  });

  it('holds model, ids, rows and sums of squares as they are', () => {
    const text = (at: number, length: number) => new TextDecoder().decode(bytes.subarray(at, at + length));
    expect(text(192, 3)).toBe('m-1');
    expect([0, 4, 8, 12, 16, 20, 24].map((at) => view.getUint32(256 + at, true))).toEqual([2, 0, 0, 0, 1, 2, 4]);
    expect(text(256 + 28, 7)).toBe('aé😀');
    expect([0, 1, 2, 3, 4, 5].map((i) => view.getFloat32(320 + 4 * i, true))).toEqual([3, 4, 1, -2, 0, 0]);
    expect([0, 1, 2].map((i) => view.getFloat64(384 + 8 * i, true))).toEqual([25, 5, 0]);
  });

  it('numbers metrics and element types as documented', () => {
    const codes = (['cosine', 'dot', 'euclidean'] as const).map(
      (metric) => new VectorIndex({ dim: 1, metric, backend: 'reference' }).toBytes()[40],
    );
    expect(codes).toEqual([0, 1, 2]);
    const dtypes = (['float32', 'float64', 'float16', 'bfloat16', 'int8'] as const).map(
      (dtype) => new VectorIndex({ dim: 1, dtype, backend: 'reference' }).toBytes()[41],
    );
    expect(dtypes).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('the encoding', () => {
  const dim = 33;
  const encoding = madeUpEncoding(dim, 64);
  const rows = Array.from({ length: 70 }, (_, r) => Float32Array.from({ length: dim }, (_, i) => Math.cos(r + i)));
  const bytes = VectorIndex.from(rows, { backend: encodingBackend(encoding).backend }).toBytes();

  it('is adopted as it was saved', () => {
    const { backend, adopted } = encodingBackend(undefined);
    VectorIndex.fromBytes(bytes, { backend });
    expect(adopted).toEqual([encoding]);
  });

  it('lies as documented', () => {
    const { at, length } = partOf(bytes, 'ENCO');
    const plane = 32 * 64;
    expect(length).toBe(64 + 320 + 128 + 256 + 2 * plane);
    const view = viewOf(bytes);
    expect([view.getUint32(at, true), view.getUint32(at + 4, true), view.getBigUint64(at + 8, true)]).toEqual([
      1,
      1,
      64n,
    ]);
    expect(view.getFloat64(at + 64 + 8 * 9, true)).toBe(encoding.mean[9]);
    expect(view.getFloat64(at + 384 + 8 * 4, true)).toBe(encoding.strips[4]);
    expect(view.getFloat32(at + 512 + 4 * 63, true)).toBe(encoding.offsets[63]);
    expect(bytes[at + 768 + 77]).toBe(encoding.high[77]);
    expect(bytes[at + 768 + plane + 77]).toBe(encoding.low[77]);
  });

  it('is left alone where it is not to be believed, not wanted or not understood', () => {
    const { backend, adopted } = encodingBackend(undefined);
    VectorIndex.fromBytes(bytes, { backend, verify: true });
    VectorIndex.fromBytes(bytes, { backend, encode: 'none' });
    expect(adopted).toEqual([]);
    expect(VectorIndex.fromBytes(bytes, { backend: 'reference' }).size).toBe(70);
  });

  it('is saved also after rows were deleted, for these are got rid of first', () => {
    const index = VectorIndex.from(rows, { backend: encodingBackend(encoding).backend });
    index.delete(3);
    expect(partsOf(index.toBytes()).map(({ name }) => name)).toContain('ENCO');
    expect(index.stats().deleted).toBe(0);
  });
});
