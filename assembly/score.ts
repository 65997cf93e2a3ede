/** From canonical sums to scores: the twin of src/backend/reference/score.ts. */
import { DOT } from '../src/backend/wasm/module/abi';
import { COSINE } from './abi';

/** Sums of squares inside these bounds, 2^-900 and 2^900, are as precise as float64 allows. */
const SMALLEST_SQUARES: f64 = reinterpret<f64>((<u64>(1023 - 900)) << 52);
const LARGEST_SQUARES: f64 = reinterpret<f64>((<u64>(1023 + 900)) << 52);

/** Products of two of them inside these bounds are rounded as if exponents had none. */
const SMALLEST_PRODUCT: f64 = reinterpret<f64>((<u64>(1023 - 1000)) << 52);
const LARGEST_PRODUCT: f64 = reinterpret<f64>((<u64>(1023 + 1000)) << 52);

/** 2^450: as far as a sum of squares may be from 1, halfway. */
const SCALE: f64 = reinterpret<f64>((<u64>(1023 + 450)) << 52);

/** Beyond these bounds a query's squares times those of a row, times that of a bar, may leave the range of float64. */
const SMALLEST_TAME: f64 = reinterpret<f64>((<u64>(1023 - 100)) << 52);
const LARGEST_TAME: f64 = reinterpret<f64>((<u64>(1023 + 100)) << 52);
const LOWEST_BAR: f64 = reinterpret<f64>((<u64>(1023 - 10)) << 52);
/** Makes up for the few roundings of what is compared: 1 - 2^-48. */
const GENEROUSLY: f64 = 1 - reinterpret<f64>((<u64>(1023 - 48)) << 52);

/** Cosines below this lie where float32 has fewer bits. */
const FEW_BITS: f64 = reinterpret<f64>((<u64>(1023 - 120)) << 52);
/** The bits that float64 has more than float32, and half of the last bit of float32. */
const MORE_BITS: u64 = (1 << 29) - 1;
const HALF_BIT: u64 = 1 << 28;
/** Units in the last place of float64 by which a product with reciprocals may be off, and more. */
const DOUBT: u64 = 16;

/** Higher is better. Sums of squares are only used by the cosine. */
export function score(metric: u32, sum: f64, squaresA: f64, squaresB: f64): f64 {
  if (metric == COSINE) return cosineOf(sum, squaresA, squaresB);
  if (metric == DOT) return sum;
  return 0 - Math.sqrt(sum);
}

/** No score is above it. */
export function highestScore(metric: u32): f64 {
  return metric == COSINE ? 1 : metric == DOT ? f64.MAX_VALUE : 0;
}

/** The cosine of a pair, NaN where its sums of squares are out of bounds: the caller then looks closer. */
export function checkedCosine(sum: f64, squaresA: f64, squaresB: f64): f64 {
  if (!inBounds(squaresA) || !inBounds(squaresB)) return NaN;
  return cosineOf(sum, squaresA, squaresB);
}

function cosineOf(dot: f64, squaresA: f64, squaresB: f64): f64 {
  const product = squaresA * squaresB;
  if (product >= SMALLEST_PRODUCT && product <= LARGEST_PRODUCT) return clamp(dot / Math.sqrt(product));
  return squaresA == 0 || squaresB == 0 ? 0 : clamp(dot / scaledRoot(squaresA, squaresB));
}

/** The root of a product beyond what float64 rounds well, brought back by powers of two, which rounds nothing. */
function scaledRoot(squaresA: f64, squaresB: f64): f64 {
  const scale = squaresA * squaresB < 1 ? SCALE : 1 / SCALE;
  return Math.sqrt(squaresA * scale * (squaresB * scale)) / scale;
}

function clamp(cosine: f64): f64 {
  return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

export function inBounds(squares: f64): bool {
  return squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES;
}

/**
 * Whether a dot times one over each length, which is within 9 units in the last place of the cosine, is far enough from the
 * middle of two float32 to round to the same one. What is above 1 by roundings alone becomes 1 then.
 */
export function roundsAsCosine(product: f64): bool {
  const fromMiddle = (reinterpret<u64>(product) + DOUBT - HALF_BIT) & MORE_BITS;
  return fromMiddle > 2 * DOUBT && Math.abs(product) >= FEW_BITS;
}

/**
 * What tells rows whose score is certain to lie below `bar` without root and quotient; -Infinity where nothing does
 * (docs/internals/exactness.md, "Scores without roots").
 */
export function leastFor(metric: u32, bar: f64, querySquares: f64): f64 {
  if (metric != COSINE || bar < LOWEST_BAR) return -Infinity;
  if (querySquares < SMALLEST_TAME || querySquares > LARGEST_TAME) return -Infinity;
  const reached = bar > 1 ? 1 : bar;
  return reached * reached * querySquares * GENEROUSLY;
}

export function isBelow(least: f64, sum: f64, squares: f64): bool {
  return sum * Math.abs(sum) < least * squares;
}
