/**
 * The encoded copy of a corpus (docs/internals/exactness.md) in a WebAssembly memory of its own: `mean | stale | high |
 * low | strips | offsets | scratch of the call under way`. Rows enter it in strips of 32; those after the last whole
 * strip are never in it.
 */
import { KindredError } from '../../../errors.js';
import type { Encoding, EncodingMode, EncodingPart, FrozenEncoding, Metric } from '../../contract/backend.js';
import { stripBlocks } from '../../reference/strip-blocks.js';
import { STRIP_BYTES, STRIP_COARSE_F64, STRIP_REACH_F64, STRIP_ROWS } from '../module/abi.js';
import { DTYPE_CODES, METRIC_CODES, MODE_CODES } from '../module/codes.js';
import { Layout, Space } from '../module/memory.js';
import { planeBytes, STRIP_CELLS } from './encoding-shape.js';
import { FilterHistory } from './filter-history.js';
import { KeptStrips, PARTS } from './kept-strips.js';
import type { StoredRows } from './stored-rows.js';

/** From here on a query keeps less than eight bits, or its sums leave int32. */
const DIM_LIMIT = 2 ** 17;
/** Strips that are looked at of an encoding from elsewhere, and strips whose mean is the corpus mean. */
const SAMPLE_STRIPS = 16;
const MEAN_STRIPS = 64;
/** Elements in strips that say which mode is best, and strips at least: long rows tell as much in fewer. */
const BOUND_ELEMENTS = 2 ** 17;
const FEWEST_STRIPS = 4;
/**
 * A plainer mode is kept unless another is better by this; a whole corpus is encoded anew if its bound shrinks by that.
 */
const BETTER = 0.95;
const MUCH_BETTER = 0.8;
/** The mode is considered again when the corpus has grown so much. */
const RECONSIDER_GROWTH = 4;
const GROWTH = 1.5;

interface Places {
  /** Strips that fit. */
  readonly capacity: number;
  readonly meanAt: number;
  /** A byte per strip, 1 if its rows have changed. */
  readonly staleAt: number;
  readonly highAt: number;
  readonly lowAt: number;
  readonly stripsAt: number;
  readonly offsetsAt: number;
  readonly scratchAt: number;
}

interface Choice {
  readonly mode: EncodingMode;
  readonly mean: Float64Array;
  /** What the coarse stage leaves open on average, the smaller the better. */
  readonly bound: number;
}

export class EncodedRows {
  readonly space: Space;
  readonly history = new FilterHistory();
  readonly #module: WebAssembly.Module;
  readonly #dim: number;
  readonly #metric: Metric;
  #places: Places;
  #mode: EncodingMode = 'raw';
  #strips = 0;
  #staleStrips = 0;
  /** Rows that the corpus had when the mode was chosen. */
  #chosenAt = 0;
  /** Rows changed since. */
  #changed = 0;
  /** The strips that somebody reads as they were. */
  readonly #frozen = new Set<KeptStrips>();

  constructor(module: WebAssembly.Module, dim: number, metric: Metric) {
    this.#module = module;
    this.#dim = dim;
    this.#metric = metric;
    this.space = new Space(module);
    this.#places = this.#placesFor(0);
  }

  /** Whether this level can use an encoding of rows of this dimension. */
  static suits(space: Space, dim: number): boolean {
    return dim < DIM_LIMIT && space.kernels.multipliesIntegers() !== 0;
  }

  get mode(): EncodingMode {
    return this.#mode;
  }

  /** Rows in whole strips, stale ones among them. */
  get rows(): number {
    return this.#strips * STRIP_ROWS;
  }

  get strips(): number {
    return this.#strips;
  }

  get staleStrips(): number {
    return this.#staleStrips;
  }

  get staleAt(): number {
    return this.#places.staleAt;
  }

  get scratchAt(): number {
    return this.#places.scratchAt;
  }

  /** Bytes of a row in one plane. */
  get half(): number {
    return planeBytes(this.#dim);
  }

  isStale(strip: number): boolean {
    return this.space.u8[this.#places.staleAt + strip] !== 0;
  }

  /**
   * Encodes up to `rows` more rows, by whole strips, and returns how many wait; 0 also where memory has no room for
   * more.
   */
  encode(stored: StoredRows, rows: number): number {
    const whole = Math.floor(stored.size / STRIP_ROWS);
    let budget = Math.ceil(rows / STRIP_ROWS);
    if (budget > 0) {
      if (!this.#reserve(whole) || !this.space.tryReach(this.#encodeLayout(stored).end)) return 0;
      if (this.#strips === 0) this.#adoptChoice(this.#choose(stored), stored.size);
      else if (stored.size >= RECONSIDER_GROWTH * this.#chosenAt || this.#changed >= this.#chosenAt)
        this.#reconsider(stored);
      this.#place();
    }
    for (let strip = 0; budget > 0 && this.#staleStrips > 0; strip++) {
      if (!this.isStale(strip)) continue;
      this.#keep(strip);
      this.#encodeStrip(stored, strip, strip);
      this.space.u8[this.#places.staleAt + strip] = 0;
      this.#staleStrips--;
      budget--;
    }
    for (; budget > 0 && this.#strips < whole; budget--) {
      this.#keep(this.#strips);
      this.#encodeStrip(stored, this.#strips, this.#strips);
      this.space.u8[this.#places.staleAt + this.#strips] = 0;
      this.#strips++;
    }
    return (whole - this.#strips + this.#staleStrips) * STRIP_ROWS;
  }

  /** Before a strip is written. */
  #keep(strip: number): void {
    for (const kept of this.#frozen) kept.keep(strip, (part) => this.#view(part, strip, strip + 1).slice());
  }

  /** The row in this slot has changed. */
  invalidate(slot: number): void {
    this.history.rowsChanged();
    this.#changed++;
    const strip = Math.floor(slot / STRIP_ROWS);
    if (strip >= this.#strips || this.isStale(strip)) return;
    this.space.u8[this.#places.staleAt + strip] = 1;
    this.#staleStrips++;
  }

  /** Rows from this slot on have moved. */
  truncate(slot: number): void {
    this.history.rowsChanged();
    const strips = Math.floor(slot / STRIP_ROWS);
    if (strips >= this.#strips) return;
    this.#strips = strips;
    this.#staleStrips = 0;
    for (let strip = 0; strip < strips; strip++) if (this.isStale(strip)) this.#staleStrips++;
  }

  /** The strips before the first stale one as they are now; undefined if there are none. */
  freeze(): FrozenEncoding | undefined {
    const { meanAt, staleAt } = this.#places;
    const { space } = this;
    const stale = space.u8.subarray(staleAt, staleAt + this.#strips).indexOf(1);
    const strips = stale < 0 ? this.#strips : stale;
    if (strips === 0) return undefined;
    const kept = new KeptStrips(strips);
    this.#frozen.add(kept);
    return {
      mode: this.#mode,
      mean: space.f64.slice(meanAt / 8, meanAt / 8 + this.#dim),
      rows: strips * STRIP_ROWS,
      read: (part, first, count) => kept.read(part, first, count, (from, to) => this.#view(part, from, to).slice()),
      free: () => {
        kept.free();
        this.#frozen.delete(kept);
      },
    };
  }

  /**
   * Takes an encoding over as it is, its shape having been checked, a part at a time. `this` must be new.
   * @throws KindredError CORRUPT_FILE if a sampled strip is not true of the rows.
   */
  *adopting(encoding: Encoding, stored: StoredRows): Generator<undefined, void, void> {
    const strips = encoding.rows / STRIP_ROWS;
    if (!this.#reserve(strips))
      throw new KindredError('INVALID_ARGUMENT', 'WebAssembly has no memory for this encoding');
    this.space.reach(this.#encodeLayout(stored).end);
    this.#adoptChoice({ mode: encoding.mode, mean: encoding.mean, bound: 0 }, encoding.rows);
    for (const [first, last] of stripBlocks(encoding)) {
      for (const part of PARTS) {
        const length = encoding[part].length / strips;
        this.#write(part, first, encoding[part].subarray(first * length, last * length));
      }
      yield undefined;
    }
    this.#strips = strips;
    this.#place();
    for (const strip of spread(strips, SAMPLE_STRIPS)) {
      const { rowsAt, squaresAt, workAt } = this.#stage(stored, strip);
      if (!this.space.kernels.isTrueOf(DTYPE_CODES[stored.dtype], rowsAt, squaresAt, strip, workAt)) {
        const which = `rows ${strip * STRIP_ROWS} to ${strip * STRIP_ROWS + STRIP_ROWS - 1}`;
        throw new KindredError('CORRUPT_FILE', `the encoding does not belong to these rows: it is wrong for ${which}`);
      }
    }
  }

  /** The same in as little memory as it needs, if this one lies mostly idle. */
  shrunk(): EncodedRows {
    const needed = this.#placesFor(this.#strips).scratchAt;
    if (this.#strips === 0 || this.space.bytes <= 2 * needed + 2 ** 17) return this;
    try {
      const smaller = new EncodedRows(this.#module, this.#dim, this.#metric);
      if (!smaller.#reserve(this.#strips)) return this;
      const { meanAt, staleAt } = this.#places;
      const mean = this.space.f64.subarray(meanAt / 8, meanAt / 8 + this.#dim);
      smaller.#adoptChoice({ mode: this.#mode, mean, bound: 0 }, this.#chosenAt);
      for (const part of PARTS) smaller.#write(part, 0, this.#view(part, 0, this.#strips));
      smaller.space.u8.set(this.space.u8.subarray(staleAt, staleAt + this.#strips), smaller.#places.staleAt);
      smaller.#strips = this.#strips;
      smaller.#staleStrips = this.#staleStrips;
      smaller.#changed = this.#changed;
      // The mode came after its room.
      smaller.#place();
      return smaller;
    } catch {
      return this; // No room for both at once.
    }
  }

  /** What a part says of the strips `first .. last`, where it lies. */
  #view(part: EncodingPart, first: number, last: number): Encoding[EncodingPart] {
    const { highAt, lowAt, stripsAt, offsetsAt } = this.#places;
    const { f64, f32, u8 } = this.space;
    const plane = STRIP_ROWS * this.half;
    if (part === 'strips') return f64.subarray(stripsAt / 8 + first * STRIP_CELLS, stripsAt / 8 + last * STRIP_CELLS);
    if (part === 'offsets') return f32.subarray(offsetsAt / 4 + first * STRIP_ROWS, offsetsAt / 4 + last * STRIP_ROWS);
    const at = part === 'high' ? highAt : lowAt;
    return u8.subarray(at + first * plane, at + last * plane);
  }

  #write(part: EncodingPart, first: number, from: Encoding[EncodingPart]): void {
    this.#view(part, first, this.#places.capacity).set(from as never);
  }

  #placesFor(capacity: number): Places {
    const rows = capacity * STRIP_ROWS;
    const layout = new Layout(this.space.start);
    const meanAt = layout.take(this.#dim * 8);
    const staleAt = layout.take(capacity);
    const highAt = layout.take(rows * this.half);
    const lowAt = layout.take(rows * this.half);
    const stripsAt = layout.take(capacity * STRIP_BYTES);
    const offsetsAt = layout.take(rows * 4);
    return { capacity, meanAt, staleAt, highAt, lowAt, stripsAt, offsetsAt, scratchAt: layout.end };
  }

  /** Makes room for so many strips in all; false if memory has none. */
  #reserve(strips: number): boolean {
    const old = this.#places;
    if (strips <= old.capacity) return true;
    let places = this.#placesFor(Math.max(strips, Math.ceil(old.capacity * GROWTH)));
    if (!this.space.tryReach(places.scratchAt)) places = this.#placesFor(strips);
    if (!this.space.tryReach(places.scratchAt)) return false;
    const { u8 } = this.space;
    // Strips that somebody still reads may be no longer this one's own.
    const held = Math.max(this.#strips, ...Array.from(this.#frozen, (kept) => kept.strips));
    const rows = held * STRIP_ROWS;
    // The last first: each moves up into what the next one has left.
    u8.copyWithin(places.offsetsAt, old.offsetsAt, old.offsetsAt + rows * 4);
    u8.copyWithin(places.stripsAt, old.stripsAt, old.stripsAt + held * STRIP_BYTES);
    u8.copyWithin(places.lowAt, old.lowAt, old.lowAt + rows * this.half);
    u8.copyWithin(places.highAt, old.highAt, old.highAt + rows * this.half);
    u8.copyWithin(places.staleAt, old.staleAt, old.staleAt + this.#strips);
    this.#places = places;
    this.#place();
    return true;
  }

  /** Tells the kernels where everything is. */
  #place(mode = this.#mode, places = this.#places): void {
    const { highAt, lowAt, stripsAt, offsetsAt, meanAt } = places;
    const metric = METRIC_CODES[this.#metric];
    this.space.kernels.placeEncoding(metric, MODE_CODES[mode], this.#dim, highAt, lowAt, stripsAt, offsetsAt, meanAt);
  }

  /** One strip of raw rows with its sums of squares, the kernels' work, a sample strip and two means. */
  #encodeLayout({ dim, rowBytes }: StoredRows) {
    const layout = new Layout(this.#places.scratchAt);
    const rowsAt = layout.take(STRIP_ROWS * rowBytes);
    const squaresAt = layout.take(STRIP_ROWS * 8);
    const workAt = layout.take(STRIP_ROWS * dim * 8 + Math.max(dim * 4, 2 * this.half));
    const highAt = layout.take(STRIP_ROWS * this.half);
    const lowAt = layout.take(STRIP_ROWS * this.half);
    const stripsAt = layout.take(STRIP_BYTES);
    const offsetsAt = layout.take(STRIP_ROWS * 4);
    const meanAt = layout.take(dim * 8);
    return { rowsAt, squaresAt, workAt, highAt, lowAt, stripsAt, offsetsAt, meanAt, end: layout.end };
  }

  /** Copies a strip's rows over from the corpus. */
  #stage(stored: StoredRows, strip: number) {
    const layout = this.#encodeLayout(stored);
    const from = stored.rowsAt + strip * STRIP_ROWS * stored.rowBytes;
    this.space.u8.set(stored.space.u8.subarray(from, from + STRIP_ROWS * stored.rowBytes), layout.rowsAt);
    if (stored.metric === 'cosine') {
      const squares = stored.squaresAt + strip * STRIP_ROWS * 8;
      this.space.u8.set(stored.space.u8.subarray(squares, squares + STRIP_ROWS * 8), layout.squaresAt);
    }
    return layout;
  }

  #encodeStrip(stored: StoredRows, strip: number, to: number): void {
    const { rowsAt, squaresAt, workAt } = this.#stage(stored, strip);
    this.space.kernels.encodeStrip(DTYPE_CODES[stored.dtype], rowsAt, squaresAt, to, workAt);
  }

  /** The mode with the smallest bound on a sample. */
  #choose(stored: StoredRows): Choice {
    const zero = new Float64Array(this.#dim);
    const mean = this.#meanOf(stored);
    let best = this.#measure(stored, 'raw', zero);
    for (const mode of ['centred', 'rotated'] as const) {
      const choice = this.#measure(stored, mode, mean);
      if (choice.bound < BETTER * best.bound) best = choice;
    }
    return best;
  }

  #meanOf(stored: StoredRows): Float64Array {
    const layout = this.#encodeLayout(stored);
    const sums = layout.meanAt / 8;
    this.space.f64.fill(0, sums, sums + this.#dim);
    this.#place('raw', { ...this.#places, ...layout });
    const strips = spread(Math.floor(stored.size / STRIP_ROWS), MEAN_STRIPS);
    for (const strip of strips) {
      const { rowsAt, squaresAt, workAt, meanAt } = this.#stage(stored, strip);
      this.space.kernels.addRows(DTYPE_CODES[stored.dtype], rowsAt, squaresAt, STRIP_ROWS, workAt, meanAt);
    }
    return this.space.f64.slice(sums, sums + this.#dim).map((sum) => sum / (strips.length * STRIP_ROWS));
  }

  /** The mean coarse bound: what the coarse stage loses of a row, times the norm of a row taken as a query. */
  #measure(stored: StoredRows, mode: EncodingMode, mean: Float64Array): Choice {
    const layout = this.#encodeLayout(stored);
    this.space.f64.set(mean, layout.meanAt / 8);
    this.#place(mode, { ...this.#places, ...layout });
    let [coarse, reach] = [0, 0];
    const wanted = Math.floor(BOUND_ELEMENTS / (STRIP_ROWS * this.#dim));
    const count = Math.min(SAMPLE_STRIPS, Math.max(FEWEST_STRIPS, wanted));
    const strips = spread(Math.floor(stored.size / STRIP_ROWS), count);
    for (const strip of strips) {
      this.#encodeStrip(stored, strip, 0);
      coarse += this.space.f64[(layout.stripsAt + STRIP_COARSE_F64) / 8] / strips.length;
      reach += this.space.f64[(layout.stripsAt + STRIP_REACH_F64) / 8] / strips.length;
    }
    return { mode, mean, bound: coarse * reach };
  }

  #adoptChoice({ mode, mean }: Choice, rows: number): void {
    this.#mode = mode;
    this.#chosenAt = rows;
    this.#changed = 0;
    this.space.f64.set(mean, this.#places.meanAt / 8);
    this.space.u8.fill(0, this.#places.staleAt, this.#places.staleAt + this.#places.capacity);
    this.#strips = 0;
    this.#staleStrips = 0;
  }

  /** Starts anew with another mode or mean if it is much better by now. */
  #reconsider(stored: StoredRows): void {
    const { meanAt } = this.#places;
    const current = this.#measure(stored, this.#mode, this.space.f64.slice(meanAt / 8, meanAt / 8 + this.#dim));
    const best = this.#choose(stored);
    if (best.bound < MUCH_BETTER * current.bound) this.#adoptChoice(best, stored.size);
    else this.#chosenAt = stored.size;
    this.#changed = 0;
  }
}

/** Up to `wanted` of `count` numbers, evenly spread. */
function spread(count: number, wanted: number): number[] {
  const taken = Math.min(count, wanted);
  return Array.from({ length: taken }, (_, n) => Math.floor((n * count) / taken));
}
