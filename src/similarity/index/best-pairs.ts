/** The best pairs of rows among those that a search for each row finds. */
import { checkObjects } from '../../arguments/room.js';
import type { TopRows } from '../../backend/contract/backend.js';
import type { Pauses } from '../../turns/steps.js';
import { largest, sortedOrder } from './sorted-order.js';

/** The rows that row `a` found as query `at` of an answer, when it `asked` for so many. */
export interface Partners {
  readonly a: number;
  /** Its place among the queries of its block. */
  readonly q: number;
  asked: number;
  found: TopRows;
  at: number;
}

/** Pairs kept beyond `limit` before they are cut. */
const SLACK = 4096;
/** Of the heap: a pair by ids, its place in lists that are sorted, and numbers in boxes. */
const PAIR_BYTES = 144;
/** Pairs between two looks at what the heap has room for. */
const PAIRS_BETWEEN_LOOKS = 2 ** 16;
/** Objects made in a millisecond. */
const PAIRS_AT_ONCE = 2 ** 13;

/** The best `limit` pairs. They come with `a` ascending and, among equal scores of one `a`, with `b` ascending. */
export class BestPairs {
  /** What a pair that is still to come must reach to be among the best. */
  minScore: number;
  readonly #limit: number;
  #count = 0;
  #nextLook = PAIRS_BETWEEN_LOOKS;
  #a = new Uint32Array(SLACK);
  #b = new Uint32Array(SLACK);
  #scores = new Float64Array(SLACK);

  constructor(limit: number, minScore: number) {
    this.#limit = limit;
    this.minScore = minScore;
  }

  /** Adds the partners of a row behind all rows added before. */
  *add({ a, found, at }: Partners): Pauses<void> {
    this.#reserve(this.#count + found.counts[at]);
    for (let n = at * found.stride; n < at * found.stride + found.counts[at]; n++) {
      // Scores fall: nothing behind this one can be kept.
      if (found.scores[n] < this.minScore) break;
      if (found.positions[n] <= a) continue;
      this.#a[this.#count] = a;
      this.#b[this.#count] = found.positions[n];
      this.#scores[this.#count++] = found.scores[n];
      if (this.#count >= this.#nextLook) this.#look();
    }
    if (this.#count >= 2 * this.#limit + SLACK) yield* this.cut();
  }

  /** Once there are enough, a later pair must score strictly higher than the worst: equal ones come after it. */
  *cut(): Pauses<void> {
    if (this.#count < this.#limit) return;
    const { score, above } = yield* this.#worst(this.#scores.slice(0, this.#count));
    let kept = 0;
    for (let n = 0, equal = this.#limit - above; n < this.#count; n++) {
      if (this.#scores[n] < score || (this.#scores[n] === score && equal-- <= 0)) continue;
      this.#a[kept] = this.#a[n];
      this.#b[kept] = this.#b[n];
      this.#scores[kept++] = this.#scores[n];
    }
    this.#count = kept;
    this.minScore = Math.max(this.minScore, nextUp(score));
  }

  /**
   * Those of the rows to come that may have partners they were not told of, fewer than `enough`, which would be among the
   * best. The rows are in order. More that is known of them never adds one.
   */
  *unfinished(rows: readonly Partners[], enough: number): Pauses<Partners[]> {
    const full = rows.filter(({ found, at, asked }) => found.counts[at] === asked && asked < enough);
    if (full.length === 0 || this.#limit === Number.POSITIVE_INFINITY) return full;
    const { score, above } = yield* this.#worst(this.#withScores(rows));
    // Pairs that score as the worst are wanted in order.
    let equal = this.#limit - above;
    for (let n = 0; n < this.#count; n++) if (this.#scores[n] === score) equal--;
    const wanted = new Set<Partners>();
    for (const row of rows) {
      const { a, found, at } = row;
      const last = found.counts[at] > 0 ? found.scores[at * found.stride + found.counts[at] - 1] : -Infinity;
      for (let n = at * found.stride; n < at * found.stride + found.counts[at]; n++) {
        if (found.scores[n] === score && found.positions[n] > a) equal--;
      }
      if (last > score || (last === score && equal > 0)) wanted.add(row);
    }
    return full.filter((row) => wanted.has(row));
  }

  /** Ends before the heap does. */
  #look(): void {
    const count = this.#count;
    this.#nextLook = count + PAIRS_BETWEEN_LOOKS;
    checkObjects(
      count,
      PAIR_BYTES,
      'INVALID_ARGUMENT',
      () => `give a limit or a higher bound: ${count} pairs reach it so far`,
    );
  }

  /** All pairs kept as `as` makes them of two slots and their score, best first, a little at a time. */
  *sorted<T>(as: (a: number, b: number, score: number) => T): Pauses<T[]> {
    yield* this.cut();
    const order = yield* sortedOrder(this.#scores, this.#count);
    const pairs: T[] = [];
    for (const n of order) {
      pairs.push(as(this.#a[n], this.#b[n], this.#scores[n]));
      if (pairs.length % PAIRS_AT_ONCE === 0) yield undefined;
    }
    return pairs;
  }

  /** The score of the last of the best `limit`, and how many score above it. Moves `scores` about. */
  *#worst(scores: Float64Array): Pauses<{ readonly score: number; readonly above: number }> {
    if (scores.length < this.#limit) return { score: Number.NEGATIVE_INFINITY, above: scores.length };
    return yield* largest(scores, this.#limit);
  }

  /** The scores kept, and those of pairs that are known of rows to come. */
  #withScores(rows: readonly Partners[]): Float64Array {
    let count = this.#count;
    for (const { found, at } of rows) count += found.counts[at];
    const scores = new Float64Array(count);
    scores.set(this.#scores.subarray(0, this.#count));
    count = this.#count;
    for (const { a, found, at } of rows) {
      for (let n = at * found.stride; n < at * found.stride + found.counts[at]; n++) {
        if (found.positions[n] > a) scores[count++] = found.scores[n];
      }
    }
    return scores.subarray(0, count);
  }

  #reserve(count: number): void {
    if (count <= this.#scores.length) return;
    const capacity = Math.max(count, 2 * this.#scores.length);
    const grown = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#a = grown(this.#a, new Uint32Array(capacity));
    this.#b = grown(this.#b, new Uint32Array(capacity));
    this.#scores = grown(this.#scores, new Float64Array(capacity));
  }
}

const word = new DataView(new ArrayBuffer(8));

/** The smallest float64 above a finite `x`. */
function nextUp(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  word.setFloat64(0, x);
  word.setBigInt64(0, word.getBigInt64(0) + (x > 0 ? 1n : -1n));
  return word.getFloat64(0);
}
