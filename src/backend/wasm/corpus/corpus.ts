/** The contract's Corpus: rows in WebAssembly memory, an encoded copy of them, and searches of both. */
import { KindredError } from '../../../errors.js';
import type {
  Corpus,
  CorpusOptions,
  Dtype,
  Elements,
  Floats,
  FrozenRows,
  GraphTask,
  Metric,
  SearchCounts,
  TopRequest,
  TopRows,
  Undecided,
} from '../../contract/backend.js';
import { FrozenRowsOf } from '../../reference/frozen-rows.js';
import { STRIP_ROWS } from '../module/abi.js';
import { HAS_BOUNDS, HIGHEST_SCORES } from '../module/codes.js';
import type { Costs } from './costs.js';
import { WasmEncoder } from './encoder.js';
import { canPay } from './filter.js';
import { graphFits, WasmGraph } from './graph.js';
import { RowSpace } from './row-space.js';
import { type Found, search } from './search.js';
import type { StoredRows } from './stored-rows.js';

/** Rows, and who still reads them as they were. */
interface Home {
  readonly rows: RowSpace;
  readonly frozen: FrozenRowsOf;
}

export class WasmCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly threads = 1;
  readonly mapped = false;
  readonly ways = ['scan', 'batch', 'filter'] as const;
  readonly encoder: WasmEncoder;
  readonly #module: WebAssembly.Module;
  readonly #costs: Costs;
  #home: Home | undefined;
  #lastSearch: SearchCounts | undefined;
  #way: (typeof this.ways)[number] | undefined;

  constructor(
    module: WebAssembly.Module,
    costs: Costs,
    dim: number,
    metric: Metric,
    { dtype = 'float32' }: CorpusOptions = {},
  ) {
    this.#module = module;
    this.#costs = costs;
    this.dim = dim;
    this.metric = metric;
    this.dtype = dtype;
    this.encoder = new WasmEncoder({
      module,
      dim,
      metric,
      stored: () => this.#rows.stored,
      rowsFrom: () => {
        if (!HAS_BOUNDS[metric]) return Number.POSITIVE_INFINITY;
        return this.#way ? STRIP_ROWS : costs.rows;
      },
    });
    this.#home = this.#homeOf(new RowSpace(module, { dim, metric, dtype }));
  }

  get size(): number {
    return this.#home?.rows.size ?? 0;
  }

  get bytes(): number {
    return (this.#home?.rows.bytes ?? 0) + this.encoder.bytes;
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
    return this.#rows.append(rows);
  }

  overwrite(slot: number, row: Elements): boolean {
    const { rows, frozen } = this.#opened();
    const isTaken = rows.overwrite(slot, row, () => frozen.beforeOverwrite(slot));
    if (isTaken) this.encoder.invalidate(slot);
    return isTaken;
  }

  read(slot: number, count = 1): Elements {
    return this.#rows.read(slot, count);
  }

  compact(keep: Uint8Array): void {
    const home = this.#opened();
    const { rows, frozen } = home;
    const firstGone = keep.subarray(0, rows.size).indexOf(0);
    if (firstGone < 0) return;
    // Frozen rows stay where they are.
    const kept = frozen.areHeld ? rows.compacted(keep) : rows.compact(keep);
    if (kept !== rows) this.#home = this.#homeOf(kept);
    this.encoder.truncate(firstGone);
  }

  search(queries: Floats, request: TopRequest): TopRows {
    const { stored } = this.#rows;
    const { answer, counts } = this.#search(stored, true, queries, request, 0, stored.size);
    this.#lastSearch = counts;
    return answer;
  }

  freeze(): FrozenRows {
    const { rows, frozen } = this.#opened();
    return frozen.freeze(rows.size);
  }

  openGraph(request: TopRequest): GraphTask | Undecided | undefined {
    const frozen = this.freeze();
    const graph = this.#openGraph(frozen, true, request, () => frozen.free());
    if (!(graph instanceof WasmGraph)) frozen.free();
    return graph;
  }

  free(): void {
    this.#home = undefined;
    this.encoder.free();
  }

  #homeOf(rows: RowSpace): Home {
    // The encoded copy goes with the rows that the corpus has by now.
    const isCurrent = () => this.#home === home;
    const isEncoded = () => isCurrent() && this.encoder.state !== undefined;
    const home: Home = {
      rows,
      frozen: new FrozenRowsOf({
        dim: this.dim,
        get isEncoded() {
          return isEncoded();
        },
        read: (slot, count) => rows.read(slot, count),
        search: (queries, request, first, last) =>
          this.#search(rows.stored, isCurrent(), queries, request, first, last),
        openGraph: (frozen, request) => this.#openGraph(frozen, isCurrent(), request, () => {}),
        searchOthers: (others, queries, request) =>
          this.#search(rows.place(others), false, queries, request, 0, others.length),
      }),
    };
    return home;
  }

  /** The best of the slots `first .. last`. */
  #search(
    stored: StoredRows,
    isEncoded: boolean,
    queries: Floats,
    request: TopRequest,
    first: number,
    last: number,
  ): Found {
    const encoded = isEncoded ? this.encoder.rows : undefined;
    return search({ ...stored, first, last }, encoded, queries, request, this.#costs, this.#way);
  }

  /** A graph where most rows would be scored with all others. */
  #openGraph(
    frozen: FrozenRows,
    isEncoded: boolean,
    request: TopRequest,
    onFree: () => void,
  ): GraphTask | Undecided | undefined {
    const isFast = request.minScore <= HIGHEST_SCORES[this.metric] && graphFits(frozen, this.dtype, request);
    if (!isFast || this.#way === 'scan' || this.#way === 'filter') return undefined;
    const encoded = isEncoded && this.#way === undefined ? this.encoder.rows : undefined;
    if (encoded && canPay({ first: 0, last: frozen.size }, encoded, request, this.#costs.part)) {
      const pays = encoded.history.graphPays();
      if (!pays) return pays === undefined ? 'undecided' : undefined;
    }
    try {
      return new WasmGraph(this.#module, frozen, this, request, onFree);
    } catch {
      return undefined; // No room for what rows remember: searches need less.
    }
  }

  get #rows(): RowSpace {
    return this.#opened().rows;
  }

  #opened(): Home {
    if (!this.#home) throw new KindredError('DISPOSED', 'this corpus was freed: open another one');
    return this.#home;
  }
}
