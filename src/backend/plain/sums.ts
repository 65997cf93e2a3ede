/**
 * The canonical sums in plain TypeScript, arranged for speed: below some dimension a call into any backend costs more
 * than these loops, and a page that compares single pairs needs no backend. Lanes g, g+4, g+8 and g+12 fold into one
 * number, so a pass over one such group of four keeps all its sums in registers; four passes give the sum.
 */
import type { Floats } from '../contract/backend.js';
import { cosineOf, LARGEST_SQUARES, SMALLEST_SQUARES } from '../reference/score.js';

/** The canonical dot of two vectors of one length. */
export function plainDot(a: Floats, b: Floats): number {
  return dotAt(a, 0, b, 0, a.length);
}

/** The canonical dot of `length` elements of each, from these on. */
export function dotAt(a: Floats, aAt: number, b: Floats, bAt: number, length: number): number {
  const end = aAt + length;
  return (
    dotGroup(a, aAt, end, b, bAt) +
    dotGroup(a, aAt + 2, end, b, bAt + 2) +
    (dotGroup(a, aAt + 1, end, b, bAt + 1) + dotGroup(a, aAt + 3, end, b, bAt + 3))
  );
}

function dotGroup(a: Floats, aAt: number, end: number, b: Floats, bAt: number): number {
  let lane0 = 0;
  let lane4 = 0;
  let lane8 = 0;
  let lane12 = 0;
  let [i, j] = [aAt, bAt];
  for (; i + 12 < end; i += 16, j += 16) {
    lane0 += a[i] * b[j];
    lane4 += a[i + 4] * b[j + 4];
    lane8 += a[i + 8] * b[j + 8];
    lane12 += a[i + 12] * b[j + 12];
  }
  if (i < end) lane0 += a[i] * b[j];
  if (i + 4 < end) lane4 += a[i + 4] * b[j + 4];
  if (i + 8 < end) lane8 += a[i + 8] * b[j + 8];
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
  return cosineOf(groups[0] + groups[2] + (groups[1] + groups[3]), squaresA, squaresB);
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
  return squaredDistanceAt(a, 0, b, 0, a.length);
}

/** The same of `length` elements of each, from these on. */
export function squaredDistanceAt(a: Floats, aAt: number, b: Floats, bAt: number, length: number): number {
  const end = aAt + length;
  return (
    distanceGroup(a, aAt, end, b, bAt) +
    distanceGroup(a, aAt + 2, end, b, bAt + 2) +
    (distanceGroup(a, aAt + 1, end, b, bAt + 1) + distanceGroup(a, aAt + 3, end, b, bAt + 3))
  );
}

function distanceGroup(a: Floats, aAt: number, end: number, b: Floats, bAt: number): number {
  let lane0 = 0;
  let lane4 = 0;
  let lane8 = 0;
  let lane12 = 0;
  let [i, j] = [aAt, bAt];
  for (; i + 12 < end; i += 16, j += 16) {
    lane0 += (a[i] - b[j]) * (a[i] - b[j]);
    lane4 += (a[i + 4] - b[j + 4]) * (a[i + 4] - b[j + 4]);
    lane8 += (a[i + 8] - b[j + 8]) * (a[i + 8] - b[j + 8]);
    lane12 += (a[i + 12] - b[j + 12]) * (a[i + 12] - b[j + 12]);
  }
  if (i < end) lane0 += (a[i] - b[j]) * (a[i] - b[j]);
  if (i + 4 < end) lane4 += (a[i + 4] - b[j + 4]) * (a[i + 4] - b[j + 4]);
  if (i + 8 < end) lane8 += (a[i + 8] - b[j + 8]) * (a[i + 8] - b[j + 8]);
  return lane0 + lane8 + (lane4 + lane12);
}
