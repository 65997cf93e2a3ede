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

/** What a product with reciprocals may be off by, and more: 2^-49. */
const DOUBT: f64 = reinterpret<f64>((<u64>(1023 - 49)) << 52);

/** Higher is better. Sums of squares are only used by the cosine. */
export function score(metric: u32, sum: f64, squaresA: f64, squaresB: f64): f64 {
  if (metric == COSINE) return cosineOf(sum, squaresA, squaresB);
  if (metric == DOT) return sum;
  return 0 - Math.sqrt(sum);
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

export function clamp(cosine: f64): f64 {
  return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

export function inBounds(squares: f64): bool {
  return squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES;
}

/**
 * The cosine rounded to float32. It is within 8.5 units of roundoff of the dot times one over each length, and rounding
 * keeps order. So where a little less and a little more round to the same float32, that is it: this spares most roots and
 * quotients.
 */
export function roundedCosine(dot: f64, squaresA: f64, inverseA: f64, squaresB: f64, inverseB: f64): f32 {
  const cosine = dot * inverseA * inverseB;
  const low = <f32>clamp(cosine * (1 - DOUBT));
  return low == <f32>clamp(cosine * (1 + DOUBT)) ? low : <f32>cosineOf(dot, squaresA, squaresB);
}
