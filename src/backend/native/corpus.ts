/** Rows in native memory: the contract's Corpus over the addon's class. */
import { KindredError } from '../../errors.js';
import type {
  Corpus,
  CorpusOptions,
  Dtype,
  Elements,
  EncodedState,
  Encoder,
  Encoding,
  Floats,
  FrozenEncoding,
  FrozenRows,
  GraphElsewhere,
  MappedRows,
  Metric,
  Running,
  SearchCounts,
  SearchingElsewhere,
  TopRequest,
  TopRows,
} from '../contract/backend.js';
import { emptyTopRows } from '../reference/best.js';
import { stripBlocks } from '../reference/strip-blocks.js';
import type { AddonCorpus, AddonFrozenRows, AddonGraph, AddonKernels } from './addon.js';

export class NativeCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly ways: readonly string[];
  readonly encoder: Encoder = new NativeEncoder(() => this.#open());
  #rows: AddonCorpus | undefined;

  constructor(kernels: AddonKernels, dim: number, metric: Metric, { dtype = 'float32', threads = 0 }: CorpusOptions) {
    this.#rows = kernels.openCorpus(dim, metric, dtype, threads);
    this.ways = this.#rows.ways;
    this.dim = dim;
    this.metric = metric;
    this.dtype = dtype;
  }

  /** Rows of a file mapped into memory: docs/formats/index-file.md. */
  static map(kernels: AddonKernels, path: string, mapped: MappedRows): NativeCorpus {
    const corpus = new NativeCorpus(kernels, mapped.dim, mapped.metric, mapped);
    try {
      corpus.#open().map(path, mapped);
    } catch (cause) {
      corpus.free();
      throw new KindredError('CORRUPT_FILE', cause instanceof Error ? cause.message : String(cause), { cause });
    }
    return corpus;
  }

  get way(): string | undefined {
    return this.#open().way;
  }

  set way(way: string | undefined) {
    this.#open().way = way;
  }

  get mapped(): boolean {
    return this.#open().mapped;
  }

  get threads(): number {
    return this.#open().threads;
  }

  get size(): number {
    return this.#open().size;
  }

  get bytes(): number {
    return this.#open().bytes;
  }

  append(rows: Elements): number {
    return this.#open().append(rows);
  }

  overwrite(slot: number, row: Elements): boolean {
    return this.#open().overwrite(slot, row);
  }

  read(slot: number, count = 1): Elements {
    return this.#open().read(slot, count);
  }

  compact(keep: Uint8Array): void {
    this.#open().compact(keep);
  }

  search(queries: Floats, { k, minScore, admit }: TopRequest): TopRows {
    const answer = emptyTopRows(queries.length / this.dim, Math.min(k, this.size));
    this.#open().search(queries, k, minScore, admit, answer.counts, answer.positions, answer.scores);
    return answer;
  }

  freeze(): FrozenRows {
    return new NativeFrozenRows(this.#open().freeze(), this.dim, this.size);
  }

  openGraph(request: TopRequest): GraphElsewhere | undefined {
    return openGraph(this.#open(), this.size, request);
  }

  get lastSearch(): SearchCounts | undefined {
    return this.#open().lastSearch;
  }

  free(): void {
    this.#rows?.free();
    this.#rows = undefined;
  }

  #open(): AddonCorpus {
    if (this.#rows === undefined) throw new KindredError('DISPOSED', 'this index was disposed of and holds nothing');
    return this.#rows;
  }
}

class NativeEncoder implements Encoder {
  readonly #rows: () => AddonCorpus;

  constructor(rows: () => AddonCorpus) {
    this.#rows = rows;
  }

  encode(rows: number): number {
    return this.#rows().encode(Math.min(rows, Number.MAX_SAFE_INTEGER));
  }

  get state(): EncodedState | undefined {
    return this.#rows().encoded;
  }

  freeze(): FrozenEncoding | undefined {
    const frozen = this.#rows().freeze();
    const encoding = frozen.encoding();
    if (encoding === undefined) {
      frozen.free();
      return undefined;
    }
    return {
      ...encoding,
      read: (part, first, count) => frozen.readEncoding(part, first, count),
      free: () => frozen.free(),
    };
  }

  /** @throws KindredError CORRUPT_FILE if a sampled strip of it is not true of these rows; then there is no encoding. */
  *adopting(encoding: Encoding): Generator<undefined, void, void> {
    for (const [first, last] of stripBlocks(encoding)) {
      const wrong = this.#rows().adopt(encoding, first, last);
      if (wrong >= 0) {
        const which = `rows ${wrong} to ${wrong + 31}`;
        throw new KindredError('CORRUPT_FILE', `the encoding does not belong to these rows: it is wrong for ${which}`);
      }
      yield undefined;
    }
  }
}

class NativeFrozenRows implements FrozenRows {
  readonly dim: number;
  readonly size: number;
  readonly searching: SearchingElsewhere;
  readonly #rows: AddonFrozenRows;

  constructor(rows: AddonFrozenRows, dim: number, size: number) {
    this.#rows = rows;
    this.dim = dim;
    this.size = size;
    this.searching = {
      kind: 'elsewhere',
      start(queries, { k, minScore, admit }) {
        const answer = emptyTopRows(queries.length / dim, Math.min(k, size));
        const { counts, positions, scores } = answer;
        const { done, cancel } = rows.search(queries, k, minScore, admit, counts, positions, scores);
        return { done: done.then(() => answer), cancel };
      },
      get counted() {
        return rows.counted();
      },
    };
  }

  read(slot: number, count = 1): Elements {
    return this.#rows.read(slot, count);
  }

  openGraph(request: TopRequest): GraphElsewhere | undefined {
    return openGraph(this.#rows, this.size, request);
  }

  free(): void {
    this.#rows.free();
  }
}

function openGraph(
  rows: AddonCorpus | AddonFrozenRows,
  size: number,
  { k, minScore, admit }: TopRequest,
): GraphElsewhere | undefined {
  const graph = rows.openGraph(k, minScore, admit);
  return graph && new NativeGraph(graph, Math.min(k, size));
}

class NativeGraph implements GraphElsewhere {
  readonly kind = 'elsewhere';
  readonly #graph: AddonGraph;
  readonly #stride: number;

  constructor(graph: AddonGraph, stride: number) {
    this.#graph = graph;
    this.#stride = stride;
  }

  get blocks(): number {
    return this.#graph.blocks;
  }

  get counted(): SearchCounts {
    return this.#graph.counted();
  }

  rows(number: number): Uint32Array {
    return this.#graph.rows(number);
  }

  search(number: number): TopRows {
    this.#graph.run(number);
    return this.#take(number);
  }

  start(number: number): Running<TopRows> {
    const { done, cancel } = this.#graph.runAsync(number);
    return { done: done.then(() => this.#take(number)), cancel };
  }

  free(): void {
    this.#graph.free();
  }

  #take(number: number): TopRows {
    const answer = emptyTopRows(this.rows(number).length, this.#stride);
    this.#graph.take(number, answer.counts, answer.positions, answer.scores);
    return answer;
  }
}
