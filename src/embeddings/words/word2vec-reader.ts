/**
 * word2vec's binary format: a line of two counts, words and numbers per word; then each word, a space, and its
 * numbers as little-endian float32, after which most writers put a line end.
 */
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { float32At } from '../../files/byte-order.js';
import { WordsLog } from '../../io/words-log.js';
import type { ReadRequest, ReadVectors } from './read-request.js';

const SPACE = 0x20;
const NEWLINE = 0x0a;
/** A longer word, or a longer row, is damage: it is refused before memory is taken for it. */
export const WORD_BYTES_MAX = 1 << 16;
export const DIM_MAX = 1 << 20;

export class Word2VecReader {
  readonly #request: ReadRequest;
  readonly #log: WordsLog;
  readonly #words: string[] = [];
  readonly #seen = new Map<string, number>();
  #data = new Float32Array(0);
  /** What the first line promises; undefined before it was read. */
  #promised: { readonly words: number; readonly dim: number } | undefined;
  /** Rows read, those of words left out too. */
  #rows = 0;
  /** What is not parsed yet, and where in the file it begins. */
  #rest: Uint8Array = new Uint8Array(0);
  #offset = 0;

  constructor(request: ReadRequest) {
    this.#request = request;
    this.#log = new WordsLog(request);
  }

  /** Whether nothing more of the file is wanted. */
  get done(): boolean {
    return this.#rows >= this.#request.limit;
  }

  push(chunk: Uint8Array): void {
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + chunk.length);
      joined.set(this.#rest);
      joined.set(chunk, this.#rest.length);
      this.#rest = joined;
    } else {
      this.#rest = chunk;
    }
    let at = this.#promised === undefined ? this.#readCounts() : 0;
    if (this.#promised === undefined) return;
    for (let end = this.#readRow(at); end > at; end = this.#readRow(at)) at = end;
    this.#offset += at;
    // A copy: the caller may use the chunk again.
    this.#rest = this.#rest.slice(at);
  }

  finish(): ReadVectors {
    if (this.#promised === undefined) this.#fail(0, 'no line of two counts');
    const { words, dim } = this.#promised;
    if (!this.done && !this.#log.acceptsAnyCount) this.#refuseWrongCount(words);
    // Up to a limit nobody can tell how many there are.
    const report = this.#log.report(this.done ? undefined : words, this.#rows);
    return { words: this.#words, data: this.#data.slice(0, this.#words.length * dim), dim, report };
  }

  #refuseWrongCount(words: number): void {
    const advice = "; { onWrongCount: 'accept' } reads what is there";
    if (this.#rows < words) {
      const found = `the end of the file after ${this.#rows} words; the first line promised ${words}`;
      this.#fail(this.#rest.length, found + advice);
    }
    const left = this.#rest.findIndex((byte) => byte !== NEWLINE);
    if (left >= 0) this.#fail(left, `bytes after the last of ${words} words${advice}`);
  }

  /** Returns where the first row begins. */
  #readCounts(): number {
    const end = this.#rest.subarray(0, 64).indexOf(NEWLINE);
    if (end < 0 && this.#rest.length < 64) return 0;
    const line = String.fromCharCode(...this.#rest.subarray(0, Math.max(0, end))).trim();
    const counts = /^(\d+)[ \t]+(\d+)$/.exec(line);
    if (counts === null) this.#fail(0, 'no line of two counts, with which word2vec files begin');
    const [words, dim] = [Number(counts[1]), Number(counts[2])];
    if (!Number.isSafeInteger(words)) this.#fail(0, `a promise of ${words} words`);
    if (dim < 1 || dim > DIM_MAX) this.#fail(0, `a promise of ${dim} numbers per word; 1 to ${DIM_MAX} can be read`);
    const asked = this.#request.dim;
    if (asked !== undefined && asked !== dim) this.#fail(0, `a promise of ${dim} numbers per word, not ${asked}`);
    this.#promised = { words, dim };
    return end + 1;
  }

  /** Reads the row that begins at `at`, if it is there and wanted; returns where the next begins, else `at`. */
  #readRow(at: number): number {
    const { words, dim } = this.#promised as { words: number; dim: number };
    if ((this.#rows >= words && !this.#log.acceptsAnyCount) || this.done) return at;
    const rest = this.#rest;
    let begin = at;
    while (rest[begin] === NEWLINE) begin++;
    const space = rest.subarray(begin, begin + WORD_BYTES_MAX).indexOf(SPACE);
    if (space < 0 && rest.length - begin >= WORD_BYTES_MAX) {
      this.#fail(begin, `no space within ${WORD_BYTES_MAX} bytes, as there is after a word`);
    }
    const numbersAt = begin + space + 1;
    if (space < 0 || numbersAt + dim * 4 > rest.length) return at;
    const word = this.#decode(rest.subarray(begin, numbersAt - 1), begin);
    if (word !== undefined) this.#take(word, begin, numbersAt, dim, words);
    this.#rows++;
    return numbersAt + dim * 4;
  }

  /** Undefined if the row is to be left out. */
  #decode(bytes: Uint8Array, at: number): string | undefined {
    const place = `byte ${this.#offset + at}`;
    const refuse = (found: string) => this.#fail(at, found);
    if (bytes.length === 0) return this.#log.empty(place, refuse);
    return this.#log.decode(bytes, place, 'a word that is not UTF-8', refuse);
  }

  #take(word: string, at: number, numbersAt: number, dim: number, promised: number): void {
    const numbers = float32At(this.#rest, numbersAt, dim, true);
    const bad = numbers.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      this.#fail(numbersAt + bad * 4, `${numbers[bad]} as number ${bad + 1} of the word ${show(word)}`);
    }
    const first = this.#seen.get(word);
    if (first !== undefined) {
      if (this.#request.duplicates === 'first') return;
      this.#fail(at, `the word ${show(word)} of byte ${first} again; { duplicates: 'first' } keeps the first`);
    }
    this.#seen.set(word, this.#offset + at);
    const start = this.#words.push(word) * dim - dim;
    if (start + dim > this.#data.length) {
      // Never by the promise alone: memory is taken as rows come.
      const promisedOrMore = this.#log.acceptsAnyCount ? Number.POSITIVE_INFINITY : promised;
      const most = Math.min(promisedOrMore, this.#request.limit) * dim;
      const larger = new Float32Array(Math.min(most, Math.max(64 * dim, 2 * this.#data.length)));
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data.set(numbers, start);
  }

  #fail(at: number, found: string): never {
    throw new KindredError('CORRUPT_FILE', `word vectors: byte ${this.#offset + at}: found ${found}`);
  }
}
