/** Users are shared out for good, and what the arms lead to is counted, kept, and told with what can be said of it. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { armOf, runOf } from '../../server/dist/scenarios/split.js';
import { differenceOf, isMismatched, Sums } from '../../server/dist/scenarios/statistics.js';
import { ScenarioInput } from '../../server/dist/schema/scenarios.js';
import { newFolder, type Serving, serving } from './serving.js';

const SPLIT = { arms: [{ name: 'now' }, { name: 'new', share: 3, k: 2 }] };
const split = ScenarioInput.parse({ model: 'm', split: SPLIT });
const arm = (user: string) => armOf('s', split.split as never, user).name;
const usersOf = (name: string, n: number, from = 0) =>
  Array.from({ length: 100 * n }, (_, at) => `u${at + from}`)
    .filter((user) => arm(user) === name)
    .slice(0, n);

async function shop(folder = newFolder(), definition: object = { model: 'm', split: SPLIT }): Promise<Serving> {
  const s = await serving({ folder });
  await s.must('PUT', '/v1/models/m', { kind: 'popularity' });
  await s.must('PUT', '/v1/scenarios/s', definition);
  const events = ['a', 'b', 'c', 'd'].map((item) => ({ user: 'owner', item, type: 'stock' }));
  await s.must('POST', '/v1/events/batch', { events });
  return s;
}
const ask = (s: Serving, user: string) => s.must('POST', '/v1/scenarios/s/recommend', { user });
const compare = (s: Serving) => s.must('GET', '/v1/scenarios/s/comparison');

/** Asks for users of each arm, of whom some buy what was named. */
async function trade(s: Serving, plan: Record<string, { users: number; buyers: number }>): Promise<void> {
  const events: object[] = [];
  for (const [name, { users, buyers }] of Object.entries(plan)) {
    for (const [n, user] of usersOf(name, users).entries()) {
      const { recommId, items } = await ask(s, user);
      if (n < buyers) events.push({ user, item: items[0].item, type: 'buy', recommId });
    }
  }
  if (events.length > 0) await s.must('POST', '/v1/events/batch', { events });
}

describe('the arm of a user', () => {
  it('is what the documents say: SHA-256 of salt, zero byte and id, against shares laid end to end', () => {
    for (const user of ['ann', 'ben', '7', 'ünïcode', ...usersOf('now', 20)]) {
      const digest = createHash('sha256').update(`s\0${user}`).digest();
      const place = Number(digest.readBigUInt64BE() >> 16n) / 2 ** 48;
      expect(arm(user)).toBe(place * 4 < 1 ? 'now' : 'new');
    }
    expect(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7'].map(arm)).toMatchInlineSnapshot(`
      [
        "new",
        "new",
        "new",
        "new",
        "new",
        "now",
        "new",
        "new",
      ]
    `);
  });

  it('comes in the shares that were asked for, and another salt draws anew', () => {
    const users = Array.from({ length: 20_000 }, (_, n) => `u${n}`);
    const count = users.filter((user) => arm(user) === 'now').length;
    expect(Math.abs(count / 20_000 - 0.25)).toBeLessThan(0.01);
    const other = ScenarioInput.parse({ model: 'm', split: { ...SPLIT, salt: 'again' } }).split as never;
    const both = users.filter((user) => arm(user) === 'now' && armOf('s', other, user).name === 'now').length;
    expect(Math.abs(both / 20_000 - 0.0625)).toBeLessThan(0.01);
  });

  it('does not depend on the order of properties, and another definition begins another run', () => {
    const one = ScenarioInput.parse({ model: 'm', k: 3, split: SPLIT });
    const same = ScenarioInput.parse({ split: { arms: SPLIT.arms.map((each) => ({ ...each })) }, k: 3, model: 'm' });
    expect(runOf(same)).toBe(runOf(one));
    expect(runOf(ScenarioInput.parse({ model: 'm', k: 4, split: SPLIT }))).not.toBe(runOf(one));
  });
});

describe('a scenario that is split', () => {
  it('answers with the defaults of the arm, over its own, and both filters', async () => {
    const arms = [
      { name: 'now', filter: "kind = 'x'" },
      { name: 'new', share: 3, k: 1, model: 'other', excludeSeen: false },
    ];
    const s = await shop(newFolder(), { model: 'm' });
    await s.must('PUT', '/v1/models/other', { kind: 'item-knn' });
    await s.idle();
    for (const item of ['a', 'b']) await s.must('PUT', `/v1/items/${item}`, { properties: { kind: 'x', good: true } });
    await s.must('PUT', '/v1/items/c', { properties: { kind: 'y', good: true } });
    await s.must('PUT', '/v1/scenarios/s', { model: 'm', filter: 'good = true', split: { arms } });
    const now = await ask(s, usersOf('now', 1)[0]);
    expect(now).toMatchObject({ arm: 'now', model: 'm', items: [{ item: 'a' }, { item: 'b' }] });
    const other = await ask(s, usersOf('new', 1)[0]);
    expect(other).toMatchObject({ arm: 'new', model: 'other' });
    expect(other.items.length).toBe(1);
    const anybody = await s.must('POST', '/v1/scenarios/s/recommend', { profile: ['a'] });
    expect([anybody.arm, anybody.recommId.split('.').length]).toEqual(['now', 2]);
    expect((await s.ask('DELETE', '/v1/models/other')).body.code).toBe('CONFLICT');
    await s.close();
  });

  it('is refused with a model that is not there, a filter that is none, and arms of one name', async () => {
    const s = await shop();
    const put = async (arms: object[]) => {
      const { status, body } = await s.ask('PUT', '/v1/scenarios/t', { model: 'm', split: { arms } });
      return [status, body.detail];
    };
    expect(await put([{ name: 'a' }, { name: 'b', model: 'none' }])).toEqual([404, expect.stringContaining('"none"')]);
    expect((await put([{ name: 'a' }, { name: 'b', filter: 'a =' }]))[0]).toBe(400);
    expect(await put([{ name: 'a' }, { name: 'a' }])).toEqual([400, expect.stringContaining('names that differ')]);
    expect((await put([{ name: 'a' }]))[0]).toBe(400);
    expect((await put([{ name: 'a.b' }, { name: 'c' }]))[0]).toBe(400);
    await s.must('PUT', '/v1/scenarios/t', { model: 'm' });
    expect((await s.ask('GET', '/v1/scenarios/t/comparison')).body.code).toBe('CONFLICT');
    await s.close();
  });
});

describe('a comparison', () => {
  it('counts users, questions and events by arm, says what is missing, and survives a restart', async () => {
    const folder = newFolder();
    let s = await shop(folder);
    await trade(s, { now: { users: 3, buyers: 2 }, new: { users: 9, buyers: 1 } });
    const before = await compare(s);
    const rates = before.arms.map(({ users, questions, events }: never) => [users, questions, events]);
    expect(rates).toEqual([
      [3, 3, [{ type: 'buy', events: 2, usersWithEvents: 2, rate: 2 / 3 }]],
      [9, 9, [{ type: 'buy', events: 1, usersWithEvents: 1, rate: 1 / 9 }]],
    ]);
    expect(before.differences).toEqual([
      {
        arm: 'new',
        against: 'now',
        type: 'buy',
        difference: null,
        interval: null,
        verdict: 'not-enough',
        says: expect.stringMatching(/^Not enough yet: arm now has 3 users, and 100 are needed; arm new has 9 users/),
      },
    ]);
    expect(before.warnings).toEqual([]);
    await s.close();
    s = await serving({ folder });
    expect(await compare(s)).toEqual({ ...before, asOf: expect.any(Number) });
    await ask(s, usersOf('now', 1)[0]);
    expect((await compare(s)).arms[0]).toMatchObject({ users: 3, questions: 4 });
    await s.must('PUT', '/v1/scenarios/s', { model: 'm', k: 3, split: SPLIT });
    expect((await compare(s)).arms[0]).toMatchObject({ users: 0, questions: 0 });
    await s.must('PUT', '/v1/scenarios/s', { split: SPLIT, model: 'm' });
    expect((await compare(s)).arms[0]).toMatchObject({ users: 3, questions: 4 });
    await s.close();
  });

  it('counts an answer that an event names also where its question was lost, and no event of another arm', async () => {
    const s = await shop();
    const [mine] = usersOf('now', 1);
    const [other] = usersOf('new', 1);
    const { recommId } = await ask(s, mine);
    s.service.tenant('default').questions.forget(mine);
    const buy = (user: string) => ({ user, item: 'a', type: 'buy', recommId });
    await s.must('POST', '/v1/events/batch', { events: [buy(mine), buy(mine), buy(other)] });
    const { arms, warnings } = await compare(s);
    expect(arms[0]).toMatchObject({ users: 1, questions: 1, events: [{ events: 2, usersWithEvents: 1 }] });
    expect(arms[1]).toMatchObject({ users: 0, events: [{ events: 0 }] });
    expect(warnings).toEqual([expect.stringMatching(/^1 events name an answer that another arm gave/)]);
    await s.close();
  });

  it('forgets a person, also one who only asked, and is gone with its scenario', async () => {
    const folder = newFolder();
    const s = await shop(folder);
    const [one, two, three] = usersOf('now', 3);
    for (const user of [one, two, three]) await ask(s, user);
    await s.must('DELETE', `/v1/users/${one}`);
    expect((await compare(s)).arms[0].users).toBe(2);
    await s.must('DELETE', `/v1/users/${two}`);
    expect((await compare(s)).arms[0].users).toBe(1);
    expect((await s.ask('DELETE', `/v1/users/${two}`)).status).toBe(404);
    await s.must('DELETE', '/v1/scenarios/s');
    await s.must('PUT', '/v1/scenarios/s', { model: 'm', split: SPLIT });
    expect((await compare(s)).arms[0].users).toBe(0);
    await s.close();
  });

  it('finds a difference that is there, none where there is none, and shares that are wrong', async () => {
    const s = await shop();
    await trade(s, { now: { users: 150, buyers: 20 }, new: { users: 150, buyers: 75 } });
    const { differences, warnings } = await compare(s);
    expect(differences[0]).toMatchObject({ verdict: 'more', type: 'buy' });
    expect(differences[0].difference).toBeCloseTo(75 / 150 - 20 / 150, 12);
    expect(differences[0].says).toMatch(/^Arm new leads to more events of type buy than now: by \d+\.\d to \d+\.\d in/);
    expect(warnings).toEqual([expect.stringMatching(/now 150, new 150\) are not in the shares/)]);
    await s.close();
    const t = await shop();
    await trade(t, { now: { users: 110, buyers: 30 }, new: { users: 330, buyers: 93 } });
    expect(await compare(t)).toMatchObject({ differences: [{ verdict: 'open' }], warnings: [] });
    await t.close();
  });

  it('says so where no event names an answer', async () => {
    const s = await shop();
    await ask(s, 'ann');
    await s.must('POST', '/v1/events', { user: 'ann', item: 'a', type: 'buy' });
    expect((await compare(s)).warnings).toEqual([expect.stringMatching(/^No event names an answer/)]);
    await s.close();
  });
});

describe('statistics', () => {
  /** Numbers from 0 to 1, the same in every run. */
  function drawing(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 8) / 2 ** 24;
    };
  }

  it('the variance of a rate is that of the delta method, by hand', () => {
    const sums = new Sums();
    const users = [
      [1, 0],
      [4, 2],
      [2, 1],
      [5, 1],
    ] as const;
    for (const [x, y] of users) sums.add(x, y);
    const [meanX, rate] = [3, 4 / 12];
    // Of one user, y - rate * x has mean 0; its variance over n, by the mean of x squared.
    const residuals = users.map(([x, y]) => y - rate * x);
    const expected = residuals.reduce((sum, each) => sum + each * each, 0) / 3 / 4 / meanX ** 2;
    expect(sums.rate).toBeCloseTo(rate, 14);
    expect(sums.variance).toBeCloseTo(expected, 14);
  });

  it('intervals hold the true difference about as often as they say, with users who ask many times', () => {
    const random = drawing(11);
    let held = 0;
    const rounds = 400;
    for (let round = 0; round < rounds; round++) {
      const [a, b] = [new Sums(), new Sums()];
      for (const [sums, lift] of [
        [a, 0],
        [b, 0.05],
      ] as const) {
        for (let user = 0; user < 200; user++) {
          // Some ask much and buy much: questions of one user are alike.
          const [questions, taste] = [1 + Math.floor(random() ** 3 * 30), random() < 0.3 ? 0.4 : 0.05];
          let events = 0;
          for (let n = 0; n < questions; n++) if (random() < taste + lift) events++;
          sums.add(questions, events);
        }
      }
      const { interval } = differenceOf(a, b, 1);
      if (interval[0] <= 0.05 && 0.05 <= interval[1]) held++;
    }
    expect(held / rounds).toBeGreaterThan(0.92);
    expect(held / rounds).toBeLessThan(0.98);
  });

  it('tells wrong shares from chance', () => {
    expect(isMismatched([500, 500], [1, 1])).toBe(false);
    expect(isMismatched([500, 560], [1, 1])).toBe(false);
    expect(isMismatched([500, 640], [1, 1])).toBe(true);
    expect(isMismatched([250, 760, 240], [1, 3, 1])).toBe(false);
    expect(isMismatched([250, 760, 340], [1, 3, 1])).toBe(true);
    expect(isMismatched([1, 8], [1, 1])).toBe(false);
  });
});
