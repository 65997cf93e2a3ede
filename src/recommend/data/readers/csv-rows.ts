/**
 * Cuts CSV text into rows of fields (RFC 4180), with quotes of any kind or none. A damaged row costs its own line only: reading goes on at the next one,
 * so that an open quote cannot swallow what follows.
 */
export interface CsvRowTaker {
  /** `line` is where the row begins, from 1. */
  row(fields: string[], line: number): void;
  malformed(line: number, message: string): void;
  /** Whether a line of a row of several lines could be a row by itself: then a quote is missing somewhere. */
  looksLikeRow(line: string): boolean;
}

/** Fields in quotes may be this long, so that an open quote is noticed without reading everything that follows. */
const QUOTED_MAX = 1 << 20;

/** What a row that begins in the text is: fields up to `end`, damaged, or cut off by the end of the text. */
type Row = { fields: string[]; end: number } | { malformed: string } | 'cut off';

export class CsvRows {
  readonly #delimiter: string;
  readonly #taker: CsvRowTaker;
  readonly #quote: string | false;
  #line = 0;

  /** @param quote what fields may be put in; false if there is no such character. */
  constructor(delimiter: string, taker: CsvRowTaker, quote: string | false = '"') {
    this.#delimiter = delimiter;
    this.#taker = taker;
    this.#quote = quote;
  }

  /** A line that is not for the taker, and counts. */
  skipLine(): void {
    this.#line++;
  }

  /**
   * Takes the rows of a text that begins where a row does, and says where the first row begins that needs more text.
   */
  read(text: string, last: boolean): number {
    const quote = this.#quote;
    if (quote === false || !text.includes(quote)) {
      this.#readPlain(text);
      return text.length;
    }
    const ends = new LineEnds(text);
    for (let at = 0; at < text.length; ) {
      const end = ends.after(at);
      const line = text.slice(at, end);
      let next = ends.next(end);
      let lines = 1;
      if (line.includes(quote)) {
        const row = this.#rowAt(text, at, ends, last, quote);
        if (row === 'cut off') return at;
        if ('malformed' in row) this.#taker.malformed(this.#line + 1, row.malformed);
        else if (row.end === end) this.#taker.row(row.fields, this.#line + 1);
        else if (this.#swallowsRows(text.slice(at, row.end), quote)) {
          this.#taker.malformed(
            this.#line + 1,
            'a quote opens here and closes on a later line, but the lines look like rows of their own; ' +
              'if the field is to have line breaks, set lineBreaks: true',
          );
        } else {
          this.#taker.row(row.fields, this.#line + 1);
          lines = linesIn(text.slice(at, row.end));
          next = ends.next(row.end);
        }
      } else if (line !== '') this.#taker.row(line.split(this.#delimiter), this.#line + 1);
      this.#line += lines;
      at = next;
    }
    return text.length;
  }

  /** Without quotes a line is a row. */
  #readPlain(text: string): void {
    const lines = (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text).split('\n');
    const last = lines.length - 1;
    for (let n = 0; n <= last; n++) {
      const line = lines[n];
      if (line !== '') this.#taker.row(line.split(this.#delimiter), this.#line + n + 1);
    }
    // What follows the last newline is no line unless something is there.
    this.#line += lines[last] === '' ? last : last + 1;
  }

  #rowAt(text: string, start: number, ends: LineEnds, last: boolean, quote: string): Row {
    const fields: string[] = [];
    const delimiter = this.#delimiter;
    for (let at = start; ; at += delimiter.length) {
      let lineEnd = ends.after(at);
      if (text[at] === quote) {
        const field = quotedField(text, at, quote);
        if (field === undefined) {
          if (!last && text.length - at <= QUOTED_MAX) return 'cut off';
          return { malformed: 'a quote opens here and is never closed' };
        }
        fields.push(field.value);
        at = field.end;
        lineEnd = ends.after(at);
      } else {
        const rest = text.slice(at, lineEnd);
        const cut = rest.indexOf(delimiter);
        const value = cut < 0 ? rest : rest.slice(0, cut);
        if (value.includes(quote)) {
          return { malformed: 'a quote stands inside a field; such fields begin and end with quotes, and double it' };
        }
        fields.push(value);
        at += value.length;
      }
      if (at === lineEnd) return { fields, end: at };
      if (!text.startsWith(delimiter, at)) return { malformed: 'a field goes on after its closing quote' };
    }
  }

  /** The first line holds the beginning of the row, which looks like a row if its last field is the one in quotes. */
  #swallowsRows(row: string, quote: string): boolean {
    const [, ...later] = row.split(/\r\n|\n|\r/);
    return later.some((line) => this.#taker.looksLikeRow(line.replaceAll(quote, '')));
  }
}

/** The field whose opening quote is at `start`, and where its closing quote ends; undefined if none is in reach. */
function quotedField(text: string, start: number, quote: string): { value: string; end: number } | undefined {
  let value = '';
  for (let at = start + 1; ; ) {
    const close = text.indexOf(quote, at);
    if (close < 0 || close - start > QUOTED_MAX) return undefined;
    if (text[close + 1] !== quote) return { value: value + text.slice(at, close), end: close + 1 };
    value += text.slice(at, close + 1);
    at = close + 2;
  }
}

/** Where lines end: at LF, CR LF or CR. Positions are asked for in almost ascending order, so the next CR is kept. */
class LineEnds {
  readonly #text: string;
  #asked = 0;
  #carriageReturn: number;

  constructor(text: string) {
    this.#text = text;
    this.#carriageReturn = text.indexOf('\r');
  }

  /** The first line end at or after a position. */
  after(at: number): number {
    if (at < this.#asked || (this.#carriageReturn >= 0 && this.#carriageReturn < at)) {
      this.#carriageReturn = this.#text.indexOf('\r', at);
    }
    this.#asked = at;
    const newline = this.#text.indexOf('\n', at);
    const end = newline < 0 ? this.#text.length : newline;
    return this.#carriageReturn >= 0 && this.#carriageReturn < end ? this.#carriageReturn : end;
  }

  /** Where the line after a line end begins. */
  next(end: number): number {
    return end + (this.#text[end] === '\r' && this.#text[end + 1] === '\n' ? 2 : 1);
  }
}

function linesIn(row: string): number {
  return row.split(/\r\n|\n|\r/).length;
}
