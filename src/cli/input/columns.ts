/** Which columns hold users, items, values and times: as told, else by the names people give them, else by place. */
import { KindredError } from '../../index.js';
import { CsvRows } from '../../recommend/data/csv-rows.js';

export interface ColumnOptions {
  readonly userColumn?: string;
  readonly itemColumn?: string;
  readonly valueColumn?: string;
  /** False if none is to be looked for. */
  readonly timeColumn?: string | false;
  readonly delimiter?: string;
  readonly header: boolean;
}

/** Columns by name, or by number from 0. */
export interface Columns<Name extends string | number = string | number> {
  readonly user: Name;
  readonly item: Name;
  readonly value: Name | undefined;
  readonly time: Name | undefined;
}

/** Compared without case, spaces, dashes and underscores. */
const USUAL_NAMES = {
  user: ['user', 'userid', 'username', 'customer', 'customerid', 'member', 'memberid', 'person', 'source'],
  item: ['item', 'itemid', 'product', 'productid', 'movie', 'movieid', 'article', 'articleid', 'event', 'library'],
  value: ['value', 'rating'],
  time: ['time', 'timestamp', 'datetime', 'date'],
};
type Role = keyof typeof USUAL_NAMES;

/** How much of a file may be its first line. */
export const FIRST_LINE_BYTES_MAX = 1 << 16;

/** @throws KindredError INVALID_ARGUMENT for columns that are no numbers from 1. */
export function columnsByNumber(options: ColumnOptions): Columns<number> {
  const optional = (option: string, text: string | false | undefined) =>
    text === undefined || text === false ? undefined : columnNumber(option, text);
  return {
    user: columnNumber('--user-column', options.userColumn ?? '1'),
    item: columnNumber('--item-column', options.itemColumn ?? '2'),
    value: optional('--value-column', options.valueColumn),
    time: optional('--time-column', options.timeColumn),
  };
}

/**
 * @param names every column there is, in order.
 * @param what says what the names stand in, for complaints.
 * @throws KindredError INVALID_ARGUMENT for columns that cannot be told.
 */
export function columnsByName(names: readonly string[], what: string, options: ColumnOptions): Columns<string> {
  const usualName = (role: Role) =>
    names.find((name) => USUAL_NAMES[role].includes(name.toLowerCase().replaceAll(/[\s_-]/g, '')));
  const user = options.userColumn ?? usualName('user');
  const item = options.itemColumn ?? usualName('item');
  const firstUser = user ?? names.find((name) => name !== item);
  const firstItem = item ?? names.find((name) => name !== firstUser);
  if (firstUser === undefined || firstItem === undefined) {
    const found = `${names.length} column${names.length === 1 ? '' : 's'}`;
    throw new KindredError('INVALID_ARGUMENT', `${what.replace('%', found)}; a user and an item are expected`);
  }
  return {
    user: firstUser,
    item: firstItem,
    value: options.valueColumn ?? usualName('value'),
    time: options.timeColumn === false ? undefined : (options.timeColumn ?? usualName('time')),
  };
}

/** @param start the first bytes of a CSV. @throws KindredError CORRUPT_FILE for a first line that is no CSV. */
export function csvHeader(start: Uint8Array, delimiter: string): string[] {
  const line = firstLineOf(start);
  let header: string[] | undefined;
  const rows = new CsvRows(delimiter, {
    row: (fields) => {
      header ??= fields;
    },
    malformed: (_, message) => {
      throw new KindredError('CORRUPT_FILE', `line 1: ${message}`);
    },
    looksLikeRow: () => false,
  });
  rows.read(line, true);
  if (header !== undefined) return header;
  throw new KindredError('INVALID_ARGUMENT', 'the file is empty; a header line is expected (or --no-header)');
}

/**
 * The fields of the first object. @param start the first bytes of a file of JSON lines. @throws KindredError
 * CORRUPT_FILE
 */
export function jsonlFields(start: Uint8Array): string[] {
  const line = firstLineOf(start);
  if (line === '') throw new KindredError('INVALID_ARGUMENT', 'the file is empty; one object a line is expected');
  try {
    const row = JSON.parse(line) as unknown;
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return Object.keys(row);
  } catch {}
  const shown = line.length > 40 ? `${line.slice(0, 40)}...` : line;
  throw new KindredError('CORRUPT_FILE', `the first line is ${JSON.stringify(shown)}; expected one JSON object a line`);
}

/** @throws KindredError CORRUPT_FILE, and INVALID_ARGUMENT if the package hyparquet is not installed. */
export async function parquetColumns(bytes: Uint8Array): Promise<string[]> {
  let hyparquet: typeof import('hyparquet');
  try {
    hyparquet = await import('hyparquet');
  } catch (cause) {
    const message = 'Parquet needs the package hyparquet, which is not installed: npm install hyparquet';
    throw new KindredError('INVALID_ARGUMENT', message, { cause });
  }
  try {
    const file = new Uint8Array(bytes).buffer;
    const schema = hyparquet.parquetSchema(await hyparquet.parquetMetadataAsync(file));
    return schema.children.map(({ element }) => element.name);
  } catch (cause) {
    throw new KindredError('CORRUPT_FILE', `this is no Parquet file: ${(cause as Error).message}`, { cause });
  }
}

/** The first line that is not blank. */
function firstLineOf(start: Uint8Array): string {
  const text = new TextDecoder().decode(start.subarray(0, FIRST_LINE_BYTES_MAX));
  return /[^\r\n]+/.exec(text)?.[0] ?? '';
}

function columnNumber(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text) - 1;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${option} ${JSON.stringify(text)}: without a header a column is a number, from 1`,
  );
}
