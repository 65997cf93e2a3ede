/** All pairs of rows that are alike: near-duplicates, best first. */
import { readK } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import type { Floats } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import { type OnProgress, readOnProgress } from '../../turns/progress.js';
import type { IndexProgress } from '../rows/index-options.js';
import type { RowsView } from '../rows/rows-view.js';
import type { IndexWork } from '../rows/under-way.js';
import { BestPairs, type Partners } from './best-pairs.js';
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

/** How many partners a row is first expected to have; learnt from the rows before it. */
const WIDTH_MIN = 32;

/**
 * Each block of rows looks for partners among the rows behind its first. Pairs turn up with `a` ascending and, among equal
 * scores of one `a`, with `b` ascending. Options were read by `readSimilarPairs`.
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
      let coming = Array.from(slots, (a, q): Partners => ({ a, q, asked: k, found, at: q }));
      while (coming.length > 0) {
        const again = yield* best.unfinished(coming, enough);
        const ready = again.length > 0 ? coming.indexOf(again[0]) : coming.length;
        for (const row of coming.slice(0, ready)) {
          widest = Math.max(widest, row.found.counts[row.at]);
          yield* best.add(row);
        }
        coming = coming.slice(ready);
        if (again.length === 0) break;
        // A full row may have been cut: it asks again for more.
        const wider = Math.min(8 * again[0].asked, enough);
        const some = again.filter((row) => row.asked < wider).slice(0, blockRows(wider, kept.dim));
        const request = { k: wider, minScore: best.minScore, admit };
        const more = yield { queries: gathered(queries, kept.dim, some), request };
        some.forEach((row, at) => {
          Object.assign(row, { asked: wider, found: more, at });
        });
      }
    }
    yield* best.cut();
    first += count;
    done += slots.length;
    // One more than was needed shows that nothing was cut.
    width = Math.max(WIDTH_MIN, Math.min(4 * width, 2 * widest + 1), Math.floor(width / 2));
    onProgress?.({ done, total, phase: 'search' });
  }
  return yield* best.sorted((first, second, score) => {
    const [a, b] = [rows.id(first), rows.id(second)];
    return kept.metric === 'euclidean' ? { a, b, score, distance: 0 - score } : { a, b, score };
  });
}

/** The rows' queries, one behind the other. */
function gathered(queries: Floats, dim: number, rows: readonly Partners[]): Floats {
  const some = queries.slice(0, rows.length * dim);
  rows.forEach(({ q }, n) => {
    some.set(queries.subarray(q * dim, (q + 1) * dim), n * dim);
  });
  return some;
}
