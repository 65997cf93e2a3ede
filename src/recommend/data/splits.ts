/**
 * Divides interactions into those that a model learns from and those that it is judged on. No interaction is in both,
 * and both halves have the same users and items at the same positions, some of them without interactions.
 */
import { readCount, readNumber, readSeed } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { KindredError } from '../../errors.js';
import type { Id } from './ids.js';
import { type Interactions, requireInteractions } from './interactions.js';
import { Random } from './random.js';

export interface Split<U extends Id = string, I extends Id = string> {
  readonly train: Interactions<U, I>;
  readonly test: Interactions<U, I>;
  readonly counts: SplitCounts;
}

export interface SplitCounts {
  readonly train: number;
  readonly test: number;
  /** Users with interactions in the test half and none to learn from, nor to fold in. */
  readonly usersOnlyInTest: number;
  readonly itemsOnlyInTest: number;
}

/** A way to split; it can be applied to any interactions, again and again, with the same result. */
export type Splitter<S extends object = object> = <U extends Id, I extends Id>(
  interactions: Interactions<U, I>,
) => Split<U, I> & S;

const HOLDOUT_OPTIONS: OptionNames<HoldoutOptions> = { ratio: true, seed: true };
const LEAVE_LAST_OUT_OPTIONS: OptionNames<LeaveLastOutOptions> = { n: true };
const TEMPORAL_OPTIONS: OptionNames<TemporalOptions> = { at: true, ratio: true };
const BY_USER_OPTIONS: OptionNames<ByUserOptions> = { ...HOLDOUT_OPTIONS, targetRatio: true };

const IN_TRAIN = 1;
const IN_TEST = 2;
const TO_FOLD_IN = 3;

export interface HoldoutOptions {
  /** The part that is tested on, between 0 and 1. 0.2 if absent. */
  readonly ratio?: number | undefined;
  /** 1 if absent. */
  readonly seed?: number | undefined;
}

/**
 * A random part of all interactions, whoever's they are. It lets a model learn from what happened after the events it
 * is tested on, which flatters it: prefer `temporal` where there are times.
 * @throws KindredError INVALID_ARGUMENT
 * @example
 * const records = [...'abcdefghij'].map((item) => ({ user: 'Ann', item }));
 * const { train, test } = holdout({ ratio: 0.2, seed: 1 })(Interactions.from(records));
 * [...test.records()].length; // 2
 */
export function holdout(options: HoldoutOptions = {}): Splitter {
  const { ratio, seed } = readShare(readObject(options, '{ ratio: 0.2 }', HOLDOUT_OPTIONS));
  return (interactions) => {
    requireSplittable(interactions);
    const places = new Uint8Array(interactions.size).fill(IN_TRAIN);
    const order = Uint32Array.from(places, (_, entry) => entry);
    new Random(seed).shuffle(order);
    for (const entry of order.subarray(0, shareOf(order.length, ratio))) places[entry] = IN_TEST;
    return splitBy(interactions, places);
  };
}

export interface LeaveLastOutOptions {
  /** 1 if absent. */
  readonly n?: number | undefined;
}

/**
 * Each user's last `n` interactions (1 if absent) are tested on; users with no more than that are only learned from. Of
 * equally late ones the item that appeared later in the data (the greater position) is the later.
 * @throws KindredError INVALID_ARGUMENT, also for interactions without times.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea', time: 1 }, { user: 'Ann', item: 'milk', time: 2 },
 * ]);
 * const { train, test } = leaveLastOut()(interactions);
 * [...test.records()].map(({ item }) => item); // ['milk']
 */
export function leaveLastOut(options: LeaveLastOutOptions = {}): Splitter {
  const { n = 1 } = readObject(options, '{ n: 1 }', LEAVE_LAST_OUT_OPTIONS);
  readCount(n, 'n');
  return (interactions) => {
    requireSplittable(interactions);
    const times = timesOf(interactions, 'leaveLastOut');
    const places = new Uint8Array(interactions.size).fill(IN_TRAIN);
    const { rows, indptr } = interactions.byUser();
    for (let user = 0; user < rows; user++) {
      const length = indptr[user + 1] - indptr[user];
      if (length <= n) continue;
      const entries = Array.from({ length }, (_, place) => indptr[user] + place);
      entries.sort((a, b) => times[a] - times[b] || a - b);
      for (const entry of entries.slice(-n)) places[entry] = IN_TEST;
    }
    return splitBy(interactions, places);
  };
}

export interface TemporalOptions {
  /** The first moment that is tested on, in the unit of the times. */
  readonly at?: number | undefined;
  /** Instead of `at`: the part that is tested on, between 0 and 1. 0.2 if both are absent. */
  readonly ratio?: number | undefined;
}

/**
 * **Recommended.** Learns from what happened before a moment and is tested on what happened then and later, as in use.
 * With `ratio` the moment is chosen so that about that part comes after it; what happened at one and the same time is
 * never divided and goes to the test half, which may thus be larger.
 * @returns also `at`, the moment.
 * @throws KindredError INVALID_ARGUMENT, also for interactions without times, and where one half would be empty.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea', time: 1 }, { user: 'Ann', item: 'milk', time: 2 },
 *   { user: 'Ann', item: 'figs', time: 3 },
 * ]);
 * const { train, test, at } = temporal({ ratio: 0.3 })(interactions);
 * at; // 3
 * [...test.records()].map(({ item }) => item); // ['figs']
 */
export function temporal(options: TemporalOptions = {}): Splitter<{ readonly at: number }> {
  const { at, ratio: asked } = readObject(options, '{ ratio: 0.2 }', TEMPORAL_OPTIONS);
  if (at !== undefined && asked !== undefined) {
    throw new KindredError('INVALID_ARGUMENT', 'at or ratio may be given, and not both');
  }
  if (at !== undefined) readNumber(at, 'at');
  const { ratio } = readShare({ ratio: asked });
  return (interactions) => {
    requireSplittable(interactions);
    const times = timesOf(interactions, 'temporal');
    const sorted = times.slice().sort();
    const moment = at ?? sorted[sorted.length - Math.max(1, shareOf(sorted.length, ratio))];
    if (!(sorted[0] < moment && moment <= sorted[sorted.length - 1])) {
      const range = `${interactions.size} interactions from ${sorted[0]} to ${sorted[sorted.length - 1]}`;
      const message = `Divided at ${moment}, one half has nothing; there are ${range}.`;
      throw new KindredError('INVALID_ARGUMENT', message);
    }
    const places = Uint8Array.from(times, (time) => (time < moment ? IN_TRAIN : IN_TEST));
    return { ...splitBy(interactions, places), at: moment };
  };
}

export interface ByUserOptions extends HoldoutOptions {
  /** The part of a held-out user's interactions that is to be found, between 0 and 1; at least one. 0.2 if absent. */
  readonly targetRatio?: number | undefined;
}

/**
 * Whole users are held out, as many as `ratio` says of those with at least two interactions. Nothing of theirs is
 * learned from: a random part of their profile is to be found (`test`), the rest is what the model is told about them
 * (`foldIn`). Measures how a model serves people who came after it was trained, by `recommendFor`.
 * @returns also `foldIn`.
 * @throws KindredError INVALID_ARGUMENT
 * @example
 * const records = ['Ann', 'Ben', 'Cas', 'Dee'].flatMap((user) => [...'abcd'].map((item) => ({ user, item })));
 * const { train, test, foldIn } = byUser({ ratio: 0.25 })(Interactions.from(records));
 * const report = evaluate(ItemKnn.fit(train), test, { foldIn, k: 2 });
 * report.value('hitRate@2'); // 1
 */
export function byUser(
  options: ByUserOptions = {},
): <U extends Id, I extends Id>(
  interactions: Interactions<U, I>,
) => Split<U, I> & { readonly foldIn: Interactions<U, I> } {
  const { targetRatio: asked, ...share } = readObject(options, '{ ratio: 0.2 }', BY_USER_OPTIONS);
  const { ratio, seed } = readShare(share);
  const { ratio: targetRatio } = readShare({ ratio: asked }, 'targetRatio');
  return (interactions) => {
    requireSplittable(interactions);
    const random = new Random(seed);
    const { rows, indptr } = interactions.byUser();
    const lengthOf = (user: number) => indptr[user + 1] - indptr[user];
    const eligible = Uint32Array.from({ length: rows }, (_, user) => user).filter((user) => lengthOf(user) >= 2);
    const heldOut = random.shuffle(eligible).slice(0, shareOf(eligible.length, ratio)).sort();
    const places = new Uint8Array(interactions.size).fill(IN_TRAIN);
    for (const user of heldOut) {
      const length = lengthOf(user);
      const order = random.shuffle(Uint32Array.from({ length }, (_, place) => indptr[user] + place));
      const targets = Math.min(length - 1, Math.max(1, shareOf(length, targetRatio)));
      order.forEach((entry, n) => {
        places[entry] = n < targets ? IN_TEST : TO_FOLD_IN;
      });
    }
    const foldIn = interactions.select(places.map((place) => (place === TO_FOLD_IN ? 1 : 0)));
    return { ...splitBy(interactions, places), foldIn };
  };
}

/** @throws KindredError INVALID_ARGUMENT */
function requireSplittable(interactions: unknown): void {
  requireInteractions(interactions);
}

function splitBy<U extends Id, I extends Id>(interactions: Interactions<U, I>, places: Uint8Array): Split<U, I> {
  const train = interactions.select(places.map((place) => (place === IN_TRAIN ? 1 : 0)));
  const test = interactions.select(places.map((place) => (place === IN_TEST ? 1 : 0)));
  const { rows, columns, indptr, indices } = interactions.byUser();
  const [knownUsers, knownItems] = [new Uint8Array(rows), new Uint8Array(columns)];
  const [testUsers, testItems] = [new Uint8Array(rows), new Uint8Array(columns)];
  for (let user = 0; user < rows; user++) {
    for (let entry = indptr[user]; entry < indptr[user + 1]; entry++) {
      if (places[entry] === IN_TEST) testUsers[user] = testItems[indices[entry]] = 1;
      else knownUsers[user] = 1;
      if (places[entry] === IN_TRAIN) knownItems[indices[entry]] = 1;
    }
  }
  const counts = {
    train: train.size,
    test: test.size,
    usersOnlyInTest: countOnly(testUsers, knownUsers),
    itemsOnlyInTest: countOnly(testItems, knownItems),
  };
  return { train, test, counts };
}

function countOnly(inTest: Uint8Array, known: Uint8Array): number {
  return inTest.reduce((sum, tested, position) => sum + (tested && !known[position] ? 1 : 0), 0);
}

/** @throws KindredError INVALID_ARGUMENT unless every interaction has a time. */
function timesOf<U extends Id, I extends Id>(interactions: Interactions<U, I>, split: string): Float64Array {
  const { times, size } = interactions;
  const missing = times ? times.reduce((sum, time) => sum + (Number.isNaN(time) ? 1 : 0), 0) : size;
  if (times && missing === 0) return times;
  if (size === 0) return new Float64Array();
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${split} needs the time of every interaction; ${missing} of ${size} have none. Give time, or split by holdout.`,
  );
}

function shareOf(count: number, ratio: number): number {
  return Math.round(count * ratio);
}

function readShare({ ratio = 0.2, seed = 1 }: HoldoutOptions, name = 'ratio'): { ratio: number; seed: number } {
  return { ratio: readNumber(ratio, name, { above: 0, below: 1 }), seed: readSeed(seed) };
}
