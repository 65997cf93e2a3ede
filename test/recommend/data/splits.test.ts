/** Splits: nothing is lost, nothing is in both halves, nothing leaks, and each does what it says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byUser, holdout, Interactions, leaveLastOut, temporal } from '../../../src/recommend/index.js';

const anyRecord = fc.record({
  user: fc.integer({ min: 0, max: 12 }),
  item: fc.integer({ min: 0, max: 12 }),
  value: fc.integer({ min: 1, max: 5 }),
  time: fc.integer({ min: 0, max: 20 }),
});
const anyInteractions = fc.array(anyRecord, { minLength: 2, maxLength: 80 }).map((all) => Interactions.from(all));
const keyed = (parts: readonly Interactions<number, number>[]) =>
  parts.flatMap((part) => [...part.records()].map((record) => JSON.stringify(record))).sort();

describe('every split', () => {
  it.each([
    ['holdout', holdout({ ratio: 0.3, seed: 4 })],
    ['leaveLastOut', leaveLastOut({ n: 2 })],
    ['temporal', temporal({ ratio: 0.3 })],
    ['byUser', byUser({ ratio: 0.4, seed: 4 })],
  ])('%s divides exactly, the same each time, at the same positions', (name, split) => {
    fc.assert(
      fc.property(anyInteractions, (all) => {
        const times = all.times as Float64Array;
        fc.pre(name !== 'temporal' || new Set(times).size > 10);
        const result = split(all);
        const parts = [result.train, result.test, ...('foldIn' in result ? [result.foldIn] : [])] as (typeof all)[];
        expect(keyed(parts)).toEqual(keyed([all]));
        for (const part of parts) {
          expect(part.users).toEqual(all.users);
          expect(part.items).toEqual(all.items);
          for (const user of all.users) expect(part.userPosition(user)).toBe(all.userPosition(user));
        }
        expect(result.counts).toMatchObject({ train: result.train.size, test: result.test.size });
        expect(keyed([split(all).test])).toEqual(keyed([result.test]));
      }),
    );
  });
});

describe('temporal', () => {
  const all = Interactions.from([1, 2, 2, 3, 3, 3, 4].map((time, n) => ({ user: `u${n}`, item: `i${n % 2}`, time })));

  it('never divides a moment, and counts who is new', () => {
    const { train, test, at, counts } = temporal({ ratio: 0.3 })(all);
    expect(at).toBe(3);
    expect([...train.records()].every(({ time }) => (time as number) < 3)).toBe(true);
    expect([...test.records()].every(({ time }) => (time as number) >= 3)).toBe(true);
    expect(counts).toEqual({ train: 3, test: 4, usersOnlyInTest: 4, itemsOnlyInTest: 0 });
    expect(train.profile('u6')).toEqual([]);
  });

  it('divides at a given moment', () => {
    expect(temporal({ at: 2 })(all).counts).toMatchObject({ train: 1, test: 6 });
    for (const at of [1, 5, 0]) expect(() => temporal({ at })(all)).toThrow(/one half has nothing.*from 1 to 4/);
  });
});

it('leaveLastOut takes the last of each user, by time and then by position', () => {
  const rows: [string, string, number][] = [
    ['a', 'x', 3],
    ['a', 'y', 1],
    ['a', 'z', 3],
    ['b', 'x', 9],
    ['c', 'z', 5],
    ['c', 'x', 4],
  ];
  const { test } = leaveLastOut()(Interactions.from(rows.map(([user, item, time]) => ({ user, item, time }))));
  expect([...test.records()].map(({ user, item }) => user + item)).toEqual(['az', 'cz']);
});

it('byUser holds whole users out', () => {
  fc.assert(
    fc.property(anyInteractions, fc.nat(), fc.constantFrom(0.1, 0.5, 0.9), (all, seed, targetRatio) => {
      const { train, test, foldIn } = byUser({ ratio: 0.5, targetRatio, seed })(all);
      for (const user of all.users) {
        const [known, told, asked] = [train, foldIn, test].map((part) => part.profile(user).length);
        if (known > 0) expect([told, asked]).toEqual([0, 0]);
        else expect(Math.min(told, asked)).toBeGreaterThan(0);
      }
    }),
  );
});

it('holdout takes the part that was asked for, and another for another seed', () => {
  const all = Interactions.from(Array.from({ length: 1000 }, (_, n) => ({ user: n % 37, item: n % 101 })));
  const [one, two] = [1, 2].map((seed) => holdout({ ratio: 0.25, seed })(all).test);
  expect(one.size).toBe(250);
  expect(keyed([one])).not.toEqual(keyed([two]));
});

describe('refusals', () => {
  it.each([temporal(), leaveLastOut()])('needs times', (split) => {
    const some = [
      { user: 'a', item: 'x', time: 1 },
      { user: 'a', item: 'y' },
    ];
    expect(() => split(Interactions.from(some))).toThrow(/time of every interaction; 1 of 2 have none/);
    expect(() => split(Interactions.from([{ user: 'a', item: 'x' }]))).toThrow(/1 of 1 have none/);
  });

  it.each([
    () => holdout({ ratio: 0 }),
    () => holdout({ ratio: 1 }),
    () => holdout({ seed: -1 }),
    () => leaveLastOut({ n: 0 }),
    () => temporal({ at: 1, ratio: 0.1 }),
    () => temporal({ at: Number.NaN }),
    () => byUser({ targetRatio: 2 }),
  ])('of options %#', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
