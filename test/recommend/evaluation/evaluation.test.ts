/** Evaluation: every metric against numbers worked out by hand and against a slow account of its definition. */
import { describe, expect, it } from 'vitest';
import { KindredError } from '../../../src/index.js';
import {
  compare,
  compareAsync,
  Ease,
  type EaseOptions,
  type Evaluable,
  evaluate,
  evaluateAsync,
  formatTable,
  holdout,
  Interactions,
  ItemKnn,
  type NeighborhoodOptions,
  Popularity,
  type Recommendation,
  tune,
} from '../../../src/recommend/index.js';
import { Random } from '../../backend/conformance/random.js';
import { drawTastes } from '../../fixtures/sparse.js';

/** A model that says what it is told to. */
function saying(lists: Record<string, string[]>, train?: Interactions): Evaluable {
  return {
    interactions: train,
    recommend(user, { k = 10 } = {}): Recommendation[] {
      return (lists[user] ?? []).slice(0, k).map((item, n) => ({ item, score: 1 / (n + 1) }));
    },
  };
}

const WITHOUT = { bootstrap: false, segments: false } as const;

describe('by hand', () => {
  const test = Interactions.from([
    { user: 'ada', item: 'a' },
    { user: 'ada', item: 'c' },
    { user: 'bob', item: 'd' },
    { user: 'cy', item: 'a' },
  ]);
  const model = saying({ ada: ['a', 'b', 'c'], bob: ['a', 'b', 'c'], cy: ['b', 'a'] });
  const report = evaluate(model, test, { k: [1, 3], ...WITHOUT });
  const log2 = Math.log2;

  it.each([
    ['precision@1', (1 + 0 + 0) / 3],
    ['precision@3', (2 / 3 + 0 + 1 / 3) / 3],
    ['recall@3', (1 + 0 + 1) / 3],
    ['recall@1', (1 / 2 + 0 + 0) / 3],
    ['hitRate@3', 2 / 3],
    ['mrr@3', (1 + 0 + 1 / 2) / 3],
    ['map@3', ((1 / 1 + 2 / 3) / 2 + 0 + 1 / 2) / 3],
    ['ndcg@3', ((1 + 1 / log2(4)) / (1 + 1 / log2(3)) + 0 + 1 / log2(3)) / 3],
  ])('%s', (name, expected) => {
    expect(report.value(name)).toBeCloseTo(expected, 12);
  });

  it('each user has a value of their own', () => {
    expect(report.users).toEqual(['ada', 'bob', 'cy']);
    expect([...report.perUser('mrr@3')]).toEqual([1, 0, 0.5]);
  });

  it('graded relevance', () => {
    const graded = Interactions.from([
      { user: 'ada', item: 'a', value: 1 },
      { user: 'ada', item: 'c', value: 3 },
    ]);
    const { value } = evaluate(model, graded, { k: 3, relevance: 'graded', ...WITHOUT }).measurement('ndcg');
    expect(value).toBeCloseTo((1 + 3 / log2(4)) / (3 + 1 / log2(3)), 12);
  });

  it('a list that is shorter than asked for: the ideal one is not', () => {
    const { value } = evaluate(saying({ ada: ['a'], bob: ['a'], cy: ['a'] }), test, {
      k: 3,
      metrics: ['ndcg'],
      ...WITHOUT,
    }).measurement('ndcg');
    expect(value).toBeCloseTo((1 / (1 + 1 / log2(3)) + 0 + 1) / 3, 12);
  });

  it('what the catalogue sees', () => {
    const train = Interactions.from([
      { user: 'ada', item: 'b' },
      { user: 'bob', item: 'b' },
      { user: 'cy', item: 'd' },
      { user: 'cy', item: 'c' },
    ]);
    const held = Interactions.from(
      [
        { user: 'ada', item: 'd' },
        { user: 'bob', item: 'c' },
      ],
      { users: train.users, items: train.items },
    );
    const told = evaluate(saying({ ada: ['d'], bob: ['c'] }, train), held, { k: 1, ...WITHOUT });
    // Two of three items; each is known to one of three users.
    expect(told.value('coverage@1')).toBeCloseTo(2 / 3, 12);
    expect(told.value('novelty@1')).toBeCloseTo(-log2(1 / 3), 12);
  });

  it('ratings', () => {
    const ratings = Interactions.from([
      { user: 'ada', item: 'a', value: 4 },
      { user: 'bob', item: 'd', value: 2 },
    ]);
    const three = { ...model, predict: () => 3.5 };
    const found = evaluate(three, ratings, { metrics: ['rmse', 'mae'], ...WITHOUT });
    expect(found.value('rmse')).toBeCloseTo(Math.sqrt((0.25 + 2.25) / 2), 12);
    expect(found.value('mae')).toBeCloseTo(1, 12);
    const likely = { ...model, predict: () => 0.8 };
    expect(evaluate(likely, ratings, { metrics: ['logLoss'], minValue: 3, ...WITHOUT }).value('logLoss')).toBeCloseTo(
      -(Math.log(0.8) + Math.log(0.2)) / 2,
      12,
    );
  });
});

/** Three hundred people of three tastes, so that a model can be better than another. */
function world(seed: number) {
  const shape = { tastes: 3, within: 0.35, across: 0.1 };
  return holdout({ ratio: 0.25, seed })(Interactions.from(drawTastes(new Random(seed), 300, 100, shape)));
}

describe('against its definition', () => {
  it.each([1, 2, 3])('a real model, seed %i', (seed) => {
    const { train, test } = world(seed);
    const model = ItemKnn.fit(train, { neighbors: 20, backend: 'reference' });
    const k = 7;
    const report = evaluate(model, test, { k, ...WITHOUT });
    const sums = { precision: 0, recall: 0, hitRate: 0, ndcg: 0, map: 0, mrr: 0 };
    const users = test.users.filter((user) => test.profile(user).length > 0 && train.profile(user).length > 0);
    for (const user of users) {
      const relevant = new Set(test.profile(user).map(([item]) => item));
      const hits = model.recommend(user, { k }).map(({ item }) => relevant.has(item));
      const found = hits.filter(Boolean).length;
      const ideal = Math.min(k, relevant.size);
      sums.precision += found / k;
      sums.recall += found / relevant.size;
      sums.hitRate += found > 0 ? 1 : 0;
      sums.mrr += found > 0 ? 1 / (hits.indexOf(true) + 1) : 0;
      const gain = (n: number) => 1 / Math.log2(n + 2);
      let best = 0;
      for (let n = 0; n < ideal; n++) best += gain(n);
      sums.ndcg += hits.reduce((sum, hit, n) => sum + (hit ? gain(n) : 0), 0) / best;
      const precisionAt = (n: number) => hits.slice(0, n + 1).filter(Boolean).length / (n + 1);
      sums.map += hits.reduce((sum, hit, n) => sum + (hit ? precisionAt(n) : 0), 0) / ideal;
    }
    expect(report.users).toEqual(users);
    for (const [metric, sum] of Object.entries(sums)) {
      expect(report.value(`${metric}@${k}`), metric).toBeCloseTo(sum / users.length, 10);
    }
  });

  it('candidates only, and the report says so', () => {
    const { train, test } = world(4);
    const model = Popularity.fit(train);
    const user = test.users.find((each) => test.profile(each).length > 0) as string;
    const [[item]] = test.profile(user);
    const others = train.items.filter((each) => each !== item && !train.profile(user).some(([had]) => had === each));
    const candidates = new Map([[user, [item, ...others.slice(0, 10)]]]);
    const report = evaluate(model, test, { candidates, k: 11, ...WITHOUT });
    expect(report.protocol.ranking).toBe('candidates');
    expect(report.users).toEqual([user]);
    const rank = 1 + others.slice(0, 10).filter((each) => model.predict(user, each) > model.predict(user, item)).length;
    expect(report.value('mrr@11')).toBeGreaterThanOrEqual(1 / (rank + 10));
    expect(String(report)).toContain('not comparable');
  });
});

describe('whom it counts', () => {
  it('those without test items, history or candidates are counted apart', () => {
    const train = Interactions.from(
      [
        { user: 'ada', item: 'a' },
        { user: 'bob', item: 'b' },
      ],
      { users: ['ada', 'bob', 'new'] },
    );
    const test = Interactions.from(
      [
        { user: 'ada', item: 'b' },
        { user: 'new', item: 'a' },
      ],
      { users: train.users, items: train.items },
    );
    const report = evaluate(Popularity.fit(train), test, WITHOUT);
    expect(report.users).toEqual(['ada']);
    expect(report.skipped).toMatchObject({ noTestItems: 1, noHistory: 1, unknown: 0 });
    expect(evaluate(Popularity.fit(train), test, { ...WITHOUT, withoutHistory: 'include' }).users).toEqual([
      'ada',
      'new',
    ]);
    expect(String(report)).toContain('1 without history');
  });

  it('of whom the model says that it knows nothing, nothing is to be found either', () => {
    const test = Interactions.from([
      { user: 'ada', item: 'a' },
      { user: 'bob', item: 'a' },
      { user: 'bob', item: 'b' },
    ]);
    const recommend = (user: string): Recommendation[] => {
      if (user === 'bob') throw new KindredError('UNKNOWN_ID', 'who is bob?');
      return [{ item: 'a', score: 1 }];
    };
    const report = evaluate({ recommend }, test, WITHOUT);
    expect(report.skipped.unknown).toBe(1);
    expect(report.counts.relevant).toBe(1);
  });

  it('nobody at all is an error that says why', () => {
    const train = Interactions.from([{ user: 'ada', item: 'a' }]);
    expect(() => evaluate(Popularity.fit(train), Interactions.from([]))).toThrow(/no user|nobody|No user/i);
  });

  it('options that are none are refused', () => {
    const { train, test } = world(5);
    const model = Popularity.fit(train);
    expect(() => evaluate(model, test, { k: 0 })).toThrow('k');
    expect(() => evaluate(model, test, { metrics: ['accuracy' as never] })).toThrow('accuracy');
    expect(() => evaluate({} as never, test)).toThrow('recommender');
    expect(() => evaluate(model, test, { foldIn: [] as never })).toThrow('foldIn');
  });
});

describe('intervals and comparisons', () => {
  const { train, test } = world(6);
  const good = ItemKnn.fit(train, { backend: 'reference' });
  const poor = Popularity.fit(train);

  it('an interval holds the value, is the same for the same seed, and narrows with its level', () => {
    const at = (options: object) =>
      evaluate(good, test, { metrics: ['ndcg'], segments: false, bootstrap: { samples: 300, ...options } }).measurement(
        'ndcg@10',
      );
    const wide = at({ level: 0.99, seed: 1 });
    const narrow = at({ level: 0.5, seed: 1 });
    expect(wide.low).toBeLessThan(narrow.low as number);
    expect(narrow.low).toBeLessThan(narrow.value);
    expect(narrow.value).toBeLessThan(narrow.high as number);
    expect(at({ level: 0.5, seed: 1 })).toEqual(narrow);
    expect(at({ level: 0.5, seed: 2 })).not.toEqual(narrow);
  });

  it('about nineteen of twenty intervals hold the truth', () => {
    const random = new Random(7);
    let held = 0;
    const trials = 100;
    for (let trial = 0; trial < trials; trial++) {
      const records = Array.from({ length: 150 }, (_, n) => ({
        user: `u${n}`,
        item: random.share() < 0.3 ? 'hit' : 'miss',
      }));
      const lists = Object.fromEntries(records.map(({ user }) => [user, ['hit']]));
      const found = evaluate(saying(lists), Interactions.from(records), {
        metrics: ['hitRate'],
        bootstrap: { samples: 400, seed: trial },
      });
      const { low, high } = found.measurement('hitRate@10');
      if ((low as number) <= 0.3 && 0.3 <= (high as number)) held++;
    }
    expect(held).toBeGreaterThan(85);
  });

  it('the better model is better, and the other way round it is worse by as much', () => {
    const options = { metrics: ['ndcg', 'mrr'], permutations: 2000 } as const;
    const a = compare(good, poor, test, options);
    const b = compare(poor, good, test, options);
    const [ours, theirs] = [a.metric('ndcg@10'), b.metric('ndcg@10')];
    expect(ours.better).toBe('first');
    expect(theirs.better).toBe('second');
    expect(theirs.difference).toBe(-ours.difference);
    expect([theirs.wins, theirs.losses, theirs.ties]).toEqual([ours.losses, ours.wins, ours.ties]);
    expect(theirs.pValue).toBe(ours.pValue);
    expect(ours.pValue).toBeLessThan(0.05);
    expect(ours.first - ours.second).toBeCloseTo(ours.difference, 12);
  });

  it('of an error the smaller one wins', () => {
    const ratings = Interactions.from([
      { user: 'ada', item: 'a', value: 4 },
      { user: 'bob', item: 'a', value: 2 },
    ]);
    const [near, far] = [4, 1].map((value) => ({ recommend: () => [], predict: () => value }));
    const { metrics } = compare(near, far, ratings, { metrics: ['rmse'] });
    // Of ada 4 is right and 1 is not; of bob 1 is nearer.
    expect(metrics[0]).toMatchObject({ wins: 1, losses: 1, ties: 0 });
    const same = { recommend: () => [], predict: (user: string) => (user === 'ada' ? 4 : 2) };
    expect(compare(same, far, ratings, { metrics: ['rmse'] }).metric('rmse')).toMatchObject({
      wins: 2,
      losses: 0,
      ties: 0,
    });
    expect(compare(same, same, ratings, { metrics: ['rmse'] }).metric('rmse')).toMatchObject({ wins: 0, ties: 2 });
  });

  it('a model is no better than itself', async () => {
    const { metrics } = await compareAsync(good, good, test);
    for (const { difference, pValue, better } of metrics) {
      expect({ difference, pValue, better }).toEqual({ difference: 0, pValue: 1, better: undefined });
    }
  });

  it('reports on different people cannot be compared', () => {
    const other = world(8);
    expect(() => compare(evaluate(good, test), evaluate(Popularity.fit(other.train), other.test))).toThrow();
  });
});

describe('reports', () => {
  const { train, test } = world(9);
  const report = evaluate(Popularity.fit(train), test, { k: [5, 10], bootstrap: { samples: 100 } });

  it('say the same as text, table and JSON', async () => {
    expect(String(report)).toContain('ndcg');
    expect(formatTable([report], { style: 'markdown' })).toMatch(/^\| model/);
    const json = JSON.parse(JSON.stringify(report));
    expect(
      json.measurements.find((each: { metric: string; k: number }) => each.metric === 'ndcg' && each.k === 10).value,
    ).toBe(report.value('ndcg@10'));
    expect(() => report.value('ndcg@7')).toThrow('ndcg@5');
    const later = await evaluateAsync(Popularity.fit(train), test, { k: [5, 10], bootstrap: { samples: 100 } });
    expect(later.toJSON()).toEqual(report.toJSON());
  });

  it('an evaluation stops when told', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(evaluateAsync(Popularity.fit(train), test, { signal })).rejects.toThrow('enough');
  });
});

describe('tuning', () => {
  const { train, test } = world(10);

  it('tries the whole grid, best first, the same every time; a failing trial is told, not lost', async () => {
    const find = () =>
      tune<string, string, EaseOptions, Ease>(
        Ease,
        { l2: [0, 1, 10, 100] },
        { train, validation: test, metric: 'ndcg@5', fixed: { backend: 'reference' } },
      );
    const found = await find();
    expect(found.trials).toHaveLength(4);
    const scores = found.trials.map(({ score }) => score);
    expect(scores.slice(0, 3)).toEqual(scores.slice(0, 3).toSorted((a, b) => b - a));
    expect(found.trials[3].error?.message).toContain('l2');
    expect(found.bestOptions.l2).toBe(found.trials[0].options.l2);
    const again = await find();
    expect(again.trials.map(({ score }) => score)).toEqual(scores);
  });

  it('random search draws from ranges by its seed', async () => {
    const options = { train, validation: test, search: 'random', trials: 4, seed: 3 } as const;
    const found = await tune<string, string, NeighborhoodOptions, ItemKnn>(
      ItemKnn,
      { shrinkage: { min: 0, max: 50 }, neighbors: [5, 20] },
      options,
    );
    expect(found.trials).toHaveLength(4);
    for (const { options: tried } of found.trials) expect(tried.shrinkage).toBeLessThanOrEqual(50);
  });
});
