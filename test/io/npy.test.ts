/** `.npy` and raw float32: whole files give their numbers back, damaged ones say where. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KindredError } from '../../src/errors.js';
import { type NumericMatrix, readNpy, readRawFloat32, writeNpy } from '../../src/io/index.js';

const MAGIC = '\x93NUMPY';

/** A file from its parts, as numpy lays it out. */
function npy(dictionary: string, data: Uint8Array, version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12;
  const length = Math.ceil((prefix + dictionary.length + 1) / 64) * 64 - prefix;
  const bytes = new Uint8Array(prefix + length + data.length);
  bytes.set([...MAGIC].map((letter) => letter.charCodeAt(0)));
  bytes.set([version, 0, length & 0xff, length >> 8], 6);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(length - 1)}\n`), prefix);
  bytes.set(data, prefix + length);
  return bytes;
}

function dictionary(descr: string, shape: string, order = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
}

/** The numbers as bytes of one byte order. */
function encode(numbers: number[], kind: 'f4' | 'f8', littleEndian: boolean): Uint8Array {
  const size = kind === 'f4' ? 4 : 8;
  const view = new DataView(new ArrayBuffer(numbers.length * size));
  numbers.forEach((value, i) => {
    if (size === 4) view.setFloat32(i * 4, value, littleEndian);
    else view.setFloat64(i * 8, value, littleEndian);
  });
  return new Uint8Array(view.buffer);
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(KindredError);
    expect((error as KindredError).code).toBe('CORRUPT_FILE');
    return (error as KindredError).message;
  }
  throw new Error('nothing was refused');
}

describe('readNpy', () => {
  const numbers = [1.5, -2, 0.1, 3e30, 4, -5e-30];

  for (const version of [1, 2, 3]) {
    for (const order of ['<', '>']) {
      for (const kind of ['f4', 'f8'] as const) {
        it(`reads ${order}${kind}, version ${version}`, () => {
          const file = npy(dictionary(order + kind, '(2, 3)'), encode(numbers, kind, order === '<'), version);
          const matrix = readNpy(file);
          expect([matrix.rows, matrix.dim]).toEqual([2, 3]);
          expect(matrix.data).toBeInstanceOf(kind === 'f4' ? Float32Array : Float64Array);
          expect([...matrix.data]).toEqual(kind === 'f4' ? numbers.map(Math.fround) : numbers);
        });
      }
    }
  }

  it('reads int8 and uint8', () => {
    const bytes = new Uint8Array([0, 127, 128, 255]);
    expect(readNpy(npy(dictionary('|i1', '(2, 2)'), bytes)).data).toEqual(new Int8Array([0, 127, -128, -1]));
    expect([...readNpy(npy(dictionary('|u1', '(2, 2)'), bytes)).data]).toEqual([0, 127, 128, 255]);
  });

  it('reads a 1-d array as one row, and no rows as no rows', () => {
    expect(readNpy(npy(dictionary('|u1', '(3,)'), new Uint8Array([7, 8, 9])))).toMatchObject({ rows: 1, dim: 3 });
    expect(readNpy(npy(dictionary('<f4', '(0, 5)'), new Uint8Array(0)))).toMatchObject({ rows: 0, dim: 5 });
  });

  it('takes the keys in any order, and the numbers of Python 2', () => {
    const text = "{'shape': (2L, 1L), 'fortran_order': False, 'descr': '|u1'}";
    expect(readNpy(npy(text, new Uint8Array([7, 8])))).toMatchObject({ rows: 2, dim: 1 });
  });

  it('reads a view at any byte offset', () => {
    const file = npy(dictionary('<f8', '(2, 3)'), encode(numbers, 'f8', true));
    for (let offset = 0; offset < 9; offset++) {
      const room = new Uint8Array(file.length + 20);
      room.set(file, offset);
      expect([...readNpy(room.subarray(offset, offset + file.length)).data]).toEqual(numbers);
    }
  });

  it.each([
    ['Fortran order', dictionary('<f4', '(2, 3)', 'True'), /Fortran order/],
    ['float16', dictionary('<f2', '(2, 3)'), /dtype '<f2'/],
    ['objects', dictionary('|O', '(2, 3)'), /dtype '\|O'/],
    ['a name from Object.prototype', dictionary('<constructor', '(2, 3)'), /dtype '<constructor'/],
    ['a float without byte order', dictionary('|f4', '(2, 3)'), /dtype '\|f4'/],
    ['structures', "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", /structured dtype/],
    ['no dimension', dictionary('<f4', '()'), /array of 0 dimensions/],
    ['three dimensions', dictionary('<f4', '(1, 2, 3)'), /array of 3 dimensions/],
    ['empty rows', dictionary('<f4', '(6, 0)'), /rows without a number/],
    ['a shape beyond memory', dictionary('<f4', '(90000000000, 90000000000)'), /impossible shape/],
    ['a shape beyond numbers', dictionary('<f4', `(0, ${'9'.repeat(400)})`), /impossible shape/],
    ['a shape that is none', dictionary('<f4', '(2,, 3)'), /the shape \(2,, 3\)/],
    ['a missing key', "{'descr': '<f4', 'shape': (6,), }", /without a valid descr/],
    ['a strange key', "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': (1,)}", /without a valid descr/],
    ['no dictionary', 'import os', /no dictionary/],
    ['code', "{'descr': __import__('os')}", /cannot be read/],
    ['too much data', dictionary('<f4', '(5,)'), /24 bytes of data from byte 128 on; shape \(5\) of '<f4' needs 20/],
  ])('refuses %s', (_, text, expected) => {
    expect(messageOf(() => readNpy(npy(text, encode(numbers, 'f4', true))))).toMatch(expected);
  });

  it('names the byte that is not the format’s', () => {
    const file = npy(dictionary('<f4', '(6,)'), encode(numbers, 'f4', true));
    expect(messageOf(() => readNpy(Uint8Array.from(file, (byte, at) => (at === 3 ? 0 : byte))))).toMatch(
      /0x00 at byte 3/,
    );
    expect(messageOf(() => readNpy(Uint8Array.from(file, (byte, at) => (at === 6 ? 4 : byte))))).toMatch(
      /0x04 at byte 6, the version/,
    );
    expect(messageOf(() => readNpy(new Uint8Array(0)))).toMatch(/end of the file at byte 0/);
  });

  it('refuses a huge header at once', () => {
    const file = new Uint8Array(3_000_000).fill(0x20);
    file.set(npy('{', new Uint8Array(0), 2).subarray(0, 8));
    new DataView(file.buffer).setUint32(8, 2_000_000, true);
    expect(messageOf(() => readNpy(file))).toMatch(/header of 2000000 bytes/);
  });

  it('refuses what is not bytes', () => {
    expect(() => readNpy('x' as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  for (const version of [1, 2]) {
    const file = npy(dictionary('<f4', '(2, 3)'), encode(numbers, 'f4', true), version);

    it(`says what is missing from a file cut at any byte, version ${version}`, () => {
      for (let length = 0; length < file.length; length++) {
        expect(messageOf(() => readNpy(file.subarray(0, length)))).toMatch(/\.npy: found .*byte/);
      }
    });

    it(`survives any flipped bit, version ${version}`, () => {
      for (let bit = 0; bit < file.length * 8; bit++) {
        const flipped = file.slice();
        flipped[bit >> 3] ^= 1 << (bit & 7);
        let matrix: NumericMatrix;
        try {
          matrix = readNpy(flipped);
        } catch (error) {
          expect(error).toMatchObject({ name: 'KindredError', code: 'CORRUPT_FILE' });
          continue;
        }
        expect(matrix.data.length).toBe(matrix.rows * matrix.dim);
      }
    });
  }
});

describe('writeNpy', () => {
  it('writes what numpy writes', () => {
    const bytes = writeNpy({ data: new Float32Array([1, 2, 3, 4, 5, 6]), rows: 2, dim: 3 });
    const expected = npy(dictionary('<f4', '(2, 3)'), encode([1, 2, 3, 4, 5, 6], 'f4', true));
    expect(bytes).toEqual(expected);
    expect(bytes.length).toBe(128 + 24);
  });

  it('gives back what was written', () => {
    const rowsAndDim = fc.record({ rows: fc.nat(7), dim: fc.integer({ min: 1, max: 7 }) });
    const kinds = [Float32Array, Float64Array, Int8Array, Uint8Array];
    const matrices = fc.tuple(
      rowsAndDim,
      fc.constantFrom(...kinds),
      fc.nat(3),
      fc.nat(3),
      fc.infiniteStream(fc.double()),
    );
    fc.assert(
      fc.property(matrices, ([{ rows, dim }, Kind, before, after, numbers]) => {
        const room = Kind.from([...numbers.take(before + rows * dim + after)]);
        const data = room.subarray(before);
        const back = readNpy(writeNpy({ data, rows, dim }));
        expect(back).toEqual({ data: data.subarray(0, rows * dim), rows, dim });
        expect(back.data.constructor).toBe(Kind);
      }),
    );
  });

  it('refuses too few numbers, foreign arrays and impossible shapes', () => {
    const data = new Float32Array(5);
    expect(() => writeNpy({ data, rows: 2, dim: 3 })).toThrow(
      expect.objectContaining({ code: 'DIMENSION_MISMATCH', message: expect.stringMatching(/needs 6 numbers, got 5/) }),
    );
    for (const bad of [
      { data: new Uint16Array(6), rows: 2, dim: 3 },
      { data: [1, 2], rows: 1, dim: 2 },
      { data: null, rows: 1, dim: 2 },
      { data, rows: -1, dim: 3 },
      { data, rows: 1.5, dim: 2 },
      { data, rows: 5, dim: 0 },
    ]) {
      expect(() => writeNpy(bad as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});

describe('readRawFloat32', () => {
  const numbers = [1, 2.5, -3, 4, 5, 6];

  it('reads whole rows at any byte offset', () => {
    for (let offset = 0; offset < 5; offset++) {
      const room = new Uint8Array(40);
      room.set(encode(numbers, 'f4', true), offset);
      const matrix = readRawFloat32(room.subarray(offset, offset + 24), 3);
      expect(matrix).toEqual({ data: new Float32Array(numbers), rows: 2, dim: 3 });
    }
    expect(readRawFloat32(new Uint8Array(0), 4)).toMatchObject({ rows: 0, dim: 4 });
  });

  it('refuses bytes that are not whole rows, wherever they are cut', () => {
    const file = encode(numbers, 'f4', true);
    for (let length = 1; length < file.length; length++) {
      if (length === 12) continue;
      const message = messageOf(() => readRawFloat32(file.subarray(0, length), 3));
      expect(message).toContain(`${length} bytes are not whole rows of 3 numbers`);
      expect(message).toContain(`${length % 12} bytes are left over`);
    }
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', undefined])('refuses dim %s', (dim) => {
    expect(() => readRawFloat32(new Uint8Array(12), dim as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
