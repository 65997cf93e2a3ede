/** ItemKnn and UserKnn against their textbook formulas, and all ways to the same model. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/contract/backend.js';
import {
  type Interaction,
  Interactions,
  ItemKnn,
  type NeighborhoodOptions,
  UserKnn,
} from '../../../src/recommend/index.js';
import { logarithm } from '../../../src/recommend/models/neighborhood/weighting.js';
import { Random } from '../../backend/conformance/random.js';
import { openLevels } from '../../fixtures/levels.js';
import { average, biasesOf, cellsOf, had, type Row, sum, turned } from '../../fixtures/ratings.js';
import { drawLikings, drawLongMatrix } from '../../fixtures/sparse.js';

type Records = Interaction<string, string>[];

const MODELS = { ItemKnn, UserKnn };

const anyRecord = fc.record({
  user: fc.integer({ min: 0, max: 7 }).map((n) => `user ${n}`),
  item: fc.integer({ min: 0, max: 6 }).map((n) => `item ${n}`),
  value: fc.integer({ min: 0, max: 10 }).map((n) => n / 2),
});
const anyRecords: fc.Arbitrary<Records> = fc.array(anyRecord, { minLength: 1, maxLength: 45 });
const anyOptions: fc.Arbitrary<NeighborhoodOptions> = fc
  .record({
    neighbors: fc.constantFrom(1, 2, 3, 20),
    similarity: fc.constantFrom('cosine', 'jaccard', 'dice', 'pearson'),
    weighting: fc.constantFrom('none', 'none', 'bm25', 'tfidf'),
    shrinkage: fc.constantFrom(0, 0, 0.7, 10),
    overlap: fc.constantFrom('full', 'corated'),
    minSupport: fc.constantFrom(1, 1, 2, 3),
    feedback: fc.constantFrom('implicit', 'explicit'),
  } as const)
  .filter(({ similarity, overlap }) => overlap === 'full' || similarity === 'cosine' || similarity === 'pearson');

/** The similarities as a textbook writes them. */
function similarityOf(a: Row, b: Row, options: NeighborhoodOptions): number {
  const { similarity, overlap, shrinkage = 0, minSupport = 1 } = options;
  const common = [...a.keys()].filter((n) => a[n] !== undefined && b[n] !== undefined);
  if (common.length < minSupport) return 0;
  if (similarity === 'jaccard') return common.length / (had(a).length + had(b).length - common.length + shrinkage);
  if (similarity === 'dice') return (2 * common.length) / (had(a).length + had(b).length + shrinkage);
  const over = (row: Row) => (overlap === 'corated' ? common.map((n) => row[n] as number) : had(row));
  const centre = (row: Row) => (similarity === 'pearson' ? average(over(row)) : 0);
  const [meanA, meanB] = [centre(a), centre(b)];
  const dot = sum(common.map((n) => ((a[n] as number) - meanA) * ((b[n] as number) - meanB)));
  const squares = (row: Row, mean: number) => sum(over(row).map((value) => (value - mean) ** 2));
  const score = dot / (Math.sqrt(squares(a, meanA) * squares(b, meanB)) + shrinkage);
  return score > 0 ? Math.min(1, score) : 0;
}

/** Weights for items as documents and users as terms. */
function weigh(cells: Row[], weighting: NeighborhoodOptions['weighting']): Row[] {
  if (weighting === 'none' || weighting === undefined) return cells;
  const items = cells[0].map((_, item) => cells.map((row) => row[item]));
  const lengths = items.map((column) => sum(had(column)));
  return cells.map((row) => {
    const idf = Math.log(items.length / (1 + had(row).length));
    return row.map((value, item) => {
      if (value === undefined) return undefined;
      if (weighting === 'tfidf') return Math.fround(Math.sqrt(value) * idf);
      const held = 1.2 * (0.25 + (0.75 * lengths[item]) / average(lengths));
      return value === 0 ? 0 : Math.fround(((value * 2.2) / (held + value)) * idf);
    });
  });
}

describe.each(Object.entries(MODELS))('%s', (name, Knn) => {
  it('has the similarities of the textbook, nearest first', () => {
    fc.assert(
      fc.property(anyRecords, anyOptions, (records, options) => {
        const interactions = Interactions.from(records);
        const model = Knn.fit(interactions, { ...options, centre: false });
        const weighted = weigh(cellsOf(interactions), options.weighting);
        const check = (ids: readonly string[], rows: Row[], found: (id: string) => [string, number][]) => {
          ids.forEach((id, n) => {
            const expected = ids
              .map((other, m) => [other, m === n ? 0 : similarityOf(rows[n], rows[m], options)] as const)
              .filter(([, score]) => score > 1e-9);
            const answer = found(id).filter(([, score]) => score > 1e-9);
            const byId = new Map(answer);
            expect([...byId.keys()].sort()).toEqual(expected.map(([other]) => other).sort());
            for (const [other, score] of expected) expectClose(byId.get(other) as number, score);
            const scores = answer.map(([, score]) => score);
            expect(scores).toEqual(scores.toSorted((a, b) => b - a));
          });
        };
        check(interactions.items, turned(weighted), (id) =>
          model.similarItems(id, 50).map(({ item, score }) => [item, score]),
        );
        check(interactions.users, weighted, (id) => model.similarUsers(id, 50).map(({ user, score }) => [user, score]));
      }),
      { numRuns: 300 },
    );
  });

  it('expects ratings as the textbook does, by the nearest of those who rated, within the scale', () => {
    fc.assert(
      fc.property(anyRecords, anyOptions, fc.constantFrom(1, 2, 4), (records, given, neighbors) => {
        // Of data that the biases explain in full, rounding would be all that is compared.
        const options = { ...given, feedback: 'explicit', neighbors, centre: false } as const;
        const interactions = Interactions.from(records);
        const model = Knn.fit(interactions, options);
        const cells = cellsOf(interactions);
        const expectedOf = biasesOf(cells);
        const values = cells.flatMap(had);
        const [low, high] = [Math.min(...values), Math.max(...values)];
        const ids = name === 'ItemKnn' ? interactions.items : interactions.users;
        const near = ids.map((id) =>
          name === 'ItemKnn'
            ? model.similarItems(id, 10 * neighbors).map(({ item, score }) => ({ n: ids.indexOf(item), score }))
            : model.similarUsers(id, 10 * neighbors).map(({ user, score }) => ({ n: ids.indexOf(user), score })),
        );
        interactions.users.forEach((user, u) => {
          interactions.items.forEach((item, i) => {
            const cellOf = (n: number) => (name === 'ItemKnn' ? ([u, n] as const) : ([n, i] as const));
            const voices = near[name === 'ItemKnn' ? i : u]
              .map(({ n, score }) => ({ at: cellOf(n), score }))
              .filter(({ at: [v, j] }) => cells[v][j] !== undefined)
              .slice(0, neighbors);
            const deviation = ({ at: [v, j], score }: (typeof voices)[number]) =>
              score * ((cells[v][j] as number) - expectedOf(v, j));
            const expected =
              expectedOf(u, i) + sum(voices.map(deviation)) / (2 + sum(voices.map(({ score }) => score)));
            const found = model.predict(user, item);
            const margin = (high - low) / 100;
            if (expected >= low + margin && expected <= high - margin) expectClose(found, expected);
            else expect(Math.abs(found - Math.min(high, Math.max(low, expected)))).toBeLessThanOrEqual(margin + 1e-9);
            expect(found).toBeGreaterThanOrEqual(low - 1e-12);
            expect(found).toBeLessThanOrEqual(high + 1e-12);
          });
        });
      }),
      { numRuns: 200 },
    );
  });

  it('compares what is left of ratings after the biases', () => {
    const random = new Random(`${name} of ratings`);
    const interactions = Interactions.from(
      drawLikings(random, 300, 20, 15).map((each) => ({ ...each, value: random.below(9) / 2 })),
    );
    const cells = cellsOf(interactions);
    const expectedOf = biasesOf(cells);
    const left = cells.map((row, u) =>
      row.map((value, i) => (value === undefined ? undefined : value - expectedOf(u, i))),
    );
    const rows = name === 'ItemKnn' ? turned(left) : left;
    for (const options of [{ feedback: 'explicit' }, { centre: true }] as const) {
      const model = Knn.fit(interactions, { ...options, neighbors: 5 });
      const ids = name === 'ItemKnn' ? interactions.items : interactions.users;
      ids.forEach((id, n) => {
        const found =
          name === 'ItemKnn'
            ? model.similarItems(id, 4).map(({ item, score }) => [item, score] as const)
            : model.similarUsers(id, 4).map(({ user, score }) => [user, score] as const);
        for (const [other, score] of found) {
          const expected = similarityOf(rows[n], rows[ids.indexOf(other)], { similarity: 'cosine', overlap: 'full' });
          expect(score).toBeCloseTo(expected, 5);
        }
      });
    }
  });

  it('divides similarities by their sum, if told to', () => {
    fc.assert(
      fc.property(anyRecords, fc.constantFrom(1, 2, 20), (records, neighbors) => {
        const interactions = Interactions.from(records);
        const [plain, shares] = [{ neighbors }, { neighbors, normalize: 'l1' as const }].map((o) =>
          Knn.fit(interactions, o),
        );
        for (const user of interactions.users) {
          for (const item of interactions.items) {
            const near = name === 'ItemKnn' ? plain.similarItems(item, neighbors) : plain.similarUsers(user, neighbors);
            const total = sum(near.map(({ score }) => score));
            expectClose(shares.predict(user, item) * (total || 1), plain.predict(user, item));
          }
        }
        expect(shares.similarItems(interactions.items[0])).toEqual(plain.similarItems(interactions.items[0]));
      }),
      { numRuns: 60 },
    );
  });

  it('recommends by predictions that explanations add up to, one by one or all at once', () => {
    fc.assert(
      fc.property(anyRecords, anyOptions, fc.integer({ min: 1, max: 9 }), (records, options, k) => {
        const interactions = Interactions.from(records);
        const model = Knn.fit(interactions, options);
        const positions = new Map([...interactions.users, ...interactions.items].map((id, n) => [id, n]));
        const users = interactions.users.toReversed();
        for (const excludeSeen of [true, false]) {
          const asked = { k, excludeSeen, items: interactions.items.slice(0, 5), fallback: 'none' } as const;
          const all = model.recommendAll({ ...asked, users });
          users.forEach((user, n) => {
            expect(all.row(n)).toEqual(model.recommend(user, asked));
          });
          expect(model.recommendAll({ k, fallback: 'none' }).row(0)).toEqual(
            model.recommend(interactions.users[0], { k, fallback: 'none' }),
          );
        }
        for (const user of users) {
          for (const { item, score } of model.recommend(user, { k, fallback: 'none' })) {
            expectEqual(model.predict(user, item), score);
          }
          for (const item of interactions.items) {
            const { score, base = 0, reasons } = model.explain(user, item);
            const parts = reasons.map((reason) => ({
              position: positions.get('item' in reason ? reason.item : reason.user) as number,
              contribution: reason.contribution,
            }));
            parts.sort((a, b) => a.position - b.position);
            expectEqual(
              parts.reduce((total, { contribution }) => total + contribution, base),
              score,
            );
            expectEqual(model.predict(user, item), score);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('asks neighbours of a profile that is a known one as it asks those of the known one', () => {
    fc.assert(
      fc.property(anyRecords, anyOptions, (records, options) => {
        const interactions = Interactions.from(records);
        if (name === 'UserKnn') return;
        const model = Knn.fit(interactions, options);
        for (const user of interactions.users) {
          expect(model.recommendFor(interactions.profile(user))).toEqual(model.recommend(user));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is after any number of additions and removals what a fit would make', () => {
    const change = fc.oneof(
      fc.record({ add: fc.array(anyRecord, { minLength: 0, maxLength: 4 }) }),
      fc.record({ forget: fc.nat({ max: 100 }) }),
      fc.record({ forgetItem: fc.nat({ max: 100 }) }),
    );
    fc.assert(
      fc.property(
        anyRecords,
        anyOptions,
        fc.array(change, { minLength: 1, maxLength: 5 }),
        (records, options, changes) => {
          let model = Knn.fit(Interactions.from(records), options) as ItemKnn | UserKnn;
          for (const each of changes) {
            const { interactions } = model;
            if ('add' in each) {
              model = model.add(each.add);
              expectSame(model, Knn.fit(interactions.add(each.add), options));
            } else if ('forgetItem' in each) {
              if (interactions.items.length === 0) continue;
              const item = interactions.items[each.forgetItem % interactions.items.length];
              model = model.forgetItem(item);
              expectSame(model, Knn.fit(interactions.forgetItem(item), options));
            } else if (interactions.users.length > 0) {
              const user = interactions.users[each.forget % interactions.users.length];
              model = model.forget(user);
              expectSame(model, Knn.fit(interactions.forget(user), options));
              expect(model.interactions.hasUser(user)).toBe(false);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('compares only what changed where that is little, with the same answer', () => {
    const random = new Random(name);
    const draw = (count: number) => drawLikings(random, count, 60, 50);
    for (const options of [{}, { overlap: 'corated' }, { similarity: 'jaccard', minSupport: 2 }] as const) {
      let model = Knn.fit(Interactions.from(draw(700)), { neighbors: 6, ...options }) as ItemKnn | UserKnn;
      for (let round = 0; round < 12; round++) {
        const { interactions } = model;
        const records = draw(1 + random.below(3));
        const user = interactions.users[random.below(interactions.users.length)];
        const after = round % 3 === 2 ? interactions.forget(user) : interactions.add(records);
        model = round % 3 === 2 ? model.forget(user) : model.add(records);
        expectSame(model, Knn.fit(after, { neighbors: 6, ...options }));
      }
    }
  });

  it('is the same model when trained in slices, and stops when told to', async () => {
    const interactions = Interactions.from(fc.sample(anyRecords, { seed: 5, numRuns: 20 }).flat());
    const seen: number[] = [];
    const options = {
      neighbors: 3,
      onProgress: ({ done, total }: { done: number; total: number }) => seen.push(done / total),
    };
    expectSame(await Knn.fitAsync(interactions, options), Knn.fit(interactions, { neighbors: 3 }));
    expect(seen.at(-1)).toBe(1);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(Knn.fitAsync(interactions, { signal })).rejects.toThrow('enough');
  });

  it('refuses options that mean nothing', () => {
    const interactions = Interactions.from([{ user: 'a', item: 'b', value: -1 }]);
    const refused: [NeighborhoodOptions, RegExp][] = [
      [{ similarity: 'jacard' as 'jaccard' }, /similarity must be 'cosine', .*, not "jacard"/],
      [{ overlap: 'some' as 'full' }, /overlap must be .*, not "some"/],
      [{ similarity: 'dice', overlap: 'corated' }, /means nothing to 'dice'/],
      [{ minSupport: 0 }, /minSupport must be an integer from 1 to \d+, not 0/],
      [{ minSupport: 1.5 }, /minSupport must be .*, not 1.5/],
      [{ weighting: 'idf' as 'tfidf' }, /weighting must be .*, not "idf"/],
      [{ weighting: 'tfidf' }, /A value is -1; weighting needs values >= 0/],
      [{ bm25: { k1: 1 } }, /needs weighting: 'bm25'/],
      [{ weighting: 'bm25', bm25: { b: 2 } }, /bm25\.b must be a number from 0 to 1, not 2/],
      [{ weighting: 'bm25', bm25: { k1: 0 } }, /bm25\.k1 must be .*, not 0/],
      [{ feedback: 'stars' as 'explicit' }, /feedback must be .*, not "stars"/],
      [{ threads: -1 }, /threads must be .*, not -1/],
      [{ normalize: 'l2' as 'l1' }, /normalize must be .*, not "l2"/],
      [{ normalize: 'l1', feedback: 'explicit' }, /normalize 'l1' means nothing to feedback 'explicit'/],
      [{ centre: 1 as never }, /centre must be true or false, not 1/],
      [{ centre: true, weighting: 'tfidf' }, /centre means nothing to weighting 'tfidf'/],
      [{ centre: true, similarity: 'dice' }, /centre means nothing to similarity 'dice'/],
      [{ neighbours: 5 } as never, /no option "neighbours": did you mean neighbors/],
      [{ onProgress: () => undefined } as never, /no option "onProgress"/],
      [{ weighting: 'bm25', bm25: { K1: 1 } as never }, /no option "K1": did you mean k1/],
      [null as unknown as NeighborhoodOptions, /options must be an object .*, not null/],
    ];
    for (const [options, message] of refused) {
      const error = expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });
      expect(() => Knn.fit(interactions, options)).toThrow(error);
    }
  });
});

/** Same lists, same recommendations, bit for bit. */
function expectSame(model: ItemKnn | UserKnn, fitted: ItemKnn | UserKnn): void {
  expect(model.interactions.users).toEqual(fitted.interactions.users);
  expect(model.interactions.items).toEqual(fitted.interactions.items);
  const [found, expected] = [model, fitted].map((each) => {
    const { indptr, indices, values } = listsOf(each);
    const { positions, scores } = each.recommendAll({ k: 5 });
    return [indptr, indices, values, positions, scores].map((array) => array.join()).join(';');
  });
  expect(found).toBe(expected);
}

/** Asking `expect` only where something is wrong: asking it for each of very many numbers took most of the time. */
function expectEqual(found: number, expected: number): void {
  if (found !== expected) expect(found).toBe(expected);
}

function expectClose(found: number, expected: number): void {
  if (!(Math.abs(found - expected) < 1e-9)) expect(found).toBeCloseTo(expected, 10);
}

function listsOf(model: ItemKnn | UserKnn) {
  return (model as unknown as { lists: { indptr: Uint32Array; indices: Uint32Array; values: Float64Array } }).lists;
}

describe('the logarithm', () => {
  it('is that of Math.log within rounding', () => {
    for (let x = 1e-6; x < 1e9; x *= 1.37)
      expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThan(4e-16 * (1 + Math.abs(Math.log(x))));
    expect(logarithm(1)).toBe(0);
    expect(logarithm(0)).toBe(Number.NEGATIVE_INFINITY);
  });
});

/** Ways to compare rows. The levels of one implementation share them out: only their kernels differ. */
const WAYS = [{ k: 3 }, { k: 3, minSupport: 2, threads: 1 }, { k: 2, overlap: 'corated' }] as const;

function waysOf(backend: Backend) {
  const siblings = openLevels.filter((each) => each.backend.name === backend.name);
  const turn = siblings.findIndex((each) => each.backend === backend) % WAYS.length;
  return WAYS.filter((_, n) => n % siblings.length === turn);
}

/** The others' sums are as long as there are rows, whichever have something in common. */
const large = openLevels.filter(({ backend }) => backend.name === 'native' || backend.name === 'wasm');

describe.each(large)('$label', ({ backend }) => {
  it('finds in 70,000 rows at once what it finds for some', () => {
    const random = new Random('many rows');
    const matrix = drawLongMatrix(random, 70_000);
    const rows = Uint32Array.from({ length: 300 }, () => random.below(matrix.rows));
    for (const options of waysOf(backend)) {
      const all = backend.sparseNeighbors(matrix, options);
      const some = backend.sparseNeighbors(matrix, { ...options, rows });
      rows.forEach((row, n) => {
        expectEqual(some.counts[n], all.counts[row]);
        for (let m = 0; m < some.counts[n]; m++) {
          expectEqual(some.positions[n * some.stride + m], all.positions[row * all.stride + m]);
          expectEqual(some.scores[n * some.stride + m], all.scores[row * all.stride + m]);
        }
      });
    }
  });
});
