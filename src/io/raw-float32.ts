/** Raw little-endian float32 rows (`.f32`, `.bin`): no header, so the caller says how long a row is. */
import { readBytes } from '../arguments/choices.js';
import { KindredError } from '../errors.js';
import { float32At } from '../files/byte-order.js';
import type { NumericMatrix } from './npy.js';

/**
 * Reads `bytes.length / (4 * dim)` rows of `dim` little-endian float32. `data` shares memory with `bytes` where
 * alignment allows. Values are not examined: whatever takes the matrix refuses NaN and infinity.
 * @throws KindredError INVALID_ARGUMENT if `dim` is not a positive integer; CORRUPT_FILE if the bytes are not whole rows.
 * @example
 * const bytes = new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer);
 * readRawFloat32(bytes, 2).rows; // 2
 */
export function readRawFloat32(bytes: Uint8Array, dim: number): NumericMatrix<Float32Array> {
  readBytes(bytes, 'bytes');
  const rows = rawFloat32Rows(bytes.length, dim);
  return { data: float32At(bytes, 0, rows * dim, true), rows, dim };
}

/**
 * How many rows of `dim` float32 so many bytes are.
 * @throws KindredError INVALID_ARGUMENT if `dim` is not a positive integer; CORRUPT_FILE if the bytes are not whole rows.
 */
export function rawFloat32Rows(bytes: number, dim: number): number {
  if (!Number.isSafeInteger(dim) || dim < 1) {
    throw new KindredError('INVALID_ARGUMENT', `dim must be a positive integer, got ${String(dim)}`);
  }
  const bytesPerRow = 4 * dim;
  const rows = Math.floor(bytes / bytesPerRow);
  const left = bytes - rows * bytesPerRow;
  if (left === 0) return rows;
  throw new KindredError(
    'CORRUPT_FILE',
    `raw float32: ${bytes} bytes are not whole rows of ${dim} numbers (${bytesPerRow} bytes): ` +
      `${rows} rows end at byte ${rows * bytesPerRow}, ${left} bytes are left over`,
  );
}
