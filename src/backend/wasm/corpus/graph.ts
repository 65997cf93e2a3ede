/**
 * The nearest rows of every row by scores alone, each pair scored once (assembly/graph.ts): for rows that no filter tells
 * apart. Rows are copied in from the corpus a few at a time, so that nothing here depends on what becomes of it.
 */
import type {
  Dtype,
  FrozenRows,
  GraphInParts,
  Metric,
  SearchCounts,
  TopRequest,
  TopRows,
} from '../../contract/backend.js';
import { emptyTopRows } from '../../reference/best.js';
import { packedBytes } from '../dense/packing.js';
import * as abi from '../module/abi.js';
import { FLAT, TALL } from '../module/abi.js';
import { bestBytes, copySome, openBest, takeBest } from '../module/best.js';
import { DTYPE_CODES, METRIC_CODES } from '../module/codes.js';
import { Layout, Space } from '../module/memory.js';
import { bytesOf, elementBytes } from './elements.js';

/** Packed columns stay in a cache while rows stream past; more of them would make long blocks of short rows. */
const PACKED_BYTES = 2 ** 20;
const COLUMNS = 1024;
/** Products of a part, which take some two milliseconds. */
const PART_PRODUCTS = 2 ** 21;
/** What rows may remember, or half as much as the rows themselves take. */
const MOST_BYTES = 2 ** 28;

/** Of each row that takes part: its best rows, what it wants of others, and its slot. */
const bytesPerRow = (stride: number) => bestBytes(stride) + 20;

/** Whether the rows may remember so much; the memory may end before. */
export function graphFits({ dim, size }: FrozenRows, dtype: Dtype, { k }: TopRequest): boolean {
  return size * bytesPerRow(Math.min(k, size)) <= Math.max(MOST_BYTES, (size * dim * elementBytes(dtype)) / 2);
}

interface Places {
  readonly record: number;
  readonly rowsAt: number;
  readonly bestAt: number;
}

export class WasmGraph implements GraphInParts {
  readonly kind = 'in-parts';
  readonly blocks: number;
  readonly #frozen: FrozenRows;
  readonly #onFree: () => void;
  readonly #rowBytes: number;
  readonly #stride: number;
  /** Those that take part, in order. */
  readonly #slots: Uint32Array;
  readonly #columns: number;
  readonly #partRows: number;
  readonly #places: Places;
  #space: Space | undefined;
  /** The block under way, and the place of the next row to score with its columns. */
  #block = -1;
  #next: number;
  /** The first block whose heaps are not in order yet. */
  #sorted = 0;

  /** @throws KindredError INVALID_ARGUMENT if there is no memory for it */
  constructor(
    module: WebAssembly.Module,
    frozen: FrozenRows,
    { metric, dtype }: { readonly metric: Metric; readonly dtype: Dtype },
    { k, minScore, admit }: TopRequest,
    onFree: () => void,
  ) {
    const { dim, size } = frozen;
    this.#frozen = frozen;
    this.#onFree = onFree;
    this.#rowBytes = dim * elementBytes(dtype);
    this.#stride = Math.min(k, size);
    this.#slots = Uint32Array.from({ length: size }, (_, slot) => slot).filter((slot) => admit?.[slot] !== 0);
    const count = this.#slots.length;
    const cached = Math.floor(Math.min(COLUMNS, PACKED_BYTES / packedBytes(1, 1, dim)) / FLAT) * FLAT;
    this.#columns = Math.max(FLAT, cached);
    this.#partRows = Math.max(1, Math.floor(PART_PRODUCTS / this.#columns / dim / TALL)) * TALL;
    this.blocks = Math.ceil(count / this.#columns);
    this.#next = count;
    const space = new Space(module);
    const layout = new Layout(space.start);
    const record = layout.take(abi.GRAPH_BYTES);
    const rowsAt = layout.take(this.#partRows * this.#rowBytes);
    const fields = [
      [abi.GRAPH_METRIC, METRIC_CODES[metric]],
      [abi.GRAPH_DTYPE, DTYPE_CODES[dtype]],
      [abi.GRAPH_DIM, dim],
      [abi.GRAPH_ROWS, rowsAt],
      [abi.GRAPH_ROW_SQUARES, layout.take(this.#partRows * 8)],
      [abi.GRAPH_SCRATCH, layout.take(dim * 4)],
      [abi.GRAPH_PANEL, layout.take(packedBytes(TALL, TALL, dim))],
      [abi.GRAPH_PACKED, layout.take(packedBytes(this.#columns, FLAT, dim))],
      [abi.GRAPH_COLUMN_SQUARES, layout.take(this.#columns * 8)],
    ] as const;
    const slotsAt = layout.take(count * 4);
    const barsAt = layout.take(count * 8);
    const leastsAt = layout.take(count * 8);
    const bestAt = takeBest(layout, count, this.#stride);
    space.reach(layout.end);
    space.writeWords(record, [
      ...fields,
      [abi.GRAPH_SLOTS, slotsAt],
      [abi.GRAPH_BARS, barsAt],
      [abi.GRAPH_LEASTS, leastsAt],
      [abi.GRAPH_BEST, bestAt],
    ]);
    space.f64[(record + abi.GRAPH_MIN_SCORE_F64) / 8] = minScore;
    space.u32.set(this.#slots, slotsAt / 4);
    for (const at of [barsAt, leastsAt]) space.f64.fill(Number.NEGATIVE_INFINITY, at / 8, at / 8 + count);
    openBest(space, bestAt, count, this.#stride);
    this.#places = { record, rowsAt, bestAt };
    this.#space = space;
  }

  get counted(): SearchCounts {
    const [first, last] = this.#range(Math.max(0, this.#block));
    const queries = last - first;
    return { queries, rows: this.#frozen.size, scored: queries * (this.#slots.length - first) };
  }

  rows(number: number): Uint32Array {
    return this.#slots.slice(...this.#range(number));
  }

  search(number: number): TopRows {
    while (!this.advance(number));
    const space = this.#opened();
    const [first, last] = this.#range(number);
    const answer = emptyTopRows(last - first, this.#stride);
    // Heaps are put in order once.
    if (number >= this.#sorted) {
      space.kernels.sortSome(this.#places.bestAt, first, last);
      this.#sorted = number + 1;
    }
    copySome(space, this.#places.bestAt, first, last - first, answer, 0);
    return answer;
  }

  advance(number: number): boolean {
    const space = this.#opened();
    if (this.#next === this.#slots.length) {
      if (this.#block >= number) return true;
      this.#openBlock(space, ++this.#block);
    } else {
      const count = this.#place(space, this.#next, this.#slots.length);
      space.kernels.scorePairs(this.#places.record, this.#next, count);
      this.#next += count;
    }
    return this.#next === this.#slots.length && this.#block >= number;
  }

  free(): void {
    this.#space = undefined;
    this.#onFree();
  }

  /** The places of a block's rows. */
  #range(block: number): [first: number, last: number] {
    return [block * this.#columns, Math.min(this.#slots.length, (block + 1) * this.#columns)];
  }

  /** Its rows become the columns. */
  #openBlock(space: Space, block: number): void {
    const { record } = this.#places;
    const [first, last] = this.#range(block);
    for (let from = first; from < last; ) {
      const count = this.#place(space, from, last);
      space.kernels.packColumns(record, from - first, count);
      from += count;
    }
    space.writeWords(record, [
      [abi.GRAPH_FIRST, first],
      [abi.GRAPH_COLUMNS, last - first],
    ]);
    this.#next = first;
  }

  /** Copies rows in, a part at most; returns how many. */
  #place(space: Space, first: number, end: number): number {
    const last = Math.min(end, first + this.#partRows);
    for (let from = first, to = first; from < last; from = to) {
      while (to < last && this.#slots[to] - this.#slots[from] === to - from) to++;
      const rows = this.#frozen.read(this.#slots[from], to - from);
      space.u8.set(bytesOf(rows), this.#places.rowsAt + (from - first) * this.#rowBytes);
    }
    return last - first;
  }

  #opened(): Space {
    if (!this.#space) throw new TypeError('this graph was freed');
    return this.#space;
  }
}
