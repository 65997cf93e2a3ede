/** From canonical sums to scores: one place for the clamp, the zero norm and the sign of a distance. */
import type { Floats, Metric } from '../contract/backend.js';
import { dot, squaredDistance } from './dot.js';

export const METRICS: readonly Metric[] = ['cosine', 'dot', 'euclidean'];

/** Sums of squares inside these bounds are as precise as float64 allows; float32 data never leaves them. */
export const SMALLEST_SQUARES = 2 ** -900;
export const LARGEST_SQUARES = 2 ** 900;

/** `dot / (normA * normB)` clamped to [-1, 1]; 0 if a norm is 0. */
export function cosineOf(dotAB: number, normA: number, normB: number): number {
  const norms = normA * normB;
  return norms === 0 ? 0 : clamp(dotAB / norms);
}

export function clamp(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}

export function norm(a: Floats): number {
  return Math.sqrt(dot(a, a));
}

/** The score of `x` for a query: higher is better. Norms are only read by `cosine`. */
export function score(metric: Metric, query: Floats, queryNorm: number, x: Floats, xNorm: number): number {
  switch (metric) {
    case 'dot':
      return dot(query, x);
    case 'cosine':
      return cosineOf(dot(query, x), queryNorm, xNorm);
    case 'euclidean':
      return 0 - Math.sqrt(squaredDistance(query, x));
  }
}
