/** Popularity: counts, sums and windows, against counting by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Interaction, Interactions, Popularity, type PopularityOptions } from '../../../src/recommend/index.js';
import { Random } from '../../backend/conformance/random.js';
import { drawTastes } from '../../fixtures/sparse.js';

const data = Interactions.from([
  { user: 'ann', item: 'tea', value: 1, time: 10 },
  { user: 'ben', item: 'tea', value: 1, time: 20 },
  { user: 'cas', item: 'tea', value: 1, time: 30 },
  { user: 'ann', item: 'rye', value: 9, time: 40 },
  { user: 'ben', item: 'rye', value: 0.5, time: 50 },
  { user: 'cas', item: 'figs', value: -2, time: 60 },
  { user: 'dee', item: 'oats', value: 3 },
]);
const all = { k: 100, excludeSeen: false };
const scoresOf = (model: Popularity) => model.recommend('ann', all).map(({ item, score }) => [item, score]);

describe('what it counts', () => {
  it('is users, or values', () => {
    expect(scoresOf(Popularity.fit(data))).toEqual([
      ['tea', 3],
      ['rye', 2],
      ['figs', 1],
      ['oats', 1],
    ]);
    expect(scoresOf(Popularity.fit(data, { by: 'values' }))).toEqual([
      ['rye', 9.5],
      ['tea', 3],
      ['oats', 3],
    ]);
  });

  it('is what happened in the window, of which the beginning is left out and the end is in', () => {
    const windowed = (options: PopularityOptions) => Object.fromEntries(scoresOf(Popularity.fit(data, options)));
    expect(windowed({ window: 30 })).toEqual({ rye: 2, figs: 1 });
    expect(windowed({ window: 31 })).toEqual({ tea: 1, rye: 2, figs: 1 });
    expect(windowed({ window: 20, now: 40 })).toEqual({ tea: 1, rye: 1 });
    expect(windowed({ now: 20 })).toEqual({ tea: 2 });
    expect(windowed({ window: 5, now: 1000 })).toEqual({});
  });

  it('is the same by hand for any records', () => {
    const anyRecord: fc.Arbitrary<Interaction> = fc.record({
      user: fc.constantFrom('a', 'b', 'c', 'd'),
      item: fc.constantFrom('q', 'r', 's', 't'),
      value: fc.integer({ min: 0, max: 5 }),
      time: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 20 })),
    });
    const anyOptions = fc.record({ by: fc.constantFrom('users', 'values'), window: fc.integer({ min: 1, max: 25 }) });
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1 }), anyOptions, (records, options) => {
        const interactions = Interactions.from(records);
        const held = [...interactions.records()];
        const times = held.flatMap(({ time }) => (time === undefined ? [] : [time]));
        if (times.length === 0) {
          expect(() => Popularity.fit(interactions, options)).toThrow('times');
          return;
        }
        const counted = new Map<string, number>();
        for (const { item, value, time } of held) {
          if (time === undefined || time <= Math.max(...times) - options.window) continue;
          counted.set(item, (counted.get(item) ?? 0) + (options.by === 'values' ? value : 1));
        }
        const expected = interactions.items.flatMap((item) => {
          const score = counted.get(item) ?? 0;
          return score > 0 ? [{ item, score }] : [];
        });
        const model = Popularity.fit(interactions, options);
        const list = model.recommend(interactions.users[0], all);
        expect(list).toEqual(expected.toSorted((a, b) => b.score - a.score));
        expect(Popularity.fromBytes(model.toBytes()).recommendAll()).toEqual(model.recommendAll());
      }),
    );
  });
});

describe('what it answers', () => {
  const model = Popularity.fit(data, { window: 31 });

  it('is explained by its base', () => {
    expect(model.explain('dee', 'rye')).toEqual({ score: 2, base: 2, reasons: [] });
    expect(model.explain(['rye'], 'oats')).toEqual({ score: 0, reasons: [] });
    expect(model.predict('dee', 'tea')).toBe(1);
  });

  it('to someone unknown is its own list, marked, in the window and above minScore', () => {
    const mark = { fallback: 'popularity' };
    expect(model.recommendFor([])).toEqual([
      { item: 'rye', score: 2, ...mark },
      { item: 'tea', score: 1, ...mark },
      { item: 'figs', score: 1, ...mark },
    ]);
    expect(model.recommendFor([], { minScore: 2, items: ['tea', 'rye'] })).toEqual([
      { item: 'rye', score: 2, ...mark },
    ]);
    expect(model.recommendFor([], { fallback: 'none' })).toEqual([]);
  });
});

describe('re-ranking', () => {
  it('weighs scores brought to 0..1 against the cosine of who has what', () => {
    const tastes = Interactions.from(drawTastes(new Random('re-ranking'), 40, 25, { within: 0.5, across: 0.1 }));
    const model = Popularity.fit(tastes);
    const [lambda, fetchK, k] = [0.6, 15, 8];
    const columns = new Map(
      tastes.items.map((item) => [item, tastes.users.map((user) => new Map(tastes.profile(user)).get(item) ?? 0)]),
    );
    const dot = (a: string, b: string) => {
      const [left, right] = [columns.get(a) as number[], columns.get(b) as number[]];
      return left.reduce((sum, value, n) => sum + value * right[n], 0);
    };
    const cosine = (a: string, b: string) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    for (const user of tastes.users) {
      const left = model.recommend(user, { k: fetchK });
      const [best, worst] = [left[0].score, left[left.length - 1].score];
      const chosen: string[] = [];
      while (chosen.length < k) {
        const worth = left.map(({ item, score }) => {
          const redundancy = Math.max(...chosen.map((each) => cosine(item, each)), chosen.length ? -1 : 0);
          return lambda * ((score - worst) / (best - worst)) - (1 - lambda) * redundancy;
        });
        chosen.push(left.splice(worth.indexOf(Math.max(...worth)), 1)[0].item);
      }
      const found = model.recommend(user, { k, diverse: { lambda, fetchK } });
      expect(found.map(({ item }) => item)).toEqual(chosen);
    }
  });
});

describe('refusals', () => {
  const timeless = Interactions.from([{ user: 'ann', item: 'tea' }]);

  it('are for windows without times', () => {
    const refusal = expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: 'A window needs interactions with times, and these have none.',
    });
    expect(() => Popularity.fit(timeless, { window: 7 })).toThrow(refusal);
    expect(() => Popularity.fit(timeless, { now: 7 })).toThrow(refusal);
  });

  it.each<[unknown, RegExp]>([
    [null, /options must be an object .*, not null/],
    [{ by: 'fame' }, /by must be .*, not "fame"/],
    [{ window: 0 }, /window must be .*, not 0/],
    [{ window: '7 days' }, /window must be .*, not "7 days"/],
    [{ window: Number.POSITIVE_INFINITY }, /window must be .*, not Infinity/],
    [{ now: Number.NaN }, /now must be .*, not NaN/],
  ])('are for the options %s', (options, message) => {
    const refusal = expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
    expect(() => Popularity.fit(data, options as never)).toThrow(refusal);
  });
});
