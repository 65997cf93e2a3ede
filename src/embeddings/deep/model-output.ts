/** What a model gave for a batch, as rows: plain vectors, or a tensor of onnxruntime, transformers.js or tfjs. */
import { isNumberArray } from '../../arguments/arrays.js';
import { reading } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import type { Floats } from '../../backend/contract/backend.js';
import { widen } from '../../backend/reference/elements.js';
import { KindredError } from '../../errors.js';
import type { DimsTensor } from '../../similarity/tensors.js';
import { type Matrix, readVector, readVectors, type Vectors } from '../../similarity/vectors.js';
import { type MaskValues, type PoolingMask, placesThatCount, plainMask, tensorMask } from './pooling-mask.js';

/**
 * A tensor as onnxruntime has it (`onnxruntime-node`, `onnxruntime-web`): one of the outputs that a session's `run`
 * names.
 */
export interface OnnxTensor {
  readonly dims: readonly number[];
  /** `float32`, `float64`, `float16` and the integers of up to 32 bits are read. */
  readonly type: string;
  /** Copies the values from where the model ran. */
  getData(): Promise<unknown>;
  dispose(): void;
}

/** A tensor as tfjs has it. */
export interface TfjsTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<unknown>;
  dispose(): void;
}

/**
 * One embedding for each input of a batch, in their order: an array of vectors, a Matrix, a flat array where `dim` is
 * given, or a tensor of shape [inputs, dim], in which axes of length 1 may stand anywhere after the first. Tensors
 * are disposed of once they are read.
 */
export type ModelOutput = Vectors | OnnxTensor | TfjsTensor;

/** An output with the mask of its batch, for `pooling: 'mean'`. */
export interface MaskedOutput {
  readonly output: ModelOutput;
  readonly mask: PoolingMask;
}

/** What an output is held against. */
export interface Expected {
  /** Rows that it must have. */
  readonly rows: number;
  /** Elements that each row must have, if that is known. */
  readonly dim: number | undefined;
  /**
   * Whether the axes between the first and the features are averaged away; and whether features are axis 1, not the
   * last.
   */
  readonly pooling: 'mean' | undefined;
  readonly featuresFirst: boolean;
  /** Of the places that are averaged: those that count. */
  readonly mask: PoolingMask | undefined;
  /** How errors begin, such as `model "x"`. */
  readonly name: string;
}

interface Shaped {
  readonly data: Floats;
  readonly shape: readonly number[];
}

/** @throws KindredError DIMENSION_MISMATCH, INVALID_ARGUMENT. Values are not checked. */
export async function readModelOutput(output: ModelOutput, expected: Expected): Promise<Matrix<Floats>> {
  const { rows, dim, name } = expected;
  const mask = expected.mask === undefined ? undefined : await readMask(expected.mask, name);
  if (mask && expected.pooling === undefined) {
    throw new KindredError('INVALID_ARGUMENT', `${name} gave a mask, which is for { pooling: 'mean' }`);
  }
  if (mask && !isModelTensor(output)) throw pooledAlready(name);
  const matrix = isModelTensor(output)
    ? toRows(await readTensor(output, name), mask, expected)
    : plainRows(output as Vectors, expected);
  if (matrix.rows !== rows) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `${name} gave ${count(matrix.rows, 'row')} for ${count(rows, 'input')}`,
    );
  }
  if (matrix.dim === 0) throw new KindredError('DIMENSION_MISMATCH', `${name} gave rows of no elements`);
  if (dim !== undefined && matrix.dim !== dim) {
    throw new KindredError('DIMENSION_MISMATCH', `${name} gave rows of ${matrix.dim} elements, expected ${dim}`);
  }
  return matrix;
}

function pooledAlready(name: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', `${name} gave a mask for rows that are pooled already`);
}

function plainRows(output: Vectors, { dim, name }: Expected): Matrix<Floats> {
  const isFlat = ArrayBuffer.isView(output) || (Array.isArray(output) && typeof output[0] === 'number');
  if (isFlat && dim === undefined) {
    // Cut by the number of inputs, one long vector would pass for several short ones.
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${name} gave a flat array, which needs { dim } in the embedder's options`,
    );
  }
  const isRows = isFlat || Array.isArray(output) || (isObject(output) && 'rows' in output);
  if (!isRows) {
    const hint = isObject(output) ? ': of a run with named outputs, return one' : '';
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${name} gave ${show(output)}, expected an array of vectors, a matrix or a tensor${hint}`,
    );
  }
  try {
    return readVectors(output, isFlat ? dim : undefined);
  } catch (error) {
    if (!(error instanceof KindredError)) throw error;
    throw new KindredError(error.code, `${name} gave rows that cannot be read: ${error.message}`, { cause: error });
  }
}

async function readTensor(tensor: ModelTensor, name: string): Promise<Shaped> {
  try {
    const { shape, type } = reading(`the tensor of ${name}`, () => ({
      shape: Array.from('dims' in tensor ? tensor.dims : tensor.shape),
      type: 'dims' in tensor ? (tensor.type ?? 'float32') : tensor.dtype,
    }));
    const data = tensorValues(await valuesOf(tensor), type, name);
    const length = shape.reduce((product, axis) => product * axis, 1);
    if (data.length !== length) {
      throw new KindredError(
        'DIMENSION_MISMATCH',
        `${name} gave a tensor of shape ${bracketed(shape)}, which needs ${length} values, with ${data.length}`,
      );
    }
    return { data, shape };
  } finally {
    tensor.dispose?.();
  }
}

/** transformers.js has values at hand; onnxruntime and tfjs may have to fetch them. */
function valuesOf(tensor: ModelTensor): unknown {
  if ('getData' in tensor && typeof tensor.getData === 'function') return tensor.getData();
  return typeof tensor.data === 'function' ? tensor.data() : tensor.data;
}

const NUMBERS = /^(float(16|32|64)|u?int(8|16|32))$/;

/** Copied, because disposing of a tensor may give its memory back. */
function tensorValues(values: unknown, type: unknown, name: string): Floats {
  if (typeof type !== 'string' || !NUMBERS.test(type) || !isNumberArray(values)) {
    throw new KindredError('INVALID_ARGUMENT', `${name} gave a tensor of ${show(type)}, expected one of numbers`);
  }
  // Where JavaScript has no Float16Array, a runtime hands out the bits.
  if (type === 'float16' && values instanceof Uint16Array) return widen('float16', values);
  return readVector(values).slice();
}

/** Rows of a tensor, pooled if that was asked for. */
function toRows(
  { data, shape }: Shaped,
  mask: MaskValues | undefined,
  { rows, pooling, featuresFirst, name }: Expected,
): Matrix<Floats> {
  // A model without a batch axis embeds one input at a time.
  const [first = 1, ...rest] = shape.length === 1 && rows === 1 ? [1, ...shape] : shape;
  const axes = rest.filter((axis) => axis !== 1);
  if (mask && rest.length < 2) throw pooledAlready(name);
  if (axes.length <= 1 && !mask) return { data, rows: first, dim: axes[0] ?? 1 };
  if (pooling === undefined) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `${name} gave a tensor of shape ${bracketed(shape)}, expected [${rows}, dim]; pooling: 'mean' averages the axes between`,
    );
  }
  const dim = featuresFirst ? rest[0] : rest[rest.length - 1];
  const places = rest.reduce((product, axis) => product * axis, 1) / dim;
  if (!(places > 0)) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `${name} gave a tensor of shape ${bracketed(shape)}: nothing to average`,
    );
  }
  const counting = mask && placesThatCount(mask, first, places, name);
  const pooled = new Float64Array(first * dim);
  for (let row = 0; row < first; row++) {
    for (let place = 0; place < places; place++) {
      if (counting && counting.flags[row * places + place] === 0) continue;
      for (let feature = 0; feature < dim; feature++) {
        const at = featuresFirst ? feature * places + place : place * dim + feature;
        pooled[row * dim + feature] += data[row * places * dim + at];
      }
    }
  }
  const countOf = (row: number) => (counting ? counting.counts[row] : places);
  return { data: pooled.map((sum, i) => sum / countOf(Math.floor(i / dim))), rows: first, dim };
}

type ModelTensor = (OnnxTensor | TfjsTensor | DimsTensor) & {
  readonly data?: unknown;
  readonly dispose?: () => void;
};

function isModelTensor(output: unknown): output is ModelTensor {
  if (!isObject(output) || ArrayBuffer.isView(output)) return false;
  return reading('a tensor', () => {
    if ('dims' in output) return Array.isArray(output.dims) && ('getData' in output || 'data' in output);
    return 'shape' in output && 'data' in output && typeof output.data === 'function';
  });
}

/** An output and its mask, taken apart. */
export function withoutMask(output: ModelOutput | MaskedOutput): {
  output: ModelOutput;
  mask: PoolingMask | undefined;
} {
  const isMasked = isObject(output) && !ArrayBuffer.isView(output) && 'output' in output && 'mask' in output;
  return isMasked ? (output as MaskedOutput) : { output: output as ModelOutput, mask: undefined };
}

async function readMask(mask: PoolingMask, name: string): Promise<MaskValues> {
  if (!isModelTensor(mask)) return plainMask(mask, name);
  const values = await valuesOf(mask);
  return tensorMask(Array.from('dims' in mask ? mask.dims : mask.shape), values, name);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function bracketed(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** `1 row`, `3 rows`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
