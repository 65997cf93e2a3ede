/** GloVe: vectors whose dots are the logarithms of how often words meet. */
import { readInteger, readNumber } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import type { Backend } from '../../backend/contract/backend.js';
import { withEmbedding } from '../../backend/families/embedding.js';
import { Random } from '../../backend/reference/random.js';
import { readTurnOptions, runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../turns/steps.js';
import type { Word } from '../words/word.js';
import type { WordVectors } from '../words/word-vectors.js';
import { coOccurrences, shuffle } from './co-occurrences.js';
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

export interface GloveOptions extends EmbeddingOptions {
  /** The largest distance at which words meet: 10 if not given. */
  readonly window?: number | undefined;
  /** Passes over the pairs that meet: 25 if not given. */
  readonly epochs?: number | undefined;
  /** 0.05 if not given. */
  readonly learningRate?: number | undefined;
  /** Pairs that meet as often or more have the full weight: 100 if not given; about 10 suits small texts. */
  readonly xMax?: number | undefined;
  /** The weight of rarer pairs is (how often / xMax) to this power: 0.75 if not given. */
  readonly alpha?: number | undefined;
  /** More pairs than this are refused before memory is taken for them, at 16 bytes each: 2^27 (2 GiB) if not given. */
  readonly maxPairs?: number | undefined;
}

const OPTIONS: OptionNames<GloveOptions> = {
  ...EMBEDDING_OPTIONS,
  window: true,
  epochs: true,
  learningRate: true,
  xMax: true,
  alpha: true,
  maxPairs: true,
};
const ASYNC_OPTIONS: OptionNames<AsyncOptions<GloveOptions>> = { ...OPTIONS, ...TURN_OPTIONS };

/** Cells between two steps: a few milliseconds of training each. */
const CELLS_PER_STEP: Readonly<Record<Backend['name'], number>> = {
  native: 1 << 16,
  wasm: 1 << 15,
  plain: 1 << 10,
  reference: 1 << 10,
};

/**
 * GloVe (Pennington, Socher and Manning, "GloVe: Global Vectors for Word Representation", EMNLP 2014): counts how
 * often words meet, nearer ones more (1/distance), and fits vectors and biases to the logarithms by weighted least
 * squares with AdaGrad, pair after pair in one random order. A word's vector is the sum of its two, as a word and as
 * a context.
 *
 * Memory: four bytes per word of text twice over, 16 bytes for each ordered pair of words that meet, and four rows
 * per word in training. One thread; the same sentences, options and seed give the same bits on every backend.
 *
 * @example
 * const texts = ['tea with milk', 'coffee with milk', 'tea with sugar', 'coffee with sugar'];
 * const vectors = Glove.fit(texts.map((text) => text.split(' ')), { dim: 8, minCount: 1, xMax: 10 });
 * vectors.words.length; // 5
 */
export const Glove = { fit, fitAsync };

/**
 * @throws KindredError INVALID_ARGUMENT for options, sentences or words of the wrong kind, if no word occurs
 * `minCount` times, and if more than `maxPairs` pairs meet; NOT_FINITE if the learning rate was far too high;
 * BACKEND_UNAVAILABLE
 */
function fit(sentences: Sentences<string>, options?: GloveOptions): WordVectors;
function fit(sentences: Sentences<number>, options?: GloveOptions): WordVectors<number>;
function fit<W extends Word>(sentences: Sentences<W>, options?: GloveOptions): WordVectors<W>;
function fit<W extends Word>(sentences: Sentences<W>, options: GloveOptions = {}): WordVectors<W> {
  const settings = readSettings(readObject(options, '{ dim: 100 }', OPTIONS));
  return runAtOnce(training(numberSentences(sentences, settings.minCount), settings));
}

/**
 * The same vectors, trained in slices between which the event loop runs. The sentences may come from an asynchronous
 * source. Rejects with the signal's reason; errors otherwise as for `fit`.
 */
async function fitAsync(sentences: AsyncSentences<string>, options?: AsyncOptions<GloveOptions>): Promise<WordVectors>;
async function fitAsync(
  sentences: AsyncSentences<number>,
  options?: AsyncOptions<GloveOptions>,
): Promise<WordVectors<number>>;
async function fitAsync<W extends Word>(
  sentences: AsyncSentences<W>,
  options?: AsyncOptions<GloveOptions>,
): Promise<WordVectors<W>>;
async function fitAsync<W extends Word>(
  sentences: AsyncSentences<W>,
  options: AsyncOptions<GloveOptions> = {},
): Promise<WordVectors<W>> {
  const asked = readObject(options, '{ dim: 100 }', ASYNC_OPTIONS);
  const settings = readSettings(asked);
  const { onProgress, signal } = readTurnOptions(asked);
  signal?.throwIfAborted();
  const numbered = await numberSentencesAsync(sentences, settings.minCount, signal);
  return runInTurns(training(numbered, settings), { onProgress, signal });
}

function readSettings(options: GloveOptions) {
  const { window = 10, epochs = 25, learningRate = 0.05, xMax = 100, alpha = 0.75, maxPairs = 2 ** 27 } = options;
  return {
    ...readEmbeddingOptions(options),
    window: readInteger(window, 'window', 1, 2 ** 31),
    epochs: readInteger(epochs, 'epochs', 1),
    learningRate: readNumber(learningRate, 'learningRate', { above: 0, to: 10 }),
    xMax: readNumber(xMax, 'xMax', { above: 0, to: 1e12 }),
    alpha: readNumber(alpha, 'alpha', { above: 0, to: 10 }),
    maxPairs: readInteger(maxPairs, 'maxPairs', 1, 2 ** 31),
  };
}

function* training<W extends Word>(
  sentences: NumberedSentences<W>,
  settings: ReturnType<typeof readSettings>,
): Steps<WordVectors<W>> {
  const { words } = sentences;
  const { backend, dim, seed, epochs, learningRate } = settings;
  const cells = yield* coOccurrences(sentences, settings);
  yield* shuffle(cells, Random.seeded(seed, 0));

  const random = Random.seeded(seed, 1);
  const glove = withEmbedding(backend).openGlove({
    words: words.length,
    stride: strideOf(dim),
    rows: randomRows(random, 2 * words.length, dim),
    biases: Float32Array.from({ length: 2 * words.length }, () => random.centred() / dim),
  });
  try {
    const count = cells.words.length;
    const step = CELLS_PER_STEP[backend.name];
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (let from = 0; from < count; from += step) {
        const to = Math.min(count, from + step);
        glove.train(
          {
            words: cells.words.subarray(from, to),
            contexts: cells.contexts.subarray(from, to),
            logs: cells.logs.subarray(from, to),
            weights: cells.weights.subarray(from, to),
          },
          learningRate,
        );
        yield { phase: 'training', done: epoch * count + to, total: epochs * count };
      }
    }
    const rows = glove.rows();
    const half = rows.length / 2;
    const sums = rows.subarray(0, half).map((value, i) => value + rows[half + i]);
    return finished(words, sums, dim, backend);
  } finally {
    glove.free();
  }
}
