/** numpy's `.npy` files: one array each, read as rows and written back. */
import { readBytes } from '../arguments/choices.js';
import { reading } from '../arguments/objects.js';
import { refusal } from '../arguments/refuse.js';
import { KindredError } from '../errors.js';
import { float32At, float64At, HOST_BYTE_ORDER } from '../files/byte-order.js';

export type NumericArray = Float32Array | Float64Array | Int8Array | Uint8Array;

/** Row-major rows: row `i` is `data[i*dim .. (i+1)*dim)`. */
export interface NumericMatrix<T extends NumericArray = NumericArray> {
  readonly data: T;
  readonly rows: number;
  readonly dim: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;
/** numpy's own limit. A plain array needs about 100 bytes. */
const HEADER_BYTES_MAX = 10_000;

type Decode = (bytes: Uint8Array, offset: number, count: number, littleEndian: boolean) => NumericArray;

/** What stands after the byte-order mark of a dtype, and how to read it. */
const DTYPES: Record<string, { size: number; decode: Decode }> = {
  f4: { size: 4, decode: float32At },
  f8: { size: 8, decode: float64At },
  i1: { size: 1, decode: (bytes, offset, count) => new Int8Array(bytes.buffer, bytes.byteOffset + offset, count) },
  u1: { size: 1, decode: (bytes, offset, count) => bytes.subarray(offset, offset + count) },
};

/**
 * Reads a `.npy` file (header versions 1 to 3) of float32, float64, int8 or uint8 in C order and either byte order.
 * A 2-d array of shape (n, d) gives n rows of d numbers; a 1-d array gives one row. `data` shares memory with `bytes`
 * where alignment and byte order allow. Values are not examined.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @throws KindredError CORRUPT_FILE for anything else, saying what was found at which byte.
 * @example
 * const bytes = writeNpy({ data: new Float32Array([1, 2, 3, 4]), rows: 2, dim: 2 });
 * VectorIndex.from(readNpy(bytes)).size; // 2
 */
export function readNpy(bytes: Uint8Array): NumericMatrix {
  readBytes(bytes, 'bytes');
  const { rows, dim, start, decode, littleEndian } = layoutOf(bytes, bytes.length);
  return { data: decode(bytes, start, rows * dim, littleEndian), rows, dim };
}

/** What the header of a `.npy` file says. */
export interface NpyHeader {
  readonly rows: number;
  readonly dim: number;
  /** Where the numbers begin. */
  readonly start: number;
  /** How long the whole file is. */
  readonly fileBytes: number;
}

/**
 * Reads the header alone, so that a file can be refused before all of it is read.
 * @param head the first bytes; 10,016 are always enough.
 * @param fileBytes how long the file is, where that is known: then it must be as long as the header says.
 * @throws KindredError CORRUPT_FILE, as `readNpy`.
 * @example
 * readNpyHeader(writeNpy({ data: new Int8Array(6), rows: 2, dim: 3 })).rows; // 2
 */
export function readNpyHeader(head: Uint8Array, fileBytes?: number): NpyHeader {
  readBytes(head, 'head');
  const { rows, dim, start, fileBytes: expected } = layoutOf(head, fileBytes);
  return { rows, dim, start, fileBytes: expected };
}

function layoutOf(bytes: Uint8Array, fileBytes: number | undefined) {
  const { text, start, end } = readHeader(bytes);
  const header = parseHeader(text, start);

  const kind = header.descr.slice(1);
  const order = header.descr[0];
  const dtype = Object.hasOwn(DTYPES, kind) ? DTYPES[kind] : undefined;
  if (dtype === undefined || !(order === '<' || order === '>' || (order === '|' && dtype.size === 1))) {
    fail(`dtype '${header.descr}' at byte ${start}; float32, float64, int8 and uint8 can be read`);
  }
  if (header.fortranOrder) {
    fail(`an array in Fortran order at byte ${start}; save numpy.ascontiguousarray(x) instead`);
  }
  const [rows, dim] = rowsAndDim(header.shape, start);

  const expected = rows * dim * dtype.size;
  if (fileBytes !== undefined && fileBytes - end !== expected) {
    fail(
      `${fileBytes - end} bytes of data from byte ${end} on; ` +
        `shape (${header.shape.join(', ')}) of '${header.descr}' needs ${expected}`,
    );
  }
  return { rows, dim, start: end, fileBytes: end + expected, decode: dtype.decode, littleEndian: order !== '>' };
}

/**
 * The bytes of a `.npy` file (version 1) of shape (rows, dim), in the dtype of `data`.
 * @throws KindredError DIMENSION_MISMATCH if `data` holds fewer than rows x dim numbers; INVALID_ARGUMENT for another
 * kind of array, or if `rows` or `dim` cannot be a length.
 * @example
 * writeNpy({ data: new Float32Array([1, 2, 3, 4]), rows: 2, dim: 2 }).length; // 144
 */
export function writeNpy(matrix: NumericMatrix): Uint8Array {
  if (typeof matrix !== 'object' || matrix === null) throw refusal('a matrix', matrix, '{ data, rows, dim }');
  const { data, rows, dim } = reading('a matrix', () => ({ data: matrix.data, rows: matrix.rows, dim: matrix.dim }));
  const descr = descrOf(data);
  if (!Number.isSafeInteger(rows) || rows < 0 || !Number.isSafeInteger(dim) || dim < 1) {
    throw new KindredError('INVALID_ARGUMENT', `a matrix needs rows >= 0 and dim >= 1, got ${rows} x ${dim}`);
  }
  const count = rows * dim;
  if (data.length < count) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `a matrix of ${rows} x ${dim} needs ${count} numbers, got ${data.length}`,
    );
  }
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${rows}, ${dim}), }`;
  const fixed = MAGIC.length + 4;
  const end = Math.ceil((fixed + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${dictionary.padEnd(end - fixed - 1)}\n`;

  const bytes = new Uint8Array(end + count * data.BYTES_PER_ELEMENT);
  bytes.set([...MAGIC, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), fixed);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, count * data.BYTES_PER_ELEMENT), end);
  return bytes;
}

/** The dictionary's text, where it starts, and where the data starts. */
function readHeader(bytes: Uint8Array): { text: string; start: number; end: number } {
  const wrong = MAGIC.findIndex((byte, at) => bytes[at] !== byte);
  if (wrong >= 0) fail(`${byteAt(bytes, wrong)}; a .npy file begins with \\x93NUMPY`);
  const version = bytes[6];
  if (version === undefined || version < 1 || version > 3) {
    fail(`${byteAt(bytes, 6)}, the version; 1, 2 and 3 can be read`);
  }
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) fail(`the end of the file at byte ${bytes.length}, inside the header's length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const end = start + length;
  if (length > HEADER_BYTES_MAX) fail(`a header of ${length} bytes at byte 8; at most ${HEADER_BYTES_MAX} can be read`);
  if (bytes.length < end) {
    fail(`the end of the file at byte ${bytes.length}, inside the header, which should end at byte ${end}`);
  }
  return { text: new TextDecoder().decode(bytes.subarray(start, end)), start, end };
}

interface Dictionary {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** Reads the Python dictionary: three known keys in any order. `L` after a number is Python 2's. */
function parseHeader(text: string, start: number): Dictionary {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) fail(`no dictionary in the header at byte ${start}: ${excerpt(text)}`);
  const entry = /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([\s\dL,]*\)|\[[^\]]*\])\s*(?:,|$)\s*/y;
  const found = new Map<string, string>();
  while (entry.lastIndex < body.length) {
    const at = entry.lastIndex;
    const match = entry.exec(body);
    if (match === null) {
      if (body.slice(at).trim() === '') break;
      fail(`a header that cannot be read at byte ${start}: ${excerpt(body.slice(at))}`);
    }
    found.set(match[1], match[2]);
  }
  const descr = found.get('descr') ?? '';
  const fortranOrder = found.get('fortran_order') ?? '';
  const shape = found.get('shape') ?? '';
  if (descr.startsWith('[')) {
    fail(`a structured dtype at byte ${start}; float32, float64, int8 and uint8 can be read`);
  }
  const isWhole =
    found.size === 3 && descr.startsWith("'") && /^(True|False)$/.test(fortranOrder) && shape.startsWith('(');
  if (!isWhole) fail(`a header without a valid descr, fortran_order and shape at byte ${start}: ${excerpt(text)}`);
  const lengths = shape.slice(1, -1).replace(/,\s*$/, '');
  const parsed = lengths.trim() === '' ? [] : lengths.split(',').map((each) => each.trim().replace(/L$/, ''));
  if (!parsed.every((each) => /^\d+$/.test(each))) fail(`the shape ${shape} at byte ${start}`);
  return { descr: descr.slice(1, -1), fortranOrder: fortranOrder === 'True', shape: parsed.map(Number) };
}

function rowsAndDim(shape: readonly number[], start: number): [rows: number, dim: number] {
  if (shape.length !== 1 && shape.length !== 2) {
    fail(`an array of ${shape.length} dimensions at byte ${start}; 1 and 2 can be read`);
  }
  const [rows, dim] = shape.length === 1 ? [1, shape[0]] : shape;
  if (dim === 0) fail(`rows without a number at byte ${start}: shape (${shape.join(', ')})`);
  if (![rows, dim, rows * dim * 8].every(Number.isSafeInteger))
    fail(`the impossible shape (${shape.join(', ')}) at byte ${start}`);
  return [rows, dim];
}

function descrOf(data: unknown): string {
  if (data instanceof Float32Array) return `${HOST_BYTE_ORDER}f4`;
  if (data instanceof Float64Array) return `${HOST_BYTE_ORDER}f8`;
  if (data instanceof Int8Array) return '|i1';
  if (data instanceof Uint8Array) return '|u1';
  const given = data === null || data === undefined ? String(data) : Object(data).constructor?.name;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `writeNpy writes Float32Array, Float64Array, Int8Array and Uint8Array, got ${given}`,
  );
}

function byteAt(bytes: Uint8Array, at: number): string {
  if (at >= bytes.length) return `the end of the file at byte ${bytes.length}`;
  return `0x${bytes[at].toString(16).padStart(2, '0')} at byte ${at}`;
}

function excerpt(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?').trim();
  return printable.length > 60 ? `${printable.slice(0, 60)}...` : printable || 'nothing';
}

function fail(found: string): never {
  throw new KindredError('CORRUPT_FILE', `.npy: found ${found}`);
}
