/** Ids in a file: numbering, numbers, or any mixture of strings and numbers. */

import type { Pauses } from '../turns/steps.js';
import { getUint64, setUint64, viewOf } from './byte-order.js';
import type { Fail } from './head.js';

/** `kind`, `text`, `next`. */
const HEAD_BYTES = 16;
const NUMBERED = 0;
const NUMBERS = 1;
const MIXED = 2;
const UTF8 = 0;
/** For strings that are no valid Unicode: JavaScript lets half of a surrogate pair stand alone, UTF-8 does not. */
const UTF16 = 1;
/** In place of a length: the id is a number, in the eight bytes of a float64. */
const IS_NUMBER = 0xffffffff;

const LONE_SURROGATE = /\p{Surrogate}/u;

export interface FileIds<Id extends string | number> {
  /** One per row; undefined if they are the numbers of the rows. */
  readonly ids: readonly Id[] | undefined;
  /** The number of the next row that comes without an id. */
  readonly next: number;
}

/** Ids looked at in one step: less than a millisecond, unless they are long. */
const STEP = 4096;

/**
 * The section of these ids, which must be strings and finite numbers, in steps of a millisecond. With `canNumber: false` numbers are written out even where
 * they are those of the rows, so that the section is as long as there are ids.
 */
export function* encodingIds(
  ids: readonly (string | number)[],
  next: number,
  { canNumber = true } = {},
): Pauses<Uint8Array> {
  let [isNumbered, areNumbers, units, hasLone] = [canNumber, true, 0, false];
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row];
    isNumbered &&= id === row;
    if (typeof id === 'string') {
      areNumbers = false;
      units += id.length;
      hasLone ||= LONE_SURROGATE.test(id);
    }
    if (row % STEP === STEP - 1) yield undefined;
  }
  const kind = isNumbered ? NUMBERED : areNumbers ? NUMBERS : MIXED;
  if (kind === MIXED) return yield* encodingMixed(ids, next, units, hasLone ? UTF16 : UTF8);
  const bytes = new Uint8Array(HEAD_BYTES + (kind === NUMBERS ? 8 * ids.length : 0));
  const view = writeHead(bytes, kind, UTF8, next);
  if (kind === NUMBERS) {
    for (let row = 0; row < ids.length; row++) {
      view.setFloat64(HEAD_BYTES + 8 * row, ids[row] as number, true);
      if (row % STEP === STEP - 1) yield undefined;
    }
  }
  return bytes;
}

function* encodingMixed(
  ids: readonly (string | number)[],
  next: number,
  units: number,
  text: typeof UTF8 | typeof UTF16,
): Pauses<Uint8Array> {
  // UTF-8 needs at most three bytes for a code unit, and a number eight. What is too much is never touched, and cut off.
  const bytes = new Uint8Array(HEAD_BYTES + 12 * ids.length + (text === UTF16 ? 2 : 3) * units);
  const view = writeHead(bytes, MIXED, text, next);
  const encoder = new TextEncoder();
  let at = HEAD_BYTES + 4 * ids.length;
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row];
    let length = 8;
    if (typeof id === 'number') view.setFloat64(at, id, true);
    else if (text === UTF8) length = encoder.encodeInto(id, bytes.subarray(at)).written;
    else {
      length = 2 * id.length;
      for (let unit = 0; unit < id.length; unit++) view.setUint16(at + 2 * unit, id.charCodeAt(unit), true);
    }
    view.setUint32(HEAD_BYTES + 4 * row, typeof id === 'number' ? IS_NUMBER : length, true);
    at += length;
    if (row % STEP === STEP - 1) yield undefined;
  }
  return bytes.subarray(0, at);
}

/**
 * Reads a section of ids, all of which must be strings and finite numbers, in steps of a millisecond. Whether one is there twice is
 * for the caller to see.
 * @param place where in the file the section begins.
 */
export function* decodingIds<Id extends string | number>(
  bytes: Uint8Array,
  rows: number,
  place: number,
  fail: Fail,
): Pauses<FileIds<Id>> {
  if (bytes.length < HEAD_BYTES)
    fail(`${bytes.length} bytes of ids at byte ${place}; at least ${HEAD_BYTES} are needed`);
  const view = viewOf(bytes);
  const kind = view.getUint32(0, true);
  const text = view.getUint32(4, true);
  const next = getUint64(view, 8);
  if (kind > MIXED) fail(`ids of kind ${kind} at byte ${place}; 0, 1 and 2 are known`);
  if (text > UTF16 || (text === UTF16 && kind !== MIXED))
    fail(`text encoding ${text} of ids of kind ${kind} at byte ${place + 4}`);
  if (next > Number.MAX_SAFE_INTEGER + 1)
    fail(`the next number ${next} at byte ${place + 8}; at most 2^53 is possible`);
  const least = HEAD_BYTES + rows * (kind === NUMBERS ? 8 : kind === MIXED ? 4 : 0);
  if (kind === MIXED ? bytes.length < least : bytes.length !== least) {
    fail(
      `${bytes.length} bytes of ids at byte ${place}; ${rows} ids of kind ${kind} need ${kind === MIXED ? 'at least ' : ''}${least}`,
    );
  }
  if (kind === NUMBERED) return { ids: undefined, next };
  const ids = yield* kind === MIXED ? decodingMixed(view, rows, text, place, fail) : decodingNumbers(view, rows);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row];
    if (typeof id === 'number' && !Number.isFinite(id)) {
      fail(`${id} as the id of row ${row}, in the ids at byte ${place}; ids are strings and finite numbers`);
    }
  }
  return { ids: ids as Id[], next };
}

function* decodingNumbers(view: DataView, rows: number): Pauses<number[]> {
  const ids: number[] = [];
  for (let row = 0; row < rows; row++) {
    ids.push(view.getFloat64(HEAD_BYTES + 8 * row, true));
    if (row % STEP === STEP - 1) yield undefined;
  }
  return ids;
}

function* decodingMixed(
  view: DataView,
  rows: number,
  text: number,
  place: number,
  fail: Fail,
): Pauses<(string | number)[]> {
  // A byte order mark is a character of the id like any other.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const ids: (string | number)[] = [];
  let at = HEAD_BYTES + 4 * rows;
  for (let row = 0; row < rows; row++) {
    const stated = view.getUint32(HEAD_BYTES + 4 * row, true);
    const length = stated === IS_NUMBER ? 8 : stated;
    if (length > view.byteLength - at) {
      fail(
        `an id of ${length} bytes for row ${row}, stated at byte ${place + HEAD_BYTES + 4 * row}; only ${view.byteLength - at} are left`,
      );
    }
    if (stated === IS_NUMBER) {
      ids.push(view.getFloat64(at, true));
    } else if (text === UTF16) {
      if (length % 2 !== 0) fail(`an id of ${length} bytes in UTF-16 for row ${row}, at byte ${place + at}`);
      ids.push(decodeUtf16(view, at, length / 2));
    } else {
      ids.push(
        decodeUtf8(decoder, bytes.subarray(at, at + length)) ??
          fail(`an id that is no UTF-8 for row ${row}, at byte ${place + at}`),
      );
    }
    at += length;
    if (row % STEP === STEP - 1) yield undefined;
  }
  if (at !== view.byteLength) fail(`${view.byteLength - at} bytes after the last id, at byte ${place + at}`);
  return ids;
}

function decodeUtf8(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Done by hand: a TextDecoder replaces or refuses the lone surrogates that this encoding is for. */
function decodeUtf16(view: DataView, at: number, units: number): string {
  let text = '';
  for (let done = 0; done < units; done += 4096) {
    const count = Math.min(4096, units - done);
    text += String.fromCharCode(...Array.from({ length: count }, (_, i) => view.getUint16(at + 2 * (done + i), true)));
  }
  return text;
}

function writeHead(bytes: Uint8Array, kind: number, text: number, next: number): DataView {
  const view = viewOf(bytes);
  view.setUint32(0, kind, true);
  view.setUint32(4, text, true);
  setUint64(view, 8, next);
  return view;
}
