/** Pairs of float64 at the ends of its range: dot, norm, euclidean, normalize and cosine against exact arithmetic. */
import { describe, expect, it } from 'vitest';
import {
  cosineSimilarity,
  dot,
  euclidean,
  norm,
  normalize,
  pairedSimilarities,
  similarities,
  similarityMatrix,
} from '../../src/index.js';
import { unboundedDot } from '../../src/similarity/pairs/range.js';
import { Random } from '../backend/conformance/random.js';
import { powerOfTwo } from '../backend/conformance/vectors.js';
import { openLevels } from '../fixtures/levels.js';

const MAX = Number.MAX_VALUE;
const MIN = Number.MIN_VALUE;

/** A float64 as an integer number of 2^-1074. */
function exact(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const exponent = (bits.getUint32(0) >>> 20) & 0x7ff;
  const fraction = bits.getBigUint64(0) & ((1n << 52n) - 1n);
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
  return value < 0 ? -magnitude : magnitude;
}

/** In units of 2^-2148. */
const exactDot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + exact(x) * exact(b[i]), 0n);
const abs = (x: bigint) => (x < 0n ? -x : x);

function expectNear(a: readonly number[], b: readonly number[]): void {
  const found = dot(a, b);
  const magnitudes = exactDot(a.map(Math.abs), b.map(Math.abs));
  const bound = (magnitudes * BigInt(Math.ceil(a.length / 16) + 5)) >> 53n;
  const wanted = exactDot(a, b);
  const beyond = exact(MAX) << 1074n;
  if (!Number.isFinite(found)) {
    expect(found > 0 ? wanted + bound >= beyond : wanted - bound <= -beyond).toBe(true);
    return;
  }
  // Half of the smallest number is what rounding to float64 may add.
  const off = abs((exact(found) << 1074n) - wanted);
  expect(off <= bound + (1n << 1073n), `dot([${a}], [${b}]) is ${found}`).toBe(true);
}

describe('dot of float64', () => {
  it.each([
    [[1.7e308, 1.7e308, -1.7e308, -1.7e308], [1, 1, 1, 1], 0],
    [[MAX, MAX, -MAX], [1, 1, 1], MAX],
    [[MAX, -MAX, 1], [MAX, MAX, 1], 0],
    [[MAX, 1e-10, 0, 0, 0, 0, 0, 0, -MAX], [MAX, 0.5, 0, 0, 0, 0, 0, 0, MAX], 5e-11],
    [[MAX], [2], Number.POSITIVE_INFINITY],
    [[MAX, MAX], [-1, -1], Number.NEGATIVE_INFINITY],
    [[MAX, MAX], [0.5, 0.5], MAX],
    [[1e-200, 1], [1e-200, 0], 0],
    [[1e-300, 1], [1e300, -1], 1e-300 * 1e300 - 1],
    [[MIN, MIN, MIN, MIN], [0.25, 0.25, 0.25, 0.25], MIN],
    [new Array(1000).fill(1e-163), new Array(1000).fill(1e-163), 1e-323],
    [[0, 0], [MAX, MIN], 0],
    [[], [], 0],
  ])('of %j and %j', (a, b, expected) => {
    expect(dot(a, b)).toBe(expected);
    expect(dot(Float64Array.from(b), a)).toBe(expected);
    if (a.length === 0) return;
    expect(similarities(a, [b], { metric: 'dot' })).toEqual(Float64Array.of(expected));
    expect(pairedSimilarities([a], [b], { metric: 'dot' })).toEqual(Float64Array.of(expected));
  });

  it('is near the exact sum whatever the exponents are, and however terms cancel', () => {
    const random = new Random('ends of float64');
    const draw = () => {
      const exponent = [0, 1000, -1000, 500, -500, -537, 512, 1023, -1060][random.below(9)] - random.below(30);
      return random.signed() * powerOfTwo(exponent >> 1) * powerOfTwo(exponent - (exponent >> 1));
    };
    for (let n = 0; n < 600; n++) {
      const a = Array.from({ length: 1 + random.below(40) }, draw);
      const b = a.map(draw);
      expectNear(a, b);
      // What was added is taken away again, but for the last term.
      expectNear([...a, ...a], [...b, ...b.map((value, i) => (i === 0 ? value : -value))]);
    }
  });

  it('adds without bounds as every backend adds within them', () => {
    const random = new Random('without bounds');
    for (let dim = 0; dim < 70; dim++) {
      const [a, b] = [0, 1].map(() =>
        Float64Array.from({ length: dim }, () => random.signed() * 2 ** random.below(40)),
      );
      for (const { backend } of openLevels) expect(unboundedDot(a, b)).toBe(backend.dot(a, b));
    }
  });
});

it.each([MAX, 1e200, 1e-160, 1e-200, 3e-308, MIN])('norm, distance and direction of vectors of %d', (unit) => {
  expect(norm([unit])).toBe(unit);
  expect(norm([0, -unit, 0])).toBe(unit);
  if (unit < MAX) expect(norm([3 * unit, 4 * unit]) / unit).toBeCloseTo(5, 10);
  expect(euclidean([unit], [0])).toBe(unit);
  expect(euclidean([unit, 1], [0, 1])).toBe(unit);
  expect(euclidean([unit, unit], [unit, unit])).toBe(0);
  expect(normalize([unit, -unit])).toEqual(Float32Array.of(Math.SQRT1_2, -Math.SQRT1_2));
  expect(normalize([0, unit])).toEqual(Float32Array.of(0, 1));
  expect(cosineSimilarity([unit, 0], [unit, unit])).toBeCloseTo(Math.SQRT1_2, 15);
  expect(cosineSimilarity([unit, unit], [unit, unit])).toBe(1);
  expect(cosineSimilarity([unit, unit], [-1, -1])).toBe(-1);
  expect(cosineSimilarity([unit, unit], [1e-300, -1e-300])).toBe(0);
});

it('a matrix has cosines of any float64, and refuses other scores of rows whose squares are beyond it', () => {
  const rows = [
    [MAX, 0],
    [MIN, MIN],
    [1e200, -1e200],
    [0, 0],
  ];
  const { data } = similarityMatrix(rows);
  const half = Math.fround(Math.SQRT1_2);
  expect([...data]).toEqual([1, half, half, 0, half, 1, 0, 0, half, 0, 1, 0, 0, 0, 0, 0]);
  for (const metric of ['dot', 'euclidean'] as const) {
    expect(() => similarityMatrix(rows, undefined, { metric })).toThrow('row 0 has a sum of squares beyond the range');
  }
  expect([...similarityMatrix([[1e-200]], [[3e-200]], { metric: 'euclidean' }).data]).toEqual([0]);
});

it('a matrix has cosines of rows of any size', () => {
  const sizes = Array.from({ length: 50 }, (_, n) => 2 ** (42 * n - 1060));
  const rows = sizes.map((size) => [size, size, 0]);
  const { data } = similarityMatrix(rows, [
    [1, 1, 0],
    [1, -1, 0],
  ]);
  expect([...data]).toEqual(sizes.flatMap(() => [1, 0]));
});
