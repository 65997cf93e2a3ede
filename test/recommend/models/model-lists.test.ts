/** What every model leaves out of its lists, passes over, fills them with, and forgets. */
import { describe, expect, it } from 'vitest';
import { type AnyModel, Interactions, modelFromBytes } from '../../../src/recommend/index.js';
import { data, MODELS } from '../../fixtures/models.js';

describe.each(Object.keys(MODELS))('%s', (name) => {
  const { fit: make, foldsIn, tolerance, forgetsExactly } = MODELS[name];
  const model = make(data, 'reference');

  it('leaves out what it is told to leave out, also where it fills up', () => {
    const all = model.recommend('u0', { k: 1000 });
    const excludeItems = [all[0].item, all.at(-1)?.item ?? '', 'unwanted'];
    const rest = all.filter(({ item }) => !excludeItems.includes(item));
    expect(model.recommend('u0', { k: 1000, excludeItems })).toEqual(rest);
    expect(model.recommend('u0', { k: 1000, excludeItems: new Set(excludeItems), excludeSeen: true })).toEqual(rest);
    const items = all.slice(0, 4).map(({ item }) => item);
    const chosen = model.recommend('u0', { items, excludeItems: [items[1]] });
    expect(chosen.map(({ item }) => item)).toEqual(items.filter((_, n) => n !== 1));
    const popular = model.recommendFor([], { k: 3 }).map(({ item }) => item);
    expect(model.recommendFor([], { k: 2, excludeItems: [popular[0]] }).map(({ item }) => item)).toEqual(
      popular.slice(1),
    );
  });

  it('passes over items it has never met, if told to', () => {
    const skip = { unknownItems: 'skip' } as const;
    const stranger = 'never met';
    for (const options of [{ items: [stranger] }, { excludeItems: [stranger] }]) {
      expect(() => model.recommend('u0', options)).toThrow('Unknown item "never met"');
      expect(() => model.recommendAll(options)).toThrow('Unknown item "never met"');
    }
    expect(model.recommend('u0', { ...skip, excludeItems: [stranger] })).toEqual(model.recommend('u0'));
    expect(model.recommend('u0', { ...skip, items: [stranger] })).toEqual([]);
    expect(model.recommend('u0', { ...skip, items: ['i1', stranger] })).toEqual(
      model.recommend('u0', { items: ['i1'] }),
    );
    expect(model.recommendAll({ ...skip, k: 3, items: ['i1', stranger] })).toEqual(
      model.recommendAll({ k: 3, items: ['i1'] }),
    );
    expect(model.recommendFor(['i1', stranger], skip)).toEqual(model.recommendFor(['i1']));
    expect(model.recommendFor([[stranger, 2]], skip)).toEqual(model.recommendFor([]));
    expect(model.explain(['i1', stranger], 'i2', skip)).toEqual(model.explain(['i1'], 'i2'));
    expect(() => model.explain(['i1', stranger], 'i2')).toThrow('Unknown item');
    // What is no id at all is no item that the model might have met.
    expect(() => model.recommendFor([Number.NaN as never], skip)).toThrow('Unknown item');
  });

  it('fills a short list with what is popular, marked and after its own, for each and for all', () => {
    const shelf = ['i0', 'i3', 'unwanted', 'lonely'];
    const lonely = Interactions.from(
      [...data.records(), { user: 'hermit', item: 'lonely' }, { user: 'hermit', item: 'own' }],
      {
        users: data.users,
        items: data.items,
      },
    );
    const other = make(lonely, 'reference');
    for (const options of [
      { k: 1000 },
      { k: 1000, items: shelf },
      { k: 12, excludeSeen: false },
      { k: 9, minScore: 0.7 },
    ]) {
      const lists = other.recommendAll(options);
      for (const [n, user] of lonely.users.entries()) {
        const list = other.recommend(user, options);
        expect(lists.row(n), user).toEqual(list);
        const own = other.recommend(user, { ...options, fallback: 'none' });
        expect(list.slice(0, own.length)).toEqual(own);
        expect(list.slice(own.length).every(({ fallback }) => fallback === 'popularity')).toBe(true);
        expect(new Set(list.map(({ item }) => item)).size).toBe(list.length);
        if ('minScore' in options) continue;
        const wanted = lonely.items.filter((item) => {
          const isSeen = options.excludeSeen !== false && lonely.profile(user).some(([had]) => had === item);
          return item !== 'unwanted' && !isSeen && (options.items?.includes(item) ?? true);
        });
        const ids = list.map(({ item }) => item).filter((item) => item !== 'unwanted');
        if (options.k === 1000) expect(new Set(ids)).toEqual(new Set(wanted));
      }
    }
    for (const { score, fallback } of other.recommendFor(['lonely'], { k: 1000 })) {
      // A standardised score of 0 is an average, no lack of evidence.
      if (score === 0 && !name.includes('standardised')) expect(fallback).toBe('popularity');
    }
    expect(other.recommendFor(['unwanted'], { k: 3 })).toHaveLength(3);
  });

  it('forgets a user and an item: their ids leave it and its file, and it goes on', () => {
    const secret = Interactions.from(
      [
        ...[...data.records()].slice(0, 60),
        { user: 'alice@x', item: 'i1', value: 2, time: 5 },
        { user: 'alice@x', item: 'diary of bob', time: 6 },
        ...[...data.records()].slice(60),
        { user: 'u3', item: 'diary of bob', time: 9 },
      ],
      { users: ['nobody'], items: ['unwanted'] },
    );
    const before = make(secret, 'reference');
    const text = (each: AnyModel) => Buffer.from(each.toBytes()).toString('latin1');
    expect(text(before)).toContain('alice@x');
    const after = before.forget('alice@x').forgetItem('diary of bob');
    expect(after.constructor).toBe(before.constructor);
    expect(text(after)).not.toContain('alice@x');
    expect(text(after)).not.toContain('diary of bob');
    expect(() => after.recommend('alice@x')).toThrow('Unknown user');
    expect(() => after.predict('u0', 'diary of bob')).toThrow('Unknown item');
    const left = secret.forget('alice@x').forgetItem('diary of bob');
    expect(after.interactions.toParts()).toEqual(left.toParts());
    expect(left.users).toEqual(secret.users.filter((user) => user !== 'alice@x'));
    // The model that was asked stays as it was.
    expect(before.recommend('alice@x').length).toBeGreaterThan(0);
    const refitted = make(left, 'reference');
    if (forgetsExactly) expect(after.toBytes()).toEqual(refitted.toBytes());
    const loaded = modelFromBytes(after.toBytes());
    expect(loaded.recommendAll({ k: 6 })).toEqual(after.recommendAll({ k: 6 }));
    for (const user of ['u3', 'u0', 'nobody']) {
      const list = after.recommend(user, { k: 1000, fallback: 'none' });
      for (const { item, score } of list)
        expect(Math.abs(after.predict(user, item) - score)).toBeLessThanOrEqual(tolerance);
      if (foldsIn) expect(after.recommendFor(left.profile(user), { k: 4 })).toEqual(after.recommend(user, { k: 4 }));
    }
    expect(after.similarUsers('u0', 3).length).toBeLessThanOrEqual(3);
    expect(after.similarItems('i0', 3).length).toBeLessThanOrEqual(3);
    expect(() => before.forget('nobody at all')).toThrow('Unknown user');
    expect(() => before.forgetItem('nothing')).toThrow('Unknown item');
    let none: AnyModel = after;
    for (const user of left.users) none = none.forget(user);
    const rest = none.recommendFor(['i1'], { k: 3, fallback: 'none' }).length;
    expect(rest).toBeLessThanOrEqual(forgetsExactly ? 0 : 3);
  });
});
