/** Who is evaluated: each test user's relevant items and history, or why they are skipped. */
import { readIterable } from '../../arguments/choices.js';
import { KindredError } from '../../errors.js';
import { rowOf } from '../data/csr.js';
import { type Id, IdMap, quote } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import { gainOf } from './metrics.js';
import type { Evaluable, Settings } from './options.js';

/** Why users of the test data do not count. */
export interface SkippedUsers {
  /** Without any test interaction: splits keep every user, also those with nothing to test. */
  readonly noTestItems: number;
  /** Whose test items are all below `minValue` or worth nothing. */
  readonly nothingRelevant: number;
  /** Whose test items would be relevant, but are all in the history already: the split is at fault. */
  readonly allSeen: number;
  /** Whom the model has never met. */
  readonly unknown: number;
  /** Who have no item in the training data (or in `foldIn`). */
  readonly noHistory: number;
  /** For whom no candidates are given. */
  readonly noCandidates: number;
}

export type SkipReason = keyof SkippedUsers;

/** What was left out or is odd, counted over the users evaluated: those who are skipped count for nothing. */
export interface EvaluationCounts {
  /** Relevant test items over all evaluated users: those to be found. */
  relevant: number;
  /**
   * Of those, how many the model has never met or nobody has in the training data: they can hardly be found, and count.
   */
  relevantUnknown: number;
  /** Test interactions left out because the user already has the item. */
  alreadySeen: number;
  /** Candidates left out because the model has never met them. */
  unknownCandidates: number;
  /** Items in lists that the user already has, although `excludeSeen` asks for none: a fault of the model. */
  recommendedSeen: number;
  /** Test interactions for which a value was predicted, for rmse, mae and logLoss. */
  predicted: number;
  /** Test interactions without a prediction because the model has never met the item. */
  unpredicted: number;
}

/** Items by one numbering: first those of the training data, then whatever else turns up. */
export class ItemSpace<I extends Id> {
  readonly #ids: IdMap<I>;
  readonly #first: readonly I[] | undefined;
  readonly #translations = new WeakMap<readonly I[], Uint32Array>();

  constructor(first: readonly I[] | undefined) {
    this.#first = first;
    this.#ids = new IdMap<I>('item', first);
  }

  position(item: I): number {
    return this.#ids.intern(item);
  }

  /** The positions of a list of items; asked for again, the same array. Undefined if they are as numbered there. */
  translation(items: readonly I[]): Uint32Array | undefined {
    if (items === this.#first) return undefined;
    const known = this.#translations.get(items);
    if (known) return known;
    const positions = Uint32Array.from(items, (item) => this.position(item));
    this.#translations.set(items, positions);
    return positions;
  }

  translate(positions: Uint32Array, items: readonly I[]): Uint32Array {
    const translation = this.translation(items);
    return translation ? positions.map((position) => translation[position]) : positions;
  }
}

/** One user to evaluate. Items are positions in the `ItemSpace`. */
export interface TestUser<U extends Id, I extends Id> {
  readonly user: U;
  /** The user's row of the test data. */
  readonly row: number;
  /** Ranked by `recommendFor` this profile, and not as a known user. */
  readonly profile: readonly (readonly [I, number])[] | undefined;
  readonly candidates: readonly I[] | undefined;
  /** Number of items in the history. */
  readonly history: number;
  /** What must not be recommended. */
  readonly seen: Uint32Array;
  readonly relevant: Uint32Array;
  /** The gain of each relevant item, above 0. */
  readonly gains: Float64Array;
  /** What the user adds to the counts, if evaluated. */
  readonly counts: Pick<EvaluationCounts, 'relevant' | 'relevantUnknown' | 'alreadySeen' | 'unknownCandidates'>;
}

export class TestUsers<U extends Id, I extends Id> {
  readonly skipped = { noTestItems: 0, nothingRelevant: 0, allSeen: 0, unknown: 0, noHistory: 0, noCandidates: 0 };
  readonly counts: EvaluationCounts = {
    relevant: 0,
    relevantUnknown: 0,
    alreadySeen: 0,
    unknownCandidates: 0,
    recommendedSeen: 0,
    predicted: 0,
    unpredicted: 0,
  };
  readonly #model: Evaluable<U, I>;
  readonly #test: Interactions<U, I>;
  readonly #settings: Settings<U, I>;
  readonly #space: ItemSpace<I>;
  /** What the model knows, as far as can be told. */
  readonly #known: Interactions<U, I> | undefined;

  constructor(model: Evaluable<U, I>, test: Interactions<U, I>, settings: Settings<U, I>, space: ItemSpace<I>) {
    this.#model = model;
    this.#test = test;
    this.#settings = settings;
    this.#space = space;
    this.#known = model.interactions ?? settings.train;
  }

  /** A test user by row, or undefined if skipped, which is counted. */
  at(row: number): TestUser<U, I> | undefined {
    const person = this.#userOrReason(row);
    if (typeof person === 'object') return person;
    this.skipped[person]++;
    return undefined;
  }

  /** Counts someone whose list came. */
  count({ counts }: TestUser<U, I>): void {
    for (const [name, count] of Object.entries(counts)) this.counts[name as keyof typeof counts] += count;
  }

  /** Whether the model can be asked about an item. */
  knows(item: I): boolean {
    return this.#known ? this.#known.hasItem(item) : true;
  }

  #userOrReason(row: number): TestUser<U, I> | SkipReason {
    const { includeWithoutHistory, rating, foldIn, train, excludeSeen } = this.#settings;
    const user = this.#test.users[row];
    const { indices, values } = rowOf(this.#test.byUser(), row);
    if (indices.length === 0) return 'noTestItems';
    const isKnown = this.#known ? this.#known.hasUser(user) : true;
    if (!foldIn && !isKnown && !(includeWithoutHistory && this.#model.recommendFor)) return 'unknown';
    const from = foldIn ?? train;
    const history = from ? historyOf(user, from) : new Uint32Array();
    if (from && history.length === 0 && !includeWithoutHistory) return 'noHistory';
    const seen = excludeSeen && from ? this.#space.translate(history, from.items) : new Uint32Array();
    const { relevant, gains, alreadySeen } = this.#relevantOf(
      this.#space.translate(indices, this.#test.items),
      values,
      new Set(seen),
    );
    // Predictions are judged on what is not relevant too.
    if (relevant.length === 0 && rating.length === 0) return alreadySeen > 0 ? 'allSeen' : 'nothingRelevant';
    const candidates = this.#candidatesOf(user);
    if (candidates === undefined) return 'noCandidates';
    const counts = {
      relevant: relevant.length,
      relevantUnknown: train ? relevant.filter((item) => !isTrained(item, train)).length : 0,
      alreadySeen,
      unknownCandidates: candidates.unknown,
    };
    return {
      user,
      row,
      profile: foldIn ? this.#profileOf(user, foldIn) : isKnown ? undefined : [],
      candidates: candidates.items,
      history: history.length,
      seen,
      relevant,
      gains,
      counts,
    };
  }

  #relevantOf(items: Uint32Array, values: ArrayLike<number>, seen: ReadonlySet<number>) {
    const { relevance, minValue = Number.NEGATIVE_INFINITY } = this.#settings;
    const relevant: number[] = [];
    const gains: number[] = [];
    let alreadySeen = 0;
    items.forEach((item, n) => {
      const gain = gainOf(relevance, values[n]);
      if (values[n] < minValue || !(gain > 0)) return;
      if (gain === Number.POSITIVE_INFINITY) {
        throw new KindredError('NOT_FINITE', `The value ${values[n]} is too large for relevance: 'exponential'.`);
      }
      if (seen.has(item)) {
        alreadySeen++;
        return;
      }
      relevant.push(item);
      gains.push(gain);
    });
    return { relevant: Uint32Array.from(relevant), gains: Float64Array.from(gains), alreadySeen };
  }

  /**
   * By position and not in the order given, so that no model can learn from the order which one is held out. Undefined
   * if candidates are wanted and none are given.
   */
  #candidatesOf(user: U): { items: I[] | undefined; unknown: number } | undefined {
    if (!this.#settings.candidates) return { items: undefined, unknown: 0 };
    const given = this.#settings.candidates(user);
    if (given === undefined) return undefined;
    const all = [...new Set(readIterable(given, `the candidates of user ${quote(user)}`))];
    const known = all.filter((item) => this.knows(item));
    known.sort((a, b) => this.#space.position(a) - this.#space.position(b));
    return { items: known, unknown: all.length - known.length };
  }

  #profileOf(user: U, foldIn: Interactions<U, I>): (readonly [I, number])[] {
    return foldIn.hasUser(user) ? foldIn.profile(user).filter(([item]) => this.knows(item)) : [];
  }
}

function historyOf<U extends Id, I extends Id>(user: U, from: Interactions<U, I>): Uint32Array {
  return from.hasUser(user) ? rowOf(from.byUser(), from.userPosition(user)).indices : new Uint32Array();
}

function isTrained<U extends Id, I extends Id>(item: number, train: Interactions<U, I>): boolean {
  const { indptr, rows } = train.byItem();
  return item < rows && indptr[item + 1] > indptr[item];
}
