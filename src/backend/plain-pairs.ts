/**
 * The canonical sums of pairs in plain TypeScript, arranged for speed: below some dimension a call into any backend
 * costs more than these loops, and a page that compares single pairs needs no backend. Lanes g, g+4, g+8 and g+12 fold into one number, so a pass over one such group of four
 * keeps all its sums in registers; four passes give the sum.
 */
import type { Floats } from './contract/backend.js';

/** Sums of squares outside these bounds may have lost bits. Those of float32 never are, unless they are 0. */
const SMALLEST_SQUARES = 2 ** -900;
const LARGEST_SQUARES = 2 ** 900;

/** The canonical dot of two vectors of one length. */
export function plainDot(a: Floats, b: Floats): number {
  return dotGroup(a, b, 0) + dotGroup(a, b, 2) + (dotGroup(a, b, 1) + dotGroup(a, b, 3));
}

function dotGroup(a: Floats, b: Floats, group: number): number {
  const length = a.length;
  let lane0 = 0;
  let lane4 = 0;
  let lane8 = 0;
  let lane12 = 0;
  let i = group;
  for (; i + 12 < length; i += 16) {
    lane0 += a[i] * b[i];
    lane4 += a[i + 4] * b[i + 4];
    lane8 += a[i + 8] * b[i + 8];
    lane12 += a[i + 12] * b[i + 12];
  }
  if (i < length) lane0 += a[i] * b[i];
  if (i + 4 < length) lane4 += a[i + 4] * b[i + 4];
  if (i + 8 < length) lane8 += a[i + 8] * b[i + 8];
  return lane0 + lane8 + (lane4 + lane12);
}

/** Folded groups of the three sums of a cosine: a·b, a·a, b·b, four numbers each. */
const groups = new Float64Array(12);

/** The canonical cosine, clamped; NaN if a sum of squares is 0, not finite or out of bounds. */
export function plainCosine(a: Floats, b: Floats): number {
  for (let group = 0; group < 4; group++) cosineGroup(a, b, group);
  const squaresA = groups[4] + groups[6] + (groups[5] + groups[7]);
  const squaresB = groups[8] + groups[10] + (groups[9] + groups[11]);
  const isSafe = (squares: number) => squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES;
  if (!isSafe(squaresA) || !isSafe(squaresB)) return Number.NaN;
  const dot = groups[0] + groups[2] + (groups[1] + groups[3]);
  const cosine = dot / Math.sqrt(squaresA * squaresB);
  return Math.max(-1, Math.min(1, cosine));
}

function cosineGroup(a: Floats, b: Floats, group: number): void {
  const length = a.length;
  let dot0 = 0;
  let dot4 = 0;
  let dot8 = 0;
  let dot12 = 0;
  let a0 = 0;
  let a4 = 0;
  let a8 = 0;
  let a12 = 0;
  let b0 = 0;
  let b4 = 0;
  let b8 = 0;
  let b12 = 0;
  let i = group;
  for (; i + 12 < length; i += 16) {
    let x = a[i];
    let y = b[i];
    dot0 += x * y;
    a0 += x * x;
    b0 += y * y;
    x = a[i + 4];
    y = b[i + 4];
    dot4 += x * y;
    a4 += x * x;
    b4 += y * y;
    x = a[i + 8];
    y = b[i + 8];
    dot8 += x * y;
    a8 += x * x;
    b8 += y * y;
    x = a[i + 12];
    y = b[i + 12];
    dot12 += x * y;
    a12 += x * x;
    b12 += y * y;
  }
  if (i < length) {
    dot0 += a[i] * b[i];
    a0 += a[i] * a[i];
    b0 += b[i] * b[i];
  }
  if (i + 4 < length) {
    dot4 += a[i + 4] * b[i + 4];
    a4 += a[i + 4] * a[i + 4];
    b4 += b[i + 4] * b[i + 4];
  }
  if (i + 8 < length) {
    dot8 += a[i + 8] * b[i + 8];
    a8 += a[i + 8] * a[i + 8];
    b8 += b[i + 8] * b[i + 8];
  }
  groups[group] = dot0 + dot8 + (dot4 + dot12);
  groups[group + 4] = a0 + a8 + (a4 + a12);
  groups[group + 8] = b0 + b8 + (b4 + b12);
}

/** The canonical sum of squared differences. */
export function plainSquaredDistance(a: Floats, b: Floats): number {
  return distanceGroup(a, b, 0) + distanceGroup(a, b, 2) + (distanceGroup(a, b, 1) + distanceGroup(a, b, 3));
}

function distanceGroup(a: Floats, b: Floats, group: number): number {
  const lanes = [0, 0, 0, 0];
  for (let i = group, lane = 0; i < a.length; i += 4, lane = (lane + 1) & 3) {
    const difference = a[i] - b[i];
    lanes[lane] += difference * difference;
  }
  return lanes[0] + lanes[2] + (lanes[1] + lanes[3]);
}
