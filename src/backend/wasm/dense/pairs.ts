/** Scores of single pairs and of rows paired one to one: operands are copied into scratch memory first. */
import type { Floats, Metric, Rows } from '../../contract/backend.js';
import { METRIC_CODES } from '../module/codes.js';
import { Layout, type Scratch } from '../module/memory.js';

/** Bytes of rows copied in at a time. */
const CHUNK_BYTES = 2 ** 20;

/** The score of one pair; a cosine out of bounds is NaN. */
export function scorePair(scratch: Scratch, metric: Metric, a: Floats, b: Floats): number {
  const space = scratch.get();
  const layout = new Layout(space.start);
  const aAt = layout.take(a.byteLength);
  const bAt = layout.take(b.byteLength);
  const outAt = layout.take(8);
  space.reach(layout.end);
  space.write(aAt, a);
  space.write(bAt, b);
  space.kernelsFor(a).pairs(METRIC_CODES[metric], aAt, true, bAt, 1, a.length, outAt);
  const score = space.f64[outAt / 8];
  scratch.trim();
  return score;
}

/** The contract's `pairs`. */
export function scorePairs(scratch: Scratch, metric: Metric, a: Rows, b: Rows, out: Float64Array): void {
  const { dim } = b;
  const rowBytes = dim * b.data.BYTES_PER_ELEMENT;
  const chunk = Math.min(b.rows, Math.max(1, Math.floor(CHUNK_BYTES / rowBytes)));
  const one = a.rows === 1;
  const space = scratch.get();
  const layout = new Layout(space.start);
  const aAt = layout.take(one ? rowBytes : chunk * rowBytes);
  const bAt = layout.take(chunk * rowBytes);
  const outAt = layout.take(chunk * 8);
  space.reach(layout.end);
  if (one) space.write(aAt, a.data.subarray(0, dim));
  const kernels = space.kernelsFor(b.data);
  for (let first = 0; first < b.rows; first += chunk) {
    const count = Math.min(chunk, b.rows - first);
    if (!one) space.write(aAt, a.data.subarray(first * dim, (first + count) * dim));
    space.write(bAt, b.data.subarray(first * dim, (first + count) * dim));
    kernels.pairs(METRIC_CODES[metric], aAt, one, bAt, count, dim, outAt);
    out.set(space.f64.subarray(outAt / 8, outAt / 8 + count), first);
  }
  scratch.trim();
}
