/** Reads the time of an interaction: numbers of any unit, ISO 8601 texts, dates. */
import { readChoice } from '../../arguments/choices.js';
import { refusal } from '../../arguments/refuse.js';

/**
 * How times are written: `seconds` or `milliseconds` since 1970, or `iso` texts such as `2024-05-01T12:30:00Z`. All of
 * these are kept in milliseconds since 1970. If absent, the first time decides: numbers are kept as they are, in
 * whatever unit; ISO texts and dates in milliseconds.
 */
export type TimeFormat = 'seconds' | 'milliseconds' | 'iso';

/** What times are kept in: `milliseconds` since 1970, or numbers `as given`, of a unit that only the caller knows. */
export type TimeUnit = 'milliseconds' | 'as given';

export const TIME_UNITS: readonly TimeUnit[] = ['milliseconds', 'as given'];

const EXPECTED: Record<TimeFormat | 'number' | 'any', string> = {
  seconds: 'a number of seconds',
  milliseconds: 'a number of milliseconds',
  iso: 'an ISO 8601 time such as 2024-05-01T12:30:00Z',
  number: 'a finite number, as the times before it; no text or date goes with numbers of an unknown unit',
  any: 'a finite number or an ISO 8601 time such as 2024-05-01T12:30:00Z',
};

export class TimeReader {
  #format: TimeFormat | 'number' | undefined;
  readonly #before: TimeUnit | undefined;

  /**
   * @param before the unit of times that these come on top of
   * @throws KindredError INVALID_ARGUMENT for a format that does not go with it
   */
  constructor(format: TimeFormat | undefined, before?: TimeUnit) {
    if (format !== undefined) readChoice(format, 'timeFormat', ['seconds', 'milliseconds', 'iso']);
    if (format !== undefined && before === 'as given') {
      throw refusal('timeFormat', format, 'absent, because the times before these are numbers of an unknown unit');
    }
    const ofBefore = { milliseconds: 'iso', 'as given': 'number' } as const;
    this.#format = format ?? (before && ofBefore[before]);
    this.#before = before;
  }

  /** What was expected instead, for a message. */
  get expected(): string {
    const expected = EXPECTED[this.#format ?? 'any'];
    if (this.#format !== 'iso' || this.#before === undefined) return expected;
    return `${expected}, as the times before it, or a timeFormat that says what a number means`;
  }

  /** What the times read, and those before them, are kept in; undefined if there was none. */
  get unit(): TimeUnit | undefined {
    if (this.#format === undefined) return this.#before;
    return this.#format === 'number' ? 'as given' : 'milliseconds';
  }

  /** A time out of a text file, or undefined if it is none. */
  ofText(text: string, numberOf = parseNumber): number | undefined {
    return this.of(this.#format === 'iso' ? text : (numberOf(text) ?? text));
  }

  /** A time, or undefined if it is none. */
  of(given: unknown): number | undefined {
    const time = typeof given === 'number' ? given : millisecondsOf(given);
    if (time === undefined || !Number.isFinite(time)) return undefined;
    const kind = typeof given === 'number' ? 'number' : 'iso';
    this.#format ??= kind;
    if (kind === 'iso') return this.#format === 'iso' ? time : undefined;
    if (this.#format === 'iso') return undefined;
    const kept = this.#format === 'seconds' ? time * 1000 : time;
    return Number.isFinite(kept) ? kept : undefined;
  }
}

/** A decimal number; hexadecimal and the empty text, which Number would take, are none. */
export function parseNumber(text: string): number | undefined {
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  if (number === 0 && text.trim() === '') return undefined;
  return /^\s*0[xob]/i.test(text) ? undefined : number;
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|z|[+-]\d\d(?::?\d\d)?))?)?$/;

/**
 * Without an offset a time is in UTC, not in the zone of the machine, where it would mean something else on the next
 * one.
 */
function millisecondsOf(given: unknown): number | undefined {
  if (given instanceof Date) return given.getTime();
  const parts = typeof given === 'string' ? ISO.exec(given.trim()) : null;
  if (!parts) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const date = new Date(0);
  // Date.UTC takes the year 50 for 1950.
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const offset = offsetOf(parts[8]);
  if (!exists || hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  const fraction = Number(`0.${parts[7] ?? 0}`) * 1000;
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction;
}

/** Minutes east of UTC. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}
