/** What is recommended: one item with its score, and the lists of many users in flat arrays. */
import type { TopRows } from '../../backend/contract/backend.js';
import type { Id } from '../data/ids.js';

export interface Recommendation<I extends Id = string> {
  readonly item: I;
  readonly score: number;
  /** Set if this is not the model's opinion: it is popular, and of this person too little is known. */
  readonly fallback?: 'popularity';
}

/**
 * User `users[n]` gets `counts[n]` items: the best is `items[positions[n * stride]]` with `scores[n * stride]`, the
 * others follow; cells past the count are 0. The first `own[n]` of them are the model's, the others what is popular.
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
  /** How many of a list are the model's opinion. What follows fills it: it is popular. */
  readonly own: Uint32Array;
  /** 1 for each user whose whole list is what is popular, because the model knows nothing of them. */
  readonly fallback: Uint8Array;

  constructor(users: readonly U[], items: readonly I[], top: TopRows, own: Uint32Array) {
    this.users = users;
    this.items = items;
    this.stride = top.stride;
    this.counts = top.counts;
    this.positions = top.positions;
    this.scores = top.scores;
    this.own = own;
    this.fallback = Uint8Array.from(own, (count, n) => (count === 0 && top.counts[n] > 0 ? 1 : 0));
  }

  /** The recommendations of `users[n]`, best first. @throws RangeError if there is no such number. */
  row(n: number): Recommendation<I>[] {
    if (!(Number.isInteger(n) && n >= 0 && n < this.users.length)) {
      throw new RangeError(`There is no user number ${n}; expected 0 to ${this.users.length - 1}.`);
    }
    return Array.from({ length: this.counts[n] }, (_, rank) => {
      const cell = n * this.stride + rank;
      const recommendation = { item: this.items[this.positions[cell]], score: this.scores[cell] };
      return rank >= this.own[n] ? { ...recommendation, fallback: 'popularity' as const } : recommendation;
    });
  }
}
