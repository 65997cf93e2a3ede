/** Ease: its formula, its explanations, its refusals, and training that can be watched and stopped. */
import { describe, expect, it } from 'vitest';
import { reference } from '../../../src/backend/reference/index.js';
import { Ease, Interactions } from '../../../src/recommend/index.js';
import { Random } from '../../backend/conformance/random.js';
import { openLevels } from '../../fixtures/levels.js';
import { drawTastes } from '../../fixtures/sparse.js';

/** Five tastes, so that there is something to learn. */
function draw(users: number, items: number): Interactions {
  const shape = { tastes: 5, within: 0.47, across: 0.1, values: 3 };
  return Interactions.from(drawTastes(new Random(users * items), users, items, shape));
}

const data = draw(60, 45);
const model = Ease.fit(data, { l2: 5 });

describe('the formula', () => {
  it('is what a worked example says', () => {
    // Users a: {x, y}, b: {x, y}, c: {z}; with l2 = 1 the Gram matrix is [[3, 2, 0], [2, 3, 0], [0, 0, 2]].
    // Its inverse has 3/5 and -2/5 in the first block, so that x and y weigh 2/3 for each other.
    const records = ['ax', 'ay', 'bx', 'by', 'cz'].map(([user, item]) => ({ user, item }));
    const small = Ease.fit(Interactions.from(records), { l2: 1 });
    expect(small.weight('x', 'y')).toBeCloseTo(2 / 3, 6);
    expect(small.weight('y', 'x')).toBeCloseTo(2 / 3, 6);
    expect(small.weight('x', 'z')).toBe(0);
    expect(small.weight('x', 'x')).toBe(0);
    expect(small.recommendFor(['x']).map(({ item }) => item)).toEqual(['y', 'z']);
    expect(small.similarItems('x')).toEqual([{ item: 'y', score: small.weight('x', 'y') }]);
  });

  it('reproduces everybody better than other weights do', () => {
    // B minimises |X - XB|² + l2 |B|² with nothing on the diagonal: any step away from it costs.
    const { items, users } = data;
    const values = users.map((user) => new Map(data.profile(user)));
    const loss = (of: (from: number, to: number) => number) => {
      let sum = 0;
      for (const row of values) {
        items.forEach((item, to) => {
          let guess = 0;
          items.forEach((other, from) => {
            const value = row.get(other);
            if (value !== undefined && from !== to) guess += value * of(from, to);
          });
          sum += ((row.get(item) ?? 0) - guess) ** 2;
        });
      }
      items.forEach((_, from) => {
        items.forEach((_, to) => {
          if (from !== to) sum += 5 * of(from, to) ** 2;
        });
      });
      return sum;
    };
    const weights = items.map((from) => items.map((to) => model.weight(from, to)));
    const least = loss((from, to) => weights[from][to]);
    const random = new Random('steps');
    for (let n = 0; n < 5; n++) {
      const step = items.map(() => items.map(() => random.signed() / 100));
      expect(loss((from, to) => weights[from][to] + step[from][to])).toBeGreaterThan(least);
    }
  });

  it.each(openLevels.map(({ label, backend }) => [label, backend] as const))(
    'has the same bits on %s',
    (_, backend) => {
      const same = Ease.fit(data, { l2: 5, backend, threads: 2 });
      const weightsOf = (of: typeof model) => data.items.map((from) => data.items.map((to) => of.weight(from, to)));
      expect(weightsOf(same)).toEqual(weightsOf(model));
      expect(same.recommendAll({ k: 7 })).toEqual(model.recommendAll({ k: 7 }));
    },
  );
});

describe('recommending', () => {
  it('is the same one by one, for all at once and for a profile of the same items', () => {
    for (const options of [{ k: 5 }, { k: 100 }, { k: 4, excludeSeen: false }, { k: 3, minScore: 0.1 }]) {
      const together = model.recommendAll(options);
      data.users.forEach((user, n) => {
        expect(together.row(n)).toEqual(model.recommend(user, options));
        expect(model.recommendFor(data.profile(user), options)).toEqual(model.recommend(user, options));
      });
    }
  });

  it('serves some users in any order, and candidates only', () => {
    const users = [data.users[7], data.users[2], data.users[7]];
    const items = data.items.slice(10, 20);
    const some = model.recommendAll({ users, items, k: 4 });
    users.forEach((user, n) => {
      expect(some.row(n)).toEqual(model.recommend(user, { items, k: 4 }));
    });
  });

  it('lets items speak against others', () => {
    const scores = model.recommend(data.users[0], { k: 100, excludeSeen: false }).map(({ score }) => score);
    expect(scores).toHaveLength(data.items.length);
    expect(Math.min(...scores)).toBeLessThan(0);
  });

  it('gives someone without history what is popular, or nothing', () => {
    expect(model.recommendFor([]).every(({ fallback }) => fallback === 'popularity')).toBe(true);
    expect(model.recommendFor([], { fallback: 'none' })).toEqual([]);
  });
});

describe('explaining', () => {
  it('adds up to the score, bit for bit, and to what predict and recommend say', () => {
    for (const user of data.users.slice(0, 10)) {
      for (const { item, score } of model.recommend(user, { k: 5 })) {
        const { score: explained, reasons } = model.explain(user, item);
        const byPosition = [...reasons].sort((a, b) => data.itemPosition(a.item) - data.itemPosition(b.item));
        expect(byPosition.reduce((sum, { contribution }) => sum + contribution, 0)).toBe(explained);
        expect(explained).toBe(score);
        expect(model.predict(user, item)).toBe(score);
      }
    }
  });

  it('finds the items that an item speaks for', () => {
    for (const item of data.items.slice(0, 10)) {
      const alike = model.similarItems(item, 5);
      const recommended = model.recommendFor([item], { k: 5 }).filter(({ score }) => score > 0);
      expect(alike).toEqual(recommended);
    }
  });
});

describe('training', () => {
  it('reports progress that rises to its total, and gives the same model', async () => {
    const phases: string[] = [];
    const seen: number[] = [];
    const trained = await Ease.fitAsync(data, {
      l2: 5,
      onProgress: ({ phase, done, total }) => {
        if (phases.at(-1) !== phase) phases.push(phase);
        seen.push(phases.length - 1 + done / total);
      },
    });
    expect(phases).toEqual(['inverse', 'weights']);
    expect(seen.at(-1)).toBe(2);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(trained.recommendAll()).toEqual(model.recommendAll());
  });

  it('stops with the reason of the signal', async () => {
    const controller = new AbortController();
    const large = draw(50, 300);
    const fitting = Ease.fitAsync(large, {
      signal: controller.signal,
      backend: reference,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(fitting).rejects.toThrow('enough');
    await expect(Ease.fitAsync(data, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('learns from nobody, and from one', () => {
    const nobody = Ease.fit(Interactions.from([]));
    expect(nobody.recommendFor([])).toEqual([]);
    expect(nobody.recommendAll().users).toEqual([]);
    const one = Ease.fit(Interactions.from([{ user: 'u', item: 'i' }]));
    expect(one.recommend('u')).toEqual([]);
    expect(one.recommend('u', { excludeSeen: false, fallback: 'none' })).toEqual([]);
    const filled = [{ item: 'i', score: 1, fallback: 'popularity' }];
    expect(one.recommend('u', { excludeSeen: false })).toEqual(filled);
    expect(one.recommendAll({ excludeSeen: false }).row(0)).toEqual(filled);
  });
});

describe('refusals', () => {
  it.each([
    [{ l2: 0 }, /l2 must be .*, not 0/],
    [{ l2: -1 }, /l2 must be .*, not -1/],
    [{ l2: Number.NaN }, /l2 must be .*, not NaN/],
    [{ l2: '5' as unknown as number }, /l2 must be .*, not "5"/],
    [{ threads: 1.5 }, /threads must be .*, not 1\.5/],
    [{ maxBytes: 0 }, /maxBytes must be .*, not 0/],
    [null as unknown as object, /options must be an object .*, not null/],
  ])('%j', (options, message) => {
    expect(() => Ease.fit(data, options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  it('says how many bytes it would take before it takes them', () => {
    const bytes = 12 * data.items.length ** 2;
    expect(() => Ease.fit(data, { maxBytes: bytes - 1 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(`${bytes} bytes`) }),
    );
    expect(() => Ease.fit(data, { maxBytes: bytes })).not.toThrow();
  });

  it.each(openLevels.map(({ label, backend }) => [label, backend] as const))(
    'says so where l2 is lost beside the values: %s',
    (_, backend) => {
      const records = ['x', 'y', 'z'].flatMap((item) => ['a', 'b'].map((user) => ({ user, item, value: 1e30 })));
      expect(() => Ease.fit(Interactions.from(records), { backend })).toThrow(/larger l2/);
    },
  );

  it('takes no weights of other items', () => {
    const parts = { options: { l2: 5 }, arrays: { weights: new Float32Array(4) } };
    expect(() => Ease.fromParts(data, parts)).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
  });
});
