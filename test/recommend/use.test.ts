/** What a person calling ItemKnn and UserKnn relies on: options, refusals, profiles, ids of every kind. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Interaction, Interactions, ItemKnn, type Profile, UserKnn } from '../../src/recommend/index.js';

const shop: Interaction<string, string>[] = [
  { user: 'ann', item: 'tea' },
  { user: 'ann', item: 'milk' },
  { user: 'ben', item: 'tea' },
  { user: 'ben', item: 'milk' },
  { user: 'ben', item: 'rye' },
  { user: 'cas', item: 'milk' },
  { user: 'cas', item: 'rye' },
  { user: 'cas', item: 'figs' },
  { user: 'dee', item: 'oats', value: 0 },
];

describe.each([
  ['ItemKnn', ItemKnn.fit<string, string>],
  ['UserKnn', UserKnn.fit<string, string>],
])('%s', (_, train) => {
  const interactions = Interactions.from(shop);
  const model = train(interactions);
  const everything = model.recommend('ann', { k: 100, excludeSeen: false });

  it('gives a prefix for a smaller k, and fewer than k without padding', () => {
    expect(everything.length).toBeGreaterThan(2);
    for (let k = 1; k <= everything.length + 1; k++) {
      expect(model.recommend('ann', { k, excludeSeen: false })).toEqual(everything.slice(0, k));
    }
  });

  it('leaves out what is seen, unless told otherwise', () => {
    const seen = interactions.profile('ann').map(([item]) => item);
    expect(model.recommend('ann')).toEqual(everything.filter(({ item }) => !seen.includes(item)));
    expect(model.recommendFor(['tea', 'milk']).map(({ item }) => item)).not.toContain('tea');
    expect(model.recommendFor(['tea', 'milk'], { excludeSeen: false }).map(({ item }) => item)).toContain('tea');
  });

  it('chooses among candidates and above a score before it counts to k', () => {
    const last = everything[everything.length - 1];
    expect(model.recommend('ann', { k: 1, excludeSeen: false, items: [last.item, last.item] })).toEqual([last]);
    expect(model.recommend('ann', { items: [] })).toEqual([]);
    expect(model.recommend('ann', { items: new Set(['oats']), fallback: 'none' })).toEqual([]);
    const { score } = everything[1];
    const atLeast = everything.filter((entry) => entry.score >= score);
    expect(model.recommend('ann', { excludeSeen: false, minScore: score })).toEqual(atLeast);
    expect(model.recommend('ann', { excludeSeen: false, minScore: -1 })).toEqual(
      everything.filter(({ fallback }) => fallback === undefined),
    );
    expect(model.recommend('ann', { minScore: 2 })).toEqual([]);
  });

  it('has nothing to say for or about one who is known but has nothing that counts', () => {
    expect(model.recommend('dee', { fallback: 'none' })).toEqual([]);
    const filled = model.recommend('dee');
    expect(filled.length).toBeGreaterThan(0);
    for (const { fallback } of filled) expect(fallback).toBe('popularity');
    expect(model.recommend('dee', { minScore: 2 })).toEqual(filled);
    expect(model.similarUsers('dee')).toEqual([]);
    expect(model.similarItems('oats')).toEqual([]);
    expect(model.predict('dee', 'tea')).toBe(0);
    expect(model.explain('ann', 'oats')).toEqual({ score: 0, reasons: [] });
    expect(model.recommendFor([], { fallback: 'none' })).toEqual([]);
  });

  it('takes profiles of items, of pairs, and with repeats', () => {
    const expected = model.recommendFor(['tea', 'rye']);
    expect(model.recommendFor(new Set(['rye', 'tea']))).toEqual(expected);
    expect(
      model.recommendFor(
        new Map([
          ['tea', 1],
          ['rye', 1],
        ]),
      ),
    ).toEqual(expected);
    expect(model.recommendFor(['tea', 'rye', 'tea'])).toEqual(expected);
    const summing = train(Interactions.from(shop, { duplicates: 'sum' }));
    expect(summing.recommendFor(['tea', 'rye', 'tea'])).toEqual(
      summing.recommendFor([
        ['tea', 2],
        ['rye', 1],
      ]),
    );
  });

  it('changes nothing that it is given', () => {
    const profile: [string, number][] = [
      ['rye', 2],
      ['tea', 1],
    ];
    const copy = structuredClone(profile);
    const items = ['figs', 'milk'];
    model.recommendFor(profile, { items });
    model.explain(profile, 'milk');
    expect(profile).toEqual(copy);
    expect(items).toEqual(['figs', 'milk']);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as unknown as number])('refuses k = %s', (k) => {
    const refusal = expect.objectContaining({ code: 'INVALID_K', message: expect.stringContaining(String(k)) });
    expect(() => model.recommend('ann', { k })).toThrow(refusal);
    expect(() => model.recommendFor(['tea'], { k })).toThrow(refusal);
    expect(() => model.similarItems('tea', k)).toThrow(refusal);
    expect(() => model.similarUsers('ann', k)).toThrow(refusal);
    expect(() => train(interactions, { neighbors: k })).toThrow(refusal);
  });

  it('names what it does not know', () => {
    const refusal = (...names: string[]) =>
      expect.objectContaining({
        code: 'UNKNOWN_ID',
        message: expect.stringMatching(names.map((name) => JSON.stringify(name)).join(', ')),
      });
    expect(() => model.recommend('zoe')).toThrow(refusal('zoe'));
    expect(() => model.similarUsers('zoe')).toThrow(refusal('zoe'));
    expect(() => model.similarItems('gold')).toThrow(refusal('gold'));
    expect(() => model.predict('ann', 'gold')).toThrow(refusal('gold'));
    expect(() => model.explain('zoe', 'tea')).toThrow(refusal('zoe'));
    expect(() => model.explain(['tea', 'gold'], 'tea')).toThrow(refusal('gold'));
    expect(() => model.recommendFor(['gold', 'tea', 'salt'])).toThrow(refusal('gold', 'salt'));
    expect(() => model.recommend('ann', { items: ['gold'] })).toThrow(refusal('gold'));
  });

  it('refuses options that make no sense', () => {
    const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    expect(() => model.recommend('ann', { minScore: Number.NaN })).toThrow(refusal);
    expect(() => model.recommend('ann', 5 as unknown as object)).toThrow(refusal);
    expect(() => model.recommendFor('tea')).toThrow(refusal);
    expect(() => model.explain(null as unknown as Profile<string>, 'tea')).toThrow(refusal);
    expect(() => model.recommend('ann', { items: 'tea' })).toThrow(refusal);
    expect(() => train(interactions, { shrinkage: -1 })).toThrow(refusal);
    expect(() => train(interactions, { shrinkage: Number.POSITIVE_INFINITY })).toThrow(refusal);
    expect(() => train(interactions, { similarity: 'manhattan' as 'cosine' })).toThrow(refusal);
    expect(() => train(shop as unknown as typeof interactions)).toThrow(refusal);
    const bad = expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringContaining('"tea"') });
    expect(() => model.recommendFor([['tea', Number.NaN]])).toThrow(bad);
  });

  it('is unmoved by additions to the interactions it learned from, which a refit sees', () => {
    const before = model.recommend('ann');
    const more = interactions.add([{ user: 'ann', item: 'figs' }]);
    expect(model.recommend('ann')).toEqual(before);
    expect(
      train(more)
        .recommend('ann')
        .map(({ item }) => item),
    ).not.toContain('figs');
  });

  it('lets shrinkage favour what rests on more evidence', () => {
    const thin = model.similarItems('figs', 1)[0].score;
    const shrunk = train(interactions, { shrinkage: 1 }).similarItems('figs', 1)[0].score;
    expect(shrunk).toBeCloseTo((thin * Math.sqrt(2)) / (Math.sqrt(2) + 1), 12);
  });

  it('gives the same scores for permuted and repeated records', () => {
    // True of counts, whose sums are exact, as long as no list is cut among equals; ties then follow the new positions.
    const anyCounts = fc.uniqueArray(
      fc.record({ user: fc.constantFrom('a', 'b', 'c', 'd'), item: fc.constantFrom('q', 'r', 's', 't', 'u') }),
      { selector: ({ user, item }) => user + item, minLength: 1 },
    );
    const anyOrder = anyCounts.chain((records) =>
      fc.tuple(fc.constant(records), fc.shuffledSubarray([...records, ...records], { minLength: 2 * records.length })),
    );
    fc.assert(
      fc.property(anyOrder, ([records, shuffled]) => {
        const [one, other] = [records, shuffled].map((each) => train(Interactions.from(each), { neighbors: 9 }));
        for (const { user, item } of records) {
          expect(other.similarUsers(user).sort(byUser)).toEqual(one.similarUsers(user).sort(byUser));
          expect(other.predict(user, item)).toBeCloseTo(one.predict(user, item), 12);
        }
      }),
    );
  });
});

const byUser = (a: { user: string }, b: { user: string }) => (a.user < b.user ? -1 : 1);

it('ItemKnn recommends the same for a known user and for that user’s profile', () => {
  const interactions = Interactions.from(shop);
  const model = ItemKnn.fit(interactions);
  for (const user of interactions.users) {
    expect(model.recommendFor(interactions.profile(user))).toEqual(model.recommend(user));
  }
});

it('UserKnn counts a known twin among the neighbours of a profile from outside', () => {
  const model = UserKnn.fit(Interactions.from(shop));
  expect(model.explain(['tea', 'milk'], 'tea').reasons.map(({ user }) => user)).toEqual(['ann', 'ben']);
  expect(model.explain('ann', 'tea').reasons.map(({ user }) => user)).toEqual(['ben']);
});

it('works with numbers as ids', () => {
  const interactions = Interactions.from(
    [
      [10, 0],
      [10, 1],
      [20, 0],
      [20, 2],
    ].map(([user, item]) => ({ user, item })),
  );
  for (const model of [ItemKnn.fit(interactions), UserKnn.fit(interactions)]) {
    expect(model.recommend(10).map(({ item }) => item)).toEqual([2]);
    expect(model.recommendFor([0]).map(({ item }) => item)).toEqual([1, 2]);
    expect(model.recommendFor([[0, 2]]).map(({ item }) => item)).toEqual([1, 2]);
    expect(model.explain(10, 2).reasons).toHaveLength(1);
  }
});
