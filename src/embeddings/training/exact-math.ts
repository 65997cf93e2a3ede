/**
 * Logarithm and exponential whose bits do not depend on the engine, as those of `Math` may: additions, products and
 * quotients only.
 */

const LN_2 = Math.LN2;
const SQRT_2 = Math.SQRT2;
const view = new DataView(new ArrayBuffer(8));

/** The natural logarithm of a positive number of at least 2^-1022, within a few units of its last place. */
export function log(x: number): number {
  view.setFloat64(0, x);
  const high = view.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let mantissa = view.getFloat64(0);
  if (mantissa > SQRT_2) {
    mantissa /= 2;
    exponent++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)), whose argument is below 0.172: eleven terms of the series are enough.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 21; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return exponent * LN_2 + 2 * s * sum;
}

/** e to the power of x, for x from -700 to 700; relative error below 1e-13. */
export function exp(x: number): number {
  const halvings = Math.round(x / LN_2);
  const rest = x - halvings * LN_2;
  let sum = 1;
  for (let n = 15; n >= 1; n--) sum = 1 + (sum * rest) / n;
  view.setUint32(0, (halvings + 1023) << 20);
  view.setUint32(4, 0);
  return sum * view.getFloat64(0);
}

/** x to the power of y, for positive x. */
export function power(x: number, y: number): number {
  return exp(y * log(x));
}
