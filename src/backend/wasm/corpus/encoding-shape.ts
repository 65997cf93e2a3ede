/** The lengths that the arrays of an encoding have, and the check that an encoding fits a corpus. */
import { KindredError } from '../../../errors.js';
import type { Encoding } from '../../contract/backend.js';
import { STRIP_BYTES, STRIP_ROWS } from '../module/abi.js';
import { MODE_CODES } from '../module/codes.js';

/** Float64 numbers of a strip. */
export const STRIP_CELLS = STRIP_BYTES / 8;

/** Bytes of a row in one plane. */
export function planeBytes(dim: number): number {
  return 16 * Math.ceil(dim / 32);
}

/**
 * @throws KindredError CORRUPT_FILE if the arrays have not the lengths that such a corpus needs, or a bound is no
 * bound.
 */
export function expectShape(encoding: Encoding, dim: number, size: number): void {
  const { mode, mean, rows, strips, offsets, high, low } = encoding;
  const refuse = (detail: string): never => {
    throw new KindredError('CORRUPT_FILE', `the encoding does not fit this corpus: ${detail}`);
  };
  if (!(mode in MODE_CODES)) refuse(`its mode is ${JSON.stringify(mode)}, not raw, centred or rotated`);
  if (!Number.isInteger(rows) || rows < 0 || rows % STRIP_ROWS !== 0 || rows > size) {
    refuse(`it has ${rows} rows; a multiple of ${STRIP_ROWS} up to ${size} is expected`);
  }
  const lengths = [
    ['mean', mean.length, dim],
    ['strips', strips.length, (rows / STRIP_ROWS) * STRIP_CELLS],
    ['offsets', offsets.length, rows],
    ['high', high.length, rows * planeBytes(dim)],
    ['low', low.length, rows * planeBytes(dim)],
  ] as const;
  for (const [name, given, expected] of lengths) {
    if (given !== expected) refuse(`${name} has ${given} elements; ${expected} are expected`);
  }
  if (!mean.every(Number.isFinite)) refuse('its mean is not finite');
  const badCell = strips.findIndex((cell) => !(cell >= 0 && cell < Number.POSITIVE_INFINITY));
  if (badCell >= 0) {
    refuse(`cell ${badCell % STRIP_CELLS} of strip ${Math.floor(badCell / STRIP_CELLS)} is ${strips[badCell]}`);
  }
  const badRow = offsets.findIndex((offset) => !(Math.abs(offset) <= 1));
  if (badRow >= 0) refuse(`the offset of row ${badRow} is ${offsets[badRow]}; it must lie in [-1, 1]`);
}
