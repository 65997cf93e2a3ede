/** Dense rows as plain arrays, searched one by one. */
import { KindredError } from '../../errors.js';
import type {
  Corpus,
  CorpusOptions,
  Dtype,
  Elements,
  Floats,
  FrozenRows,
  Metric,
  TopRequest,
  TopRows,
} from '../contract/backend.js';
import { Best, emptyTopRows } from './best.js';
import { dot } from './dot.js';
import { allocate, widen } from './elements.js';
import { FrozenRowsOf } from './frozen-rows.js';
import { LARGEST_SQUARES, SMALLEST_SQUARES, score } from './score.js';

/** Rows, their sums of squares, and who still reads them as they were. */
interface Stored {
  readonly rows: Elements[];
  readonly squares: number[];
  readonly frozen: FrozenRowsOf;
}

export class ReferenceCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly threads = 1;
  readonly mapped = false;
  readonly encoder = undefined;
  readonly lastSearch = undefined;
  readonly ways = [];
  way: string | undefined;
  readonly #rowBytes: number;
  #stored: Stored | undefined;

  constructor(dim: number, metric: Metric, { dtype = 'float32' }: CorpusOptions) {
    this.dim = dim;
    this.metric = metric;
    this.dtype = dtype;
    this.#rowBytes = dim * allocate(dtype, 0).BYTES_PER_ELEMENT + 8;
    this.#stored = this.#storedOf([], []);
  }

  get size(): number {
    return this.#rows.length;
  }

  get bytes(): number {
    return this.size * this.#rowBytes;
  }

  append(rows: Elements): number {
    const count = rows.length / this.dim;
    const added = Array.from({ length: count }, (_, r) => rows.slice(r * this.dim, (r + 1) * this.dim));
    const squares = added.map((row) => this.#examine(row));
    const bad = squares.indexOf(undefined);
    if (bad >= 0) return bad;
    for (let r = 0; r < count; r++) {
      this.#rows.push(added[r]);
      this.#squares.push(squares[r] as number);
    }
    return -1;
  }

  overwrite(slot: number, row: Elements): boolean {
    const squared = this.#examine(row);
    if (squared === undefined) return false;
    const { rows, squares, frozen } = this.#opened();
    frozen.beforeOverwrite(slot);
    rows[slot] = row.slice();
    squares[slot] = squared;
    return true;
  }

  read(slot: number, count = 1): Elements {
    return this.#read(this.#rows, slot, count);
  }

  compact(keep: Uint8Array): void {
    const isKept = (_: unknown, slot: number) => keep[slot] !== 0;
    this.#stored = this.#storedOf(this.#rows.filter(isKept), this.#squares.filter(isKept));
  }

  search(queries: Floats, request: TopRequest): TopRows {
    return this.#search(this.#opened(), queries, request, 0, this.size);
  }

  freeze(): FrozenRows {
    return this.#opened().frozen.freeze(this.size);
  }

  /** A search for each row is no slower. */
  openGraph(): undefined {}

  free(): void {
    this.#stored = undefined;
  }

  #storedOf(rows: Elements[], squares: number[]): Stored {
    const frozen = new FrozenRowsOf({
      dim: this.dim,
      isEncoded: false,
      read: (slot, count) => this.#read(rows, slot, count),
      search: (queries, request, first, last) => ({
        answer: this.#search({ rows, squares }, queries, request, first, last),
        counts: undefined,
      }),
      searchOthers: (others, queries, request) => ({
        answer: this.#search(
          { rows: others, squares: others.map((row) => this.#examine(row) as number) },
          queries,
          request,
          0,
          others.length,
        ),
        counts: undefined,
      }),
    });
    return { rows, squares, frozen };
  }

  #read(rows: readonly Elements[], slot: number, count: number): Elements {
    const copy = allocate(this.dtype, count * this.dim);
    for (let r = 0; r < count; r++) copy.set(rows[slot + r], r * this.dim);
    return copy;
  }

  /** The best of the slots `first .. last`. */
  #search(
    { rows, squares }: { readonly rows: readonly Elements[]; readonly squares: readonly number[] },
    queries: Floats,
    { k, minScore, admit }: TopRequest,
    first: number,
    last: number,
  ): TopRows {
    const answer = emptyTopRows(queries.length / this.dim, Math.min(k, last - first));
    const asked = Array.from(answer.counts, (_, q) => {
      const query = queries.subarray(q * this.dim, (q + 1) * this.dim);
      return { query, own: dot(query, query), best: new Best(answer.stride) };
    });
    for (let slot = first; slot < last; slot++) {
      if (admit && admit[slot] === 0) continue;
      const row = widen(this.dtype, rows[slot]);
      for (const { query, own, best } of asked) {
        const value = score(this.metric, query, own, row, squares[slot]);
        if (value >= minScore) best.offer(slot, value);
      }
    }
    asked.forEach(({ best }, q) => {
      best.writeTo(answer, q);
    });
    return answer;
  }

  /** The row's sum of squares, or undefined if `append` refuses it. */
  #examine(row: Elements): number | undefined {
    const values = widen(this.dtype, row);
    const squares = dot(values, values);
    const isSafe =
      this.dtype === 'float64'
        ? (squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES) || values.every((x) => x === 0)
        : Number.isFinite(squares);
    return isSafe ? squares : undefined;
  }

  get #rows(): Elements[] {
    return this.#opened().rows;
  }

  get #squares(): number[] {
    return this.#opened().squares;
  }

  #opened(): Stored {
    if (this.#stored === undefined) throw new KindredError('DISPOSED', 'this index was disposed of and holds nothing');
    return this.#stored;
  }
}
