/** Interactions while they are made: what can be asked of a reading, and how its records become a matrix. */
import { readObject } from '../../arguments/objects.js';
import type { CsvColumns } from './csv.js';
import { type Duplicates, Gatherer, requireDuplicates } from './gather.js';
import type { Id } from './ids.js';
import { type FieldNames, FieldReader } from './jsonl.js';
import { idMapOf } from './parts.js';
import { type Held, type PreprocessOptions, preprocess, requirePreprocessing } from './preprocess.js';
import { type OnBadRow, ReadingLog } from './report.js';
import { type TimeFormat, TimeReader } from './time.js';

export interface Interaction<U extends Id = string, I extends Id = string> {
  readonly user: U;
  readonly item: I;
  /** How much: a rating, a count. 1 if absent. Kept as float32. */
  readonly value?: number | undefined;
  /** When, in any unit that grows; what splits by time and models that look at it go by. */
  readonly time?: number | undefined;
}

/** An interaction as it comes in: its time may also be a date or an ISO 8601 text, kept in milliseconds since 1970. */
export interface InteractionRecord<U extends Id = string, I extends Id = string>
  extends Omit<Interaction<U, I>, 'time'> {
  readonly time?: number | string | Date | undefined;
}

export interface RecordOptions {
  /** What a bad row does: ends the reading with an error that names it (default), or is skipped and reported. */
  readonly onBadRow?: OnBadRow | undefined;
  /** How times are written. If absent, as the first one is. */
  readonly timeFormat?: TimeFormat | undefined;
}

export interface InteractionsOptions<U extends Id = Id, I extends Id = Id> extends RecordOptions, PreprocessOptions {
  /**
   * What becomes of several records for one user and one item: `last` (default) or `first` in the order given,
   * whatever their times; the `latest` by time; the `max`imum; or the `sum`, added in float32 one after the other.
   */
  readonly duplicates?: Duplicates | undefined;
  /** Users that get the first positions, and stay even if they have no interactions. */
  readonly users?: Iterable<U> | undefined;
  /** Items that get the first positions, and stay even if nobody has them. */
  readonly items?: Iterable<I> | undefined;
}

export interface CsvOptions extends CsvColumns, InteractionsOptions {}
export interface JsonlOptions extends FieldNames, InteractionsOptions {}
export interface ParquetOptions extends FieldNames, InteractionsOptions {}

/** Interactions while they are read. */
export class Making<U extends Id, I extends Id> {
  readonly duplicates: Duplicates;
  readonly log: ReadingLog;
  readonly times: TimeReader;
  readonly gatherer: Gatherer<U, I>;
  readonly #preprocessing: PreprocessOptions;
  readonly #fixed: { users: number; items: number };

  constructor(options: InteractionsOptions) {
    readObject(options, "{ duplicates: 'sum' }");
    this.duplicates = requireDuplicates(options.duplicates);
    this.log = new ReadingLog(options.onBadRow);
    this.times = new TimeReader(options.timeFormat);
    this.#preprocessing = requirePreprocessing(options);
    const users = idMapOf<U>('user', (options.users ?? []) as Iterable<U>);
    const items = idMapOf<I>('item', (options.items ?? []) as Iterable<I>);
    this.#fixed = { users: users.ids.length, items: items.ids.length };
    this.gatherer = new Gatherer(users, items, this.log);
  }

  fields(names: FieldNames): FieldReader {
    return new FieldReader(names, this.times, this.log);
  }

  readonly takeFields = (
    user: Id,
    item: Id,
    value: number,
    time: number | undefined,
    line: number,
    where: () => string,
  ): void => {
    this.gatherer.take(user as U, item as I, value, time, line, where);
  };

  takeAll(records: Iterable<unknown>): void {
    takeAll(this.gatherer, records, this.times);
  }

  finish(): Held<U, I> {
    const { users, items } = this.gatherer;
    const gathered = this.gatherer.finish(this.duplicates);
    const report = this.log.report(gathered.matrix.indices.length);
    return preprocess({ users, items, ...gathered, report }, this.#preprocessing, this.#fixed);
  }
}

export function takeAll<U extends Id, I extends Id>(
  gatherer: Gatherer<U, I>,
  records: Iterable<unknown>,
  times: TimeReader,
): void {
  let number = 0;
  for (const record of records) gatherer.takeRecord(record, times, number++, ofRecord);
}

export function ofLine(line: number): string {
  return `Line ${line}`;
}

function ofRecord(number: number): string {
  return `records[${number}]`;
}
