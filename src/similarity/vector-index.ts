/** Vectors under ids, searched exactly. */
import { readBackend } from '../backend/choose.js';
import type { Backend, Corpus, SearchOptions as CorpusSearch, Floats, Metric } from '../backend/contract.js';
import { KindredError } from '../errors.js';
import { readMetric } from './batch.js';
import { admitMask, type Filter } from './filter.js';
import { type Hit, Hits } from './hits.js';
import { Roster } from './roster.js';
import { readK } from './top-k.js';
import { type Matrix, narrow, readVectors, refuseNonFinite, show, type Vector, type Vectors } from './vectors.js';

export interface IndexOptions {
  /** What similarity means: `cosine` if not given. */
  readonly metric?: Metric | undefined;
  /** A backend, or its name as in `openBackend`; the fastest that works here if not given. */
  readonly backend?: Backend | string | undefined;
}

export interface FromOptions extends IndexOptions {
  /** Elements per vector: needed for a flat array, or for no vectors at all; checked otherwise. */
  readonly dim?: number | undefined;
}

export interface SearchOptions<Id extends string | number> {
  /** Rows wanted. May be left out if `minScore` is given: then all rows that reach it. */
  readonly k?: number | undefined;
  /** Only rows scoring at least this. For `euclidean` scores are minus distances. */
  readonly minScore?: number | undefined;
  /** Only rows that pass; applied before the top-k. */
  readonly filter?: Filter<Id> | undefined;
}

export interface AsyncSearchOptions<Id extends string | number> extends SearchOptions<Id> {
  /** Ends the search early; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Vectors of one dimension under ids of your own (strings or numbers), with exact nearest-neighbour search. Vectors are
 * kept as float32; scores are float64 and have the same bits on every backend. Hits come best first, equal scores
 * in the order the rows were added. Fewer matching rows than `k` give fewer hits.
 *
 * @example
 * const index = VectorIndex.from([[1, 0], [0.6, 0.8], [0, 1]], { ids: ['x', 'between', 'y'] });
 * index.search([1, 0.1], 2); // [{ id: 'x', score: 0.995... }, { id: 'between', score: 0.676... }]
 */
export class VectorIndex<Id extends string | number = number> {
  readonly dim: number;
  readonly metric: Metric;
  readonly #backend: Backend;
  #corpus: Corpus | undefined;
  #roster = new Roster<Id>();

  /** An empty index. @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
  constructor({ dim, metric, backend }: IndexOptions & { readonly dim: number }) {
    if (!Number.isSafeInteger(dim) || dim <= 0) {
      throw new KindredError('INVALID_ARGUMENT', `dim must be a positive integer, not ${show(dim)}`);
    }
    this.dim = dim;
    this.metric = readMetric(metric);
    this.#backend = readBackend(backend);
    this.#corpus = this.#backend.openCorpus(dim, this.metric);
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
    const rows = readVectors(vectors, options.dim);
    if (rows.dim === 0) {
      throw new KindredError('INVALID_ARGUMENT', 'an index of no vectors needs { dim }');
    }
    const index = new VectorIndex<Id>({ ...options, dim: rows.dim });
    index.#append(rows, options.ids);
    return index;
  }

  /** Rows in the index. */
  get size(): number {
    return this.#roster.size;
  }

  /** Adds one vector. @throws KindredError DUPLICATE_ID if the id is there already; DIMENSION_MISMATCH, NOT_FINITE */
  add(id: Id, vector: Vector): void {
    this.#append(readVectors([vector], this.dim), [id]);
  }

  /**
   * Adds several vectors, all or none. Without `ids` they get the next numbers.
   * @throws KindredError DUPLICATE_ID, DIMENSION_MISMATCH, NOT_FINITE naming the row; INVALID_ARGUMENT
   */
  addMany(vectors: Vectors, ids?: Iterable<Id>): void {
    this.#append(readVectors(vectors, this.dim), ids);
  }

  /** Adds a vector, or replaces the one under this id, which keeps its place. Errors as for `add`. */
  upsert(id: Id, vector: Vector): void {
    const slot = this.#roster.slot(id);
    if (slot === undefined) {
      this.add(id, vector);
      return;
    }
    const row = readVectors([vector], this.dim);
    const narrowed = narrow(row.data);
    if (!this.#open().overwrite(slot, narrowed)) refuseNonFinite(narrowed, this.dim, row.data);
  }

  /** Removes a row; the others keep their order. Returns whether it was there. */
  delete(id: Id): boolean {
    const corpus = this.#open();
    const deleted = this.#roster.delete(id);
    if (this.#roster.wantsCompaction && this.#roster.alive) {
      corpus.compact(this.#roster.alive);
      this.#roster.compact();
    }
    return deleted;
  }

  has(id: Id): boolean {
    this.#open();
    return this.#roster.slot(id) !== undefined;
  }

  /** A copy of the vector under an id, as it is stored; undefined if there is none. */
  get(id: Id): Float32Array | undefined {
    const corpus = this.#open();
    const slot = this.#roster.slot(id);
    return slot === undefined ? undefined : corpus.read(slot);
  }

  /** All ids, in the order the rows were added. */
  ids(): Id[] {
    this.#open();
    return this.#roster.list();
  }

  /** Removes every row. */
  clear(): void {
    this.#open().free();
    this.#corpus = this.#backend.openCorpus(this.dim, this.metric);
    this.#roster = new Roster<Id>();
  }

  /**
   * The best rows for a query.
   * @throws KindredError DIMENSION_MISMATCH, NOT_FINITE, INVALID_K, INVALID_ARGUMENT
   */
  search(query: Vector, options: number | SearchOptions<Id>): Hit<Id>[] {
    return this.searchBatch([query], options).row(0);
  }

  /** The best rows for each of many queries: much faster than one by one. Errors as for `search`, naming the row. */
  searchBatch(queries: Vectors, options: number | SearchOptions<Id>): Hits<Id> {
    const { rows, request } = this.#prepare(queries, options);
    return new Hits(this.#open().search(rows, request), this.#roster.naming(), this.metric);
  }

  /** `search` off the JavaScript thread where the backend can (native); the answer is that of the moment it was called. */
  async searchAsync(query: Vector, options: number | AsyncSearchOptions<Id>): Promise<Hit<Id>[]> {
    return (await this.searchBatchAsync([query], options)).row(0);
  }

  /** `searchBatch` off the JavaScript thread where the backend can (native). */
  async searchBatchAsync(queries: Vectors, options: number | AsyncSearchOptions<Id>): Promise<Hits<Id>> {
    const signal = typeof options === 'object' ? options.signal : undefined;
    signal?.throwIfAborted();
    const { rows, request } = this.#prepare(queries, options);
    const corpus = this.#open();
    // Taken now: rows may come and go before the answer does.
    const naming = this.#roster.naming();
    const found = await (corpus.searchAsync?.(rows, request, signal) ?? corpus.search(rows, request));
    signal?.throwIfAborted();
    return new Hits(found, naming, this.metric);
  }

  /**
   * The rows most similar to one of the index's own, itself left out (by its id, not by its rank).
   * @throws KindredError UNKNOWN_ID, INVALID_K, INVALID_ARGUMENT
   */
  neighbors(id: Id, options: number | SearchOptions<Id>): Hit<Id>[] {
    const { query, wider } = this.#asNeighborSearch(id, options);
    return withoutSelf(this.search(query, wider), id, wider.k);
  }

  /** `neighbors` off the JavaScript thread where the backend can (native). */
  async neighborsAsync(id: Id, options: number | AsyncSearchOptions<Id>): Promise<Hit<Id>[]> {
    const { query, wider } = this.#asNeighborSearch(id, options);
    return withoutSelf(await this.searchAsync(query, wider), id, wider.k);
  }

  /** What the index holds and where. */
  stats(): { size: number; dim: number; metric: Metric; backend: string; bytes: number; deleted: number } {
    const { name, level } = this.#backend;
    return {
      size: this.size,
      dim: this.dim,
      metric: this.metric,
      backend: `${name}/${level}`,
      /** Held by the backend for rows; ids come on top. */
      bytes: this.#open().bytes,
      /** Deleted rows whose memory is not given back yet. */
      deleted: this.#roster.deleted,
    };
  }

  /** Gives the memory back at once. A search under way ends cleanly; later calls throw DISPOSED. */
  dispose(): void {
    this.#corpus?.free();
    this.#corpus = undefined;
    this.#roster = new Roster<Id>();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #append(rows: Matrix<Floats>, ids: Iterable<Id> | undefined): void {
    const corpus = this.#open();
    if (rows.rows > 0 && rows.dim !== this.dim) {
      throw new KindredError(
        'DIMENSION_MISMATCH',
        `the vectors have ${rows.dim} elements, this index takes ${this.dim}`,
      );
    }
    const given = ids === undefined ? undefined : readIds(ids);
    if (given !== undefined && given.length !== rows.rows) {
      throw new KindredError('DIMENSION_MISMATCH', `${rows.rows} vectors came with ${given.length} ids`);
    }
    if (given) this.#roster.check(given);
    const first = given ? 0 : this.#roster.nextNumbers(rows.rows);
    const narrowed = narrow(rows.data);
    if (corpus.append(narrowed) >= 0) refuseNonFinite(narrowed, this.dim, rows.data);
    if (given) this.#roster.add(given);
    else this.#roster.addNumbers(first, rows.rows);
  }

  #prepare(queries: Vectors, options: number | SearchOptions<Id>): { rows: Float32Array; request: CorpusSearch } {
    const asked = readVectors(queries, this.dim);
    const rows = narrow(asked.data);
    refuseNonFinite(rows, this.dim, asked.data, (query, element) => `query ${query}, element ${element}`);
    return { rows, request: this.#readOptions(options) };
  }

  #readOptions(options: number | SearchOptions<Id>): CorpusSearch {
    const { k, minScore, filter } =
      typeof options === 'object' && options !== null ? options : { k: options as number };
    if (minScore !== undefined && (typeof minScore !== 'number' || Number.isNaN(minScore))) {
      throw new KindredError('INVALID_ARGUMENT', `minScore must be a number, not ${show(minScore)}`);
    }
    const wanted = k === undefined && minScore !== undefined ? Math.max(1, this.size) : readK(k);
    return {
      k: Math.min(wanted, Math.max(1, this.size)),
      minScore: minScore ?? Number.NEGATIVE_INFINITY,
      admit: admitMask(this.#roster, filter),
    };
  }

  #asNeighborSearch(id: Id, options: number | AsyncSearchOptions<Id>) {
    const corpus = this.#open();
    const slot = this.#roster.slot(id);
    if (slot === undefined) {
      throw new KindredError('UNKNOWN_ID', `there is no row with id ${show(id)} among the ${this.size} of this index`);
    }
    const asked: AsyncSearchOptions<Id> = typeof options === 'object' && options !== null ? options : { k: options };
    const k = asked.k === undefined && asked.minScore !== undefined ? this.size : Math.min(readK(asked.k), this.size);
    return { query: corpus.read(slot), wider: { ...asked, k: k + 1 } };
  }

  #open(): Corpus {
    if (this.#corpus === undefined) throw new KindredError('DISPOSED', 'this index was disposed of and holds nothing');
    return this.#corpus;
  }
}

/** Drops the row itself, or, if equal rows came before it, the one too many. */
function withoutSelf<Id extends string | number>(hits: Hit<Id>[], id: Id, kPlusOne: number): Hit<Id>[] {
  return hits.filter((hit) => hit.id !== id).slice(0, kPlusOne - 1);
}

function readIds<Id extends string | number>(ids: Iterable<Id>): Id[] {
  if (typeof ids !== 'object' || ids === null || !(Symbol.iterator in ids)) {
    throw new KindredError('INVALID_ARGUMENT', `ids must be an array or another iterable, not ${show(ids)}`);
  }
  return Array.from(ids);
}
