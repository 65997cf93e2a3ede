/** Writes a model, into a block of bytes or to a file. */
import { KindredError } from '../../../errors.js';
import { setUint64, toFileOrder, viewOf } from '../../../files/byte-order.js';
import { aligned, HEADER_BYTES, sealHead } from '../../../files/head.js';
import { encodingIds } from '../../../files/ids.js';
import { runAtOnce } from '../../../turns/steps.js';
import type { Id } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import {
  ARRAYS,
  type ArrayType,
  checksumOf,
  DEPTH_MAX,
  JSON_BYTES_AT,
  KIND,
  type Manifest,
  type ModelArray,
  type ModelEntry,
  type ModelParts,
} from './layout.js';

/** The whole file. @throws KindredError INVALID_ARGUMENT if it would be too large for one array. */
export function writeModel(interactions: Interactions<Id, Id>, parts: ModelParts): Uint8Array<ArrayBuffer> {
  const pieces = modelPieces(interactions, parts);
  const length = lengthOf(pieces);
  let file: Uint8Array<ArrayBuffer>;
  try {
    file = new Uint8Array(length);
  } catch (cause) {
    const message = `The model has ${length} bytes, more than one array can hold here: save it to a file instead`;
    throw new KindredError('INVALID_ARGUMENT', message, { cause });
  }
  for (const { at, bytes } of pieces) file.set(bytes, at);
  return file;
}

/**
 * Writes the file beside its place and then gives it the name, so that a crash leaves the old or the new. Node only.
 */
export async function saveModel(
  path: string | URL,
  interactions: Interactions<Id, Id>,
  parts: ModelParts,
): Promise<void> {
  const pieces = modelPieces(interactions, parts);
  // What only files on a disk need is loaded with the first of them.
  const { saveFile } = await import('../../../files/disk.js');
  await saveFile(path, { length: lengthOf(pieces), pieces: () => pieces.values() });
}

/** The pieces of a file, each at a multiple of 64 bytes. Arrays are shared with the model until they are written. */
function modelPieces(interactions: Interactions<Id, Id>, parts: ModelParts): { at: number; bytes: Uint8Array }[] {
  const { users, items, indptr, indices, values, times, timeUnit, duplicates } = interactions.toParts();
  const arrays = new Map<string, ModelArray>([
    ['users', runAtOnce(encodingIds(users, 0, { canNumber: false }))],
    ['items', runAtOnce(encodingIds(items, 0, { canNumber: false }))],
    ['indptr', indptr],
    ['indices', indices],
    ['values', values],
  ]);
  if (times) arrays.set('times', times);
  const model = describe(parts, 'model', arrays);
  const named = Array.from(arrays, ([name, array]) => ({ name, array, bytes: toFileOrder(array) }));
  const entries = named.map(({ name, array, bytes }) => {
    return { name, type: typeOf(array), length: array.length, crc32: checksumOf(bytes) };
  });
  const manifest: Manifest = { users: users.length, items: items.length, duplicates, timeUnit, model, arrays: entries };
  const json = new TextEncoder().encode(JSON.stringify(manifest));
  let at = aligned(HEADER_BYTES + json.length);
  const pieces = named.map(({ bytes }) => {
    const piece = { at, bytes };
    at = aligned(at + bytes.length);
    return piece;
  });
  return [{ at: 0, bytes: writeHead(json, at) }, ...pieces];
}

/** Puts a model's arrays among those of the file, under names that tell whose they are. */
function describe(
  { name, options, arrays, models = [] }: ModelParts,
  prefix: string,
  into: Map<string, ModelArray>,
  depth = 0,
): ModelEntry {
  if (depth > DEPTH_MAX) {
    throw new KindredError('INVALID_ARGUMENT', `models are mixed ${depth} deep, and a file can hold ${DEPTH_MAX}`);
  }
  for (const [which, array] of Object.entries(arrays)) into.set(`${prefix}.${which}`, array);
  const members = models.map((each, n) => describe(each, `${prefix}.${n}`, into, depth + 1));
  return { name, options: { ...options }, arrays: Object.keys(arrays), models: members };
}

function writeHead(json: Uint8Array, fileBytes: number): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES + json.length);
  setUint64(viewOf(head), JSON_BYTES_AT, json.length);
  head.set(json, HEADER_BYTES);
  sealHead(head, KIND, fileBytes);
  return head;
}

function lengthOf(pieces: readonly { at: number; bytes: Uint8Array }[]): number {
  const { at, bytes } = pieces[pieces.length - 1];
  return aligned(at + bytes.length);
}

function typeOf(array: ModelArray): ArrayType {
  return (Object.keys(ARRAYS) as ArrayType[]).find((type) => array instanceof ARRAYS[type]) as ArrayType;
}
