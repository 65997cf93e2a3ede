/** Reads interactions out of CSV, row by row, with the line in every complaint. */
import { KindredError } from '../errors.js';
import { quote } from './ids.js';

/** A whole CSV, or its pieces in order. It may be cut anywhere; bytes are UTF-8. */
export type CsvSource =
  | string
  | Uint8Array
  | Iterable<string>
  | AsyncIterable<string | Uint8Array>
  | ReadableStream<string | Uint8Array>;

/** Which column holds what: all by name (the first row is a header) or all by number from 0 (there is no header). */
export interface CsvColumns {
  readonly user: string | number;
  readonly item: string | number;
  /** Without it every value is 1. */
  readonly value?: string | number | undefined;
  readonly time?: string | number | undefined;
  /** What separates columns, of any length. A comma if absent. */
  readonly delimiter?: string | undefined;
}

export interface CsvInteraction {
  readonly user: string;
  readonly item: string;
  readonly value: number;
  readonly time: number | undefined;
  /** The line of the file, from 1, on which the row ends. */
  readonly line: number;
}

const ROLES = ['user', 'item', 'value', 'time'] as const;
type Role = (typeof ROLES)[number];
/** Where in a row each wanted column is. */
type Places = Partial<Record<Role, number>>;

/** Text is parsed in blocks of whole rows, each at least this many characters long but the last. */
const BLOCK = 1 << 18;
const QUOTE = 0x22;
const NEWLINE = 0x0a;

export async function readCsv(
  source: CsvSource,
  columns: CsvColumns,
  take: (interaction: CsvInteraction) => void,
): Promise<void> {
  const { delimiter = ',' } = columns;
  if (typeof delimiter !== 'string' || delimiter === '') {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `The delimiter is ${quote(delimiter)}; expected a text like ',' or ';'.`,
    );
  }
  const byName = namesAHeader(columns);
  let places: Places | undefined;
  let width = 0;
  await parse(source, delimiter, (row, line) => {
    if (!places) {
      places = byName ? placesByName(row, columns) : placesByNumber(row, columns);
      width = row.length;
      if (byName) return;
    }
    if (row.length !== width) {
      const message = `Line ${line}: the row has ${row.length} columns; expected ${width}, as in the first row.`;
      throw new KindredError('CORRUPT_FILE', message);
    }
    take(readRow(row, places, line));
  });
  if (byName && !places) throw badColumns('The CSV is empty; expected a header row and', columns);
}

/** Hands over row after row; whatever `takeRow` throws comes out as it is. */
async function parse(source: CsvSource, delimiter: string, takeRow: (row: string[], line: number) => void) {
  // The build for browsers runs in Node as well, so there is one path; it is loaded when the first CSV is read. Its
  // streaming twin carries an old copy of Node's streams that takes no Uint8Array and fails on empty input.
  const { CsvError, parse: parseText } = await import('csv-parse/browser/esm/sync');
  for await (const { text, linesBefore } of blocksOf(source)) {
    try {
      parseText(text, {
        bom: linesBefore === 0,
        delimiter,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
        skip_empty_lines: true,
        on_record: (row: string[], { lines }) => {
          takeRow(row, linesBefore + lines);
          return null;
        },
      });
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const line = linesBefore + (error.lines as number);
      const what = error.message.replace(/ at line \d+/, '');
      throw new KindredError('CORRUPT_FILE', `Line ${line}: the CSV is malformed. ${what}`, { cause: error });
    }
  }
}

/** The text in blocks that end where a row ends: at a newline with an even number of quotes before it. */
async function* blocksOf(source: CsvSource): AsyncGenerator<{ text: string; linesBefore: number }> {
  // Fatal: a replacement character would make one id of two.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes: Uint8Array | undefined) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (cause) {
      throw new KindredError('CORRUPT_FILE', `After line ${lines}: the bytes are not UTF-8 text.`, { cause });
    }
  };
  let text = '';
  let quoted = false;
  let lines = 0;
  let end = 0;
  let linesAtEnd = 0;
  let linesBefore = 0;
  for await (const chunk of chunksOf(source)) {
    const piece = typeof chunk === 'string' ? chunk : decode(chunk);
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (code === QUOTE) quoted = !quoted;
      else if (code === NEWLINE) {
        lines++;
        if (quoted) continue;
        end = text.length + at + 1;
        linesAtEnd = lines;
      }
    }
    text += piece;
    if (end < BLOCK) continue;
    yield { text: text.slice(0, end), linesBefore };
    text = text.slice(end);
    end = 0;
    linesBefore = linesAtEnd;
  }
  yield { text: text + decode(undefined), linesBefore };
}

async function* chunksOf(source: CsvSource): AsyncGenerator<string | Uint8Array> {
  if (typeof source === 'string' || source instanceof Uint8Array) yield source;
  else if (typeof source !== 'object' || source === null) {
    throw new KindredError('INVALID_ARGUMENT', `The source is ${quote(source)}; expected CSV text, bytes or a stream.`);
  } else if ('getReader' in source) yield* chunksOfStream(source);
  else yield* source;
}

/** Not every browser lets a ReadableStream be iterated. */
async function* chunksOfStream(stream: ReadableStream<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

function readRow(row: string[], places: Places, line: number): CsvInteraction {
  const idIn = (role: 'user' | 'item') => {
    const id = row[places[role] as number];
    if (id !== '') return id;
    throw new KindredError('INVALID_ARGUMENT', `Line ${line}: the ${role} is empty.`);
  };
  const numberIn = (role: 'value' | 'time', missing: undefined | number) => {
    const place = places[role];
    if (place === undefined) return missing;
    const text = row[place];
    // Number('') is 0, which nobody wrote.
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(number)) return number;
    throw new KindredError('NOT_FINITE', `Line ${line}: the ${role} is ${quote(text)}; expected a finite number.`);
  };
  return {
    user: idIn('user'),
    item: idIn('item'),
    value: numberIn('value', 1) as number,
    time: numberIn('time', undefined),
    line,
  };
}

/** Whether the columns are given by name; they must not be mixed, or it is unclear if there is a header. */
function namesAHeader(columns: CsvColumns): boolean {
  const given = ROLES.filter((role) => columns[role] !== undefined);
  const wrong = given.find((role) => typeof columns[role] !== typeof columns.user);
  const numbers = given.filter((role) => typeof columns[role] === 'number');
  const negative = numbers.find((role) => !(Number.isInteger(columns[role]) && (columns[role] as number) >= 0));
  if (columns.user === undefined || columns.item === undefined || wrong || negative) {
    throw badColumns('Expected columns that are all header names, or all numbers from 0:', columns);
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
  const places: Places = {};
  for (const role of ROLES) {
    const column = columns[role];
    if (column !== undefined) places[role] = placeOf(column);
  }
  return places;
}

function badColumns(complaint: string, { user, item, value, time }: CsvColumns): KindredError {
  const given = JSON.stringify({ user, item, value, time });
  return new KindredError('INVALID_ARGUMENT', `${complaint} the columns given are ${given}.`);
}
