/** Vectors that break kernels: denormal, huge, cancelling, equal, one ulp apart, at the edges of the safe range. */
import type { FloatType } from './canary.js';
import type { Random } from './random.js';

export const FLOAT_TYPES: readonly FloatType[] = ['float32', 'float64'];

/** Around every vector width and unrolled block that a kernel may have. */
export const DIMENSIONS: readonly number[] = [
  ...Array.from({ length: 40 }, (_, i) => i + 1),
  ...[63, 64, 65, 127, 128, 129, 257, 384, 769],
];

type Element = (random: Random) => number;

const uniform: Element = (random) => random.signed();

/** How one element is drawn. float64 answers depend on the rounding of each product, so `uniform` has 53 bits. */
export const KINDS: Record<FloatType, Record<string, Element>> = {
  float32: {
    uniform,
    integers: (random) => random.below(7) - 3,
    mixed: (random) => random.signed() * powerOfTwo(random.below(61) - 30),
    gappy: (random) => (random.below(4) === 0 ? random.signed() : 0),
    denormal: (random) => (random.below(9) - 4) * 1.401298464324817e-45,
    tiny: (random) => random.signed() * 1.1754943508222875e-38,
    huge: (random) => random.signed() * 3.4028234663852886e38,
  },
  float64: {
    uniform,
    integers: (random) => random.below(7) - 3,
    mixed: (random) => random.signed() * powerOfTwo(random.below(121) - 60),
    gappy: (random) => (random.below(4) === 0 ? random.signed() : 0),
    small: (random) => random.signed() * 1e-130,
    large: (random) => random.signed() * 1e130,
    'too small': (random) => random.signed() * 1e-140,
    'too large': (random) => random.signed() * 1e140,
    denormal: (random) => (random.below(9) - 4) * 4.9e-324,
    overflowing: (random) => random.signed() * 1e200,
  },
};

export function draw(random: Random, type: FloatType, kind: string, length: number): Floats64 {
  const element = KINDS[type][kind];
  return Float64Array.from({ length }, () => element(random));
}

type Floats64 = Float64Array<ArrayBuffer>;

/** How the second vector of a pair comes from the first. */
export const RELATIONS: Record<string, (a: Floats64, type: FloatType, unrelated: Floats64) => ArrayLike<number>> = {
  unrelated: (_a, _type, unrelated) => unrelated,
  equal: (a) => a,
  opposite: (a) => a.map((x) => -x),
  doubled: (a) => a.map((x) => x * 2),
  'one ulp apart': (a, type) => nudged(a, type, a.length >> 1),
  zero: (a) => a.map(() => 0),
};

/**
 * Rows as real data has them at its worst: among drawn ones, every eighth is zero, a copy, a multiple, the opposite
 * or one ulp off an earlier row, so that ties and near-ties fall on both sides of every block border.
 */
export function awkwardRows(random: Random, type: FloatType, kind: string, rows: number, dim: number): Floats64 {
  const data = draw(random, type, kind, rows * dim);
  for (let row = 1; row < rows; row++) {
    const target = data.subarray(row * dim, (row + 1) * dim);
    const earlier = random.below(row) * dim;
    const source = data.slice(earlier, earlier + dim);
    const choice = random.below(8);
    if (choice === 0) target.fill(0);
    if (choice === 1) target.set(source);
    if (choice === 2) target.set(source.map((x) => x / 4));
    if (choice === 3) target.set(source.map((x) => -x));
    if (choice === 4) target.set(nudged(source, type, random.below(dim)));
  }
  return data;
}

/**
 * A copy, as the type stores it, whose element `at` is the next number. A float64 zero stays: a row of one denormal is
 * outside of what a cosine matrix promises.
 */
export function nudged(values: Floats64, type: FloatType, at: number): Floats64 {
  if (type === 'float32') {
    const narrow = Float32Array.from(values);
    new Uint32Array(narrow.buffer)[at]++;
    return Float64Array.from(narrow);
  }
  const wide = values.slice();
  const words = new Uint32Array(wide.buffer);
  if (wide[at] !== 0) words[2 * at] ^= 1;
  return wide;
}

/** Exact in every engine, unlike `2 ** n`, which some have computed by logarithms. */
export function powerOfTwo(exponent: number): number {
  let power = 1;
  for (let i = 0; i < Math.abs(exponent); i++) power *= 2;
  return exponent < 0 ? 1 / power : power;
}
