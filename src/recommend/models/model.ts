/** The base of every model: it ranks, re-ranks and explains; a model says what items score and why. */
import { readIterable } from '../../arguments/choices.js';
import { readK } from '../../arguments/numbers.js';
import { checkArrays } from '../../arguments/room.js';
import type { TopRows } from '../../backend/contract/backend.js';
import { emptyTopRows } from '../../backend/reference/best.js';
import { KindredError } from '../../errors.js';
import { byMarginalRelevance } from '../../similarity/index/marginal-relevance.js';
import { rowOf, type SparseRow } from '../data/csr.js';
import type { Id } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import { type ModelParts, saveModel, writeModel } from './model-file.js';
import { type Recommendation, Recommendations } from './recommendations.js';
import type {
  Explanation,
  ItemReason,
  ModelReason,
  Profile,
  RecommendAllOptions,
  Recommender,
  RecommendOptions,
  SimilarItem,
  SimilarUser,
  UserReason,
} from './recommender.js';
import { DEFAULT_K, type RankRequest, readProfile, readRequest } from './request.js';
import { RowSimilarity } from './row-similarity.js';
import { bestOf, type Scored } from './scored.js';

/** A position and a score. */
const CELL_BYTES = 12;

/** Someone whose items are wanted: a row of users x items, and the position of the user if it is a known one's own. */
export interface Person {
  readonly profile: SparseRow;
  readonly user?: number | undefined;
}

/** What a score is made of. Added in float64, `base` first and then the terms in this order, they give `score`. */
export interface ScoreTerms {
  readonly score: number;
  readonly base?: number | undefined;
  /** By ascending position of whatever gives a reason. */
  readonly terms: readonly { readonly position: number; readonly contribution: number }[];
}

/** A model of any class. */
export type AnyModel<U extends Id = string, I extends Id = string> = Model<
  U,
  I,
  ItemReason<I> | UserReason<U> | ModelReason
>;

export abstract class Model<
  U extends Id,
  I extends Id,
  Reason extends ItemReason<I> | UserReason<U> | ModelReason = ItemReason<I>,
> implements Recommender<U, I>
{
  /** What the model learned from. */
  readonly interactions: Interactions<U, I>;
  #itemCosine: RowSimilarity | undefined;
  #userCosine: RowSimilarity | undefined;
  #shares: Float64Array | undefined;

  protected constructor(interactions: Interactions<U, I>) {
    this.interactions = interactions;
  }

  /** The score of every item by position; NaN for items that must not be recommended for want of evidence. */
  protected abstract scoresFor(person: Person): Float64Array;
  /** What one of these scores is made of; a score of 0 without terms where there is no evidence. */
  protected abstract termsOf(person: Person, item: number): ScoreTerms;
  /** What stands at a position of `ScoreTerms`. */
  protected abstract reasonAt(position: number, contribution: number): Reason;
  /** The model's own name, options and arrays for its file; interactions are written for it. */
  protected abstract toParts(): ModelParts;

  /** @internal What a mixture needs of its members. */
  static scoresOfModel<U extends Id, I extends Id, R extends ItemReason<I> | UserReason<U> | ModelReason>(
    model: Model<U, I, R>,
    person: Person,
  ): Float64Array {
    return model.scoresFor(person);
  }

  /** @internal */
  static partsOfModel<U extends Id, I extends Id, R extends ItemReason<I> | UserReason<U> | ModelReason>(
    model: Model<U, I, R>,
  ): ModelParts {
    return model.toParts();
  }

  /** Other items alike one, best first. By the cosine of who has them, unless a model knows better. */
  protected nearestItems(item: number, k: number): Scored[] {
    return this.itemCosine().nearest(item, k);
  }

  protected nearestUsers(user: number, k: number): Scored[] {
    return this.userCosine().nearest(user, k);
  }

  /** How alike each item of a list is to one item, from -1 to 1; what `diverse` holds against it. */
  protected itemSimilarities(item: number, others: Uint32Array): Float64Array {
    return this.itemCosine().between(item, others);
  }

  /** What `recommend` ranks for one person who has something. Overridden where an index does it faster. */
  protected rank({ profile, user }: Person, request: RankRequest): Scored[] {
    const { k, minScore, excludeSeen } = request;
    const scores = this.scoresFor({ profile, user });
    const admit = admittedBy(request.admit, excludeSeen ? profile : undefined, scores.length);
    return bestOf(scores, k, (item) => admit[item] === 1 && scores[item] >= minScore);
  }

  /** What someone without history gets: the items of most users, by the share of users who have them. */
  protected popular({ k, admit }: RankRequest): Scored[] {
    const { indptr, rows, columns } = this.interactions.byItem();
    this.#shares ??= Float64Array.from({ length: rows }, (_, item) => (indptr[item + 1] - indptr[item]) / columns);
    const shares = this.#shares;
    return bestOf(shares, k, (item) => shares[item] > 0 && (admit === undefined || admit[item] !== 0));
  }

  /**
   * What `recommend` ranks for many known users; rows of users without history do not matter. Overridden where a kernel
   * does it faster.
   */
  protected rankMany(users: Uint32Array, request: RankRequest): TopRows {
    const answer = emptyTopRows(users.length, request.k);
    users.forEach((user, n) => {
      writeRow(answer, n, this.rank({ profile: this.#profileOf(user), user }, request));
    });
    return answer;
  }

  recommend(user: U, options: RecommendOptions<I> = {}): Recommendation<I>[] {
    return this.#recommend(this.#personOf(user), options);
  }

  recommendFor(profile: Profile<I>, options: RecommendOptions<I> = {}): Recommendation<I>[] {
    return this.#recommend({ profile: readProfile(profile, this.interactions) }, options);
  }

  recommendAll(options: RecommendAllOptions<U, I> = {}): Recommendations<U, I> {
    const request = readRequest(options, this.interactions);
    if (request.diverse) {
      throw new KindredError('INVALID_ARGUMENT', 'recommendAll does not re-rank: use recommend with diverse');
    }
    const { interactions } = this;
    const { indptr } = interactions.byUser();
    const given = options.users;
    const users = given === undefined ? interactions.users : [...readIterable(given, 'users')];
    const cells = users.length * Math.min(request.k, interactions.items.length);
    const what = () => `ask for fewer users at once, or a smaller k: ${users.length} lists have ${cells} items`;
    checkArrays(cells * CELL_BYTES, 'INVALID_K', what);
    const positions = Uint32Array.from(users, (user) => interactions.userPosition(user));
    const top = this.rankMany(positions, request);
    const fallback = new Uint8Array(users.length);
    let popular: Scored[] | undefined;
    positions.forEach((user, n) => {
      if (indptr[user + 1] > indptr[user]) return;
      popular ??= request.fallback ? this.popular(request) : [];
      writeRow(top, n, popular);
      fallback[n] = request.fallback ? 1 : 0;
    });
    return new Recommendations(users, interactions.items, top, fallback);
  }

  similarItems(item: I, k: number = DEFAULT_K): SimilarItem<I>[] {
    const nearest = this.nearestItems(this.interactions.itemPosition(item), readK(k));
    return nearest.map(({ position, score }) => ({ item: this.interactions.items[position], score }));
  }

  similarUsers(user: U, k: number = DEFAULT_K): SimilarUser<U>[] {
    const nearest = this.nearestUsers(this.interactions.userPosition(user), readK(k));
    return nearest.map(({ position, score }) => ({ user: this.interactions.users[position], score }));
  }

  predict(user: U, item: I): number {
    return this.termsOf(this.#personOf(user), this.interactions.itemPosition(item)).score;
  }

  explain(userOrProfile: U | Profile<I>, item: I): Explanation<Reason> {
    const position = this.interactions.itemPosition(item);
    const person =
      typeof userOrProfile === 'object'
        ? { profile: readProfile(userOrProfile, this.interactions) }
        : this.#personOf(userOrProfile);
    const { score, base, terms } = this.termsOf(person, position);
    const reasons = terms
      .filter(({ contribution }) => contribution !== 0)
      .sort((a, b) => b.contribution - a.contribution || a.position - b.position)
      .map(({ position, contribution }) => this.reasonAt(position, contribution));
    return base ? { score, base, reasons } : { score, reasons };
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return writeModel(this.interactions, this.toParts());
  }

  async save(path: string | URL): Promise<void> {
    await saveModel(path, this.interactions, this.toParts());
  }

  protected itemCosine(): RowSimilarity {
    const { interactions } = this;
    this.#itemCosine ??= new RowSimilarity(interactions.byItem());
    return this.#itemCosine;
  }

  protected userCosine(): RowSimilarity {
    const { interactions } = this;
    this.#userCosine ??= new RowSimilarity(interactions.byUser());
    return this.#userCosine;
  }

  #personOf(user: U): Person {
    const position = this.interactions.userPosition(user);
    return { profile: this.#profileOf(position), user: position };
  }

  #profileOf(user: number): SparseRow {
    return rowOf(this.interactions.byUser(), user);
  }

  #recommend(person: Person, options: RecommendOptions<I>): Recommendation<I>[] {
    const request = readRequest(options, this.interactions);
    const { items } = this.interactions;
    const isUnknown = person.profile.indices.length === 0;
    if (isUnknown && !request.fallback) return [];
    const best = (k: number) => (isUnknown ? this.popular({ ...request, k }) : this.rank(person, { ...request, k }));
    const { k, diverse } = request;
    const chosen = diverse ? this.#diversify(best(diverse.fetchK), k, diverse.lambda) : best(k);
    const mark = isUnknown ? { fallback: 'popularity' as const } : {};
    return chosen.map(({ position, score }) => ({ item: items[position], score, ...mark }));
  }

  /**
   * Chooses among the best, so that they are less alike. Relevance is the score brought to [0, 1] from the worst to the
   * best candidate, because models score on scales of their own.
   */
  #diversify(candidates: readonly Scored[], k: number, lambda: number): Scored[] {
    const items = Uint32Array.from(candidates, ({ position }) => position);
    const scores = candidates.map(({ score }) => score);
    const [best, worst] = [scores[0], scores[scores.length - 1]];
    const relevance = Float64Array.from(scores, (score) => (best > worst ? (score - worst) / (best - worst) : 1));
    const chosen = byMarginalRelevance(relevance, k, lambda, (n) => this.itemSimilarities(items[n], items));
    return chosen.map((n) => candidates[n]);
  }
}

/** Replaces what stands in a row. */
function writeRow({ stride, counts, positions, scores }: TopRows, row: number, best: readonly Scored[]): void {
  counts[row] = best.length;
  positions.fill(0, row * stride, (row + 1) * stride);
  scores.fill(0, row * stride, (row + 1) * stride);
  best.forEach(({ position, score }, rank) => {
    positions[row * stride + rank] = position;
    scores[row * stride + rank] = score;
  });
}

/** 1 for every item that may be recommended. */
function admittedBy(admit: Uint8Array | undefined, seen: SparseRow | undefined, items: number): Uint8Array {
  const admitted = admit ? admit.slice() : new Uint8Array(items).fill(1);
  if (seen) for (const item of seen.indices) admitted[item] = 0;
  return admitted;
}
