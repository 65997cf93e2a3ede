/** What stored elements stand for: each dtype's array, and its values as floats. */
import { KindredError } from '../../errors.js';
import type { Dtype, Elements, Floats } from '../contract/backend.js';

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
} as const satisfies Record<Dtype, unknown>;

export const DTYPES = Object.keys(ARRAYS) as readonly Dtype[];

/** Room for `length` elements of a dtype. @throws KindredError INVALID_ARGUMENT if there is no such dtype. */
export function allocate(dtype: Dtype, length: number): Elements {
  const ArrayOfDtype = ARRAYS[dtype];
  if (ArrayOfDtype !== undefined) return new ArrayOfDtype(length);
  throw new KindredError('INVALID_ARGUMENT', `dtype must be one of ${DTYPES.join(', ')}, not ${JSON.stringify(dtype)}`);
}

/** The values of stored elements, exactly: float64 as they are, all others as float32. */
export function widen(dtype: Dtype, stored: Elements): Floats {
  switch (dtype) {
    case 'float16':
      return Float32Array.from(stored, float16);
    case 'bfloat16':
      return new Float32Array(Uint32Array.from(stored, (bits) => bits << 16).buffer);
    case 'int8':
      return Float32Array.from(stored);
    default:
      return stored as Floats;
  }
}

/** IEEE 754 binary16: a sign, five bits of exponent biased by 15, ten bits of fraction. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // In units of 2^-25, so that the power of two is an integer.
  return (sign * (exponent === 0 ? 2 * fraction : (1024 + fraction) * (1 << exponent))) / 33554432;
}
