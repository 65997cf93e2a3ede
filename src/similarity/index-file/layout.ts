/** What an index file is made of: header, table of sections, and how each is checked. Described in docs/formats/index-file.md. */
import type { Dtype, EncodingMode, Metric } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { crc32 } from './checksum.js';

/** As in PNG: not text, and damaged visibly by whatever changes line ends or stops at an end-of-file mark. */
const MAGIC = [0x89, 0x4b, 0x4e, 0x44, 0x0d, 0x0a, 0x1a, 0x0a];
const VERSION = 1;
export const HEADER_BYTES = 64;
const ENTRY_BYTES = 32;
/** Sections begin at multiples of this. */
export const ALIGNMENT = 64;
/** Version 1 has five kinds; the rest is room. */
const SECTIONS_MAX = 64;
const REQUIRED = 1;

/** A code is the place in its list; new ones are added at the end. */
export const METRICS: readonly Metric[] = ['cosine', 'dot', 'euclidean'];
export const DTYPES: readonly Dtype[] = ['float32', 'float64', 'float16', 'bfloat16', 'int8'];
export const ENCODING_MODES: readonly EncodingMode[] = ['raw', 'centred', 'rotated'];
export const ELEMENT_BYTES: Record<Dtype, number> = { float32: 4, float64: 8, float16: 2, bfloat16: 2, int8: 1 };

/** The sections of version 1 by the four letters that name them, and whether a reader must know them. */
export const SECTIONS = {
  MODL: { required: false },
  IDS_: { required: true },
  ROWS: { required: true },
  NORM: { required: false },
  ENCO: { required: false },
} as const;
export type SectionName = keyof typeof SECTIONS;

/** What is said of the index as a whole. */
export interface Shape {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly rows: number;
}

export interface Section {
  /** Four letters; a name that this version does not know may stand here. */
  readonly name: string;
  readonly required: boolean;
  /** Offset in the file, a multiple of 64. */
  readonly at: number;
  readonly length: number;
  readonly checksum: number;
}

/** Bytes of header and table, which is where the first section begins. */
export function headBytes(sections: number): number {
  return aligned(HEADER_BYTES + sections * ENTRY_BYTES);
}

export function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** Header and table, up to where the first section begins. */
export function writeHead(shape: Shape, fileBytes: number, sections: readonly Section[]): Uint8Array {
  const bytes = new Uint8Array(headBytes(sections.length));
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, VERSION, true);
  setUint64(view, 16, fileBytes);
  view.setUint32(24, sections.length, true);
  view.setUint32(28, shape.dim, true);
  setUint64(view, 32, shape.rows);
  bytes[40] = METRICS.indexOf(shape.metric);
  bytes[41] = DTYPES.indexOf(shape.dtype);
  sections.forEach(({ name, required, at, length, checksum }, n) => {
    const entry = HEADER_BYTES + n * ENTRY_BYTES;
    for (let i = 0; i < 4; i++) bytes[entry + i] = name.charCodeAt(i);
    view.setUint32(entry + 4, required ? REQUIRED : 0, true);
    setUint64(view, entry + 8, at);
    setUint64(view, entry + 16, length);
    view.setUint32(entry + 24, checksum, true);
  });
  view.setUint32(12, headChecksum(bytes), true);
  return bytes;
}

/** Says what was found where, and refuses the file. */
export type Fail = (found: string) => never;

export function failingFor(name: string): Fail {
  return (found) => {
    throw new KindredError('CORRUPT_FILE', `${name}: found ${found}`);
  };
}

/**
 * Reads the first 64 bytes and returns how many bytes header and table have. Nothing is believed yet but the version, which
 * decides how the rest is read, and the lengths, which are compared with the file's own.
 */
export function readHeadBytes(header: Uint8Array, fileBytes: number, fail: Fail): number {
  const wrong = MAGIC.findIndex((byte, at) => header[at] !== byte);
  if (wrong >= 0) {
    fail(
      `${wrong < header.length ? `${hex(header[wrong])} at` : 'the end of the file at'} byte ${wrong}; a kindred index begins with \\x89KND`,
    );
  }
  if (header.length < HEADER_BYTES)
    fail(`the end of the file at byte ${fileBytes}, inside the header of ${HEADER_BYTES} bytes`);
  const view = viewOf(header);
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    const advice = version > VERSION ? 'it was written by a newer kindred, or is damaged' : 'the file is damaged';
    fail(`format version ${version} at byte 8, but version ${VERSION} can be read: ${advice}`);
  }
  const sections = view.getUint32(24, true);
  if (sections > SECTIONS_MAX) fail(`${sections} sections at byte 24; at most ${SECTIONS_MAX} are possible`);
  if (headBytes(sections) > fileBytes) {
    fail(`the end of the file at byte ${fileBytes}, inside the table of ${sections} sections`);
  }
  return headBytes(sections);
}

/** Reads header and table whole. Every section returned lies inside the file, and none over another. */
export function readHead(head: Uint8Array, fileBytes: number, fail: Fail): { shape: Shape; sections: Section[] } {
  const view = viewOf(head);
  const stated = view.getUint32(12, true);
  const computed = headChecksum(head);
  if (stated !== computed) fail(`checksum ${hex(stated)} at byte 12, but header and table have ${hex(computed)}`);

  const length = getUint64(view, 16);
  if (length !== fileBytes) fail(`a length of ${length} bytes at byte 16, but there are ${fileBytes}`);
  const count = view.getUint32(24, true);
  const dim = view.getUint32(28, true);
  if (dim === 0) fail('dimension 0 at byte 28');
  const rows = getUint64(view, 32);
  if (rows > 0xffffffff) fail(`${rows} rows at byte 32; at most ${0xffffffff} are possible`);
  const metric = METRICS[head[40]] ?? fail(`metric ${head[40]} at byte 40; 0 to ${METRICS.length - 1} are known`);
  const dtype = DTYPES[head[41]] ?? fail(`element type ${head[41]} at byte 41; 0 to ${DTYPES.length - 1} are known`);
  requireZeros(head, 42, HEADER_BYTES, 0, fail);
  requireZeros(head, HEADER_BYTES + count * ENTRY_BYTES, head.length, 0, fail);

  const sections = readTable(head, count, fileBytes, fail);
  return { shape: { dim, metric, dtype, rows }, sections };
}

/** Sections stand in the order of the table and without gaps, but for zeros up to the next multiple of 64. */
function readTable(head: Uint8Array, count: number, fileBytes: number, fail: Fail): Section[] {
  const view = viewOf(head);
  const sections: Section[] = [];
  let next = head.length;
  for (let n = 0; n < count; n++) {
    const entry = HEADER_BYTES + n * ENTRY_BYTES;
    const name = String.fromCharCode(...head.subarray(entry, entry + 4));
    const place = `section ${n} (${printable(name)})`;
    const flags = view.getUint32(entry + 4, true);
    if (flags > REQUIRED) fail(`flags ${hex(flags)} of ${place} at byte ${entry + 4}; 0 and 1 are known`);
    const at = getUint64(view, entry + 8);
    if (at !== next) fail(`offset ${at} of ${place} at byte ${entry + 8}, expected ${next}`);
    const length = getUint64(view, entry + 16);
    if (length > fileBytes - at) {
      fail(`length ${length} of ${place} at byte ${entry + 16}, but only ${fileBytes - at} bytes are left`);
    }
    requireZeros(head, entry + 28, entry + 32, 0, fail);
    if (sections.some((each) => each.name === name)) fail(`a second ${printable(name)} section at byte ${entry}`);
    const required = flags === REQUIRED;
    if (required && !Object.hasOwn(SECTIONS, name)) {
      fail(`the section ${printable(name)} at byte ${entry}, which only a newer kindred can read`);
    }
    sections.push({ name, required, at, length, checksum: view.getUint32(entry + 24, true) });
    next = aligned(at + length);
  }
  if (next !== fileBytes) fail(`${fileBytes} bytes, but the last section ends the file at byte ${next}`);
  return sections;
}

/** The checksum covers header and table but for the four bytes that hold it. */
function headChecksum(head: Uint8Array): number {
  return crc32(head.subarray(16), crc32(head.subarray(0, 12)));
}

/** `bytes` stand at byte `place` of the file; its part from `start` to `end` must be zero. */
export function requireZeros(bytes: Uint8Array, start: number, end: number, place: number, fail: Fail): void {
  for (let i = start; i < end; i++) {
    if (bytes[i] !== 0) fail(`${hex(bytes[i])} at byte ${place + i}, where version ${VERSION} has zeros`);
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

/** Beyond 2^53 the result is rounded, and then larger than any length that can be. */
export function getUint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

function printable(name: string): string {
  return JSON.stringify(name.replace(/[^\x20-\x7e]/g, '?'));
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

type TypedArray = ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };

/** The memory of an array as bytes. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The bytes of an array in the order of the file: its own memory where the platform has that order, else a copy. */
export function toFileOrder(array: TypedArray, swap = !HOST_IS_LITTLE_ENDIAN): Uint8Array {
  return swap ? reversedElements(array) : bytesOf(array);
}

/** Turns elements whose memory was filled from a file into the platform's order. */
export function toHostOrder(array: TypedArray, swap = !HOST_IS_LITTLE_ENDIAN): void {
  if (swap) bytesOf(array).set(reversedElements(array));
}

function reversedElements(array: TypedArray): Uint8Array {
  const copy = bytesOf(array).slice();
  for (let at = 0; at < copy.length; at += array.BYTES_PER_ELEMENT)
    copy.subarray(at, at + array.BYTES_PER_ELEMENT).reverse();
  return copy;
}
