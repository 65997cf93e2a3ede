/** The rows of a corpus as kernels are given them, and the mask that admits some. */
import type { Dtype, Metric, TopRequest } from '../../contract/backend.js';
import * as abi from '../module/abi.js';
import { DTYPE_CODES, METRIC_CODES } from '../module/codes.js';
import type { Layout, Space } from '../module/memory.js';

/** Rows per call of a kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 1024;

/** Rows in `space`, and where its scratch memory begins. `squaresAt` is read by the cosine only. */
export interface StoredRows {
  readonly space: Space;
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly rowBytes: number;
  readonly size: number;
  readonly rowsAt: number;
  readonly squaresAt: number;
  readonly scratchAt: number;
}

/** The rows to search: the slots `first .. last`, multiples of a strip or the end. */
export interface StoredRange extends StoredRows {
  readonly first: number;
  readonly last: number;
}

/** Rows to be searched as kernels are given them: a record, the mask, and room for one row widened. */
export interface PlacedRows {
  readonly record: number;
  readonly admitAt: number;
  readonly widenedAt: number;
}

/** Room for a ROWS record and what goes with it. */
export function takeRows(layout: Layout, stored: StoredRows, request: TopRequest): PlacedRows {
  return {
    record: layout.take(abi.ROWS_BYTES),
    admitAt: takeAdmit(layout, stored, request),
    widenedAt: layout.take(stored.dim * 4),
  };
}

export function writeRows(placed: PlacedRows, stored: StoredRange, request: TopRequest): void {
  const { space } = stored;
  space.writeWords(placed.record, [
    [abi.ROWS_METRIC, METRIC_CODES[stored.metric]],
    [abi.ROWS_DTYPE, DTYPE_CODES[stored.dtype]],
    [abi.ROWS_DIM, stored.dim],
    [abi.ROWS_AT, stored.rowsAt],
    [abi.ROWS_SQUARES, stored.squaresAt],
    [abi.ROWS_SCRATCH, placed.widenedAt],
    [abi.ROWS_ADMIT, placed.admitAt],
  ]);
  space.f64[(placed.record + abi.ROWS_MIN_SCORE_F64) / 8] = request.minScore;
  writeAdmit(space, placed.admitAt, stored, request);
}

/** The rows `first .. last` of each call of a kernel, in order. */
export function* rowBlocks(first: number, last: number): Generator<[first: number, last: number]> {
  for (let row = first; row < last; row += ROWS_PER_CALL) yield [row, Math.min(last, row + ROWS_PER_CALL)];
}

/** The address of the admit mask, or 0, which kernels take for none. */
export function takeAdmit(layout: Layout, { size }: StoredRows, { admit }: TopRequest): number {
  return admit ? layout.take(size) : 0;
}

/** Copies the mask for the rows `first .. last` to where it lies in a space. */
export function writeAdmit(
  space: Space,
  at: number,
  { first, last }: Pick<StoredRange, 'first' | 'last'>,
  { admit }: TopRequest,
): void {
  if (admit) space.u8.set(admit.subarray(first, last), at + first);
}

/** How many rows the mask admits. */
export function admitted({ first, last }: Pick<StoredRange, 'first' | 'last'>, { admit }: TopRequest): number {
  if (!admit) return last - first;
  let count = 0;
  for (let slot = first; slot < last; slot++) if (admit[slot] !== 0) count++;
  return count;
}
