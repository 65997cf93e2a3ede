/** What every recommender can do, and the options they share. */
import type { Backend } from '../backend/contract.js';
import { KindredError } from '../errors.js';
import type { Id } from './ids.js';

/** What someone has: items alone (value 1 each), or with values. Repeated items follow `Interactions.duplicates`. */
export type Profile<I extends Id> = Iterable<I> | Iterable<readonly [item: I, value: number]>;

export interface RecommendOptions<I extends Id = string> {
  /** How many at most, a positive integer. Default 10. */
  readonly k?: number | undefined;
  /** Leaves out what the user or the profile already has. Default true. */
  readonly excludeSeen?: boolean | undefined;
  /** Chooses among these items only. Default all. */
  readonly items?: Iterable<I> | undefined;
  /** Leaves out items scoring below this. */
  readonly minScore?: number | undefined;
}

export interface Recommendation<I extends Id = string> {
  readonly item: I;
  readonly score: number;
}

export interface SimilarItem<I extends Id = string> {
  readonly item: I;
  readonly score: number;
}

export interface SimilarUser<U extends Id = string> {
  readonly user: U;
  readonly score: number;
}

export interface ItemReason<I extends Id = string> {
  /** An item of the profile. */
  readonly item: I;
  readonly contribution: number;
}

export interface UserReason<U extends Id = string> {
  /** A neighbour who has the explained item. */
  readonly user: U;
  readonly contribution: number;
}

/**
 * Why an item has its score. Reasons come largest contribution first (ties by position) and leave nothing out: added in
 * float64 by ascending position of the reason, from 0, the contributions give `score` bit for bit; in any
 * other order, within rounding.
 */
export interface Explanation<Reason> {
  readonly score: number;
  readonly reasons: readonly Reason[];
}

/**
 * A model that ranks items for people. Every list is in one order, score descending and then position ascending
 * (see `Interactions`), so the first k are always the first k of a longer list. Fewer than `k` answers is normal.
 *
 * Every method throws KindredError UNKNOWN_ID for a user or item that the model has never met, and INVALID_K for
 * a `k` that is not a positive integer.
 */
export interface Recommender<U extends Id = string, I extends Id = string> {
  /** The best items for a known user. Only items with evidence: each has a score above 0. */
  recommend(user: U, options?: RecommendOptions<I>): Recommendation<I>[];
  /** The same for a profile that the model has never seen. Nothing is retrained or kept. */
  recommendFor(profile: Profile<I>, options?: RecommendOptions<I>): Recommendation<I>[];
  /** The `k` items (default 10) whose users are most alike, itself left out; only scores above 0. */
  similarItems(item: I, k?: number): SimilarItem<I>[];
  /** The `k` users (default 10) whose profiles are most alike, itself left out; only scores above 0. */
  similarUsers(user: U, k?: number): SimilarUser<U>[];
  /** The score by which `recommend` ranks the item for this user; 0 without evidence. Not on the scale of ratings. */
  predict(user: U, item: I): number;
  /** What the score of an item for a user, or for a profile, is made of. */
  explain(userOrProfile: U | Profile<I>, item: I): Explanation<ItemReason<I> | UserReason<U>>;
}

/** Options of the neighbourhood models. */
export interface NeighborhoodOptions {
  /** Nearest neighbours kept for each item (or user), a positive integer. Default 50. */
  readonly neighbors?: number | undefined;
  readonly similarity?: 'cosine' | undefined;
  /**
   * Added to the denominator of the cosine, >= 0: similarities that rest on little evidence shrink towards 0
   * (after Bell and Koren, "Scalable Collaborative Filtering with Jointly Derived Neighborhood Interpolation Weights",
   * ICDM 2007, section 2.2). Default 0. In the units of the product of two norms: for values of 1, of counts.
   */
  readonly shrinkage?: number | undefined;
  /** Computes the neighbours. Default the best that runs here; the answers have the same bits on all. */
  readonly backend?: Backend | string | undefined;
}

export const DEFAULT_K = 10;

/** A string is iterable, letter by letter: taken for a list of ids it would give nonsense. */
export function requireIterable<T>(what: string, value: Iterable<T>): Iterable<T> {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return value;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${what} is ${JSON.stringify(value)}; expected a list (an array, a Set or any other iterable).`,
  );
}
