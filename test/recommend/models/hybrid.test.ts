/** Hybrid: its formulas against the textbook, what it takes and refuses, and what it keeps of its members. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnyModel,
  Ease,
  Hybrid,
  type HybridMember,
  type HybridOptions,
  ImplicitAls,
  Interactions,
  ItemKnn,
  Popularity,
  type TrainingProgress,
  UserKnn,
} from '../../../src/recommend/index.js';
import { contributionsOf } from '../../../src/recommend/models/hybrid/fusion.js';

const pairs = ['ax', 'ay', 'az', 'bx', 'by', 'bw', 'cy', 'cz', 'cw', 'dx', 'dv', 'ev', 'ew', 'fu'];
const data = Interactions.from(pairs.map(([user, item], n) => ({ user, item, value: 1 + (n % 3) })));
const knn = ItemKnn.fit(data);
const ease = Ease.fit(data, { l2: 1 });
const popularity = Popularity.fit(data);

/** Everything a model ranks for someone, whether seen or not, in its own order. */
function rankedBy(model: AnyModel, user: string): { item: string; score: number }[] {
  return model.recommend(user, { k: 100, excludeSeen: false, fallback: 'none' });
}

/** The definitions, by what members answer and by nothing of Hybrid. */
function expectedScores(members: readonly HybridMember[], user: string, options: HybridOptions): Map<string, number> {
  const { method = 'weighted', normalize = 'minmax', rankConstant = 60 } = options;
  const seen = new Set(data.profile(user).map(([item]) => item));
  const lists = members.map(({ model }) => rankedBy(model, user));
  const ranked = new Set(lists.flatMap((list) => list.map(({ item }) => item)));
  const totals = new Map<string, number>();
  for (const item of ranked) {
    members.forEach(({ weight = 1 }, n) => {
      const list = lists[n];
      const open = list.filter((each) => !seen.has(each.item));
      const scores = open.map(({ score }) => score);
      const [low, high] = [Math.min(...scores), Math.max(...scores)];
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
      const place = list.findIndex((each) => each.item === item);
      const scale = (score: number) => {
        if (normalize === 'none') return score;
        if (normalize === 'minmax') return high > low ? (score - low) / (high - low) : 1;
        return high > low ? (score - mean) / deviation : 0;
      };
      let value = 0;
      if (place >= 0 && method === 'rrf') {
        value = 1 / (rankConstant + 1 + list.slice(0, place).filter((each) => !seen.has(each.item)).length);
      } else if (place >= 0) value = scale(list[place].score);
      else if (method === 'weighted' && normalize === 'zscore' && scores.length > 0) value = scale(low);
      totals.set(item, (totals.get(item) ?? 0) + weight * value);
    });
  }
  return totals;
}

describe('the formulas', () => {
  const anyOptions: fc.Arbitrary<HybridOptions> = fc.record({
    method: fc.constantFrom('weighted', 'rrf'),
    normalize: fc.constantFrom('minmax', 'zscore', 'none'),
    rankConstant: fc.constantFrom(0, 1, 60),
  });
  const anyMembers = fc
    .subarray([knn, ease, popularity, UserKnn.fit(data, { neighbors: 2 })] as AnyModel[], { minLength: 1 })
    .chain((models) =>
      fc.tuple(...models.map((model) => fc.record({ model: fc.constant(model), weight: fc.constantFrom(0.25, 1, 3) }))),
    );

  it('give what the definitions give, for seen items too', () => {
    fc.assert(
      fc.property(anyMembers, anyOptions, fc.constantFrom(...data.users), (members, options, user) => {
        const list = rankedBy(Hybrid.of(members, options), user);
        const expected = expectedScores(members, user, options);
        expect(new Set(list.map(({ item }) => item))).toEqual(new Set(expected.keys()));
        for (const { item, score } of list) expect(score).toBeCloseTo(expected.get(item) as number, 10);
      }),
      { numRuns: 400 },
    );
  });

  it('rank scores that differ in one bit of any place, and those of either sign', () => {
    const bits = new DataView(new ArrayBuffer(8));
    const scores = Float64Array.from({ length: 130 }, (_, n) => {
      bits.setBigUint64(0, 0x3ff5555555555555n ^ (n < 2 ? 0n : 1n << BigInt((n >> 1) - 1)));
      return (n & 1 ? -1 : 1) * bits.getFloat64(0);
    }).map((score) => (Number.isNaN(score) ? 0 : score));
    const [ranks] = contributionsOf([scores], [1], new Uint32Array(), {
      method: 'rrf',
      normalize: 'none',
      rankConstant: 0,
    });
    const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
    expect(Array.from(order, (item) => Math.round(1 / ranks[item]))).toEqual(order.map((_, n) => n + 1));
  });

  it('are those of a worked example', () => {
    const fused = Hybrid.of([popularity, { model: popularity, weight: 2, name: 'again' }], { method: 'rrf' });
    const order = popularity.recommend('f', { k: 100 }).map(({ item }) => item);
    expect(fused.recommend('f', { k: 100 })).toEqual(
      order.map((item, n) => ({ item, score: 1 / (61 + n) + 2 / (61 + n) })),
    );
    expect(fused.explain('f', order[0])).toEqual({
      score: 1 / 61 + 2 / 61,
      reasons: [
        { model: 'again', contribution: 2 / 61 },
        { model: 'Popularity', contribution: 1 / 61 },
      ],
    });
  });

  it('do not depend on candidates, on k, on what is left out or on minScore', () => {
    for (const method of ['weighted', 'rrf'] as const) {
      const fused = Hybrid.of([knn, ease], { method });
      const all = new Map(rankedBy(fused, 'a').map(({ item, score }) => [item, score]));
      for (const options of [{ k: 1 }, { items: ['w', 'v'] }, { minScore: 0.01 }, { excludeSeen: false, k: 2 }]) {
        for (const { item, score } of fused.recommend('a', { ...options, fallback: 'none' })) {
          expect(score).toBe(all.get(item));
          expect(fused.predict('a', item)).toBe(score);
        }
      }
    }
  });

  it('break ties by position, as everything does', () => {
    const alike = Interactions.from(['ax', 'ay', 'az', 'bx'].map(([user, item]) => ({ user, item })));
    const equal = Hybrid.of([Popularity.fit(alike), Ease.fit(alike, { l2: 1e6 })], { normalize: 'zscore' });
    const list = equal.recommendFor(['x'], { k: 9 });
    expect(list.map(({ item }) => item)).toEqual(['y', 'z']);
    expect(list[0].score).toBe(list[1].score);
  });
});

describe('training', () => {
  const als = { factors: 3, iterations: 2, seed: 5 };
  const models = [
    { model: ItemKnn, options: { neighbors: 3 }, weight: 2 },
    { model: ImplicitAls, options: als },
    { model: ItemKnn, options: { similarity: 'jaccard' } },
    popularity,
  ] as const;
  const byHand = Hybrid.of(
    [
      { model: ItemKnn.fit(data, { neighbors: 3 }), weight: 2 },
      ImplicitAls.fit(data, als),
      ItemKnn.fit(data, { similarity: 'jaccard' }),
      popularity,
    ],
    { method: 'rrf' },
  );

  it('of classes gives what mixing their models gives', async () => {
    const trained = Hybrid.fit(data, { models, method: 'rrf' });
    expect(trained.toBytes()).toEqual(byHand.toBytes());
    expect(trained.members.map(({ name }) => name)).toEqual(['ItemKnn', 'ImplicitAls', 'ItemKnn 2', 'Popularity']);
    const heard: TrainingProgress[] = [];
    const later = await Hybrid.fitAsync(data, { models, method: 'rrf', onProgress: (each) => heard.push(each) });
    expect(later.toBytes()).toEqual(byHand.toBytes());
    expect(new Set(heard.map(({ phase }) => phase))).toEqual(
      new Set(['neighbors (model 1 of 4)', 'factors (model 2 of 4)', 'neighbors (model 3 of 4)']),
    );
  });

  it('takes models that learned from equal interactions, and no others', () => {
    const equal = Interactions.fromParts<string, string>(data.toParts());
    const mixed = Hybrid.of([knn, Popularity.fit(equal)]);
    expect(mixed.recommend('a')).toEqual(Hybrid.of([knn, popularity]).recommend('a'));
    const others = {
      users: data.add([{ user: 'new', item: 'x' }]),
      'pairs of user and item': Interactions.from([...data.records()].slice(1), {
        users: data.users,
        items: data.items,
      }),
      values: data.toImplicit(),
    };
    for (const [what, other] of Object.entries(others)) {
      expect(() => Hybrid.of([knn, Popularity.fit(other)])).toThrow(
        `Popularity and ItemKnn must have the same interactions, and their ${what} differ`,
      );
    }
    expect(() => Hybrid.fit(data.toImplicit(), { models: [knn] })).toThrow('their values differ');
  });

  it('of mixtures is possible, and they can be saved', () => {
    const nested = Hybrid.of([Hybrid.of([knn, popularity]), ease], { method: 'rrf' });
    const loaded = Hybrid.fromBytes(nested.toBytes());
    expect(loaded.recommendAll()).toEqual(nested.recommendAll());
    expect(loaded.members.map(({ name, weight }) => [name, weight])).toEqual([
      ['Hybrid', 1],
      ['Ease', 1],
    ]);
    let deep = nested;
    for (let n = 0; n < 9; n++) deep = Hybrid.of([deep]);
    expect(() => deep.toBytes()).toThrow('models are mixed 9 deep, and a file can hold 8');
  });
});

describe('refusals', () => {
  it.each<[string, unknown, unknown, RegExp]>([
    ['no list', knn, {}, /models must be an array or another iterable/],
    ['nothing', [], {}, /at least one model/],
    ['no model', [{ weight: 1 }], {}, /model 0 must be a model .*, not undefined/],
    ['null', [knn, null], {}, /model 1 must be a model .*, not null/],
    ['a class', [{ model: Ease }], {}, /only Hybrid\.fit trains/],
    ['a weight of 0', [{ model: knn, weight: 0 }], {}, /weight of model 0 must be .*, not 0/],
    ['a weight that is no number', [{ model: knn, weight: '1' }], {}, /weight of model 0 must be .*, not "1"/],
    ['a name that is no text', [{ model: knn, name: 7 }], {}, /name of model 0 must be .*, not 7/],
    ['a name that is there twice', [knn, { model: ease, name: 'ItemKnn' }], {}, /two models are called "ItemKnn"/],
    ['a method', [knn], { method: 'borda' }, /method must be .*, not "borda"/],
    ['a scale', [knn], { normalize: 'l2' }, /normalize must be .*, not "l2"/],
    ['a constant', [knn], { rankConstant: -1 }, /rankConstant must be .*, not -1/],
    ['no options', [knn], null, /options must be an object .*, not null/],
  ])('%s', (_, members, options, message) => {
    const refusal = expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
    expect(() => Hybrid.of(members as never, options as never)).toThrow(refusal);
  });

  it('come before anything is trained', async () => {
    const model = {
      fit: () => {
        throw new Error('trained');
      },
      fitAsync: () => Promise.reject(new Error('trained')),
    };
    const untrained = Object.assign(() => undefined, model);
    const models = [{ model: untrained }];
    for (const options of [{ models, method: 'sum' }, { models: [...models, { model: Ease, weight: -1 }] }, {}, null]) {
      const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
      expect(() => Hybrid.fit(data, options as never)).toThrow(refusal);
      await expect(Hybrid.fitAsync(data, options as never)).rejects.toEqual(refusal);
    }
    expect(() => Hybrid.fit(data, { models: [{ model: () => 1 }] } as never)).toThrow(
      'model 0 must be a class with fit',
    );
    expect(() => Hybrid.fit(pairs as never, { models: [] })).toThrow('Interactions');
  });
});
