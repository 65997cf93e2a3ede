/** Takes interactions in one by one, checks them, and puts them into CSR form. */
import type { SparseRows } from '../backend/contract.js';
import { KindredError } from '../errors.js';
import { offsets, sortEntries } from './csr.js';
import { type Id, IdMap, quote } from './ids.js';

/**
 * What becomes of several records for one user and one item, in the order they are given:
 * the last or the first counts, or the largest value, or the values are added (in float32, one after the other).
 */
export type Duplicates = 'last' | 'first' | 'sum' | 'max';

/** Users x items, and the time of every entry if any record had one (NaN where it had none). */
export interface Gathered {
  readonly matrix: SparseRows;
  readonly times: Float64Array | undefined;
}

export class Gatherer<U extends Id, I extends Id> {
  readonly users: IdMap<U>;
  readonly items: IdMap<I>;
  readonly #duplicates: Duplicates;
  readonly #userOf: number[] = [];
  readonly #itemOf: number[] = [];
  readonly #values: number[] = [];
  readonly #times: number[] = [];
  #timed = false;

  constructor(duplicates: Duplicates, users: Iterable<U> = [], items: Iterable<I> = []) {
    this.#duplicates = duplicates;
    this.users = new IdMap('user', users);
    this.items = new IdMap('item', items);
  }

  /**
   * Takes one record. `where` names its place for messages, and is called only for one.
   * @throws KindredError INVALID_ARGUMENT for an id that is no string or finite number, NOT_FINITE for a value or time.
   */
  take(user: U, item: I, value: number, time: number | undefined, where: () => string): void {
    requireId('user', user, where);
    requireId('item', item, where);
    const single = toFloat32(value, () => `${where()} (user ${quote(user)}, item ${quote(item)})`);
    if (time !== undefined && !(typeof time === 'number' && Number.isFinite(time))) {
      throw new KindredError(
        'NOT_FINITE',
        `${where()} (user ${quote(user)}, item ${quote(item)}): time is ${quote(time)}; expected a finite number.`,
      );
    }
    this.#timed ||= time !== undefined;
    this.#userOf.push(this.users.intern(user));
    this.#itemOf.push(this.items.intern(item));
    this.#values.push(single);
    this.#times.push(time ?? Number.NaN);
  }

  /** Every distinct pair once: users by rows, items ascending within a row. */
  finish(): Gathered {
    const users = this.users.ids.length;
    const items = this.items.ids.length;
    const order = sortEntries(this.#userOf, users, this.#itemOf, items);
    const kept = this.#mergeDuplicates(order);
    const rowOfEntry = kept.map((record) => this.#userOf[record]);
    return {
      matrix: {
        rows: users,
        columns: items,
        indptr: offsets(rowOfEntry, users),
        indices: kept.map((record) => this.#itemOf[record]),
        values: Float32Array.from(kept, (record) => this.#values[record]),
      },
      times: this.#timed ? Float64Array.from(kept, (record) => this.#times[record]) : undefined,
    };
  }

  /** One record number per pair, in order; that record's value and time become those of the pair. */
  #mergeDuplicates(order: Uint32Array): Uint32Array {
    const kept = new Uint32Array(order.length);
    let count = 0;
    for (const record of order) {
      const previous = kept[count - 1];
      const repeats = count > 0 && this.#samePair(previous, record);
      if (!repeats) kept[count++] = record;
      else if (this.#prevails(record, previous)) {
        if (this.#duplicates === 'sum') this.#values[record] = this.#sumOf(previous, record);
        kept[count - 1] = record;
      }
    }
    return kept.slice(0, count);
  }

  #samePair(a: number, b: number): boolean {
    return this.#userOf[a] === this.#userOf[b] && this.#itemOf[a] === this.#itemOf[b];
  }

  #prevails(later: number, earlier: number): boolean {
    if (this.#duplicates === 'max') return this.#values[later] > this.#values[earlier];
    return this.#duplicates !== 'first';
  }

  #sumOf(earlier: number, later: number): number {
    const user = quote(this.users.ids[this.#userOf[later]]);
    const item = quote(this.items.ids[this.#itemOf[later]]);
    return mergeValues('sum', this.#values[earlier], this.#values[later], () => `User ${user}, item ${item}`);
  }
}

/** The value that two records of one pair leave. */
export function mergeValues(duplicates: Duplicates, earlier: number, later: number, where: () => string): number {
  switch (duplicates) {
    case 'first':
      return earlier;
    case 'last':
      return later;
    case 'max':
      return Math.max(earlier, later);
    case 'sum':
      return toFloat32(earlier + later, where);
  }
}

/** @throws KindredError NOT_FINITE if `value` is no number, NaN, infinite, or too large for float32. */
export function toFloat32(value: number, where: () => string): number {
  const single = typeof value === 'number' ? Math.fround(value) : Number.NaN;
  if (Number.isFinite(single)) return single;
  throw new KindredError(
    'NOT_FINITE',
    `${where()}: the value is ${quote(value)}; expected a finite number that float32 can hold (up to 3.4e38).`,
  );
}

function requireId(what: string, id: Id, where: () => string): void {
  if (typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id))) return;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${where()}: the ${what} is ${quote(id)}; expected a string or a finite number.`,
  );
}
