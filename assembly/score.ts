/** From canonical sums to scores: the twin of src/backend/reference/score.ts. */
import { DOT } from '../src/backend/wasm/module/abi';
import { COSINE } from './abi';

/** Sums of squares inside these bounds, 2^-900 and 2^900, are as precise as float64 allows. */
const SMALLEST_SQUARES: f64 = reinterpret<f64>((<u64>(1023 - 900)) << 52);
const LARGEST_SQUARES: f64 = reinterpret<f64>((<u64>(1023 + 900)) << 52);

/** Higher is better. Norms are only used by the cosine. */
export function score(metric: u32, sum: f64, normA: f64, normB: f64): f64 {
  if (metric == COSINE) return cosineOf(sum, normA, normB);
  if (metric == DOT) return sum;
  return 0 - Math.sqrt(sum);
}

/** The cosine of a pair, NaN where its sums of squares are out of bounds: the caller then looks closer. */
export function checkedCosine(sum: f64, squaresA: f64, squaresB: f64): f64 {
  if (!inBounds(squaresA) || !inBounds(squaresB)) return NaN;
  return cosineOf(sum, Math.sqrt(squaresA), Math.sqrt(squaresB));
}

function cosineOf(dot: f64, normA: f64, normB: f64): f64 {
  const norms = normA * normB;
  return norms == 0 ? 0 : clamp(dot / norms);
}

export function clamp(cosine: f64): f64 {
  return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

export function inBounds(squares: f64): bool {
  return squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES;
}
