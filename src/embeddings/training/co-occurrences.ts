/** How often words occur near each other, as the cells of a sparse matrix. */
import type { GloveCells } from '../../backend/contract/backend.js';
import type { Random } from '../../backend/reference/random.js';
import { KindredError } from '../../errors.js';
import type { Progress } from '../../turns/progress.js';
import type { Word } from '../words/word.js';
import { log, power } from './exact-math.js';
import type { NumberedSentences } from './sentences.js';

export interface CellOptions {
  readonly window: number;
  readonly xMax: number;
  readonly alpha: number;
  readonly maxPairs: number;
}

/** Words between two steps. */
const WORDS_PER_STEP = 1 << 15;
const CELLS_PER_STEP = 1 << 18;

/**
 * Two words at a distance d of at most `window` in a sentence meet 1/d times. Every ordered pair of words that meet
 * becomes a cell: the logarithm of how often, and the weight min(1, often / xMax)^alpha. Rows are computed one at a
 * time from the places of their word, once to count cells and once to fill them, so beside the cells themselves (16
 * bytes each) this takes 8 bytes per word of text and 12 per different word.
 * @throws KindredError INVALID_ARGUMENT if there are more than `maxPairs` cells.
 */
export function* coOccurrences(
  sentences: NumberedSentences<Word>,
  { window, xMax, alpha, maxPairs }: CellOptions,
): Generator<Progress, GloveCells, void> {
  const rows = new Rows(sentences, window);
  const words = sentences.words.length;
  const total = 2 * sentences.tokens.length;
  let done = 0;
  let sinceStep = 0;
  let cells = 0;
  for (let word = 0; word < words; word++) {
    cells += rows.compute(word);
    if (cells > maxPairs) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `there are more than ${maxPairs} pairs of words that meet (maxPairs), which take 16 bytes each; a larger minCount or a smaller window makes fewer`,
      );
    }
    done += rows.places(word);
    sinceStep += rows.places(word);
    if (sinceStep < WORDS_PER_STEP) continue;
    sinceStep = 0;
    yield { phase: 'counting', done, total };
  }
  const found = {
    words: new Uint32Array(cells),
    contexts: new Uint32Array(cells),
    logs: new Float32Array(cells),
    weights: new Float32Array(cells),
  };
  let cell = 0;
  for (let word = 0; word < words; word++) {
    const count = rows.compute(word);
    for (let n = 0; n < count; n++, cell++) {
      const context = rows.met[n];
      const often = rows.sums[context];
      found.words[cell] = word;
      found.contexts[cell] = context;
      found.logs[cell] = log(often);
      found.weights[cell] = often < xMax ? power(often / xMax, alpha) : 1;
    }
    done += rows.places(word);
    sinceStep += rows.places(word);
    if (sinceStep < WORDS_PER_STEP) continue;
    sinceStep = 0;
    yield { phase: 'counting', done, total };
  }
  return found;
}

/** One row of the matrix at a time, dense. */
class Rows {
  /** What the row's word met, in order of meeting, and how often each. */
  readonly met: Uint32Array;
  readonly sums: Float64Array;
  readonly #tokens: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #window: number;
  /** Where word `w` occurs: `#order[#starts[w] .. #starts[w + 1])`. */
  readonly #starts: Uint32Array;
  readonly #order: Uint32Array;
  /** The sentence of each place in `#order`. */
  readonly #sentences: Uint32Array;
  #count = 0;

  constructor({ words, counts, tokens, ends }: NumberedSentences<Word>, window: number) {
    this.#tokens = tokens;
    this.#ends = ends;
    this.#window = window;
    this.met = new Uint32Array(words.length);
    this.sums = new Float64Array(words.length);
    this.#starts = new Uint32Array(words.length + 1);
    counts.forEach((count, word) => {
      this.#starts[word + 1] = this.#starts[word] + count;
    });
    this.#order = new Uint32Array(tokens.length);
    this.#sentences = new Uint32Array(tokens.length);
    const next = this.#starts.slice();
    let at = 0;
    ends.forEach((end, sentence) => {
      for (; at < end; at++) {
        const place = next[tokens[at]]++;
        this.#order[place] = at;
        this.#sentences[place] = sentence;
      }
    });
  }

  /** How often a word occurs. */
  places(word: number): number {
    return this.#starts[word + 1] - this.#starts[word];
  }

  /** Fills `met` and `sums` for a word; returns how many words it met. */
  compute(word: number): number {
    for (let n = 0; n < this.#count; n++) this.sums[this.met[n]] = 0;
    this.#count = 0;
    for (let place = this.#starts[word]; place < this.#starts[word + 1]; place++) {
      const at = this.#order[place];
      const sentence = this.#sentences[place];
      const begin = Math.max(sentence === 0 ? 0 : this.#ends[sentence - 1], at - this.#window);
      const end = Math.min(this.#ends[sentence], at + this.#window + 1);
      for (let near = begin; near < at; near++) this.#meet(this.#tokens[near], at - near);
      for (let near = at + 1; near < end; near++) this.#meet(this.#tokens[near], near - at);
    }
    return this.#count;
  }

  #meet(other: number, distance: number): void {
    if (this.sums[other] === 0) this.met[this.#count++] = other;
    this.sums[other] += 1 / distance;
  }
}

/** Puts the cells into random order, in place (Fisher and Yates): training needs them mixed. */
export function* shuffle(cells: GloveCells, random: Random): Generator<Progress, void, void> {
  const { words, contexts, logs, weights } = cells;
  const total = words.length;
  for (let last = total - 1; last > 0; last--) {
    const other = random.below(last + 1);
    for (const column of [words, contexts, logs, weights]) {
      const kept = column[last];
      column[last] = column[other];
      column[other] = kept;
    }
    if ((total - last) % CELLS_PER_STEP === 0) yield { phase: 'shuffling', done: total - last, total };
  }
}
