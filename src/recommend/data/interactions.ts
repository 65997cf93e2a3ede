/** Who did what, and how much: the sparse users x items matrix that every recommender learns from. */
import { readIterable } from '../../arguments/choices.js';
import { reading } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import type { SparseRows } from '../../backend/contract/backend.js';
import { KindredError, refuseClones, refuseNew } from '../../errors.js';
import { rowOf, transpose } from './csr.js';
import { withoutItem, withoutUser } from './forget.js';
import { type Duplicates, type Gathered, Gatherer, requireDuplicates } from './gather.js';
import type { Id, IdMap } from './ids.js';
import {
  type CsvOptions,
  type Interaction,
  type InteractionRecord,
  type InteractionsOptions,
  type JsonlOptions,
  Making,
  ofLine,
  type ParquetOptions,
  type RecordOptions,
  readCsvOptions,
  readInteractionsOptions,
  readJsonlOptions,
  readParquetOptions,
  readRecordOptions,
  takeAll,
} from './making.js';
import { type InteractionsParts, readParts } from './parts.js';
import { applyKCore, applyMinValue, type Held, type KCore, makeImplicit, NONE_FIXED, select } from './preprocess.js';
import type { CsvSource } from './readers/csv.js';
import { readJsonl } from './readers/jsonl.js';
import type { ParquetSource } from './readers/parquet/read-parquet.js';
import type { TextSource } from './readers/text-blocks.js';
import { type InteractionsReport, ReadingLog, reportOf } from './report.js';
import { TimeReader, type TimeUnit } from './time.js';

/**
 * A fixed set of interactions: at most one value for each user and item.
 *
 * Users and items are numbered from 0 in order of first appearance; that number is their *position*, and ties in
 * every ranking go to the smaller one. Nothing here changes after construction.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea', value: 2 },
 *   { user: 'Ben', item: 'tea' },
 * ]);
 * interactions.users; // ['Ann', 'Ben']
 * interactions.add([{ user: 'Ben', item: 'milk' }]).items; // ['tea', 'milk']
 * (await Interactions.fromCsv('who,what\nAnn,tea\n', { user: 'who', item: 'what' })).users; // ['Ann']
 */
export class Interactions<U extends Id = string, I extends Id = string> {
  /** What was, and in `add` will be, done with several records for one pair. */
  readonly duplicates: Duplicates;
  /** What came in and what became of it, over all steps that led here. */
  readonly report: InteractionsReport;
  /**
   * What times are kept in: milliseconds since 1970, or numbers as they were given. Undefined if nothing has a time, or
   * nobody knows: `add` then goes by what comes first. It refuses what would mix two units.
   */
  readonly timeUnit: TimeUnit | undefined;
  readonly #users: IdMap<U>;
  readonly #items: IdMap<I>;
  readonly #byUser: SparseRows;
  readonly #times: Float64Array | undefined;
  #byItem: SparseRows | undefined;

  private constructor(duplicates: Duplicates, held: Held<U, I>) {
    refuseNew(held, 'Interactions are made by Interactions.from and its sisters');
    const { users, items, matrix, times, report, timeUnit } = held;
    refuseClones(this, () => 'Interactions: send their toParts(), and read them with Interactions.fromParts.');
    this.duplicates = duplicates;
    this.report = report;
    this.timeUnit = timeUnit;
    this.#users = users;
    this.#items = items;
    this.#byUser = matrix;
    this.#times = times;
  }

  /**
   * @throws KindredError NOT_FINITE for a value or time that is NaN, infinite or (values) beyond float32, naming the
   * record; INVALID_ARGUMENT for an id that is neither a string nor a finite number. With `onBadRow: 'skip'` such
   * records are left out and counted in `report`.
   */
  static from(records: Iterable<InteractionRecord>, options?: InteractionsOptions<string, string>): Interactions;
  static from(
    records: Iterable<InteractionRecord<number, number>>,
    options?: InteractionsOptions<number, number>,
  ): Interactions<number, number>;
  static from<U extends Id, I extends Id>(
    records: Iterable<InteractionRecord<U, I>>,
    options?: InteractionsOptions<U, I>,
  ): Interactions<U, I>;
  static from<U extends Id, I extends Id>(
    records: Iterable<InteractionRecord<U, I>>,
    options: InteractionsOptions<U, I> = {},
  ): Interactions<U, I> {
    const making = new Making<U, I>(readInteractionsOptions(options));
    making.takeAll(readIterable(records, 'records'));
    return new Interactions(making.duplicates, making.finish());
  }

  /**
   * Reads a CSV: a whole text, bytes, or a stream of either (UTF-8). Columns are named as in the header, or numbered
   * from 0 if the file has none. Ids are strings, exactly as written.
   *
   * A damaged row is an error, or with `onBadRow: 'skip'` skipped with its own line only: see `report`.
   * @throws KindredError INVALID_ARGUMENT if a column is not there (the message lists those that are) or an id is
   * empty; NOT_FINITE for a bad number; CORRUPT_FILE for malformed CSV or text. The last three name the line.
   */
  static async fromCsv(source: CsvSource, options: CsvOptions): Promise<Interactions<string, string>> {
    const asked = readCsvOptions(options);
    const making = new Making<string, string>(asked);
    const { gatherer, log, times } = making;
    // Loaded when the first is read: most pages read none.
    const { readCsv } = await import('./readers/csv.js');
    await readCsv(source, asked, times, log, (user, item, value, time, line) => {
      gatherer.take(user, item, value, time, line, ofLine);
    });
    return new Interactions(making.duplicates, making.finish());
  }

  /**
   * Reads JSON Lines: one object a line, in a whole text, bytes, or a stream of either (UTF-8). `user`, `item`, `value`
   * and `time` name the fields. Ids are texts or numbers, and keep their type unless `ids: 'text'`.
   * @throws KindredError as `fromCsv`; a field that is missing is an error too.
   */
  static async fromJsonl<U extends Id = Id, I extends Id = Id>(
    source: TextSource,
    options: JsonlOptions,
  ): Promise<Interactions<U, I>> {
    const asked = readJsonlOptions(options);
    const making = new Making<U, I>(asked);
    await readJsonl(source, asked.encoding, making.fields(asked), making.takeFields);
    return new Interactions(making.duplicates, making.finish());
  }

  /**
   * Reads a Parquet file with the package `hyparquet`, which must be installed (`npm install hyparquet`); it unpacks
   * Snappy by itself. `user`, `item`, `value` and `time` name the columns. 64-bit integers become numbers; ids beyond
   * 2^53 need `ids: 'text'`. Timestamps become milliseconds since 1970. In a bundle, import
   * hyparquet and pass it: `{ hyparquet }`.
   *
   * hyparquet trusts the pages of a file: damage inside them can keep it busy without end. Read files of unknown origin
   * in a worker that can be ended.
   * @throws KindredError as `fromCsv`, naming the row, from 0; CORRUPT_FILE for what is no Parquet file.
   */
  static async fromParquet<U extends Id = Id, I extends Id = Id>(
    source: ParquetSource,
    options: ParquetOptions,
  ): Promise<Interactions<U, I>> {
    const asked = readParquetOptions(options);
    const making = new Making<U, I>(asked);
    const { readParquet } = await import('./readers/parquet/read-parquet.js');
    await readParquet(source, asked, making.fields(asked), making.takeFields, asked.hyparquet);
    return new Interactions(making.duplicates, making.finish());
  }

  /**
   * Interactions out of what `toParts` gave. Arrays are checked and shared, not copied.
   * @throws KindredError INVALID_ARGUMENT for parts that do not fit together.
   */
  static fromParts<U extends Id, I extends Id>(parts: InteractionsParts<U, I>): Interactions<U, I> {
    const held = readParts(parts);
    return new Interactions(requireDuplicates(parts.duplicates), held);
  }

  /** Ids and arrays that these interactions consist of, shared: do not write into them. */
  toParts(): InteractionsParts<U, I> {
    const { indptr, indices, values } = this.#byUser;
    const { users, items, duplicates } = this;
    return {
      users,
      items,
      indptr,
      indices,
      values: values as Float32Array,
      times: this.#times,
      timeUnit: this.timeUnit,
      duplicates,
    };
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
   * Positions of known users and items stay. `minValue`, `feedback` and `kCore` were for the old records only.
   */
  add<V extends Id, J extends Id>(
    records: Iterable<InteractionRecord<V, J>>,
    options: RecordOptions = {},
  ): Interactions<U | V, I | J> {
    const { onBadRow, timeFormat } = readRecordOptions(options);
    const log = new ReadingLog(onBadRow);
    const gatherer = new Gatherer<U | V, I | J>(this.#users.extended<V>(), this.#items.extended<J>(), log);
    const times = new TimeReader(timeFormat, this.timeUnit);
    takeAll(gatherer, readIterable(records, 'records'), times);
    const gathered = gatherer.finish(this.duplicates, this.#gathered());
    const report = log.reportOnTop(this.report, gathered.matrix.indices.length);
    return new Interactions<U | V, I | J>(this.duplicates, {
      users: gatherer.users,
      items: gatherer.items,
      ...gathered,
      report,
      timeUnit: gathered.times && times.unit,
    });
  }

  /**
   * Interactions without this user, as a new object: what the user did is gone, and so is the id. Users behind it move
   * up by one position; items keep theirs, also those that nobody else has.
   * @throws KindredError UNKNOWN_ID
   */
  forget(user: U): Interactions<U, I> {
    return new Interactions(this.duplicates, withoutUser(this.#held(), this.userPosition(user)));
  }

  /**
   * Interactions without this item, as a new object: it is gone from every history, and so is its id. Items behind it
   * move up by one position; users stay, also those who have nothing else.
   * @throws KindredError UNKNOWN_ID
   */
  forgetItem(item: I): Interactions<U, I> {
    return new Interactions(this.duplicates, withoutItem(this.#held(), this.itemPosition(item)));
  }

  /**
   * Those with at least this value. Users and items left without any are dropped.
   * @throws KindredError INVALID_ARGUMENT
   */
  withMinValue(minValue: number): Interactions<U, I> {
    return new Interactions(this.duplicates, applyMinValue(this.#held(), minValue, NONE_FIXED));
  }

  /** The same with every value 1: that it happened is what counts. */
  toImplicit(): Interactions<U, I> {
    return new Interactions(this.duplicates, makeImplicit(this.#held()));
  }

  /**
   * Without users and items that have too few interactions, until all that are left have enough. `kCore(5)` asks for
   * five of each, `kCore({ users: 5 })` for users only. Users and items without any interaction are dropped too.
   * @throws KindredError INVALID_ARGUMENT
   */
  kCore(least: number | KCore): Interactions<U, I> {
    return new Interactions(this.duplicates, applyKCore(this.#held(), least, NONE_FIXED));
  }

  /**
   * The entries of `byUser()` that are marked by anything but 0. All users and items stay, with their positions.
   * @throws KindredError DIMENSION_MISMATCH unless there is a mark for every entry.
   */
  select(marks: ArrayLike<number>): Interactions<U, I> {
    if (marks.length !== this.size) {
      const message = `There are ${marks.length} marks; expected ${this.size}, one for each interaction.`;
      throw new KindredError('DIMENSION_MISMATCH', message);
    }
    const chosen = select(this.#held(), marks, 'kCore');
    return new Interactions(this.duplicates, { ...chosen, report: reportOf(chosen.matrix.indices.length) });
  }

  /**
   * The time of each entry of `byUser()`, NaN where there is none; undefined if none has one. Shared: do not write into
   * it.
   */
  get times(): Float64Array | undefined {
    return this.#times;
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

  #held(): Held<U, I> {
    const { report, timeUnit } = this;
    return { users: this.#users, items: this.#items, ...this.#gathered(), report, timeUnit };
  }

  #gathered(): Gathered {
    return { matrix: this.#byUser, times: this.#times };
  }
}

/** @throws KindredError INVALID_ARGUMENT */
export function requireInteractions(given: unknown, name = 'interactions'): asserts given is Interactions<Id, Id> {
  if (reading(name, () => given instanceof Interactions)) return;
  throw refusal(name, given, 'Interactions, which Interactions.from(records) makes');
}
