/**
 * Looks through the pages of a Parquet column before hyparquet reads them. It believes what a page says of itself, so that
 * one damaged byte would keep it busy for hours, fill the memory, or have it read what belongs to something else.
 *
 * Format: https://github.com/apache/parquet-format
 */
import { crc32 } from '../../../../files/checksum.js';
import { Cursor, readStruct, type Struct } from './thrift.js';

/** What the metadata say of one column in one group of rows. */
export interface PagedColumn {
  readonly rows: number;
  /** The physical type. */
  readonly type: string;
  readonly isOptional: boolean;
  /** Unpacks a page. */
  readonly unpack: (packed: Uint8Array, bytes: number) => Uint8Array;
}

const DATA = 0;
const DICTIONARY = 2;
const DATA_V2 = 3;

const PLAIN = 0;
const RLE = 3;
const DICTIONARY_INDICES = [2, 8];
const DELTA_BINARY_PACKED = 5;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const BYTE_STREAM_SPLIT = 9;

/** Bytes of a value of the types whose values are all equally long. */
const WIDTHS: Readonly<Record<string, number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 };

/** No packing makes less than a byte of so many. */
const UNPACKED_FOLD_MAX = 4096;
const UNPACKED_FREE = 1 << 16;
/** A run of packed values may be filled up behind the last one that counts: writers do it to eight, some to a full block. */
const PADDING_MAX = 511;
const BLOCK_MAX = 1 << 16;

/** @param chunk all pages of the column. @throws Error saying what cannot be. */
export function checkPages(chunk: Uint8Array, column: PagedColumn): void {
  const cursor = new Cursor(chunk);
  let rows = 0;
  while (rows < column.rows) {
    if (cursor.left === 0) throw new Error(`its pages hold ${rows} values, but ${column.rows} are expected`);
    const header = readStruct(cursor);
    const [type, unpacked, packed] = [1, 2, 3].map((field) => count(header, field));
    const end = cursor.at + packed;
    const bytes = chunk.subarray(cursor.at, end);
    cursor.skip(packed);
    if (unpacked > packed * UNPACKED_FOLD_MAX + UNPACKED_FREE)
      throw new Error(`a page of ${unpacked} bytes out of ${packed}`);
    const checksum = header.get(4);
    if (typeof checksum === 'number' && checksum >>> 0 !== crc32(bytes))
      throw new Error('a page whose checksum differs');
    if (type === DICTIONARY) checkDictionary(struct(header, 7), column.unpack(bytes, unpacked), column);
    else if (type === DATA) rows += checkData(struct(header, 5), column.unpack(bytes, unpacked), column);
    else if (type === DATA_V2) rows += checkDataV2(struct(header, 8), bytes, unpacked, column);
    else throw new Error(`a page of the unknown type ${type}`);
  }
  if (rows !== column.rows) throw new Error(`its pages hold ${rows} values or more, but ${column.rows} are expected`);
}

function checkDictionary(header: Struct, page: Uint8Array, { type }: PagedColumn): void {
  checkPlain(new Cursor(page), type, count(header, 1));
}

function checkData(header: Struct, page: Uint8Array, column: PagedColumn): number {
  const rows = rowsOf(header, column);
  const cursor = new Cursor(page);
  let values = rows;
  if (column.isOptional) {
    const end = cursor.uint32() + cursor.at;
    values = checkRuns(cursor, 1, rows);
    cursor.skip(end - cursor.at);
  }
  checkValues(cursor, count(header, 2), values, column.type, true);
  return rows;
}

function checkDataV2(header: Struct, bytes: Uint8Array, unpacked: number, column: PagedColumn): number {
  const rows = rowsOf(header, column);
  const [nulls, definition, repetition] = [2, 5, 6].map((field) => count(header, field));
  if (repetition !== 0) throw new Error('a column of lists');
  const levels = new Cursor(bytes.subarray(0, definition));
  const values = column.isOptional ? checkRuns(levels, 1, rows) : rows;
  if (values !== rows - nulls) throw new Error(`${rows - values} empty values where ${nulls} are expected`);
  const rest = bytes.subarray(definition);
  const isPacked = header.get(7) !== 0;
  const page = isPacked ? column.unpack(rest, unpacked - definition) : rest;
  checkValues(new Cursor(page), count(header, 4), values, column.type, false);
  return rows;
}

function rowsOf(header: Struct, { rows }: PagedColumn): number {
  const found = count(header, 1);
  if (found <= rows) return found;
  throw new Error(`a page of ${found} values, but the column has ${rows}`);
}

function checkValues(cursor: Cursor, encoding: number, values: number, type: string, isFirstVersion: boolean): void {
  if (encoding === PLAIN || encoding === BYTE_STREAM_SPLIT) checkPlain(cursor, type, values);
  else if (DICTIONARY_INDICES.includes(encoding)) {
    const width = cursor.byte();
    if (width > 0 || !isFirstVersion) checkRuns(cursor, width, values);
  } else if (encoding === RLE && type === 'BOOLEAN') {
    cursor.skip(4);
    checkRuns(cursor, 1, values);
  } else if (encoding === DELTA_BINARY_PACKED) checkDeltaHead(cursor);
  else if (encoding === DELTA_LENGTH_BYTE_ARRAY) {
    const lengths = readDeltas(cursor, values);
    for (const length of lengths) cursor.skip(length);
  } else if (encoding === DELTA_BYTE_ARRAY) {
    const shared = readDeltas(cursor, values);
    let before = 0;
    for (const [n, length] of readDeltas(cursor, values).entries()) {
      if (!(shared[n] >= 0 && shared[n] <= before)) throw new Error('a text that begins as none before it');
      cursor.skip(length);
      before = shared[n] + length;
    }
  } else throw new Error(`values of the encoding ${encoding}, which cannot be read`);
}

function checkPlain(cursor: Cursor, type: string, values: number): void {
  const width = WIDTHS[type];
  if (width !== undefined) cursor.skip(values * width);
  else if (type === 'BOOLEAN') cursor.skip(Math.ceil(values / 8));
  else if (type === 'BYTE_ARRAY') for (let n = 0; n < values; n++) cursor.skip(cursor.uint32());
}

/** Runs of equal values and of packed ones. @returns how many ones there are, which matters for values of one bit. */
function checkRuns(cursor: Cursor, width: number, values: number): number {
  if (width > 32) throw new Error(`values of ${width} bits`);
  let ones = 0;
  for (let seen = 0; seen < values; ) {
    const head = cursor.varint();
    const isPacked = head % 2 === 1;
    const run = Math.floor(head / 2) * (isPacked ? 8 : 1);
    if (run > values - seen + (isPacked ? PADDING_MAX : 0))
      throw new Error(`a run of ${run} values where ${values - seen} are left`);
    if (!isPacked) {
      const value = width > 0 ? cursor.byte() : 0;
      cursor.skip(Math.max(0, ((width + 7) >> 3) - 1));
      if (width === 1 && value === 1) ones += run;
    } else if (width === 1) {
      for (let n = 0; n < run / 8 && cursor.left > 0; n++) ones += bitsIn(cursor.byte(), values - seen - 8 * n);
    } else {
      // Some writers leave out the end of the last run.
      cursor.skip(Math.min(cursor.left, (run / 8) * width));
    }
    seen += run;
  }
  return ones;
}

/** Ones among the first bits of a byte. */
function bitsIn(byte: number, first: number): number {
  let ones = 0;
  for (let bit = 0; bit < Math.min(8, first); bit++) ones += (byte >> bit) & 1;
  return ones;
}

/** Values of a block, and its parts. */
function checkDeltaHead(cursor: Cursor): [block: number, parts: number] {
  const [block, parts] = [cursor.varint(), cursor.varint()];
  const valid = block > 0 && block <= BLOCK_MAX && parts > 0 && block % parts === 0;
  if (!valid) throw new Error(`blocks of ${block} values in ${parts} parts`);
  cursor.varint();
  return [block, parts];
}

/** Lengths, each told by its difference from the one before. */
function readDeltas(cursor: Cursor, values: number): number[] {
  const [block, parts] = checkDeltaHead(cursor);
  const lengths = [cursor.zigzag()];
  while (lengths.length < values) {
    const least = cursor.zigzag();
    const widths = Array.from({ length: parts }, () => cursor.byte());
    for (const width of widths) {
      if (lengths.length >= values) break;
      if (width > 32) throw new Error(`lengths of ${width} bits`);
      const bytes = Array.from({ length: ((block / parts) * width) / 8 }, () => cursor.byte());
      for (let n = 0; n < block / parts && lengths.length < values; n++) {
        let difference = least;
        for (let bit = 0; bit < width; bit++) {
          const at = n * width + bit;
          difference += ((bytes[at >> 3] >> (at & 7)) & 1) * 2 ** bit;
        }
        lengths.push(lengths[lengths.length - 1] + difference);
      }
    }
  }
  return values === 0 ? [] : lengths;
}

function struct(header: Struct, field: number): Struct {
  const value = header.get(field);
  if (value instanceof Map) return value;
  throw new Error('a page without its description');
}

/** A number that counts something; absent ones are 0. */
function count(header: Struct, field: number): number {
  const value = header.get(field) ?? 0;
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw new Error(`the number ${String(value)}, where something is counted`);
}
