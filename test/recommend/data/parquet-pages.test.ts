/** Pages of Parquet columns made by hand: what one says of itself is checked before anything believes it. */
import { expect, it } from 'vitest';
import { checkPages } from '../../../src/recommend/data/readers/parquet/check-pages.js';
import { Cursor, readStruct } from '../../../src/recommend/data/readers/parquet/thrift.js';

const ROWS = 20;

/** A number as Thrift's compact protocol and Parquet's runs have it: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}

/** A field of a structure that has no number before it: an integer, doubled since it may be negative. */
const integer = (value: number) => [0x15, ...varint(2 * value)];

/** A data page of indices into a dictionary, each of one bit. */
function page(...runs: number[][]): Uint8Array {
  const body = [1, ...runs.flat()];
  const head = [...integer(0), ...integer(body.length), ...integer(body.length)];
  const [values, encoding, levels] = [ROWS, 8, 3].map(integer);
  // The fifth field is a structure of four, and an empty byte ends each.
  return Uint8Array.from([...head, 0x2c, ...values, ...encoding, ...levels, ...levels, 0, 0, ...body]);
}

const equal = (count: number) => [...varint(2 * count), 1];
const packed = (groups: number) => [...varint(2 * groups + 1), ...Array.from({ length: groups }, () => 0xff)];
const check = (...runs: number[][]) =>
  checkPages(page(...runs), { rows: ROWS, type: 'INT32', isOptional: false, unpack: (bytes) => bytes });

it.each([
  ['one run', equal(20)],
  ['two runs', [...equal(7), ...equal(13)]],
  ['packed values, filled up to eight', packed(3)],
  ['both', [...equal(12), ...packed(1)]],
])('takes %s', (_, runs) => {
  expect(() => check(runs)).not.toThrow();
});

it.each([
  ['a run longer than the page', equal(21), 'a run of 21 values where 20 are left'],
  ['a run that nobody would see the end of', equal(2 ** 30), 'a run of 1073741824 values where 20 are left'],
  ['a second run that is too long', [...equal(19), ...equal(2)], 'a run of 2 values where 1 are left'],
  ['packed values far beyond the page', varint(2 * 1000 + 1), 'a run of 8000 values where 20 are left'],
])('refuses %s', (_, runs, message) => {
  expect(() => check(runs)).toThrow(message);
});

it.each([0, 3, 14, 15, 16, 300])('a list of %d numbers in a head is passed over whole', (length) => {
  const list = [0x19, ...(length < 15 ? [(length << 4) | 5] : [0xf5, ...varint(length)])];
  const numbers = Array.from({ length }, (_, n) => varint(2 * n)).flat();
  // Behind it a field with the number 2 that says -7.
  const cursor = new Cursor(Uint8Array.from([...list, ...numbers, 0x15, 13, 0]));
  expect([...readStruct(cursor)]).toEqual([[2, -7]]);
  expect(cursor.left).toBe(0);
});
