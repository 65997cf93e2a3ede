/** What most people have: for someone of whom nothing is known, and the least that another model must beat. */
import { readNumber } from '../../arguments/numbers.js';
import { KindredError } from '../../errors.js';
import { runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../turns/steps.js';
import type { Id } from '../data/ids.js';
import { type Interactions, requireInteractions } from '../data/interactions.js';
import { type Gone, Model, type Person, type ScoreTerms } from './model.js';
import type { ModelParts } from './model-file/layout.js';
import { fromBytes, type LoadModelOptions, load } from './model-file/load.js';
import { choice, readOptions, type SettingsOf, withDefault } from './options.js';
import { RankedItems } from './ranked-items.js';
import type { ItemReason, TrainingOptions } from './recommender.js';
import type { RankRequest } from './request.js';
import type { Scored } from './scored.js';

export interface PopularityOptions {
  /** What makes an item popular: how many `users` have it (default), or the sum of their values. */
  readonly by?: 'users' | 'values' | undefined;
  /**
   * Counts only what happened later than `now - window`, in the unit of the times; what has no time does not count.
   * Default everything.
   */
  readonly window?: number | undefined;
  /** The moment at which the window ends; what happened later does not count. Default the latest time there is. */
  readonly now?: number | undefined;
}

const OPTIONS = {
  by: choice('users', 'values'),
  window: withDefault<number | undefined>(undefined, (given, name) => readNumber(given, name, { above: 0 })),
  now: withDefault<number | undefined>(undefined, (given, name) => readNumber(given, name)),
};
type PopularitySettings = SettingsOf<typeof OPTIONS>;

/**
 * Ranks items by popularity, the same for everybody but for what each has already: `recommend` leaves that out. Only
 * items that somebody has (in the window) are recommended. The score is the count, or the sum added in float64 by
 * ascending user; nothing of a person goes into it, so explanations have it as their base.
 *
 * Someone without history gets the same list, marked as every model marks it: nothing is known of this person.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * Popularity.fit(interactions).recommend('Ann'); // [{ item: 'milk', score: 1 }]
 */
export class Popularity<U extends Id = string, I extends Id = string> extends Model<U, I, ItemReason<I>> {
  readonly #scores: Float64Array;
  readonly #settings: PopularitySettings;
  readonly #ranked: RankedItems;

  private constructor(interactions: Interactions<U, I>, scores: Float64Array, settings: PopularitySettings) {
    super(interactions);
    this.#scores = scores;
    this.#settings = settings;
    this.#ranked = new RankedItems(scores);
  }

  /** @throws KindredError INVALID_ARGUMENT for options, and for a window where nothing has a time. */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: PopularityOptions = {},
  ): Popularity<U, I> {
    return runAtOnce(Popularity.#training(interactions, readPopularityOptions(options)));
  }

  /** The same; there is little to wait for. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: PopularityOptions & TrainingOptions = {},
  ): Promise<Popularity<U, I>> {
    return runInTurns(Popularity.#training(interactions, readPopularityOptions(options, TURN_OPTIONS)), options);
  }

  static *#training<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    settings: PopularitySettings,
  ): Steps<Popularity<U, I>> {
    requireInteractions(interactions);
    requireTimes(interactions, settings);
    const scores = popularityOf(interactions, settings);
    yield { phase: 'users', done: interactions.users.length, total: interactions.users.length };
    return new Popularity(interactions as Interactions<U, I>, scores, settings);
  }

  /**
   * A model out of the bytes that `toBytes` gave, on any platform.
   * @throws KindredError CORRUPT_FILE naming what was found and where; MODEL_MISMATCH for a model of another class.
   */
  static fromBytes<U extends Id = string, I extends Id = string>(
    bytes: Uint8Array,
    options: LoadModelOptions = {},
  ): Popularity<U, I> {
    return fromBytes('Popularity', bytes, options, Popularity.fromParts<U, I>);
  }

  /** A model out of a file that `save` wrote. Node only. Errors as for `fromBytes`, and the system's own. */
  static async load<U extends Id = string, I extends Id = string>(
    path: string | URL,
    options: LoadModelOptions = {},
  ): Promise<Popularity<U, I>> {
    return load('Popularity', path, options, Popularity.fromParts<U, I>);
  }

  /** A model from what `parts` wrote. @throws KindredError CORRUPT_FILE */
  static fromParts<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    { options, arrays }: Pick<ModelParts, 'options' | 'arrays'>,
  ): Popularity<U, I> {
    const { scores } = arrays;
    const items = interactions.items.length;
    const isScore = (score: number) => Number.isNaN(score) || (score > 0 && Number.isFinite(score));
    if (!(scores instanceof Float64Array && scores.length === items && scores.every(isScore))) {
      throw new KindredError(
        'CORRUPT_FILE',
        `The scores of Popularity are not ${items} finite numbers above 0 (or NaN).`,
      );
    }
    return new Popularity(interactions, scores, readPopularityOptions(options));
  }

  protected override scoresFor(): Float64Array {
    return this.#scores;
  }

  protected override termsOf(_: unknown, item: number): ScoreTerms {
    const score = Number.isNaN(this.#scores[item]) ? 0 : this.#scores[item];
    return { score, base: score, terms: [] };
  }

  /** There is none: popularity is the base of the explanation. */
  protected override reasonAt(position: number, contribution: number): ItemReason<I> {
    return { item: this.interactions.items[position], contribution };
  }

  /** Everybody's list is one list, but for what they have: it is walked until there are enough. */
  protected override rank({ profile }: Person, { k, minScore, admit, excludeSeen }: RankRequest): Scored[] {
    const seen = new Set(excludeSeen ? profile.indices : []);
    return this.#ranked.best(k, (item) => admit?.[item] !== 0 && !seen.has(item), minScore);
  }

  protected override popular(k: number, admits: (item: number) => boolean, minScore: number): Scored[] {
    return this.#ranked.best(k, admits, minScore);
  }

  /** What is left is counted anew, so that the model is the one that a fit to what is left would give. */
  protected override without(interactions: Interactions<U, I>, _: Gone): Popularity<U, I> {
    return new Popularity(interactions, popularityOf(interactions, this.#settings), this.#settings);
  }

  protected override toParts(): ModelParts {
    return { name: 'Popularity', options: { ...this.#settings }, arrays: { scores: this.#scores } };
  }
}

/** NaN for items that nobody has. */
function popularityOf(interactions: Interactions<Id, Id>, { by, window, now }: PopularitySettings): Float64Array {
  const { indices, values } = interactions.byUser();
  const counts = (entry: number) => (by === 'values' ? values[entry] : 1);
  const scores = new Float64Array(interactions.items.length);
  if (window === undefined && now === undefined) {
    indices.forEach((item, entry) => {
      scores[item] += counts(entry);
    });
  } else {
    // What has no time does not count.
    const times = interactions.times ?? new Float64Array(indices.length).fill(Number.NaN);
    const end = now ?? latestOf(times);
    const start = end - (window ?? Number.POSITIVE_INFINITY);
    indices.forEach((item, entry) => {
      if (times[entry] > start && times[entry] <= end) scores[item] += counts(entry);
    });
  }
  return scores.map((score) => (score > 0 ? score : Number.NaN));
}

function latestOf(times: Float64Array): number {
  return times.reduce((most, time) => (time > most ? time : most), Number.NEGATIVE_INFINITY);
}

/** @throws KindredError INVALID_ARGUMENT for a window where nothing has a time. */
function requireTimes({ times, size }: Interactions<Id, Id>, { window, now }: PopularitySettings): void {
  if ((window === undefined && now === undefined) || size === 0) return;
  if (times !== undefined && latestOf(times) !== Number.NEGATIVE_INFINITY) return;
  throw new KindredError('INVALID_ARGUMENT', 'A window needs interactions with times, and these have none.');
}

/** @throws KindredError INVALID_ARGUMENT */
function readPopularityOptions(
  options: PopularityOptions,
  others?: Readonly<Record<string, true>>,
): PopularitySettings {
  return readOptions(options, OPTIONS, "{ by: 'users' }", others);
}
