/**
 * Makes batches of the searches that arrive while one is under way. That changes no bit of an answer, since the size of
 * a batch never does. Nothing waits where nothing is under way.
 */
import type { Hit, VectorIndex } from 'kindred';
import { Refusal } from '../errors.js';
import { LIMITS } from '../limits.js';

export interface Search {
  readonly query: Float32Array;
  readonly k: number;
  readonly minScore: number | undefined;
  readonly filter: readonly string[] | undefined;
}

interface Waiting {
  readonly search: Search;
  readonly resolve: (hits: Hit<string>[]) => void;
  readonly reject: (error: unknown) => void;
}

export class MicroBatches {
  readonly #index: VectorIndex<string>;
  #waiting: Waiting[] = [];
  #underWay = 0;
  /** Batches asked of the index so far. */
  batches = 0;

  constructor(index: VectorIndex<string>) {
    this.#index = index;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws Refusal BUSY if too many wait */
  search(search: Search): Promise<Hit<string>[]> {
    if (this.#waiting.length >= LIMITS.waiting) {
      return Promise.reject(new Refusal('BUSY', `${LIMITS.waiting} searches wait for this index.`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ search, resolve, reject });
      if (this.#underWay === 0) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#underWay++;
    while (this.#waiting.length > 0) {
      const { search } = this.#waiting[0];
      const isAlike = (each: Waiting) => alike(each.search, search);
      const batch = this.#waiting.filter(isAlike);
      this.#waiting = this.#waiting.filter((each) => !isAlike(each));
      this.batches++;
      await this.#answer(batch, search);
    }
    this.#underWay--;
  }

  async #answer(batch: readonly Waiting[], { k, minScore, filter }: Search): Promise<void> {
    try {
      const queries = batch.map(({ search }) => search.query);
      const hits = await this.#index.searchBatchAsync(queries, { k, minScore, filter });
      batch.forEach(({ resolve }, n) => {
        resolve(hits.row(n));
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Filters are remembered lists, so that equal ones are one object. */
function alike(a: Search, b: Search): boolean {
  return a.k === b.k && a.minScore === b.minScore && a.filter === b.filter;
}
