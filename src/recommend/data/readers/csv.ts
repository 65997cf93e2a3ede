/** Reads interactions out of CSV, row by row, with the line in every complaint. */

import { readChoice } from '../../../arguments/choices.js';
import { refusal } from '../../../arguments/refuse.js';
import { KindredError } from '../../../errors.js';
import { quote } from '../ids.js';
import type { BadRowReason, ReadingLog } from '../report.js';
import { parseNumber, type TimeReader } from '../time.js';
import { CsvRows, type CsvRowTaker } from './csv-rows.js';
import type { TextEncoding } from './encodings.js';
import { blocksOf, NOT_UTF8, type TextSource } from './text-blocks.js';

/** A whole CSV, or its pieces in order. It may be cut anywhere; bytes are UTF-8 unless told otherwise. */
export type CsvSource = TextSource;

/** Which column holds what: all by name (the first row is a header) or all by number from 0 (there is no header). */
export interface CsvColumns {
  readonly user: string | number;
  readonly item: string | number;
  /** Without it every value is 1. */
  readonly value?: string | number | undefined;
  readonly time?: string | number | undefined;
  /** What separates columns, of any length. If absent, what a first line such as `sep=;` names, else a comma. */
  readonly delimiter?: string | undefined;
  /** The character that fields may be put in; `false` if quotes mean nothing. `"` if absent. */
  readonly quote?: string | false | undefined;
  /** The decimal mark of values and times. A point if absent. */
  readonly decimal?: '.' | ',' | undefined;
  /** How bytes are written. If absent, as the byte-order mark says, else UTF-8. */
  readonly encoding?: TextEncoding | undefined;
  /**
   * Whether a field in quotes may hold line breaks whatever its lines look like. If not (default), such a field is
   * refused where one of its lines could be a row by itself: most likely a quote is missing.
   */
  readonly lineBreaks?: boolean | undefined;
}

/** Takes what a row says; `line` is where the row begins, from 1. */
export type TakeInteraction = (
  user: string,
  item: string,
  value: number,
  time: number | undefined,
  line: number,
) => void;

const ROLES = ['user', 'item', 'value', 'time'] as const;
type Role = (typeof ROLES)[number];
/** Where in a row each wanted column is. */
type Places = Readonly<Partial<Record<Role, number>>> & { readonly user: number; readonly item: number };

/** @throws KindredError for columns that are not there, and for bad rows unless the log skips them. */
export async function readCsv(
  source: CsvSource,
  columns: CsvColumns,
  times: TimeReader,
  log: ReadingLog,
  take: TakeInteraction,
): Promise<void> {
  const quoteMark = requireQuote(columns?.quote);
  let delimiter = requireDelimiter(columns?.delimiter, quoteMark);
  let reader: CsvReader | undefined;
  let rows: CsvRows | undefined;
  let rest = '';
  for await (const { text, last } of blocksOf(source, columns?.encoding)) {
    let whole = rest + text;
    if (rows === undefined || reader === undefined) {
      const named = SEPARATOR_LINE.exec(whole);
      delimiter ??= requireDelimiter(named?.[1], quoteMark) ?? ',';
      reader = new CsvReader(columns, delimiter, times, log, take);
      rows = new CsvRows(delimiter, reader, quoteMark ?? false);
      if (named) {
        requireSame(named[1], delimiter);
        rows.skipLine();
        whole = whole.slice(named[0].length);
      }
    }
    rest = whole.slice(rows.read(whole, last));
  }
  reader?.finish();
}

/** The first line with which spreadsheets say what separates columns. */
export const SEPARATOR_LINE = /^sep=(.)(?:\r\n|\r|\n|$)/i;

function requireSame(named: string, delimiter: string): void {
  if (named === delimiter) return;
  const found = `Line 1 says that columns are separated by ${quote(named)}; the delimiter given is ${quote(delimiter)}.`;
  throw new KindredError('INVALID_ARGUMENT', found);
}

class CsvReader implements CsvRowTaker {
  readonly #columns: CsvColumns;
  readonly #delimiter: string;
  readonly #decimalComma: boolean;
  readonly #byName: boolean;
  readonly #times: TimeReader;
  readonly #log: ReadingLog;
  readonly #take: TakeInteraction;
  #places: Places | undefined;
  #width = 0;

  constructor(columns: CsvColumns, delimiter: string, times: TimeReader, log: ReadingLog, take: TakeInteraction) {
    this.#columns = columns;
    this.#delimiter = delimiter;
    this.#decimalComma = readChoice(columns.decimal ?? '.', 'decimal', ['.', ',']) === ',';
    this.#byName = namesAHeader(columns);
    this.#times = times;
    this.#log = log;
    this.#take = take;
  }

  /** Whether an interaction was taken. */
  row(fields: string[], line: number): boolean {
    if (!this.#places) {
      this.#begin(fields, line);
      if (this.#byName) return false;
    }
    const log = this.#log;
    log.read++;
    const places = this.#places as Places;
    // What ends with a delimiter loses nothing with the empty field behind it.
    while (fields.length > this.#width && fields[fields.length - 1] === '') fields.pop();
    if (fields.length !== this.#width) return this.#badWidth(fields, line);
    if (fields.some(hasNul)) return this.#badText(fields, line);
    const user = fields[places.user];
    const item = fields[places.item];
    if (user === '') return this.#bad(line, 'id', 'the user is empty');
    if (item === '') return this.#bad(line, 'id', 'the item is empty');
    let value = 1;
    if (places.value !== undefined) {
      const number = this.#numberOf(fields[places.value]);
      if (number === undefined) {
        return this.#bad(line, 'value', `the value is ${quote(fields[places.value])}; expected a finite number`);
      }
      value = number;
    }
    let time: number | undefined;
    if (places.time !== undefined) {
      time = this.#times.ofText(fields[places.time], (text) => this.#numberOf(text));
      if (time === undefined) {
        return this.#bad(line, 'time', `the time is ${quote(fields[places.time])}; expected ${this.#times.expected}`);
      }
    }
    this.#take(user, item, value, time, line);
    return true;
  }

  malformed(line: number, message: string): void {
    if (!this.#places) throw new KindredError('CORRUPT_FILE', `Line ${line}: the CSV is malformed: ${message}.`);
    this.#log.read++;
    this.#bad(line, 'malformed', `the CSV is malformed: ${message}`);
  }

  looksLikeRow(line: string): boolean {
    const places = this.#places;
    if (this.#columns.lineBreaks === true || !places) return false;
    const fields = line.split(this.#delimiter);
    if (fields.length !== this.#width || fields[places.user] === '' || fields[places.item] === '') return false;
    return places.value === undefined || this.#numberOf(fields[places.value]) !== undefined;
  }

  finish(): void {
    if (this.#byName && !this.#places) {
      throw badColumns('The CSV is empty; expected a header row and', this.#columns);
    }
  }

  /** The first row says where the columns are, so that it cannot be skipped. */
  #begin(fields: string[], line: number): void {
    if (this.#byName && fields.some(hasNul)) {
      throw new KindredError('CORRUPT_FILE', `Line ${line}: ${badTextOf(fields)}; expected a header in UTF-8 text.`);
    }
    while (this.#byName && fields.length > 1 && fields[fields.length - 1] === '') fields.pop();
    this.#places = this.#byName ? placesByName(fields, this.#columns) : placesByNumber(fields, this.#columns);
    this.#width = fields.length;
  }

  #numberOf(text: string): number | undefined {
    if (!this.#decimalComma) return parseNumber(text);
    return text.includes('.') ? undefined : parseNumber(text.replace(',', '.'));
  }

  #badWidth(fields: string[], line: number): false {
    const found = `${fields.length} column${fields.length === 1 ? '' : 's'}`;
    return this.#bad(line, 'columns', `the row has ${found}; expected ${this.#width}, as in the first row`);
  }

  #badText(fields: string[], line: number): false {
    const reason = fields.some((field) => field.includes(NOT_UTF8)) ? 'encoding' : 'malformed';
    return this.#bad(line, reason, `${badTextOf(fields)}; expected UTF-8 text`);
  }

  #bad(line: number, reason: BadRowReason, message: string): false {
    return this.#log.bad(line, reason, () => `Line ${line}: ${message}.`);
  }
}

function hasNul(field: string): boolean {
  return field.includes('\0');
}

function badTextOf(fields: string[]): string {
  const broken = fields.some((field) => field.includes(NOT_UTF8));
  return broken ? 'the bytes are not UTF-8' : 'there is a NUL character';
}

function requireDelimiter(delimiter: string | undefined, quote: string | undefined): string | undefined {
  if (delimiter === undefined) return undefined;
  const isText = typeof delimiter === 'string' && delimiter !== '' && !/[\r\n\0]/.test(delimiter);
  if (isText && (quote === undefined || !delimiter.includes(quote))) return delimiter;
  throw refusal('delimiter', delimiter, "a text like ',' or ';'");
}

/** Undefined if quotes mean nothing. */
function requireQuote(quote: string | false = '"'): string | undefined {
  if (quote === false) return undefined;
  if (typeof quote === 'string' && quote.length === 1 && !/[\r\n\0\ufeff]/.test(quote)) return quote;
  throw refusal('quote', quote, 'one character, or false');
}

/** Whether the columns are given by name; they must not be mixed, or it is unclear if there is a header. */
function namesAHeader(columns: CsvColumns): boolean {
  const given = ROLES.filter((role) => columns[role] !== undefined);
  const wrong = given.find((role) => typeof columns[role] !== typeof columns.user);
  const numbers = given.filter((role) => typeof columns[role] === 'number');
  const negative = numbers.find((role) => !(Number.isInteger(columns[role]) && (columns[role] as number) >= 0));
  const known = ['string', 'number'].includes(typeof columns.user);
  if (!known || columns.item === undefined || wrong || negative) {
    throw badColumns('Expected columns that are all header names, or all numbers from 0:', columns);
  }
  if (new Set(given.map((role) => columns[role])).size < given.length) {
    throw badColumns('Expected a column of its own for each:', columns);
  }
  return typeof columns.user === 'string';
}

function placesByName(header: string[], columns: CsvColumns): Places {
  return placesOf(columns, (column) => {
    const place = header.indexOf(column as string);
    const found = `The columns are: ${header.map(quote).join(', ')}.`;
    if (place < 0) throw new KindredError('INVALID_ARGUMENT', `There is no column ${quote(column)}. ${found}`);
    if (header.lastIndexOf(column as string) !== place) {
      throw new KindredError('INVALID_ARGUMENT', `There is more than one column ${quote(column)}. ${found}`);
    }
    return place;
  });
}

function placesByNumber(firstRow: string[], columns: CsvColumns): Places {
  return placesOf(columns, (column) => {
    if ((column as number) < firstRow.length) return column as number;
    const found = `The first row has ${firstRow.length}, numbered from 0: ${firstRow.map(quote).join(', ')}.`;
    throw new KindredError('INVALID_ARGUMENT', `There is no column ${column}. ${found}`);
  });
}

function placesOf(columns: CsvColumns, placeOf: (column: string | number) => number): Places {
  const places: Partial<Record<Role, number>> = {};
  for (const role of ROLES) {
    const column = columns[role];
    if (column !== undefined) places[role] = placeOf(column);
  }
  return places as Places;
}

function badColumns(complaint: string, { user, item, value, time }: CsvColumns): KindredError {
  const given = JSON.stringify({ user, item, value, time });
  return new KindredError('INVALID_ARGUMENT', `${complaint} the columns given are ${given}.`);
}
