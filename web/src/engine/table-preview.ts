/** The head of a table, and which columns are probably the user, the item, the value and the time. */

export interface Columns {
  readonly user: string;
  readonly item: string;
  readonly value?: string | undefined;
  readonly time?: string | undefined;
}

export interface TablePreview {
  readonly format: 'csv' | 'jsonl';
  /** Of a CSV: what separates its columns. */
  readonly delimiter: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Roles whose names are usual. The visitor sees and may change them. */
  readonly guess: Partial<Columns>;
}

const USUAL: Readonly<Record<keyof Columns, RegExp>> = {
  user: /^(user|userid|user_id|visitorid|customer|customerid|customer_id|source|person|who|session|sessionid)$/i,
  item: /^(item|itemid|item_id|movie|movieid|stockcode|product|productid|product_id|library|article|track|book|what)$/i,
  value: /^(value|rating|stars|score|quantity|count|weight)$/i,
  time: /^(time|timestamp|date|datetime|invoicedate|when|ts)$/i,
};

const DELIMITERS = [',', '\t', ';', '|'];
const HEAD_BYTES = 64 * 1024;
const SHOWN = 5;

/** Of a text in UTF-8, or in UTF-16 with a byte-order mark. */
export function firstLines(bytes: Uint8Array): string[] {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe ? 'utf-16be' : 'utf-8';
  const lines = new TextDecoder(encoding).decode(bytes.subarray(0, HEAD_BYTES)).split(/\r\n|\n|\r/);
  // The last line of a head may be cut.
  if (bytes.length > HEAD_BYTES) lines.pop();
  return lines.filter((line) => line.trim() !== '').slice(0, SHOWN + 1);
}

/** Of the first lines of a text with a header. */
export function previewCsv(lines: readonly string[]): TablePreview {
  const parts = (delimiter: string) => lines[0].split(delimiter).length;
  const delimiter = DELIMITERS.reduce((best, each) => (parts(each) > parts(best) ? each : best));
  const fields = (line: string) => line.split(delimiter).map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  const columns = fields(lines[0]);
  return { format: 'csv', delimiter, columns, rows: lines.slice(1).map(fields), guess: guessOf(columns) };
}

/** @throws Error if the first line is no object of JSON */
export function previewJsonLines(lines: readonly string[]): TablePreview {
  const records = lines.slice(0, SHOWN).map((line) => JSON.parse(line) as Record<string, unknown>);
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record) => columns.map((column) => String(record[column] ?? '')));
  return { format: 'jsonl', delimiter: '', columns, rows, guess: guessOf(columns) };
}

function guessOf(columns: readonly string[]): Partial<Columns> {
  const guess: Partial<Record<keyof Columns, string>> = {};
  for (const role of Object.keys(USUAL) as (keyof Columns)[]) {
    const found = columns.find((column) => USUAL[role].test(column));
    if (found) guess[role] = found;
  }
  return guess;
}
