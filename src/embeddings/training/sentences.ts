/** Sentences as numbers: reads them once, counts words, and leaves out those that are too rare to learn from. */
import { readIterable } from '../../arguments/choices.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { runAtOnce, runInTurns, type Steps } from '../../turns/steps.js';
import { readWord, type Word } from '../words/word.js';

/** Lists of words: texts cut into words, or what a person did one after the other. */
export type Sentences<W extends Word> = Iterable<Iterable<W>>;
export type AsyncSentences<W extends Word> = Sentences<W> | AsyncIterable<Iterable<W>>;

/** Sentence `s` is `tokens[ends[s - 1] .. ends[s])`, numbers of `words`. */
export interface NumberedSentences<W extends Word> {
  /** By falling count, equal counts in order of first appearance. */
  readonly words: W[];
  readonly counts: Float64Array;
  readonly tokens: Uint32Array;
  readonly ends: Uint32Array;
}

/** Words between two steps. */
const WORDS_PER_STEP = 1 << 16;

export function numberSentences<W extends Word>(sentences: Sentences<W>, minCount: number): NumberedSentences<W> {
  return runAtOnce(reading(sentences, minCount));
}

export async function numberSentencesAsync<W extends Word>(
  sentences: AsyncSentences<W>,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<NumberedSentences<W>> {
  if (!(Symbol.asyncIterator in Object(sentences))) {
    return runInTurns(reading(sentences as Sentences<W>, minCount), { signal });
  }
  const reader = new SentenceReader<W>();
  for await (const sentence of sentences) {
    signal?.throwIfAborted();
    reader.take(sentence);
  }
  return reader.finish(minCount);
}

function* reading<W extends Word>(sentences: Sentences<W>, minCount: number): Steps<NumberedSentences<W>> {
  const reader = new SentenceReader<W>();
  let reported = 0;
  for (const sentence of readIterable(sentences, 'sentences')) {
    reader.take(sentence);
    if (reader.size - reported < WORDS_PER_STEP) continue;
    reported = reader.size;
    yield { phase: 'reading', done: reported, total: reported };
  }
  return reader.finish(minCount);
}

/** Whatever a Proxy throws when it is asked, it is none. */
function isList(sentence: unknown): sentence is Iterable<unknown> {
  try {
    return typeof sentence === 'object' && sentence !== null && Symbol.iterator in sentence;
  } catch {
    return false;
  }
}

class SentenceReader<W extends Word> {
  readonly #words: W[] = [];
  readonly #numbers = new Map<Word, number>();
  readonly #counts: number[] = [];
  readonly #ends: number[] = [];
  #tokens = new Uint32Array(1024);
  #size = 0;

  /** Words taken. */
  get size(): number {
    return this.#size;
  }

  take(sentence: Iterable<W>): void {
    // A text would be taken letter by letter.
    if (!isList(sentence)) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `sentence ${this.#ends.length} must be a list of words, not ${show(sentence)}; a text is cut by text.split(' ')`,
      );
    }
    let place = 0;
    for (const word of sentence) this.#add(word, place++);
    this.#ends.push(this.#size);
  }

  #add(word: W, place: number): void {
    let number = this.#numbers.get(word);
    if (number === undefined) {
      readWord(word, `word ${place} of sentence ${this.#ends.length}`);
      number = this.#words.push(word) - 1;
      this.#numbers.set(word, number);
      this.#counts.push(0);
    }
    this.#counts[number]++;
    if (this.#size === this.#tokens.length) {
      const larger = new Uint32Array(2 * this.#size);
      larger.set(this.#tokens);
      this.#tokens = larger;
    }
    this.#tokens[this.#size++] = number;
  }

  /** @throws KindredError INVALID_ARGUMENT if no word occurs often enough. */
  finish(minCount: number): NumberedSentences<W> {
    const counts = this.#counts;
    const order = Array.from(counts.keys()).filter((word) => counts[word] >= minCount);
    // Stable, so equal counts stay in order of first appearance.
    order.sort((a, b) => counts[b] - counts[a]);
    if (order.length === 0) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `no word occurs ${minCount} times or more (minCount): there are ${this.#size} words, ${counts.length} different ones, in ${this.#ends.length} sentences`,
      );
    }
    const numbers = new Int32Array(counts.length).fill(-1);
    order.forEach((word, number) => {
      numbers[word] = number;
    });
    const tokens = this.#tokens;
    const ends = new Uint32Array(this.#ends.length);
    let kept = 0;
    this.#ends.forEach((end, sentence) => {
      for (let at = sentence === 0 ? 0 : this.#ends[sentence - 1]; at < end; at++) {
        const number = numbers[tokens[at]];
        if (number >= 0) tokens[kept++] = number;
      }
      ends[sentence] = kept;
    });
    return {
      words: order.map((word) => this.#words[word]),
      counts: Float64Array.from(order, (word) => counts[word]),
      tokens: tokens.slice(0, kept),
      ends,
    };
  }
}
