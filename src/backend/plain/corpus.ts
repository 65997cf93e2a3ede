/** Dense rows in plain arrays, every one of them scored by loops that keep their sums in registers. */
import { KindredError } from '../../errors.js';
import type {
  Corpus,
  CorpusOptions,
  Dtype,
  Elements,
  Floats,
  FrozenRows,
  Metric,
  SearchCounts,
  TopRequest,
  TopRows,
} from '../contract/backend.js';
import { Best, emptyTopRows } from '../reference/best.js';
import { FrozenRowsOf } from '../reference/frozen-rows.js';
import { scoreOfSum } from '../reference/score.js';
import { PlainRows } from './rows.js';
import { scanDistances, scanDots } from './scan.js';
import { dotAt } from './sums.js';

/** Rows, and who still reads them as they were. */
interface Home {
  readonly rows: PlainRows;
  readonly frozen: FrozenRowsOf;
}

interface Found {
  readonly answer: TopRows;
  readonly counts: SearchCounts;
}

export class PlainCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly threads = 1;
  readonly mapped = false;
  readonly encoder = undefined;
  readonly ways = [];
  way: string | undefined;
  #home: Home | undefined;
  #lastSearch: SearchCounts | undefined;

  constructor(dim: number, metric: Metric, { dtype = 'float32' }: CorpusOptions = {}) {
    this.dim = dim;
    this.metric = metric;
    this.dtype = dtype;
    this.#home = this.#homeOf(new PlainRows(dim, dtype));
  }

  get size(): number {
    return this.#home?.rows.size ?? 0;
  }

  get bytes(): number {
    return this.#home?.rows.bytes ?? 0;
  }

  get lastSearch(): SearchCounts | undefined {
    return this.#lastSearch;
  }

  append(rows: Elements): number {
    return this.#opened().rows.append(rows);
  }

  overwrite(slot: number, row: Elements): boolean {
    const { rows, frozen } = this.#opened();
    const [squares] = rows.squaresOf(row);
    if (squares === undefined) return false;
    frozen.beforeOverwrite(slot);
    rows.replace(slot, row, squares);
    return true;
  }

  read(slot: number, count = 1): Elements {
    return this.#opened().rows.read(slot, count);
  }

  compact(keep: Uint8Array): void {
    this.#home = this.#homeOf(this.#opened().rows.kept(keep));
  }

  search(queries: Floats, request: TopRequest): TopRows {
    const { answer, counts } = search(this.#opened().rows, this.metric, queries, request, 0, this.size);
    this.#lastSearch = counts;
    return answer;
  }

  freeze(): FrozenRows {
    const { rows, frozen } = this.#opened();
    return frozen.freeze(rows.size);
  }

  /** A search for each row is no slower. */
  openGraph(): undefined {}

  free(): void {
    this.#home = undefined;
  }

  #homeOf(rows: PlainRows): Home {
    const frozen = new FrozenRowsOf({
      dim: this.dim,
      isEncoded: false,
      read: (slot, count) => rows.read(slot, count),
      search: (queries, request, first, last) => search(rows, this.metric, queries, request, first, last),
      searchOthers: (others, queries, request) => {
        const alone = new PlainRows(this.dim, this.dtype);
        for (const row of others) alone.append(row);
        return search(alone, this.metric, queries, request, 0, others.length);
      },
    });
    return { rows, frozen };
  }

  #opened(): Home {
    if (!this.#home) throw new KindredError('DISPOSED', 'this corpus was freed: open another one');
    return this.#home;
  }
}

/** The best of the slots `first .. last`. */
function search(
  rows: PlainRows,
  metric: Metric,
  queries: Floats,
  { k, minScore, admit }: TopRequest,
  first: number,
  last: number,
): Found {
  const { dim, squares } = rows;
  const count = queries.length / dim;
  const answer = emptyTopRows(count, Math.min(k, last - first));
  const scan = metric === 'euclidean' ? scanDistances : scanDots;
  const asked = Array.from({ length: count }, (_, q) => ({
    at: q * dim,
    own: dotAt(queries, q * dim, queries, q * dim, dim),
    best: new Best(answer.stride),
  }));
  let scored = 0;
  for (const { first: from, last: to, values, sums } of rows.tiles(first, last)) {
    const runs = admittedRuns(admit, from, to);
    for (const { at, own, best } of asked) {
      for (const [begin, end] of runs) {
        scan(values, begin - from, end - from, dim, queries, at, sums);
        scored += end - begin;
        for (let slot = begin; slot < end; slot++) {
          const score = scoreOfSum(metric, sums[slot - from], own, squares[slot]);
          if (score >= minScore) best.offer(slot, score);
        }
      }
    }
  }
  asked.forEach(({ best }, q) => {
    best.writeTo(answer, q);
  });
  return { answer, counts: { queries: count, rows: last - first, scored } };
}

/** The slots of `first .. last` that are admitted, as ranges. */
function admittedRuns(admit: Uint8Array | undefined, first: number, last: number): [first: number, last: number][] {
  if (!admit) return [[first, last]];
  const runs: [number, number][] = [];
  for (let slot = first; slot < last; slot++) {
    if (admit[slot] === 0) continue;
    const begin = slot;
    while (slot < last && admit[slot] !== 0) slot++;
    runs.push([begin, slot]);
  }
  return runs;
}
