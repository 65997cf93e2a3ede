/**
 * ItemKnn and UserKnn against a brute force that knows nothing of sparse rows, on every backend, bit for bit. The brute
 * force takes most of the time, so it answers once for all levels, and remembers what it was asked.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Interaction, Interactions, ItemKnn, UserKnn } from '../../src/recommend/index.js';
import { openLevels } from '../fixtures/levels.js';

type Records = readonly Interaction<string, string>[];
interface Settings {
  neighbors: number;
  shrinkage: number;
}
interface Ranked {
  id: string;
  score: number;
}

/** The definitions, over a dense users x items matrix with 0 where there is no interaction. */
class BruteForce {
  readonly users: readonly string[];
  readonly items: readonly string[];
  readonly neighbors: number;
  readonly shrinkage: number;
  readonly #rows: readonly number[][];
  readonly #columns: readonly number[][];
  readonly #seen: ReadonlySet<string>;
  readonly #similar = new Map<string, Ranked[]>();

  constructor(records: Records, { neighbors, shrinkage }: Settings) {
    this.users = [...new Set(records.map(({ user }) => user))];
    this.items = [...new Set(records.map(({ item }) => item))];
    this.neighbors = neighbors;
    this.shrinkage = shrinkage;
    const values = new Map(
      records.map(({ user, item, value = 1 }) => [JSON.stringify([user, item]), Math.fround(value)]),
    );
    this.#seen = new Set(values.keys());
    const value = (user: string, item: string) => values.get(JSON.stringify([user, item])) ?? 0;
    this.#rows = this.users.map((user) => this.items.map((item) => value(user, item)));
    this.#columns = this.items.map((_, n) => this.#rows.map((row) => row[n]));
  }

  has(user: string, item: string): boolean {
    return this.#seen.has(JSON.stringify([user, item]));
  }

  row(user: string): number[] {
    return this.#rows[this.users.indexOf(user)];
  }

  /** Of all ids, the `k` whose vectors are most alike one, without the one called `self`. */
  #similarTo(of: 'users' | 'items', vector: readonly number[], k: number, self: string | undefined): Ranked[] {
    const key = JSON.stringify([of, vector, k, self]);
    const known = this.#similar.get(key);
    if (known) return known;
    const vectors = of === 'users' ? this.#rows : this.#columns;
    const all = this[of].map((id, n) => ({ id, score: this.#cosine(vector, vectors[n]) }));
    const found = firstOf(all, k, ({ id }) => id !== self);
    this.#similar.set(key, found);
    return found;
  }

  #cosine(a: readonly number[], b: readonly number[]): number {
    const sum = (x: readonly number[], y: readonly number[]) => x.reduce((total, value, n) => total + value * y[n], 0);
    const scale = Math.sqrt(sum(a, a) * sum(b, b)) + this.shrinkage;
    return scale === 0 ? 0 : Math.min(1, Math.max(-1, sum(a, b) / scale));
  }

  similarItems(item: string, k: number): Ranked[] {
    return this.#similarTo('items', this.#columns[this.items.indexOf(item)], k, item);
  }

  similarUsers(user: string, k: number): Ranked[] {
    return this.#similarTo('users', this.row(user), k, user);
  }

  /** Contributions to an item's score, by position of the item of the profile. */
  itemContributions(profile: number[], item: string): Ranked[] {
    const near = new Map(this.similarItems(item, this.neighbors).map(({ id, score }) => [id, score]));
    return this.items.map((id, n) => ({ id, score: (near.get(id) ?? 0) * profile[n] }));
  }

  /** Contributions to an item's score, by position of the neighbour. `self` is left out of the neighbours. */
  userContributions(profile: number[], item: string, self?: string): Ranked[] {
    const similar = this.#similarTo('users', profile, this.neighbors, self);
    const near = new Map(similar.map(({ id, score }) => [id, score]));
    const column = this.#columns[this.items.indexOf(item)];
    return this.users.map((id, n) => ({ id, score: (near.get(id) ?? 0) * column[n] }));
  }
}

const sumOf = (contributions: Ranked[]) => contributions.reduce((sum, { score }) => sum + score, 0);

/** The order contract: score descending, then position ascending; only positive scores. */
function firstOf(ranked: Ranked[], k: number, admits: (entry: Ranked) => boolean): Ranked[] {
  const positive = ranked.filter((entry) => entry.score > 0 && admits(entry));
  return positive.sort((a, b) => b.score - a.score).slice(0, k);
}

const models = {
  ItemKnn: {
    train: ItemKnn.fit<string, string>,
    contributions: (oracle: BruteForce, profile: number[], item: string) => oracle.itemContributions(profile, item),
  },
  UserKnn: {
    train: UserKnn.fit<string, string>,
    contributions: (oracle: BruteForce, profile: number[], item: string, self?: string) =>
      oracle.userContributions(profile, item, self),
  },
};

/** Awkward on purpose: few ids so that ties and twins are common, zeros and negatives. */
const smallRecords = fc.array(
  fc.record({
    user: fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__'),
    item: fc.constantFrom('q', 'r', 's', 't', 'u', 'v', 'constructor'),
    value: fc.oneof(fc.constantFrom(1, 1, 1, 2, 0, -1), fc.float({ noNaN: true, min: -5, max: 5 })),
  }),
  { maxLength: 40 },
);
/** Long sums of values that do not add exactly, so that another order of adding shows. */
const denseRecords = fc.array(
  fc.record({
    user: fc.integer({ min: 0, max: 14 }).map((n) => `user ${n}`),
    item: fc.constantFrom('q', 'r', 's', 't', 'u', 'v'),
    value: fc.integer({ min: 1, max: 1000 }).map((n) => n / 7),
  }),
  { minLength: 40, maxLength: 80 },
);
const anyRecords = fc.oneof(smallRecords, denseRecords);
const anySettings = fc.record({
  neighbors: fc.integer({ min: 1, max: 12 }),
  shrinkage: fc.constantFrom(0, 0, 0.5, 10),
});

describe.each(Object.entries(models))('%s', (_, { train, contributions }) => {
  /** The brute force, and for each level a model of the same records. */
  const all = (records: Records, settings: Settings) => {
    const interactions = Interactions.from(records);
    const trained = openLevels.map(({ label, backend }) => {
      return { label, backend, model: train(interactions, { ...settings, backend }) };
    });
    return { interactions, oracle: new BruteForce(records, settings), trained };
  };

  it('recommends, predicts and explains as defined', () => {
    fc.assert(
      fc.property(anyRecords, anySettings, fc.integer({ min: 1, max: 9 }), (records, settings, k) => {
        const { oracle, trained } = all(records, settings);
        const expected = oracle.users.map((user) => {
          const reasons = oracle.items.map((item) => contributions(oracle, oracle.row(user), item, user));
          const scored = oracle.items.map((id, n) => ({ id, score: sumOf(reasons[n]) }));
          return {
            unseen: firstOf(scored, k, ({ id }) => !oracle.has(user, id)),
            any: firstOf(scored, k, () => true),
            scores: scored.map(({ score }) => score),
            reasons: reasons.map((each) => each.filter(({ score }) => score !== 0).sort((a, b) => b.score - a.score)),
          };
        });
        for (const { label, model } of trained) {
          const found = oracle.users.map((user) => {
            const explained = oracle.items.map((item) => model.explain(user, item));
            const predicted = oracle.items.map((item) => model.predict(user, item));
            expectSame(
              label,
              explained.map(({ score }) => score),
              predicted,
            );
            return {
              unseen: model.recommend(user, { k, fallback: 'none' }).map(toRanked),
              any: model.recommend(user, { k, excludeSeen: false, fallback: 'none' }).map(toRanked),
              scores: predicted,
              reasons: explained.map(({ reasons }) => reasons.map(toRanked)),
            };
          });
          expectSame(label, found, expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does the same for a profile it has never seen', () => {
    const anyValue = fc.float({ noNaN: true, min: -5, max: 5 });
    const anyProfile = fc.dictionary(fc.constantFrom('q', 's', 'u', 'w'), anyValue);
    fc.assert(
      fc.property(anyRecords, anySettings, anyProfile, (records, settings, values) => {
        const { oracle, trained } = all(records, settings);
        const profile = Object.entries(values).filter(([item]) => oracle.items.includes(item));
        const row = oracle.items.map((item) => new Map(profile).get(item) ?? 0);
        const scored = oracle.items.map((id) => ({ id, score: sumOf(contributions(oracle, row, id)) }));
        const best = firstOf(scored, 10, ({ id }) => !profile.some(([item]) => item === id));
        for (const { label, model } of trained) {
          expectSame(label, model.recommendFor(profile, { fallback: 'none' }).map(toRanked), best);
          const explained = oracle.items.map((id) => ({ id, score: model.explain(profile, id).score }));
          expectSame(label, explained, scored);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('finds the similar, for any k, with the bits of the fitted lists', () => {
    fc.assert(
      fc.property(anyRecords, anySettings, fc.integer({ min: 1, max: 9 }), (records, settings, k) => {
        const { interactions, oracle, trained } = all(records, settings);
        const items = oracle.items.map((item) => oracle.similarItems(item, k));
        const users = oracle.users.map((user) => oracle.similarUsers(user, k));
        for (const { label, backend, model } of trained) {
          expectSame(
            label,
            oracle.items.map((item) => model.similarItems(item, k).map(toRanked)),
            items,
          );
          expectSame(
            label,
            oracle.users.map((user) => model.similarUsers(user, k).map(toRanked)),
            users,
          );
          const options = { k, shrinkage: settings.shrinkage };
          const { counts, positions, scores, stride } = backend.sparseNeighbors(interactions.byUser(), options);
          const fitted = oracle.users.map((_, row) =>
            Array.from({ length: counts[row] }, (_, n) => ({
              id: oracle.users[positions[row * stride + n]],
              score: scores[row * stride + n],
            })),
          );
          expectSame(label, fitted, users);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('reasons add up to the score: bit for bit by position, within rounding in any order', () => {
    fc.assert(
      fc.property(anyRecords, anySettings, (records, settings) => {
        const { interactions, trained } = all(records, settings);
        const positions = new Map([...interactions.users, ...interactions.items].map((id, n) => [id, n]));
        // All levels explain alike, as said above: each answers for some of the records.
        const { label, model } = trained[records.length % trained.length];
        for (const user of interactions.users) {
          for (const item of interactions.items) {
            const { score, reasons } = model.explain(user, item);
            const ranked = reasons.map(toRanked);
            const magnitude = ranked.reduce((sum, reason) => sum + Math.abs(reason.score), 0);
            if (!(Math.abs(sumOf(ranked) - score) <= magnitude * 1e-14)) expectSame(label, sumOf(ranked), score);
            ranked.sort((a, b) => (positions.get(a.id) as number) - (positions.get(b.id) as number));
            if (sumOf(ranked) !== score) expectSame(label, sumOf(ranked), score);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('answers for no data at all', () => {
    for (const { label, model } of all([], { neighbors: 3, shrinkage: 0 }).trained) {
      expect(model.recommendFor([]), label).toEqual([]);
      expect(() => model.recommend('a'), label).toThrow(expect.objectContaining({ code: 'UNKNOWN_ID' }));
    }
  });
});

function toRanked(given: { item?: string; user?: string; score?: number; contribution?: number }): Ranked {
  return { id: (given.item ?? given.user) as string, score: (given.score ?? given.contribution) as number };
}

/** Bit for bit, but for -0, which is the score 0. One comparison of texts is quicker than many of values. */
function expectSame(label: string, found: unknown, expected: unknown): void {
  expect(JSON.stringify(found), label).toBe(JSON.stringify(expected));
}
