/** float64 near the ends of its range: vectors scaled by powers of two, which rounds nothing, and sums without bounds. */
import type { Floats } from '../../backend/contract/backend.js';
import { LARGEST_SQUARES, SMALLEST_SQUARES } from '../../backend/reference/score.js';

/**
 * Whether a float64 sum of squares has lost nothing to overflow or underflow. Outside, the vector is scaled first. float32
 * data is always inside, but for zero.
 */
export function isSafe(squares: number): boolean {
  return squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES;
}

/** The vector times 2^-exponent, with its largest magnitude in [1, 2); a zero vector as it is. */
export function scaled(x: Floats): [Float64Array, number] {
  const exponent = exponentOf(x);
  return [Float64Array.from(x, (value) => timesPowerOfTwo(value, -exponent)), exponent];
}

/** Rows as they must be for kernels that take no care of range: each row of float64 far from 1 scaled by itself. */
export function scaledRows(data: Float64Array, rows: number, dim: number): Float64Array {
  let copy: Float64Array | undefined;
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * dim, (r + 1) * dim);
    const exponent = exponentOf(row);
    if (Math.abs(exponent) <= 400) continue;
    copy ??= data.slice();
    copy.set(scaled(row)[0], r * dim);
  }
  return copy ?? data;
}

/** The binary exponent of the largest magnitude; 0 for a zero vector. */
function exponentOf(x: Floats): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]));
  return largest === 0 ? 0 : binaryExponent(largest);
}

/** `value * 2^exponent` where the power itself may be beyond float64. Exact unless the result is. */
export function timesPowerOfTwo(value: number, exponent: number): number {
  let left = exponent;
  let result = value;
  while (left > 1000) {
    result *= 2 ** 1000;
    left -= 1000;
  }
  while (left < -1000) {
    result *= 2 ** -1000;
    left += 1000;
  }
  return result * 2 ** left;
}

/** A sum this large has lost nothing that its own rounding would have kept. */
const LARGE_SUM = 2 ** -900;
const SMALLEST_NORMAL = 2 ** -1022;

/** Whether the finite dot of two vectors may be wrong because products of them lie below the range of float64. */
export function losesProducts(x: Floats, y: Floats, dot: number): boolean {
  if (Math.abs(dot) >= LARGE_SUM) return false;
  for (let i = 0; i < x.length; i++) {
    if (Math.abs(x[i] * y[i]) < SMALLEST_NORMAL && x[i] !== 0 && y[i] !== 0) return true;
  }
  return false;
}

/** A number whose exponent has no bounds: `fraction * 2^exponent`, the fraction 0 or about 1 to 2 in magnitude. */
interface Unbounded {
  readonly fraction: number;
  readonly exponent: number;
}

const ZERO: Unbounded = { fraction: 0, exponent: 0 };

/** The canonical dot of finite vectors, each step rounded as if exponents had no bounds, and the sum to float64 at the end. */
export function unboundedDot(x: Floats, y: Floats): number {
  const lanes = new Array<Unbounded>(16).fill(ZERO);
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [unbounded(x[i], 0), unbounded(y[i], 0)];
    lanes[i % 16] = plus(lanes[i % 16], unbounded(a.fraction * b.fraction, a.exponent + b.exponent));
  }
  for (let half = 8; half >= 1; half /= 2) {
    for (let j = 0; j < half; j++) lanes[j] = plus(lanes[j], lanes[j + half]);
  }
  return timesPowerOfTwo(lanes[0].fraction, lanes[0].exponent);
}

function unbounded(value: number, exponent: number): Unbounded {
  if (value === 0) return ZERO;
  const own = binaryExponent(value);
  return { fraction: timesPowerOfTwo(value, -own), exponent: exponent + own };
}

function plus(a: Unbounded, b: Unbounded): Unbounded {
  if (b.fraction === 0) return a;
  if (a.fraction === 0) return b;
  const [large, small] = a.exponent >= b.exponent ? [a, b] : [b, a];
  // What is smaller by 2^-1000 only has to be there: it changes no sum that is not all there is.
  const apart = Math.max(-1000, small.exponent - large.exponent);
  return unbounded(large.fraction + timesPowerOfTwo(small.fraction, apart), large.exponent);
}

function binaryExponent(value: number): number {
  // log2 may be off by one next to a power of two, which is near enough for scaling.
  return Math.floor(Math.log2(Math.abs(value)));
}
