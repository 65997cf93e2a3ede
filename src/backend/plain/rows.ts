/** Rows in plain arrays, a block of them each, and their sums of squares. */
import type { Dtype, Elements, Floats } from '../contract/backend.js';
import { allocate, widen } from '../reference/elements.js';
import { LARGEST_SQUARES, SMALLEST_SQUARES } from '../reference/score.js';
import { dotAt } from './sums.js';

/** Elements of a full block: large enough to be few, small enough to grow by. */
const BLOCK = 2 ** 18;
/** Elements of a tile: it stays in a cache while every query passes over it. */
const TILE = 2 ** 14;

/** Some rows as floats: row `slot` begins at `(slot - first) * dim`. */
export interface Tile {
  readonly first: number;
  readonly last: number;
  readonly values: Floats;
  /** Room for a number each. */
  readonly sums: Float64Array;
}

export class PlainRows {
  readonly dim: number;
  readonly dtype: Dtype;
  readonly squares: number[] = [];
  readonly #blocks: Elements[] = [];
  /** Rows of a full block. */
  readonly #perBlock: number;

  constructor(dim: number, dtype: Dtype) {
    this.dim = dim;
    this.dtype = dtype;
    this.#perBlock = Math.ceil(BLOCK / dim);
    allocate(dtype, 0);
  }

  get size(): number {
    return this.squares.length;
  }

  get bytes(): number {
    return this.#blocks.reduce((sum, block) => sum + block.byteLength, 0) + this.size * 8;
  }

  /** Copies rows to the end. Returns the index of the first that is refused, and then appends none; else -1. */
  append(rows: Elements): number {
    const squares = this.squaresOf(rows);
    const bad = squares.indexOf(undefined);
    if (bad >= 0) return bad;
    for (let r = 0; r < squares.length; ) {
      const [block, place] = this.#placeOf(this.size);
      const count = Math.min(squares.length - r, this.#perBlock - place);
      this.#reach(block, place + count).set(rows.subarray(r * this.dim, (r + count) * this.dim), place * this.dim);
      for (const end = r + count; r < end; r++) this.squares.push(squares[r] as number);
    }
    return -1;
  }

  replace(slot: number, row: Elements, squares: number): void {
    const [block, place] = this.#placeOf(slot);
    this.#blocks[block].set(row, place * this.dim);
    this.squares[slot] = squares;
  }

  read(slot: number, count: number): Elements {
    const copy = allocate(this.dtype, count * this.dim);
    for (let r = 0; r < count; ) {
      const rows = this.#stored(slot + r, count - r);
      copy.set(rows, r * this.dim);
      r += rows.length / this.dim;
    }
    return copy;
  }

  /** The rows whose byte is nonzero, elsewhere. */
  kept(keep: Uint8Array): PlainRows {
    const rows = new PlainRows(this.dim, this.dtype);
    for (let slot = 0; slot < this.size; slot++) if (keep[slot] !== 0) rows.append(this.#stored(slot, 1));
    return rows;
  }

  /** The rows `first .. last` in tiles. The values of one hold until the next. */
  *tiles(first: number, last: number): Generator<Tile> {
    const most = Math.ceil(TILE / this.dim);
    const widened = floatsOf(this.dtype, Math.min(most, last - first) * this.dim);
    const sums = new Float64Array(most);
    for (let slot = first; slot < last; ) {
      const rows = this.#stored(slot, Math.min(most, last - slot));
      const end = slot + rows.length / this.dim;
      yield { first: slot, last: end, values: widened(rows), sums };
      slot = end;
    }
  }

  /** Each row's sum of squares, undefined where `append` refuses it. */
  squaresOf(rows: Elements): (number | undefined)[] {
    const { dim } = this;
    return Array.from({ length: rows.length / dim }, (_, r) => {
      const values = widen(this.dtype, rows.subarray(r * dim, (r + 1) * dim));
      const squares = dotAt(values, 0, values, 0, dim);
      const isSafe =
        this.dtype === 'float64'
          ? (squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES) || values.every((x) => x === 0)
          : Number.isFinite(squares);
      return isSafe ? squares : undefined;
    });
  }

  /** Where they lie: from this slot on, at least one row and no more than `most`. */
  #stored(slot: number, most: number): Elements {
    const [block, place] = this.#placeOf(slot);
    const end = Math.min(place + most, this.#perBlock);
    return this.#blocks[block].subarray(place * this.dim, end * this.dim);
  }

  #placeOf(slot: number): [block: number, place: number] {
    return [Math.floor(slot / this.#perBlock), slot % this.#perBlock];
  }

  /** A block that holds so many rows. Only the last is smaller than full; it doubles. */
  #reach(block: number, rows: number): Elements {
    const before = this.#blocks[block];
    if (before && before.length >= rows * this.dim) return before;
    const room = Math.min(this.#perBlock, Math.max(rows, 2 * ((before?.length ?? 0) / this.dim)));
    const grown = allocate(this.dtype, room * this.dim);
    if (before) grown.set(before);
    this.#blocks[block] = grown;
    return grown;
  }
}

/** The values of each half float, by its bits. */
const halves = new Map<Dtype, Float32Array>();

/** Widens up to `length` elements at a time, those that need it, into one place. */
function floatsOf(dtype: Dtype, length: number): (stored: Elements) => Floats {
  if (dtype === 'float32' || dtype === 'float64') return (stored) => stored as Floats;
  const room = new Float32Array(length);
  if (dtype === 'int8') {
    return (stored) => {
      room.set(stored);
      return room;
    };
  }
  const values =
    halves.get(dtype) ??
    widen(
      dtype,
      Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits),
    );
  halves.set(dtype, values as Float32Array);
  return (stored) => {
    for (let i = 0; i < stored.length; i++) room[i] = values[stored[i]];
    return room;
  };
}
