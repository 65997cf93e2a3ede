/** All pairs of rows that are alike: near-duplicates, best first. */
import { readK } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { checkObjects } from '../../arguments/room.js';
import type { TopRows } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import { type OnProgress, readOnProgress } from '../../turns/progress.js';
import type { IndexProgress } from '../rows/index-options.js';
import type { RowsView } from '../rows/rows-view.js';
import type { IndexWork } from '../rows/under-way.js';
import { blockRows } from './search-blocks.js';
import { isBounded, readLeastScore } from './search-options.js';

/** Two rows and how alike they are; `a` comes before `b` in the order of `ids()`. */
export interface SimilarPair<Id extends string | number> {
  readonly a: Id;
  readonly b: Id;
  /** Higher is better, for every metric. */
  readonly score: number;
  /** With the metric `euclidean`: the distance, `-score`. */
  readonly distance?: number;
}

export interface SimilarPairsOptions {
  /** Only pairs scoring at least this. May be left out if `limit` is given. */
  readonly minScore?: number | undefined;
  /** For `euclidean`, in place of `minScore`: only pairs at most this far apart, at least 0. */
  readonly maxDistance?: number | undefined;
  /** Only the best of them, so that memory stays bounded. */
  readonly limit?: number | undefined;
  /** Told after every block of rows how many are done. It must not change the index. */
  readonly onProgress?: OnProgress<IndexProgress> | undefined;
}

export interface AsyncSimilarPairsOptions extends SimilarPairsOptions, Abortable {}

const PAIRS_OPTIONS: OptionNames<SimilarPairsOptions> = {
  minScore: true,
  maxDistance: true,
  limit: true,
  onProgress: true,
};
const ASYNC_PAIRS_OPTIONS: OptionNames<AsyncSimilarPairsOptions> = { ...PAIRS_OPTIONS, signal: true };

/** @throws KindredError INVALID_ARGUMENT */
export function readSimilarPairs(options: SimilarPairsOptions): SimilarPairsOptions {
  return readObject(options, '{ minScore: 0.9 }', PAIRS_OPTIONS);
}

/** @throws KindredError INVALID_ARGUMENT */
export function readAsyncSimilarPairs(options: AsyncSimilarPairsOptions): AsyncSimilarPairsOptions {
  const asked = readObject(options, '{ minScore: 0.9 }', ASYNC_PAIRS_OPTIONS);
  readSignal(asked.signal);
  return asked;
}

/** Slots of the rows, the first before the second. */
interface Pair {
  readonly a: number;
  readonly b: number;
  readonly score: number;
}

/** How many partners a row is first expected to have; learnt from the rows before it. */
const WIDTH_MIN = 32;

/** A list that grows this far beyond `limit` is cut. */
const SLACK = 4096;
/** Of the heap: a pair by slots, one by ids, their places in lists that grow and are sorted, and numbers in boxes. */
const PAIR_BYTES = 224;
/** What of it a pair takes while others are looked for. */
const PAIR_BYTES_TAKEN = 80;
/** Pairs between two looks at what the heap has room for. */
const PAIRS_BETWEEN_LOOKS = 2 ** 16;

/**
 * Each block of rows looks for partners among the rows behind its first. Pairs turn up with `a` ascending and, among equal
 * scores of one `a`, with `b` ascending, so that a stable sort by score is all that the order asks for. Options were read by
 * `readSimilarPairs`.
 */
export function* similarPairs<Id extends string | number>(
  rows: RowsView<Id>,
  asked: SimilarPairsOptions,
): IndexWork<SimilarPair<Id>[]> {
  if (!isBounded(asked) && asked.limit === undefined) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      'similarPairs needs { minScore } (or { maxDistance }), { limit } or both, and was given neither',
    );
  }
  const limit = asked.limit === undefined ? Number.POSITIVE_INFINITY : readK(asked.limit, 'limit');
  const best = new BestPairs(limit, readLeastScore(asked, rows.kept.metric));
  const onProgress = readOnProgress(asked.onProgress);
  const { kept } = rows;
  const total = rows.size;
  const admit = rows.alive?.slice() ?? new Uint8Array(rows.slots).fill(1);

  let done = 0;
  let width = WIDTH_MIN;
  for (let first = 0; first < rows.slots; ) {
    const count = Math.min(blockRows(width, kept.dim), rows.slots - first);
    const { slots, queries } = rows.readLiving(first, count);
    admit.fill(0, 0, first + 1);
    // Before the partners of the block's n-th row, up to n rows of the block itself may come.
    const enough = Math.min(total, limit + count);
    let widest = 0;
    if (slots.length > 0) {
      const k = Math.min(width, enough);
      const found = yield { queries, request: { k, minScore: best.minScore, admit } };
      for (let q = 0; q < slots.length; q++) {
        let partners = found;
        let at = q;
        // A full row may have been cut: it asks again, alone, for more.
        for (let wider = k; partners.counts[at] === wider && wider < enough; ) {
          wider = Math.min(8 * wider, enough);
          const query = queries.slice(q * kept.dim, (q + 1) * kept.dim);
          partners = yield { queries: query, request: { k: wider, minScore: best.minScore, admit } };
          at = 0;
        }
        widest = Math.max(widest, partners.counts[at]);
        best.add(slots[q], partners, at);
      }
    }
    best.cut();
    first += count;
    done += slots.length;
    // One more than was needed shows that nothing was cut.
    width = Math.max(WIDTH_MIN, Math.min(4 * width, 2 * widest + 1), Math.floor(width / 2));
    onProgress?.({ done, total, phase: 'search' });
  }
  return best.sorted().map(({ a: first, b: second, score }) => {
    const [a, b] = [rows.id(first), rows.id(second)];
    return kept.metric === 'euclidean' ? { a, b, score, distance: 0 - score } : { a, b, score };
  });
}

/** The best `limit` pairs of those that came in order. */
class BestPairs {
  /** What a pair that is still to come must reach to be among the best. */
  minScore: number;
  readonly #limit: number;
  #pairs: Pair[] = [];
  #nextLook = PAIRS_BETWEEN_LOOKS;

  constructor(limit: number, minScore: number) {
    this.#limit = limit;
    this.minScore = minScore;
  }

  /** Adds the partners that row `a` found as query `q`. */
  add(a: number, found: TopRows, q: number): void {
    for (let n = 0; n < found.counts[q]; n++) {
      const b = found.positions[q * found.stride + n];
      const score = found.scores[q * found.stride + n];
      // Scores fall: nothing behind this one can be kept.
      if (score < this.minScore) break;
      if (b > a) this.#pairs.push({ a, b, score });
      if (this.#pairs.length >= this.#nextLook) this.#look();
    }
    if (this.#pairs.length >= 2 * this.#limit + SLACK) this.cut();
  }

  /** Once there are enough, a later pair must score strictly higher than the worst: equal ones come after it. */
  cut(): void {
    if (this.#pairs.length < this.#limit) return;
    this.#pairs = this.sorted();
    this.minScore = Math.max(this.minScore, nextUp(this.#pairs[this.#limit - 1].score));
  }

  /** Ends before the heap does. */
  #look(): void {
    const { length } = this.#pairs;
    this.#nextLook = length + PAIRS_BETWEEN_LOOKS;
    // Those that are there take their part already.
    const taken = length * PAIR_BYTES_TAKEN;
    checkObjects(
      length,
      PAIR_BYTES,
      'INVALID_ARGUMENT',
      () => `give a limit or a higher bound: ${length} pairs reach it so far`,
      taken,
    );
  }

  sorted(): Pair[] {
    return this.#pairs.sort((x, y) => y.score - x.score).slice(0, Math.min(this.#limit, this.#pairs.length));
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
