/** Which columns of a CSV hold users, items and values: as told, else by the names people give them, else by place. */
import { KindredError } from '../index.js';
import type { CsvOptions } from '../recommend/index.js';

export interface ColumnOptions {
  readonly userColumn?: string;
  readonly itemColumn?: string;
  readonly valueColumn?: string;
  readonly delimiter?: string;
  readonly header: boolean;
}

/** Compared without case, spaces, dashes and underscores. */
const USUAL_NAMES = {
  user: ['user', 'userid', 'username', 'customer', 'customerid', 'member', 'memberid', 'person', 'source'],
  item: ['item', 'itemid', 'product', 'productid', 'movie', 'movieid', 'article', 'articleid', 'event', 'library'],
  value: ['value', 'rating'],
};

/** How much of a file may be its first line. */
const HEADER_BYTES_MAX = 1 << 16;

/** @throws KindredError INVALID_ARGUMENT for columns that cannot be told; CORRUPT_FILE for a first line that is no CSV. */
export async function chooseColumns(bytes: Uint8Array, usual: string, options: ColumnOptions): Promise<CsvOptions> {
  const delimiter = options.delimiter ?? usual;
  if (!options.header) {
    return {
      user: columnNumber('--user-column', options.userColumn ?? '1'),
      item: columnNumber('--item-column', options.itemColumn ?? '2'),
      value: options.valueColumn === undefined ? undefined : columnNumber('--value-column', options.valueColumn),
      delimiter,
    };
  }
  const names = await headerOf(bytes, delimiter);
  const usualName = (role: keyof typeof USUAL_NAMES) =>
    names.find((name) => USUAL_NAMES[role].includes(name.toLowerCase().replaceAll(/[\s_-]/g, '')));
  const user = options.userColumn ?? usualName('user');
  const item = options.itemColumn ?? usualName('item');
  const firstUser = user ?? names.find((name) => name !== item);
  const firstItem = item ?? names.find((name) => name !== firstUser);
  if (firstUser === undefined || firstItem === undefined) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `the header has ${names.length} column${names.length === 1 ? '' : 's'} separated by ${JSON.stringify(delimiter)}; ` +
        'a user and an item are expected (--delimiter sets what separates columns)',
    );
  }
  return { user: firstUser, item: firstItem, value: options.valueColumn ?? usualName('value'), delimiter };
}

async function headerOf(bytes: Uint8Array, delimiter: string): Promise<string[]> {
  const start = new TextDecoder().decode(bytes.subarray(0, HEADER_BYTES_MAX));
  const { parse } = await import('csv-parse/browser/esm/sync');
  try {
    const [names] = parse(start.slice(0, endOfLine(start)), { bom: true, delimiter, to: 1 }) as string[][];
    if (names !== undefined) return names;
  } catch (error) {
    throw new KindredError('CORRUPT_FILE', `line 1: ${(error as Error).message}`, { cause: error });
  }
  throw new KindredError('INVALID_ARGUMENT', 'the file is empty; a header line is expected (or --no-header)');
}

function endOfLine(text: string): number {
  const end = text.search(/[\r\n]/);
  return end < 0 ? text.length : end;
}

function columnNumber(option: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text) - 1;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${option} ${JSON.stringify(text)}: without a header a column is a number, from 1`,
  );
}
