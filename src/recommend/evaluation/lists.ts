/** The lists that are judged: a model's answers for a block of users, checked and numbered alike. */
import { KindredError } from '../../errors.js';
import { type Id, quote } from '../data/ids.js';
import type { Recommendation } from '../models/recommendations.js';
import type { Evaluable, Settings } from './options.js';
import type { ItemSpace, SkipReason, TestUser } from './test-users.js';

/** The items of a list by position, or why there is none. */
export type List = Uint32Array | SkipReason;

export class Lister<U extends Id, I extends Id> {
  readonly #model: Evaluable<U, I>;
  readonly #settings: Settings<U, I>;
  readonly #space: ItemSpace<I>;
  readonly #k: number;
  /** A model is judged by what it says itself, unless those of whom it knows nothing count too. */
  readonly #asked: { k: number; excludeSeen: boolean; fallback: 'popular' | 'none' };

  constructor(model: Evaluable<U, I>, settings: Settings<U, I>, space: ItemSpace<I>) {
    this.#model = model;
    this.#settings = settings;
    this.#space = space;
    this.#k = Math.max(...settings.cutoffs);
    const fallback = settings.includeWithoutHistory ? 'popular' : 'none';
    this.#asked = { k: this.#k, excludeSeen: settings.excludeSeen, fallback };
  }

  /** A list per person. @throws KindredError INVALID_ARGUMENT for a model that names an item twice in one list. */
  lists(people: readonly TestUser<U, I>[]): List[] {
    const lists: (List | undefined)[] = new Array(people.length);
    const together = [...people.keys()].filter((n) => !people[n].profile && !people[n].candidates);
    const answers = this.#allAtOnce(together.map((n) => people[n].user));
    together.forEach((n, row) => {
      lists[n] = answers?.[row];
    });
    return people.map((person, n) => checkDistinct(lists[n] ?? this.#one(person), person.user));
  }

  /** Undefined if that is not possible. */
  #allAtOnce(users: readonly U[]): List[] | undefined {
    if (!this.#model.recommendAll || users.length === 0) return undefined;
    const answer = orUnknown(() => this.#model.recommendAll?.({ users, ...this.#asked }));
    if (!answer || answer === 'unknown') return undefined;
    const translation = this.#space.translation(answer.items);
    return users.map((_, n) => {
      if (this.#mustSkip(answer.fallback[n] === 1)) return 'noHistory';
      const start = n * answer.stride;
      const positions = answer.positions.slice(start, start + Math.min(answer.counts[n], this.#k));
      return translation ? positions.map((position) => translation[position]) : positions;
    });
  }

  #one({ user, profile, candidates }: TestUser<U, I>): List {
    if (candidates?.length === 0) return new Uint32Array();
    const options = { ...this.#asked, ...(candidates && { items: candidates }) };
    const list = orUnknown(() =>
      profile ? this.#model.recommendFor?.(profile, options) : this.#model.recommend(user, options),
    );
    if (list === 'unknown') return 'unknown';
    if (!Array.isArray(list)) {
      throw new KindredError('INVALID_ARGUMENT', `The model's answer for user ${quote(user)} is not a list of items.`);
    }
    const recommendations: readonly Recommendation<I>[] = list;
    if (this.#mustSkip(recommendations[0]?.fallback !== undefined)) return 'noHistory';
    return Uint32Array.from(recommendations.slice(0, this.#k), ({ item }) => this.#space.position(item));
  }

  /** Without training data only the answer tells that nothing is known of someone. */
  #mustSkip(isFallback: boolean): boolean {
    return isFallback && !this.#settings.includeWithoutHistory;
  }
}

/** What a model says, or that it has never met whom or what it is asked about. */
export function orUnknown<T>(ask: () => T): T | 'unknown' {
  try {
    return ask();
  } catch (error) {
    if (error instanceof KindredError && error.code === 'UNKNOWN_ID') return 'unknown';
    throw error;
  }
}

function checkDistinct(list: List, user: Id): List {
  if (typeof list === 'string' || new Set(list).size === list.length) return list;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `The model recommends an item twice to user ${quote(user)}; expected a list of different items.`,
  );
}
