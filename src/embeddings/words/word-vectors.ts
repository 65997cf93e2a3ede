/** Vectors of words: look-ups, neighbours, analogies, files. */
import { readList, readText } from '../../arguments/choices.js';
import { type OptionNames, reading, readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import type { Backend } from '../../backend/contract/backend.js';
import { KindredError, refuseClones, refuseNew } from '../../errors.js';
import type { WordsReport } from '../../io/words-log.js';
import type { SearchOptions } from '../../similarity/index/search-options.js';
import { VectorIndex } from '../../similarity/index/vector-index.js';
import { cosineSimilarity, norm } from '../../similarity/pairs/pair.js';
import { type IndexOptions, readIndexOptions } from '../../similarity/rows/index-options.js';
import {
  type Matrix,
  narrow,
  readVectors,
  refuseNonFinite,
  type Vector,
  type Vectors,
} from '../../similarity/vectors.js';
import type { FileFormat } from './find-format.js';
import { LOAD_WORD_VECTORS_OPTIONS, type LoadWordVectorsOptions } from './read-request.js';
import type { VectorSource } from './vector-source.js';
import { readWord, type Word } from './word.js';
import { readPlainBytes, readSource } from './word-vector-files.js';
import { saveWordVectors, writeWordVectors } from './write-word-vectors.js';

export interface WordVectorsOptions {
  /** Numbers per word: needed for a flat array. */
  readonly dim?: number | undefined;
  /** The backend that searches; the fastest that works here if not given. */
  readonly backend?: Backend | string | undefined;
}

export interface SaveWordVectorsOptions {
  /** Without it word2vec's binary one if the name ends with `.bin`, else its text. */
  readonly format?: FileFormat | undefined;
}

/** A word found, and its cosine. */
export interface Neighbor<W extends Word = string> {
  readonly word: W;
  readonly score: number;
}

/** How many to find, or more closely what: as for a search in a `VectorIndex`. */
export type NeighborOptions<W extends Word> = number | SearchOptions<W>;

const FROM_OPTIONS: OptionNames<WordVectorsOptions> = { dim: true, backend: true };
const LOAD_OPTIONS: OptionNames<LoadOptions> = { ...FROM_OPTIONS, ...LOAD_WORD_VECTORS_OPTIONS };
const SAVE_OPTIONS: OptionNames<SaveWordVectorsOptions> = { format: true };

type LoadOptions = LoadWordVectorsOptions & WordVectorsOptions;

/**
 * A fixed list of words with a vector each, most frequent first where the source has them so. Similarity is the
 * cosine; equal scores are in the order of the words. Words are texts or, for items, numbers.
 *
 * @example
 * const vectors = WordVectors.from(['man', 'king', 'woman', 'queen'], [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1]]);
 * vectors.nearest('king', 1)[0].word; // 'man'
 * // man is to king as woman is to ...
 * vectors.analogy('man', 'king', 'woman', 1)[0].word; // 'queen'
 * await vectors.save('royal.txt', { format: 'word2vec-text' });
 * (await WordVectors.load('royal.txt')).dim; // 3
 */
export class WordVectors<W extends Word = string> {
  readonly dim: number;
  /** In the order of the source. */
  readonly words: readonly W[];
  /** Row `i` belongs to `words[i]`. Shared, not copied: do not write into it. */
  readonly vectors: Matrix;
  /** What a file held, and what of it was left out or replaced; undefined for words that come from elsewhere. */
  readonly report: WordsReport | undefined;
  readonly #positions: ReadonlyMap<Word, number>;
  readonly #backend: Backend | string | undefined;
  #index: VectorIndex<W> | undefined;

  private constructor(
    words: readonly W[],
    vectors: Matrix,
    backend: Backend | string | undefined,
    report?: WordsReport,
  ) {
    refuseNew(words, 'WordVectors are made by from, fromBytes or load');
    refuseClones(this, () => 'WordVectors: send their toBytes(), and read them with WordVectors.fromBytes.');
    this.report = report;
    this.words = words;
    this.vectors = vectors;
    this.dim = vectors.dim;
    this.#positions = new Map(words.map((word, position) => [word, position]));
    this.#backend = backend;
  }

  /**
   * The vectors are rounded to float32, and not copied where they are a float32 matrix or flat array already.
   * @throws KindredError DUPLICATE_ID, NOT_FINITE, DIMENSION_MISMATCH, INVALID_ARGUMENT
   */
  static from(words: Iterable<string>, vectors: Vectors, options?: WordVectorsOptions): WordVectors;
  static from(words: Iterable<number>, vectors: Vectors, options?: WordVectorsOptions): WordVectors<number>;
  static from<W extends Word>(words: Iterable<W>, vectors: Vectors, options?: WordVectorsOptions): WordVectors<W>;
  static from<W extends Word>(words: Iterable<W>, vectors: Vectors, options: WordVectorsOptions = {}): WordVectors<W> {
    const { dim, backend } = readObject(options, '{ dim: 100 }', FROM_OPTIONS);
    const list = readList(words, 'words');
    const matrix = readVectors(vectors, dim);
    if (matrix.dim === 0) throw new KindredError('INVALID_ARGUMENT', 'no vectors at all need { dim }');
    if (list.length !== matrix.rows) {
      throw new KindredError('DIMENSION_MISMATCH', `there are ${list.length} words and ${matrix.rows} vectors`);
    }
    const data = narrow(matrix.data);
    refuseNonFinite(data, matrix.dim, matrix.data, (row, column) => `number ${column + 1} of ${show(list[row])}`);
    for (const [position, word] of list.entries()) readWord(word, `word ${position}`);
    const vectorsOfWords = new WordVectors(list, { data, rows: list.length, dim: matrix.dim }, backend);
    vectorsOfWords.#refuseDuplicates();
    return vectorsOfWords;
  }

  /**
   * Reads word2vec's binary or text format, or GloVe's text, which are told apart by what is in them; gzip is
   * unpacked. A path needs Node. Numbers are rounded to float32.
   * @throws KindredError CORRUPT_FILE saying what is wrong at which line or byte; INVALID_ARGUMENT; the system's own
   * error if a file cannot be read
   */
  static async load(source: VectorSource, options: LoadOptions = {}): Promise<WordVectors> {
    const { backend, ...asked } = readObject(options, '{ limit: 1000 }', LOAD_OPTIONS);
    const { words, data, dim, report } = await readSource(source, asked);
    return new WordVectors(words, { data, rows: words.length, dim }, backend, report);
  }

  /** `load` from bytes in memory, at once; they must not be gzipped. */
  static fromBytes(bytes: Uint8Array, options: LoadOptions = {}): WordVectors {
    const { backend, ...asked } = readObject(options, '{ limit: 1000 }', LOAD_OPTIONS);
    const { words, data, dim, report } = readPlainBytes(bytes, asked);
    return new WordVectors(words, { data, rows: words.length, dim }, backend, report);
  }

  /** How many words there are. */
  get size(): number {
    return this.words.length;
  }

  has(word: Word): boolean {
    return this.#positions.has(word);
  }

  /** A copy of a word's vector; undefined if there is none. */
  get(word: W): Float32Array | undefined {
    const position = this.#positions.get(word);
    return position === undefined ? undefined : this.#row(position).slice();
  }

  /** A copy of a word's vector. @throws KindredError UNKNOWN_ID */
  vector(word: W): Float32Array {
    return this.#row(this.position(word)).slice();
  }

  /** A word's place in `words`. @throws KindredError UNKNOWN_ID */
  position(word: W): number {
    const position = this.#positions.get(word);
    if (position !== undefined) return position;
    throw new KindredError('UNKNOWN_ID', `${show(word)} is none of the ${this.size} words`);
  }

  /** The cosine of two words. @throws KindredError UNKNOWN_ID */
  similarity(a: W, b: W): number {
    return cosineSimilarity(this.#row(this.position(a)), this.#row(this.position(b)));
  }

  /**
   * The words most similar to a word, itself left out, or to a vector.
   * @throws KindredError UNKNOWN_ID, INVALID_K, DIMENSION_MISMATCH, NOT_FINITE, INVALID_ARGUMENT
   */
  nearest(query: W | Vector, options: NeighborOptions<W> = 10): Neighbor<W>[] {
    if (typeof query === 'object') return named(this.index.search(query, options));
    this.position(query);
    return named(this.index.neighbors(query, options));
  }

  /**
   * "a is to b as c is to ...": the words nearest to b - a + c, each of unit length; a, b and c themselves are left out
   * (3CosAdd; Mikolov, Yih and Zweig, NAACL 2013).
   * @throws KindredError UNKNOWN_ID, INVALID_K, INVALID_ARGUMENT
   */
  analogy(a: W, b: W, c: W, k = 10): Neighbor<W>[] {
    return named(this.index.search(this.analogyQuery(a, b, c), { k, filter: { deny: [a, b, c] } }));
  }

  /** What `analogy` looks for. */
  analogyQuery(a: W, b: W, c: W): Float64Array {
    const [unitA, unitB, unitC] = [a, b, c].map((word) => this.#unit(word));
    return unitB.map((value, i) => value - unitA[i] + unitC[i]);
  }

  /**
   * The word least similar to the mean of all, each of unit length; the first of several.
   * @throws KindredError UNKNOWN_ID; INVALID_ARGUMENT for fewer than three words
   */
  oddOneOut(words: Iterable<W>): W {
    const list = readList(words, 'words');
    if (list.length < 3) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `an odd one is among a list of three words or more, not ${list.length}`,
      );
    }
    const units = list.map((word) => this.#unit(word));
    const sum = new Float64Array(this.dim).map((_, i) => units.reduce((total, unit) => total + unit[i], 0));
    const scores = units.map((unit) => cosineSimilarity(unit, sum));
    return list[scores.indexOf(Math.min(...scores))];
  }

  /** The index that answers `nearest`, made when it is first needed. */
  get index(): VectorIndex<W> {
    this.#index ??= this.toIndex({ backend: this.#backend });
    return this.#index;
  }

  /** A new index of these vectors, by cosine unless told otherwise. */
  toIndex(options: IndexOptions = {}): VectorIndex<W> {
    const asked = readIndexOptions(options);
    return VectorIndex.from<W>(this.vectors, { ...asked, dim: this.dim, ids: this.words });
  }

  /**
   * The bytes of a file in word2vec's text format, or another. Text has as many digits as give the same float32 back.
   * @throws KindredError INVALID_ARGUMENT for a word that the format cannot hold, such as one with a line end
   */
  toBytes(format: FileFormat = 'word2vec-text'): Uint8Array {
    return writeWordVectors(this.words, this.vectors, format);
  }

  /**
   * Writes a file (Node): the old one is there until the new one is whole. Without a format, word2vec's binary one if
   * the name ends with `.bin`, else its text; gzipped if it ends with `.gz`.
   * @throws KindredError INVALID_ARGUMENT; the system's own error if the file cannot be written
   */
  async save(path: string | URL, options: SaveWordVectorsOptions = {}): Promise<void> {
    const { format } = readObject(options, "{ format: 'glove-text' }", SAVE_OPTIONS);
    const name = reading('path', () => path instanceof URL)
      ? (path as URL).href
      : readText(path, 'path', 'a text or a file: URL');
    const chosen = format ?? (/\.bin(\.gz)?$/.test(name) ? 'word2vec-binary' : 'word2vec-text');
    await saveWordVectors(path, this.toBytes(chosen));
  }

  #row(position: number): Float32Array {
    return this.vectors.data.subarray(position * this.dim, (position + 1) * this.dim);
  }

  /** In float64; zeros stay. */
  #unit(word: W): Float64Array {
    const row = this.#row(this.position(word));
    const length = norm(row);
    return Float64Array.from(row, (value) => (length === 0 ? 0 : value / length));
  }

  #refuseDuplicates(): void {
    if (this.#positions.size === this.words.length) return;
    const twice = this.words.findIndex((word, position) => this.#positions.get(word) !== position);
    const again = this.#positions.get(this.words[twice]);
    throw new KindredError('DUPLICATE_ID', `${show(this.words[twice])} is both word ${twice} and word ${again}`);
  }
}

function named<W extends Word>(hits: readonly { readonly id: W; readonly score: number }[]): Neighbor<W>[] {
  return hits.map(({ id, score }) => ({ word: id, score }));
}
