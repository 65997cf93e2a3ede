/** The base of every model: it reads ids and options, ranks, re-ranks and explains; a model says what items score and why. */
import type { TopRows } from '../../backend/contract/backend.js';
import { emptyTopRows } from '../../backend/reference/best.js';
import { KindredError } from '../../errors.js';
import { readK } from '../../similarity/top-k.js';
import { rowOf, type SparseRow } from '../data/csr.js';
import { mergeValues, toFloat32 } from '../data/gather.js';
import { type Id, quote, requireIterable } from '../data/ids.js';
import { Interactions } from '../data/interactions.js';
import { rerank } from './diversity.js';
import { type ModelParts, saveModel, writeModel } from './model-file.js';
import { type Recommendation, Recommendations } from './recommendations.js';
import {
  DEFAULT_K,
  type Explanation,
  type ItemReason,
  type ModelReason,
  type Profile,
  type RecommendAllOptions,
  type Recommender,
  type RecommendOptions,
  type SimilarItem,
  type SimilarUser,
  type UserReason,
} from './recommender.js';
import { RowSimilarity } from './row-similarity.js';
import { bestOf, type Scored } from './scored.js';

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

/** What `rankMany` is asked for. */
export interface RankRequest {
  /** Items per user, at most as many as there are. */
  readonly k: number;
  readonly minScore: number;
  /** One byte per item, nonzero admits; absent admits all. */
  readonly admit: Uint8Array | undefined;
  readonly excludeSeen: boolean;
}

/** Options of one recommendation, checked and with the defaults filled in. */
interface Request extends RankRequest {
  /** Whether someone without history gets what is popular, or nothing. */
  readonly fallback: boolean;
  readonly diverse: { readonly lambda: number; readonly fetchK: number } | undefined;
}

const DIVERSE_FROM_MIN = 20;

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

  /** What `recommend` ranks for many known users; rows of users without history do not matter. Overridden where a kernel does it faster. */
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
    const request = this.#readOptions(options);
    if (request.diverse) {
      throw new KindredError('INVALID_ARGUMENT', 'recommendAll does not re-rank; use recommend with diverse.');
    }
    const { interactions } = this;
    const { indptr } = interactions.byUser();
    const given = options.users;
    const users = given === undefined ? interactions.users : [...requireIterable('users', given)];
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
    const request = this.#readOptions(options);
    const { items } = this.interactions;
    const isUnknown = person.profile.indices.length === 0;
    if (isUnknown && !request.fallback) return [];
    const best = (k: number) => (isUnknown ? this.popular({ ...request, k }) : this.rank(person, { ...request, k }));
    const { k, diverse } = request;
    const chosen = diverse
      ? rerank(best(diverse.fetchK), k, diverse.lambda, (item, others) => this.itemSimilarities(item, others))
      : best(k);
    const mark = isUnknown ? { fallback: 'popularity' as const } : {};
    return chosen.map(({ position, score }) => ({ item: items[position], score, ...mark }));
  }

  #readOptions(options: RecommendOptions<I>): Request {
    if (typeof options !== 'object' || options === null) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `The options are ${quote(options)}; expected { k, excludeSeen, ... }.`,
      );
    }
    const {
      k = DEFAULT_K,
      excludeSeen = true,
      items,
      minScore = Number.NEGATIVE_INFINITY,
      fallback = 'popular',
    } = options;
    if (typeof minScore !== 'number' || Number.isNaN(minScore)) {
      throw new KindredError('INVALID_ARGUMENT', `minScore is ${quote(minScore)}; expected a number.`);
    }
    if (fallback !== 'popular' && fallback !== 'none') {
      throw new KindredError('INVALID_ARGUMENT', `fallback is ${quote(fallback)}; expected 'popular' or 'none'.`);
    }
    const count = this.interactions.items.length;
    let admit: Uint8Array | undefined;
    if (items !== undefined) {
      admit = new Uint8Array(count);
      for (const item of this.interactions.itemPositions(requireIterable('items', items))) admit[item] = 1;
    }
    if (typeof excludeSeen !== 'boolean') {
      throw new KindredError('INVALID_ARGUMENT', `excludeSeen is ${quote(excludeSeen)}; expected true or false.`);
    }
    const atMost = Math.min(readK(k), count);
    const diverse = readDiversity(options.diverse, atMost, count);
    return { k: atMost, minScore, admit, excludeSeen, fallback: fallback === 'popular', diverse };
  }
}

/** @throws KindredError INVALID_ARGUMENT, INVALID_K for `fetchK`. */
function readDiversity(given: RecommendOptions['diverse'], k: number, count: number): Request['diverse'] {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  if (typeof options !== 'object' || options === null) {
    throw new KindredError('INVALID_ARGUMENT', `diverse is ${quote(given)}; expected true or { lambda, fetchK }.`);
  }
  const { fetchK = Math.max(DIVERSE_FROM_MIN, 2 * k), lambda = 0.5 } = options;
  if (readK(fetchK, 'fetchK') < k) {
    throw new KindredError('INVALID_ARGUMENT', `fetchK is ${fetchK}; expected at least k, ${k}.`);
  }
  if (!(typeof lambda === 'number' && lambda >= 0 && lambda <= 1)) {
    throw new KindredError('INVALID_ARGUMENT', `lambda is ${quote(lambda)}; expected a number from 0 to 1.`);
  }
  return { lambda, fetchK: Math.min(fetchK, count) };
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

/** @throws KindredError INVALID_ARGUMENT */
export function requireInteractions(interactions: unknown): asserts interactions is Interactions<Id, Id> {
  if (interactions instanceof Interactions) return;
  throw new KindredError('INVALID_ARGUMENT', 'fit expects Interactions; make them with Interactions.from(records).');
}

/** 1 for every item that may be recommended. */
function admittedBy(admit: Uint8Array | undefined, seen: SparseRow | undefined, items: number): Uint8Array {
  const admitted = admit ? admit.slice() : new Uint8Array(items).fill(1);
  if (seen) for (const item of seen.indices) admitted[item] = 0;
  return admitted;
}

/** A profile from outside as a row of users x items. */
function readProfile<U extends Id, I extends Id>(profile: Profile<I>, interactions: Interactions<U, I>): SparseRow {
  const given = requireIterable<I | readonly [I, number]>('The profile', profile);
  const entries = Array.from(given, (entry): readonly [I, number] => {
    if (Array.isArray(entry) && entry.length === 2) return entry as unknown as readonly [I, number];
    if (typeof entry !== 'object') return [entry, 1];
    throw new KindredError('INVALID_ARGUMENT', 'A profile consists of items or of pairs [item, value].');
  });
  const positions = interactions.itemPositions(entries.map(([item]) => item));
  const values = new Map<number, number>();
  entries.forEach(([item, value], n) => {
    const where = () => `The profile's item ${quote(item)}`;
    const single = toFloat32(value, where);
    const earlier = values.get(positions[n]);
    const merged = earlier === undefined ? single : mergeValues(interactions.duplicates, earlier, single, where);
    values.set(positions[n], merged);
  });
  const ascending = Uint32Array.from(values.keys()).sort();
  return { indices: ascending, values: Float32Array.from(ascending, (item) => values.get(item) as number) };
}
