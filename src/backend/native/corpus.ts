/** Rows in native memory: the contract's Corpus over the addon's class. */
import { KindredError } from '../../errors.js';
import type { Corpus, Metric, SearchOptions, TopRows } from '../contract.js';
import { emptyTopRows } from '../reference/best.js';
import type { AddonCorpus } from './addon.js';

export class NativeCorpus implements Corpus {
  readonly dim: number;
  readonly metric: Metric;
  #rows: AddonCorpus | undefined;

  constructor(rows: AddonCorpus, dim: number, metric: Metric) {
    this.#rows = rows;
    this.dim = dim;
    this.metric = metric;
  }

  get size(): number {
    return this.#open().size;
  }

  get bytes(): number {
    return this.#open().bytes;
  }

  append(rows: Float32Array): number {
    return this.#open().append(rows);
  }

  overwrite(slot: number, row: Float32Array): boolean {
    return this.#open().overwrite(slot, row);
  }

  read(slot: number): Float32Array {
    return this.#open().read(slot);
  }

  compact(keep: Uint8Array): void {
    this.#open().compact(keep);
  }

  search(queries: Float32Array, { k, minScore, admit }: SearchOptions): TopRows {
    const answer = this.#emptyAnswer(queries, k);
    this.#open().search(queries, k, minScore, admit, answer.counts, answer.positions, answer.scores);
    return answer;
  }

  async searchAsync(
    queries: Float32Array,
    { k, minScore, admit }: SearchOptions,
    signal?: AbortSignal,
  ): Promise<TopRows> {
    signal?.throwIfAborted();
    const answer = this.#emptyAnswer(queries, k);
    const { counts, positions, scores } = answer;
    // Cancelling only ends the work early: what an aborted search found is thrown away in any case.
    const { done, cancel } = this.#open().searchAsync(queries, k, minScore, admit, counts, positions, scores);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await done;
      signal?.throwIfAborted();
      return answer;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  free(): void {
    this.#rows?.free();
    this.#rows = undefined;
  }

  #emptyAnswer(queries: Float32Array, k: number): TopRows {
    return emptyTopRows(queries.length / this.dim, Math.min(k, this.size));
  }

  #open(): AddonCorpus {
    if (this.#rows === undefined) throw new KindredError('DISPOSED', 'this index was disposed of and holds nothing');
    return this.#rows;
  }
}
