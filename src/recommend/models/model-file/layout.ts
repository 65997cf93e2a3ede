/**
 * A model as one file: a header, a manifest in JSON, and arrays. Described in docs/formats/model-file.md.
 *
 * A model takes part by `toParts()`, which gives its name, options and arrays, and by a static `fromParts(interactions,
 * parts, backend?)`, which makes it again and throws for arrays of the wrong kind or length. model-classes.ts names
 * every class.
 */
import { crc32 } from '../../../files/checksum.js';
import { type FileKind, magicOf } from '../../../files/head.js';
import type { InteractionsParts } from '../../data/parts.js';

/** What a model is besides its interactions. */
export interface ModelParts {
  /** The class, such as `ItemKnn`. */
  readonly name: string;
  /** Options as JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly arrays: Readonly<Record<string, ModelArray>>;
  /** Models that this one is mixed from. */
  readonly models?: readonly ModelParts[] | undefined;
}

export type ModelArray = Uint8Array | Uint32Array | Float32Array | Float64Array;

export const KIND: FileKind = { magic: magicOf('KNM'), version: 1 };
/** Of the manifest in JSON, which follows the header. */
export const JSON_BYTES_AT = 24;
export const ARRAYS = { u8: Uint8Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array } as const;
export type ArrayType = keyof typeof ARRAYS;
const CHECKED_AT_ONCE = 2 ** 26;
/** Mixtures of mixtures: nobody needs more, and a forged file shall not exhaust the stack. */
export const DEPTH_MAX = 8;

export interface ArrayEntry {
  readonly name: string;
  readonly type: ArrayType;
  readonly length: number;
  readonly crc32: number;
}
export interface ModelEntry {
  readonly name: string;
  readonly options: Record<string, unknown>;
  /** Names of the arrays of this model. */
  readonly arrays: readonly string[];
  readonly models: readonly ModelEntry[];
}
export interface Manifest {
  readonly users: number;
  readonly items: number;
  readonly duplicates: InteractionsParts['duplicates'];
  /** What times are in, if that is known. */
  readonly timeUnit?: InteractionsParts['timeUnit'];
  readonly model: ModelEntry;
  /** In the order of the file. */
  readonly arrays: readonly ArrayEntry[];
}

/** In pieces, because no checksum of the platform needs to take more than these at once. */
export function checksumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += CHECKED_AT_ONCE) sum = crc32(bytes.subarray(at, at + CHECKED_AT_ONCE), sum);
  return sum;
}
