/** What searches learned about encoded rows. Changes speed, never an answer. */

const TOO_MANY_GIVEN_UP = 0.7;
/** A graph scores each pair once, a query that gives up scores all of its rows: a graph pays from fewer of them on. */
const ENOUGH_FOR_A_GRAPH = 0.25;
/** One search in so many tries again what did not pay. */
const SEARCHES_PER_TRIAL = 16;
/** Fewer queries than these count for less, but one counts for an eighth: most searches have one. */
const MANY_QUERIES = 64;
const LEAST_WEIGHT = 1 / 8;

export class FilterHistory {
  #givenUp = 0;
  #skipped = 0;
  /** Queries since rows changed. */
  #queries = 0;

  /** Whether the filter tells rows apart. */
  pays(): boolean {
    return this.#givenUp < TOO_MANY_GIVEN_UP || ++this.#skipped % SEARCHES_PER_TRIAL === 0;
  }

  /** Whether a graph pays; undefined while too little is known. */
  graphPays(): boolean | undefined {
    return this.#queries < MANY_QUERIES ? undefined : this.#givenUp > ENOUGH_FOR_A_GRAPH;
  }

  rowsChanged(): void {
    this.#queries = 0;
  }

  /** @param part of the queries that gave the filter up */
  gaveUp(part: number, queries: number): void {
    const weight = Math.max(LEAST_WEIGHT, Math.min(1, queries / MANY_QUERIES));
    this.#givenUp = (1 - weight) * this.#givenUp + weight * part;
    this.#queries += queries;
  }
}
