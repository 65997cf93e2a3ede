/** What searches learned about encoded rows. Changes speed, never an answer. */

const TOO_MANY_GIVEN_UP = 0.7;
/** One search in so many tries again what did not pay. */
const SEARCHES_PER_TRIAL = 16;
/** Fewer queries than these count for less. */
const MANY_QUERIES = 64;

export class FilterHistory {
  #givenUp = 0;
  #skipped = 0;

  /** Whether the filter tells rows apart. */
  pays(): boolean {
    return this.#givenUp < TOO_MANY_GIVEN_UP || ++this.#skipped % SEARCHES_PER_TRIAL === 0;
  }

  /** @param part of the queries that gave the filter up */
  gaveUp(part: number, queries: number): void {
    const weight = Math.min(1, queries / MANY_QUERIES);
    this.#givenUp = (1 - weight) * this.#givenUp + weight * part;
  }
}
