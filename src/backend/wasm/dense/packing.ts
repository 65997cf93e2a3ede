/** How much room rows take that are packed for a register block (assembly/tile.ts). */
import { LANES } from '../module/abi.js';

/** Bytes of `rows` rows packed into panels of `height` rows. */
export function packedBytes(rows: number, height: number, dim: number): number {
  return Math.ceil(rows / height) * height * Math.ceil(dim / LANES) * LANES * Float64Array.BYTES_PER_ELEMENT;
}
