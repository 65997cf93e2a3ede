/** What files of kindred have in common: a head that tells kind, version, length and damage, and parts at multiples of 64. */
import { KindredError } from '../errors.js';
import { getUint64, setUint64, viewOf } from './byte-order.js';
import { crc32 } from './checksum.js';

/** Every head has these 64 bytes, and may go on behind them. */
export const HEADER_BYTES = 64;
/** The parts of a file begin at multiples of this. */
const ALIGNMENT = 64;

/** Where the fields stand that every head has. From byte 24 on each kind has its own. */
const VERSION_AT = 8;
const CHECKSUM_AT = 12;
const FILE_BYTES_AT = 16;

/** One kind of file. */
export interface FileKind {
  /** The eight bytes that it begins with. */
  readonly magic: readonly number[];
  readonly version: number;
}

/** As in PNG: not text, and damaged visibly by whatever changes line ends or stops at an end-of-file mark. */
export function magicOf(letters: string): readonly number[] {
  return [0x89, ...Array.from(letters, (letter) => letter.charCodeAt(0)), 0x0d, 0x0a, 0x1a, 0x0a];
}

export function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** Fills in what every head has. All else must be there, since the checksum covers it. */
export function sealHead(head: Uint8Array, { magic, version }: FileKind, fileBytes: number): void {
  const view = viewOf(head);
  head.set(magic);
  view.setUint32(VERSION_AT, version, true);
  setUint64(view, FILE_BYTES_AT, fileBytes);
  view.setUint32(CHECKSUM_AT, headChecksum(head), true);
}

/** Says what was found where, and refuses the file. */
export type Fail = (found: string) => never;

export function failingFor(name: string): Fail {
  return (found) => {
    throw new KindredError('CORRUPT_FILE', `${name}: found ${found}`);
  };
}

/** Where the first bytes differ from those of this kind; -1 if they do not. */
export function wrongMagicAt(header: Uint8Array, { magic }: FileKind): number {
  return magic.findIndex((byte, at) => header[at] !== byte);
}

/** Refuses a file that ends inside the first 64 bytes, or has another version, which decides how the rest is read. */
export function requireVersion(header: Uint8Array, { version }: FileKind, fileBytes: number, fail: Fail): void {
  if (header.length < HEADER_BYTES) {
    fail(`the end of the file at byte ${fileBytes}, inside the header of ${HEADER_BYTES} bytes`);
  }
  const found = viewOf(header).getUint32(VERSION_AT, true);
  if (found === version) return;
  const advice = found > version ? 'it was written by a newer kindred, or is damaged' : 'the file is damaged';
  fail(`format version ${found} at byte ${VERSION_AT}, but version ${version} can be read: ${advice}`);
}

/** Refuses a damaged head: all of it is given, and `what` names its parts. */
export function requireChecksum(head: Uint8Array, what: string, fail: Fail): void {
  const stated = viewOf(head).getUint32(CHECKSUM_AT, true);
  const computed = headChecksum(head);
  if (stated !== computed) fail(`checksum ${hex(stated)} at byte ${CHECKSUM_AT}, but ${what} have ${hex(computed)}`);
}

/** Refuses a file that is longer or shorter than its head says. */
export function requireFileBytes(head: Uint8Array, fileBytes: number, fail: Fail): void {
  const stated = getUint64(viewOf(head), FILE_BYTES_AT);
  if (stated !== fileBytes) fail(`a length of ${stated} bytes at byte ${FILE_BYTES_AT}, but there are ${fileBytes}`);
}

/** `bytes` stand at byte `place` of the file; its part from `start` to `end` must be zero. */
export function requireZeros(bytes: Uint8Array, start: number, end: number, place: number, fail: Fail): void {
  for (let i = start; i < end; i++) {
    if (bytes[i] !== 0) fail(`${hex(bytes[i])} at byte ${place + i}, where there must be zeros`);
  }
}

export function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

/** The checksum covers the head but for the four bytes that hold it. */
function headChecksum(head: Uint8Array): number {
  return crc32(head.subarray(FILE_BYTES_AT), crc32(head.subarray(0, CHECKSUM_AT)));
}
