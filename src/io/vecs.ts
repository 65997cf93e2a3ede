/** `.fvecs`, `.bvecs` and `.ivecs` (http://corpus-texmex.irisa.fr): before each row stands how long it is. */
import { readBytes, readChoice } from '../arguments/choices.js';
import { KindredError } from '../errors.js';
import { viewOf } from '../files/byte-order.js';
import type { NumericArray, NumericMatrix } from './npy.js';

export type VecsFormat = 'fvecs' | 'bvecs' | 'ivecs';

interface Element {
  readonly bytes: number;
  readonly array: (length: number) => NumericArray;
  readonly at: (view: DataView, offset: number) => number;
}

const ELEMENTS: Readonly<Record<VecsFormat, Element>> = {
  fvecs: { bytes: 4, array: (length) => new Float32Array(length), at: (view, offset) => view.getFloat32(offset, true) },
  bvecs: { bytes: 1, array: (length) => new Uint8Array(length), at: (view, offset) => view.getUint8(offset) },
  // float32 holds no int32 beyond 2^24.
  ivecs: { bytes: 4, array: (length) => new Float64Array(length), at: (view, offset) => view.getInt32(offset, true) },
};
const DIM_MAX = 1 << 24;

/**
 * Reads rows of one length: float32 (`fvecs`), uint8 (`bvecs`) or int32 (`ivecs`, given as float64). Values are not
 * examined.
 * @throws KindredError CORRUPT_FILE saying what was found at which byte; INVALID_ARGUMENT for another format.
 * @example
 * readVecs(new Uint8Array([2, 0, 0, 0, 7, 9]), 'bvecs').data; // Uint8Array(2) [ 7, 9 ]
 */
export function readVecs(bytes: Uint8Array, format: VecsFormat): NumericMatrix {
  readBytes(bytes, 'bytes');
  readChoice(format, 'format', ['fvecs', 'bvecs', 'ivecs']);
  const { dim, rows } = vecsShape(bytes, bytes.length, format);
  const { bytes: elementBytes, array, at } = ELEMENTS[format];
  const view = viewOf(bytes);
  const data = array(rows * dim);
  const rowBytes = 4 + dim * elementBytes;
  for (let row = 0; row < rows; row++) {
    const start = row * rowBytes;
    const found = view.getInt32(start, true);
    if (found !== dim) fail(format, `a row of ${found} numbers at byte ${start}, but the first has ${dim}`);
    for (let i = 0; i < dim; i++) data[row * dim + i] = at(view, start + 4 + i * elementBytes);
  }
  return { data, rows, dim };
}

/**
 * How many rows a file has, told from its first bytes and its length.
 * @throws KindredError CORRUPT_FILE where these do not fit together.
 */
export function vecsShape(head: Uint8Array, fileBytes: number, format: VecsFormat): { rows: number; dim: number } {
  if (fileBytes === 0) fail(format, 'no row');
  if (head.length < 4) fail(format, `the end of the file at byte ${fileBytes}, inside the length of the first row`);
  const dim = viewOf(head).getInt32(0, true);
  if (dim < 1 || dim > DIM_MAX) fail(format, `a row of ${dim} numbers at byte 0`);
  const rows = fileBytes / (4 + dim * ELEMENTS[format].bytes);
  if (!Number.isInteger(rows)) fail(format, `${fileBytes} bytes, which are not whole rows of ${dim} numbers`);
  return { rows, dim };
}

function fail(format: VecsFormat, found: string): never {
  throw new KindredError('CORRUPT_FILE', `.${format}: found ${found}`);
}
