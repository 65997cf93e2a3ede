/** Vectors under ids, searched exactly. */
import { readK } from '../../arguments/numbers.js';
import { show } from '../../arguments/show.js';
import type { Dtype, Metric } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { saveFile } from '../../files/disk.js';
import { readOnProgress } from '../../turns/progress.js';
import { toQueries } from '../dtype.js';
import { loadIndexFile } from '../index-file/disk.js';
import {
  type LoadBytesOptions,
  type LoadOptions,
  readIndexBytes,
  readLoad,
  readLoadBytes,
  readLoadRequest,
  readSave,
  readSaveBytes,
  type SaveBytesOptions,
  type SaveOptions,
  savedOf,
} from '../index-file/index-file.js';
import type { LoadedIndex } from '../index-file/read.js';
import { indexFileBytes } from '../index-file/write.js';
import {
  type AddOptions,
  type FromOptions,
  type IndexOptions,
  readAddOptions,
  readFromOptions,
  readNewOptions,
  readRowsKept,
} from '../rows/index-options.js';
import { checkModel } from '../rows/model-tag.js';
import { StoredRows } from '../rows/stored-rows.js';
import type { IndexWork } from '../rows/under-way.js';
import { areNumbers, readRow, readRows, readVectors, settled, shapeOf, type Vector, type Vectors } from '../vectors.js';
import { type AsyncDiverseOptions, type DiverseOptions, diverse, readAsyncDiverse, readDiverse } from './diverse.js';
import { type Hit, Hits, hitsOf } from './hits.js';
import { type IndexStats, statsOf } from './index-stats.js';
import {
  type AsyncNeighborGraphOptions,
  type NeighborGraphOptions,
  neighborGraph,
  readAsyncNeighborGraph,
  readNeighborGraph,
} from './neighbor-graph.js';
import { BLOCK_ELEMENTS, BLOCK_NUMBERS, type QueryReader, searchBlocks, searchUnbounded } from './search-blocks.js';
import {
  type AsyncSearchOptions,
  checkCells,
  isBounded,
  readAsyncSearch,
  readRequest,
  readSearch,
  type SearchOptions,
} from './search-options.js';
import {
  type AsyncSimilarPairsOptions,
  readAsyncSimilarPairs,
  readSimilarPairs,
  type SimilarPair,
  type SimilarPairsOptions,
  similarPairs,
} from './similar-pairs.js';

/**
 * Vectors of one dimension under ids of your own (strings or numbers), with exact nearest-neighbour search. Vectors are
 * kept as float32 unless `dtype` says otherwise; scores are float64 and have the same bits on every backend. Hits come best
 * first, equal scores in the order the rows were added. Fewer matching rows than `k` give fewer hits.
 *
 * What an asynchronous method answers is true of the moment it was called. The native backend searches on another thread;
 * elsewhere the work is done in slices between which the event loop runs, and a change to the index, or its disposal, first
 * finishes what is under way.
 *
 * @example
 * const index = VectorIndex.from([[1, 0], [0.6, 0.8], [0, 1]], { ids: ['x', 'between', 'y'] });
 * index.search([1, 0.1], 2); // [{ id: 'x', score: 0.995... }, { id: 'between', score: 0.676... }]
 * index.search([1, 0.1], { k: 1, filter: { deny: ['x'] } }); // [{ id: 'between', score: 0.676... }]
 * index.upsert('z', [0.1, 1]);
 * index.neighbors('y', 1); // [{ id: 'z', score: 0.995... }]
 * index.neighborGraph(1).row(0); // [{ id: 'between', score: 0.6... }]
 * index.similarPairs({ minScore: 0.9 }); // [{ a: 'y', b: 'z', score: 0.995... }]
 * index.diverse([0, 1], { k: 2, lambda: 0.3 }).map(({ id }) => id); // ['y', 'x']
 * await index.save('axes.kindred');
 * (await VectorIndex.load<string>('axes.kindred')).size; // 4
 */
export class VectorIndex<Id extends string | number = number> {
  readonly dim: number;
  readonly metric: Metric;
  /** How elements are stored. */
  readonly dtype: Dtype;
  #rows: StoredRows<Id>;
  #model: string | undefined;

  /** An empty index. @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
  constructor(options: IndexOptions & { readonly dim: number }) {
    const { model, ...read } = readNewOptions(options);
    const kept = readRowsKept(read);
    checkModel(model);
    this.#model = model;
    this.#rows = new StoredRows<Id>(kept);
    ({ dim: this.dim, metric: this.metric, dtype: this.dtype } = this.#rows.kept);
  }

  /**
   * An index of these vectors. Without `ids`, rows are numbered from 0.
   * @throws KindredError DIMENSION_MISMATCH, NOT_FINITE, DUPLICATE_ID, INVALID_ARGUMENT
   */
  static from(vectors: Vectors, options?: FromOptions & { readonly ids?: undefined }): VectorIndex<number>;
  static from(vectors: Vectors, options: FromOptions & { readonly ids: Iterable<string> }): VectorIndex<string>;
  static from(vectors: Vectors, options: FromOptions & { readonly ids: Iterable<number> }): VectorIndex<number>;
  static from<Id extends string | number>(
    vectors: Vectors,
    options: FromOptions & { readonly ids?: Iterable<Id> | undefined },
  ): VectorIndex<Id>;
  static from<Id extends string | number>(
    vectors: Vectors,
    options: FromOptions & { readonly ids?: Iterable<Id> | undefined } = {},
  ): VectorIndex<Id> {
    const { ids, onProgress, ...read } = readFromOptions(options);
    const rows = readVectors(vectors, read.dim);
    if (rows.dim === 0) {
      throw new KindredError('INVALID_ARGUMENT', 'an index of no vectors needs { dim }');
    }
    const index = new VectorIndex<Id>({ ...read, dim: rows.dim });
    index.#rows.append(rows, ids, readOnProgress(onProgress));
    return index;
  }

  /** Rows in the index. */
  get size(): number {
    return this.#rows.size;
  }

  /** The embedding model that the vectors come from, as the options or the file it was loaded from say; saved with the index. */
  get model(): string | undefined {
    return this.#model;
  }

  /** Adds one vector. @throws KindredError DUPLICATE_ID if the id is there already; DIMENSION_MISMATCH, NOT_FINITE */
  add(id: Id, vector: Vector): void {
    this.#rows.append(readVectors([vector], this.dim), [id], undefined);
  }

  /**
   * Adds several vectors, all or none. Without `ids` they get the next numbers.
   * @throws KindredError DUPLICATE_ID, DIMENSION_MISMATCH, NOT_FINITE naming the row; INVALID_ARGUMENT
   */
  addMany(vectors: Vectors, ids?: Iterable<Id>, options: AddOptions = {}): void {
    const onProgress = readAddOptions(options);
    this.#rows.append(readVectors(vectors, this.dim), ids, onProgress);
  }

  /** Adds a vector, or replaces the one under this id, which keeps its place. Errors as for `add`. */
  upsert(id: Id, vector: Vector): void {
    const rows = readVectors([vector], this.dim);
    const slot = this.#rows.roster.slot(id);
    if (slot === undefined) this.#rows.append(rows, [id], undefined);
    else this.#rows.overwrite(slot, rows.data);
  }

  /** Removes a row; the others keep their order. Returns whether it was there. */
  delete(id: Id): boolean {
    return this.#rows.delete(id);
  }

  has(id: Id): boolean {
    return this.#slot(id) !== undefined;
  }

  /** A copy of the vector under an id, as it is stored: float64 for that dtype, else float32. Undefined if there is none. */
  get(id: Id): Float32Array | Float64Array | undefined {
    const slot = this.#slot(id);
    return slot === undefined ? undefined : this.#rows.read(slot);
  }

  /** All ids, in the order the rows were added. */
  ids(): Id[] {
    return this.#rows.roster.list();
  }

  /** Removes every row. */
  clear(): void {
    this.#rows.clear();
  }

  /**
   * The best rows for a query.
   * @throws KindredError DIMENSION_MISMATCH, NOT_FINITE, INVALID_K, INVALID_ARGUMENT
   */
  search(query: Vector, options: number | SearchOptions<Id>): Hit<Id>[] {
    const { underWay } = this.#rows;
    const request = readRequest(readSearch(options), this.#rows);
    checkCells(1, request.k);
    const queries = underWay.asking(() => toQueries(readRow(query, this.dim), this.dtype, this.dim));
    const { corpus, roster } = this.#rows;
    return hitsOf(underWay.search(corpus, queries, request), roster.naming(), this.metric);
  }

  /** The best rows for each of many queries: much faster than one by one. Errors as for `search`, naming the row. */
  searchBatch(queries: Vectors, options: number | SearchOptions<Id>): Hits<Id> {
    const { reader, request, isUnbounded } = this.#prepare(queries, readSearch(options));
    const { corpus, roster, underWay } = this.#rows;
    const all = () => reader.read(0, reader.count);
    const found = isUnbounded
      ? this.#run(searchUnbounded(reader, request))
      : underWay.search(corpus, underWay.asking(all), request);
    return new Hits(found, roster.naming(), this.metric);
  }

  /** `search` without blocking the event loop. */
  async searchAsync(query: Vector, options: number | AsyncSearchOptions<Id>): Promise<Hit<Id>[]> {
    return (await this.searchBatchAsync([query], options)).row(0);
  }

  /**
   * `searchBatch` without blocking the event loop. What is more than 1024 queries, 2^19 elements (2^17 in arrays of numbers) or 2^19
   * cells of an answer is read a block at a time: it must not change before the answer is there.
   */
  async searchBatchAsync(queries: Vectors, options: number | AsyncSearchOptions<Id>): Promise<Hits<Id>> {
    const { signal, ...asked } = readAsyncSearch(options);
    signal?.throwIfAborted();
    const { reader, request, isUnbounded } = this.#prepare(queries, asked);
    const { corpus, roster } = this.#rows;
    // Taken now: rows may come and go before the answer does.
    const naming = roster.naming();
    const own = { ...request, admit: request.admit?.slice() };
    const search = corpus.searching.kind === 'elsewhere' ? corpus.searching.open() : undefined;
    const steps = (isUnbounded ? searchUnbounded : searchBlocks)(search ? reader : copying(reader), own);
    const found = await (search ? this.#rows.underWay.runElsewhere(search, steps, signal) : this.#start(steps, signal));
    signal?.throwIfAborted();
    return new Hits(found, naming, this.metric);
  }

  /**
   * The rows most similar to one of the index's own, itself left out (by its id, not by its rank).
   * @throws KindredError UNKNOWN_ID, INVALID_K, INVALID_ARGUMENT
   */
  neighbors(id: Id, options: number | SearchOptions<Id>): Hit<Id>[] {
    const { query, wider } = this.#asNeighborSearch(id, readSearch(options));
    return withoutSelf(this.search(query, wider), id, wider.k);
  }

  /** `neighbors` without blocking the event loop. */
  async neighborsAsync(id: Id, options: number | AsyncSearchOptions<Id>): Promise<Hit<Id>[]> {
    const { query, wider } = this.#asNeighborSearch(id, readAsyncSearch(options));
    return withoutSelf(await this.searchAsync(query, wider), id, wider.k);
  }

  /**
   * The `k` nearest other rows of every row: `row(q)` of the answer is for the q-th of `ids()`. A row never finds itself, but
   * does find its equals. Needs memory for the answer and for one block of rows.
   * @throws KindredError INVALID_K, INVALID_ARGUMENT
   */
  neighborGraph(options: number | NeighborGraphOptions<Id>): Hits<Id> {
    return this.#run(neighborGraph(this.#rows, readNeighborGraph(options)));
  }

  /** `neighborGraph` without blocking the event loop. */
  async neighborGraphAsync(options: number | AsyncNeighborGraphOptions<Id>): Promise<Hits<Id>> {
    const asked = readAsyncNeighborGraph(options);
    return this.#start(neighborGraph(this.#rows, asked), asked.signal);
  }

  /**
   * Every two rows that score at least `minScore`, each pair once and `a` before `b` in the order of `ids()`: best first, equal
   * scores by the place of `a`, then of `b`. With `limit` only the best pairs are kept, in as much memory as these need;
   * without, mind that n rows have n(n-1)/2 pairs.
   * @throws KindredError INVALID_ARGUMENT, INVALID_K
   */
  similarPairs(options: SimilarPairsOptions): SimilarPair<Id>[] {
    return this.#run(similarPairs(this.#rows, readSimilarPairs(options)));
  }

  /** `similarPairs` without blocking the event loop. */
  async similarPairsAsync(options: AsyncSimilarPairsOptions): Promise<SimilarPair<Id>[]> {
    const asked = readAsyncSimilarPairs(options);
    return this.#start(similarPairs(this.#rows, asked), asked.signal);
  }

  /**
   * The best rows for a query that also differ from each other, by maximal marginal relevance (Carbonell and Goldstein, SIGIR
   * 1998): one by one, of the `fetchK` best, the row with the largest `lambda * relevance - (1 - lambda) * redundancy`, where
   * redundancy is its largest similarity to a row taken before. Both are cosines, or minus distances, or for `dot` the dot
   * divided by the length of the query or of the row taken before. Hits come in the order they were taken, with their
   * scores for the query.
   * @throws KindredError as for `search`; INVALID_ARGUMENT if lambda is not in [0, 1] or fetchK is less than k
   */
  diverse(query: Vector, options: DiverseOptions<Id>): Hit<Id>[] {
    return this.#run(diverse(this.#rows, query, readDiverse(options)));
  }

  /** `diverse` without blocking the event loop. */
  async diverseAsync(query: Vector, options: AsyncDiverseOptions<Id>): Promise<Hit<Id>[]> {
    const asked = readAsyncDiverse(options);
    return this.#start(diverse(this.#rows, query, asked), asked.signal);
  }

  /** What the index holds and where. */
  stats(): IndexStats {
    return statsOf(this.#rows);
  }

  /**
   * The index as one block of bytes: the contents of an index file, for IndexedDB, a network or a disk. The same index gives the
   * same bytes on every backend but for the encoded copy, where it has one.
   * @throws KindredError INVALID_ARGUMENT, DISPOSED
   */
  toBytes(options: SaveBytesOptions = {}): Uint8Array {
    const { file, rows } = this.#saved(readSaveBytes(options));
    try {
      return indexFileBytes(file);
    } finally {
      this.#rows.snapshots.done(rows);
    }
  }

  /**
   * An index from what `toBytes` or `save` has written, on any backend.
   * @throws KindredError CORRUPT_FILE saying what is wrong at which byte; MODEL_MISMATCH, INVALID_ARGUMENT
   */
  static fromBytes<Id extends string | number = string | number>(
    bytes: Uint8Array,
    options: LoadBytesOptions = {},
  ): VectorIndex<Id> {
    const asked = readLoadBytes(options);
    return VectorIndex.#loaded(readIndexBytes<Id>(bytes, readLoadRequest(asked)), asked);
  }

  /**
   * Writes the index to a file (Node), as it is at this moment: it may change and even be disposed of while the file is being
   * written. Whoever reads the path finds the old file or the new one, whole, whatever happens in between.
   * @throws KindredError INVALID_ARGUMENT, DISPOSED; the system's own error if the file cannot be written
   */
  async save(path: string | URL, options: SaveOptions = {}): Promise<void> {
    const asked = readSave(options);
    const { file, rows } = this.#saved(asked);
    try {
      await saveFile(path, file, asked.signal);
    } finally {
      this.#rows.snapshots.done(rows);
    }
  }

  /**
   * Reads an index from a file (Node), on any backend, block by block.
   * @throws KindredError CORRUPT_FILE saying what is wrong at which byte; MODEL_MISMATCH, INVALID_ARGUMENT; the system's own
   * error if the file cannot be read
   */
  static async load<Id extends string | number = string | number>(
    path: string | URL,
    options: LoadOptions = {},
  ): Promise<VectorIndex<Id>> {
    const asked = readLoad(options);
    return VectorIndex.#loaded(await loadIndexFile<Id>(path, readLoadRequest(asked), asked), asked);
  }

  /** Gives the memory back at once. A search under way ends cleanly; later calls throw DISPOSED. */
  dispose(): void {
    this.#rows.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #saved({ model = this.#model }: SaveBytesOptions) {
    return savedOf(this.#rows, model);
  }

  static #loaded<Id extends string | number>(
    { shape, model, roster, corpus }: LoadedIndex<Id>,
    { backend, threads, encode }: LoadBytesOptions,
  ): VectorIndex<Id> {
    const { dim, metric, dtype } = shape;
    const index = new VectorIndex<Id>({ dim, metric, dtype, backend, threads, encode });
    const { kept } = index.#rows;
    index.#rows.dispose();
    index.#rows = new StoredRows<Id>(kept, corpus, roster);
    index.#model = model;
    index.#rows.encodeLoaded();
    return index;
  }

  #slot(id: Id): number | undefined {
    return this.#rows.roster.slot(id);
  }

  #prepare(queries: Vectors, asked: SearchOptions<Id>) {
    const { dim, dtype } = this;
    const given = settled(queries);
    const { rows: count } = shapeOf(given, dim);
    const request = readRequest(asked, this.#rows);
    const isUnbounded = count > 1 && asked.k === undefined;
    if (!isUnbounded) checkCells(count, request.k);
    const read = (first: number, last: number) => toQueries(readRows(given, dim, first, last), dtype, dim, first);
    const elements = areNumbers(given) ? BLOCK_NUMBERS : BLOCK_ELEMENTS;
    return { reader: { count, dim, elements, read }, request, isUnbounded };
  }

  #run<Result>(steps: IndexWork<Result>): Result {
    return this.#rows.underWay.run(this.#rows.corpus, steps);
  }

  #start<Result>(steps: IndexWork<Result>, signal: AbortSignal | undefined): Promise<Result> {
    return this.#rows.underWay.start(this.#rows.corpus, steps, signal);
  }

  #asNeighborSearch(id: Id, asked: AsyncSearchOptions<Id>) {
    const slot = this.#slot(id);
    if (slot === undefined) {
      throw new KindredError('UNKNOWN_ID', `there is no row with id ${show(id)} among the ${this.size} of this index`);
    }
    const k = asked.k === undefined && isBounded(asked) ? this.size : Math.min(readK(asked.k), this.size);
    return { query: this.#rows.read(slot), wider: { ...asked, k: k + 1 } };
  }
}

/** For a search put off until there is time for it: the caller's arrays may change before. */
function copying(reader: QueryReader): QueryReader {
  return { ...reader, read: (first, last) => reader.read(first, last).slice() };
}

/** Drops the row itself, or, if equal rows came before it, the one too many. */
function withoutSelf<Id extends string | number>(hits: Hit<Id>[], id: Id, kPlusOne: number): Hit<Id>[] {
  return hits.filter((hit) => hit.id !== id).slice(0, kPlusOne - 1);
}
