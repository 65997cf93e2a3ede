/** What callers may pass as vectors, read into the two element types that kernels know. */
import {
  isArray,
  isNumberArray,
  isTypedArrayByClass,
  kindOf,
  type NumberArray,
  refuseDetached,
} from '../arguments/arrays.js';
import { readCount } from '../arguments/numbers.js';
import { reading } from '../arguments/objects.js';
import { refusal } from '../arguments/refuse.js';
import { show } from '../arguments/show.js';
import type { Floats } from '../backend/contract/backend.js';
import { KindredError } from '../errors.js';
import { isTensor, readTensor, refuseSeveralRows, rowsOfTensor, type Tensor } from './tensors.js';

/**
 * One vector. Arrays of numbers and Float64Array are read as float64; Float32Array, Float16Array, Int8Array,
 * Uint8Array and the 16-bit integers as float32 (exactly); 32-bit integers as float64 (exactly). A tensor of
 * transformers.js, onnxruntime or tfjs is read as its values are, if one axis at most is longer than 1.
 */
export type Vector = FlatVector | Tensor;

type FlatVector = NumberArray | readonly number[];

/** Row-major rows of one dimension: row `i` is `data[i*dim .. (i+1)*dim)`. Never copied where a kernel can read it. */
export interface Matrix<T extends Floats = Float32Array> {
  readonly data: T;
  readonly rows: number;
  readonly dim: number;
}

/** Rows as they may be handed in: a Matrix of any element type. */
interface RowBlock {
  readonly data: FlatVector;
  readonly rows: number;
  readonly dim: number;
}

/**
 * Several vectors: an array of them, a flat array with `dim` in the options, a block of rows such as a Matrix, or a tensor
 * of shape [rows, dim].
 */
export type Vectors = readonly Vector[] | Vector | RowBlock;

/** A vector as Float32Array or Float64Array; the caller's own array where it is one of these. */
export function readVector(vector: Vector, what = 'a vector'): Floats {
  if (ArrayBuffer.isView(vector)) {
    // What most callers hold, without a look at anything else: pairs are asked for by the million.
    const isNative = vector instanceof Float32Array || vector instanceof Float64Array;
    return isNative && vector.length > 0 ? vector : readTyped(vector, what);
  }
  if (isArray(vector)) return reading(what, () => readNumbers(vector));
  if (!isTensor(vector)) throw noVector(vector, what);
  const tensor = readTensor(vector, what);
  refuseSeveralRows(tensor, what);
  return readTyped(tensor.data, what);
}

/** Whether it can be handed to a kernel as it is. A Proxy of one cannot, though it passes for an instance. */
export function isFloat32(vector: Vector): vector is Float32Array {
  return ArrayBuffer.isView(vector) && vector instanceof Float32Array;
}

function readTyped(vector: ArrayBufferView, what: string): Floats {
  if (!isNumberArray(vector)) throw noVector(vector, what);
  refuseDetached(vector, what);
  if (vector instanceof Float32Array || vector instanceof Float64Array) return vector;
  const exactInFloat32 = /^(Float32|Float16|Int8|Uint8|Uint8Clamped|Int16|Uint16)Array$/.test(kindOf(vector));
  return exactInFloat32 ? Float32Array.from(vector) : Float64Array.from(vector);
}

/** @throws KindredError INVALID_ARGUMENT if it is no vector at all */
function checkedLength(vector: unknown, what = 'a vector'): number {
  if (isArray(vector)) return reading(what, () => vector.length);
  if (isTensor(vector)) return readTensor(vector, what).data.length;
  if (!isNumberArray(vector)) throw noVector(vector, what);
  refuseDetached(vector, what);
  return vector.length;
}

function noVector(vector: unknown, what: string): KindredError {
  const isProxy = !ArrayBuffer.isView(vector) && reading(what, () => isTypedArrayByClass(vector));
  const hint = isProxy ? '; no Proxy of a typed array can be read, pass the array itself' : '';
  return refusal(what, vector, `an array of numbers, a typed array of them or a tensor${hint}`);
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
  const once = settled(vectors);
  const shape = shapeOf(once, dim);
  return { data: readRows(once, shape.dim, 0, shape.rows), ...shape };
}

/** The same vectors for several looks at them: whatever a block's or a tensor's getters would give next time. */
export function settled(vectors: Vectors): Vectors {
  if (isFlat(vectors)) return vectors;
  if (isMatrix(vectors)) {
    return reading('vectors', () => ({ data: vectors.data, rows: vectors.rows, dim: vectors.dim }));
  }
  if (!isTensor(vectors)) return vectors;
  const tensor = readTensor(vectors, 'vectors');
  // One axis alone does not tell whether it is a row, or several of one number each.
  return tensor.shape.length < 2 ? tensor.data : { data: tensor.data, ...rowsOfTensor(tensor, 'vectors') };
}

/** How many vectors there are, and of which dimension, by the looks of it: `readRows` checks each row. Errors as of `readVectors`. */
export function shapeOf(vectors: Vectors, dim?: number): { readonly rows: number; readonly dim: number } {
  if (dim !== undefined) readCount(dim, 'dim');
  if (isTensor(vectors)) return shapeOf(settled(vectors), dim);
  if (isMatrix(vectors)) return shapeOfMatrix(vectors, dim);
  if (isFlat(vectors)) return shapeOfFlat(vectors, dim);
  if (!isArray(vectors)) {
    if (reading('vectors', () => isTypedArrayByClass(vectors))) throw noVector(vectors, 'vectors');
    throw refusal(
      'vectors',
      vectors,
      'an array of vectors, a flat array with dim, a matrix { data, rows, dim } or a tensor',
    );
  }
  const { rows, first } = reading('vectors', () => ({ rows: vectors.length, first: vectors[0] }));
  const known = dim ?? (rows === 0 ? 0 : checkedLength(first, 'row 0'));
  if (known === 0 && rows > 0) throw new KindredError('INVALID_ARGUMENT', 'row 0 has no elements');
  return { rows, dim: known };
}

/** Whether their elements come one by one out of arrays of numbers, which takes several times as long as copying typed ones. */
export function areNumbers(vectors: Vectors): boolean {
  if (isMatrix(vectors)) return isArray(vectors.data);
  return isArray(vectors) && (isFlat(vectors) || isArray(vectors[0]));
}

/** The rows `first .. last` of vectors of this dimension: the caller's own memory where that can be. */
export function readRows(vectors: Vectors, dim: number, first: number, last: number): Floats {
  const once = isTensor(vectors) ? settled(vectors) : vectors;
  const rows = isFlat(once)
    ? readElements(once, first * dim, last * dim)
    : isMatrix(once)
      ? readElements(once.data, first * dim, last * dim)
      : readNested(
          reading('vectors', () => (once as readonly Vector[]).slice(first, last)),
          dim,
          first,
        );
  if (rows.length === (last - first) * dim) return rows;
  throw new KindredError('INVALID_ARGUMENT', 'the vectors became fewer while they were read');
}

/** One vector of this dimension, which errors call row `row`: the caller's own memory where that can be. */
export function readRow(vector: Vector, dim: number, row = 0): Floats {
  const name = `row ${row}`;
  const values = isArray(vector) ? reading(name, () => readNumbers(vector, row)) : readVector(vector, name);
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
  if (typeof vectors !== 'object' || vectors === null || isTensor(vectors)) return false;
  return reading('vectors', () => 'data' in vectors && 'rows' in vectors && 'dim' in vectors);
}

function isFlat(vectors: Vectors): vectors is FlatVector {
  if (ArrayBuffer.isView(vectors)) return true;
  return reading('vectors', () => isArray(vectors) && typeof vectors[0] === 'number');
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

function shapeOfFlat(flat: FlatVector, dim: number | undefined) {
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
function readElements(flat: FlatVector, first: number, last: number): Floats {
  if (isArray(flat)) {
    return reading('vectors', () => readNumbers(flat.slice(first, last), undefined, first));
  }
  const array = flat as Float32Array;
  if (!isNumberArray(array)) throw noVector(array, 'vectors');
  return readVector(first === 0 && last === array.length ? array : array.subarray(first, last));
}

function readNested(vectors: readonly Vector[], dim: number, first: number): Floats {
  // Array.from visits holes too, which map would pass over and leave as rows of zeros.
  const rows = Array.from(vectors, (vector, r) => readRow(vector, dim, first + r));
  if (rows.length === 1) return rows[0];
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
