/** What every model promises, asked of every model: one list of checks for all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/index.js';
import * as recommend from '../../../src/recommend/index.js';
import {
  Ease,
  Hybrid,
  Interactions,
  ItemKnn,
  type ItemReason,
  loadModel,
  type ModelReason,
  modelFromBytes,
  type TrainingProgress,
  type UserReason,
} from '../../../src/recommend/index.js';
import { CLASSES, data, MODELS } from '../../fixtures/models.js';

const folder = mkdtempSync(join(tmpdir(), 'kindred-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

const backends = ['native', 'wasm', 'reference'].filter((name) => {
  try {
    openBackend(name);
    return true;
  } catch {
    return false;
  }
});

it('every class of models is public, and there is a model of it here', () => {
  const made = new Set(Object.values(MODELS).map((each) => each.fit(data, 'reference').constructor));
  expect(new Set<unknown>(CLASSES)).toEqual(made);
  for (const each of CLASSES) expect(recommend).toHaveProperty(each.name, each);
});

describe.each(Object.keys(MODELS))('%s', (name) => {
  const { fit: make, fitAsync, foldsIn, tolerance } = MODELS[name];
  const model = make(data, 'reference');
  const people = ['u0', 'u7', 'u20', 'u39'];

  /** `base` and then the contributions by ascending position of what gives the reason. */
  const addedUp = (reasons: readonly (ItemReason | UserReason | ModelReason)[], base: number) => {
    const names = model instanceof Hybrid ? model.members.map((each) => each.name) : [];
    const positionOf = (reason: ItemReason | UserReason | ModelReason) => {
      if ('item' in reason) return data.itemPosition(reason.item);
      return 'user' in reason ? data.userPosition(reason.user) : names.indexOf(reason.model);
    };
    const sorted = reasons.toSorted((a, b) => positionOf(a) - positionOf(b));
    return sorted.reduce((total, { contribution }) => total + contribution, base);
  };

  it('ranks by score and then position, and the first k are a beginning of more', () => {
    for (const user of people) {
      const all = model.recommend(user, { k: 1000 });
      expect(all.length).toBeGreaterThan(0);
      for (let n = 1; n < all.length; n++) {
        const [a, b] = [all[n - 1], all[n]];
        const isFilled = a.fallback === undefined && b.fallback !== undefined;
        if (isFilled) continue;
        expect(a.fallback).toBe(b.fallback);
        const inOrder =
          a.score > b.score || (a.score === b.score && data.itemPosition(a.item) < data.itemPosition(b.item));
        expect(inOrder).toBe(true);
      }
      for (const k of [1, 3, 7]) expect(model.recommend(user, { k })).toEqual(all.slice(0, k));
    }
  });

  it('leaves out what is seen, unless told otherwise; chooses among items; honours minScore', () => {
    const seen = new Set(data.profile('u7').map(([item]) => item));
    const all = model.recommend('u7', { k: 1000 });
    expect(all.some(({ item }) => seen.has(item))).toBe(false);
    const withSeen = model.recommend('u7', { k: 1000, excludeSeen: false });
    expect(withSeen.filter(({ item }) => !seen.has(item))).toEqual(all);
    const some = ['i1', 'i4', 'i8', 'i9'];
    expect(model.recommend('u7', { k: 1000, items: some })).toEqual(all.filter(({ item }) => some.includes(item)));
    const own = all.filter(({ fallback }) => fallback === undefined);
    const minScore = own[Math.floor(own.length / 2)].score;
    expect(model.recommend('u7', { k: 1000, minScore })).toEqual(own.filter(({ score }) => score >= minScore));
  });

  it('predicts the score of the list, and explains it by contributions that add up', () => {
    for (const user of people) {
      for (const { item, score } of model.recommend(user, { k: 1000, excludeSeen: false, fallback: 'none' })) {
        expect(Math.abs(model.predict(user, item) - score)).toBeLessThanOrEqual(tolerance);
        const { score: explained, base = 0, reasons } = model.explain(user, item);
        expect(Math.abs(explained - score)).toBeLessThanOrEqual(tolerance);
        expect(addedUp(reasons, base)).toBe(explained);
        const sizes = reasons.map(({ contribution }) => contribution);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }
    }
  });

  it('serves someone never seen', () => {
    const profile = data.profile('u20');
    const list = model.recommendFor(profile, { k: 5 });
    expect(list.length).toBeGreaterThan(0);
    if (foldsIn) expect(list).toEqual(model.recommend('u20', { k: 5 }));
    for (const { item } of list) {
      const { score, reasons, base = 0 } = model.explain(profile, item);
      expect(addedUp(reasons, base)).toBe(score);
    }
  });

  it('answers someone without history by what is popular, and says so', () => {
    for (const list of [model.recommend('nobody', { k: 4 }), model.recommendFor([], { k: 4 })]) {
      expect(list).toHaveLength(4);
      expect(list.every(({ fallback }) => fallback === 'popularity')).toBe(true);
      expect(list.map(({ item }) => item)).not.toContain('unwanted');
    }
    expect(model.recommend('nobody', { fallback: 'none' })).toEqual([]);
    expect(model.recommendFor([], { fallback: 'none' })).toEqual([]);
    expect(model.recommendFor([], { items: ['unwanted', 'i1'] }).map(({ item }) => item)).toEqual(['i1']);
    const nothing = model.recommendAll({ users: ['nobody', 'u0'], fallback: 'none', k: 3 });
    expect([...nothing.counts]).toEqual([0, 3]);
    expect([...nothing.fallback]).toEqual([0, 0]);
    expect([...model.recommendAll({ users: ['nobody', 'u0'] }).fallback]).toEqual([1, 0]);
    const diverse = model.recommendFor([], { k: 4, diverse: true });
    expect(diverse.map(({ fallback }) => fallback)).toEqual(new Array(4).fill('popularity'));
  });

  it('says to all what it says to each', () => {
    for (const options of [{ k: 5 }, { k: 3, excludeSeen: false }, { k: 1000, items: ['i1', 'i2', 'i3'] }]) {
      const all = model.recommendAll(options);
      expect(all.users).toEqual(data.users);
      for (const [n, user] of data.users.entries()) {
        expect(all.row(n), user).toEqual(model.recommend(user, options));
      }
    }
    const some = model.recommendAll({ users: ['u3', 'u1', 'u3'], k: 2 });
    expect(some.row(0)).toEqual(model.recommend('u3', { k: 2 }));
    expect(some.row(2)).toEqual(some.row(0));
    expect(model.recommendAll({ users: [] }).counts).toHaveLength(0);
    expect(() => some.row(3)).toThrow(RangeError);
  });

  it('says to all in blocks what it says at once, tells how far it is, and stops when told', async () => {
    for (const options of [
      { k: 5 },
      { k: 3, excludeSeen: false, fallback: 'none' as const },
      { users: ['u3', 'nobody', 'u3'] },
    ]) {
      const heard: number[] = [];
      const onProgress = ({ done }: TrainingProgress) => heard.push(done);
      const { users } = model.recommendAll(options);
      expect(await model.recommendAllAsync({ ...options, onProgress })).toEqual(model.recommendAll(options));
      expect(heard.at(-1)).toBe(users.length);
    }
    expect((await model.recommendAllAsync({ users: [] })).counts).toHaveLength(0);
    const controller = new AbortController();
    const stopping = { signal: controller.signal, onProgress: () => controller.abort(new Error('that will do')) };
    await expect(model.recommendAllAsync(stopping)).rejects.toThrow('that will do');
    await expect(model.recommendAllAsync({ users: ['u0', 'stranger'] })).rejects.toThrow('stranger');
    await expect(model.recommendAllAsync({ k: 0 })).rejects.toMatchObject({ code: 'INVALID_K' });
    expect(() => model.recommendAll({ onProgress: () => {} } as never)).toThrow('there is no option "onProgress"');
  });

  it('re-ranks for diversity: the same items as candidates, the best one first, nothing re-ranked for lambda 1', () => {
    const plain = model.recommend('u0', { k: 5 });
    expect(model.recommend('u0', { k: 5, diverse: { lambda: 1 } })).toEqual(plain);
    const diverse = model.recommend('u0', { k: 5, diverse: { lambda: 0.3, fetchK: 12 } });
    expect(diverse[0]).toEqual(plain[0]);
    const candidates = new Set(model.recommend('u0', { k: 12 }).map(({ item }) => item));
    expect(diverse.every(({ item }) => candidates.has(item))).toBe(true);
    expect(() => model.recommend('u0', { k: 5, diverse: { fetchK: 3 } })).toThrow('fetchK');
    expect(() => model.recommend('u0', { k: 5, diverse: { lambda: 2 } })).toThrow('lambda');
  });

  it('finds alike items and users, never themselves', () => {
    const items = model.similarItems('i0', 1000);
    expect(items.map(({ item }) => item)).not.toContain('i0');
    expect(items.every(({ score }, n) => score > 0 && (n === 0 || items[n - 1].score >= score))).toBe(true);
    expect(model.similarItems('i0', 3)).toEqual(items.slice(0, 3));
    expect(model.similarUsers('u0', 1000).map(({ user }) => user)).not.toContain('u0');
  });

  it('refuses what it does not know', () => {
    expect(() => model.recommend('stranger')).toThrow('Unknown user "stranger"');
    expect(() => model.predict('u0', 'nothing')).toThrow('Unknown item "nothing"');
    expect(() => model.recommendFor(['nothing'])).toThrow('Unknown item');
    expect(() => model.recommend('u0', { k: 0 })).toThrow('k');
    expect(() => model.recommend('u0', { minScore: Number.NaN })).toThrow('minScore');
    expect(() => model.recommend('u0', { items: 'i1' as never })).toThrow('items');
    expect(() => model.recommend('u0', null as never)).toThrow('options');
    expect(() => model.recommend('u0', { excludeSeen: 'no' as never })).toThrow('excludeSeen');
    expect(() => model.recommend('u0', { fallback: 'any' as never })).toThrow('fallback');
    expect(() => model.recommend('u0', { diverse: 'very' as never })).toThrow('diverse');
    expect(() => model.recommend('u0', { unknownItems: 'ignore' as never })).toThrow('unknownItems');
    expect(() => model.recommend('u0', { excludeItems: 'i1' as never })).toThrow('excludeItems');
    const misspelt: [() => unknown, string][] = [
      [() => model.recommend('u0', { topK: 3 } as never), '"topK": did you mean k?'],
      [() => model.recommend('u0', { exclude: ['i1'] } as never), '"exclude": did you mean excludeItems?'],
      [() => model.recommendFor(['i1'], { min_score: 3 } as never), '"min_score": did you mean minScore?'],
      [() => model.recommendAll({ user: ['u0'] } as never), '"user": did you mean users?'],
      [() => model.recommend('u0', { diverse: { lamda: 1 } } as never), '"lamda": did you mean lambda?'],
      [() => model.recommend('u0', { users: ['u0'] } as never), 'there is no option "users"'],
      [
        () => model.explain(['i1'], 'i2', { unknownItem: 'skip' } as never),
        '"unknownItem": did you mean unknownItems?',
      ],
      [() => modelFromBytes(model.toBytes(), { backends: 'wasm' } as never), '"backends": did you mean backend?'],
    ];
    for (const [act, message] of misspelt) expect(act).toThrow(message);
    expect(() => model.recommendAll({ diverse: true } as never)).toThrow('recommendAll does not re-rank');
    expect(() => model.recommendAll({ users: ['u0', 'stranger'] })).toThrow('stranger');
    for (const profile of [[null], [{ item: 'i1' }], [['i1']], ['i1', [1, 2, 3]]]) {
      expect(() => model.recommendFor(profile as never)).toThrow('a profile consists of items or of pairs');
    }
    expect(() => model.recommendFor([['i1', Number.NaN]])).toThrow('finite');
    expect(() => model.recommendFor([['i1', '1' as never]])).toThrow('finite');
  });

  it('takes profiles of items and of pairs, in any order and with repeats', () => {
    const expected = model.recommendFor(['i1', 'i4', 'i6']);
    expect(model.recommendFor(new Set(['i6', 'i4', 'i1']))).toEqual(expected);
    expect(model.recommendFor(new Map(Object.entries({ i4: 1, i1: 1, i6: 1 })))).toEqual(expected);
    expect(model.recommendFor(['i6', 'i1', 'i4', 'i1'])).toEqual(expected);
  });

  it('is the same every time, and for nothing at all', () => {
    expect(make(data, 'reference').toBytes()).toEqual(model.toBytes());
    const empty = make(Interactions.from([]), 'reference');
    expect(empty.recommendAll().counts).toHaveLength(0);
    expect(empty.recommendFor([])).toEqual([]);
    expect(empty.recommendFor([], { diverse: true, items: [] })).toEqual([]);
    const onlyKnown = make(Interactions.from([], { users: ['someone'], items: ['thing'] }), 'reference');
    expect(onlyKnown.recommend('someone')).toEqual([]);
    expect([...onlyKnown.recommendAll().counts]).toEqual([0]);
    expect(onlyKnown.similarItems('thing')).toEqual([]);
    expect(onlyKnown.similarUsers('someone')).toEqual([]);
    const { score, base = 0, reasons } = onlyKnown.explain('someone', 'thing');
    expect([score, base, reasons, onlyKnown.predict('someone', 'thing')]).toEqual([0, 0, [], 0]);
    expect(onlyKnown.recommendFor(['thing'])).toEqual([]);
  });

  it.each(backends)('has the same answers on %s', (backend) => {
    const other = make(data, backend);
    expect(other.recommendAll({ k: 30 })).toEqual(model.recommendAll({ k: 30 }));
    expect(other.toBytes()).toEqual(model.toBytes());
  });

  it('comes back from bytes and from a file as it was', async () => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.kindred`);
    await model.save(path);
    const own = CLASSES.find((each) => model instanceof each) as (typeof CLASSES)[number];
    const other = own === Ease ? ItemKnn : Ease;
    expect(() => other.fromBytes(model.toBytes())).toThrow(`"${model.constructor.name}", expected "${other.name}"`);
    await expect(other.load(path)).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    const ways = [
      modelFromBytes(model.toBytes()),
      await loadModel(path),
      own.fromBytes(model.toBytes()),
      await own.load(path),
    ];
    for (const loaded of ways) {
      expect(loaded.constructor).toBe(model.constructor);
      expect(loaded.recommendAll({ k: 7 })).toEqual(model.recommendAll({ k: 7 }));
      expect(loaded.explain('u0', 'i3')).toEqual(model.explain('u0', 'i3'));
      expect(loaded.recommendFor(['i1', 'i2'])).toEqual(model.recommendFor(['i1', 'i2']));
      expect(loaded.toBytes()).toEqual(model.toBytes());
    }
  });

  if (fitAsync) {
    it('trains in slices to the same model, tells how far it is, and stops when told', async () => {
      const heard: TrainingProgress[] = [];
      const trained = await fitAsync(data, { onProgress: (p: TrainingProgress) => heard.push(p) });
      expect(trained.toBytes()).toEqual(model.toBytes());
      expect(heard.length).toBeGreaterThan(0);
      for (const { done, total } of heard) expect(done).toBeLessThanOrEqual(total);
      expect(heard.at(-1)?.done).toBe(heard.at(-1)?.total);
      await expect(fitAsync(data, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
      const controller = new AbortController();
      const stopping = { signal: controller.signal, onProgress: () => controller.abort(new Error('that will do')) };
      await expect(fitAsync(data, stopping)).rejects.toThrow('that will do');
      await expect(fitAsync(data, { signal: {} })).rejects.toThrow('AbortSignal');
      await expect(fitAsync([] as never, {})).rejects.toThrow('Interactions');
      const failing = () => {
        throw new Error('from onProgress');
      };
      await expect(fitAsync(data, { onProgress: failing })).rejects.toThrow('from onProgress');
      await expect(fitAsync(data, { onProgress: 1 })).rejects.toThrow('onProgress');
    });
  }
});
