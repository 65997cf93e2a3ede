/** Arguments that are numbers. Every reader returns the number, or throws an error that names it and its range. */
import type { ErrorCode } from '../errors.js';
import { refusal } from './refuse.js';

/** The bounds of a number: `from` and `to` belong to the range, `above` and `below` do not. */
export interface NumberRange {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

/** Rows wanted, or another count under its own name: a positive integer. @throws KindredError INVALID_K */
export function readK(k: unknown, name = 'k'): number {
  return readPositive(k, name, 'a positive integer', 'INVALID_K');
}

/** A positive integer. @throws KindredError INVALID_ARGUMENT */
export function readCount(value: unknown, name: string, unit = ''): number {
  return readPositive(value, name, `a positive integer${unit}`);
}

/** An integer from `least` to `most`. @throws KindredError INVALID_ARGUMENT */
export function readInteger(value: unknown, name: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw refusal(name, value, `an integer ${range}`);
}

const THREADS_MAX = 1024;

/** Threads of a backend: 0, for its own choice, if not given. @throws KindredError INVALID_ARGUMENT */
export function readThreads(value: unknown, name = 'threads'): number {
  return value === undefined ? 0 : readInteger(value, name, 1, THREADS_MAX);
}

/** What makes random numbers repeatable: an integer of at least 0. @throws KindredError INVALID_ARGUMENT */
export function readSeed(value: unknown, name = 'seed'): number {
  return readInteger(value, name, 0);
}

/** A finite number in a range. @throws KindredError INVALID_ARGUMENT */
export function readNumber(value: unknown, name: string, range: NumberRange = {}): number {
  if (typeof value === 'number' && Number.isFinite(value) && isWithin(value, range)) return value;
  throw refusal(name, value, nameOf(range));
}

function readPositive(value: unknown, name: string, expected: string, code?: ErrorCode): number {
  if (isInteger(value) && value > 0) return value;
  throw refusal(name, value, expected, code);
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isWithin(value: number, { from, above, to, below }: NumberRange): boolean {
  const isLow = (from !== undefined && value < from) || (above !== undefined && value <= above);
  const isHigh = (to !== undefined && value > to) || (below !== undefined && value >= below);
  return !isLow && !isHigh;
}

function nameOf({ from, above, to, below }: NumberRange): string {
  if (from !== undefined && to !== undefined) return `a number from ${from} to ${to}`;
  if (above !== undefined && below !== undefined) return `a number between ${above} and ${below}`;
  const least = from !== undefined ? `at least ${from}` : above !== undefined ? `above ${above}` : undefined;
  const most = to !== undefined ? `at most ${to}` : below !== undefined ? `below ${below}` : undefined;
  const bounds = [least, most].filter((bound) => bound !== undefined).join(' and ');
  return bounds === '' ? 'a finite number' : `a finite number ${bounds}`;
}
