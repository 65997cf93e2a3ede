/** What callers may pass as vectors, read into the two element types that kernels know. */
import { readCount } from '../arguments/numbers.js';
import { refusal } from '../arguments/refuse.js';
import { show } from '../arguments/show.js';
import type { Floats } from '../backend/contract/backend.js';
import { KindredError } from '../errors.js';

/**
 * One vector. Arrays of numbers and Float64Array are read as float64; Float32Array, Float16Array, Int8Array,
 * Uint8Array and the 16-bit integers as float32 (exactly); 32-bit integers as float64 (exactly).
 */
export type Vector =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | readonly number[];

/** Row-major rows of one dimension: row `i` is `data[i*dim .. (i+1)*dim)`. Never copied where a kernel can read it. */
export interface Matrix<T extends Floats = Float32Array> {
  readonly data: T;
  readonly rows: number;
  readonly dim: number;
}

/** Rows as they may be handed in: a Matrix of any element type. */
interface RowBlock {
  readonly data: Vector;
  readonly rows: number;
  readonly dim: number;
}

/** Several vectors: an array of them, a flat array with `dim` in the options, or a block of rows such as a Matrix. */
export type Vectors = readonly Vector[] | Vector | RowBlock;

/** A vector as Float32Array or Float64Array; the caller's own array where it is one of these. */
export function readVector(vector: Vector, what = 'a vector'): Floats {
  if (vector instanceof Float32Array || vector instanceof Float64Array) return vector;
  checkedLength(vector, what);
  if (Array.isArray(vector)) return readNumbers(vector);
  const name = Object.prototype.toString.call(vector).slice(8, -1);
  const exactInFloat32 = /^(Float32|Float16|Int8|Uint8|Uint8Clamped|Int16|Uint16)Array$/.test(name);
  return exactInFloat32 ? Float32Array.from(vector) : Float64Array.from(vector);
}

/** @throws KindredError INVALID_ARGUMENT if it is no vector at all */
function checkedLength(vector: Vector, what = 'a vector'): number {
  if (Array.isArray(vector)) return vector.length;
  if (ArrayBuffer.isView(vector) && typeof (vector as Uint8Array)[0] !== 'bigint' && !(vector instanceof DataView)) {
    return (vector as Uint8Array).length;
  }
  throw refusal(what, vector, 'an array of numbers or a typed array');
}

/** Both vectors in one element type; float64 as soon as one of them needs it. */
export function readPair(a: Vector, b: Vector): [Floats, Floats] {
  const x = readVector(a);
  const y = readVector(b);
  if (x.length !== y.length) throw dimensionMismatch(x.length, y.length);
  if (x instanceof Float32Array === y instanceof Float32Array) return [x, y];
  return [widen(x), widen(y)];
}

export function widen(x: Floats): Float64Array {
  return x instanceof Float64Array ? x : Float64Array.from(x);
}

/**
 * Several vectors as one block of rows, in the element type of the first row that needs the wider one.
 * @param dim checked against the rows if given; required for a flat array.
 */
export function readVectors(vectors: Vectors, dim?: number): Matrix<Floats> {
  const shape = shapeOf(vectors, dim);
  return { data: readRows(vectors, shape.dim, 0, shape.rows), ...shape };
}

/** How many vectors there are, and of which dimension, by the looks of it: `readRows` checks each row. Errors as of `readVectors`. */
export function shapeOf(vectors: Vectors, dim?: number): { readonly rows: number; readonly dim: number } {
  if (dim !== undefined) readCount(dim, 'dim');
  if (isMatrix(vectors)) return shapeOfMatrix(vectors, dim);
  if (isFlat(vectors)) return shapeOfFlat(vectors, dim);
  if (!Array.isArray(vectors)) {
    throw refusal('vectors', vectors, 'an array of vectors, a flat array with dim, or a matrix { data, rows, dim }');
  }
  const known = dim ?? (vectors.length === 0 ? 0 : checkedLength(vectors[0], 'row 0'));
  if (known === 0 && vectors.length > 0) throw new KindredError('INVALID_ARGUMENT', 'row 0 has no elements');
  return { rows: vectors.length, dim: known };
}

/** Whether their elements come one by one out of arrays of numbers, which takes several times as long as copying typed ones. */
export function areNumbers(vectors: Vectors): boolean {
  if (isMatrix(vectors)) return Array.isArray(vectors.data);
  return Array.isArray(vectors) && (isFlat(vectors) || Array.isArray(vectors[0]));
}

/** The rows `first .. last` of vectors of this dimension: the caller's own memory where that can be. */
export function readRows(vectors: Vectors, dim: number, first: number, last: number): Floats {
  if (isMatrix(vectors)) return readElements(vectors.data, first * dim, last * dim);
  if (isFlat(vectors)) return readElements(vectors, first * dim, last * dim);
  return readNested((vectors as readonly Vector[]).slice(first, last), dim, first);
}

/** One vector of this dimension, which errors call row `row`: the caller's own memory where that can be. */
export function readRow(vector: Vector, dim: number, row = 0): Floats {
  const values = Array.isArray(vector) ? readNumbers(vector, row) : readVector(vector, `row ${row}`);
  if (values.length !== dim) throw wrongDim(`row ${row}`, values.length, dim);
  return values;
}

/** Rows as float32. A float64 beyond float32 turns infinite and is refused later. */
export function narrow(x: Floats): Float32Array {
  return x instanceof Float32Array ? x : Float32Array.from(x);
}

/** How an error calls the place of a value. */
export type NamePlace = (row: number, column: number) => string;

export const rowAndColumn: NamePlace = (row, column) => `row ${row}, column ${column}`;

/** Throws NOT_FINITE for the first NaN or infinity of `rows`; `given` holds the values as they came, before narrowing to `dtype`. */
export function refuseNonFinite(
  rows: Floats,
  dim: number,
  given: ArrayLike<number> = rows,
  place: NamePlace = rowAndColumn,
  dtype = 'float32',
): void {
  for (let i = 0; i < rows.length; i++) {
    if (Number.isFinite(rows[i])) continue;
    const narrowed = Number.isFinite(given[i]);
    const reason = narrowed ? `which is outside the range of ${dtype}` : 'but every value must be finite';
    throw new KindredError('NOT_FINITE', `${place(Math.floor(i / dim), i % dim)} is ${given[i]}, ${reason}`);
  }
}

/** The same for a vector that stands alone. */
export function refuseNonFiniteVector(vector: Floats): void {
  refuseNonFinite(vector, vector.length, vector, (_, element) => `element ${element}`);
}

export function dimensionMismatch(actual: number, expected: number, what = 'vectors'): KindredError {
  return new KindredError(
    'DIMENSION_MISMATCH',
    `${what} have ${actual} and ${expected} elements, expected equally many`,
  );
}

function readNumbers(numbers: readonly unknown[], row?: number, first = 0): Float64Array {
  const values = new Float64Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i];
    if (typeof value !== 'number') {
      const place = row === undefined ? `element ${first + i}` : `row ${row}, column ${i}`;
      throw new KindredError('INVALID_ARGUMENT', `${place} is ${show(value)}, expected a number`);
    }
    values[i] = value;
  }
  return values;
}

function isMatrix(vectors: Vectors): vectors is RowBlock {
  return typeof vectors === 'object' && vectors !== null && 'data' in vectors && 'rows' in vectors && 'dim' in vectors;
}

function isFlat(vectors: Vectors): vectors is Vector {
  return ArrayBuffer.isView(vectors) || (Array.isArray(vectors) && typeof vectors[0] === 'number');
}

function shapeOfMatrix({ data, rows, dim }: RowBlock, expectedDim: number | undefined) {
  const isSize = (n: unknown) => Number.isInteger(n) && (n as number) >= 0;
  if (!isSize(rows) || !isSize(dim) || dim === 0) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `a matrix needs rows >= 0 and dim >= 1, got ${show(rows)} and ${show(dim)}`,
    );
  }
  const length = checkedLength(data);
  if (length < rows * dim) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `a matrix of ${rows} rows and dim ${dim} needs ${rows * dim} values, its data has ${length}`,
    );
  }
  if (expectedDim !== undefined && dim !== expectedDim) throw wrongDim('the matrix', dim, expectedDim);
  return { rows, dim };
}

function shapeOfFlat(flat: Vector, dim: number | undefined) {
  const length = checkedLength(flat);
  if (dim === undefined) {
    throw new KindredError('INVALID_ARGUMENT', `a flat array of ${length} values needs { dim } to be cut into rows`);
  }
  if (length % dim !== 0) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `a flat array of ${length} values is no whole number of rows of dim ${dim}`,
    );
  }
  return { rows: length / dim, dim };
}

/** The elements `first .. last` of a flat array. */
function readElements(flat: Vector, first: number, last: number): Floats {
  if (Array.isArray(flat)) return readNumbers(flat.slice(first, last), undefined, first);
  const array = flat as Float32Array;
  return readVector(first === 0 && last === array.length ? array : array.subarray(first, last));
}

function readNested(vectors: readonly Vector[], dim: number, first: number): Floats {
  // Array.from visits holes too, which map would pass over and leave as rows of zeros.
  const rows = Array.from(vectors, (vector, r) => readRow(vector, dim, first + r));
  const wide = rows.some((row) => row instanceof Float64Array);
  const data = wide ? new Float64Array(rows.length * dim) : new Float32Array(rows.length * dim);
  rows.forEach((row, r) => {
    data.set(row, r * dim);
  });
  return data;
}

function wrongDim(what: string, actual: number, expected: number): KindredError {
  return new KindredError('DIMENSION_MISMATCH', `${what} has ${actual} elements, expected ${expected}`);
}
