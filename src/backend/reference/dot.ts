/** The canonical sums, as short as they can be said. Every other kernel must give these bits. */
import type { Floats } from '../contract/backend.js';

const LANES = 16;

/** Sum of `a[i] * b[i]`: 16 lanes in increasing `i`, folded in halves. */
export function dot(a: Floats, b: Floats): number {
  const lanes = new Float64Array(LANES);
  for (let i = 0; i < a.length; i++) lanes[i % LANES] += a[i] * b[i];
  return fold(lanes);
}

/** Sum of `(a[i] - b[i])²` in the same lanes. */
export function squaredDistance(a: Floats, b: Floats): number {
  const lanes = new Float64Array(LANES);
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] - b[i];
    lanes[i % LANES] += difference * difference;
  }
  return fold(lanes);
}

function fold(lanes: Float64Array): number {
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let j = 0; j < half; j++) lanes[j] += lanes[j + half];
  }
  return lanes[0];
}
