/** What every recommender can do, and the options they share. */
import type { Progress } from '../../turns/progress.js';
import type { TurnOptions } from '../../turns/steps.js';
import type { Id } from '../data/ids.js';
import type { Recommendation, Recommendations } from './recommendations.js';

/** What someone has: items alone (value 1 each), or with values. Repeated items follow `Interactions.duplicates`. */
export type Profile<I extends Id> = Iterable<I> | Iterable<readonly [item: I, value: number]>;

export interface RecommendOptions<I extends Id = string> {
  /** How many at most, a positive integer. Default 10. */
  readonly k?: number | undefined;
  /** Leaves out what the user or the profile already has. Default true. */
  readonly excludeSeen?: boolean | undefined;
  /** Chooses among these items only. Default all. */
  readonly items?: Iterable<I> | undefined;
  /** Leaves these items out: of the model's list, and of what fills it. Default none. */
  readonly excludeItems?: Iterable<I> | undefined;
  /**
   * What an item does that the model has never met, in `items`, `excludeItems` or a profile: it is an error (`refuse`,
   * default), or passed over (`skip`).
   */
  readonly unknownItems?: 'refuse' | 'skip' | undefined;
  /**
   * Leaves out items that the model scores below this. Scores of the popularity fallback are not on that scale and not
   * held to it.
   */
  readonly minScore?: number | undefined;
  /** Re-ranks so that the items are less alike: `true`, or how. Scores stay those of the model. */
  readonly diverse?: boolean | DiversityOptions | undefined;
  /**
   * What fills a list where the model has nothing more to say, because too little is known of someone: what is
   * `popular` (default), each such item marked and after all others, or `none`. With `minScore` a list is filled only if
   * the model cannot score anything for this person.
   */
  readonly fallback?: 'popular' | 'none' | undefined;
}

/** Maximal marginal relevance: Carbonell and Goldstein, SIGIR 1998. */
export interface DiversityOptions {
  /** From 0, where items only have to differ, to 1, where nothing is re-ranked. Default 0.5. */
  readonly lambda?: number | undefined;
  /** The best items by score among which to choose, at least `k`. Default the larger of 20 and 2 k. */
  readonly fetchK?: number | undefined;
}

export interface RecommendAllOptions<U extends Id = string, I extends Id = string>
  extends Omit<RecommendOptions<I>, 'diverse'> {
  /** These users only, in this order. Default all, by position. */
  readonly users?: Iterable<U> | undefined;
}

/** How asking for many lists is watched and ended: phase `users`, and how many users have their list. */
export interface RecommendAllAsyncOptions<U extends Id = string, I extends Id = string>
  extends RecommendAllOptions<U, I>,
    TurnOptions {}

export interface ExplainOptions extends Pick<RecommendOptions, 'unknownItems'> {}

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

/** One of the models that a score is mixed from. */
export interface ModelReason {
  readonly model: string;
  readonly contribution: number;
}

/**
 * Why an item has its score. Reasons come largest contribution first (ties by position) and leave nothing out: `base`
 * (or 0) and then the contributions, added in float64 by ascending position of the reason, give `score` bit for bit; in
 * any other order, within rounding.
 */
export interface Explanation<Reason> {
  readonly score: number;
  /** What the score is before any reason counts, such as a mean rating. Absent where that is 0. */
  readonly base?: number;
  readonly reasons: readonly Reason[];
}

/**
 * A model that ranks items for people. Every list is in one order, score descending and then position ascending
 * (see `Interactions`), then, where the model has nothing more to say, what is popular, marked. The first k are always
 * the first k of a longer list (unless `diverse` re-ranks them). There are fewer than `k` if there are no more items.
 *
 * Every method throws KindredError UNKNOWN_ID for a user or item that the model has never met, and INVALID_K for
 * a `k` that is not a positive integer.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * const model = ItemKnn.fit(interactions);
 * model.recommend('Ann', { k: 5, items: ['milk', 'tea'] })[0].item; // 'milk'
 * model.recommendFor(['milk'])[0].item; // 'tea'
 * model.predict('Ann', 'milk') === model.explain('Ann', 'milk').score; // true
 * model.similarItems('tea', 1)[0].item; // 'milk'
 */
export interface Recommender<U extends Id = string, I extends Id = string> {
  /** The best items for a known user. */
  recommend(user: U, options?: RecommendOptions<I>): Recommendation<I>[];
  /** The same for a profile that the model has never seen. Nothing is retrained or kept. */
  recommendFor(profile: Profile<I>, options?: RecommendOptions<I>): Recommendation<I>[];
  /** What `recommend` says to every user, or to those named, in flat arrays; much faster than one by one. */
  recommendAll(options?: RecommendAllOptions<U, I>): Recommendations<U, I>;
  /** The same bits, a few milliseconds at a time. Rejects where `recommendAll` throws, and with the signal's reason. */
  recommendAllAsync(options?: RecommendAllAsyncOptions<U, I>): Promise<Recommendations<U, I>>;
  /** The `k` items (default 10) most alike, itself left out; only scores above 0. */
  similarItems(item: I, k?: number): SimilarItem<I>[];
  /** The `k` users (default 10) most alike, itself left out; only scores above 0. */
  similarUsers(user: U, k?: number): SimilarUser<U>[];
  /**
   * The score by which `recommend` ranks the item for this user, whether seen or not; 0 without evidence.
   * Not on the scale of ratings unless the model says so.
   */
  predict(user: U, item: I): number;
  /** What the score of an item for a user, or for a profile, is made of. */
  explain(
    userOrProfile: U | Profile<I>,
    item: I,
    options?: ExplainOptions,
  ): Explanation<ItemReason<I> | UserReason<U> | ModelReason>;
  /** The model with all it needs as one file, for `modelFromBytes`: docs/formats/model-file.md. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Writes `toBytes()` to a file, through a temporary one, so that a crash leaves the old or the new. Node only. */
  save(path: string | URL): Promise<void>;
}

/** How far a training is. */
export type TrainingProgress = Progress;
/** How a training that does not hold up other events is watched and ended. */
export type TrainingOptions = TurnOptions;
