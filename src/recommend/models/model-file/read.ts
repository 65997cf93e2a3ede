/** Reads a model's interactions and parts out of its file, and refuses what is none. */
import { readBytes } from '../../../arguments/choices.js';
import { KindredError } from '../../../errors.js';
import { getUint64, toHostOrder, viewOf } from '../../../files/byte-order.js';
import {
  aligned,
  type Fail,
  failingFor,
  HEADER_BYTES,
  hex,
  requireChecksum,
  requireFileBytes,
  requireVersion,
  requireZeros,
  wrongMagicAt,
} from '../../../files/head.js';
import { decodingIds } from '../../../files/ids.js';
import { runAtOnce } from '../../../turns/steps.js';
import type { Id } from '../../data/ids.js';
import { Interactions } from '../../data/interactions.js';
import type { InteractionsParts } from '../../data/parts.js';
import {
  ARRAYS,
  checksumOf,
  DEPTH_MAX,
  JSON_BYTES_AT,
  KIND,
  type Manifest,
  type ModelArray,
  type ModelEntry,
  type ModelParts,
} from './layout.js';

const INDEX_LETTER = 'D'.charCodeAt(0);

/** What a file holds. */
export interface ReadModel {
  readonly interactions: Interactions<Id, Id>;
  readonly parts: ModelParts;
}

/**
 * Reads what `writeModel` wrote. Arrays are copied, unless the bytes are given away.
 * @throws KindredError CORRUPT_FILE naming what was found and where.
 */
export function readModel(bytes: Uint8Array, name = 'the model', isGiven = false): ReadModel {
  readBytes(bytes, 'bytes');
  // The slices of Node's Buffer would share its memory.
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const fail = failingFor(name);
  const json = readHead(file, name, fail);
  const manifest = readManifest(json, fail);
  const arrays = readArrays(file, requirePadding(file, HEADER_BYTES + json.length, fail), manifest, fail, isGiven);
  const take = <T extends ModelArray>(which: string, kind: new (...args: never[]) => T): T => {
    const array = arrays.get(which);
    return array instanceof kind ? array : fail(`no array "${which}" of ${kind.name}`);
  };
  const ids = (which: 'users' | 'items'): readonly Id[] => {
    const count = manifest[which];
    const found = runAtOnce(
      decodingIds<Id>(take(which, Uint8Array), count, 0, (what) => fail(`in the ${which}: ${what}`)),
    ).ids;
    // A count alone could claim any number of them.
    return found ?? fail(`ids of ${which} that are counted, not listed`);
  };
  const parts: InteractionsParts = {
    users: ids('users'),
    items: ids('items'),
    indptr: take('indptr', Uint32Array),
    indices: take('indices', Uint32Array),
    values: take('values', Float32Array),
    times: arrays.has('times') ? take('times', Float64Array) : undefined,
    timeUnit: manifest.timeUnit,
    duplicates: manifest.duplicates,
  };
  return asCorrupt(name, () => ({
    interactions: Interactions.fromParts(parts),
    parts: readParts(manifest.model, 'model', arrays, fail, 0),
  }));
}

/** What a model refuses of its own parts is the file's fault, not the caller's. */
export function asCorrupt<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof KindredError) || cause.code === 'BACKEND_UNAVAILABLE') throw cause;
    if (cause.code === 'CORRUPT_FILE' && cause.message.startsWith(name)) throw cause;
    throw new KindredError('CORRUPT_FILE', `${name}: ${cause.message}`, { cause });
  }
}

/** Refuses by its first bytes what is no model, or not as long as it says. */
export function requireModel(name: string): (head: Uint8Array, fileBytes: number) => void {
  const fail = failingFor(name);
  return (head, fileBytes) => {
    if (wrongMagicAt(head, KIND) >= 0) {
      const isIndex = head[0] === KIND.magic[0] && head[3] === INDEX_LETTER;
      fail(isIndex ? 'an index, which VectorIndex reads' : 'another beginning than that of a kindred model, \\x89KNM');
    }
    requireVersion(head, KIND, fileBytes, fail);
    requireFileBytes(head, fileBytes, fail);
  };
}

/** The manifest's bytes, the checksum of which is right. */
function readHead(file: Uint8Array, name: string, fail: Fail): Uint8Array {
  requireModel(name)(file, file.length);
  const jsonBytes = getUint64(viewOf(file), JSON_BYTES_AT);
  if (jsonBytes > file.length - HEADER_BYTES) {
    fail(`a manifest of ${jsonBytes} bytes at byte ${JSON_BYTES_AT}, more than there are`);
  }
  const head = file.subarray(0, HEADER_BYTES + jsonBytes);
  requireChecksum(head, 'header and manifest', fail);
  return head.subarray(HEADER_BYTES);
}

function readManifest(json: Uint8Array, fail: Fail): Manifest {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    return fail('a manifest that is no JSON');
  }
  const isWhole =
    isObject(manifest) &&
    [manifest.users, manifest.items].every(isCount) &&
    isList(manifest.arrays) &&
    manifest.arrays.every((each) => isObject(each) && typeof each.name === 'string' && isCount(each.length)) &&
    manifest.arrays.every((each) => Object.hasOwn(ARRAYS, each.type));
  return isWhole ? manifest : fail('a manifest that describes no model');
}

function readParts(
  entry: ModelEntry,
  prefix: string,
  arrays: Map<string, ModelArray>,
  fail: Fail,
  depth: number,
): ModelParts {
  const isNamed = isObject(entry) && typeof entry.name === 'string' && isObject(entry.options);
  const isModel = isNamed && isList(entry.arrays) && isList(entry.models);
  if (!isModel || depth > DEPTH_MAX) fail(`a description of ${prefix} that no model has`);
  const own = Object.fromEntries(
    entry.arrays.map((which) => [which, arrays.get(`${prefix}.${which}`) ?? fail(`no array "${prefix}.${which}"`)]),
  );
  const models = entry.models.map((each, n) => readParts(each, `${prefix}.${n}`, arrays, fail, depth + 1));
  return { name: entry.name, options: entry.options, arrays: own, models };
}

/** Arrays stand in the order of the manifest, without gaps but for zeros up to the next multiple of 64. */
function readArrays(
  file: Uint8Array,
  first: number,
  { arrays }: Manifest,
  fail: Fail,
  isGiven: boolean,
): Map<string, ModelArray> {
  const read = new Map<string, ModelArray>();
  let at = first;
  for (const { name, type, length, crc32: stated } of arrays) {
    const bytes = length * ARRAYS[type].BYTES_PER_ELEMENT;
    if (bytes > file.length - at)
      fail(`an array "${name}" of ${bytes} bytes at byte ${at}; ${file.length - at} are left`);
    const source = file.subarray(at, at + bytes);
    const computed = checksumOf(source);
    if (stated !== computed)
      fail(`checksum ${hex(computed)} of the array "${name}" at byte ${at}, expected ${hex(stated)}`);
    const { buffer, byteOffset } = isGiven ? source : source.slice();
    const array = new ARRAYS[type](buffer as ArrayBuffer, byteOffset, length);
    toHostOrder(array);
    read.set(name, array);
    at = requirePadding(file, at + bytes, fail);
  }
  if (at !== file.length) fail(`${file.length} bytes, but the last array ends the file at byte ${at}`);
  return read;
}

function requirePadding(file: Uint8Array, from: number, fail: Fail): number {
  const to = aligned(from);
  if (to > file.length) fail(`the end at byte ${file.length}, before byte ${to}`);
  requireZeros(file, from, to, 0, fail);
  return to;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
