/** The beginning of a text in columns: what separates them, whether the first line names them, and which holds what. */
import { basename } from 'node:path';
import { KindredError } from '../../index.js';
import { SEPARATOR_LINE } from '../../recommend/data/readers/csv.js';
import { CsvRows } from '../../recommend/data/readers/csv-rows.js';
import { type Choice, type ColumnOptions, chooseByName, chooseByNumber, typedFor } from './columns.js';
import { layoutOf, namesBoth, ROLES } from './usual-names.js';

export interface TableOptions extends ColumnOptions {
  readonly delimiter?: string;
  /** If absent, the first line must leave no doubt. */
  readonly header?: boolean;
  /** The character, or false for none. */
  readonly quote?: string | false;
}

/** A first line that does not end before this is none. */
export const FIRST_LINE_MAX = 1 << 24;

export interface Table extends Choice<string | number> {
  readonly delimiter: string;
}

/**
 * @param start the beginning: whole lines, the first of them at least.
 * @param delimiters what may separate columns: the first that makes sense does.
 * @throws KindredError for a first line that cannot be read, or may be a header or not.
 */
export function readTableHead(
  path: string,
  start: string,
  delimiters: readonly string[],
  options: TableOptions,
  wantsTimes: boolean,
): Table {
  const text = start.replace(/^\ufeff/, '');
  const separator = SEPARATOR_LINE.exec(text);
  const body = separator ? text.slice(separator[0].length) : text;
  const likely = options.delimiter !== undefined ? [options.delimiter] : separator ? [separator[1]] : delimiters;
  const delimiter = delimiterOf(body, likely, options);
  const advice = adviceOn(body, delimiter, options);
  const rows =
    firstRow(body, delimiter, options) === undefined && advice !== '' ? [[body]] : rowsOf(body, delimiter, options);
  const [first, second] = rows;
  if (first === undefined) {
    throw refuse('the file is empty; a header line is expected (or --no-header)');
  }
  if (first.length < 2) {
    const found = `the header has ${first.length} column separated by ${JSON.stringify(delimiter)}`;
    throw refuse(`${found} (--delimiter sets what separates columns${advice}); a user and an item are expected`);
  }
  const layout = options.header === true ? undefined : layoutOf(basename(path), delimiter, first);
  if (hasHeader(first, layout !== undefined, options)) {
    const names = first.at(-1) === '' ? first.slice(0, -1) : first;
    const sample = (name: string) => second?.[names.indexOf(name)];
    const or = options.header ? '' : '; or --no-header, if this line is data';
    return { delimiter, ...chooseByName({ names, first: sample, areNumbered: true, advice: or }, options, wantsTimes) };
  }
  return { delimiter, ...chooseByNumber(first.length, layout, options, wantsTimes) };
}

/** Whether a text has columns of users and items, by their names. */
export function namesInteractions(start: string, delimiters: readonly string[]): boolean {
  return delimiters.some((delimiter) => namesBoth(rowsOf(start.replace(/^\ufeff/, ''), delimiter, {})[0] ?? []));
}

/** The delimiter under which the first line names users and items, else the first that there is. */
function delimiterOf(body: string, likely: readonly string[], options: TableOptions): string {
  const header = (delimiter: string) => firstRow(body, delimiter, options) ?? [];
  return (
    likely.find((delimiter) => namesBoth(header(delimiter))) ??
    likely.find((delimiter) => header(delimiter).length > 1) ??
    likely[0]
  );
}

/** What else may separate columns. */
function adviceOn(body: string, delimiter: string, options: TableOptions): string {
  const others = [';', '\t', '::', '|', ','].filter((other) => other !== delimiter);
  const better = others.find((other) => namesBoth(firstRow(body, other, options) ?? []));
  return better === undefined ? '' : `: here ${JSON.stringify(better)}`;
}

function firstRow(body: string, delimiter: string, options: TableOptions): string[] | undefined {
  try {
    return rowsOf(body, delimiter, options)[0];
  } catch {
    return undefined;
  }
}

/** @throws KindredError INVALID_ARGUMENT where data could be taken for names, or names for data. */
function hasHeader(first: readonly string[], isKnownLayout: boolean, options: TableOptions): boolean {
  if (options.header !== undefined) return options.header;
  const isNamed = ROLES.some((role) => first.includes(typedFor(role, options) ?? '\0'));
  if (isNamed || namesBoth(first)) return true;
  if (isKnownLayout) return false;
  const asNumbers = ROLES.some((role) => /^\d+$/.test(typedFor(role, options) ?? ''));
  const number = first.find((field) => /^\s*[+-]?\d+([.,]\d+)?(e[+-]?\d+)?\s*$|^\s*\d{4}-\d\d-\d\d/i.test(field));
  if (number === undefined && !asNumbers) return true;
  const why = number === undefined ? '' : `, ${JSON.stringify(number)} among it`;
  const advice = '--no-header --user-column 1 --item-column 2 if it is data, --header if it names the columns';
  throw refuse(`the first line may be data${why}; add ${advice}`);
}

/** The first two rows. A damaged second one is left to the reader. */
function rowsOf(text: string, delimiter: string, { quote = '"' }: TableOptions): string[][] {
  const found: string[][] = [];
  const rows = new CsvRows(
    delimiter,
    {
      row: (fields) => {
        if (found.length < 2) found.push(fields);
      },
      malformed: (line, message) => {
        if (found.length === 0) throw new KindredError('CORRUPT_FILE', `line ${line}: ${message}`);
      },
      looksLikeRow: () => false,
    },
    quote,
  );
  rows.read(text, true);
  return found;
}

function refuse(message: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', message);
}
