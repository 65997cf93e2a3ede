/** Word2Vec: skip-gram with negative sampling. */
import { readInteger, readNumber } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import type { Backend, SkipGram } from '../../backend/contract/backend.js';
import { withEmbedding } from '../../backend/families/embedding.js';
import { Random } from '../../backend/reference/random.js';
import { readTurnOptions, runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../turns/steps.js';
import type { Word } from '../words/word.js';
import type { WordVectors } from '../words/word-vectors.js';
import { keepThresholds, noiseTable, sigmoidTable } from './noise.js';
import {
  type AsyncOptions,
  EMBEDDING_OPTIONS,
  type EmbeddingOptions,
  finished,
  randomRows,
  readEmbeddingOptions,
  strideOf,
} from './options.js';
import {
  type AsyncSentences,
  type NumberedSentences,
  numberSentences,
  numberSentencesAsync,
  type Sentences,
} from './sentences.js';

export interface Word2VecOptions extends EmbeddingOptions {
  /**
   * The largest distance at which words are context of each other; for each word a smaller one is drawn. 5 if not
   * given.
   */
  readonly window?: number | undefined;
  /** Noise words per pair, 1 to 100: 5 if not given. */
  readonly negative?: number | undefined;
  /** Passes over the sentences: 5 if not given. */
  readonly epochs?: number | undefined;
  /** At the beginning; it falls linearly towards 0. 0.05 if not given. */
  readonly learningRate?: number | undefined;
  /**
   * Words that make up a larger share than about this are left out now and then: 1e-3 if not given, 0 leaves none
   * out.
   */
  readonly sample?: number | undefined;
  /**
   * Noise words are drawn in proportion to their count to this power: 0.75 if not given. Item sequences may do better
   * near 0.
   */
  readonly noiseExponent?: number | undefined;
}

const OPTIONS: OptionNames<Word2VecOptions> = {
  ...EMBEDDING_OPTIONS,
  window: true,
  negative: true,
  epochs: true,
  learningRate: true,
  sample: true,
  noiseExponent: true,
};
const ASYNC_OPTIONS: OptionNames<AsyncOptions<Word2VecOptions>> = { ...OPTIONS, ...TURN_OPTIONS };

/** Longer sentences are trained in pieces of as many words. */
const PIECE = 1000;
/** Words between two steps: a few milliseconds of training each. */
const WORDS_PER_STEP: Readonly<Record<Backend['name'], number>> = {
  native: 8192,
  wasm: 4096,
  plain: 256,
  reference: 256,
};
/** The rate never falls below this part of the first. */
const LEAST_RATE = 1e-4;

/**
 * Vectors of words that occur in like company are alike: skip-gram with negative sampling (Mikolov, Sutskever, Chen,
 * Corrado and Dean, "Distributed Representations of Words and Phrases", NIPS 2013). "Words" may be anything with a
 * text or a number for a name: sequences of items give item2vec (`interactionSequences`).
 *
 * Sentences are read once and kept as numbers, four bytes a word. One thread; the same sentences, options and seed
 * give the same bits on every backend.
 *
 * @example
 * const texts = ['tea with milk', 'coffee with milk', 'tea with sugar', 'coffee with sugar', 'chess at night', 'go at noon'];
 * const sentences = texts.map((text) => text.split(' '));
 * const vectors = Word2Vec.fit(sentences, { dim: 16, minCount: 1, sample: 0, epochs: 200 });
 * vectors.nearest('tea', 1)[0].word; // 'coffee'
 */
export const Word2Vec = { fit, fitAsync };

/**
 * @throws KindredError INVALID_ARGUMENT for options, sentences or words of the wrong kind, and if no word occurs
 * `minCount` times; NOT_FINITE if the learning rate was far too high; BACKEND_UNAVAILABLE
 */
function fit(sentences: Sentences<string>, options?: Word2VecOptions): WordVectors;
function fit(sentences: Sentences<number>, options?: Word2VecOptions): WordVectors<number>;
function fit<W extends Word>(sentences: Sentences<W>, options?: Word2VecOptions): WordVectors<W>;
function fit<W extends Word>(sentences: Sentences<W>, options: Word2VecOptions = {}): WordVectors<W> {
  const settings = readSettings(readObject(options, '{ dim: 100 }', OPTIONS));
  return runAtOnce(training(numberSentences(sentences, settings.minCount), settings));
}

/**
 * The same vectors, trained in slices between which the event loop runs. The sentences may come from an asynchronous
 * source. Rejects with the signal's reason; errors otherwise as for `fit`.
 */
async function fitAsync(
  sentences: AsyncSentences<string>,
  options?: AsyncOptions<Word2VecOptions>,
): Promise<WordVectors>;
async function fitAsync(
  sentences: AsyncSentences<number>,
  options?: AsyncOptions<Word2VecOptions>,
): Promise<WordVectors<number>>;
async function fitAsync<W extends Word>(
  sentences: AsyncSentences<W>,
  options?: AsyncOptions<Word2VecOptions>,
): Promise<WordVectors<W>>;
async function fitAsync<W extends Word>(
  sentences: AsyncSentences<W>,
  options: AsyncOptions<Word2VecOptions> = {},
): Promise<WordVectors<W>> {
  const asked = readObject(options, '{ dim: 100 }', ASYNC_OPTIONS);
  const settings = readSettings(asked);
  const { onProgress, signal } = readTurnOptions(asked);
  signal?.throwIfAborted();
  const numbered = await numberSentencesAsync(sentences, settings.minCount, signal);
  return runInTurns(training(numbered, settings), { onProgress, signal });
}

function readSettings(options: Word2VecOptions) {
  const { window = 5, negative = 5, epochs = 5, learningRate = 0.05, sample = 1e-3, noiseExponent = 0.75 } = options;
  return {
    ...readEmbeddingOptions(options),
    window: readInteger(window, 'window', 1, 2 ** 31),
    negative: readInteger(negative, 'negative', 1, 100),
    epochs: readInteger(epochs, 'epochs', 1),
    learningRate: readNumber(learningRate, 'learningRate', { above: 0, to: 10 }),
    sample: readNumber(sample, 'sample', { from: 0, to: 1 }),
    noiseExponent: readNumber(noiseExponent, 'noiseExponent', { above: -10, to: 10 }),
  };
}

type Settings = ReturnType<typeof readSettings>;

function* training<W extends Word>(
  { words, counts, tokens, ends }: NumberedSentences<W>,
  settings: Settings,
): Steps<WordVectors<W>> {
  const { backend, dim, window, negative, seed } = settings;
  const skipGram = withEmbedding(backend).openSkipGram({
    words: words.length,
    stride: strideOf(dim),
    window,
    negative,
    input: randomRows(Random.seeded(seed, 0), words.length, dim),
    ...noiseTable(counts, settings.noiseExponent),
    sigmoid: sigmoidTable(),
    random: Random.seeded(seed, 1).state,
  });
  try {
    const keep = keepThresholds(counts, settings.sample);
    const block = new Block(skipGram, keep, Random.seeded(seed, 2), WORDS_PER_STEP[backend.name]);
    const total = tokens.length * settings.epochs;
    for (let done = 0; done < total; ) {
      let begin = 0;
      for (const end of ends) {
        for (; begin < end; begin += PIECE) {
          const piece = tokens.subarray(begin, Math.min(end, begin + PIECE));
          const rate = settings.learningRate * Math.max(LEAST_RATE, 1 - done / total);
          done += piece.length;
          if (block.add(piece, rate) || done === total) {
            block.train();
            yield { phase: 'training', done, total };
          }
        }
        begin = end;
      }
    }
    return finished(words, skipGram.rows(), dim, backend);
  } finally {
    skipGram.free();
  }
}

/**
 * Pieces of sentences, without the words that subsampling leaves out, until there are enough for a call of the
 * kernel.
 */
class Block {
  readonly #skipGram: SkipGram;
  readonly #keep: Uint32Array;
  readonly #random: Random;
  readonly #enough: number;
  readonly #tokens: Uint32Array;
  #size = 0;
  /** Words taken in, left out ones too. */
  #read = 0;
  #ends: number[] = [];
  #rates: number[] = [];

  constructor(skipGram: SkipGram, keep: Uint32Array, random: Random, enough: number) {
    this.#skipGram = skipGram;
    this.#keep = keep;
    this.#random = random;
    this.#enough = enough;
    this.#tokens = new Uint32Array(enough + PIECE);
  }

  /** Returns whether it is time to train. */
  add(piece: Uint32Array, rate: number): boolean {
    const begin = this.#size;
    for (const token of piece) {
      if (this.#random.bits() <= this.#keep[token]) this.#tokens[this.#size++] = token;
    }
    this.#read += piece.length;
    // One word alone has no context.
    if (this.#size - begin < 2) {
      this.#size = begin;
    } else {
      this.#ends.push(this.#size);
      this.#rates.push(rate);
    }
    return this.#read >= this.#enough;
  }

  train(): void {
    const tokens = this.#tokens.subarray(0, this.#size);
    this.#skipGram.train(tokens, Uint32Array.from(this.#ends), Float32Array.from(this.#rates));
    this.#size = 0;
    this.#read = 0;
    this.#ends = [];
    this.#rates = [];
  }
}
