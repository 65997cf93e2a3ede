/** Interactions while they are made: what can be asked of a reading, and how its records become a matrix. */
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { type Duplicates, Gatherer, requireDuplicates } from './gather.js';
import type { Id } from './ids.js';
import { idMapOf } from './parts.js';
import {
  type Held,
  PREPROCESS_OPTIONS,
  type PreprocessOptions,
  preprocess,
  requirePreprocessing,
} from './preprocess.js';
import type { CsvColumns } from './readers/csv.js';
import type { TextEncoding } from './readers/encodings.js';
import { FIELD_NAMES, type FieldNames, FieldReader } from './readers/jsonl.js';
import type { HyparquetModule } from './readers/parquet/read-parquet.js';
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
export interface JsonlOptions extends FieldNames, InteractionsOptions {
  /** How bytes are written. If absent, as the byte-order mark says, else UTF-8. */
  readonly encoding?: TextEncoding | undefined;
}
export interface ParquetOptions extends FieldNames, InteractionsOptions {
  /** The module `hyparquet`, for bundles. If absent, the installed package is loaded. */
  readonly hyparquet?: HyparquetModule | undefined;
}

const RECORD_OPTIONS: OptionNames<RecordOptions> = { onBadRow: true, timeFormat: true };
const INTERACTIONS_OPTIONS: OptionNames<InteractionsOptions> = {
  ...RECORD_OPTIONS,
  ...PREPROCESS_OPTIONS,
  duplicates: true,
  users: true,
  items: true,
};
const CSV_COLUMNS: OptionNames<CsvColumns> = {
  user: true,
  item: true,
  value: true,
  time: true,
  delimiter: true,
  quote: true,
  decimal: true,
  encoding: true,
  lineBreaks: true,
};
const CSV_OPTIONS: OptionNames<CsvOptions> = { ...CSV_COLUMNS, ...INTERACTIONS_OPTIONS };
const JSONL_OPTIONS: OptionNames<JsonlOptions> = { ...FIELD_NAMES, ...INTERACTIONS_OPTIONS, encoding: true };
const PARQUET_OPTIONS: OptionNames<ParquetOptions> = { ...FIELD_NAMES, ...INTERACTIONS_OPTIONS, hyparquet: true };
const COLUMNS_EXAMPLE = "{ user: 'user', item: 'item' }";

/** Of records that come on top of others. @throws KindredError INVALID_ARGUMENT, as the others here */
export function readRecordOptions(options: RecordOptions): RecordOptions {
  return readObject(options, "{ onBadRow: 'skip' }", RECORD_OPTIONS);
}

export function readInteractionsOptions<U extends Id, I extends Id>(
  options: InteractionsOptions<U, I>,
): InteractionsOptions<U, I> {
  return readObject(options, "{ duplicates: 'sum' }", INTERACTIONS_OPTIONS);
}

export function readCsvOptions(options: CsvOptions): CsvOptions {
  return readObject(options, COLUMNS_EXAMPLE, CSV_OPTIONS);
}

export function readJsonlOptions(options: JsonlOptions): JsonlOptions {
  return readObject(options, COLUMNS_EXAMPLE, JSONL_OPTIONS);
}

export function readParquetOptions(options: ParquetOptions): ParquetOptions {
  return readObject(options, COLUMNS_EXAMPLE, PARQUET_OPTIONS);
}

/** Interactions while they are read. */
export class Making<U extends Id, I extends Id> {
  readonly duplicates: Duplicates;
  readonly log: ReadingLog;
  readonly times: TimeReader;
  readonly gatherer: Gatherer<U, I>;
  readonly #preprocessing: PreprocessOptions;
  readonly #fixed: { users: number; items: number };

  /** @param options as one of the functions above has read them */
  constructor(options: InteractionsOptions) {
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
    const timeUnit = gathered.times && this.times.unit;
    return preprocess({ users, items, ...gathered, report, timeUnit }, this.#preprocessing, this.#fixed);
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
