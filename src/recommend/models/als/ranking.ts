/** The best items for many users at once, by the dot of their factors: exact, and in the order of single searches. */
import type { Backend, TopRows } from '../../../backend/contract/backend.js';
import { Best, emptyTopRows } from '../../../backend/reference/best.js';
import type { VectorIndex } from '../../../similarity/index/vector-index.js';
import type { RankRequest } from '../request.js';

/** Factors of users, and which items each must not get, ascending. */
export interface Askers {
  readonly rows: Float32Array;
  readonly dim: number;
  readonly seen: readonly Uint32Array[];
}

/** Scores that are held at once. */
const BLOCK_CELLS = 2 ** 20;
/** Users whose items are searched for together. */
const SEARCHED_AT_ONCE = 256;
/** A search for a larger share of all items than this would hardly leave any out: all scores are computed instead. */
const SEARCHED_SHARE = 1 / 128;

/** Ranks each user's items. Who has seen much is searched for with others like that, so that all searches are short. */
export function rankAll(
  backend: Backend,
  index: VectorIndex<number>,
  items: Float32Array,
  askers: Askers,
  request: RankRequest,
): TopRows {
  const { dim, seen } = askers;
  const count = items.length / dim;
  const answer = emptyTopRows(seen.length, request.k);
  const bySeen = Uint32Array.from(seen.keys()).sort((a, b) => seen[a].length - seen[b].length || a - b);
  let cells = new Float32Array(0);
  let next = 0;
  while (next < bySeen.length) {
    // Sorted, so those who have seen little enough come first.
    const some = bySeen.subarray(next, next + SEARCHED_AT_ONCE);
    const few = some.filter((user) => request.k + seen[user].length <= count * SEARCHED_SHARE);
    const isSearched = few.length > 0;
    const block = isSearched ? few : some.subarray(0, Math.max(1, Math.floor(BLOCK_CELLS / count)));
    const wanted = request.k + seen[block[block.length - 1]].length;
    const queries = gather(askers.rows, dim, block);
    if (isSearched) searchBlock(index, queries, block, wanted, askers, request, answer);
    else {
      if (cells.length < block.length * count) cells = new Float32Array(block.length * count);
      scoreBlock(backend, items, queries, block, cells.subarray(0, block.length * count), askers, request, answer);
    }
    next += block.length;
  }
  return answer;
}

/** Searches for as many items more as anybody in the block has seen, and leaves those out. */
function searchBlock(
  index: VectorIndex<number>,
  queries: Float32Array,
  block: Uint32Array,
  wanted: number,
  { dim, seen }: Askers,
  { k, minScore, admit }: RankRequest,
  answer: TopRows,
): void {
  const hits = index.searchBatch({ data: queries, rows: block.length, dim }, { k: wanted, minScore, filter: admit });
  block.forEach((user, q) => {
    const known = new Set(seen[user]);
    let kept = 0;
    for (let n = 0; n < hits.counts[q] && kept < k; n++) {
      const position = hits.positions[q * hits.k + n];
      if (known.has(position)) continue;
      answer.positions[user * answer.stride + kept] = position;
      answer.scores[user * answer.stride + kept] = hits.scores[q * hits.k + n];
      kept++;
    }
    answer.counts[user] = kept;
  });
}

/**
 * Computes all scores of a block, rounded to float32. Rounding keeps the order, so the best are among those that reach
 * the k-th best rounded score; these few are scored once more, in full.
 */
function scoreBlock(
  backend: Backend,
  items: Float32Array,
  queries: Float32Array,
  block: Uint32Array,
  rounded: Float32Array,
  { dim, seen }: Askers,
  { k, minScore, admit }: RankRequest,
  answer: TopRows,
): void {
  const count = items.length / dim;
  // Factors are finite, so no row is refused.
  backend.matrix('dot', { data: queries, rows: block.length, dim }, { data: items, rows: count, dim }, rounded);
  const selection = new Selection(k);
  block.forEach((user, q) => {
    const row = rounded.subarray(q * count, (q + 1) * count);
    if (admit) for (let item = 0; item < count; item++) if (admit[item] === 0) row[item] = Number.NaN;
    for (const item of seen[user]) row[item] = Number.NaN;
    const query = queries.subarray(q * dim, (q + 1) * dim);
    const best = new Best(k);
    for (const item of selection.reaching(row)) {
      const score = backend.dot(query, items.subarray(item * dim, (item + 1) * dim));
      if (score >= minScore) best.offer(item, score);
    }
    best.writeTo(answer, user);
  });
}

/** Finds the positions of a row that reach its k-th best value, ties included. NaN is never among them. */
class Selection {
  /** The k best values seen so far, a heap whose root is the least. */
  readonly #best: Float32Array;

  constructor(k: number) {
    this.#best = new Float32Array(k);
  }

  reaching(row: Float32Array): number[] {
    const best = this.#best.fill(Number.NEGATIVE_INFINITY);
    const positions: number[] = [];
    let least = best[0];
    for (let position = 0; position < row.length; position++) {
      const value = row[position];
      if (!(value >= least)) continue;
      positions.push(position);
      if (value > least) {
        this.#replaceLeast(value);
        least = best[0];
      }
    }
    return positions.filter((position) => row[position] >= least);
  }

  #replaceLeast(value: number): void {
    const best = this.#best;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child + 1 < best.length && best[child + 1] < best[child]) child++;
      if (child >= best.length || best[child] >= value) break;
      best[parent] = best[child];
      parent = child;
    }
    best[parent] = value;
  }
}

function gather(rows: Float32Array, dim: number, numbers: Uint32Array): Float32Array {
  const gathered = new Float32Array(numbers.length * dim);
  numbers.forEach((number, n) => {
    gathered.set(rows.subarray(number * dim, (number + 1) * dim), n * dim);
  });
  return gathered;
}
