/** Two vectors: their dot, cosine, distance and norm. */
import { openPairs } from '#pairs';
import type { Floats } from '../../backend/contract/backend.js';
import { type PairKernels, pairsInUse } from '../../backend/pairs-in-use.js';
import { plainCosine, plainDot } from '../../backend/plain/sums.js';
import { isFloat32, readPair, readVector, refuseNonFiniteVector, type Vector, widen } from '../vectors.js';
import { isSafe, losesProducts, scaled, timesPowerOfTwo, unboundedDot } from './range.js';

function opened(): PairKernels {
  return pairsInUse.kernels ?? openPairs();
}

/** Vectors below this dimension need no backend anywhere. */
const ALWAYS_SHORT = 16;

/** Whether a pair stays in TypeScript. */
function isShort(length: number): boolean {
  return length < ALWAYS_SHORT || length < opened().pairFrom;
}

/**
 * The cosine of the angle between two vectors of one length, in [-1, 1]: 1 for the same direction, 0 for orthogonal ones and
 * wherever one of them is zero. Computed in float64 with the same bits on every backend; neither tiny nor huge values
 * overflow or vanish.
 * @throws KindredError DIMENSION_MISMATCH if the lengths differ, NOT_FINITE if a value is NaN or infinite.
 * @example
 * cosineSimilarity([1, 2, 3], [2, 4, 6]); // 1
 * cosineSimilarity([1, 0], [0, 5]); // 0
 */
export function cosineSimilarity(a: Vector, b: Vector): number {
  if (isFloat32(a) && isFloat32(b) && a.length === b.length && a.length > 0) {
    const cosine = isShort(a.length) ? plainCosine(a, b) : opened().cosine(a, b);
    // NaN is the kernels' way to ask for a closer look.
    return Number.isNaN(cosine) ? cosineWithCare(a, b) : cosine;
  }
  const [x, y] = readPair(a, b);
  const cosine = opened().cosine(x, y);
  return Number.isNaN(cosine) ? cosineWithCare(x, y) : cosine;
}

/**
 * `1 - cosineSimilarity(a, b)`: 0 for the same direction, 2 for opposite ones. Errors likewise.
 * @example
 * cosineDistance([1, 0], [-1, 0]); // 2
 */
export function cosineDistance(a: Vector, b: Vector): number {
  return 1 - cosineSimilarity(a, b);
}

/**
 * The sum of products `a[i] * b[i]`, in float64: off by at most `(ceil(length / 16) + 5) * 2^-53` of the sum of their
 * magnitudes. Numbers of float64 may be as huge or tiny as they like: where sums or products would leave its range, they
 * are added as if exponents had no bounds, and rounded to float64 at the end. So the result is infinite only if it is
 * beyond float64 itself.
 * @throws KindredError DIMENSION_MISMATCH if the lengths differ, NOT_FINITE if a value is NaN or infinite.
 * @example
 * dot([1, 2, 3], [4, 5, 6]); // 32
 */
export function dot(a: Vector, b: Vector): number {
  const [x, y] = readPair(a, b);
  const isShortFloat32 = x instanceof Float32Array && y instanceof Float32Array && isShort(x.length);
  const sum = isShortFloat32 ? plainDot(x, y) : opened().dot(x, y);
  if (Number.isFinite(sum) && (x instanceof Float32Array || !losesProducts(x, y, sum))) return sum;
  refuseNonFinitePair(x, y);
  return unboundedDot(x, y);
}

/**
 * The Euclidean distance between two vectors of one length, in float64: exactly 0 for equal ones.
 * @throws KindredError DIMENSION_MISMATCH if the lengths differ, NOT_FINITE if a value is NaN or infinite.
 * @example
 * euclidean([0, 0], [3, 4]); // 5
 */
export function euclidean(a: Vector, b: Vector): number {
  const [x, y] = readPair(a, b);
  const distance = opened().euclidean(x, y);
  if (x instanceof Float32Array && Number.isFinite(distance)) return distance;
  if (isSafe(distance * distance)) return distance;
  refuseNonFinitePair(x, y);
  const difference = Float64Array.from(x, (value, i) => value - y[i]);
  if (difference.every(Number.isFinite)) return norm(difference);
  return 2 * norm(difference.map((_, i) => x[i] / 2 - y[i] / 2));
}

/**
 * The Euclidean length of a vector, in float64.
 * @throws KindredError NOT_FINITE if a value is NaN or infinite.
 * @example
 * norm([3, 4]); // 5
 */
export function norm(a: Vector): number {
  const x = readVector(a);
  const squares = x instanceof Float32Array && isShort(x.length) ? plainDot(x, x) : opened().dot(x, x);
  if (isSafe(squares)) return Math.sqrt(squares);
  refuseNonFiniteVector(x);
  const [scaledX, exponent] = scaled(x);
  return timesPowerOfTwo(Math.sqrt(opened().dot(scaledX, scaledX)), exponent);
}

/**
 * The vector divided by its length, as float32. A zero vector stays zero. The argument is not changed.
 * @throws KindredError NOT_FINITE if a value is NaN or infinite.
 * @example
 * normalize([3, 4]); // Float32Array(2) [ 0.6..., 0.8... ]
 */
export function normalize(a: Vector): Float32Array {
  const x = readVector(a);
  const squares = opened().dot(x, x);
  if (isSafe(squares)) return divided(x, Math.sqrt(squares));
  refuseNonFiniteVector(x);
  const [scaledX] = scaled(x);
  const length = Math.sqrt(opened().dot(scaledX, scaledX));
  return length === 0 ? new Float32Array(x.length) : divided(scaledX, length);
}

/** The cosine where the kernel declined: a non-finite value, a zero vector, or float64 far from 1. */
export function cosineWithCare(x: Floats, y: Floats): number {
  refuseNonFinitePair(x, y);
  const [scaledX] = scaled(x);
  const [scaledY] = scaled(y);
  const isZero = (v: Floats) => v.every((value) => value === 0);
  if (isZero(scaledX) || isZero(scaledY)) return 0;
  return opened().cosine(widen(scaledX), widen(scaledY));
}

function divided(x: Floats, length: number): Float32Array {
  return Float32Array.from(x, (value) => value / length);
}

function refuseNonFinitePair(x: Floats, y: Floats): void {
  refuseNonFiniteVector(x);
  refuseNonFiniteVector(y);
}
