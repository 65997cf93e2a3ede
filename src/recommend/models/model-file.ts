/**
 * A model as one file: a header, a manifest in JSON, and arrays. Described in docs/formats/model-file.md.
 *
 * A model takes part by `toParts()`, which gives its name, options and arrays, and by a static `fromParts(interactions,
 * parts, backend?)`, which makes it again and throws for arrays of the wrong kind or length. model-classes.ts names
 * every class.
 */
import { readBytes } from '../../arguments/choices.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { readBackend } from '../../backend/choose.js';
import type { Backend } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { getUint64, setUint64, toFileOrder, toHostOrder, viewOf } from '../../files/byte-order.js';
import { crc32 } from '../../files/checksum.js';
import {
  aligned,
  type Fail,
  type FileKind,
  failingFor,
  HEADER_BYTES,
  hex,
  magicOf,
  requireChecksum,
  requireFileBytes,
  requireVersion,
  requireZeros,
  sealHead,
  wrongMagicAt,
} from '../../files/head.js';
import { decodingIds, encodingIds } from '../../files/ids.js';
import { runAtOnce } from '../../turns/steps.js';
import type { Id } from '../data/ids.js';
import { Interactions } from '../data/interactions.js';
import type { InteractionsParts } from '../data/parts.js';

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

/** What a file holds. */
export interface ReadModel {
  readonly interactions: Interactions<Id, Id>;
  readonly parts: ModelParts;
}

const KIND: FileKind = { magic: magicOf('KNM'), version: 1 };
const INDEX_LETTER = 'D'.charCodeAt(0);
/** Of the manifest in JSON, which follows the header. */
const JSON_BYTES_AT = 24;
const ARRAYS = { u8: Uint8Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array } as const;
type ArrayType = keyof typeof ARRAYS;
const CHECKED_AT_ONCE = 2 ** 26;
/** Mixtures of mixtures: nobody needs more, and a forged file shall not exhaust the stack. */
const DEPTH_MAX = 8;

interface ArrayEntry {
  readonly name: string;
  readonly type: ArrayType;
  readonly length: number;
  readonly crc32: number;
}
interface ModelEntry {
  readonly name: string;
  readonly options: Record<string, unknown>;
  /** Names of the arrays of this model. */
  readonly arrays: readonly string[];
  readonly models: readonly ModelEntry[];
}
interface Manifest {
  readonly users: number;
  readonly items: number;
  readonly duplicates: InteractionsParts['duplicates'];
  /** What times are in, if that is known. */
  readonly timeUnit?: InteractionsParts['timeUnit'];
  readonly model: ModelEntry;
  /** In the order of the file. */
  readonly arrays: readonly ArrayEntry[];
}

/** The pieces of a file, each at a multiple of 64 bytes. Arrays are shared with the model until they are written. */
export function modelPieces(
  interactions: Interactions<Id, Id>,
  parts: ModelParts,
): { at: number; bytes: Uint8Array }[] {
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

/** What only files on a disk need is loaded with the first of them. */
const disk = () => import('../../files/disk.js');

/**
 * Writes the file beside its place and then gives it the name, so that a crash leaves the old or the new. Node only.
 */
export async function saveModel(
  path: string | URL,
  interactions: Interactions<Id, Id>,
  parts: ModelParts,
): Promise<void> {
  const pieces = modelPieces(interactions, parts);
  const { saveFile } = await disk();
  await saveFile(path, { length: lengthOf(pieces), pieces: () => pieces.values() });
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

export interface LoadModelOptions {
  /** Computes what the model is asked. Default the best that runs here. */
  readonly backend?: Backend | string | undefined;
}

const LOAD_OPTIONS: OptionNames<LoadModelOptions> = { backend: true };

/** Before the file, because it is the caller's word. @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
function readLoading(options: LoadModelOptions): Backend | undefined {
  const { backend } = readObject(options, "{ backend: 'wasm' }", LOAD_OPTIONS);
  return backend === undefined ? undefined : readBackend(backend);
}

/** The type of the ids is the caller's word. */
type Make<M, U extends Id, I extends Id> = (
  interactions: Interactions<U, I>,
  parts: ModelParts,
  backend?: Backend | string,
) => M;

/** A model of the class named, or of any, out of bytes. */
export function fromBytes<M, U extends Id, I extends Id>(
  wanted: string | undefined,
  bytes: Uint8Array,
  options: LoadModelOptions,
  make: Make<M, U, I>,
): M {
  const backend = readLoading(options);
  return makeOf('the model', wanted, readModel(bytes), backend, make);
}

/** A model of the class named, or of any, out of a file. Node only. */
export async function load<M, U extends Id, I extends Id>(
  wanted: string | undefined,
  path: string | URL,
  options: LoadModelOptions,
  make: Make<M, U, I>,
): Promise<M> {
  const backend = readLoading(options);
  const { locate, readWholeFile } = await disk();
  const { name } = locate(path);
  return makeOf(name, wanted, readModel(await readWholeFile(path, requireModel(name)), name, true), backend, make);
}

function makeOf<M, U extends Id, I extends Id>(
  name: string,
  wanted: string | undefined,
  { interactions, parts }: ReadModel,
  backend: Backend | undefined,
  make: Make<M, U, I>,
): M {
  if (wanted !== undefined && parts.name !== wanted) {
    const advice = 'loadModel and modelFromBytes read models of every class';
    throw new KindredError(
      'MODEL_MISMATCH',
      `${name}: found a model of the class ${show(parts.name)}, expected ${show(wanted)}; ${advice}`,
    );
  }
  return asCorrupt(name, () => make(interactions as Interactions<never, never> as Interactions<U, I>, parts, backend));
}

/** What a model refuses of its own parts is the file's fault, not the caller's. */
function asCorrupt<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof KindredError) || cause.code === 'BACKEND_UNAVAILABLE') throw cause;
    if (cause.code === 'CORRUPT_FILE' && cause.message.startsWith(name)) throw cause;
    throw new KindredError('CORRUPT_FILE', `${name}: ${cause.message}`, { cause });
  }
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

function writeHead(json: Uint8Array, fileBytes: number): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES + json.length);
  setUint64(viewOf(head), JSON_BYTES_AT, json.length);
  head.set(json, HEADER_BYTES);
  sealHead(head, KIND, fileBytes);
  return head;
}

/** The manifest's bytes, the checksum of which is right. */
/** Refuses by its first bytes what is no model, or not as long as it says. */
function requireModel(name: string): (head: Uint8Array, fileBytes: number) => void {
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

/** In pieces, because no checksum of the platform needs to take more than these at once. */
function checksumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += CHECKED_AT_ONCE) sum = crc32(bytes.subarray(at, at + CHECKED_AT_ONCE), sum);
  return sum;
}

function requirePadding(file: Uint8Array, from: number, fail: Fail): number {
  const to = aligned(from);
  if (to > file.length) fail(`the end at byte ${file.length}, before byte ${to}`);
  requireZeros(file, from, to, 0, fail);
  return to;
}

function lengthOf(pieces: readonly { at: number; bytes: Uint8Array }[]): number {
  const { at, bytes } = pieces[pieces.length - 1];
  return aligned(at + bytes.length);
}

function typeOf(array: ModelArray): ArrayType {
  return (Object.keys(ARRAYS) as ArrayType[]).find((type) => array instanceof ARRAYS[type]) as ArrayType;
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
