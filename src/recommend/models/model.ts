/** The base of every model: it ranks, re-ranks and explains; a model says what items score and why. */
import { readK } from '../../arguments/numbers.js';
import { checkArrays } from '../../arguments/room.js';
import type { TopRows } from '../../backend/contract/backend.js';
import { copyTopRows, emptyTopRows } from '../../backend/reference/best.js';
import { refuseClones, refuseNew } from '../../errors.js';
import { byMarginalRelevance } from '../../similarity/index/marginal-relevance.js';
import { unitsInTime } from '../../turns/blocks.js';
import { type Pauses, runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../turns/steps.js';
import { rowOf, type SparseRow } from '../data/csr.js';
import type { Id } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import type { ModelParts } from './model-file/layout.js';
import { saveModel, writeModel } from './model-file/write.js';
import { RankedItems, sharesOf } from './ranked-items.js';
import { type Recommendation, Recommendations } from './recommendations.js';
import type {
  ExplainOptions,
  Explanation,
  ItemReason,
  ModelReason,
  Profile,
  RecommendAllAsyncOptions,
  RecommendAllOptions,
  Recommender,
  RecommendOptions,
  SimilarItem,
  SimilarUser,
  UserReason,
} from './recommender.js';
import {
  DEFAULT_K,
  type RankRequest,
  type Request,
  readAllRequest,
  readExplaining,
  readOneRequest,
  readProfile,
} from './request.js';
import { RowSimilarity } from './row-similarity.js';
import { bestFor, readRow, type Scored, writeRow } from './scored.js';

/** A position and a score. */
const CELL_BYTES = 12;
/** Users whose positions are looked up between two pauses. */
const LOOKED_UP_AT_ONCE = 4096;

/** Someone whose items are wanted: a row of users x items, and the position of the user if it is a known one's own. */
export interface Person {
  readonly profile: SparseRow;
  readonly user?: number | undefined;
}

/** Everybody without history gets one and the same list, made when the first one comes. */
interface ForNobody {
  list?: Scored[];
}

/** Whose row or column has left a matrix, and where it stood. */
export interface Gone {
  readonly side: 'user' | 'item';
  readonly position: number;
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
  #popular: RankedItems | undefined;

  protected constructor(interactions: Interactions<U, I>) {
    refuseNew(interactions, 'a model is made by fit, fromBytes or load of its class');
    refuseClones(this, () => 'A model: send its toBytes(), and read them with fromBytes of its class.');
    this.interactions = interactions;
  }

  /** What `predict` gives: `scores` rank and mean nothing by themselves, `ratings` are on the scale of the values. */
  get predicts(): 'scores' | 'ratings' {
    return 'scores';
  }

  /** The score of every item by position; NaN for items that must not be recommended for want of evidence. */
  protected abstract scoresFor(person: Person): Float64Array;
  /** What one of these scores is made of; a score of 0 without terms where there is no evidence. */
  protected abstract termsOf(person: Person, item: number): ScoreTerms;
  /** What stands at a position of `ScoreTerms`. */
  protected abstract reasonAt(position: number, contribution: number): Reason;
  /** The model's own name, options and arrays for its file; interactions are written for it. */
  protected abstract toParts(): ModelParts;
  /** The model of the same class that `forget` gives, with the interactions that are left. */
  protected abstract without(interactions: Interactions<U, I>, gone: Gone): Model<U, I, Reason>;

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

  /** @internal */
  static withoutOfModel<U extends Id, I extends Id, R extends ItemReason<I> | UserReason<U> | ModelReason>(
    model: Model<U, I, R>,
    interactions: Interactions<U, I>,
    gone: Gone,
  ): Model<U, I, R> {
    return model.without(interactions, gone);
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
    return bestFor(profile, this.scoresFor({ profile, user }), request);
  }

  /**
   * What fills lists: the admitted items of most users, by the share of users who have them. That is another scale than
   * the model's, which `minScore` is on; overridden where it is the same.
   */
  protected popular(k: number, admits: (item: number) => boolean, _minScore: number): Scored[] {
    this.#popular ??= new RankedItems(sharesOf(this.interactions.byItem()));
    return this.#popular.best(k, admits);
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
    return this.#recommend(this.#personOf(user), readOneRequest(options, this.interactions));
  }

  recommendFor(profile: Profile<I>, options: RecommendOptions<I> = {}): Recommendation<I>[] {
    const request = readOneRequest(options, this.interactions);
    return this.#recommend({ profile: readProfile(profile, this.interactions, request.skipUnknown) }, request);
  }

  recommendAll(options: RecommendAllOptions<U, I> = {}): Recommendations<U, I> {
    const { request, users } = readAllRequest(options, this.interactions);
    const positions = runAtOnce(this.#asked(users, request));
    const { top, own } = this.#listsOf(positions, request, {});
    return new Recommendations(users, this.interactions.items, top, own);
  }

  async recommendAllAsync(options: RecommendAllAsyncOptions<U, I> = {}): Promise<Recommendations<U, I>> {
    const { request, users } = readAllRequest(options, this.interactions, TURN_OPTIONS);
    return runInTurns(this.#inBlocks(users, request), options);
  }

  *#inBlocks(users: readonly U[], request: Request): Steps<Recommendations<U, I>> {
    const positions = yield* this.#asked(users, request);
    const total = users.length;
    const answer = emptyTopRows(total, request.k);
    const own = new Uint32Array(total);
    const nobody: ForNobody = {};
    let atOnce = unitsInTime(0, 0);
    for (let done = 0; done < total; ) {
      const begin = performance.now();
      const block = positions.subarray(done, done + atOnce);
      const lists = this.#listsOf(block, request, nobody);
      copyTopRows(lists.top, answer, done);
      own.set(lists.own, done);
      done += block.length;
      atOnce = unitsInTime(block.length, performance.now() - begin);
      yield { phase: 'users', done, total };
    }
    return new Recommendations(users, this.interactions.items, answer, own);
  }

  /** The positions of those who are asked about, if there is room for their lists. */
  *#asked(users: readonly U[], { k }: Request): Pauses<Uint32Array> {
    const { interactions } = this;
    const cells = users.length * k;
    const what = () => `ask for fewer users at once, or a smaller k: ${users.length} lists have ${cells} items`;
    checkArrays(cells * CELL_BYTES, 'INVALID_K', what);
    const positions = new Uint32Array(users.length);
    for (let n = 0; n < users.length; n++) {
      positions[n] = users === interactions.users ? n : interactions.userPosition(users[n]);
      if (n % LOOKED_UP_AT_ONCE === LOOKED_UP_AT_ONCE - 1) yield undefined;
    }
    return positions;
  }

  /** What each of these known users gets, and how much of it is the model's. */
  #listsOf(users: Uint32Array, request: Request, nobody: ForNobody): { top: TopRows; own: Uint32Array } {
    const { indptr } = this.interactions.byUser();
    const top = this.rankMany(users, request);
    const own = top.counts.slice();
    users.forEach((user, n) => {
      const isUnknown = indptr[user + 1] === indptr[user];
      if (isUnknown) {
        own[n] = 0;
        nobody.list ??= this.#fill([], { profile: NOTHING }, request);
        writeRow(top, n, nobody.list);
      } else if (own[n] < request.k && request.fallback) {
        const list = readRow(top, n);
        writeRow(top, n, [...list, ...this.#fill(list, { profile: this.#profileOf(user), user }, request)]);
      }
    });
    return { top, own };
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

  explain(userOrProfile: U | Profile<I>, item: I, options: ExplainOptions = {}): Explanation<Reason> {
    const skipUnknown = readExplaining(options);
    const position = this.interactions.itemPosition(item);
    const person =
      typeof userOrProfile === 'object'
        ? { profile: readProfile(userOrProfile, this.interactions, skipUnknown) }
        : this.#personOf(userOrProfile);
    const { score, base, terms } = this.termsOf(person, position);
    const reasons = terms
      .filter(({ contribution }) => contribution !== 0)
      .sort((a, b) => b.contribution - a.contribution || a.position - b.position)
      .map(({ position, contribution }) => this.reasonAt(position, contribution));
    return base ? { score, base, reasons } : { score, reasons };
  }

  /**
   * A model that does not know this user any more: the id and all that the user did have left it and its file. What
   * stays of what was learned from the user, the class of the model says.
   * @throws KindredError UNKNOWN_ID
   */
  forget(user: U): this {
    const gone: Gone = { side: 'user', position: this.interactions.userPosition(user) };
    return this.without(this.interactions.forget(user), gone) as this;
  }

  /**
   * The same for an item: its id has left the model, its file and everybody's history.
   * @throws KindredError UNKNOWN_ID
   */
  forgetItem(item: I): this {
    const gone: Gone = { side: 'item', position: this.interactions.itemPosition(item) };
    return this.without(this.interactions.forgetItem(item), gone) as this;
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

  #recommend(person: Person, request: Request): Recommendation<I>[] {
    const { items } = this.interactions;
    const { k, diverse } = request;
    const wide = { ...request, k: diverse?.fetchK ?? k };
    const cut = (list: Scored[]) => (diverse ? this.#diversify(list, k, diverse.lambda) : list);
    const ranked = person.profile.indices.length === 0 ? [] : this.rank(person, wide);
    const own = cut(ranked);
    const filled = ranked.length === 0 ? cut(this.#fill([], person, wide)) : this.#fill(own, person, request);
    const list: Recommendation<I>[] = own.map(({ position, score }) => ({ item: items[position], score }));
    for (const { position, score } of filled) list.push({ item: items[position], score, fallback: 'popularity' });
    return list;
  }

  /** What follows a list of the model's own that is shorter than wanted. */
  #fill(own: readonly Scored[], person: Person, request: Request): Scored[] {
    const { k, minScore, admit, excludeSeen, fallback } = request;
    const { profile } = person;
    if (!fallback || own.length >= k) return [];
    // Whoever asks for nothing below a score wants no list filled, unless the model cannot score anything.
    const isCut = minScore !== Number.NEGATIVE_INFINITY && profile.indices.length > 0;
    if (isCut && this.scoresFor(person).some((score) => !Number.isNaN(score))) return [];
    const out = new Set(excludeSeen ? profile.indices : []);
    for (const { position } of own) out.add(position);
    return this.popular(k - own.length, (item) => admit?.[item] !== 0 && !out.has(item), minScore);
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

const NOTHING: SparseRow = { indices: new Uint32Array(), values: new Float32Array() };
