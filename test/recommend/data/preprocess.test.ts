/** Thresholds, implicit feedback, k-core, times, known ids, parts, forget and the seeded random numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/recommend/data/random.js';
import { type Duplicates, type InteractionRecord, Interactions } from '../../../src/recommend/index.js';

const films: InteractionRecord[] = [
  { user: 'a', item: 'x', value: 5 },
  { user: 'a', item: 'y', value: 2 },
  { user: 'b', item: 'x', value: 4 },
  { user: 'b', item: 'z', value: 0.7 },
  { user: 'c', item: 'z', value: 1 },
];
const anyRecord = fc.record(
  {
    user: fc.integer({ min: 0, max: 7 }),
    item: fc.integer({ min: 0, max: 7 }),
    value: fc.integer({ min: -3, max: 9 }),
    time: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: ['user', 'item'] },
);
const anyDuplicates = fc.constantFrom<Duplicates>('last', 'first', 'sum', 'max', 'latest');
const plain = <U extends string | number, I extends string | number>(interactions: Interactions<U, I>) => ({
  ...interactions.toParts(),
  byItem: interactions.byItem(),
});

describe('filters', () => {
  it('keep what reaches a value, after merging, and count the rest', () => {
    const kept = Interactions.from([...films, { user: 'a', item: 'x', value: 1 }], { minValue: 2 });
    expect([...kept.records()]).toEqual([
      { user: 'a', item: 'y', value: 2 },
      { user: 'b', item: 'x', value: 4 },
    ]);
    expect(kept.report).toMatchObject({ read: 6, merged: 1, kept: 2, dropped: { minValue: 3 } });
    expect([kept.users, kept.items]).toEqual([
      ['a', 'b'],
      ['x', 'y'],
    ]);
    expect(Interactions.from(films, { minValue: 0.7 }).size).toBe(5);
  });

  it('make feedback implicit', () => {
    const implicit = Interactions.from(films, { minValue: 4, feedback: 'implicit' });
    expect([...implicit.records()].map(({ value }) => value)).toEqual([1, 1]);
    expect(plain(implicit)).toEqual(plain(Interactions.from(films).withMinValue(4).toImplicit()));
  });

  it('find the same core as going round until nothing changes', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 50 }), fc.nat(3), fc.nat(3), (records, u, i) => {
        const least = { users: u + 1, items: i + 1 };
        let left = [...Interactions.from(records).records()];
        for (let before = -1; before !== left.length; ) {
          before = left.length;
          const count = (key: 'user' | 'item', id: number) => left.filter((record) => record[key] === id).length;
          left = left.filter(({ user }) => count('user', user) >= least.users);
          left = left.filter(({ item }) => count('item', item) >= least.items);
        }
        const core = Interactions.from(records, { kCore: least });
        expect([...core.records()]).toEqual(left);
        expect(plain(core)).toEqual(plain(Interactions.from(records).kCore(least)));
        const { read, kept, merged, dropped } = core.report;
        expect(read).toBe(kept + merged + (dropped.kCore ?? 0));
        const fixed = Interactions.from(records, { kCore: least, users: [7, 6, 99], items: [3] });
        expect(fixed.users.slice(0, 3)).toEqual([7, 6, 99]);
        expect(fixed.size).toBe(core.size);
      }),
    );
  });

  it('peel a chain of 50,000 in no time', () => {
    const chain = Array.from({ length: 50_000 }, (_, n) => ({ user: Math.ceil(n / 2), item: Math.floor(n / 2) }));
    expect(Interactions.from(chain, { kCore: 2 }).size).toBe(0);
  });

  it.each([
    { minValue: Number.NaN },
    { kCore: 0 },
    { kCore: { users: 1.5 } },
    { feedback: 'none' },
    { onBadRow: 'ignore' },
    { timeFormat: 'days' },
    { users: 'abc' },
    { users: [null] },
  ])('refuse %o', (options) => {
    expect(() => Interactions.from(films, options as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('times', () => {
  const timeOf = (time: unknown, timeFormat?: 'seconds' | 'milliseconds' | 'iso') =>
    Interactions.from([{ user: 'a', item: 'x', time: time as number }], { timeFormat }).times?.[0];

  it.each<[unknown, 'seconds' | 'milliseconds' | 'iso' | undefined, number]>([
    [12, undefined, 12],
    [12, 'seconds', 12_000],
    [12, 'milliseconds', 12],
    ['2024-05-01', undefined, Date.UTC(2024, 4, 1)],
    ['2024-05-01T12:30', 'iso', Date.UTC(2024, 4, 1, 12, 30)],
    ['2024-05-01 12:30:15.25Z', 'iso', Date.UTC(2024, 4, 1, 12, 30, 15, 250)],
    ['2024-05-01T12:30:00+02:00', 'iso', Date.UTC(2024, 4, 1, 10, 30)],
    ['0050-03-01', 'iso', Date.parse('0050-03-01')],
    [new Date(7), undefined, 7],
  ])('reads %s as %s', (time, format, expected) => {
    expect(timeOf(time, format)).toBe(expected);
  });

  it.each([
    ['2023-02-29', 'iso'],
    ['2024-05-01T24:00', 'iso'],
    ['May 1st', undefined],
    [5, 'iso'],
    ['2024-05-01', 'seconds'],
    [new Date(Number.NaN), undefined],
    [null, undefined],
  ] as const)('refuses %s as %s', (time, format) => {
    expect(() => timeOf(time, format)).toThrow(/records\[0\].*time is .*expected/);
  });

  it('refuses to mix numbers and dates', () => {
    const mixed = [
      { user: 'a', item: 'x', time: 5 },
      { user: 'a', item: 'y', time: '2024-05-01' },
    ];
    expect(() => Interactions.from(mixed)).toThrow(/records\[1\].*as the times before it/);
  });

  it('let the latest record count', () => {
    const records = [5, 9, 9, 7, undefined].map((time, n) => ({ user: 'a', item: 'x', value: n, time }));
    expect([...Interactions.from(records, { duplicates: 'latest' }).records()]).toEqual([
      { user: 'a', item: 'x', value: 2, time: 9 },
    ]);
  });
});

describe('change', () => {
  it('adds as if everything had come at once, however often', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyRecord, { maxLength: 12 })), anyDuplicates, (batches, duplicates) => {
        const added = batches.reduce(
          (interactions, batch) => interactions.add(batch),
          Interactions.from<number, number>([], { duplicates }),
        );
        const atOnce = Interactions.from(batches.flat(), { duplicates });
        expect(plain(added)).toEqual(plain(atOnce));
        expect(added.report).toEqual(atOnce.report);
      }),
    );
  });

  it('lets two grow out of one', () => {
    const one = Interactions.from(films);
    const left = one.add([{ user: 'd', item: 'x' }]);
    const right = one.add([{ user: 'e', item: 'x' }]);
    expect([one.hasUser('d'), left.hasUser('e'), right.hasUser('d')]).toEqual([false, false, false]);
    expect([left.userPosition('d'), right.userPosition('e')]).toEqual([3, 3]);
    expect(left.add([{ user: 'e', item: 'y' }]).users).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(() => one.userPosition('d')).toThrow(expect.objectContaining({ code: 'UNKNOWN_ID' }));
  });

  it('forgets a user as if nothing of theirs had come', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1 }), anyDuplicates, fc.nat(), (records, duplicates, n) => {
        const all = Interactions.from(records, { duplicates });
        const user = all.users[n % all.users.length];
        const rest = Interactions.from(
          records.filter((record) => record.user !== user),
          { duplicates, users: all.users.filter((each) => each !== user), items: all.items },
        );
        const forgotten = all.forget(user);
        const without = { times: undefined, timeUnit: undefined };
        expect({ ...plain(forgotten), ...without }).toEqual({ ...plain(rest), ...without });
        expect([...forgotten.records()]).toEqual([...rest.records()]);
        expect(forgotten.hasUser(user)).toBe(false);
        expect(forgotten.report.dropped.forgotten).toBe(all.profile(user).length);
      }),
    );
  });

  it('forgets an item as if nobody had ever had it', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1 }), anyDuplicates, fc.nat(), (records, duplicates, n) => {
        const all = Interactions.from(records, { duplicates });
        const item = all.items[n % all.items.length];
        const rest = Interactions.from(
          records.filter((record) => record.item !== item),
          { duplicates, users: all.users, items: all.items.filter((each) => each !== item) },
        );
        const forgotten = all.forgetItem(item);
        const without = { times: undefined, timeUnit: undefined };
        expect({ ...plain(forgotten), ...without }).toEqual({ ...plain(rest), ...without });
        expect([...forgotten.records()]).toEqual([...rest.records()]);
        expect(forgotten.hasItem(item)).toBe(false);
        expect(forgotten.size + (forgotten.report.dropped.forgotten ?? 0)).toBe(all.size);
      }),
    );
  });

  it('forgets whoever bad rows were about, too', () => {
    const bad = [...films, { user: 'eve@x', item: 'x' }, { user: 'eve@x', item: 'y', value: Number.NaN }];
    const read = Interactions.from(bad, { onBadRow: 'skip' });
    expect(JSON.stringify(read.report)).toContain('eve@x');
    expect(JSON.stringify(read.forget('eve@x').report)).not.toContain('eve@x');
  });

  it('mixes no times of two units', () => {
    const dated = Interactions.from([{ user: 'a', item: 'x', time: '2024-01-01' }]);
    expect(dated.timeUnit).toBe('milliseconds');
    for (const time of [1704067200, 1704067200000]) {
      expect(() => dated.add([{ user: 'a', item: 'y', time }])).toThrow(/the time is 17.*; expected an ISO 8601 time/);
    }
    const inSeconds = dated.add([{ user: 'a', item: 'y', time: 1704067200 }], { timeFormat: 'seconds' });
    expect([...(inSeconds.times ?? [])]).toEqual([1704067200000, 1704067200000]);
    const inMilliseconds = dated.add([{ user: 'a', item: 'y', time: 1704067200000 }], { timeFormat: 'milliseconds' });
    expect(inMilliseconds.toParts()).toEqual(inSeconds.toParts());
    const numbered = Interactions.from([{ user: 'a', item: 'x', time: 7 }]);
    expect(numbered.timeUnit).toBe('as given');
    for (const time of ['2024-01-01', new Date(0)]) {
      expect(() => numbered.add([{ user: 'a', item: 'y', time }])).toThrow('expected a finite number');
    }
    for (const timeFormat of ['seconds', 'milliseconds', 'iso'] as const) {
      expect(() => numbered.add([{ user: 'a', item: 'y', time: 8 }], { timeFormat })).toThrow(
        'timeFormat must be absent',
      );
    }
    expect(numbered.add([{ user: 'a', item: 'y', time: 8 }]).timeUnit).toBe('as given');
    const untimed = Interactions.from([{ user: 'a', item: 'x' }]);
    expect(untimed.timeUnit).toBeUndefined();
    expect(untimed.add([{ user: 'a', item: 'y', time: '2024-01-01' }]).timeUnit).toBe('milliseconds');
    const { timeUnit, ...parts } = dated.toParts();
    expect(Interactions.fromParts({ ...parts, timeUnit }).timeUnit).toBe('milliseconds');
    expect(Interactions.fromParts(parts).timeUnit).toBeUndefined();
    expect(() => Interactions.fromParts({ ...parts, timeUnit: 'days' as never })).toThrow('timeUnit');
    for (const derived of [dated.withMinValue(0), dated.toImplicit(), dated.kCore(1), inSeconds.forgetItem('y')]) {
      expect(derived.timeUnit).toBe('milliseconds');
    }
  });

  it('comes back out of its parts, and out of nothing else', () => {
    const films2 = Interactions.from(films).add([{ user: 'a', item: 'z', time: 3 }]);
    const parts = films2.toParts();
    expect(plain(Interactions.fromParts(parts))).toEqual(plain(films2));
    expect(Interactions.fromParts(parts).byUser().values).toBe(parts.values);
    for (const wrong of [
      { users: ['a', 'a', 'b'] },
      { users: ['a'] },
      { indptr: Uint32Array.of(0, 9, 2, 6) },
      { indices: parts.indices.map(() => 5) },
      { indices: parts.indices.slice(1) },
      { values: parts.values.map(() => Number.NaN) },
      { times: new Float64Array(1) },
      { duplicates: 'mean' },
    ]) {
      expect(() => Interactions.fromParts({ ...parts, ...wrong } as typeof parts)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
  });
});

describe('Random', () => {
  it('repeats itself for a seed only', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, new Random(seed).next.bind(new Random(seed)));
    expect(draw(1)).toEqual(draw(1));
    expect(new Set([0, 1, 2, 2 ** 32, 2 ** 33, 2 ** 52].map((seed) => draw(seed).join())).size).toBe(6);
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => new Random(seed)).toThrow(/seed/);
  });

  it('draws evenly, and gaussians with mean 0 and variance 1', () => {
    const random = new Random(3);
    const counts = new Uint32Array(7);
    let [sum, squares, floats] = [0, 0, 0];
    for (let n = 0; n < 70_000; n++) {
      counts[random.below(7)]++;
      const gaussian = random.gaussian();
      sum += gaussian;
      squares += gaussian * gaussian;
      floats += random.float();
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(Math.abs(sum / 70_000)).toBeLessThan(0.02);
    expect(Math.abs(squares / 70_000 - 1)).toBeLessThan(0.03);
    expect(Math.abs(floats / 70_000 - 0.5)).toBeLessThan(0.01);
    expect(random.shuffle([...counts.keys()]).sort()).toEqual([...counts.keys()]);
  });

  it('shuffles into every order about equally often', () => {
    const random = new Random(4);
    const counts = new Map<string, number>();
    for (let n = 0; n < 6000; n++) {
      const order = random.shuffle([0, 1, 2]).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
