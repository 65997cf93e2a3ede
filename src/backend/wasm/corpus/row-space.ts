/** Rows in a WebAssembly memory of their own: `rows | squares | scratch of the call under way`. */
import type { Dtype, Elements, Metric } from '../../contract/backend.js';
import { DTYPE_CODES } from '../module/codes.js';
import { Layout, Space } from '../module/memory.js';
import { bytesOf, elementBytes, elementsFrom } from './elements.js';
import type { StoredRows } from './stored-rows.js';

/** Capacity grows by half of itself, so that many small appends move each sum of squares a few times only. */
const GROWTH = 1.5;
/** Memory that may lie idle after rows were dropped, besides as much as the rows need. */
const IDLE_BYTES = 2 ** 17;

/** What all rows have in common. */
export interface RowKind {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
}

/** Addresses for `capacity` rows. Sums of squares are kept for the cosine only; their address is 0 otherwise. */
interface Places {
  readonly capacity: number;
  readonly rowsAt: number;
  readonly squaresAt: number;
  readonly scratchAt: number;
}

export class RowSpace {
  readonly #module: WebAssembly.Module;
  readonly #kind: RowKind;
  readonly #rowBytes: number;
  readonly #space: Space;
  #places: Places;
  #size = 0;

  /** No rows. */
  constructor(module: WebAssembly.Module, kind: RowKind) {
    this.#module = module;
    this.#kind = kind;
    this.#rowBytes = kind.dim * elementBytes(kind.dtype);
    this.#space = new Space(module);
    this.#places = this.#placesFor(0);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#space.bytes;
  }

  /** As kernels are told of them. */
  get stored(): StoredRows {
    return { space: this.#space, ...this.#kind, rowBytes: this.#rowBytes, size: this.#size, ...this.#places };
  }

  /** As the contract's `append`. */
  append(rows: Elements): number {
    const added = rows.length / this.#kind.dim;
    this.#reserve(this.#size + added);
    const rowAt = this.#rowAt(this.#size);
    this.#space.u8.set(bytesOf(rows), rowAt);
    const bad = this.#measure(rowAt, added, this.#squaresAt(this.#size), this.#places.scratchAt);
    if (bad < 0) this.#size += added;
    return bad;
  }

  /** As the contract's `overwrite`; `beforehand` is called once it is sure that the row is taken. */
  overwrite(slot: number, row: Elements, beforehand: () => void): boolean {
    const space = this.#space;
    const layout = new Layout(this.#places.scratchAt);
    const rowAt = layout.take(this.#rowBytes);
    const squaresAt = layout.take(8);
    space.reach(layout.end);
    space.u8.set(bytesOf(row), rowAt);
    if (this.#measure(rowAt, 1, squaresAt, layout.end) >= 0) return false;
    beforehand();
    space.u8.copyWithin(this.#rowAt(slot), rowAt, rowAt + this.#rowBytes);
    if (this.#hasSquares) space.f64[this.#squaresAt(slot) / 8] = space.f64[squaresAt / 8];
    return true;
  }

  read(slot: number, count: number): Elements {
    return elementsFrom(this.#space.u8.subarray(this.#rowAt(slot), this.#rowAt(slot + count)), this.#kind.dtype);
  }

  /** Rows beside these, in scratch memory until the next call. They are such as were stored once. */
  place(rows: readonly Elements[]): StoredRows {
    const layout = new Layout(this.#places.scratchAt);
    const rowsAt = layout.take(rows.length * this.#rowBytes);
    const squaresAt = layout.take(rows.length * 8);
    this.#space.reach(layout.end);
    for (const [n, row] of rows.entries()) this.#space.u8.set(bytesOf(row), rowsAt + n * this.#rowBytes);
    this.#measure(rowsAt, rows.length, squaresAt, layout.end);
    return { ...this.stored, size: rows.length, rowsAt, squaresAt, scratchAt: layout.end };
  }

  /** Keeps the slots whose byte is nonzero. Most of what they leave is given back, which takes another memory. */
  compact(keep: Uint8Array): RowSpace {
    let kept = 0;
    for (const [first, last] of runs(keep, this.#size)) {
      if (kept < first) this.#move(first, last, kept);
      kept += last - first;
    }
    this.#size = kept;
    if (this.#space.bytes <= 2 * this.#placesFor(kept).scratchAt + IDLE_BYTES) return this;
    try {
      return this.#copyOf([[0, kept]]);
    } catch {
      return this; // No room for both at once: the rows are fine where they are.
    }
  }

  /** The same in a memory of their own; these rows stay as they are. */
  compacted(keep: Uint8Array): RowSpace {
    return this.#copyOf([...runs(keep, this.#size)]);
  }

  get #hasSquares(): boolean {
    return this.#kind.metric === 'cosine';
  }

  #copyOf(parts: readonly (readonly [first: number, last: number])[]): RowSpace {
    const copy = new RowSpace(this.#module, this.#kind);
    copy.#reserve(parts.reduce((sum, [first, last]) => sum + last - first, 0));
    for (const [first, last] of parts) {
      const from = this.#space.u8;
      const to = copy.#space.u8;
      to.set(from.subarray(this.#rowAt(first), this.#rowAt(last)), copy.#rowAt(copy.#size));
      to.set(from.subarray(this.#squaresAt(first), this.#squaresAt(last)), copy.#squaresAt(copy.#size));
      copy.#size += last - first;
    }
    return copy;
  }

  /**
   * Sums of squares of rows that lie at `rowsAt`; the index of the first that is refused, or -1. Narrow rows are widened at
   * `scratchAt`.
   */
  #measure(rowsAt: number, count: number, squaresAt: number, scratchAt: number): number {
    const { dim, dtype } = this.#kind;
    const layout = new Layout(scratchAt);
    const widenedAt = layout.take(dtype === 'float32' || dtype === 'float64' ? 0 : dim * 4);
    this.#space.reach(layout.end);
    return this.#space.kernels.measureRows(DTYPE_CODES[dtype], rowsAt, count, dim, squaresAt, widenedAt);
  }

  #rowAt(slot: number): number {
    return this.#places.rowsAt + slot * this.#rowBytes;
  }

  #squaresAt(slot: number): number {
    return this.#hasSquares ? this.#places.squaresAt + slot * 8 : 0;
  }

  #placesFor(capacity: number): Places {
    const layout = new Layout(this.#space.start);
    const rowsAt = layout.take(capacity * this.#rowBytes);
    const squaresAt = this.#hasSquares ? layout.take(capacity * 8) : 0;
    return { capacity, rowsAt, squaresAt, scratchAt: layout.end };
  }

  /** Makes room for `slots` rows in all: generously, or where memory ends, just enough. */
  #reserve(slots: number): void {
    const old = this.#places;
    const space = this.#space;
    if (slots <= old.capacity) return;
    let places = this.#placesFor(Math.max(slots, Math.ceil(old.capacity * GROWTH)));
    if (!space.tryReach(places.scratchAt)) places = this.#placesFor(slots);
    space.reach(places.scratchAt);
    space.u8.copyWithin(places.squaresAt, old.squaresAt, this.#squaresAt(this.#size));
    this.#places = places;
  }

  /** Moves the rows `first .. last` down to the slots from `to` on. */
  #move(first: number, last: number, to: number): void {
    const { u8 } = this.#space;
    u8.copyWithin(this.#rowAt(to), this.#rowAt(first), this.#rowAt(last));
    u8.copyWithin(this.#squaresAt(to), this.#squaresAt(first), this.#squaresAt(last));
  }
}

/** Slots that are kept and lie side by side. */
function* runs(keep: Uint8Array, size: number): Generator<[first: number, last: number]> {
  for (let slot = 0; slot < size; slot++) {
    const first = slot;
    while (slot < size && keep[slot] !== 0) slot++;
    if (first < slot) yield [first, slot];
  }
}
