/** Rows as each dtype stores them, drawn as bits where the type has no numbers of its own in JavaScript. */
import type { Dtype, Elements, Floats } from '../../../src/backend/contract/backend.js';
import { allocate, widen } from '../../../src/backend/reference/elements.js';
import type { Random } from './random.js';
import { KINDS } from './vectors.js';

type Element = (random: Random) => number;

/** How one stored element is drawn; every one is finite, and rows of float64 stay inside of what a corpus takes. */
const STORED: Record<Dtype, Record<string, Element>> = {
  float32: KINDS.float32,
  float64: {
    uniform: KINDS.float64.uniform,
    integers: KINDS.float64.integers,
    mixed: KINDS.float64.mixed,
    gappy: KINDS.float64.gappy,
    small: (random) => random.signed() * 1e-120,
    large: KINDS.float64.large,
  },
  float16: halves(5, 10),
  bfloat16: halves(8, 7),
  int8: {
    any: (random) => random.below(256) - 128,
    extreme: (random) => [-128, -127, 127, 0][random.below(4)],
    few: (random) => random.below(3) - 1,
  },
};

export const DTYPES = Object.keys(STORED) as Dtype[];

/** Kinds of 16-bit floats, as bits. */
function halves(exponentBits: number, fractionBits: number): Record<string, Element> {
  const infinite = 2 ** exponentBits - 1;
  const one = (infinite - 1) / 2;
  const bits = (random: Random, exponent: number) =>
    (random.below(2) << 15) | (exponent << fractionBits) | random.below(2 ** fractionBits);
  return {
    uniform: (random) => bits(random, one - random.below(5)),
    any: (random) => bits(random, random.below(infinite)),
    subnormal: (random) => bits(random, 0),
    huge: (random) => bits(random, infinite - 1),
    few: (random) => (random.below(2) << 15) | [0, one << fractionBits, (one + 1) << fractionBits][random.below(3)],
  };
}

export function kindsOf(dtype: Dtype): string[] {
  return Object.keys(STORED[dtype]);
}

export function drawStored(random: Random, dtype: Dtype, kind: string, length: number): Elements {
  const data = allocate(dtype, length);
  for (let i = 0; i < length; i++) data[i] = STORED[dtype][kind](random);
  return data;
}

/** Values of a kind as queries are given for the dtype. */
export function drawQueries(random: Random, dtype: Dtype, kind: string, length: number): Floats {
  return widen(dtype, drawStored(random, dtype, kind, length));
}

/** Like `awkwardRows`: among drawn rows some are zero, copies, or off an earlier row by the lowest bit of one element. */
export function awkwardStored(random: Random, dtype: Dtype, kind: string, rows: number, dim: number): Elements {
  const data = drawStored(random, dtype, kind, rows * dim);
  const bytes = new Uint8Array(data.buffer);
  for (let row = 1; row < rows; row++) {
    const earlier = random.below(row) * dim;
    const choice = random.below(6);
    if (choice === 0) data.fill(0, row * dim, (row + 1) * dim);
    if (choice === 1 || choice === 2) data.copyWithin(row * dim, earlier, earlier + dim);
    // Not a zero: a float64 row of one denormal would be refused.
    const at = row * dim + random.below(dim);
    if (choice === 2 && data[at] !== 0) bytes[at * data.BYTES_PER_ELEMENT] ^= 1;
  }
  return data;
}

/** Elements that make a corpus of the dtype refuse their row. int8 has none. */
export const REFUSED: Record<Dtype, readonly number[]> = {
  float32: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  float64: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e200, -1.4e136, Number.MAX_VALUE],
  float16: [0x7c00, 0xfc00, 0x7c01, 0x7e00, 0xffff],
  bfloat16: [0x7f80, 0xff80, 0x7f81, 0x7fc0, 0xffff],
  int8: [],
};
