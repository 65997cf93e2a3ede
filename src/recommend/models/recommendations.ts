/** What is recommended: one item with its score, and the lists of many users in flat arrays. */
import type { TopRows } from '../../backend/contract/backend.js';
import type { Id } from '../data/ids.js';

export interface Recommendation<I extends Id = string> {
  readonly item: I;
  readonly score: number;
  /** Set if this is not the model's opinion: it is popular, and of this person nothing is known. */
  readonly fallback?: 'popularity';
}

/**
 * User `users[n]` gets `counts[n]` items: the best is `items[positions[n * stride]]` with `scores[n * stride]`, the
 * others follow; cells past the count are 0.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * const lists = ItemKnn.fit(interactions).recommendAll({ k: 1 });
 * lists.row(0); // [{ item: 'milk', score: 0.7071... }]
 */
export class Recommendations<U extends Id = string, I extends Id = string> implements TopRows {
  readonly users: readonly U[];
  /** The items of the model by position. */
  readonly items: readonly I[];
  readonly stride: number;
  readonly counts: Uint32Array;
  readonly positions: Uint32Array;
  readonly scores: Float64Array;
  /** 1 for each user whose answer is what is popular, because nothing is known of them. */
  readonly fallback: Uint8Array;

  constructor(users: readonly U[], items: readonly I[], top: TopRows, fallback: Uint8Array) {
    this.users = users;
    this.items = items;
    this.stride = top.stride;
    this.counts = top.counts;
    this.positions = top.positions;
    this.scores = top.scores;
    this.fallback = fallback;
  }

  /** The recommendations of `users[n]`, best first. @throws RangeError if there is no such number. */
  row(n: number): Recommendation<I>[] {
    if (!(Number.isInteger(n) && n >= 0 && n < this.users.length)) {
      throw new RangeError(`There is no user number ${n}; expected 0 to ${this.users.length - 1}.`);
    }
    return Array.from({ length: this.counts[n] }, (_, rank) => {
      const cell = n * this.stride + rank;
      const recommendation = { item: this.items[this.positions[cell]], score: this.scores[cell] };
      return this.fallback[n] === 1 ? { ...recommendation, fallback: 'popularity' as const } : recommendation;
    });
  }
}
