/** Dense rows in a WebAssembly memory of their own: `rows | squares | scratch of the call under way`. */
import { KindredError } from '../../../errors.js';
import type {
  Corpus,
  CorpusOptions,
  Dtype,
  Elements,
  Floats,
  Metric,
  SearchCounts,
  SearchingInParts,
  TopRequest,
  TopRows,
} from '../../contract/backend.js';
import { STRIP_ROWS } from '../module/abi.js';
import { DTYPE_CODES, HAS_BOUNDS } from '../module/codes.js';
import { Layout, Space } from '../module/memory.js';
import type { Costs } from './costs.js';
import { bytesOf, elementBytes, elementsFrom } from './elements.js';
import { WasmEncoder } from './encoder.js';
import { search } from './search.js';
import type { StoredRows } from './stored-rows.js';

/** Capacity grows by half of itself, so that many small appends move each sum of squares a few times only. */
const GROWTH = 1.5;
/** Memory that may lie idle after `compact`, besides as much as the rows need. */
const IDLE_BYTES = 2 ** 17;

/** Addresses for `capacity` rows. Sums of squares are kept for the cosine only; their address is 0 otherwise. */
interface Places {
  readonly capacity: number;
  readonly rowsAt: number;
  readonly squaresAt: number;
  readonly scratchAt: number;
}

export class WasmCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly threads = 1;
  readonly mapped = false;
  readonly ways = ['scan', 'batch', 'filter'] as const;
  readonly encoder: WasmEncoder;
  readonly searching: SearchingInParts = {
    kind: 'in-parts',
    search: (queries, request, first, last) => this.#search(queries, request, first, last),
  };
  readonly #costs: Costs;
  readonly #module: WebAssembly.Module;
  readonly #rowBytes: number;
  #space: Space | undefined;
  #places: Places;
  #size = 0;
  #lastSearch: SearchCounts | undefined;
  #way: (typeof this.ways)[number] | undefined;

  constructor(
    module: WebAssembly.Module,
    costs: Costs,
    dim: number,
    metric: Metric,
    { dtype = 'float32' }: CorpusOptions = {},
  ) {
    this.#costs = costs;
    this.dim = dim;
    this.metric = metric;
    this.dtype = dtype;
    this.#module = module;
    this.encoder = new WasmEncoder({
      module,
      dim,
      metric,
      stored: () => this.#stored(),
      rowsFrom: () => {
        if (!HAS_BOUNDS[metric]) return Number.POSITIVE_INFINITY;
        return this.#way ? STRIP_ROWS : costs.rows;
      },
    });
    this.#rowBytes = dim * elementBytes(dtype);
    this.#space = new Space(module);
    this.#places = this.#placesFor(this.#space, 0);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return (this.#space?.bytes ?? 0) + this.encoder.bytes;
  }

  get lastSearch(): SearchCounts | undefined {
    return this.#lastSearch;
  }

  get way(): string | undefined {
    return this.#way;
  }

  set way(wanted: string | undefined) {
    const way = this.ways.find((each) => each === wanted);
    if (way !== wanted) throw new RangeError(`there is no way ${wanted} to search`);
    this.#way = way;
  }

  append(rows: Elements): number {
    const space = this.#opened();
    const added = rows.length / this.dim;
    this.#reserve(space, this.#size + added);
    const rowAt = this.#rowAt(this.#size);
    space.u8.set(bytesOf(rows), rowAt);
    const bad = this.#measure(space, rowAt, added, this.#squaresAt(this.#size), this.#places.scratchAt);
    if (bad < 0) this.#size += added;
    return bad;
  }

  overwrite(slot: number, row: Elements): boolean {
    const space = this.#opened();
    const layout = new Layout(this.#places.scratchAt);
    const rowAt = layout.take(this.#rowBytes);
    const squaresAt = layout.take(8);
    space.reach(layout.end);
    space.u8.set(bytesOf(row), rowAt);
    if (this.#measure(space, rowAt, 1, squaresAt, layout.end) >= 0) return false;
    space.u8.copyWithin(this.#rowAt(slot), rowAt, rowAt + this.#rowBytes);
    if (this.metric === 'cosine') space.f64[this.#squaresAt(slot) / 8] = space.f64[squaresAt / 8];
    this.encoder.invalidate(slot);
    return true;
  }

  read(slot: number, count = 1): Elements {
    return elementsFrom(this.#opened().u8.subarray(this.#rowAt(slot), this.#rowAt(slot + count)), this.dtype);
  }

  compact(keep: Uint8Array): void {
    const space = this.#opened();
    const firstGone = keep.subarray(0, this.#size).indexOf(0);
    if (firstGone < 0) return;
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
    this.encoder.truncate(firstGone);
  }

  search(queries: Floats, request: TopRequest): TopRows {
    return this.#search(queries, request, 0, this.#size);
  }

  /** A search for each row is no slower. */
  openGraph(): undefined {}

  free(): void {
    this.#space = undefined;
    this.encoder.free();
    this.#size = 0;
  }

  /** The best of the slots `first .. last`. */
  #search(queries: Floats, request: TopRequest, first: number, last: number): TopRows {
    const range = { ...this.#stored(), first, last };
    const { answer, counts } = search(range, this.encoder.rows, queries, request, this.#costs, this.#way);
    this.#lastSearch = counts;
    return answer;
  }

  /**
   * Sums of squares of rows that lie at `rowsAt`; the index of the first that is refused, or -1. Narrow rows are widened at
   * `scratchAt`.
   */
  #measure(space: Space, rowsAt: number, count: number, squaresAt: number, scratchAt: number): number {
    const layout = new Layout(scratchAt);
    const widenedAt = layout.take(this.dtype === 'float32' || this.dtype === 'float64' ? 0 : this.dim * 4);
    space.reach(layout.end);
    return space.kernels.measureRows(DTYPE_CODES[this.dtype], rowsAt, count, this.dim, squaresAt, widenedAt);
  }

  #stored(): StoredRows {
    const { dim, metric, dtype } = this;
    return { space: this.#opened(), dim, metric, dtype, rowBytes: this.#rowBytes, size: this.#size, ...this.#places };
  }

  #opened(): Space {
    if (!this.#space) throw new KindredError('DISPOSED', 'this corpus was freed: open another one');
    return this.#space;
  }

  #rowAt(slot: number): number {
    return this.#places.rowsAt + slot * this.#rowBytes;
  }

  #squaresAt(slot: number): number {
    return this.metric === 'cosine' ? this.#places.squaresAt + slot * 8 : 0;
  }

  #placesFor(space: Space, capacity: number): Places {
    const layout = new Layout(space.start);
    const rowsAt = layout.take(capacity * this.#rowBytes);
    const squaresAt = this.metric === 'cosine' ? layout.take(capacity * 8) : 0;
    return { capacity, rowsAt, squaresAt, scratchAt: layout.end };
  }

  /** Makes room for `slots` rows in all: generously, or where memory ends, just enough. */
  #reserve(space: Space, slots: number): void {
    const old = this.#places;
    if (slots <= old.capacity) return;
    let places = this.#placesFor(space, Math.max(slots, Math.ceil(old.capacity * GROWTH)));
    if (!space.tryReach(places.scratchAt)) places = this.#placesFor(space, slots);
    space.reach(places.scratchAt);
    space.u8.copyWithin(places.squaresAt, old.squaresAt, this.#squaresAt(this.#size));
    this.#places = places;
  }

  /** Moves the rows `first .. last` down to the slots from `to` on. */
  #move(space: Space, first: number, last: number, to: number): void {
    space.u8.copyWithin(this.#rowAt(to), this.#rowAt(first), this.#rowAt(last));
    space.u8.copyWithin(this.#squaresAt(to), this.#squaresAt(first), this.#squaresAt(last));
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
    smaller.u8.set(space.u8.subarray(old.squaresAt, this.#squaresAt(this.#size)), needed.squaresAt);
    this.#space = smaller;
    this.#places = needed;
  }
}
