/** Who did what, and how much: the sparse users x items matrix that every recommender learns from. */
import type { SparseRows } from '../backend/contract.js';
import { KindredError } from '../errors.js';
import { rowOf, transpose } from './csr.js';
import { type CsvColumns, type CsvSource, readCsv } from './csv.js';
import { type Duplicates, type Gathered, Gatherer } from './gather.js';
import type { Id, IdMap } from './ids.js';
import { requireIterable } from './recommender.js';

export interface Interaction<U extends Id = string, I extends Id = string> {
  readonly user: U;
  readonly item: I;
  /** How much: a rating, a count. 1 if absent. Kept as float32. */
  readonly value?: number | undefined;
  /** When, in any unit that grows. Kept for splitting by time; no model reads it yet. */
  readonly time?: number | undefined;
}

export interface InteractionsOptions {
  /**
   * What becomes of several records for one user and one item: `last` (default) or `first` in the order given,
   * whatever their times; the `max`imum; or the `sum`, added in float32 one after the other.
   */
  readonly duplicates?: Duplicates | undefined;
}

export interface CsvOptions extends CsvColumns, InteractionsOptions {}

/**
 * A fixed set of interactions: at most one value for each user and item.
 *
 * Users and items are numbered from 0 in order of first appearance; that number is their *position*, and ties in
 * every ranking go to the smaller one. Nothing here changes after construction.
 */
export class Interactions<U extends Id = string, I extends Id = string> {
  /** What was, and in `add` will be, done with several records for one pair. */
  readonly duplicates: Duplicates;
  readonly #users: IdMap<U>;
  readonly #items: IdMap<I>;
  readonly #byUser: SparseRows;
  readonly #times: Float64Array | undefined;
  #byItem: SparseRows | undefined;

  private constructor(duplicates: Duplicates, users: IdMap<U>, items: IdMap<I>, { matrix, times }: Gathered) {
    this.duplicates = duplicates;
    this.#users = users;
    this.#items = items;
    this.#byUser = matrix;
    this.#times = times;
  }

  /**
   * @throws KindredError NOT_FINITE for a value or time that is NaN, infinite or (values) beyond float32, naming the
   * record; INVALID_ARGUMENT for an id that is neither a string nor a finite number.
   */
  static from(records: Iterable<Interaction>, options?: InteractionsOptions): Interactions;
  static from(
    records: Iterable<Interaction<number, number>>,
    options?: InteractionsOptions,
  ): Interactions<number, number>;
  static from<U extends Id, I extends Id>(
    records: Iterable<Interaction<U, I>>,
    options?: InteractionsOptions,
  ): Interactions<U, I>;
  static from<U extends Id, I extends Id>(
    records: Iterable<Interaction<U, I>>,
    options: InteractionsOptions = {},
  ): Interactions<U, I> {
    const duplicates = requireDuplicates(options.duplicates);
    const gatherer = new Gatherer<U, I>(duplicates);
    takeAll(gatherer, requireIterable('The list of records', records));
    return new Interactions(duplicates, gatherer.users, gatherer.items, gatherer.finish());
  }

  /**
   * Reads a CSV: a whole text, bytes, or a stream of either (UTF-8). Columns are named as in the header, or numbered
   * from 0 if the file has none. Ids are strings, exactly as written.
   * @throws KindredError INVALID_ARGUMENT if a column is not there (the message lists those that are) or an id is
   * empty; NOT_FINITE for a bad number; CORRUPT_FILE for malformed CSV. The last two name the line.
   */
  static async fromCsv(source: CsvSource, options: CsvOptions): Promise<Interactions<string, string>> {
    const duplicates = requireDuplicates(options.duplicates);
    const gatherer = new Gatherer<string, string>(duplicates);
    await readCsv(source, options, ({ user, item, value, time, line }) => {
      gatherer.take(user, item, value, time, () => `Line ${line}`);
    });
    return new Interactions(duplicates, gatherer.users, gatherer.items, gatherer.finish());
  }

  /** Every user, in order of first appearance. */
  get users(): readonly U[] {
    return this.#users.ids;
  }

  /** Every item, in order of first appearance. */
  get items(): readonly I[] {
    return this.#items.ids;
  }

  /** How many distinct pairs of user and item there are. */
  get size(): number {
    return this.#byUser.indices.length;
  }

  hasUser(user: Id): boolean {
    return this.#users.has(user);
  }

  hasItem(item: Id): boolean {
    return this.#items.has(item);
  }

  /**
   * What one user did: items in order of position, each with its value.
   * @throws KindredError UNKNOWN_ID
   */
  profile(user: U): [item: I, value: number][] {
    const { indices, values } = rowOf(this.#byUser, this.userPosition(user));
    return Array.from(indices, (item, n) => [this.items[item], values[n]]);
  }

  /** Every distinct pair, by user and then item position. What `Interactions.from` needs to make this again. */
  *records(): Generator<Interaction<U, I> & { readonly value: number }> {
    const { rows, indptr, indices, values } = this.#byUser;
    for (let user = 0; user < rows; user++) {
      for (let entry = indptr[user]; entry < indptr[user + 1]; entry++) {
        const pair = { user: this.users[user], item: this.items[indices[entry]], value: values[entry] };
        const time = this.#times?.[entry];
        yield time === undefined || Number.isNaN(time) ? pair : { ...pair, time };
      }
    }
  }

  /**
   * These interactions and more, as a new object: what `from` would make of the old records followed by the new.
   * Positions of known users and items stay.
   */
  add<V extends Id, J extends Id>(records: Iterable<Interaction<V, J>>): Interactions<U | V, I | J> {
    const gatherer = new Gatherer<U | V, I | J>(this.duplicates, this.users, this.items);
    for (const { user, item, value, time } of this.records()) gatherer.take(user, item, value, time, () => 'Known');
    takeAll(gatherer, records);
    return new Interactions(this.duplicates, gatherer.users, gatherer.items, gatherer.finish());
  }

  /** Users x items in CSR form, for models and kernels. Shared, not copied: do not write into it. */
  byUser(): SparseRows {
    return this.#byUser;
  }

  /** Items x users in CSR form, made on first use. Shared, not copied: do not write into it. */
  byItem(): SparseRows {
    this.#byItem ??= transpose(this.#byUser);
    return this.#byItem;
  }

  /**
   * A user's row in `byUser()`.
   * @throws KindredError UNKNOWN_ID
   */
  userPosition(user: U): number {
    return this.#users.position(user);
  }

  /**
   * An item's row in `byItem()`.
   * @throws KindredError UNKNOWN_ID
   */
  itemPosition(item: I): number {
    return this.#items.position(item);
  }

  /** @throws KindredError UNKNOWN_ID naming every item that is not known. */
  itemPositions(items: Iterable<I>): number[] {
    return this.#items.positions(items);
  }
}

function takeAll<U extends Id, I extends Id>(gatherer: Gatherer<U, I>, records: Iterable<Interaction<U, I>>): void {
  let number = 0;
  const where = () => `records[${number}]`;
  for (const record of records) {
    if (typeof record !== 'object' || record === null) {
      throw new KindredError('INVALID_ARGUMENT', `${where()} is ${record}; expected { user, item, value?, time? }.`);
    }
    gatherer.take(record.user, record.item, record.value === undefined ? 1 : record.value, record.time, where);
    number++;
  }
}

function requireDuplicates(duplicates: Duplicates = 'last'): Duplicates {
  if (['last', 'first', 'sum', 'max'].includes(duplicates)) return duplicates;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `duplicates is ${JSON.stringify(duplicates)}; expected 'last', 'first', 'sum' or 'max'.`,
  );
}
