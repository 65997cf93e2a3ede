/** Interactions: what goes in, what is kept of it, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SparseRows } from '../../../src/backend/contract/backend.js';
import { type Duplicates, type Interaction, Interactions } from '../../../src/recommend/index.js';

const purchases: Interaction[] = [
  { user: 'ann', item: 'tea' },
  { user: 'ben', item: 'milk', value: 2 },
  { user: 'ann', item: 'milk', value: 3.5 },
  { user: 'ben', item: 'tea', value: 0 },
];

describe('Interactions.from', () => {
  it('numbers users and items as they first appear', () => {
    const interactions = Interactions.from(purchases);
    expect(interactions.users).toEqual(['ann', 'ben']);
    expect(interactions.items).toEqual(['tea', 'milk']);
    expect(interactions.size).toBe(4);
    expect(interactions.profile('ann')).toEqual([
      ['tea', 1],
      ['milk', 3.5],
    ]);
  });

  it('lists a profile by item position, whatever the order of the records', () => {
    const interactions = Interactions.from([...purchases, { user: 'cas', item: 'milk' }, { user: 'cas', item: 'tea' }]);
    expect(interactions.profile('cas').map(([item]) => item)).toEqual(['tea', 'milk']);
  });

  it('takes any iterable, once', () => {
    function* once() {
      yield* purchases;
    }
    expect([...Interactions.from(once()).records()]).toEqual([...Interactions.from(new Set(purchases)).records()]);
  });

  it('keeps values as float32', () => {
    const interactions = Interactions.from([{ user: 'ann', item: 'tea', value: 0.1 }]);
    expect(interactions.profile('ann')).toEqual([['tea', Math.fround(0.1)]]);
  });

  it.each<[Duplicates | undefined, number, number | undefined]>([
    [undefined, 2, 30],
    ['last', 2, 30],
    ['first', 4, undefined],
    ['max', 5, 20],
    ['sum', 11, 30],
  ])('merges duplicates by %s', (duplicates, value, time) => {
    const records = [
      { user: 'ann', item: 'tea', value: 4 },
      { user: 'ann', item: 'tea', value: 5, time: 20 },
      { user: 'ann', item: 'tea', value: 2, time: 30 },
    ];
    const interactions = Interactions.from(records, { duplicates });
    const expected = { user: 'ann', item: 'tea', value };
    expect([...interactions.records()]).toEqual([time === undefined ? expected : { ...expected, time }]);
    expect(interactions.size).toBe(1);
  });

  it('keeps strings and numbers apart, and hints at the other', () => {
    const interactions = Interactions.from<string | number, string | number>([
      { user: '1', item: 7 },
      { user: 1, item: '7' },
      { user: '2', item: 7 },
    ]);
    expect(interactions.users).toEqual(['1', 1, '2']);
    expect(interactions.profile('1')).toEqual([[7, 1]]);
    expect(interactions.profile(1)).toEqual([['7', 1]]);
    expect(() => interactions.profile(2)).toThrow(/Unknown user 2; .* There is "2", a string/);
  });

  it('has no trouble with names that objects already have', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', ''];
    const interactions = Interactions.from(names.map((name) => ({ user: name, item: name })));
    expect(interactions.users).toEqual(names);
    for (const name of names) expect(interactions.profile(name)).toEqual([[name, 1]]);
    expect(() => interactions.profile('valueOf')).toThrow(expect.objectContaining({ code: 'UNKNOWN_ID' }));
  });

  it('can be empty', () => {
    const interactions = Interactions.from([]);
    expect(interactions.size).toBe(0);
    expect(interactions.users).toEqual([]);
    expect([...interactions.records()]).toEqual([]);
  });

  it('tells an unknown user from one who has nothing that counts', () => {
    const interactions = Interactions.from(purchases);
    expect(() => interactions.profile('zoe')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_ID', message: expect.stringMatching(/user "zoe".* 2 users/) }),
    );
    expect(interactions.hasUser('zoe')).toBe(false);
    expect(interactions.hasUser('ben')).toBe(true);
    expect(interactions.hasItem('tea')).toBe(true);
    expect(interactions.hasItem('ann')).toBe(false);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.5e38, '4', null, 4n])(
    'refuses the value %s and names the record',
    (value) => {
      const records = [...purchases, { user: 'cas', item: 'rye', value: value as number }];
      expect(() => Interactions.from(records)).toThrow(
        expect.objectContaining({
          code: 'NOT_FINITE',
          message: expect.stringMatching(/records\[4\] \(user "cas", item "rye"\)/),
        }),
      );
    },
  );

  it('refuses a sum beyond float32', () => {
    const records = [3e38, 3e38].map((value) => ({ user: 'ann', item: 'tea', value }));
    expect(() => Interactions.from(records, { duplicates: 'sum' })).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringContaining('ser "ann", item "tea"') }),
    );
    expect(Interactions.from(records).size).toBe(1);
  });

  it.each([undefined, null, Number.NaN, {}, true])('refuses the id %s', (id) => {
    const records = [...purchases, { user: 'ann', item: id as string }];
    expect(() => Interactions.from(records)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('records[4]: the item') }),
    );
  });

  it('refuses what is no record, a bad time and an unknown policy', () => {
    expect(() => Interactions.from(['ann' as unknown as Interaction])).toThrow(/records\[0\] is "ann"/);
    expect(() => Interactions.from([{ user: 'ann', item: 'tea', time: Number.NaN }])).toThrow(/records\[0\].*time/);
    expect(() => Interactions.from(purchases, { duplicates: 'mean' as Duplicates })).toThrow(
      /duplicates must be 'last', .*, not "mean"/,
    );
  });
});

describe('add', () => {
  it('leaves the old object as it was and keeps positions', () => {
    const before = Interactions.from(purchases);
    const after = before.add([
      { user: 'cas', item: 'rye' },
      { user: 'ann', item: 'tea', value: 9 },
    ]);
    expect(before.profile('ann')[0]).toEqual(['tea', 1]);
    expect(before.users).toEqual(['ann', 'ben']);
    expect(after.profile('ann')[0]).toEqual(['tea', 9]);
    expect(after.users).toEqual(['ann', 'ben', 'cas']);
    expect(after.size).toBe(5);
  });
});

const anyRecord = fc.record(
  {
    user: fc.constantFrom<string | number>('a', 'b', 'c', 1, '1'),
    item: fc.constantFrom<string | number>('x', 'y', 'z', 2, '2'),
    value: fc.float({ noNaN: true, min: -1000, max: 1000 }),
    time: fc.integer({ min: 0, max: 100 }),
  },
  { requiredKeys: ['user', 'item'] },
);
const anyDuplicates = fc.constantFrom<Duplicates>('last', 'first', 'sum', 'max');

/** The plain meaning of the policies, one Map entry per pair. */
function merge(records: readonly Interaction<string | number, string | number>[], duplicates: Duplicates) {
  const merged = new Map<string, number>();
  for (const { user, item, value = 1 } of records) {
    const key = JSON.stringify([user, item]);
    const before = merged.get(key);
    if (before === undefined || duplicates === 'last') merged.set(key, value);
    else if (duplicates === 'sum') merged.set(key, Math.fround(before + value));
    else if (duplicates === 'max') merged.set(key, Math.max(before, value));
  }
  return merged;
}

describe('properties', () => {
  it('holds each pair once, merged', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), anyDuplicates, (records, duplicates) => {
        const interactions = Interactions.from(records, { duplicates });
        const held = new Map<string, number>();
        for (const { user, item, value } of interactions.records()) held.set(JSON.stringify([user, item]), value);
        // -0 and 0 are one value here: which of the two a maximum or a sum gives is nobody's concern.
        const plain = (map: Map<string, number>) => [...map].map(([key, value]) => [key, value + 0]).sort();
        expect(plain(held)).toEqual(plain(merge(records, duplicates)));
        expect(interactions.size).toBe(held.size);
        expect(interactions.users.reduce<number>((sum, user) => sum + interactions.profile(user).length, 0)).toBe(
          held.size,
        );
      }),
    );
  });

  it('adds as if all records had come at once', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), fc.array(anyRecord), anyDuplicates, (old, more, duplicates) => {
        const added = Interactions.from(old, { duplicates }).add(more);
        const atOnce = Interactions.from([...old, ...more], { duplicates });
        expect(added.users).toEqual(atOnce.users);
        expect(added.items).toEqual(atOnce.items);
        expect([...added.records()]).toEqual([...atOnce.records()]);
      }),
    );
  });

  it('gives kernels well-formed rows, and the same entries both ways', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), (records) => {
        const interactions = Interactions.from(records);
        const users = entriesOf(interactions.byUser());
        const items = entriesOf(interactions.byItem());
        expect(items.map(([item, user, value]) => [user, item, value]).sort()).toEqual(users.sort());
        expect(interactions.byUser().rows).toBe(interactions.users.length);
        expect(interactions.byUser().columns).toBe(interactions.items.length);
      }),
    );
  });
});

/** Every entry of a matrix, after checking that its rows are as the contract says. */
function entriesOf({ rows, columns, indptr, indices, values }: SparseRows): number[][] {
  expect(indptr.length).toBe(rows + 1);
  expect(indptr[0]).toBe(0);
  expect(indptr[rows]).toBe(indices.length);
  expect(values.length).toBe(indices.length);
  const entries: number[][] = [];
  for (let row = 0; row < rows; row++) {
    for (let entry = indptr[row]; entry < indptr[row + 1]; entry++) {
      expect(indices[entry]).toBeLessThan(columns);
      if (entry > indptr[row]) expect(indices[entry]).toBeGreaterThan(indices[entry - 1]);
      entries.push([row, indices[entry], values[entry]]);
    }
  }
  return entries;
}
