/** The pair functions: accuracy, inputs of every kind, and every refusal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainCosine, plainDot } from '../../src/backend/plain/sums.js';
import { reference } from '../../src/backend/reference/index.js';
import { cosineDistance, cosineSimilarity, dot, euclidean, KindredError, norm, normalize } from '../../src/index.js';
import { Random } from '../../src/recommend/data/random.js';

/** Exact sums in integer arithmetic: float64 values times 2^1074 are integers. */
function exactDot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0n;
  for (let i = 0; i < a.length; i++) sum += asInteger(a[i]) * asInteger(b[i]);
  return toNumber(sum, 2148);
}

function asInteger(x: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return x < 0 ? -magnitude : magnitude;
}

function toNumber(value: bigint, negativeExponent: number): number {
  const digits = (value < 0n ? -value : value).toString(2);
  const kept = digits.slice(0, 60);
  let result = Number(BigInt(`0b${kept}`));
  let exponent = digits.length - kept.length - negativeExponent;
  while (exponent < -1000) {
    result *= 2 ** -1000;
    exponent += 1000;
  }
  return (value < 0n ? -1 : 1) * result * 2 ** exponent;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(KindredError);
    return (error as KindredError).code;
  }
  return 'no error';
}

describe('vectors too short for a call into a backend', () => {
  it('have the bits of the reference at every dimension', () => {
    const random = new Random(7);
    for (let dim = 0; dim <= 70; dim++) {
      const [a, b] = [0, 1].map(() => Float32Array.from({ length: dim }, () => random.gaussian()));
      expect(plainDot(a, b), `dot of ${dim}`).toBe(reference.dot(a, b));
      expect(plainCosine(a, b), `cosine of ${dim}`).toBe(reference.cosine(a, b));
    }
  });
});

describe('cosineSimilarity', () => {
  it('is right to the last digits for any float32 values, tiny and huge ones mixed', () => {
    const pair = fc.integer({ min: 1, max: 130 }).chain((n) => {
      const vector = fc.float32Array({ minLength: n, maxLength: n, noNaN: true, noDefaultInfinity: true });
      return fc.tuple(vector, vector);
    });
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const exact = exactDot(a, b) / Math.sqrt(exactDot(a, a)) / Math.sqrt(exactDot(b, b));
        const expected = Number.isNaN(exact) ? 0 : exact;
        // The bound on the dot is relative to the product of the norms, so it is absolute for a cosine.
        expect(Math.abs(cosineSimilarity(a, b) - expected)).toBeLessThan(1e-14);
      }),
    );
  });

  it('gives the same bits for every kind of input that holds the same values', () => {
    const numbers = Array.from({ length: 77 }, (_, i) => ((i * 37) % 100) - 50);
    const other = numbers.map((x, i) => (x * i) % 120);
    const kinds = [Float32Array, Float64Array, Int8Array, Int16Array, Int32Array] as const;
    const expected = cosineSimilarity(numbers, other);
    for (const A of kinds) {
      for (const B of kinds) {
        expect(cosineSimilarity(A.from(numbers) as Int8Array, B.from(other) as Int8Array)).toBe(expected);
      }
      expect(cosineSimilarity(A.from(numbers) as Int8Array, other)).toBe(expected);
    }
    const positive = other.map(Math.abs);
    const bytes = [Uint8Array.from(positive), Uint8ClampedArray.from(positive), Buffer.from(positive)];
    for (const each of bytes) {
      expect(cosineSimilarity(each as Uint8Array, numbers)).toBe(cosineSimilarity(positive, numbers));
    }
  });

  it('reads views at any offset', () => {
    for (const n of [5, 40, 200]) {
      const values = Float32Array.from({ length: n }, (_, i) => Math.sin(i + 1));
      const expected = cosineSimilarity(
        values,
        values.map((x) => x * x),
      );
      for (let offset = 0; offset < 17; offset++) {
        const buffer = new Float32Array(n + offset).fill(Number.NaN);
        const view = buffer.subarray(offset);
        view.set(values);
        expect(
          cosineSimilarity(
            view,
            values.map((x) => x * x),
          ),
        ).toBe(expected);
      }
    }
  });

  it('is 0 against a zero vector, exactly 1 for equal and -1 for opposite vectors of any size', () => {
    for (const n of [1, 3, 16, 31, 32, 100, 1000]) {
      const a = Float32Array.from({ length: n }, (_, i) => Math.fround(Math.cos(i) * 10 ** ((i % 9) - 4)));
      expect(cosineSimilarity(a, new Float32Array(n))).toBe(0);
      expect(cosineSimilarity(new Float64Array(n), Array.from(a))).toBe(0);
      expect(cosineSimilarity(a, a)).toBeCloseTo(1, 15);
      expect(cosineSimilarity(a, a)).toBeLessThanOrEqual(1);
      expect(
        cosineSimilarity(
          a,
          a.map((x) => -x),
        ),
      ).toBeCloseTo(-1, 15);
    }
    expect(cosineSimilarity([], [])).toBe(0);
  });

  it('neither overflows nor vanishes in float64', () => {
    expect(cosineSimilarity([1e200, 0], [1e200, 1e200])).toBeCloseTo(Math.SQRT1_2, 15);
    expect(cosineSimilarity([1e160, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 15);
    expect(cosineSimilarity([1e-200, 0], [1e-300, 1e-300])).toBeCloseTo(Math.SQRT1_2, 15);
    expect(cosineSimilarity([5e-324, 0], [5e-324, 5e-324])).toBeCloseTo(Math.SQRT1_2, 15);
    expect(cosineSimilarity([1.7e308, 1.7e308], [1.7e308, 1.7e308])).toBeCloseTo(1, 15);
    const tiny = Float32Array.of(1e-45, 0, 1e-45);
    expect(cosineSimilarity(tiny, Float32Array.of(3e38, 0, 3e38))).toBeCloseTo(1, 15);
  });

  it('does not change its arguments', () => {
    const a = Float64Array.of(1e300, 2e300);
    const b = [3e300, 1e300];
    cosineSimilarity(a, b);
    expect([...a, ...b]).toEqual([1e300, 2e300, 3e300, 1e300]);
  });
});

describe('dot, euclidean, norm, normalize', () => {
  it('agree with exact arithmetic', () => {
    const vectors = fc.integer({ min: 1, max: 90 }).chain((n) => {
      // Small enough to be squared, or 0: the ends of float64 have their own test below.
      const value = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => (Math.abs(x) < 1e-100 ? 0 : x));
      const vector = fc.array(value, { minLength: n, maxLength: n });
      return fc.tuple(vector, vector);
    });
    fc.assert(
      fc.property(vectors, ([a, b]) => {
        const scale = norm(a) * norm(b) + Number.MIN_VALUE;
        expect(Math.abs(dot(a, b) - exactDot(a, b)) / scale).toBeLessThan(1e-14);
        const difference = a.map((x, i) => x - b[i]);
        const distance = Math.sqrt(exactDot(difference, difference));
        expect(Math.abs(euclidean(a, b) - distance)).toBeLessThanOrEqual(distance * 1e-14);
        expect(Math.abs(norm(a) - Math.sqrt(exactDot(a, a)))).toBeLessThanOrEqual(norm(a) * 1e-14);
      }),
    );
  });

  it('hold at the ends of float64', () => {
    expect(norm([3e200, 4e200])).toBeCloseTo(5e200, -186);
    expect(norm([3e-200, 4e-200]) / 5e-200).toBeCloseTo(1, 14);
    expect(euclidean([1e200, 0], [0, 1e200]) / Math.SQRT2).toBeCloseTo(1e200, -186);
    expect(euclidean([1.7e308], [-1.7e308])).toBe(Number.POSITIVE_INFINITY);
    expect(euclidean([1e-200], [2e-200]) / 1e-200).toBeCloseTo(1, 14);
    expect(euclidean([1e150, 1e-200], [1e150, 0]) / 1e-200).toBeCloseTo(1, 14);
    expect(euclidean([5e-324], [0])).toBe(5e-324);
    expect(euclidean([1, 2, 3], [1, 2, 3])).toBe(0);
    expect(dot([1e200, 1e200], [1e200, -1e200])).toBe(0);
    expect(dot([1e200], [1e200])).toBe(Number.POSITIVE_INFINITY);
    expect(dot([], [])).toBe(0);
  });

  it('normalise to length 1 and leave zero alone', () => {
    expect(normalize([3, 4])).toEqual(Float32Array.of(0.6, 0.8));
    expect(normalize([3e200, 4e200])).toEqual(Float32Array.of(0.6, 0.8));
    expect(normalize([0, 0])).toEqual(new Float32Array(2));
    const given = Float32Array.of(2, 0);
    expect(normalize(given)).toEqual(Float32Array.of(1, 0));
    expect(given).toEqual(Float32Array.of(2, 0));
  });

  it('cosineDistance is 1 - similarity', () => {
    expect(cosineDistance([1, 0], [0, 1])).toBe(1);
    expect(cosineDistance([1, 0], [-1, 0])).toBe(2);
  });
});

describe('refusals', () => {
  const functions = { cosineSimilarity, cosineDistance, dot, euclidean };
  for (const [name, compare] of Object.entries(functions)) {
    it(`${name} refuses unequal lengths, naming both`, () => {
      expect(() => compare(new Float32Array(3), new Float32Array(4))).toThrow(/3 and 4/);
      expect(codeOf(() => compare([1, 2], [1, 2, 3]))).toBe('DIMENSION_MISMATCH');
      expect(codeOf(() => compare(new Float32Array(300), new Float32Array(600)))).toBe('DIMENSION_MISMATCH');
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
      `${name} refuses %d wherever it stands`,
      (bad) => {
        for (const n of [1, 15, 16, 17, 40, 300]) {
          for (const at of new Set([0, n >> 1, n - 1])) {
            for (const Kind of [Float32Array, Float64Array]) {
              const good = new Kind(n).fill(1);
              const spoiled = new Kind(n).fill(1);
              spoiled[at] = bad;
              expect(() => compare(good, spoiled)).toThrow(`element ${at} is ${bad}`);
              expect(codeOf(() => compare(spoiled, good))).toBe('NOT_FINITE');
              expect(codeOf(() => compare(spoiled, new Kind(n)))).toBe('NOT_FINITE');
            }
          }
        }
      },
    );

    it(`${name} refuses what is no vector of numbers`, () => {
      const strangers = ['abc', null, undefined, 7, {}, [1, '2'], [1, null], [1, undefined], new BigInt64Array(2)];
      for (const stranger of strangers) {
        expect(codeOf(() => compare(stranger as number[], [1, 2]))).toBe('INVALID_ARGUMENT');
      }
    });
  }

  it('norm and normalize refuse NaN too', () => {
    expect(() => norm([1, Number.NaN])).toThrow('element 1 is NaN');
    expect(() => normalize(Float32Array.of(1, Number.POSITIVE_INFINITY))).toThrow('element 1 is Infinity');
  });
});
