/** Evaluation says nothing that means nothing: errors of what is no rating, counts of who was skipped, uneven draws. */
import { describe, expect, it } from 'vitest';
import { KindredError } from '../../../src/errors.js';
import { gridOf, randomChoices } from '../../../src/recommend/evaluation/search-space.js';
import {
  type AnyModel,
  type Evaluable,
  type EvaluateOptions,
  evaluate,
  evaluateAsync,
  holdout,
  ImplicitAls,
  Interactions,
  ItemKnn,
  Popularity,
  tune,
} from '../../../src/recommend/index.js';
import { Random } from '../../backend/conformance/random.js';
import { data, MODELS } from '../../fixtures/models.js';
import { drawLikings } from '../../fixtures/sparse.js';

const WITHOUT = { bootstrap: false, segments: false } as const;
const { train, test } = holdout({ seed: 1 })(data);

describe('errors of predictions', () => {
  const models: [string, AnyModel][] = Object.entries(MODELS).map(([name, each]) => [
    name,
    each.fit(train, 'reference'),
  ]);

  it.each(models)('of %s are told only if it predicts what they are about', (name, model) => {
    const judge = (metric: 'rmse' | 'mae' | 'logLoss') => evaluate(model, test, { ...WITHOUT, metrics: [metric] });
    expect(() => judge('logLoss')).toThrow(/logLoss needs a model that predicts probabilities; .* predicts /);
    for (const metric of ['rmse', 'mae'] as const) {
      if (name.endsWith('of ratings')) expect(judge(metric).value(metric)).toBeGreaterThan(0);
      else
        expect(() => judge(metric)).toThrow(/needs a model that predicts ratings, .*feedback: 'explicit'; .* scores/);
    }
  });

  it('of a model of one’s own are told unless it says what it predicts', () => {
    const own: Evaluable = { recommend: () => [], predict: () => 0.5 };
    const metrics = ['rmse', 'mae', 'logLoss'] as const;
    expect(evaluate(own, test, { ...WITHOUT, train, metrics }).value('logLoss')).toBeCloseTo(Math.LN2, 12);
    const rating = { ...own, predicts: 'ratings' } as const;
    expect(() => evaluate(rating, test, { ...WITHOUT, train, metrics })).toThrow('predicts probabilities');
    expect(evaluate(rating, test, { ...WITHOUT, train, metrics: ['rmse'] }).value('rmse')).toBeGreaterThan(0);
  });

  it('leave out what the model refuses to predict, and count it', () => {
    const predict = (_: string, item: string) => {
      if (item === 'i3') throw new KindredError('UNKNOWN_ID', 'what is i3?');
      return 2;
    };
    const report = evaluate({ recommend: () => [], predict }, test, { ...WITHOUT, train, metrics: ['mae'] });
    const ofUsers = [...test.records()].filter(({ user }) => report.users.includes(user));
    expect(report.counts.unpredicted).toBe(ofUsers.filter(({ item }) => item === 'i3').length);
    expect(report.counts.predicted).toBe(ofUsers.filter(({ item }) => item !== 'i3').length);
  });
});

describe('who was skipped', () => {
  const pairs = (text: string) => Interactions.from(text.split(' ').map(([user, item]) => ({ user, item })));
  const history = pairs('aw bw cw ax by cz');

  it('adds nothing to the counts, whyever it was', () => {
    const judged = pairs('ax ay an bw by cx cn dz');
    const knows = (user: string) => user !== 'b' && user !== 'd';
    const model: Evaluable = {
      recommend: (user) => {
        if (!knows(user)) throw new KindredError('UNKNOWN_ID', 'who?');
        return [{ item: 'y', score: 1 }];
      },
    };
    const all = evaluate(model, judged, { ...WITHOUT, train: history });
    expect(all.users).toEqual(['a', 'c']);
    expect(all.skipped).toMatchObject({ unknown: 1, noHistory: 0, allSeen: 1, nothingRelevant: 0 });
    expect(all.counts).toMatchObject({ relevant: 4, relevantUnknown: 2, alreadySeen: 1, unknownCandidates: 0 });
    const candidates = (user: string) => (user === 'c' ? undefined : ['x', 'y', 'n', 'q']);
    const some = evaluate(model, judged, { ...WITHOUT, train: history, candidates });
    expect(some.users).toEqual(['a']);
    expect(some.counts).toMatchObject({ relevant: 2, relevantUnknown: 1, alreadySeen: 1, unknownCandidates: 2 });
    const refusing = evaluate(
      { recommend: (user) => (user === 'a' ? model.recommend('b') : model.recommend(user)) },
      pairs('ax ay an cx'),
      { ...WITHOUT, train: history, candidates: () => ['x', 'q'] },
    );
    expect(refusing.skipped.unknown).toBe(1);
    expect(refusing.counts).toMatchObject({ relevant: 1, relevantUnknown: 0, alreadySeen: 0, unknownCandidates: 1 });
  });

  it('is told apart by reason where nobody is left', () => {
    const model = Popularity.fit(history);
    expect(() => evaluate(model, history)).toThrow(
      'No user can be evaluated: 3 with nothing to find that is not in the training data already. Test on interactions',
    );
    expect(() => evaluate(model, pairs('ay'), { minValue: 4 })).toThrow('1 with nothing relevant to find.');
    expect(() => evaluate(model, pairs('ax'), { minValue: 4 })).toThrow('1 with nothing relevant to find.');
  });
});

describe('blocks of users', () => {
  const split = holdout({ ratio: 0.3, seed: 4 })(Interactions.from(drawLikings(new Random('blocks'), 9000, 900, 60)));
  const model = ImplicitAls.fit(split.train, { factors: 4, iterations: 1, backend: 'reference' });

  it('change no number, in whatever order they are asked', async () => {
    const report = evaluate(model, split.test, { k: 5, bootstrap: false });
    const alone = evaluate({ recommend: (user, options) => model.recommend(user, options) }, split.test, {
      k: 5,
      bootstrap: false,
      name: 'ImplicitAls',
      train: split.train,
    });
    expect(report.toJSON()).toEqual(alone.toJSON());
    expect((await evaluateAsync(model, split.test, { k: 5, bootstrap: false })).toJSON()).toEqual(report.toJSON());
    expect(report.users).toEqual(split.test.users.filter((user) => report.users.includes(user)));
  });

  it('are large where nothing else waits, and hold who has equally much where something does', async () => {
    const asked: string[][] = [];
    const spy: Evaluable = {
      interactions: split.train,
      recommend: (user, options) => model.recommend(user, options),
      recommendAll: (options) => {
        asked.push([...(options?.users ?? [])]);
        return model.recommendAll(options);
      },
    };
    const options: EvaluateOptions = { ...WITHOUT, k: 5 };
    evaluate(spy, split.test, options);
    expect(asked).toHaveLength(1);
    asked.length = 0;
    await evaluateAsync(spy, split.test, options);
    expect(asked.length).toBeGreaterThan(2);
    const sizes = asked.flat().map((user) => split.train.profile(user).length);
    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  });
});

describe('what a search draws', () => {
  it.each([
    { min: 1, max: 3 },
    { min: 0.4, max: 3.9 },
    { min: -1, max: 1 },
  ])('every whole number of %j equally often', ({ min, max }) => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const [{ k }] = randomChoices({ k: { min, max, integer: true } }, 1, seed) as { k: number }[];
      counts.set(k, (counts.get(k) ?? 0) + 1);
    }
    expect(counts.size).toBe(3);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  it('whole numbers on a log scale by how much of it each has', () => {
    const counts = [0, 0, 0, 0, 0];
    for (let seed = 0; seed < 3000; seed++) {
      const space = { k: { min: 1, max: 4, integer: true, scale: 'log' as const } };
      const [{ k }] = randomChoices(space, 1, seed) as { k: number }[];
      counts[k]++;
    }
    for (const k of [1, 2, 3, 4]) {
      expect(Math.abs(counts[k] / 3000 - Math.log((k + 1) / k) / Math.log(5))).toBeLessThan(0.04);
    }
  });

  it('refuses ranges without a whole number, and what is no range', () => {
    const draw = (range: object) => () => randomChoices({ k: range as never }, 1, 1);
    expect(draw({ min: 1.2, max: 1.8, integer: true })).toThrow('no whole number');
    expect(draw({ min: 1, max: 3, integer: 'yes' })).toThrow('space.k.integer must be true or false');
    expect(draw({ min: 1, max: 3, int: true })).toThrow('there is no option "int"');
    expect(draw({ from: 1, to: 3 })).toThrow('there is no option "from"');
    expect(() => gridOf({ k: 5 as never })).toThrow('space.k must be a list of values');
  });

  it('a grid of more than its trials, also of more than 20 where none are given, is refused before it is made', async () => {
    const given = { train, validation: test } as const;
    const many = Array.from({ length: 21 }, (_, n) => n + 1);
    await expect(tune(ItemKnn, { neighbors: many }, given)).rejects.toThrow(
      /21 combinations and trials is 20.*trials: 21/,
    );
    const huge = Array.from({ length: 2000 }, (_, n) => n + 1);
    const space = { neighbors: huge, shrinkage: huge, minSupport: huge };
    await expect(tune(ItemKnn, space, given)).rejects.toThrow('8000000000 combinations');
    expect(randomChoices(space, 3, 1)).toHaveLength(3);
  });

  it('goes by milliseconds where times are dates, also when it trains again on everything', async () => {
    const dated = Interactions.from(
      [...'abcd'].flatMap((user) => [...'wxyz'].map((item, n) => ({ user, item, time: new Date(n * 1e9) }))),
    );
    const split = holdout({ ratio: 0.25, seed: 1 });
    const tuning = await tune(ItemKnn, { neighbors: [1, 2] }, { train: dated, split, metric: 'recall@2' });
    expect((await tuning.refit()).interactions.timeUnit).toBe('milliseconds');
  });
});
