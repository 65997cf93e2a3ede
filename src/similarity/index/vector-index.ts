/** Vectors under ids, searched exactly. */
import type { Dtype, Metric } from '../../backend/contract/backend.js';
import { refuseClones } from '../../errors.js';
import { readOnProgress } from '../../turns/progress.js';
import { runInTurns, type Steps } from '../../turns/steps.js';
import { loadIndexFile, saveIndexFile } from '../index-file/disk.js';
import { readIndexBytes, readingBytes, toBytes, toBytesInTurns } from '../index-file/index-file.js';
import * as fileOptions from '../index-file/options.js';
import type { LoadedIndex } from '../index-file/read.js';
import * as rowOptions from '../rows/index-options.js';
import { checkModel } from '../rows/model-tag.js';
import { StoredRows } from '../rows/stored-rows.js';
import { readVectors, shapeOf, type Vector, type Vectors } from '../vectors.js';
import { asNeighborSearch, search, searchBatch, searchBatchAsync } from './batch-search.js';
import { type AsyncDiverseOptions, type DiverseOptions, diverse, readAsyncDiverse, readDiverse } from './diverse.js';
import { admittedIds, type Filter } from './filter.js';
import type { Hit, Hits } from './hits.js';
import { type IndexStats, statsOf } from './index-stats.js';
import * as graphs from './neighbor-graph.js';
import { type AsyncSearchOptions, readAsyncSearch, readSearch, type SearchOptions } from './search-options.js';
import * as pairs from './similar-pairs.js';

/**
 * Vectors of one dimension under ids of your own (strings or numbers), with exact nearest-neighbour search. Vectors are
 * kept as float32 unless `dtype` says otherwise; scores are float64 and have the same bits on every backend. Hits come best
 * first, equal scores in the order the rows were added. Fewer matching rows than `k` give fewer hits.
 *
 * What an asynchronous method answers is true of the moment it was called, however the index changes meanwhile; changes do
 * not wait for it. The native backend searches on another thread; elsewhere the work is done in slices between which the event
 * loop runs. `dispose` ends what is under way: it rejects with DISPOSED.
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
  constructor(options: rowOptions.IndexOptions & { readonly dim: number }) {
    refuseClones(this, () => 'A VectorIndex: send its toBytes(), and read them with VectorIndex.fromBytes.');
    const { model, ...read } = rowOptions.readNewOptions(options);
    const kept = rowOptions.readRowsKept(read);
    checkModel(model);
    this.#model = model;
    this.#rows = new StoredRows<Id>(kept);
    ({ dim: this.dim, metric: this.metric, dtype: this.dtype } = this.#rows.kept);
  }

  /**
   * An index of these vectors. Without `ids`, rows are numbered from 0.
   * @throws KindredError DIMENSION_MISMATCH, NOT_FINITE, DUPLICATE_ID, INVALID_ARGUMENT
   */
  static from(vectors: Vectors, options?: rowOptions.FromOptions & { readonly ids?: undefined }): VectorIndex<number>;
  static from(
    vectors: Vectors,
    options: rowOptions.FromOptions & { readonly ids: Iterable<string> },
  ): VectorIndex<string>;
  static from(
    vectors: Vectors,
    options: rowOptions.FromOptions & { readonly ids: Iterable<number> },
  ): VectorIndex<number>;
  static from<Id extends string | number>(
    vectors: Vectors,
    options: rowOptions.FromOptions & rowOptions.WithIds<Id>,
  ): VectorIndex<Id>;
  static from<Id extends string | number>(
    vectors: Vectors,
    options: rowOptions.FromOptions & rowOptions.WithIds<Id> = {},
  ): VectorIndex<Id> {
    const { ids, onProgress, ...read } = rowOptions.readFromOptions(options);
    const rows = readVectors(vectors, read.dim);
    const index = new VectorIndex<Id>({ ...read, dim: rowOptions.knownDim(rows.dim) });
    index.#rows.append(rows, ids, readOnProgress(onProgress));
    return index;
  }

  /**
   * `from` without blocking the event loop: `vectors` and `ids` are read a few at a time and must not change before the index is
   * there. `onProgress` is told how many rows are in, and then how far their encoding is.
   * @throws KindredError as `from`; the signal's reason
   */
  static async fromAsync<Id extends string | number = number>(
    vectors: Vectors,
    options: rowOptions.AsyncFromOptions & rowOptions.WithIds<Id> = {},
  ): Promise<VectorIndex<Id>> {
    const { ids, onProgress, signal, ...read } = rowOptions.readAsyncFromOptions(options);
    const turns = rowOptions.readAsyncAddOptions({ onProgress, signal });
    const index = new VectorIndex<Id>({ ...read, dim: rowOptions.knownDim(shapeOf(vectors, read.dim).dim) });
    return index.#after(index.#rows.appending(vectors, ids), turns);
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
  addMany(vectors: Vectors, ids?: Iterable<Id>, options: rowOptions.AddOptions = {}): void {
    const onProgress = rowOptions.readAddOptions(options);
    this.#rows.append(readVectors(vectors, this.dim), ids, onProgress);
  }

  /**
   * `addMany` without blocking the event loop. The rows are there once all of them are, in one moment, or none if it fails, is
   * aborted or the index is cleared meanwhile. `vectors` and `ids` are read a few at a time and must not change before.
   * @throws KindredError as `addMany`; DISPOSED; ABORTED if the index is cleared; the signal's reason
   */
  async addManyAsync(vectors: Vectors, ids?: Iterable<Id>, options: rowOptions.AsyncAddOptions = {}): Promise<void> {
    await runInTurns(this.#rows.appending(vectors, ids), rowOptions.readAsyncAddOptions(options));
  }

  /** Adds a vector, or replaces the one under this id, which keeps its place. Errors as for `add`. */
  upsert(id: Id, vector: Vector): void {
    const rows = readVectors([vector], this.dim);
    const slot = this.#rows.roster.slot(id);
    if (slot === undefined) this.#rows.append(rows, [id], undefined);
    else this.#rows.overwrite(slot, rows.data);
  }

  /**
   * Adds or replaces several vectors, all or none: rows that are there keep their place, the others come at the end.
   * @throws KindredError DUPLICATE_ID for an id that is given twice; DIMENSION_MISMATCH, NOT_FINITE naming the row; INVALID_ARGUMENT
   */
  upsertMany(vectors: Vectors, ids: Iterable<Id>): void {
    this.#rows.putAll(readVectors(vectors, this.dim), ids);
  }

  /**
   * Removes the rows that pass a filter, such as a list of ids, and returns how many there were. The others keep their order.
   * @throws KindredError INVALID_ARGUMENT, DIMENSION_MISMATCH for what is no filter; then nothing is removed
   */
  deleteMany(filter: Filter<Id>): number {
    const { roster, underWay } = this.#rows;
    return this.#rows.deleteAll(underWay.asking(() => admittedIds(roster, filter)));
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
    return search(this.#rows, query, readSearch(options));
  }

  /** The best rows for each of many queries: much faster than one by one. Errors as for `search`, naming the row. */
  searchBatch(queries: Vectors, options: number | SearchOptions<Id>): Hits<Id> {
    return searchBatch(this.#rows, queries, readSearch(options));
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
    return searchBatchAsync(this.#rows, queries, readAsyncSearch(options));
  }

  /**
   * The rows most similar to one of the index's own, itself left out (by its id, not by its rank).
   * @throws KindredError UNKNOWN_ID, INVALID_K, INVALID_ARGUMENT
   */
  neighbors(id: Id, options: number | SearchOptions<Id>): Hit<Id>[] {
    const { query, asked, cut } = asNeighborSearch(this.#rows, id, readSearch(options));
    return cut(search(this.#rows, query, asked));
  }

  /** `neighbors` without blocking the event loop. */
  async neighborsAsync(id: Id, options: number | AsyncSearchOptions<Id>): Promise<Hit<Id>[]> {
    const { query, asked, cut } = asNeighborSearch(this.#rows, id, readAsyncSearch(options));
    return cut((await searchBatchAsync(this.#rows, [query], asked)).row(0));
  }

  /**
   * The `k` nearest other rows of every row: `row(q)` of the answer is for the q-th of `ids()`. A row never finds itself, but
   * does find its equals. Needs memory for the answer and for one block of rows.
   * @throws KindredError INVALID_K, INVALID_ARGUMENT
   */
  neighborGraph(options: number | graphs.NeighborGraphOptions<Id>): Hits<Id> {
    const asked = graphs.readNeighborGraph(options);
    return this.#rows.run((view) => graphs.neighborGraph(view, this.#rows.roster, asked));
  }

  /** `neighborGraph` without blocking the event loop. */
  async neighborGraphAsync(options: number | graphs.AsyncNeighborGraphOptions<Id>): Promise<Hits<Id>> {
    const asked = graphs.readAsyncNeighborGraph(options);
    return this.#rows.start((view) => graphs.neighborGraph(view, this.#rows.roster, asked), asked.signal);
  }

  /**
   * Every two rows that score at least `minScore`, each pair once and `a` before `b` in the order of `ids()`: best first, equal
   * scores by the place of `a`, then of `b`. With `limit` only the best pairs are kept, in as much memory as these need;
   * without, mind that n rows have n(n-1)/2 pairs.
   * @throws KindredError INVALID_ARGUMENT, also for more pairs than the heap has room for; INVALID_K
   */
  similarPairs(options: pairs.SimilarPairsOptions): pairs.SimilarPair<Id>[] {
    const asked = pairs.readSimilarPairs(options);
    return this.#rows.run((view) => pairs.similarPairs(view, asked));
  }

  /** `similarPairs` without blocking the event loop. */
  async similarPairsAsync(options: pairs.AsyncSimilarPairsOptions): Promise<pairs.SimilarPair<Id>[]> {
    const asked = pairs.readAsyncSimilarPairs(options);
    return this.#rows.start((view) => pairs.similarPairs(view, asked), asked.signal);
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
    const asked = readDiverse(options);
    return this.#rows.run((view) => diverse(view, this.#rows, query, asked));
  }

  /** `diverse` without blocking the event loop. */
  async diverseAsync(query: Vector, options: AsyncDiverseOptions<Id>): Promise<Hit<Id>[]> {
    const asked = readAsyncDiverse(options);
    return this.#rows.start((view) => diverse(view, this.#rows, query, asked), asked.signal);
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
  toBytes(options: fileOptions.SaveBytesOptions = {}): Uint8Array {
    const { model = this.#model } = fileOptions.readSaveBytes(options);
    return toBytes(this.#rows, model);
  }

  /**
   * `toBytes` without blocking the event loop, as the index is when this is called: it may change and even be disposed of before
   * the bytes are there. Errors as for `toBytes`; the signal's reason.
   */
  async toBytesAsync(options: fileOptions.AsyncSaveBytesOptions = {}): Promise<Uint8Array> {
    const { model = this.#model, ...turns } = fileOptions.readAsyncSaveBytes(options);
    return toBytesInTurns(this.#rows, model, turns);
  }

  /**
   * An index from what `toBytes` or `save` has written, on any backend.
   * @throws KindredError CORRUPT_FILE saying what is wrong at which byte; MODEL_MISMATCH, INVALID_ARGUMENT
   */
  static fromBytes<Id extends string | number = string | number>(
    bytes: Uint8Array,
    options: fileOptions.LoadBytesOptions = {},
  ): VectorIndex<Id> {
    const asked = fileOptions.readLoadBytes(options);
    const index = VectorIndex.#loaded(readIndexBytes<Id>(bytes, fileOptions.readLoadRequest(asked)), asked);
    index.#rows.encodeLoaded();
    return index;
  }

  /**
   * `fromBytes` without blocking the event loop: the bytes must not change before the index is there. `onProgress` is told how many
   * are read. Errors as for `fromBytes`; the signal's reason.
   */
  static async fromBytesAsync<Id extends string | number = string | number>(
    bytes: Uint8Array,
    options: fileOptions.AsyncLoadBytesOptions = {},
  ): Promise<VectorIndex<Id>> {
    const { onProgress, signal, ...asked } = fileOptions.readAsyncLoadBytes(options);
    const reading = readingBytes<Id>(bytes, fileOptions.readLoadRequest(asked));
    const index = VectorIndex.#loaded(await runInTurns(reading, { onProgress, signal }), asked);
    return index.#after(index.#rows.encodingLoaded(), { onProgress, signal });
  }

  /**
   * Writes the index to a file (Node), as it is at this moment: it may change and even be disposed of while the file is being
   * written. Whoever reads the path finds the old file or the new one, whole, whatever happens in between.
   * @throws KindredError INVALID_ARGUMENT, DISPOSED; the system's own error if the file cannot be written
   */
  async save(path: string | URL, options: fileOptions.SaveOptions = {}): Promise<void> {
    const { model = this.#model, signal } = fileOptions.readSave(options);
    await saveIndexFile(path, this.#rows, model, signal);
  }

  /**
   * Reads an index from a file (Node), on any backend, block by block.
   * @throws KindredError CORRUPT_FILE saying what is wrong at which byte; MODEL_MISMATCH, INVALID_ARGUMENT; the system's own
   * error if the file cannot be read
   */
  static async load<Id extends string | number = string | number>(
    path: string | URL,
    options: fileOptions.LoadOptions = {},
  ): Promise<VectorIndex<Id>> {
    const asked = fileOptions.readLoad(options);
    const index = VectorIndex.#loaded(await loadIndexFile<Id>(path, fileOptions.readLoadRequest(asked), asked), asked);
    return index.#after(index.#rows.encodingLoaded(), asked);
  }

  /**
   * Gives the memory back at once. What is under way rejects with DISPOSED, and later calls throw it; a file or bytes that are being
   * written are finished.
   */
  dispose(): void {
    this.#rows.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  static #loaded<Id extends string | number>(
    { shape, model, roster, corpus }: LoadedIndex<Id>,
    { backend, threads, encode }: fileOptions.LoadBytesOptions,
  ): VectorIndex<Id> {
    const { dim, metric, dtype } = shape;
    const index = new VectorIndex<Id>({ dim, metric, dtype, backend, threads, encode });
    const { kept } = index.#rows;
    index.#rows.dispose();
    index.#rows = new StoredRows<Id>(kept, corpus, roster);
    index.#model = model;
    return index;
  }

  /** This index once its last work is done, or no index at all. */
  async #after(
    work: Steps<void, rowOptions.IndexProgress>,
    { onProgress, signal }: rowOptions.AsyncAddOptions,
  ): Promise<this> {
    try {
      await runInTurns(work, { onProgress, signal });
      return this;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #slot(id: Id): number | undefined {
    return this.#rows.roster.slot(id);
  }
}
