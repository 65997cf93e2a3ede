/** From canonical sums to scores: one place for the clamp, the zero vector and the sign of a distance. */
import type { Floats, Metric } from '../contract/backend.js';
import { dot, squaredDistance } from './dot.js';

export const METRICS: readonly Metric[] = ['cosine', 'dot', 'euclidean'];

/** Sums of squares inside these bounds are as precise as float64 allows; float32 data never leaves them. */
export const SMALLEST_SQUARES = 2 ** -900;
export const LARGEST_SQUARES = 2 ** 900;

/** `dot(a,b) / sqrt(dot(a,a) * dot(b,b))` clamped to [-1, 1]; 0 if a vector is zero. */
export function cosineOf(dotAB: number, squaresA: number, squaresB: number): number {
  return squaresA === 0 || squaresB === 0 ? 0 : clamp(dotAB / rootOfProduct(squaresA, squaresB));
}

/** The product lies in [2^-1800, 2^1800]. Where float64 ends before, powers of two bring it back, which rounds nothing. */
function rootOfProduct(squaresA: number, squaresB: number): number {
  const product = squaresA * squaresB;
  if (product >= 2 ** -1000 && product <= 2 ** 1000) return Math.sqrt(product);
  const scale = product < 1 ? 2 ** 450 : 2 ** -450;
  return Math.sqrt(squaresA * scale * (squaresB * scale)) / scale;
}

export function clamp(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}

/** The score of `x` for a query: higher is better. Their sums of squares are only read by `cosine`. */
export function score(metric: Metric, query: Floats, querySquares: number, x: Floats, xSquares: number): number {
  const sum = metric === 'euclidean' ? squaredDistance(query, x) : dot(query, x);
  return scoreOfSum(metric, sum, querySquares, xSquares);
}

/** From the sum that the metric is made of. */
export function scoreOfSum(metric: Metric, sum: number, querySquares: number, xSquares: number): number {
  switch (metric) {
    case 'dot':
      return sum;
    case 'cosine':
      return cosineOf(sum, querySquares, xSquares);
    case 'euclidean':
      return 0 - Math.sqrt(sum);
  }
}
