/** `.fbin`, `.u8bin` and `.i8bin` (https://big-ann-benchmarks.com): two counts, and then the rows. */
import { readBytes, readChoice } from '../arguments/choices.js';
import { KindredError } from '../errors.js';
import { float32At, viewOf } from '../files/byte-order.js';
import type { NumericMatrix } from './npy.js';

export type CountedFormat = 'fbin' | 'u8bin' | 'i8bin';

const ELEMENT_BYTES: Readonly<Record<CountedFormat, number>> = { fbin: 4, u8bin: 1, i8bin: 1 };
const HEADER_BYTES = 8;

/**
 * Reads rows of float32 (`fbin`), uint8 or int8, which share memory with `bytes` where alignment allows. Values are not
 * examined.
 * @throws KindredError CORRUPT_FILE saying what was found at which byte; INVALID_ARGUMENT for another format.
 * @example
 * readCountedRows(new Uint8Array([1, 0, 0, 0, 2, 0, 0, 0, 7, 9]), 'u8bin').data; // Uint8Array(2) [ 7, 9 ]
 */
export function readCountedRows(bytes: Uint8Array, format: CountedFormat): NumericMatrix {
  readBytes(bytes, 'bytes');
  readChoice(format, 'format', ['fbin', 'u8bin', 'i8bin']);
  const { rows, dim } = countedShape(bytes, bytes.length, format);
  const elements = bytes.subarray(HEADER_BYTES);
  if (format === 'fbin') return { data: float32At(bytes, HEADER_BYTES, rows * dim, true), rows, dim };
  const { buffer, byteOffset, length } = elements;
  return { data: format === 'u8bin' ? elements : new Int8Array(buffer, byteOffset, length), rows, dim };
}

/**
 * What the header says, checked against the length of the file where that is known.
 * @throws KindredError CORRUPT_FILE
 */
export function countedShape(
  head: Uint8Array,
  fileBytes: number | undefined,
  format: CountedFormat,
): { rows: number; dim: number; bytes: number } {
  if (head.length < HEADER_BYTES) fail(format, `the end of the file at byte ${head.length}, inside the header`);
  const [rows, dim] = [viewOf(head).getUint32(0, true), viewOf(head).getUint32(4, true)];
  const bytes = HEADER_BYTES + rows * dim * ELEMENT_BYTES[format];
  if (dim === 0) fail(format, 'rows without a number at byte 4');
  if (fileBytes !== undefined && bytes !== fileBytes) {
    fail(format, `${fileBytes} bytes; ${rows} rows of ${dim} numbers, as the header says, need ${bytes}`);
  }
  return { rows, dim, bytes };
}

function fail(format: CountedFormat, found: string): never {
  throw new KindredError('CORRUPT_FILE', `.${format}: found ${found}`);
}
