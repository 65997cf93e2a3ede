/** An index in memory, with the properties of its rows. */
import {
  type AsyncNeighborGraphOptions,
  type AsyncSimilarPairsOptions,
  type Hit,
  type Hits,
  type SimilarPair,
  VectorIndex,
} from 'kindred';
import { Refusal } from '../errors.js';
import { FilterableRows } from '../filter/rows.js';
import type { IndexInput, SearchInput } from '../schema/indexes.js';
import type { StoredVector } from '../store/contract.js';
import { MicroBatches } from './micro-batches.js';

export class LiveIndex {
  readonly name: string;
  readonly definition: IndexInput;
  readonly rows = new FilterableRows();
  readonly batches: MicroBatches;
  readonly #index: VectorIndex<string>;

  constructor(name: string, definition: IndexInput) {
    this.name = name;
    this.definition = definition;
    this.#index = new VectorIndex<string>(definition);
    this.batches = new MicroBatches(this.#index);
  }

  get size(): number {
    return this.#index.size;
  }

  /** @throws KindredError NOT_FINITE, DIMENSION_MISMATCH before anything is stored */
  check(vectors: readonly Float32Array[]): void {
    if (vectors.length > 0) VectorIndex.from(vectors, this.definition).dispose();
  }

  put(vectors: readonly StoredVector[]): void {
    this.#index.upsertMany(
      vectors.map(({ vector }) => vector),
      vectors.map(({ id }) => id),
    );
    for (const { id, properties } of vectors) this.rows.set(id, properties);
  }

  delete(ids: readonly string[]): void {
    this.#index.deleteMany(ids);
    for (const id of ids) this.rows.delete(id);
  }

  /** @throws Refusal UNKNOWN_ID */
  get(id: string): StoredVector {
    const vector = this.#index.get(id);
    if (vector === undefined) {
      throw new Refusal('UNKNOWN_ID', `The index ${JSON.stringify(this.name)} has no vector ${JSON.stringify(id)}.`);
    }
    return { id, vector: Float32Array.from(vector), properties: this.rows.get(id) ?? {} };
  }

  async search({ vector, id, k, minScore, filter: text }: SearchInput): Promise<Hit<string>[]> {
    const filter = text === undefined ? undefined : this.rows.select([text]);
    if (id === undefined) return this.batches.search({ query: this.#query(vector ?? []), k, minScore, filter });
    // Itself left out by its id, wherever it would stand.
    const hits = await this.batches.search({ query: this.get(id).vector, k: k + 1, minScore, filter });
    return hits.filter((hit) => hit.id !== id).slice(0, k);
  }

  /** The nearest of every vector: row `n` is of the n-th id. Both are of the moment of the call. */
  async neighborGraph(options: AsyncNeighborGraphOptions<string>): Promise<{ ids: string[]; hits: Hits<string> }> {
    const ids = this.#index.ids();
    return { ids, hits: await this.#index.neighborGraphAsync(options) };
  }

  /** Pairs that are alike, best first, of the moment of the call. */
  similarPairs(options: AsyncSimilarPairsOptions): Promise<SimilarPair<string>[]> {
    return this.#index.similarPairsAsync(options);
  }

  /** Checked before it joins a batch, so that it cannot spoil the answers of others. */
  #query(numbers: readonly number[]): Float32Array {
    const { dim } = this.definition;
    if (numbers.length !== dim) {
      const message = `The vector has ${numbers.length} numbers, and the index ${JSON.stringify(this.name)} has vectors of ${dim}.`;
      throw new Refusal('DIMENSION_MISMATCH', message);
    }
    const query = Float32Array.from(numbers);
    const at = query.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return query;
    throw new Refusal('NOT_FINITE', `The vector has ${numbers[at]} at ${at}, which is beyond float32.`);
  }

  dispose(): void {
    this.#index.dispose();
  }
}
