/** ImplicitAls: against a direct float64 solver, fold-in, explanations, order, determinism, errors, progress. */
import { describe, expect, it } from 'vitest';
import { reference } from '../../../src/backend/reference/index.js';
import { Interactions } from '../../../src/recommend/data/interactions.js';
import { ImplicitAls } from '../../../src/recommend/models/als/implicit-als.js';
import type { ImplicitAlsOptions } from '../../../src/recommend/models/als/options.js';
import type { ModelParts } from '../../../src/recommend/models/model-file/layout.js';
import { Random } from '../../backend/conformance/random.js';
import { openLevels } from '../../fixtures/levels.js';
import { drawLikings, drawTastes } from '../../fixtures/sparse.js';

/** Two tastes and some noise; values from 1 to 5. */
function draw(users: number, items: number, seed: number): Interactions<string, string> {
  return Interactions.from(drawTastes(new Random(seed), users, items));
}

const SMALL = draw(40, 30, 1);
const OPTIONS: ImplicitAlsOptions = { factors: 6, alpha: 4, l2: 2, frequencyScaling: 0, iterations: 8, seed: 3 };

/** The loss of Hu, Koren and Volinsky, equation 3, in float64. */
function lossOf(interactions: Interactions, x: readonly number[][], y: readonly number[][], alpha: number, l2: number) {
  const { indptr, indices, values } = interactions.byUser();
  let loss = 0;
  x.forEach((user, u) => {
    const cells = new Map<number, number>();
    for (let p = indptr[u]; p < indptr[u + 1]; p++) cells.set(indices[p], values[p]);
    y.forEach((item, i) => {
      const value = cells.get(i);
      const error = (value === undefined ? 0 : 1) - dot(user, item);
      loss += (1 + alpha * (value ?? 0)) * error * error;
    });
  });
  for (const row of [...x, ...y]) loss += l2 * dot(row, row);
  return loss;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, each, n) => sum + each * b[n], 0);

/** One side solved for exactly: Gauss-Jordan elimination of the whole system of each row. */
function solveExactly(
  matrix: ReturnType<Interactions['byUser']>,
  others: readonly number[][],
  alpha: number,
  l2: number,
  wished = (_cell: number) => true,
) {
  const f = others[0].length;
  return Array.from({ length: matrix.rows }, (_, row) => {
    const cells = new Map<number, number>();
    for (let p = matrix.indptr[row]; p < matrix.indptr[row + 1]; p++) cells.set(matrix.indices[p], matrix.values[p]);
    const system = Array.from({ length: f }, (_, i) => Array.from({ length: f + 1 }, (_, j) => (i === j ? l2 : 0)));
    others.forEach((other, n) => {
      const confidence = 1 + alpha * (cells.get(n) ?? 0);
      for (let i = 0; i < f; i++) {
        for (let j = 0; j < f; j++) system[i][j] += confidence * other[i] * other[j];
        if (cells.has(n) && wished(n)) system[i][f] += confidence * other[i];
      }
    });
    for (let i = 0; i < f; i++) {
      const pivot = system[i].map((each) => each / system[i][i]);
      system.forEach((line, k) => {
        if (k !== i) system[k] = line.map((each, j) => each - line[i] * pivot[j]);
      });
      system[i] = pivot;
    }
    return system.map((line) => line[f]);
  });
}

const factorsOf = (model: ImplicitAls) => ({
  x: model.interactions.users.map((user) => [...model.userFactors(user)]),
  y: model.interactions.items.map((item) => [...model.itemFactors(item)]),
});

describe('training', () => {
  it('solves for users as a direct float64 solver does', () => {
    for (const options of [OPTIONS, { ...OPTIONS, factors: 16 }, { ...OPTIONS, factors: 33, alpha: 40, l2: 0.1 }]) {
      const { x, y } = factorsOf(ImplicitAls.fit(SMALL, options));
      const exact = solveExactly(SMALL.byUser(), y, options.alpha as number, options.l2 as number);
      const size = Math.max(...exact.flat().map(Math.abs));
      for (const [user, row] of exact.entries()) {
        for (const [f, each] of row.entries()) expect(Math.abs(each - x[user][f])).toBeLessThan(1e-4 * size);
      }
    }
  });

  it('reaches the loss of exact alternating least squares', () => {
    const { alpha, l2 } = OPTIONS as { alpha: number; l2: number };
    const trained = factorsOf(ImplicitAls.fit(SMALL, { ...OPTIONS, iterations: 60 }));
    let y = factorsOf(ImplicitAls.fit(SMALL, { ...OPTIONS, iterations: 1 })).y;
    let x: number[][] = [];
    for (let iteration = 0; iteration < 80; iteration++) {
      x = solveExactly(SMALL.byUser(), y, alpha, l2);
      y = solveExactly(SMALL.byItem(), x, alpha, l2);
    }
    const best = lossOf(SMALL, x, y, alpha, l2);
    const found = lossOf(SMALL, trained.x, trained.y, alpha, l2);
    expect(Math.abs(found - best) / best).toBeLessThan(1e-3);
  });

  it('lowers the loss from iteration to iteration', () => {
    const losses = [1, 2, 4, 8, 16].map((iterations) => {
      const { x, y } = factorsOf(ImplicitAls.fit(SMALL, { ...OPTIONS, iterations }));
      return lossOf(SMALL, x, y, 4, 2);
    });
    for (let n = 1; n < losses.length; n++) expect(losses[n]).toBeLessThan(losses[n - 1] * 1.000001);
  });

  it('scales the regularisation with what is known of a row', () => {
    const { indptr } = SMALL.byUser();
    const all = SMALL.users.map((_, user) => indptr[user + 1] - indptr[user]);
    const busiest = SMALL.users[all.indexOf(Math.max(...all))];
    const length = (frequencyScaling: number) => {
      const row = ImplicitAls.fit(SMALL, { ...OPTIONS, iterations: 1, l2: 20, frequencyScaling }).userFactors(busiest);
      return Math.hypot(...row);
    };
    expect(length(1)).toBeLessThan(length(0));
  });

  it('scales it by nothing where all rows are known alike', () => {
    const ring = Interactions.from(
      Array.from({ length: 24 }, (_, n) => ({ user: `u${n >> 1}`, item: `i${((n >> 1) + (n & 1)) % 12}` })),
    );
    const [plain, scaled] = [0, 1].map((frequencyScaling) => ImplicitAls.fit(ring, { ...OPTIONS, frequencyScaling }));
    for (const user of ring.users) expect(scaled.userFactors(user)).toEqual(plain.userFactors(user));
  });

  it('takes logarithmic confidence to be what its formula says', () => {
    const records = [...SMALL.records()];
    const logarithms = Interactions.from<string, string>(
      records.map(({ user, item, value }) => ({ user, item, value: Math.log1p(value / 0.5) })),
    );
    const a = ImplicitAls.fit(SMALL, { ...OPTIONS, confidence: 'log', epsilon: 0.5 });
    const b = ImplicitAls.fit(logarithms, OPTIONS);
    for (const user of SMALL.users.slice(0, 5)) {
      for (const [f, each] of a.userFactors(user).entries()) expect(each).toBeCloseTo(b.userFactors(user)[f], 4);
    }
  });

  it('ignores interactions of value 0, which stay seen', () => {
    const zero = Interactions.from([...SMALL.records(), { user: 'u0', item: 'extra', value: 0 }]);
    const model = ImplicitAls.fit(zero, OPTIONS);
    expect([...model.itemFactors('extra')]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(model.recommend('u0', { k: 100 }).map(({ item }) => item)).not.toContain('extra');
    expect(model.explain('u0', 'i1').reasons.map(({ item }) => item)).not.toContain('extra');
  });
});

describe('determinism', () => {
  const expected = factorsOf(ImplicitAls.fit(SMALL, { ...OPTIONS, factors: 20, backend: reference }));

  it.each(openLevels.map(({ label, backend }) => [label, backend] as const))(
    '%s has the bits of the reference',
    (_, backend) => {
      for (const threads of [1, 3]) {
        expect(factorsOf(ImplicitAls.fit(SMALL, { ...OPTIONS, factors: 20, backend, threads }))).toEqual(expected);
      }
    },
  );

  it('is one of the seed', () => {
    const at = (seed: number) => factorsOf(ImplicitAls.fit(SMALL, { ...OPTIONS, iterations: 1, seed }));
    expect(at(5)).toEqual(at(5));
    expect(at(5)).not.toEqual(at(6));
  });

  it('holds for training in slices', async () => {
    const model = await ImplicitAls.fitAsync(SMALL, OPTIONS);
    expect(factorsOf(model)).toEqual(factorsOf(ImplicitAls.fit(SMALL, OPTIONS)));
  });
});

describe('recommending', () => {
  const model = ImplicitAls.fit(SMALL, OPTIONS);

  it('finds the taste of somebody', () => {
    const mean = (parity: number) => {
      const items = SMALL.items.filter((item) => Number(item.slice(1)) % 2 === parity);
      return items.reduce((sum, item) => sum + model.predict('u0', item), 0) / items.length;
    };
    expect(mean(0)).toBeGreaterThan(2 * mean(1));
  });

  it('orders all items by the dot of factors', () => {
    for (const user of SMALL.users.slice(0, 10)) {
      const all = model.recommend(user, { k: 1000, excludeSeen: false });
      const scores = SMALL.items.map((item) => ({ item, score: model.predict(user, item) }));
      // Array.prototype.sort is stable: ties keep the order of positions.
      expect(all).toEqual(scores.sort((a, b) => b.score - a.score));
      const least = all[7].score;
      expect(model.recommend(user, { k: 1000, excludeSeen: false, minScore: least })).toEqual(all.slice(0, 8));
    }
  });

  it('folds in the profile of a known user to the same bits', () => {
    for (const user of SMALL.users) {
      expect(model.recommendFor(SMALL.profile(user), { k: 30 })).toEqual(model.recommend(user, { k: 30 }));
    }
  });

  it('answers all users as one by one, whichever way they are ranked', () => {
    const wide = draw(300, 700, 4);
    const many = ImplicitAls.fit(wide, { ...OPTIONS, iterations: 2 });
    const requests = [{}, { k: 3, minScore: 0.2 }, { k: 40, excludeSeen: false }, { items: wide.items.slice(0, 50) }];
    for (const request of [...requests, { k: 1, excludeSeen: false }]) {
      const all = many.recommendAll(request);
      for (let n = 0; n < wide.users.length; n += 7) {
        expect(all.row(n)).toEqual(many.recommend(wide.users[n], request));
      }
    }
  });

  it('answers all users as one by one where they have little of a large catalogue', () => {
    const little = Interactions.from<string, string>([
      ...drawLikings(new Random(9), 900, 250, 900),
      ...Array.from({ length: 900 }, (_, item) => ({ user: 'all', item: `i${item}` })),
    ]);
    const many = ImplicitAls.fit(little, { ...OPTIONS, iterations: 2 });
    const users = little.users.filter((user) => user !== 'all');
    for (const request of [{ k: 1 }, { k: 1, minScore: 0.3 }, { k: 2, items: little.items.slice(10, 500) }]) {
      const all = many.recommendAll({ ...request, users });
      for (let n = 0; n < users.length; n += 3) expect(all.row(n)).toEqual(many.recommend(users[n], request));
    }
  });

  it('answers those without history with what is popular, or not at all', () => {
    const answer = model.recommendFor([], { k: 2 });
    expect(answer.map(({ fallback }) => fallback)).toEqual(['popularity', 'popularity']);
    expect(model.recommendFor([], { fallback: 'none' })).toEqual([]);
  });

  it('finds items and users alike by the cosine of their factors', () => {
    const alike = model.similarItems('i0', 5);
    expect(alike.map(({ item }) => item)).not.toContain('i0');
    const cosine = (a: Float32Array, b: Float32Array) => reference.cosine(a, b);
    for (const { item, score } of alike) {
      expect(score).toBe(cosine(model.itemFactors('i0'), model.itemFactors(item)));
    }
    expect(model.similarUsers('u1', 4).map(({ user }) => Number(user.slice(1)) % 2)).toEqual([1, 1, 1, 1]);
    expect(model.similarItems('i0', 1e6).every(({ score }) => score > 0)).toBe(true);
  });

  it('re-ranks for diversity', () => {
    const plain = model.recommend('u2', { k: 5 });
    expect(model.recommend('u2', { k: 5, diverse: { lambda: 1, fetchK: 5 } })).toEqual(plain);
    expect(model.recommend('u2', { k: 5, diverse: { lambda: 0.2 } })).toHaveLength(5);
  });
});

describe('explaining', () => {
  it.each([0, 0.7])('adds contributions up to the score (frequencyScaling %d)', (frequencyScaling) => {
    const model = ImplicitAls.fit(SMALL, { ...OPTIONS, factors: 10, frequencyScaling });
    for (const user of SMALL.users.slice(0, 12)) {
      for (const item of SMALL.items.slice(0, 12)) {
        const { score, base, reasons } = model.explain(user, item);
        const order = [...reasons].sort((a, b) => SMALL.itemPosition(a.item) - SMALL.itemPosition(b.item));
        expect(order.reduce((sum, { contribution }) => sum + contribution, base ?? 0)).toBe(score);
        expect(Math.abs(score - model.predict(user, item))).toBeLessThan(1e-13);
        expect(model.explain(SMALL.profile(user), item)).toEqual({ score, reasons });
        const profile = new Set(SMALL.profile(user).map(([seen]) => seen));
        expect(reasons.every((reason) => profile.has(reason.item))).toBe(true);
      }
    }
  });

  it('gives the terms of Hu, Koren and Volinsky, section 5', () => {
    const { alpha, l2 } = OPTIONS as { alpha: number; l2: number };
    const model = ImplicitAls.fit(SMALL, OPTIONS);
    const { y } = factorsOf(model);
    const { indptr, indices, values } = SMALL.byUser();
    const user = SMALL.userPosition('u4');
    const [begin, end] = [indptr[user], indptr[user + 1]];
    const row = {
      rows: 1,
      columns: SMALL.items.length,
      indptr: Uint32Array.of(0, end - begin),
      indices: indices.slice(begin, end),
      values: values.slice(begin, end),
    };
    const target = y[SMALL.itemPosition('i7')];
    const { reasons } = model.explain('u4', 'i7');
    expect(reasons.length).toBe(end - begin);
    for (const { item, contribution } of reasons) {
      // The solution is linear in what is wished for: here one item only, with the confidence of all.
      const alone = solveExactly(row, y, alpha, l2, (cell) => cell === SMALL.itemPosition(item))[0];
      expect(contribution).toBeCloseTo(dot(alone, target), 5);
    }
  });
});

describe('parts', () => {
  const model = ImplicitAls.fit(SMALL, { ...OPTIONS, factors: 20, frequencyScaling: 0.5 });
  // What a model file holds; protected, because only the file asks for it.
  const parts: ModelParts = Reflect.get(model, 'toParts').call(model);

  it('make the same model again', () => {
    const again = ImplicitAls.fromParts(SMALL, {
      options: JSON.parse(JSON.stringify(parts.options)),
      arrays: parts.arrays,
    });
    expect(again.recommendAll()).toEqual(model.recommendAll());
    const profile = SMALL.profile('u3').slice(1);
    expect(again.recommendFor(profile)).toEqual(model.recommendFor(profile));
    expect(again.explain('u3', 'i2')).toEqual(model.explain('u3', 'i2'));
  });

  it('are refused if they are not whole', () => {
    const { users, items, gram } = parts.arrays;
    const damaged = [
      { users: users.subarray(1), items, gram },
      { users, items, gram: new Float64Array(gram) },
      { users, items: new Float32Array(items.length).fill(Number.NaN), gram },
      { users, items },
    ];
    for (const arrays of damaged) {
      const given = { options: parts.options, arrays: arrays as typeof parts.arrays };
      expect(() => ImplicitAls.fromParts(SMALL, given)).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
    }
  });
});

describe('refusals', () => {
  it.each<[ImplicitAlsOptions, RegExp]>([
    [{ factors: 0 }, /factors must be an integer from 1 to 1024, not 0/],
    [{ factors: 1.5 }, /factors must be .*, not 1\.5/],
    [{ factors: 100_000 }, /factors must be .*, not 100000/],
    [{ alpha: Number.NaN }, /alpha must be .*, not NaN/],
    [{ alpha: -1 }, /alpha must be .*, not -1/],
    [{ l2: 0 }, /l2 must be a positive number, at most 2\^40, not 0/],
    [{ l2: 1e-60 }, /l2 must be .*, not 1e-60/],
    [{ iterations: 0 }, /iterations must be .*, not 0/],
    [{ cgSteps: Number.NaN }, /cgSteps must be .*, not NaN/],
    [{ epsilon: 0 }, /epsilon must be .*, not 0/],
    [{ frequencyScaling: 2 }, /frequencyScaling must be .*, not 2/],
    [{ confidence: 'cubic' as 'log' }, /confidence must be .*, not "cubic"/],
    [{ seed: -1 }, /seed must be .*, not -1/],
    [{ threads: -1 }, /threads must be .*, not -1/],
    [null as unknown as ImplicitAlsOptions, /options must be an object .*, not null/],
  ])('of %o', (options, message) => {
    expect(() => ImplicitAls.fit(SMALL, options)).toThrow(message);
  });

  it('of negative values, naming the interaction', () => {
    const disliked = Interactions.from([{ user: 'ann', item: 'tea', value: -1 }]);
    expect(() => ImplicitAls.fit(disliked, OPTIONS)).toThrow('user "ann" with item "tea" has the value -1');
    const model = ImplicitAls.fit(SMALL, OPTIONS);
    expect(() => model.recommendFor([['i3', -2]])).toThrow('item "i3" has the value -2');
  });

  it('of confidences beyond what float32 can hold beside 1', () => {
    for (const value of [3e38, 2 ** 21]) {
      const huge = Interactions.from([{ user: 'ann', item: 'tea', value }]);
      expect(() => ImplicitAls.fit(huge, { ...OPTIONS, alpha: 1 })).toThrow('at most 2^20');
    }
    const large = Interactions.from([...SMALL.records()].map((record) => ({ ...record, value: 2 ** 20 })));
    const model = ImplicitAls.fit(large, { ...OPTIONS, factors: 40, alpha: 1 });
    for (const { user, item } of SMALL.records()) expect(model.predict(user, item)).toBeCloseTo(1, 2);
  });

  it('of something else than interactions', () => {
    expect(() => ImplicitAls.fit([] as unknown as Interactions, OPTIONS)).toThrow('interactions must be Interactions');
  });
});

describe('edges', () => {
  it('no interactions at all', () => {
    const model = ImplicitAls.fit(Interactions.from([]), OPTIONS);
    expect(model.recommendFor([])).toEqual([]);
  });

  it('one interaction', () => {
    const model = ImplicitAls.fit(Interactions.from([{ user: 'ann', item: 'tea' }]), OPTIONS);
    expect(model.recommend('ann')).toEqual([]);
    expect(model.similarItems('tea')).toEqual([]);
    expect(model.predict('ann', 'tea')).toBeGreaterThanOrEqual(0);
  });
});

describe('fitAsync', () => {
  it('tells its progress up to the end', async () => {
    const told: { phase: string; done: number; total: number }[] = [];
    await ImplicitAls.fitAsync(SMALL, { ...OPTIONS, onProgress: (progress) => told.push(progress) });
    expect(told.length).toBeGreaterThanOrEqual(2 * 8 + 1);
    for (let n = 1; n < told.length; n++) expect(told[n].done).toBeGreaterThan(told[n - 1].done);
    const { done, total } = told[told.length - 1];
    expect(done).toBe(total);
    expect(total).toBe(8 * (SMALL.users.length + SMALL.items.length) + SMALL.users.length);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const training = ImplicitAls.fitAsync(SMALL, {
      ...OPTIONS,
      iterations: 1_000_000,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 500) controller.abort(reason);
      },
    });
    await expect(training).rejects.toBe(reason);
    await expect(ImplicitAls.fitAsync(SMALL, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('what hangs together with nothing that someone has', () => {
  const groups = Interactions.from(
    ['ap aq ar bp bq br cq cr', 'xu xv yu yw zv zw', 'hl', 'g0'].flatMap((text) =>
      text.split(' ').map(([user, item]) => ({ user, item, value: item === '0' ? 0 : 1 })),
    ),
    { items: ['nobody has it'] },
  );
  const model = ImplicitAls.fit(groups, { factors: 8, iterations: 3, backend: 'reference' });

  it('is not ranked by the noise of factors, but filled in, for each and for all', () => {
    const own = (user: string) =>
      model.recommend(user, { k: 20, excludeSeen: false, fallback: 'none' }).map(({ item }) => item);
    expect(own('a').sort()).toEqual(['p', 'q', 'r']);
    expect(own('x').sort()).toEqual(['u', 'v', 'w']);
    expect(own('h')).toEqual(['l']);
    expect(own('g')).toEqual([]);
    for (const options of [{ k: 20 }, { k: 4, excludeSeen: false }, { k: 20, items: ['u', 'p', 'l'] }]) {
      const all = model.recommendAll(options);
      for (const [n, user] of groups.users.entries()) expect(all.row(n)).toEqual(model.recommend(user, options));
    }
    const both = model.recommendFor(['p', 'u'], { k: 20, fallback: 'none' }).map(({ item }) => item);
    expect(both.sort()).toEqual(['q', 'r', 'v', 'w']);
    for (const { fallback } of model.recommend('h', { k: 20 })) expect(fallback).toBe('popularity');
    for (const { fallback } of model.recommendFor(['nobody has it'])) expect(fallback).toBe('popularity');
    expect(model.recommendAll({ users: [] }).counts).toHaveLength(0);
  });
});
