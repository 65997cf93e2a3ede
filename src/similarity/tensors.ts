/** Tensors of other packages as vectors: their values, and their shape. They are told by what they have, not by class. */
import { isArray, isNumberArray, type NumberArray, refuseDetached } from '../arguments/arrays.js';
import { reading } from '../arguments/objects.js';
import { show } from '../arguments/show.js';
import { widen } from '../backend/reference/elements.js';
import { KindredError } from '../errors.js';

/** A tensor as transformers.js and onnxruntime have it, with its values in memory. */
export interface DimsTensor {
  readonly dims: readonly number[];
  /** A typed array of numbers. Values of 64-bit integers are none. */
  readonly data: unknown;
  /** Such as `float32`. Where JavaScript has no Float16Array, `float16` says that the values are bits. */
  readonly type?: string | undefined;
}

/** A tensor as tfjs has it; `dataSync` is called. */
export interface ShapeTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): unknown;
}

/**
 * A tensor of another package. One axis may be longer than 1 where a single vector is meant; several vectors are the
 * first axis and one other.
 */
export type Tensor = DimsTensor | ShapeTensor;

export interface TensorValues {
  readonly data: NumberArray;
  readonly shape: readonly number[];
}

export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || isArray(value)) return false;
  return reading('a tensor', () => {
    if ('dims' in value && Array.isArray(value.dims) && 'data' in value) return true;
    return (
      'shape' in value && Array.isArray(value.shape) && 'dataSync' in value && typeof value.dataSync === 'function'
    );
  });
}

/** @throws KindredError INVALID_ARGUMENT, DIMENSION_MISMATCH */
export function readTensor(tensor: Tensor, name: string): TensorValues {
  return reading(name, () => {
    const isDims = 'dims' in tensor;
    const shape = Array.from(isDims ? tensor.dims : tensor.shape);
    const values = isDims ? tensor.data : tensor.dataSync();
    const type = isDims ? tensor.type : undefined;
    if (!isNumberArray(values)) {
      const remedy = ArrayBuffer.isView(values) ? ': convert it to float32' : '';
      throw new KindredError('INVALID_ARGUMENT', `${name} is a tensor whose values are ${show(values)}${remedy}`);
    }
    refuseDetached(values, name);
    const length = shape.reduce((product, axis) => product * axis, 1);
    if (!shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0) || values.length !== length) {
      throw new KindredError(
        'DIMENSION_MISMATCH',
        `${name} is a tensor of shape ${shapeText(shape)} with ${values.length} values`,
      );
    }
    return {
      data: type === 'float16' && values instanceof Uint16Array ? (widen('float16', values) as Float32Array) : values,
      shape,
    };
  });
}

/** Rows and their length. @throws KindredError DIMENSION_MISMATCH if other axes than the first and one more are long. */
export function rowsOfTensor({ shape }: TensorValues, name: string): { readonly rows: number; readonly dim: number } {
  const [rows, ...rest] = shape;
  const long = rest.filter((axis) => axis !== 1);
  if (long.length > 1) throw tooManyAxes(shape, name, '[rows, dim]');
  return { rows, dim: long[0] ?? 1 };
}

/** @throws KindredError DIMENSION_MISMATCH if more than one axis is long. */
export function refuseSeveralRows({ shape }: TensorValues, name: string): void {
  if (shape.filter((axis) => axis !== 1).length > 1) throw tooManyAxes(shape, name, '[dim] or [1, dim]');
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

function tooManyAxes(shape: readonly number[], name: string, expected: string): KindredError {
  return new KindredError(
    'DIMENSION_MISMATCH',
    `${name} is a tensor of shape ${shapeText(shape)}, expected ${expected}: pool it or cut it apart first`,
  );
}
