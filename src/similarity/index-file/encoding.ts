/** The encoded copy of the rows in an index file, so that a loaded index need not compute it again. */
import type { Encoding, EncodingPart, FrozenEncoding } from '../../backend/contract/backend.js';
import { bytesOf, getUint64, setUint64, toFileOrder, toHostOrder, viewOf } from '../../files/byte-order.js';
import { aligned, type Fail, requireZeros } from '../../files/head.js';
import { ENCODING_MODES } from './layout.js';
import { PIECE_BYTES, type Reading, type SectionReader } from './section.js';

/** Rises when docs/internals/exactness.md changes what the numbers mean; an encoding of another revision is left unread. */
const REVISION = 1;
const HEAD_BYTES = 64;
const STRIP_ROWS = 32;
const STRIP_NUMBERS = 5;
/** In the order of the file, behind the mean. */
const PARTS: readonly EncodingPart[] = ['strips', 'offsets', 'high', 'low'];
const STRIP_NAMES = ['scale', 'unit', 'fine', 'coarse', 'reach'];

/** Bytes of each array, in the order of the file. Each begins at the next multiple of 64, and so does what follows the last. */
function arrayBytes(dim: number, rows: number): number[] {
  const plane = 16 * Math.ceil(dim / 32) * rows;
  return [8 * dim, (8 * STRIP_NUMBERS * rows) / STRIP_ROWS, 4 * rows, plane, plane];
}

export function encodingBytes(dim: number, rows: number): number {
  return arrayBytes(dim, rows).reduce((sum, bytes) => sum + aligned(bytes), HEAD_BYTES);
}

/** What an encoding says of the whole strips among the first `rows` rows; undefined if there are none. */
export function firstRows(encoding: FrozenEncoding | undefined, rows: number): FrozenEncoding | undefined {
  if (encoding === undefined || encoding.rows <= rows) return encoding;
  const kept = Math.floor(rows / STRIP_ROWS) * STRIP_ROWS;
  if (kept > 0) return { ...encoding, rows: kept };
  encoding.free();
  return undefined;
}

/** The section piece by piece, as long as `encodingBytes` says. */
export function* encodingPieces(encoding: FrozenEncoding): Generator<Uint8Array> {
  const { mode, mean, rows } = encoding;
  const head = new Uint8Array(HEAD_BYTES);
  const view = viewOf(head);
  view.setUint32(0, REVISION, true);
  view.setUint32(4, ENCODING_MODES.indexOf(mode), true);
  setUint64(view, 8, rows);
  yield head;
  yield* array([toFileOrder(mean)]);
  for (const part of PARTS) yield* array(partPieces(encoding, part));
}

/** One array, and what leads to the next. */
function* array(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let length = 0;
  for (const bytes of pieces) {
    yield bytes;
    length += bytes.length;
  }
  yield new Uint8Array(aligned(length) - length);
}

/** As many strips at a time as are a piece in the largest array. */
function* partPieces(encoding: FrozenEncoding, part: EncodingPart): Generator<Uint8Array> {
  const strips = encoding.rows / STRIP_ROWS;
  const step = Math.max(1, Math.floor(PIECE_BYTES / (STRIP_ROWS * 16 * Math.ceil(encoding.mean.length / 32))));
  for (let first = 0; first < strips; first += step) {
    yield toFileOrder(encoding.read(part, first, Math.min(step, strips - first)));
  }
}

/**
 * Reads the section, or skips it and returns undefined if its revision is not known. Its numbers are such as an encoding can have;
 * that they are true of the rows only the checksum vouches for.
 */
export function* readEncoding(
  reader: SectionReader,
  dim: number,
  indexRows: number,
  fail: Fail,
): Reading<Encoding | undefined> {
  const { at: place, length } = reader.section;
  if (length < HEAD_BYTES) fail(`${length} bytes of encoding at byte ${place}; at least ${HEAD_BYTES} are needed`);
  const head = new Uint8Array(HEAD_BYTES);
  yield* reader.read(head);
  const view = viewOf(head);
  if (view.getUint32(0, true) !== REVISION) return undefined;
  const code = view.getUint32(4, true);
  const mode =
    ENCODING_MODES[code] ??
    fail(`encoding mode ${code} at byte ${place + 4}; 0 to ${ENCODING_MODES.length - 1} are known`);
  const rows = getUint64(view, 8);
  if (rows > indexRows || rows % STRIP_ROWS !== 0) {
    fail(`${rows} encoded rows at byte ${place + 8}; expected a multiple of ${STRIP_ROWS} up to ${indexRows}`);
  }
  requireZeros(head, 16, HEAD_BYTES, place, fail);
  const expected = encodingBytes(dim, rows);
  if (length !== expected)
    fail(`${length} bytes of encoding at byte ${place}; ${rows} rows of ${dim} elements need ${expected}`);

  const [meanBytes, stripBytes, offsetBytes, planeBytes] = arrayBytes(dim, rows);
  const mean = new Float64Array(meanBytes / 8);
  const strips = new Float64Array(stripBytes / 8);
  const offsets = new Float32Array(offsetBytes / 4);
  const high = new Uint8Array(planeBytes);
  const low = new Uint8Array(planeBytes);
  const begins: number[] = [];
  for (const array of [mean, strips, offsets, high, low]) {
    begins.push(reader.at);
    yield* reader.read(bytesOf(array));
    toHostOrder(array);
    const filling = new Uint8Array(aligned(array.byteLength) - array.byteLength);
    yield* reader.read(filling);
    requireZeros(filling, 0, filling.length, reader.at - filling.length, fail);
  }
  const badMean = mean.findIndex((x) => !Number.isFinite(x) || (mode === 'raw' && x !== 0));
  if (badMean >= 0) fail(`${mean[badMean]} in the mean of mode ${mode}, at byte ${begins[0] + 8 * badMean}`);
  checkStrips(strips, begins[1], fail);
  const badOffset = offsets.findIndex((x) => !Number.isFinite(x));
  if (badOffset >= 0)
    fail(`offset ${offsets[badOffset]} of encoded row ${badOffset}, at byte ${begins[2] + 4 * badOffset}`);
  return { mode, mean, rows, strips, offsets, high, low };
}

/** Scales and units are finite; a bound may be infinite, which keeps every row. Nothing is negative. */
function checkStrips(strips: Float64Array, place: number, fail: Fail): void {
  for (let i = 0; i < strips.length; i++) {
    const which = i % STRIP_NUMBERS;
    const largest = which < 2 ? Number.MAX_VALUE : Number.POSITIVE_INFINITY;
    if (strips[i] >= 0 && strips[i] <= largest) continue;
    fail(`${strips[i]} as ${STRIP_NAMES[which]} of strip ${Math.floor(i / STRIP_NUMBERS)}, at byte ${place + 8 * i}`);
  }
}
