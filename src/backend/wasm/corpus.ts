/** Dense rows in a WebAssembly memory of their own: `rows | norms | scratch of the call under way`. */
import { KindredError } from '../../errors.js';
import type { Corpus, Metric, SearchOptions, TopRows } from '../contract.js';
import { Layout, Space } from './memory.js';
import { search } from './search.js';

/** Capacity grows by half of itself, so that many small appends move each norm a few times only. */
const GROWTH = 1.5;
/** Memory that may lie idle after `compact`, besides as much as the rows need. */
const IDLE_BYTES = 2 ** 17;

/** Addresses for `capacity` rows. Norms are kept for the cosine only; their address is 0 otherwise. */
interface Places {
  readonly capacity: number;
  readonly rowsAt: number;
  readonly normsAt: number;
  readonly scratchAt: number;
}

export class WasmCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  readonly #module: WebAssembly.Module;
  #space: Space | undefined;
  #places: Places;
  #size = 0;

  constructor(module: WebAssembly.Module, dim: number, metric: Metric) {
    this.dim = dim;
    this.metric = metric;
    this.#module = module;
    this.#space = new Space(module);
    this.#places = this.#placesFor(this.#space, 0);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#space?.bytes ?? 0;
  }

  append(rows: Float32Array): number {
    const space = this.#opened();
    const added = rows.length / this.dim;
    this.#reserve(space, this.#size + added);
    const rowAt = this.#rowAt(this.#size);
    space.f32.set(rows, rowAt / 4);
    const bad = space.kernels.measure32(rowAt, added, this.dim, this.#normAt(this.#size));
    if (bad < 0) this.#size += added;
    return bad;
  }

  overwrite(slot: number, row: Float32Array): boolean {
    const space = this.#opened();
    const layout = new Layout(this.#places.scratchAt);
    const rowAt = layout.take(this.dim * 4);
    const normAt = layout.take(8);
    space.reach(layout.end);
    space.f32.set(row, rowAt / 4);
    if (space.kernels.measure32(rowAt, 1, this.dim, normAt) >= 0) return false;
    space.u8.copyWithin(this.#rowAt(slot), rowAt, rowAt + this.dim * 4);
    if (this.metric === 'cosine') space.f64[this.#normAt(slot) / 8] = space.f64[normAt / 8];
    return true;
  }

  read(slot: number): Float32Array {
    const at = this.#rowAt(slot) / 4;
    return this.#opened().f32.slice(at, at + this.dim);
  }

  compact(keep: Uint8Array): void {
    const space = this.#opened();
    let kept = 0;
    for (let slot = 0; slot < this.#size; ) {
      const first = slot;
      while (slot < this.#size && keep[slot] !== 0) slot++;
      if (kept < first && first < slot) this.#move(space, first, slot, kept);
      kept += slot - first;
      slot++;
    }
    this.#size = kept;
    this.#shrink(space);
  }

  search(queries: Float32Array, options: SearchOptions): TopRows {
    const { dim, metric } = this;
    return search({ space: this.#opened(), dim, metric, size: this.#size, ...this.#places }, queries, options);
  }

  free(): void {
    this.#space = undefined;
    this.#size = 0;
  }

  #opened(): Space {
    if (!this.#space) throw new KindredError('DISPOSED', 'this corpus was freed: open another one');
    return this.#space;
  }

  #rowAt(slot: number): number {
    return this.#places.rowsAt + slot * this.dim * 4;
  }

  #normAt(slot: number): number {
    return this.metric === 'cosine' ? this.#places.normsAt + slot * 8 : 0;
  }

  #placesFor(space: Space, capacity: number): Places {
    const layout = new Layout(space.start);
    const rowsAt = layout.take(capacity * this.dim * 4);
    const normsAt = this.metric === 'cosine' ? layout.take(capacity * 8) : 0;
    return { capacity, rowsAt, normsAt, scratchAt: layout.end };
  }

  /** Makes room for `slots` rows in all: generously, or where memory ends, just enough. */
  #reserve(space: Space, slots: number): void {
    const old = this.#places;
    if (slots <= old.capacity) return;
    let places = this.#placesFor(space, Math.max(slots, Math.ceil(old.capacity * GROWTH)));
    if (!space.tryReach(places.scratchAt)) places = this.#placesFor(space, slots);
    space.reach(places.scratchAt);
    space.u8.copyWithin(places.normsAt, old.normsAt, this.#normAt(this.#size));
    this.#places = places;
  }

  /** Moves the rows `first .. last` down to the slots from `to` on. */
  #move(space: Space, first: number, last: number, to: number): void {
    space.u8.copyWithin(this.#rowAt(to), this.#rowAt(first), this.#rowAt(last));
    space.u8.copyWithin(this.#normAt(to), this.#normAt(first), this.#normAt(last));
  }

  /** A memory cannot shrink: where most of it lies idle, the rows move to a smaller one. */
  #shrink(space: Space): void {
    const old = this.#places;
    const needed = this.#placesFor(space, this.#size);
    if (space.bytes <= 2 * needed.scratchAt + IDLE_BYTES) return;
    let smaller: Space;
    try {
      smaller = new Space(this.#module);
      smaller.reach(needed.scratchAt);
    } catch {
      return; // No room for both at once: the rows are fine where they are.
    }
    smaller.u8.set(space.u8.subarray(old.rowsAt, this.#rowAt(this.#size)), needed.rowsAt);
    smaller.u8.set(space.u8.subarray(old.normsAt, this.#normAt(this.#size)), needed.normsAt);
    this.#space = smaller;
    this.#places = needed;
  }
}
