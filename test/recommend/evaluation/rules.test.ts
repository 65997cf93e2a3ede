/** Evaluation: the rules that a number depends on, against slow accounts of them on random data. */
import { describe, expect, it } from 'vitest';
import { bootstrap, columnOf, estimate, pairedDifference } from '../../../src/recommend/evaluation/intervals.js';
import {
  byUser,
  type Evaluable,
  evaluate,
  evaluateAsync,
  holdout,
  Interactions,
  ItemKnn,
  Popularity,
  type Recommendation,
  tune,
} from '../../../src/recommend/index.js';
import { Random } from '../../backend/conformance/random.js';
import { drawLikings } from '../../fixtures/sparse.js';

const WITHOUT = { bootstrap: false, segments: false } as const;
const SEEDS = [1, 2, 3];

function likings(seed: number): Interactions {
  return Interactions.from(drawLikings(new Random(seed), 2500, 150, 80));
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A model that has nothing but `recommend`. */
function recommendOnly(model: Evaluable): Evaluable {
  return { recommend: (user, options) => model.recommend(user, options) };
}

describe.each(SEEDS)('seed %i', (seed) => {
  const { train, test } = holdout({ ratio: 0.3, seed })(likings(seed));
  const model = ItemKnn.fit(train, { neighbors: 30 });
  const cutoffs = [1, 4, 9];
  const report = evaluate(model, test, { k: cutoffs, ...WITHOUT });
  const having = (item: string) => train.users.filter((user) => train.profile(user).some(([had]) => had === item));
  const owners = new Map(train.items.map((item) => [item, new Set(having(item))]));
  const active = train.users.filter((user) => train.profile(user).length > 0).length;
  const catalogue = train.items.filter((item) => (owners.get(item)?.size ?? 0) > 0);
  const lists = (k: number) => report.users.map((user) => model.recommend(user, { k }).map(({ item }) => item));
  const cosine = (a: string, b: string) => {
    const [ours, theirs] = [owners.get(a) as Set<string>, owners.get(b) as Set<string>];
    return [...ours].filter((user) => theirs.has(user)).length / Math.sqrt(ours.size * theirs.size);
  };

  it.each(cutoffs)('coverage, novelty, diversity and gini of lists of %i', (k) => {
    const all = lists(k);
    const bits = (item: string) => -Math.log2((owners.get(item)?.size ?? 0) / active);
    expect(report.value(`coverage@${k}`)).toBeCloseTo(new Set(all.flat()).size / catalogue.length, 12);
    expect(report.value(`novelty@${k}`)).toBeCloseTo(
      mean(all.filter((l) => l.length > 0).map((l) => mean(l.map(bits)))),
      10,
    );
    const counts = catalogue.map((item) => all.flat().filter((each) => each === item).length);
    const apart = counts.flatMap((a) => counts.map((b) => Math.abs(a - b)));
    expect(report.value(`gini@${k}`)).toBeCloseTo(mean(apart) / (2 * mean(counts)), 10);
    const pairs = (list: string[]) => list.flatMap((a, n) => list.slice(n + 1).map((b) => cosine(a, b)));
    const varied = all.filter((list) => list.length > 1).map((list) => 1 - mean(pairs(list)));
    if (varied.length > 0) expect(report.value(`diversity@${k}`)).toBeCloseTo(mean(varied), 10);
    else expect(report.value(`diversity@${k}`)).toBeNaN();
  });

  it('deciles of the catalogue hold everything once', () => {
    const deciles = report.popularity(9);
    expect(deciles).toHaveLength(10);
    expect(deciles.reduce((sum, { items }) => sum + items, 0)).toBe(catalogue.length);
    expect(deciles.reduce((sum, { trainShare }) => sum + trainShare, 0)).toBeCloseTo(1, 12);
    expect(deciles.reduce((sum, { recommendedShare }) => sum + recommendedShare, 0)).toBeCloseTo(1, 12);
    const shares = deciles.map(({ items, trainShare }) => trainShare / items);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  it('several lengths at once are each as if alone', () => {
    for (const k of cutoffs) {
      const alone = evaluate(model, test, { k, ...WITHOUT });
      for (const each of alone.measurements) expect(report.value(`${each.metric}@${k}`)).toBe(each.value);
      expect(alone.popularity()).toEqual(report.popularity(k));
    }
  });

  it('a model that can only recommend gets the same numbers', () => {
    const found = evaluate(recommendOnly(model), test, { k: cutoffs, train, name: 'ItemKnn', ...WITHOUT });
    expect(found.toJSON()).toEqual(report.toJSON());
  });

  it('segments together are everybody, each by the mean of its users', () => {
    const bySize = evaluate(model, test, { k: 4, bootstrap: false });
    expect(bySize.segments.reduce((sum, { users }) => sum + users, 0)).toBe(bySize.users.length);
    const own = evaluate(model, test, { k: 4, bootstrap: false, segments: (user) => user.at(-1) });
    for (const { label, measurements } of own.segments) {
      const rows = [...own.users.keys()].filter((row) => own.users[row].at(-1) === label);
      const values = own.perUser('ndcg@4');
      const found = measurements.find(({ metric }) => metric === 'ndcg')?.value;
      expect(found).toBeCloseTo(mean(rows.map((row) => values[row])), 12);
    }
  });

  it('people the model was not trained on are asked about by their profile', () => {
    const split = byUser({ ratio: 0.3, seed })(likings(seed));
    const stranger = ItemKnn.fit(split.train);
    const found = evaluate(stranger, split.test, { foldIn: split.foldIn, k: 5, ...WITHOUT });
    const users = split.test.users.filter((user) => split.test.profile(user).length > 0);
    expect(found.users).toEqual(users);
    const recalls = users.map((user) => {
      const wanted = new Set(split.test.profile(user).map(([item]) => item));
      const list = stranger.recommendFor(split.foldIn.profile(user), { k: 5 });
      return list.filter(({ item }) => wanted.has(item)).length / wanted.size;
    });
    expect(found.value('recall@5')).toBeCloseTo(mean(recalls), 12);
    expect(() => evaluate(recommendOnly(stranger), split.test, { foldIn: split.foldIn })).toThrow('recommendFor');
  });

  it('values below minValue are not relevant, and exponential gain is 2^value - 1', () => {
    const found = evaluate(model, test, { k: 4, minValue: 3, relevance: 'exponential', ...WITHOUT });
    const users = report.users.filter((user) => test.profile(user).some(([, value]) => value >= 3));
    expect(found.users).toEqual(users);
    expect(found.skipped.nothingRelevant).toBe(report.users.length - users.length);
    const dcg = (gains: number[]) => gains.reduce((sum, gain, n) => sum + gain / Math.log2(n + 2), 0);
    const each = users.map((user) => {
      const gains = new Map(
        test
          .profile(user)
          .filter(([, v]) => v >= 3)
          .map(([item, v]) => [item, 2 ** v - 1]),
      );
      const best = [...gains.values()].sort((a, b) => b - a).slice(0, 4);
      return dcg(model.recommend(user, { k: 4 }).map(({ item }) => gains.get(item) ?? 0)) / dcg(best);
    });
    expect(found.value('ndcg@4')).toBeCloseTo(mean(each), 12);
  });
});

describe('what cannot flatter', () => {
  const train = Interactions.from(['a', 'b', 'c', 'd', 'e'].map((item) => ({ user: 'ada', item })));
  const test = Interactions.from([{ user: 'bob', item: 'e' }]);
  /** Everything is the same to it, so it says what it is given in the order it is given. */
  const undecided: Evaluable = {
    recommend: (_, { items = [], k = 10 } = {}): Recommendation[] =>
      [...items].slice(0, k).map((item) => ({ item, score: 0 })),
  };

  it('the place of the held-out item among the candidates says nothing', () => {
    const options = { train, withoutHistory: 'include', k: [1, 5], ...WITHOUT } as const;
    const model = {
      ...undecided,
      recommendFor: (_: unknown, asked?: object) => undecided.recommend('', asked),
    } as Evaluable;
    for (const candidates of [
      ['e', 'a', 'b', 'c'],
      ['a', 'b', 'c', 'e'],
    ]) {
      const report = evaluate(model, test, { ...options, candidates: () => candidates });
      expect([report.value('hitRate@1'), report.value('mrr@5')]).toEqual([0, 1 / 4]);
    }
  });

  it('a list that names an item twice is refused', () => {
    const twice: Evaluable = { recommend: () => ['e', 'e'].map((item) => ({ item, score: 1 })) };
    expect(() => evaluate(twice, test)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => evaluate(twice, test)).toThrow('twice');
  });

  it('what the user had in training is nothing to be found, and said', () => {
    const both = Interactions.from([
      { user: 'ada', item: 'a' },
      { user: 'ada', item: 'z' },
    ]);
    const report = evaluate(Popularity.fit(train), both, WITHOUT);
    expect(report.counts).toMatchObject({ alreadySeen: 1, relevant: 1, relevantUnknown: 1 });
    expect(report.warnings.join()).toMatch(/already had.*nobody has in training/s);
    expect(evaluate(Popularity.fit(train), both, { ...WITHOUT, excludeSeen: false }).counts.relevant).toBe(2);
  });

  it('a model that recommends what is seen is told on', () => {
    const stale: Evaluable = { recommend: () => [{ item: 'a', score: 1 }] };
    const held = Interactions.from([{ user: 'ada', item: 'z' }]);
    expect(evaluate(stale, held, { train, ...WITHOUT }).counts.recommendedSeen).toBe(1);
  });

  it('predictions are judged on what is not relevant too', () => {
    const ratings = Interactions.from([
      { user: 'ada', item: 'x', value: 1 },
      { user: 'bob', item: 'x', value: 0 },
    ]);
    const model: Evaluable = { ...undecided, predict: () => 0.25 };
    const report = evaluate(model, ratings, { metrics: ['logLoss', 'recall'], minValue: 1, ...WITHOUT });
    expect(report.value('logLoss')).toBeCloseTo(-(Math.log(0.25) + Math.log(0.75)) / 2, 12);
    expect(report.measurement('recall')).toMatchObject({ users: 1 });
    expect(() => evaluate({ ...model, predict: () => 2 }, ratings, { metrics: ['logLoss'] })).toThrow('probabilities');
  });
});

describe('intervals', () => {
  const random = new Random(11);
  const values = Float64Array.from({ length: 200 }, () => random.share());
  const settings = { samples: 500, seed: 4, level: 0.9 };
  const finish = <T>(steps: Generator<unknown, T, void>): T => {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  };

  it('are about as wide as theory says, and mirrored for mirrored values', () => {
    const [interval, mirrored] = finish(bootstrap([columnOf(values), columnOf(values.map((v) => -v))], settings));
    const deviation = Math.sqrt(mean([...values].map((v) => (v - mean([...values])) ** 2)));
    const width = (2 * 1.645 * deviation) / Math.sqrt(values.length);
    expect((interval.high - interval.low) / width).toBeGreaterThan(0.85);
    expect((interval.high - interval.low) / width).toBeLessThan(1.15);
    expect(mirrored).toEqual({ low: -interval.high, high: -interval.low });
  });

  it('leave out users for whom there is no value', () => {
    const gaps = values.map((value, n) => (n % 2 === 0 ? value : Number.NaN));
    const kept = values.filter((_, n) => n % 2 === 0);
    expect(estimate(columnOf(gaps))).toBeCloseTo(mean([...kept]), 12);
    const [interval] = finish(bootstrap([columnOf(gaps)], settings));
    expect(interval.low).toBeLessThan(mean([...kept]));
    expect(interval.high).toBeGreaterThan(mean([...kept]));
  });

  it('the p-value of a few users is the share of all swaps', () => {
    const better = columnOf(Float64Array.of(1, 1, 1, 0.5));
    const worse = columnOf(Float64Array.of(0, 0, 0, 0.5));
    // Of eight ways to swap three users, two are as far apart as what was seen.
    const { pValue, difference } = pairedDifference(better, worse, settings, 20_000);
    expect(difference).toBe(0.75);
    expect(pValue).toBeGreaterThan(0.23);
    expect(pValue).toBeLessThan(0.27);
  });

  it('users for whom only one has a value are compared in nothing', () => {
    const [all, some] = [columnOf(Float64Array.of(1, 0.5, 0)), columnOf(Float64Array.of(Number.NaN, 0, 0))];
    expect(pairedDifference(all, some, settings, 9).difference).toBe(0.25);
    expect(pairedDifference(some, all, settings, 9).difference).toBe(-0.25);
  });

  it('what was seen counts as one of the swaps, so that no p-value is 0', () => {
    const [better, worse] = [1, 0].map((value) => columnOf(new Float64Array(200).fill(value)));
    expect(pairedDifference(better, worse, settings, 19).pValue).toBe(1 / 20);
  });

  it('of two models alike, one in twenty comparisons is below 0.05', () => {
    let below = 0;
    for (let trial = 0; trial < 200; trial++) {
      const draw = () => columnOf(Float64Array.from({ length: 60 }, () => (random.share() < 0.3 ? 1 : 0)));
      if (pairedDifference(draw(), draw(), { ...settings, samples: 1 }, 300).pValue < 0.05) below++;
    }
    expect(below).toBeGreaterThan(0);
    expect(below).toBeLessThan(24);
  });
});

describe('progress and abort', () => {
  const { train, test } = holdout({ seed: 1 })(likings(1));
  const model = Popularity.fit(train);

  it('users come first and then intervals, each up to its total', () => {
    const steps: string[] = [];
    evaluate(model, test, { onProgress: ({ phase, done, total }) => steps.push(`${phase} ${done === total}`) });
    expect(steps[0]).toMatch(/^users/);
    expect(steps.at(-1)).toBe('intervals true');
  });

  it('an abort on the way ends it, at once and in slices', async () => {
    for (const act of [evaluate, evaluateAsync] as const) {
      const controller = new AbortController();
      const onProgress = () => controller.abort(new Error('enough'));
      await expect(async () => act(model, test, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
    }
  });
});

describe('tuning', () => {
  const { train, test } = holdout({ seed: 2 })(likings(2));
  const given = { train, validation: test, evaluate: { bootstrap: false } } as const;

  it('takes a function, fixed options and a split, and trains again on everything', async () => {
    const seen: object[] = [];
    const fit = (interactions: Interactions, options: { neighbors?: number; shrinkage?: number }) => {
      seen.push({ size: interactions.size, ...options });
      return ItemKnn.fit(interactions, options);
    };
    const all = likings(2);
    const found = await tune(
      fit,
      { neighbors: [2, 30] },
      { train: all, split: holdout(), fixed: { shrinkage: 5 }, evaluate: { bootstrap: false } },
    );
    expect(found.bestOptions).toMatchObject({ shrinkage: 5 });
    expect(found.best.score).toBeGreaterThanOrEqual(found.trials[1].score);
    await found.refit();
    expect(seen).toHaveLength(3);
    expect(seen[2]).toEqual({ size: all.size, ...found.bestOptions });
    expect(String(found)).toContain('neighbors');
    expect(JSON.parse(JSON.stringify(found)).trials).toHaveLength(2);
  });

  it('takes the first of those that are equal', async () => {
    const model = Popularity.fit(train);
    const { trials, bestOptions } = await tune(
      (_: Interactions, __: { at?: number }) => model,
      { at: [5, 3, 4] },
      given,
    );
    expect(trials.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(bestOptions).toEqual({ at: 5 });
  });

  it('draws different combinations, no more than there are', async () => {
    const options = { ...given, search: 'random', trials: 50, seed: 3 } as const;
    const found = await tune(ItemKnn, { neighbors: [1, 2, 3], shrinkage: { min: 1, max: 2, integer: true } }, options);
    expect(new Set(found.trials.map((trial) => JSON.stringify(trial.options))).size).toBe(found.trials.length);
    expect(found.trials).toHaveLength(6);
  });

  it('less is better of an error', async () => {
    const fit = (_: Interactions, { at = 0 }: { at?: number }): Evaluable => ({
      ...recommendOnly(Popularity.fit(train)),
      predict: () => at,
    });
    const found = await tune(fit, { at: [0, 3, 9] }, { ...given, metric: 'rmse' });
    expect(found.bestOptions).toEqual({ at: 3 });
  });

  it('if everything fails it says why; an abort is no failed trial', async () => {
    await expect(tune(ItemKnn, { neighbors: [-1, 0] }, given)).rejects.toMatchObject({
      message: expect.stringContaining('All 2 trials failed'),
      cause: expect.objectContaining({ code: 'INVALID_K' }),
    });
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    await expect(
      tune(ItemKnn, { neighbors: [1, 2] }, { ...given, onProgress, signal: controller.signal }),
    ).rejects.toThrow('enough');
  });

  it.each([
    [{ neighbors: [] }, {}, 'empty'],
    [{}, {}, 'empty'],
    [{ shrinkage: { min: 0, max: 9 } }, {}, 'grid'],
    [{ shrinkage: { min: 9, max: 0 } }, { search: 'random' }, 'min <= max'],
    [{ shrinkage: { min: 0, max: 9, scale: 'log' } }, { search: 'random' }, 'above 0'],
    [{ neighbors: [1, 2, 3] }, { trials: 2 }, '3 combinations'],
    [{ neighbors: [1] }, { metric: 'rmse@10' }, 'rmse@10'],
    [{ neighbors: [1] }, { split: holdout() }, 'not both'],
  ] as const)('refuses %j with %j', async (space, options, said) => {
    await expect(tune(ItemKnn, space as object, { ...given, ...options })).rejects.toThrow(said);
  });
});
