/** Judges a recommender by what people did next: every metric, over every test user, in blocks. */
import { unitsInTime } from '../../turns/blocks.js';
import { readTurnOptions, runInTurns, type Steps } from '../../turns/steps.js';
import type { Id } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import { type List, Lister } from './lists.js';
import {
  type Evaluable,
  type EvaluateOptions,
  type EvaluationProgress,
  readSettings,
  type Settings,
} from './options.js';
import type { EvaluationReport } from './report/report.js';
import { Tally } from './tally.js';
import { ItemSpace, type TestUser, TestUsers } from './test-users.js';

/**
 * Ranks every item a user does not have yet, for every user of the test data, and compares the list with what the user
 * had in the test data. What each metric is: `RankingMetric`, `CatalogueMetric` and `RatingMetric`, and
 * docs/guide/evaluation.md. A list is in the model's own order (score descending, ties by position), so nothing depends
 * on which item is the held-out one.
 *
 * @throws KindredError INVALID_K for a `k`, INVALID_ARGUMENT for other options, for a model whose list names an item
 * twice, and where no user can be evaluated, with the reasons; the signal's reason if it aborts between two blocks.
 * @example
 * const records = ['Ann', 'Ben', 'Cas'].flatMap((user) =>
 *   [...'abc'].map((item, time) => ({ user, item, time })),
 * );
 * const { train, test } = leaveLastOut()(Interactions.from([...records, { user: 'Dee', item: 'c', time: 0 }]));
 * const report = evaluate(Popularity.fit(train), test, { k: 1 });
 * report.value('recall@1'); // 1
 * console.log(String(report));
 */
export function evaluate<U extends Id, I extends Id>(
  model: Evaluable<U, I>,
  test: Interactions<U, I>,
  options: EvaluateOptions<U, I> = {},
): EvaluationReport<U> {
  const steps = evaluating(model, test, readSettings(model, test, options), () => WINDOW_USERS_MAX);
  const { onProgress, signal } = readTurnOptions(options);
  for (;;) {
    signal?.throwIfAborted();
    const step = steps.next();
    if (step.done) return step.value;
    if (step.value !== undefined) onProgress?.(step.value);
  }
}

/** The same in slices, so that the event loop gets its turn. Rejects where `evaluate` throws. */
export async function evaluateAsync<U extends Id, I extends Id>(
  model: Evaluable<U, I>,
  test: Interactions<U, I>,
  options: EvaluateOptions<U, I> = {},
): Promise<EvaluationReport<U>> {
  return await runInTurns(evaluating(model, test, readSettings(model, test, options), unitsInTime), options);
}

/** Lists held at a time, in items: there are fewer users as lists get longer. */
const LISTED_AT_ONCE = 2 ** 20;
/** Users whose lists are held at a time. More of them cost memory and gain nothing. */
const WINDOW_USERS_MAX = 8192;
/** Users looked at, or whose lists are counted, in a millisecond or two. */
const USERS_AT_ONCE = 64;

function* evaluating<U extends Id, I extends Id>(
  model: Evaluable<U, I>,
  test: Interactions<U, I>,
  settings: Settings<U, I>,
  next: (users: number, took: number) => number,
): Steps<EvaluationReport<U>, EvaluationProgress> {
  const space = new ItemSpace<I>(settings.train?.items);
  const testUsers = new TestUsers(model, test, settings, space);
  const lister = new Lister(model, settings, space);
  const tally = new Tally(model, test, settings, testUsers);
  const longest = Math.max(...settings.cutoffs);
  const window = Math.max(1, Math.min(WINDOW_USERS_MAX, Math.floor(LISTED_AT_ONCE / longest)));
  const total = test.users.length;
  let atOnce = next(0, 0);
  for (let start = 0; start < total; start += window) {
    const end = Math.min(start + window, total);
    const some: TestUser<U, I>[] = [];
    for (let row = start; row < end; row++) {
      const person = testUsers.at(row);
      if (person) some.push(person);
      if (row % USERS_AT_ONCE === USERS_AT_ONCE - 1) yield undefined;
    }
    // By what they have, because those who have much make everybody's search long who is asked about with them.
    const order = [...some.keys()].sort((a, b) => some[a].seen.length - some[b].seen.length);
    const lists: List[] = new Array(some.length);
    for (let asked = 0; asked < order.length; ) {
      const block = order.slice(asked, asked + atOnce);
      const begin = performance.now();
      lister.lists(block.map((n) => some[n])).forEach((list, n) => {
        lists[block[n]] = list;
      });
      atOnce = next(block.length, performance.now() - begin);
      asked += block.length;
      const done = start + Math.floor(((end - start) * asked) / order.length);
      if (done < end) yield { phase: 'users', done, total };
    }
    for (const [n, person] of some.entries()) {
      tally.take(person, lists[n]);
      if (n % USERS_AT_ONCE === USERS_AT_ONCE - 1) yield undefined;
    }
    yield { phase: 'users', done: end, total };
  }
  return yield* tally.report();
}
