/** Which places of a model's output count when they are averaged: those that are no padding. */
import { listed, show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { type DimsTensor, shapeText } from '../../similarity/tensors.js';

/** A tensor of a mask, whose values may be 64-bit integers, as tokenizers give them. */
interface MaskTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): unknown;
}

/**
 * 1 for each place that counts and 0 for padding, for each input: a tensor of shape [inputs, places], such as a tokenizer's
 * attention mask, or an array of arrays.
 */
export type PoolingMask = DimsTensor | MaskTensor | readonly ArrayLike<number | bigint | boolean>[];

export interface MaskValues {
  readonly rows: number;
  readonly values: ArrayLike<unknown>;
}

/** @throws KindredError INVALID_ARGUMENT, DIMENSION_MISMATCH */
export function plainMask(mask: unknown, name: string): MaskValues {
  if (!Array.isArray(mask) || !mask.every((row) => Array.isArray(row) || ArrayBuffer.isView(row))) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `the mask of ${name} is ${show(mask)}, expected a tensor or arrays of 0 and 1`,
    );
  }
  return { rows: mask.length, values: mask.flatMap((row) => Array.from(row as ArrayLike<unknown>)) };
}

/** @throws KindredError INVALID_ARGUMENT, DIMENSION_MISMATCH */
export function tensorMask(shape: readonly number[], values: unknown, name: string): MaskValues {
  const length = shape.reduce((product, axis) => product * axis, 1);
  const isList = ArrayBuffer.isView(values) && !(values instanceof DataView);
  if (!isList || (values as Uint8Array).length !== length) {
    const found = isList ? `with ${(values as Uint8Array).length} values` : `of ${show(values)}`;
    throw new KindredError('DIMENSION_MISMATCH', `the mask of ${name} has the shape ${shapeText(shape)} ${found}`);
  }
  return { rows: shape[0], values: values as Uint8Array };
}

/**
 * A flag for every place of every input, and how many count for each input.
 * @throws KindredError INVALID_ARGUMENT, DIMENSION_MISMATCH
 */
export function placesThatCount(
  { rows, values }: MaskValues,
  inputs: number,
  places: number,
  name: string,
): { readonly flags: Uint8Array; readonly counts: Uint32Array } {
  if (rows !== inputs || values.length !== inputs * places) {
    const expected = `expected ${places} for each of ${inputs}`;
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `the mask of ${name} has ${values.length} places for ${rows} inputs, ${expected}`,
    );
  }
  const flags = Uint8Array.from(values, (value, at) => {
    if (value === 1 || value === 1n || value === true) return 1;
    if (value === 0 || value === 0n || value === false) return 0;
    const place = `input ${Math.floor(at / places)}, place ${at % places}`;
    throw new KindredError(
      'INVALID_ARGUMENT',
      `the mask of ${name} has ${show(value)} at ${place}, expected ${listed(['0', '1'])}`,
    );
  });
  const counts = Uint32Array.from({ length: inputs }, (_, input) => {
    return flags.subarray(input * places, (input + 1) * places).reduce((sum, flag) => sum + flag, 0);
  });
  const empty = counts.indexOf(0);
  if (empty >= 0) throw new KindredError('INVALID_ARGUMENT', `the mask of ${name} leaves nothing of input ${empty}`);
  return { flags, counts };
}
