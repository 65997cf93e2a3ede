/**
 * The canonical sums of one query with many rows, by the loops of sums.ts. They are written out once more, because an
 * engine makes the fastest code of a loop that has only ever met one class of array, and pairs are of any.
 */
import type { Floats } from '../contract/backend.js';

/** The dots of the rows `from .. to` with the elements of `queries` from `at` on. */
export function scanDots(
  rows: Floats,
  from: number,
  to: number,
  dim: number,
  queries: Floats,
  at: number,
  sums: Float64Array,
): void {
  for (let r = from, i = from * dim; r < to; r++, i += dim) {
    const end = i + dim;
    const even = dotGroup(rows, i, end, queries, at) + dotGroup(rows, i + 2, end, queries, at + 2);
    sums[r] = even + (dotGroup(rows, i + 1, end, queries, at + 1) + dotGroup(rows, i + 3, end, queries, at + 3));
  }
}

/** Their squared distances. */
export function scanDistances(
  rows: Floats,
  from: number,
  to: number,
  dim: number,
  queries: Floats,
  at: number,
  sums: Float64Array,
): void {
  for (let r = from, i = from * dim; r < to; r++, i += dim) {
    const end = i + dim;
    const even = distanceGroup(rows, i, end, queries, at) + distanceGroup(rows, i + 2, end, queries, at + 2);
    sums[r] =
      even + (distanceGroup(rows, i + 1, end, queries, at + 1) + distanceGroup(rows, i + 3, end, queries, at + 3));
  }
}

function dotGroup(a: Floats, i: number, end: number, b: Floats, j: number): number {
  let lane0 = 0;
  let lane4 = 0;
  let lane8 = 0;
  let lane12 = 0;
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

function distanceGroup(a: Floats, i: number, end: number, b: Floats, j: number): number {
  let lane0 = 0;
  let lane4 = 0;
  let lane8 = 0;
  let lane12 = 0;
  for (; i + 12 < end; i += 16, j += 16) {
    const d0 = a[i] - b[j];
    const d4 = a[i + 4] - b[j + 4];
    const d8 = a[i + 8] - b[j + 8];
    const d12 = a[i + 12] - b[j + 12];
    lane0 += d0 * d0;
    lane4 += d4 * d4;
    lane8 += d8 * d8;
    lane12 += d12 * d12;
  }
  if (i < end) lane0 += (a[i] - b[j]) * (a[i] - b[j]);
  if (i + 4 < end) lane4 += (a[i + 4] - b[j + 4]) * (a[i + 4] - b[j + 4]);
  if (i + 8 < end) lane8 += (a[i + 8] - b[j + 8]) * (a[i + 8] - b[j + 8]);
  return lane0 + lane8 + (lane4 + lane12);
}
