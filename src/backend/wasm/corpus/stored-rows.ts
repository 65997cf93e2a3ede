/** The rows of a corpus as kernels are given them, and the mask that admits some. */
import type { Dtype, Metric, TopRequest } from '../../contract/backend.js';
import { DTYPE_CODES, METRIC_CODES, type SearchArguments, type StoredArguments } from '../module/kernels.js';
import type { Layout, Space } from '../module/memory.js';

/** Rows per call of a kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 1024;

/** Rows in `space`, and where its scratch memory begins. `normsAt` is read by the cosine only. */
export interface StoredRows {
  readonly space: Space;
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly rowBytes: number;
  readonly size: number;
  readonly rowsAt: number;
  readonly normsAt: number;
  readonly scratchAt: number;
}

/** The rows to search: the slots `first .. last`, multiples of a strip or the end. */
export interface StoredRange extends StoredRows {
  readonly first: number;
  readonly last: number;
}

/** The first arguments of every kernel that reads rows. */
export function storedArguments(stored: StoredRows, widenedAt: number): StoredArguments {
  const { metric, dtype, rowsAt, normsAt, dim } = stored;
  return [METRIC_CODES[metric], DTYPE_CODES[dtype], rowsAt, normsAt, dim, widenedAt];
}

/** The rows of each call, in order. */
export function* rowBlocks(
  stored: StoredRange,
  widenedAt: number,
  admitAt: number,
  { minScore }: TopRequest,
): Generator<SearchArguments> {
  const rows = storedArguments(stored, widenedAt);
  const { first, last } = stored;
  for (let row = first; row < last; row += ROWS_PER_CALL) {
    yield [...rows, row, Math.min(last, row + ROWS_PER_CALL), admitAt, minScore];
  }
}

/** The address of the admit mask, or 0, which kernels take for none. */
export function takeAdmit(layout: Layout, { size }: StoredRows, { admit }: TopRequest): number {
  return admit ? layout.take(size) : 0;
}

export function writeAdmit(at: number, { space, first, last }: StoredRange, { admit }: TopRequest): void {
  if (admit) space.u8.set(admit.subarray(first, last), at + first);
}

/** How many rows the mask admits. */
export function admitted({ first, last }: StoredRange, { admit }: TopRequest): number {
  if (!admit) return last - first;
  let count = 0;
  for (let slot = first; slot < last; slot++) if (admit[slot] !== 0) count++;
  return count;
}
