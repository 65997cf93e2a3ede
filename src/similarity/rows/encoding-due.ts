/** When rows of an index are encoded, and how many at a time: no change pays for much more than itself. */
import type { Corpus } from '../../backend/contract/backend.js';
import type { OnProgress } from '../../turns/progress.js';
import type { Steps } from '../../turns/steps.js';
import type { IndexProgress } from './index-options.js';

/** Rows encoded between two reports of progress. */
const STEP = 16_384;
/** Rows that wait before an index begins to encode them, unless it is small: single rows would each pay for a strip. */
const WAITING = 1024;
const WAITING_SHARE = 16;
/** Rows that one change encodes for each of its own, and at least: more than come in, so that an end comes. */
const ROWS_PER_ROW = 4;
const ROWS_AT_LEAST = 128;
/** What a step should take where the event loop waits for it, and the rows of the first one. */
const TURN_MS = 4;
const FIRST_ROWS = 512;

export class EncodingDue {
  /** Rows changed since none was waiting. */
  #changed = 0;
  /** Whether some of them were encoded, and others not yet. */
  #isUnderWay = false;

  /**
   * Encodes some rows, or all if these are many, once enough wait.
   * @param current the corpus, undefined after disposal: whoever is told may end it.
   */
  afterChange(
    current: () => Corpus | undefined,
    rows: number,
    onProgress: OnProgress<IndexProgress> | undefined,
  ): void {
    const corpus = current();
    const encoder = corpus?.encoder;
    if (rows === 0 || !corpus || !encoder || !this.#isDue(corpus, rows)) return;
    const isMany = rows * WAITING_SHARE >= corpus.size;
    const limit = isMany ? Number.POSITIVE_INFINITY : Math.max(ROWS_AT_LEAST, ROWS_PER_ROW * rows);
    const changed = this.#changed;
    const first = encoder.encode(Math.min(STEP, limit));
    // What came first may be much more than what was added: an encoding that no longer fits is made anew.
    const total = first === 0 ? changed : first + Math.min(STEP, limit);
    this.#keepState(first);
    onProgress?.({ done: total - first, total, phase: 'encode' });
    for (let [left, done] = [first, STEP]; left > 0 && done < limit && current() === corpus; done += STEP) {
      const before = left;
      left = encoder.encode(Math.min(STEP, limit - done));
      if (left >= before) return;
      this.#keepState(left);
      onProgress?.({ done: total - left, total, phase: 'encode' });
    }
  }

  /** All rows are gone. */
  reset(): void {
    this.#keepState(0);
  }

  /** The same for many rows that came in turns: a few at a time. */
  *inTurns(corpus: Corpus, rows: number): Steps<void, IndexProgress> {
    const { encoder } = corpus;
    if (rows === 0 || !encoder || !this.#isDue(corpus, rows)) return;
    let total = 0;
    let step = FIRST_ROWS;
    for (let left = Number.POSITIVE_INFINITY; left > 0; ) {
      const before = left;
      const begin = performance.now();
      left = encoder.encode(step);
      const took = performance.now() - begin;
      total ||= left + step;
      this.#keepState(left);
      if (left >= before) return;
      yield { done: Math.max(0, total - left), total, phase: 'encode' };
      // The first step may have weighed how rows are best encoded, and says little.
      if (Number.isFinite(before)) step = Math.max(32, Math.floor(step * Math.min(4, TURN_MS / Math.max(took, 0.1))));
    }
  }

  #isDue(corpus: Corpus, rows: number): boolean {
    this.#changed += rows;
    return this.#isUnderWay || this.#changed >= Math.min(WAITING, corpus.size / WAITING_SHARE);
  }

  #keepState(left: number): void {
    this.#isUnderWay = left > 0;
    if (left === 0) this.#changed = 0;
  }
}
