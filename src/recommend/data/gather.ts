/** Takes interactions in one by one, checks them, and puts them into CSR form, alone or on top of what is there. */
import { readChoice } from '../../arguments/choices.js';
import { EXPECTED_ID, isId } from '../../arguments/ids.js';
import { show } from '../../arguments/show.js';
import type { SparseRows } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { sortEntries } from './csr.js';
import { type Id, type IdMap, quote } from './ids.js';
import type { ReadingLog } from './report.js';
import type { TimeReader } from './time.js';

/**
 * What becomes of several records for one user and one item, in the order they are given: the last or the first counts,
 * or the largest value, or the values are added (in float32, one after the other), or the latest by time counts (the
 * last of equally late ones; any time is later than none).
 */
export type Duplicates = 'last' | 'first' | 'sum' | 'max' | 'latest';

/** Users x items, and the time of every entry if any record had one (NaN where it had none). */
export interface Gathered {
  readonly matrix: SparseRows;
  readonly times: Float64Array | undefined;
}

export class Gatherer<U extends Id, I extends Id> {
  readonly users: IdMap<U>;
  readonly items: IdMap<I>;
  readonly #log: ReadingLog;
  readonly #userOf: number[] = [];
  readonly #itemOf: number[] = [];
  readonly #values: number[] = [];
  readonly #times: number[] = [];
  #timed = false;

  /** New ids are added to `users` and `items`. */
  constructor(users: IdMap<U>, items: IdMap<I>, log: ReadingLog) {
    this.users = users;
    this.items = items;
    this.#log = log;
  }

  /**
   * Takes a record whose ids and time were checked, or refuses its value. `where` names its place, only for messages.
   */
  take(
    user: U,
    item: I,
    value: number,
    time: number | undefined,
    line: number,
    where: (line: number) => string,
  ): boolean {
    const single = typeof value === 'number' ? Math.fround(value) : Number.NaN;
    if (!Number.isFinite(single)) {
      const place = () => `${where(line)} (user ${quote(user)}, item ${quote(item)})`;
      return this.#log.bad(line, 'value', () => valueComplaint(value, place));
    }
    this.#timed ||= time !== undefined;
    this.#userOf.push(this.users.intern(user));
    this.#itemOf.push(this.items.intern(item));
    this.#values.push(single);
    this.#times.push(time ?? Number.NaN);
    return true;
  }

  /** Takes a record of unknown content. */
  takeRecord(record: unknown, times: TimeReader, line: number, where: (line: number) => string): boolean {
    const log = this.#log;
    log.read++;
    if (typeof record !== 'object' || record === null) {
      const message = () => `${where(line)} is ${show(record)}; expected { user, item, value?, time? }.`;
      return log.bad(line, 'malformed', message, 'INVALID_ARGUMENT');
    }
    let [user, item, value, givenTime]: unknown[] = [];
    try {
      ({ user, item, value, time: givenTime } = record as Record<string, unknown>);
    } catch (cause) {
      // Getters and Proxies may throw anything.
      return log.bad(line, 'malformed', () => `${where(line)} cannot be read: ${show(cause)}.`, 'INVALID_ARGUMENT');
    }
    for (const [what, id] of [
      ['user', user],
      ['item', item],
    ] as const) {
      if (isId(id)) continue;
      const given = typeof id === 'object' && id !== null ? 'an object' : quote(id);
      const hint = id === undefined ? otherFields(record) : '';
      return log.bad(line, 'id', () => `${where(line)}: the ${what} is ${given}; expected ${EXPECTED_ID}.${hint}`);
    }
    const time = givenTime === undefined ? undefined : times.of(givenTime);
    if (givenTime !== undefined && time === undefined) {
      const place = `${where(line)} (user ${quote(user)}, item ${quote(item)})`;
      return log.bad(line, 'time', () => `${place}: the time is ${quote(givenTime)}; expected ${times.expected}.`);
    }
    return this.take(user as U, item as I, (value === undefined ? 1 : value) as number, time, line, where);
  }

  /**
   * Every distinct pair once, users by rows, items ascending within a row: what `from` held, as if those had been the
   * first records, and the records taken.
   */
  finish(duplicates: Duplicates, from?: Gathered): Gathered {
    const rows = this.users.ids.length;
    const columns = this.items.ids.length;
    const [userOf, itemOf] = [this.#userOf, this.#itemOf];
    const order = sortEntries(userOf, rows, itemOf, columns);
    const old = from?.matrix ?? NOTHING;
    const oldTimes = from?.times;
    const size = old.indices.length + order.length;
    const indptr = new Uint32Array(rows + 1);
    const indices = new Uint32Array(size);
    const values = new Float32Array(size);
    const times = this.#timed || oldTimes ? new Float64Array(size) : undefined;
    let [kept, copied, taken] = [0, 0, 0];
    const copyUntil = (end: number) => {
      if (copied === end) return;
      indices.set(old.indices.subarray(copied, end), kept);
      values.set(old.values.subarray(copied, end), kept);
      if (oldTimes) times?.set(oldTimes.subarray(copied, end), kept);
      else times?.fill(Number.NaN, kept, kept + end - copied);
      kept += end - copied;
      copied = end;
    };
    for (let user = 0; user < rows; user++) {
      const end = old.indptr[Math.min(user + 1, old.rows)];
      while (taken < order.length && userOf[order[taken]] === user) {
        const item = itemOf[order[taken]];
        let before = copied;
        while (before < end && old.indices[before] < item) before++;
        copyUntil(before);
        const known = before < end && old.indices[before] === item;
        if (known) copied++;
        let value = known ? old.values[before] : this.#values[order[taken]];
        let time = known ? (oldTimes?.[before] ?? Number.NaN) : this.#times[order[taken]];
        if (!known) taken++;
        for (; taken < order.length; taken++) {
          const record = order[taken];
          if (userOf[record] !== user || itemOf[record] !== item) break;
          const next = this.#values[record];
          if (!prevails(duplicates, value, next, time, this.#times[record])) continue;
          value = duplicates === 'sum' ? toFloat32(value + next, () => this.#nameOf(user, item)) : next;
          time = this.#times[record];
        }
        indices[kept] = item;
        values[kept] = value;
        if (times) times[kept] = time;
        kept++;
      }
      copyUntil(end);
      indptr[user + 1] = kept;
    }
    const cut = <A extends { slice(from: number, to: number): A }>(array: A) =>
      kept === size ? array : array.slice(0, kept);
    const matrix = { rows, columns, indptr, indices: cut(indices), values: cut(values) };
    return { matrix, times: times && cut(times) };
  }

  #nameOf(user: number, item: number): string {
    return `User ${quote(this.users.ids[user])}, item ${quote(this.items.ids[item])}`;
  }
}

const NOTHING: SparseRows = {
  rows: 0,
  columns: 0,
  indptr: new Uint32Array(1),
  indices: new Uint32Array(),
  values: new Float32Array(),
};

/**
 * Whether the later record replaces the earlier one (or, for `sum`, is added to it). Times are NaN where there is none.
 */
function prevails(duplicates: Duplicates, value: number, next: number, time: number, nextTime: number): boolean {
  if (duplicates === 'first') return false;
  if (duplicates === 'max') return next > value;
  return duplicates !== 'latest' || Number.isNaN(time) || nextTime >= time;
}

/** The value that two records of one pair without times leave. */
export function mergeValues(duplicates: Duplicates, earlier: number, later: number, where: () => string): number {
  switch (duplicates) {
    case 'first':
      return earlier;
    case 'last':
    case 'latest':
      return later;
    case 'max':
      return Math.max(earlier, later);
    case 'sum':
      return toFloat32(earlier + later, where);
  }
}

/** @throws KindredError INVALID_ARGUMENT */
export function requireDuplicates(duplicates: Duplicates = 'last'): Duplicates {
  return readChoice(duplicates, 'duplicates', ['last', 'first', 'latest', 'sum', 'max']);
}

/** @throws KindredError NOT_FINITE if `value` is no number, NaN, infinite, or too large for float32. */
export function toFloat32(value: number, where: () => string): number {
  const single = typeof value === 'number' ? Math.fround(value) : Number.NaN;
  if (Number.isFinite(single)) return single;
  throw new KindredError('NOT_FINITE', valueComplaint(value, where));
}

function valueComplaint(value: unknown, where: () => string): string {
  return `${where()}: the value is ${quote(value)}; expected a finite number that float32 can hold (up to 3.4e38).`;
}

/** For records whose fields have other names. */
function otherFields(record: object): string {
  const names = Object.keys(record).filter((name) => !['user', 'item', 'value', 'time'].includes(name));
  if (names.length === 0) return '';
  return ` The record has ${names.slice(0, 5).map(quote).join(', ')}: give { user, item, value?, time? }.`;
}
