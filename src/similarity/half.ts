/** float16 and bfloat16 as their bits, rounded to in one step from float64. */
import type { Floats } from '../backend/contract/backend.js';

/** A binary format of sixteen bits: sign, exponent, fraction. */
interface Half {
  readonly fractionBits: number;
  /** Exponents of the smallest and the largest normal numbers. */
  readonly least: number;
  readonly most: number;
  readonly infinity: number;
  /** `2^(fractionBits - exponent)` for each exponent from `least` on: turns a value into units of its last place. */
  readonly unitsOf: Float64Array;
}

const FLOAT16 = describe(10, -14, 15);
const BFLOAT16 = describe(7, -126, 127);

/** Adding and subtracting it rounds a float64 below 2^52 to a whole number, ties to even. */
const ROUNDER = 2 ** 52;

const word = new DataView(new ArrayBuffer(8));

/** Values to the nearest float16, ties to even. Beyond its range they become infinite; NaN stays NaN. */
export function toFloat16(values: Floats): Uint16Array {
  return round(values, FLOAT16);
}

/** Values to the nearest bfloat16, ties to even. Beyond its range they become infinite; NaN stays NaN. */
export function toBFloat16(values: Floats): Uint16Array {
  return round(values, BFLOAT16);
}

function describe(fractionBits: number, least: number, most: number): Half {
  const unitsOf = Float64Array.from({ length: most - least + 1 }, (_, n) => 2 ** (fractionBits - least - n));
  return { fractionBits, least, most, infinity: (most - least + 2) << fractionBits, unitsOf };
}

function round(values: Floats, { fractionBits, least, most, infinity, unitsOf }: Half): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    word.setFloat64(0, value);
    const high = word.getInt32(0);
    const sign = high < 0 ? 0x8000 : 0;
    const exponent = Math.max(((high >> 20) & 0x7ff) - 1023, least);
    if (exponent > most) {
      bits[i] = sign | (Number.isNaN(value) ? infinity + 1 : infinity);
      continue;
    }
    // Exact, and below 2^(fractionBits + 1). A carry out of the fraction raises the exponent, up to infinity, as it should.
    const units = Math.abs(value) * unitsOf[exponent - least];
    bits[i] = sign | (((exponent - least) << fractionBits) + (units + ROUNDER - ROUNDER));
  }
  return bits;
}
