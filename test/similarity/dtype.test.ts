/** What an index stores for each dtype, what it refuses, and that its answers are those of the rows as stored. */
import { describe, expect, it } from 'vitest';
import { type Dtype, KindredError, openBackend, type Progress, VectorIndex } from '../../src/index.js';
import { toBFloat16, toFloat16 } from '../../src/similarity/half.js';
import { backends, coarseRows, metrics, scoreOf, shown, type Values } from '../fixtures/plain-rows.js';

const dtypes: readonly Dtype[] = ['float32', 'float64', 'float16', 'bfloat16', 'int8'];

/** Rows that every dtype stores as they are, so that every dtype answers alike. */
const whole = coarseRows(150, 7, 3);

describe.each(backends)('on %s', (backend) => {
  it.each(dtypes)('%s: stored, read back, searched, changed', (dtype) => {
    for (const metric of metrics) {
      const index = VectorIndex.from(whole, { dtype, metric, backend });
      expect(index.dtype).toBe(dtype);
      expect(index.stats()).toMatchObject({ dtype, size: 150 });
      index.delete(3);
      index.upsert(9, [1, -2, 3, -4, 5, -6, 7]);
      index.addMany([[7, 7, 7, 7, 7, 7, 7]], [500]);
      expect(index.get(9)).toEqual(stored(dtype, [1, -2, 3, -4, 5, -6, 7]));
      const rows = index.ids().map((id) => ({ id, vector: index.get(id) as Values }));
      const query = Float32Array.of(1, 0.3, -2, 0, 4, 0.1, 1);
      const asked = dtype === 'float64' ? Float64Array.from(query) : query;
      const expected = rows
        .map(({ id, vector }) => ({ id, ...shown(metric, scoreOf(metric, asked, vector)) }))
        .sort((a, b) => b.score - a.score);
      expect(index.search(query, 12)).toEqual(expected.slice(0, 12));
      expect(index.searchBatch([query, query], 200).row(1)).toEqual(expected);
      expect(index.neighborGraph(4).row(9 - 1)).toEqual(index.neighbors(9, 4));
      expect(index.similarPairs({ limit: 5 })).toHaveLength(5);
      expect(index.diverse(query, { k: 3, lambda: 1 })).toEqual(expected.slice(0, 3));
      index.dispose();
    }
  });

  it('float16 and bfloat16 search the rounded rows', async () => {
    for (const [dtype, thirds] of [
      ['float16', 0.333251953125],
      ['bfloat16', 0.333984375],
    ] as const) {
      const index = VectorIndex.from([[1 / 3, 0]], { dtype, metric: 'dot', backend });
      expect(index.get(0)).toEqual(Float32Array.of(thirds, 0));
      expect(index.search([3, 0], 1)).toEqual([{ id: 0, score: 3 * thirds }]);
      expect(await index.searchAsync([3, 0], 1)).toEqual([{ id: 0, score: 3 * thirds }]);
    }
  });

  it('float64 keeps every bit of rows and queries', async () => {
    const index = VectorIndex.from([[1 / 3, 1e100]], { dtype: 'float64', metric: 'dot', backend });
    expect(index.get(0)).toEqual(Float64Array.of(1 / 3, 1e100));
    expect(index.search([0.1, 0], 1)).toEqual([{ id: 0, score: 0.1 * (1 / 3) }]);
    expect((await index.searchBatchAsync([[0.1, 0]], 1)).row(0)[0].score).toBe(0.1 * (1 / 3));
    expect(index.search([1e-30, 1e60], 1)[0].score).toBe(1e100 * 1e60);
    expect(index.neighbors(0, 1)).toEqual([]);
  });

  it('refuses what a dtype cannot hold, with its place, and stays as it was', () => {
    const refusals: [Dtype, number, RegExp, string][] = [
      ['float32', 1e39, /row 1, column 2 is 1e\+39, which is outside the range of float32/, 'NOT_FINITE'],
      ['float16', 65520, /row 1, column 2 is 65520, which is outside the range of float16/, 'NOT_FINITE'],
      ['bfloat16', 3.4e38, /row 1, column 2 is 3.4e\+38, which is outside the range of bfloat16/, 'NOT_FINITE'],
      ['int8', 0.5, /row 1, column 2 is 0.5, but an int8 index takes integers from -128 to 127/, 'INVALID_ARGUMENT'],
      ['int8', 128, /row 1, column 2 is 128, but an int8 index/, 'INVALID_ARGUMENT'],
      ['int8', -129, /row 1, column 2 is -129, but an int8 index/, 'INVALID_ARGUMENT'],
      ['int8', Number.NaN, /row 1, column 2 is NaN, but an int8 index/, 'NOT_FINITE'],
      ['float16', Number.NaN, /row 1, column 2 is NaN, but every value must be finite/, 'NOT_FINITE'],
      ['bfloat16', Number.NEGATIVE_INFINITY, /row 1, column 2 is -Infinity, but every value/, 'NOT_FINITE'],
      ['float64', Number.POSITIVE_INFINITY, /row 1, column 2 is Infinity, but every value/, 'NOT_FINITE'],
      ['float64', 1e140, /row 1 has a sum of squares of 1e\+280, expected 0 or 2\^-900 to 2\^900/, 'NOT_FINITE'],
      ['float64', 1e-200, /row 1 has a sum of squares of 0, expected 0 or 2\^-900/, 'NOT_FINITE'],
    ];
    for (const [dtype, value, message, code] of refusals) {
      const index = new VectorIndex({ dim: 3, dtype, backend });
      index.add(0, [1, 2, 3]);
      const bad = () =>
        index.addMany([
          [1, 1, 1],
          [0, 0, value],
        ]);
      expect(bad).toThrow(message);
      expect(codeOf(bad)).toBe(code);
      expect(() => index.upsert(0, [0, 0, value])).toThrow(KindredError);
      expect(index.ids()).toEqual([0]);
      expect(index.get(0)).toEqual(stored(dtype, [1, 2, 3]));
    }
  });

  it('refuses queries that a float64 index cannot score', () => {
    const index = VectorIndex.from([[1, 2]], { dtype: 'float64', backend });
    expect(() => index.search([1e140, 0], 1)).toThrow('query 0 has a sum of squares of 1e+280, expected 0 or');
    expect(() =>
      index.searchBatch(
        [
          [0, 0],
          [0, 1e-200],
        ],
        1,
      ),
    ).toThrow('query 1 has a sum of squares of 0');
    expect(() => index.search([0, Number.NaN], 1)).toThrow('query 0, element 1 is NaN');
    expect(index.search([0, 0], 1)).toEqual([{ id: 0, score: 0 }]);
    expect(() => VectorIndex.from([[1]], { backend }).search([1e39], 1)).toThrow('outside the range of float32');
  });
});

describe('sixteen bits', () => {
  it('round trip: each float16 and bfloat16 is its own nearest', () => {
    for (const [round, infinity, value] of [
      [toFloat16, 0x7c00, float16],
      [toBFloat16, 0x7f80, bfloat16],
    ] as const) {
      const all = Uint16Array.from({ length: infinity }, (_, bits) => bits);
      const values = Float64Array.from(all, value);
      expect(round(values)).toEqual(all);
      expect(round(values.map((x) => -x))).toEqual(all.map((bits) => bits | 0x8000));
    }
  });

  it('are reached in one rounding, ties to even, from between any two', () => {
    for (const [round, infinity, value] of [
      [toFloat16, 0x7c00, float16],
      [toBFloat16, 0x7f80, bfloat16],
    ] as const) {
      for (let bits = 0; bits < infinity; bits++) {
        // The value after the largest is where infinity would be if the exponents went on.
        const next = bits + 1 < infinity ? value(bits + 1) : 2 * value(bits) - value(bits - 1);
        const middle = (value(bits) + next) / 2;
        const even = bits % 2 === 0 ? bits : bits + 1;
        // Half a float64 unit beside the middle: float32 in between would have rounded it onto the tie.
        const below = middle * (1 - 2 ** -52);
        const above = middle * (1 + 2 ** -52);
        const found = [...round(Float64Array.of(below, middle, above))];
        if (found[0] !== bits || found[1] !== even || found[2] !== bits + 1) {
          expect.fail(`around ${middle}: ${found}, expected ${[bits, even, bits + 1]}`);
        }
      }
    }
  });

  it('keep zero, its sign, tiny values and what is not finite', () => {
    const odd = Float64Array.of(0, -0, 5e-324, -5e-324, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300);
    expect([...toFloat16(odd)]).toEqual([0, 0x8000, 0, 0x8000, 0x7c00, 0xfc00, 0x7c00]);
    expect([...toBFloat16(odd)]).toEqual([0, 0x8000, 0, 0x8000, 0x7f80, 0xff80, 0x7f80]);
    expect(toFloat16(Float64Array.of(Number.NaN))[0] & 0x7fff).toBeGreaterThan(0x7c00);
    expect(toBFloat16(Float64Array.of(Number.NaN))[0] & 0x7fff).toBeGreaterThan(0x7f80);
  });
});

describe('options', () => {
  it('are refused with what was expected', () => {
    const make = (options: object) => () => new VectorIndex({ dim: 2, ...options });
    expect(make({ dtype: 'f16' })).toThrow("dtype must be 'float32', 'float64', 'float16', 'bfloat16' or 'int8', not ");
    expect(make({ encode: true })).toThrow("encode must be 'auto' or 'none', not true");
    for (const threads of [0, -1, 1.5, Number.NaN, '2', 5000]) {
      expect(make({ threads })).toThrow('threads must be an integer from 1 to 1024');
    }
    expect(() => VectorIndex.from([[1]], { onProgress: 5 as never })).toThrow('onProgress must be a function, not 5');
  });

  it('empty indexes of every dtype answer', () => {
    for (const dtype of dtypes) {
      const index = new VectorIndex({ dim: 2, dtype });
      expect(index.search([1, 2], 3)).toEqual([]);
      index.clear();
      index.add(1, [3, 4]);
      expect(index.get(1)).toEqual(stored(dtype, [3, 4]));
    }
  });
});

describe.each(backends)('encoding on %s', (backend) => {
  const rows = Float32Array.from({ length: 3000 * 40 }, (_, i) => Math.sin(i * 1.7) + Math.sin(i * 0.013));
  const encodes = openBackend(backend).openCorpus(1, 'dot').encoder !== undefined;

  it('never changes an answer, through any change of the rows', () => {
    for (const dtype of ['float32', 'float16'] as const) {
      const auto = VectorIndex.from(rows, { dim: 40, dtype, backend });
      const none = VectorIndex.from(rows, { dim: 40, dtype, backend, encode: 'none' });
      expect(none.stats().encoding).toBeUndefined();
      const compare = () => {
        for (const start of [0, 4000, 77_000]) {
          const query = rows.subarray(start, start + 40);
          expect(auto.search(query, 8)).toEqual(none.search(query, 8));
        }
      };
      compare();
      for (const index of [auto, none]) {
        for (let id = 0; id < 3000; id += 9) index.upsert(id, rows.subarray(id, id + 40));
        for (let id = 5000; id < 5300; id++) index.add(id, rows.subarray(id, id + 40));
      }
      compare();
      for (const index of [auto, none]) for (let id = 1; id < 3000; id += 2) index.delete(id);
      compare();
      expect(auto.size).toBe(none.size);
    }
  });

  it('tells how far it is and what it holds', () => {
    const seen: Progress[] = [];
    const index = VectorIndex.from(rows, { dim: 40, backend, onProgress: (progress) => seen.push(progress) });
    const { encoding, threads } = index.stats();
    expect(threads).toBeGreaterThanOrEqual(1);
    if (encodes) {
      expect(seen.at(-1)).toMatchObject({ phase: 'encode' });
      expect(seen.at(-1)?.done).toBe(seen.at(-1)?.total);
      if (encoding) expect(encoding.rows + encoding.waiting).toBe(3000);
    } else {
      expect(seen).toEqual([]);
      expect(encoding).toBeUndefined();
    }
    const silent: Progress[] = [];
    VectorIndex.from(rows, { dim: 40, backend, encode: 'none', onProgress: (progress) => silent.push(progress) });
    expect(silent).toEqual([]);
  });
});

function stored(dtype: Dtype, values: number[]): Values {
  return dtype === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
}

function codeOf(action: () => void): string | undefined {
  try {
    action();
  } catch (error) {
    return (error as KindredError).code;
  }
  return undefined;
}

function float16(bits: number): number {
  const exponent = bits >> 10;
  return exponent === 0 ? bits * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25);
}

function bfloat16(bits: number): number {
  const exponent = bits >> 7;
  return exponent === 0 ? bits * 2 ** -133 : (128 + (bits & 127)) * 2 ** (exponent - 134);
}
