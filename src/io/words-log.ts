/** What was wrong with a file of word vectors, and what was done about it. */
import { readChoice } from '../arguments/choices.js';

export interface WordsOptions {
  /**
   * A word that is not UTF-8, or empty, is refused; or the row is left out; or what cannot be read becomes U+FFFD. What was left
   * out or replaced is counted in the report.
   */
  readonly onBadWord?: 'refuse' | 'skip' | 'replace' | undefined;
  /** A file with more or fewer words than its first line promises is refused; or all words that are there are read. */
  readonly onWrongCount?: 'refuse' | 'accept' | undefined;
}

export interface WordsReport {
  /** Rows that were there, those left out too. */
  readonly read: number;
  /** How many the first line promised, where that was wrong. */
  readonly wronglyPromised: number | undefined;
  /** Rows left out because of their word. */
  readonly skipped: number;
  /** Words with something in them replaced. */
  readonly replaced: number;
  /** The first of those, at most 20: where, and what was found. */
  readonly examples: readonly { readonly place: string; readonly found: string }[];
}

const EXAMPLES_MAX = 20;
const REPLACEMENT = '\ufffd';

/** Decodes words, and remembers those that were none. */
export class WordsLog {
  readonly acceptsAnyCount: boolean;
  readonly #onBadWord: 'refuse' | 'skip' | 'replace';
  readonly #strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #lenient = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #examples: { place: string; found: string }[] = [];
  #skipped = 0;
  #replaced = 0;

  /** @throws KindredError INVALID_ARGUMENT */
  constructor({ onBadWord = 'refuse', onWrongCount = 'refuse' }: WordsOptions) {
    this.#onBadWord = readChoice(onBadWord, 'onBadWord', ['refuse', 'skip', 'replace']);
    this.acceptsAnyCount = readChoice(onWrongCount, 'onWrongCount', ['refuse', 'accept']) === 'accept';
  }

  /** The text, or what is to stand for it; undefined if its row is to be left out. `refuse` throws. */
  decode(bytes: Uint8Array, place: string, found: string, refuse: (found: string) => never): string | undefined {
    try {
      return this.#strict.decode(bytes);
    } catch {
      return this.#bad(place, found, refuse) && this.#lenient.decode(bytes);
    }
  }

  /** The same for a word that is not there at all. */
  empty(place: string, refuse: (found: string) => never): string | undefined {
    return this.#bad(place, 'no word before the numbers', refuse);
  }

  /** `promised` is undefined where nothing is promised. */
  report(promised: number | undefined, read: number): WordsReport {
    const wronglyPromised = promised === read ? undefined : promised;
    return { read, wronglyPromised, skipped: this.#skipped, replaced: this.#replaced, examples: this.#examples };
  }

  #bad(place: string, found: string, refuse: (found: string) => never): string | undefined {
    if (this.#onBadWord === 'refuse') refuse(`${found}; { onBadWord: 'skip' } or 'replace' reads the rest`);
    if (this.#examples.length < EXAMPLES_MAX) this.#examples.push({ place, found });
    if (this.#onBadWord === 'replace') {
      this.#replaced++;
      return REPLACEMENT;
    }
    this.#skipped++;
    return undefined;
  }
}
