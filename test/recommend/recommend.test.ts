/** ItemKnn and UserKnn against a brute force that knows nothing of sparse rows, on every backend, bit for bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backendInfo, openBackend } from '../../src/backend/choose.js';
import type { Backend } from '../../src/backend/contract/backend.js';
import { type Interaction, Interactions, ItemKnn, UserKnn } from '../../src/recommend/index.js';

type Records = readonly Interaction<string, string>[];
interface Settings {
  neighbors: number;
  shrinkage: number;
}
interface Ranked {
  id: string;
  score: number;
}

/** The definitions, over a dense users x items matrix with a hole where there is no interaction. */
class BruteForce {
  readonly users: string[] = [];
  readonly items: string[] = [];
  readonly values = new Map<string, number>();
  readonly neighbors: number;
  readonly shrinkage: number;

  constructor(records: Records, { neighbors, shrinkage }: Settings) {
    this.neighbors = neighbors;
    this.shrinkage = shrinkage;
    for (const { user, item, value = 1 } of records) {
      if (!this.users.includes(user)) this.users.push(user);
      if (!this.items.includes(item)) this.items.push(item);
      this.values.set(JSON.stringify([user, item]), Math.fround(value));
    }
  }

  has(user: string, item: string): boolean {
    return this.values.has(JSON.stringify([user, item]));
  }

  row(user: string): number[] {
    return this.items.map((item) => this.values.get(JSON.stringify([user, item])) ?? 0);
  }

  column(item: string): number[] {
    return this.users.map((user) => this.values.get(JSON.stringify([user, item])) ?? 0);
  }

  cosine(a: number[], b: number[]): number {
    const sum = (x: number[], y: number[]) => x.reduce((total, value, n) => total + value * y[n], 0);
    const scale = Math.sqrt(sum(a, a)) * Math.sqrt(sum(b, b)) + this.shrinkage;
    return scale === 0 ? 0 : Math.min(1, Math.max(-1, sum(a, b) / scale));
  }

  similarItems(item: string, k: number): Ranked[] {
    const others = this.items.map((id) => ({ id, score: this.cosine(this.column(item), this.column(id)) }));
    return firstOf(others, k, ({ id }) => id !== item);
  }

  similarUsers(user: string, k: number): Ranked[] {
    const others = this.users.map((id) => ({ id, score: this.cosine(this.row(user), this.row(id)) }));
    return firstOf(others, k, ({ id }) => id !== user);
  }

  /** Contributions to an item's score, by position of the item of the profile. */
  itemContributions(profile: number[], item: string): Ranked[] {
    const near = new Map(this.similarItems(item, this.neighbors).map(({ id, score }) => [id, score]));
    return this.items.map((id, n) => ({ id, score: (near.get(id) ?? 0) * profile[n] }));
  }

  /** Contributions to an item's score, by position of the neighbour. `self` is left out of the neighbours. */
  userContributions(profile: number[], item: string, self?: string): Ranked[] {
    const all = this.users.map((id) => ({ id, score: this.cosine(profile, this.row(id)) }));
    const near = new Map(firstOf(all, this.neighbors, ({ id }) => id !== self).map(({ id, score }) => [id, score]));
    return this.users.map((id) => ({ id, score: (near.get(id) ?? 0) * this.row(id)[this.items.indexOf(item)] }));
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

const candidates = backendInfo().candidates;

describe.each(candidates)('$name/$level', ({ name, level, ok, reason }) => {
  if (!ok) {
    it.skip(`cannot run here: ${reason}`);
    return;
  }
  const backend: Backend = openBackend(name === 'reference' ? name : `${name}/${level}`);

  describe.each(Object.entries(models))('%s', (_, { train, contributions }) => {
    const both = (records: Records, settings: Settings) => {
      const interactions = Interactions.from(records);
      return {
        interactions,
        model: train(interactions, { ...settings, backend }),
        oracle: new BruteForce(records, settings),
      };
    };

    it('recommends, predicts and explains as defined', () => {
      fc.assert(
        fc.property(anyRecords, anySettings, fc.integer({ min: 1, max: 9 }), (records, settings, k) => {
          const { model, oracle } = both(records, settings);
          for (const user of oracle.users) {
            const reasons = new Map(
              oracle.items.map((item) => [item, contributions(oracle, oracle.row(user), item, user)]),
            );
            const all = oracle.items.map((id) => ({ id, score: sumOf(reasons.get(id) as Ranked[]) }));
            for (const excludeSeen of [true, false]) {
              const expected = firstOf(all, k, ({ id }) => !(excludeSeen && oracle.has(user, id)));
              const found = model.recommend(user, { k, excludeSeen });
              expect(found).toEqual(expected.map(({ id, score }) => ({ item: id, score })));
            }
            for (const { id: item, score } of all) {
              // -0 and 0 are one score.
              expect(model.predict(user, item) + 0).toBe(score + 0);
              const explanation = model.explain(user, item);
              expect(explanation.score).toBe(model.predict(user, item));
              const expected = (reasons.get(item) as Ranked[]).filter((reason) => reason.score !== 0);
              expect(explanation.reasons.map(toRanked)).toEqual(expected.sort((a, b) => b.score - a.score));
            }
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
          const { model, oracle } = both(records, settings);
          const profile = Object.entries(values).filter(([item]) => oracle.items.includes(item));
          const row = oracle.items.map((item) => new Map(profile).get(item) ?? 0);
          const all = oracle.items.map((id) => ({ id, score: sumOf(contributions(oracle, row, id)) }));
          const expected = firstOf(all, 10, ({ id }) => !profile.some(([item]) => item === id));
          expect(model.recommendFor(profile, { fallback: 'none' })).toEqual(
            expected.map(({ id, score }) => ({ item: id, score })),
          );
          for (const { id, score } of all) expect(model.explain(profile, id).score + 0).toBe(score + 0);
        }),
        { numRuns: 60 },
      );
    });

    it('finds the similar, for any k, with the bits of the fitted lists', () => {
      fc.assert(
        fc.property(anyRecords, anySettings, fc.integer({ min: 1, max: 9 }), (records, settings, k) => {
          const { interactions, model, oracle } = both(records, settings);
          for (const item of oracle.items) {
            const expected = oracle.similarItems(item, k).map(({ id, score }) => ({ item: id, score }));
            expect(model.similarItems(item, k)).toEqual(expected);
          }
          const { counts, positions, scores, stride } = backend.sparseNeighbors(interactions.byUser(), {
            k,
            shrinkage: settings.shrinkage,
          });
          oracle.users.forEach((user, row) => {
            const expected = oracle.similarUsers(user, k).map(({ id, score }) => ({ user: id, score }));
            expect(model.similarUsers(user, k)).toEqual(expected);
            const fitted = Array.from({ length: counts[row] }, (_, n) => ({
              user: oracle.users[positions[row * stride + n]],
              score: scores[row * stride + n],
            }));
            expect(fitted).toEqual(expected);
          });
        }),
        { numRuns: 60 },
      );
    });

    it('reasons add up to the score: bit for bit by position, within rounding in any order', () => {
      fc.assert(
        fc.property(anyRecords, anySettings, (records, settings) => {
          const { interactions, model } = both(records, settings);
          const positions = new Map([...interactions.users, ...interactions.items].map((id, n) => [id, n]));
          for (const user of interactions.users) {
            for (const item of interactions.items) {
              const { score, reasons } = model.explain(user, item);
              const ranked = reasons.map(toRanked);
              const magnitude = ranked.reduce((sum, reason) => sum + Math.abs(reason.score), 0);
              expect(Math.abs(sumOf(ranked) - score)).toBeLessThanOrEqual(magnitude * 1e-14);
              ranked.sort((a, b) => (positions.get(a.id) as number) - (positions.get(b.id) as number));
              expect(sumOf(ranked) + 0).toBe(score + 0);
            }
          }
        }),
        { numRuns: 40 },
      );
    });

    it('answers for no data at all', () => {
      const { model } = both([], { neighbors: 3, shrinkage: 0 });
      expect(model.recommendFor([])).toEqual([]);
      expect(() => model.recommend('a')).toThrow(expect.objectContaining({ code: 'UNKNOWN_ID' }));
    });
  });
});

function toRanked(reason: { item?: string; user?: string; contribution: number }): Ranked {
  return { id: (reason.item ?? reason.user) as string, score: reason.contribution };
}
