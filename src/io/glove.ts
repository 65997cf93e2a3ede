/** Word vectors as text: GloVe's `word n n n ...` lines, and word2vec's, which begin with a line of two counts. */
import { isNumberArray } from '../arguments/arrays.js';
import { readCount } from '../arguments/numbers.js';
import { type OptionNames, readObject } from '../arguments/objects.js';
import { show } from '../arguments/show.js';
import { KindredError } from '../errors.js';
import { WordsLog, type WordsOptions, type WordsReport } from './words-log.js';

/** Whole text, whole bytes (UTF-8), or either in chunks that may end anywhere. */
export type GloveSource = string | Uint8Array | Iterable<string | Uint8Array>;

export interface GloveTextOptions extends WordsOptions {
  /** Numbers per word. Without it the first line tells, whose word must then hold no space, or end with a tab. */
  readonly dim?: number | undefined;
}

const OPTIONS: OptionNames<GloveTextOptions> = { dim: true, onBadWord: true, onWrongCount: true };

export interface GloveText {
  /** In the order of the file; a word that stands twice is here twice. */
  readonly words: string[];
  /** Row `i` belongs to `words[i]`. */
  readonly vectors: { readonly data: Float32Array; readonly rows: number; readonly dim: number };
  /** What was read, left out and replaced. */
  readonly report: WordsReport;
}

/** What a reader of files knows besides. */
export interface LinesRequest extends GloveTextOptions {
  /** Whether line 1 is a word, even if it looks like two counts. */
  readonly isWithoutCounts?: boolean | undefined;
}

/** Words, and the line of each. */
export interface WordLines extends GloveText {
  /** The line of a row, from 1. */
  lineOf(row: number): number;
}

/**
 * A line longer than this is no word and its numbers: damaged or foreign data is refused before it fills the memory.
 */
export const LINE_BYTES_MAX = 1 << 24;
const NEWLINE = 0x0a;
/** A number as text files of word vectors have it. */
export const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** What separates the numbers of a line. */
export const SEPARATOR = /[ \t]/;

/**
 * Reads word vectors, rounding each number to float32. Spaces and tabs separate. A line is read from the right, so a word
 * may hold spaces (as in glove.840B). A file may end without a line end; one cut inside its last number cannot be told from
 * a whole one.
 * @throws KindredError CORRUPT_FILE naming the first bad line, counted from 1; INVALID_ARGUMENT for a `dim` that is
 * not a positive integer.
 * @example
 * const { words, vectors } = readGloveText('tea 0.9 0.1\ncoffee 0.8 0.3\n');
 * words; // ['tea', 'coffee']
 */
export function readGloveText(source: GloveSource, options?: GloveTextOptions): GloveText;
export function readGloveText(
  source: AsyncIterable<string | Uint8Array>,
  options?: GloveTextOptions,
): Promise<GloveText>;
export function readGloveText(
  source: GloveSource | AsyncIterable<string | Uint8Array>,
  options: GloveTextOptions = {},
): GloveText | Promise<GloveText> {
  const reader = new GloveReader(readObject(options, '{ dim: 100 }', OPTIONS));
  if (typeof source === 'string' || isNumberArray(source)) return withoutLines(readAll([source], reader));
  if (Symbol.iterator in Object(source)) return withoutLines(readAll(source as Iterable<string | Uint8Array>, reader));
  if (Symbol.asyncIterator in Object(source)) {
    return readAllAsync(source as AsyncIterable<string | Uint8Array>, reader).then(withoutLines);
  }
  throw new KindredError(
    'INVALID_ARGUMENT',
    `readGloveText expects text, bytes or chunks of them, got ${show(source)}`,
  );
}

function withoutLines({ words, vectors, report }: WordLines): GloveText {
  return { words, vectors, report };
}

/** The same for a reader of files. */
export function readWordLines(chunks: Iterable<Uint8Array>, request: LinesRequest): WordLines {
  return readAll(chunks, new GloveReader(request));
}

export function readWordLinesAsync(chunks: AsyncIterable<Uint8Array>, request: LinesRequest): Promise<WordLines> {
  return readAllAsync(chunks, new GloveReader(request));
}

function readAll(chunks: Iterable<string | Uint8Array>, reader: GloveReader): WordLines {
  for (const chunk of chunks) reader.push(chunk);
  return reader.finish();
}

async function readAllAsync(chunks: AsyncIterable<string | Uint8Array>, reader: GloveReader): Promise<WordLines> {
  for await (const chunk of chunks) reader.push(chunk);
  return reader.finish();
}

/** Splits chunks into lines as bytes, because a chunk may end inside a character, and collects the rows. */
class GloveReader {
  readonly #words: string[] = [];
  readonly #log: WordsLog;
  readonly #isWithoutCounts: boolean;
  #data = new Float32Array(0);
  #dim: number | undefined;
  /** How many words word2vec's first line promises. */
  #promised: number | undefined;
  #line = 0;
  #blankLine = 0;
  readonly #skippedLines: number[] = [];
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  readonly #encoder = new TextEncoder();

  constructor({ dim, isWithoutCounts = false, ...words }: LinesRequest) {
    this.#dim = dim === undefined ? undefined : readCount(dim, 'dim');
    this.#isWithoutCounts = isWithoutCounts;
    this.#log = new WordsLog(words);
  }

  push(chunk: string | Uint8Array): void {
    const bytes = typeof chunk === 'string' ? this.#encoder.encode(chunk) : chunk;
    if (!isNumberArray(bytes) || !(bytes instanceof Uint8Array)) {
      throw new KindredError('INVALID_ARGUMENT', `a chunk must be text or bytes, got ${show(chunk)}`);
    }
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#endLine(bytes.subarray(start, end));
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.slice(start));
  }

  finish(): WordLines {
    if (this.#restBytes > 0) this.#endLine(new Uint8Array(0));
    const rows = this.#words.length;
    const read = rows + this.#skippedLines.length;
    const dim = this.#dim;
    if (dim === undefined || (read === 0 && this.#promised === undefined)) this.#fail('no word in the whole file');
    if (this.#promised !== undefined && this.#promised !== read && !this.#log.acceptsAnyCount) {
      const advice = "{ onWrongCount: 'accept' } reads what is there";
      this.#fail(`the end of the file after ${read} words; line 1 promised ${this.#promised}; ${advice}`);
    }
    return {
      words: this.#words,
      vectors: { data: this.#data.slice(0, rows * dim), rows, dim },
      report: this.#log.report(this.#promised, read),
      lineOf: (row) => this.#lineOf(row),
    };
  }

  #lineOf(row: number): number {
    let line = row + (this.#promised === undefined ? 1 : 2);
    for (const skipped of this.#skippedLines) if (skipped <= line) line++;
    return line;
  }

  #keep(bytes: Uint8Array): void {
    this.#restBytes += bytes.length;
    if (this.#restBytes > LINE_BYTES_MAX) {
      this.#line++;
      this.#fail(`no line end within ${LINE_BYTES_MAX} bytes`);
    }
    this.#rest.push(bytes);
  }

  /** `bytes` ends a line whose beginning earlier chunks may have left. */
  #endLine(bytes: Uint8Array): void {
    let whole = bytes;
    if (this.#restBytes > 0) {
      this.#keep(bytes);
      whole = new Uint8Array(this.#restBytes);
      let at = 0;
      for (const piece of this.#rest) {
        whole.set(piece, at);
        at += piece.length;
      }
      this.#rest = [];
      this.#restBytes = 0;
    }
    this.#line++;
    const refuse = (found: string) => this.#fail(found);
    const text = this.#log.decode(whole, `line ${this.#line}`, 'bytes that are not UTF-8', refuse);
    if (text === undefined) this.#skippedLines.push(this.#line);
    else this.#readLine(withoutEnd(this.#line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text));
  }

  #readLine(text: string): void {
    if (text === '') {
      this.#blankLine ||= this.#line;
      return;
    }
    if (this.#blankLine > 0) {
      this.#line = this.#blankLine;
      this.#fail('an empty line before the end of the file');
    }
    const fields = text.split(SEPARATOR);
    const seemCounts = this.#line === 1 && fields.length === 2 && fields.every((field) => /^\d+$/.test(field));
    if (seemCounts && !this.#isWithoutCounts) {
      this.#readCounts(fields.map(Number));
      return;
    }
    if (this.#dim === undefined && fields.length < 2) this.#fail(`${quote(text)}, no number after the word`);
    this.#dim ??= this.#numbersIn(text);
    this.#readRow(text, fields, this.#dim);
  }

  /** Numbers in a line that nothing else tells of: those behind its first tab, or else behind its first space. */
  #numbersIn(line: string): number {
    const tab = line.indexOf('\t');
    if (tab < 0) return line.split(' ').length - 1;
    const word = line.slice(0, tab);
    const hasNumber = word.split(' ').some((field, n) => n > 0 && NUMBER.test(field));
    if (hasNumber) this.#fail(`${quote(word)} before a tab, a word or a word and a number: { dim } tells`);
    return line.slice(tab).split(SEPARATOR).length - 1;
  }

  #readCounts([words, dim]: number[]): void {
    if (dim < 1) this.#fail(`a promise of ${dim} numbers per word`);
    if (this.#dim !== undefined && this.#dim !== dim)
      this.#fail(`a promise of ${dim} numbers per word, not ${this.#dim}`);
    this.#promised = words;
    this.#dim = dim;
  }

  #readRow(text: string, fields: readonly string[], dim: number): void {
    const wordFields = fields.length - dim;
    if (wordFields < 1) this.#fail(`${fields.length - 1} numbers after the word ${quote(fields[0])}, not ${dim}`);
    const stray = fields.slice(1, wordFields).find((field) => field.includes('.') && NUMBER.test(field));
    if (stray !== undefined) this.#fail(`more than ${dim} numbers after the word ${quote(fields[0])}`);
    const numbersLength = fields.slice(wordFields).reduce((length, field) => length + field.length + 1, 0);
    // Cut out as it stands: it may hold tabs as well as spaces.
    const found = text.slice(0, text.length - numbersLength);
    const isWord = fields.slice(0, wordFields).some((part) => part !== '');
    const word = isWord ? found : this.#log.empty(`line ${this.#line}`, (reason) => this.#fail(reason));

    const row = this.#words.length * dim;
    if (row + dim > this.#data.length) this.#grow(row + dim);
    for (let i = 0; i < dim; i++) {
      const field = fields[wordFields + i];
      const value = Math.fround(Number(field));
      if (!NUMBER.test(field) || !Number.isFinite(value)) {
        this.#fail(`${quote(field)}, which is no float32, as number ${i + 1} of the word ${quote(found)}`);
      }
      this.#data[row + i] = value;
    }
    if (word === undefined) this.#skippedLines.push(this.#line);
    else this.#words.push(word);
  }

  #grow(needed: number): void {
    const larger = new Float32Array(Math.max(needed, 2 * this.#data.length));
    larger.set(this.#data);
    this.#data = larger;
  }

  #fail(found: string): never {
    throw new KindredError('CORRUPT_FILE', `word vectors: line ${this.#line}: found ${found}`);
  }
}

/** Some writers end each line with a space, some with a carriage return. No other space may go: words hold them all. */
function withoutEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ' || line[end - 1] === '\t' || line[end - 1] === '\r') end--;
  return line.slice(0, end);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
