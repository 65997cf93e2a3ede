/** The canonical sums, as short as they can be said. Every other kernel must give these bits. */
import type { Floats } from '../contract/backend.js';

const LANES = 16;

/** Sum of `a[i] * b[i]`: 16 lanes in increasing `i`, folded in halves. */
export function dot(a: Floats, b: Floats): number {
  const lanes = emptyLanes();
  for (let i = 0; i < a.length; i++) lanes[i % LANES] += a[i] * b[i];
  return fold(lanes);
}

/** Sum of `(a[i] - b[i])²` in the same lanes. */
export function squaredDistance(a: Floats, b: Floats): number {
  const lanes = emptyLanes();
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] - b[i];
    lanes[i % LANES] += difference * difference;
  }
  return fold(lanes);
}

/** An array of numbers holds the same float64 as a Float64Array, and is made in a fifth of the time. */
function emptyLanes(): number[] {
  return new Array<number>(LANES).fill(0);
}

function fold(lanes: number[]): number {
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let j = 0; j < half; j++) lanes[j] += lanes[j + half];
  }
  return lanes[0];
}
