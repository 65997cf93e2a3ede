/** Formats of benchmarks and of text: rows behind lengths or counts, numbers as `numpy.savetxt` writes them. */
import { describe, expect, it } from 'vitest';
import { countedShape } from '../../src/io/counted-rows.js';
import {
  readCountedRows,
  readNpyHeader,
  readNumberTable,
  readVecs,
  type VecsFormat,
  writeNpy,
} from '../../src/io/index.js';
import { rawFloat32Rows } from '../../src/io/raw-float32.js';
import { vecsShape } from '../../src/io/vecs.js';

const bytes = (...parts: (ArrayBufferView | number[])[]) =>
  new Uint8Array(
    Buffer.concat(
      parts.map((part) => {
        const array = Array.isArray(part) ? Int32Array.from(part) : part;
        return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      }),
    ),
  );

describe('readVecs', () => {
  it('reads rows behind their lengths, at any place in memory', () => {
    const fvecs = bytes([2], Float32Array.of(1.5, -2), [2], Float32Array.of(3, 4));
    const shifted = new Uint8Array(fvecs.length + 1);
    shifted.set(fvecs, 1);
    const expected = { data: Float32Array.of(1.5, -2, 3, 4), rows: 2, dim: 2 };
    expect(readVecs(fvecs, 'fvecs')).toEqual(expected);
    expect(readVecs(shifted.subarray(1), 'fvecs')).toEqual(expected);
    expect(readVecs(bytes([3], Uint8Array.of(0, 128, 255)), 'bvecs').data).toEqual(Uint8Array.of(0, 128, 255));
    expect(readVecs(bytes([1, -5, 1, 2 ** 31 - 1]), 'ivecs').data).toEqual(Float64Array.of(-5, 2 ** 31 - 1));
  });

  it.each([
    ['nothing', bytes([]), /no row/],
    ['a cut length', new Uint8Array(3), /end of the file at byte 3/],
    ['no numbers', bytes([0]), /a row of 0 numbers at byte 0/],
    ['an impossible length', bytes([-1]), /a row of -1 numbers/],
    ['a cut row', bytes([2, 5]), /8 bytes, which are not whole rows of 2/],
    ['another length later', bytes([1, 5, 2, 6]), /a row of 2 numbers at byte 8, but the first has 1/],
  ])('refuses %s', (_, file, message) => {
    expect(() => readVecs(file, 'ivecs')).toThrow(message);
    expect(() => readVecs(file, 'ivecs')).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
  });

  it('refuses another format', () => {
    expect(() => readVecs(bytes([1, 5]), 'vecs' as VecsFormat)).toThrow(/format must be 'fvecs', 'bvecs' or 'ivecs'/);
    expect(() => readVecs('x' as never, 'fvecs')).toThrow(/bytes must be/);
    expect(vecsShape(bytes([2]), 24, 'fvecs')).toEqual({ rows: 2, dim: 2 });
  });
});

describe('readCountedRows', () => {
  it('reads rows behind two counts', () => {
    expect(readCountedRows(bytes([2, 1], Float32Array.of(1.5, -2)), 'fbin')).toEqual({
      data: Float32Array.of(1.5, -2),
      rows: 2,
      dim: 1,
    });
    expect(readCountedRows(bytes([1, 2], Uint8Array.of(255, 1)), 'u8bin').data).toEqual(Uint8Array.of(255, 1));
    expect(readCountedRows(bytes([1, 2], Uint8Array.of(255, 1)), 'i8bin').data).toEqual(Int8Array.of(-1, 1));
    expect(readCountedRows(bytes([0, 2]), 'fbin')).toMatchObject({ rows: 0, dim: 2 });
  });

  it.each([
    ['a cut header', bytes([1]), /end of the file at byte 4, inside the header/],
    ['rows without numbers', bytes([1, 0]), /rows without a number at byte 4/],
    ['too few rows', bytes([2, 1, 0]), /12 bytes; 2 rows of 1 numbers, as the header says, need 16/],
    ['too many', bytes([1, 1, 0, 0]), /16 bytes; .* need 12/],
  ])('refuses %s', (_, file, message) => {
    expect(() => readCountedRows(file, 'fbin')).toThrow(message);
  });

  it('tells its shape from the header alone', () => {
    expect(countedShape(bytes([3, 4]), undefined, 'fbin')).toEqual({ rows: 3, dim: 4, bytes: 56 });
  });
});

describe('readNumberTable', () => {
  it.each([
    ['spaces', '1 2.5\n-3e-1 +4\n'],
    ['tabs and carriage returns', '1\t2.5\r\n-3e-1\t+4\r\n'],
    ['commas', '1,2.5\n-3e-1, +4'],
    ['comments and blank lines', '# x y\n1 2.5 # first\n\n-3e-1 +4\n'],
  ])('reads rows separated by %s', async (_, text) => {
    const expected = { data: Float64Array.of(1, 2.5, -0.3, 4), rows: 2, dim: 2 };
    expect(await readNumberTable(text)).toEqual(expected);
    expect(await readNumberTable([...text])).toEqual(expected);
  });

  it.each([
    ['1 2\n3\n', /line 2: found 1 numbers; the first row has 2/],
    ['1 x\n', /line 1: found "x", which is no number/],
    ['1 nan\n', /"nan"/],
    ['1 1e999\n', /"1e999"/],
    ['0x10 1\n', /"0x10"/],
    ['# nothing\n', /no number in the whole file/],
  ])('refuses %j', async (text, message) => {
    await expect(readNumberTable(text)).rejects.toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringMatching(message),
    });
  });
});

describe('headers alone', () => {
  const npy = writeNpy({ data: new Float64Array(6), rows: 2, dim: 3 });

  it('tell how long a file is', () => {
    expect(readNpyHeader(npy.subarray(0, 128))).toEqual({ rows: 2, dim: 3, start: 128, fileBytes: 176 });
    expect(rawFloat32Rows(24, 3)).toBe(2);
  });

  it('refuse a file of another length', () => {
    expect(() => readNpyHeader(npy.subarray(0, 128), 100_000)).toThrow(/99872 bytes of data .* needs 48/);
    expect(() => readNpyHeader(npy.subarray(0, 100))).toThrow(/inside the header/);
    expect(() => rawFloat32Rows(25, 3)).toThrow(/25 bytes are not whole rows of 3/);
  });
});
