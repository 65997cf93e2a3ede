/** What an index file is made of: header, table of sections, and how each is checked. Described in docs/formats/index-file.md. */
import type { Dtype, EncodingMode, Metric } from '../../backend/contract/backend.js';
import { getUint64, setUint64, viewOf } from '../../files/byte-order.js';
import {
  aligned,
  type Fail,
  type FileKind,
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

const INDEX_FILE: FileKind = { magic: magicOf('KND'), version: 1 };
const ENTRY_BYTES = 32;
/** Version 1 has six kinds; the rest is room. */
const SECTIONS_MAX = 64;
const REQUIRED = 1;

/** A code is the place in its list; new ones are added at the end. */
export const METRICS: readonly Metric[] = ['cosine', 'dot', 'euclidean'];
export const DTYPES: readonly Dtype[] = ['float32', 'float64', 'float16', 'bfloat16', 'int8'];
export const ENCODING_MODES: readonly EncodingMode[] = ['raw', 'centred', 'rotated'];

/**
 * The sections of version 1 by the four letters that name them, and whether a reader must know them. NORM is read where
 * SQRS is not there, and no longer written.
 */
export const SECTIONS = {
  MODL: { required: false },
  IDS_: { required: true },
  ROWS: { required: true },
  SQRS: { required: true },
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

/** Header and table, up to where the first section begins. */
export function writeHead(shape: Shape, fileBytes: number, sections: readonly Section[]): Uint8Array {
  const bytes = new Uint8Array(headBytes(sections.length));
  const view = new DataView(bytes.buffer);
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
  sealHead(bytes, INDEX_FILE, fileBytes);
  return bytes;
}

/**
 * Reads the first 64 bytes and returns how many bytes header and table have. Nothing is believed yet but the version, which
 * decides how the rest is read, and the lengths, which are compared with the file's own.
 */
export function readHeadBytes(header: Uint8Array, fileBytes: number, fail: Fail): number {
  const wrong = wrongMagicAt(header, INDEX_FILE);
  if (wrong >= 0) {
    const found = wrong < header.length ? hex(header[wrong]) : 'the end of the file';
    fail(`${found} at byte ${wrong}; a kindred index begins with \\x89KND`);
  }
  requireVersion(header, INDEX_FILE, fileBytes, fail);
  const view = viewOf(header);
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
  requireChecksum(head, 'header and table', fail);
  requireFileBytes(head, fileBytes, fail);
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

function printable(name: string): string {
  return JSON.stringify(name.replace(/[^\x20-\x7e]/g, '?'));
}
