/**
 * The bounds that make a filtered search exact, as docs/internals/exactness.md derives them; nothing else knows a
 * constant of them.
 */
import { EUCLIDEAN } from '../abi';

/** Half the distance from 1 to the next float64, `u` of the derivation. */
const UNIT_ROUNDOFF: f64 = reinterpret<f64>((<u64>(1023 - 53)) << 52);
/** Half a unit in the last place of the float32 that keeps an offset. */
const OFFSET_ROUNDOFF: f64 = reinterpret<f64>((<u64>(1023 - 24)) << 52);
/** More than all underflow that squares can suffer (`d * 2^-1074`), and less than any bound can feel. */
const UNDERFLOW: f64 = reinterpret<f64>((<u64>(1023 - 1000)) << 52);
/** Scales below this count as zero, so that products of two of them are exact. */
const SMALLEST_SCALE: f64 = reinterpret<f64>((<u64>(1023 - 500)) << 52);
/** Bits that a float64 has more than the 24 of a scale. */
const EXCESS_BITS: u64 = (1 << 29) - 1;

/** The factor of `X * Y` (cosine, dot) or `(X + Y)^2` (euclidean) in eta; `levels` is `p`. */
export function roundingFactor(dim: usize, levels: u32): f64 {
  const lane = (<f64>dim + 15) / 16;
  return (2 * <f64>dim + 2 * lane + 4 * <f64>levels + 83) * UNIT_ROUNDOFF;
}

/** A bound on a norm from its computed sum of `dim` squares. */
export function normBound(squares: f64, dim: usize): f64 {
  return Math.sqrt(squares + UNDERFLOW) * (1 + (<f64>dim + 8) * UNIT_ROUNDOFF);
}

/** `largest / steps` rounded up to 24 significant bits, or 0 where that is next to nothing. */
export function scaleFor(largest: f64, steps: f64): f64 {
  const scale = largest / steps;
  if (!(scale >= SMALLEST_SCALE)) return 0;
  const bits = reinterpret<u64>(scale);
  return (bits & EXCESS_BITS) == 0 ? scale : reinterpret<f64>((bits | EXCESS_BITS) + 1);
}

/** The smallest power of two that is not below `largest`; 0 for 0. */
export function unitFor(largest: f64): f64 {
  if (largest == 0) return 0;
  if (largest < UNDERFLOW) return UNDERFLOW;
  const bits = reinterpret<u64>(largest);
  const mantissa: u64 = (1 << 52) - 1;
  return (bits & mantissa) == 0 ? largest : reinterpret<f64>((bits | mantissa) + 1);
}

/**
 * E, half the width of the interval around an estimate. `residual` bounds what a row lost in its stage (`e`), `kept`
 * what is left of it (`rho`); `V`, `f` are those of the query. `X` and `Y` bound everything that was rounded on the
 * way: a stage whose `kept` exceeds the norm of the row must count that in X.
 */
export function halfWidth(
  metric: u32,
  factor: f64,
  residual: f64,
  kept: f64,
  V: f64,
  f: f64,
  unit: f64,
  X: f64,
  Y: f64,
): f64 {
  const rounding = metric == EUCLIDEAN ? factor * (X + Y) * (X + Y) : factor * X * Y;
  return residual * V + kept * f + OFFSET_ROUNDOFF * unit + rounding;
}

/**
 * `g(score)`, rounded down: what a row that scores so is certain to reach. No row reaches a positive euclidean score.
 */
export function thresholdOf(metric: u32, score: f64): f64 {
  if (metric != EUCLIDEAN) return below(score);
  return score > 0 ? Infinity : below(-0.5 * score * score);
}

/** The next float64 below; infinities stay. */
function below(x: f64): f64 {
  if (!isFinite(x)) return x;
  if (x == 0) return -reinterpret<f64>(<u64>1);
  const bits = reinterpret<u64>(x);
  return reinterpret<f64>(x > 0 ? bits - 1 : bits + 1);
}

/**
 * A number that the integer sum of a row is certain to reach if `scale * sum + offset + B + E >= T`: no row with a
 * smaller one needs a closer look. One is taken off, which is more than the quotient's rounding.
 */
export function smallestSum(T: f64, E: f64, B: f64, offset: f64, scale: f64): f64 {
  return scale > 0 ? (T - E - B - offset) / scale - 1 : -Infinity;
}
