/** Ratings expected by ItemKnn and UserKnn: better than biases alone, within the scale, and from older files. */
import { describe, expect, it } from 'vitest';
import { evaluate, holdout, Interactions, ItemKnn, UserKnn } from '../../../src/recommend/index.js';
import { Biases } from '../../../src/recommend/models/neighborhood/biases.js';
import { Random } from '../../backend/conformance/random.js';
import { average, biasesOf, cellsOf } from '../../fixtures/ratings.js';
import { drawLikings } from '../../fixtures/sparse.js';

const MODELS = { ItemKnn, UserKnn };

describe('ratings of other people', () => {
  /** Four kinds of taste that biases do not see, with noise, as stars from 1 to 5. */
  function rated(seed: string): Interactions {
    const random = new Random(seed);
    const taste = (n: number) => [n & 1 ? 1 : -1, n & 2 ? 1 : -1];
    return Interactions.from(
      drawLikings(random, 6000, 150, 120).map(({ user, item }) => {
        const [a, b] = [taste(Number(user.slice(1))), taste(Number(item.slice(1)))];
        const stars = 3 + 0.6 * (a[0] * b[0] + a[1] * b[1]) + random.below(3) - 1;
        return { user, item, value: Math.max(1, Math.min(5, Math.round(stars))) };
      }),
    );
  }
  const { train, test } = holdout({ ratio: 0.2, seed: 3 })(rated('tastes in stars'));
  const pairs = [...test.records()];
  const rmse = (predict: (user: string, item: string) => number) =>
    Math.sqrt(average(pairs.map(({ user, item, value }) => (predict(user, item) - value) ** 2)));
  const expectedOf = biasesOf(cellsOf(train));
  const alone = rmse((user, item) => expectedOf(train.userPosition(user), train.itemPosition(item)));

  it.each(Object.entries(MODELS))('%s predicts better than the biases alone, however few neighbours', (_, Knn) => {
    for (const options of [
      {},
      { neighbors: 5 },
      { similarity: 'pearson', shrinkage: 20, overlap: 'corated' },
    ] as const) {
      const model = Knn.fit(train, { ...options, feedback: 'explicit' });
      expect(rmse((user, item) => model.predict(user, item))).toBeLessThan(0.97 * alone);
      expect(evaluate(model, test, { metrics: ['rmse'], bootstrap: false }).value('rmse')).toBeLessThan(0.97 * alone);
    }
  });

  it.each(Object.entries(MODELS))('%s stays within the scale, and keeps the order beyond it', (_, Knn) => {
    const stars = Interactions.from(
      [...'abcdef']
        .flatMap((user, u) =>
          [...'uvwxyz'].map((item, i) => ({ user, item, value: (u + i) % 7 === 0 ? 1 : u < 3 === i < 3 ? 5 : 1 })),
        )
        .filter((_, n) => n % 5 !== 0),
    );
    const model = Knn.fit(stars, { feedback: 'explicit' });
    for (const user of stars.users) {
      const list = model.recommend(user, { k: 10, excludeSeen: false, fallback: 'none' });
      for (const { item, score } of list) {
        expect(score).toBeGreaterThanOrEqual(1);
        expect(score).toBeLessThanOrEqual(5);
        expect(model.explain(user, item).score).toBe(score);
      }
    }
    const same = Knn.fit(Interactions.from([...'abc'].map((item) => ({ user: 'u', item, value: 0.1 }))), {
      feedback: 'explicit',
    });
    expect(same.predict('u', 'a')).toBeCloseTo(0.1, 7);
  });

  it('of any height are brought into the scale, in their order', () => {
    const stars = Interactions.from([1, 5, 3].map((value, n) => ({ user: `u${n}`, item: 'i', value })));
    const biases = new Biases(stars);
    const heights = [-1e6, -20, 0.9, 1, 1.02, 3, 4.98, 5, 5.1, 20, 1e6];
    const within = heights.map((each) => biases.withinScale(each));
    expect(within.every((each, n) => n === 0 || each > within[n - 1])).toBe(true);
    expect(within[0]).toBeGreaterThanOrEqual(1);
    expect(within.at(-1)).toBeLessThanOrEqual(5);
    expect(within[5]).toBe(3);
  });

  it.each(Object.entries(MODELS))('%s of a file before ratings were centred is trained anew from it', (_, Knn) => {
    const model = Knn.fit(train, { feedback: 'explicit', neighbors: 3, backend: 'reference' });
    const old = Knn.fit(train, { feedback: 'explicit', neighbors: 3, centre: false, backend: 'reference' });
    const { lists } = old as unknown as { lists: { indptr: Uint32Array; indices: Uint32Array; values: Float64Array } };
    const { indptr, indices, values } = lists;
    const options = { feedback: 'explicit', neighbors: 3 };
    const loaded = Knn.fromParts(train, { options, arrays: { indptr, indices, values } }, 'reference');
    expect(loaded.toBytes()).toEqual(model.toBytes());
  });
});
