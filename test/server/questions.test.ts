/** What a product asks beside the plain list: rules, pages, people, what goes with an item. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Interactions, ItemKnn } from '../../src/recommend/index.js';
import { type Serving, serving } from './serving.js';

let s: Serving;
// biome-ignore lint/suspicious/noExplicitAny: what came as JSON
type Json = any;

const USERS = 24;
const ITEMS = 60;
const events = Array.from({ length: USERS * 12 }, (_, n) => ({
  user: `u${n % USERS}`,
  item: `i${(n * 7 + (n % 5) * (n % 11)) % ITEMS}`,
  type: 'play',
  time: n,
}));
const model = ItemKnn.fit(Interactions.from(events));

beforeAll(async () => {
  s = await serving();
  await s.must('PUT', '/v1/models/m', { kind: 'item-knn', events: { play: 1 } });
  await s.must('PUT', '/v1/scenarios/s', { model: 'm' });
  await s.must('POST', '/v1/events/batch', { events });
  const items = Array.from({ length: ITEMS }, (_, n) => ({ item: `i${n}`, properties: { tens: Math.floor(n / 10) } }));
  await s.must('PUT', '/v1/items', { items });
});
afterAll(() => s.close());

const recommend = (body: object): Promise<Json> => s.must('POST', '/v1/scenarios/s/recommend', body);
const refused = async (body: object) => (await s.ask('POST', '/v1/scenarios/s/recommend', body)).body;
const sum = (all: { contribution: number }[]) => all.reduce((total, { contribution }) => total + contribution, 0);

describe('boost', () => {
  const boost = [
    { filter: 'tens = 3', times: 2 },
    { filter: 'tens >= 3', plus: -0.25 },
  ];

  it('orders by the score of the library with what the rules add, and says so', async () => {
    const { items } = await recommend({ user: 'u1', k: 20, boost, explain: true, fallback: 'none' });
    const expected = model
      .recommend('u1', { k: ITEMS, fallback: 'none' })
      .map(({ item, score }) => {
        const tens = Math.floor(Number(item.slice(1)) / 10);
        return { item, score: score + (tens === 3 ? Math.abs(score) : 0) + (tens >= 3 ? -0.25 : 0) };
      })
      .sort((a, b) => b.score - a.score)
      .slice(0, 20);
    expect(items.map(({ item, score }: Json) => ({ item, score }))).toEqual(expected);
    for (const { item, score, reasons } of items) {
      expect(sum(reasons)).toBeCloseTo(score, 12);
      const told = await s.must('POST', '/v1/scenarios/s/explain', { user: 'u1', item, boost });
      expect({ score: told.score, reasons: told.reasons }).toEqual({ score, reasons });
    }
    expect(items.some(({ reasons }: Json) => reasons.some((each: Json) => each.boost === 'tens = 3'))).toBe(true);
  });

  it('is a rule of the scenario too, and minScore counts what it adds', async () => {
    await s.must('PUT', '/v1/scenarios/ruled', { model: 'm', boost: [{ filter: 'tens = 5', plus: 100 }] });
    const ask = (body: object): Promise<Json> => s.must('POST', '/v1/scenarios/ruled/recommend', body);
    const { items } = await ask({ user: 'u1', k: 50, minScore: 100, fallback: 'none' });
    expect(items.length).toBeGreaterThan(0);
    expect(items.every(({ item }: Json) => item.startsWith('i5'))).toBe(true);
  });

  it('what is popular tells its own part too', async () => {
    const { items } = await recommend({ user: 'nobody', k: 9, boost, explain: true });
    for (const { score, reasons } of items) expect(sum(reasons)).toBe(score);
    expect(items[0].reasons[0].model).toBe('popularity');
  });

  it.each([
    [{ boost: [{ filter: 'tens = ', times: 2 }] }, /filter/],
    [{ boost: [{ filter: 'tens = 1' }] }, /times or plus/],
    [{ boost: [{ filter: 'tens = 1', times: 2, plus: 1 }] }, /times or plus/],
    [{ boost: [{ filter: 'tens = 1', times: -1 }] }, /times/],
    [{ boost, diverse: true }, /boost and diverse/],
  ])('%j is refused', async (body, message) => {
    expect(await refused({ user: 'u1', ...body })).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
    expect(JSON.stringify(await refused({ user: 'u1', ...body }))).toMatch(message);
  });
});

describe('the next page', () => {
  it('goes through the whole list: nothing again, nothing left out', async () => {
    const whole = await recommend({ user: 'u2', k: 1000, filter: 'tens <= 4' });
    for (const k of [1, 7]) {
      let page = await recommend({ user: 'u2', k, filter: 'tens <= 4' });
      const all: Json[] = [];
      while (page.items.length > 0) {
        all.push(...page.items);
        page = await recommend({ next: page.recommId });
      }
      expect(all.map(({ item }) => item)).toEqual(whole.items.map(({ item }: Json) => item));
    }
  });

  it('repeats nothing where things are learned and hidden between pages', async () => {
    const first = await recommend({ user: 'u3', k: 5, explain: true });
    const [seen] = first.items;
    await s.must('POST', '/v1/events', { user: 'u3', item: seen.item, type: 'play' });
    const second = await recommend({ next: first.recommId, k: 60 });
    const [one, two] = [first, second].map(({ items }) => items.map(({ item }: Json) => item));
    expect(two.filter((item: string) => one.includes(item))).toEqual([]);
    const whole = (await recommend({ user: 'u3', k: 1000 })).items.map(({ item }: Json) => item);
    expect([...one, ...two].sort()).toEqual([...new Set([...one, ...whole])].sort());
    expect(second.items[0].reasons).toBeDefined();
  });

  it('is refused for what is no answer, of another scenario, or of somebody who was forgotten', async () => {
    await s.must('POST', '/v1/events', { user: 'gone', item: 'i1', type: 'play' });
    const { recommId } = await recommend({ user: 'gone' });
    await s.must('DELETE', '/v1/users/gone');
    for (const next of ['s.none', recommId]) expect(await refused({ next })).toMatchObject({ code: 'UNKNOWN_ID' });
    const other = (await recommend({ user: 'u1' })).recommId;
    await s.must('PUT', '/v1/scenarios/other', { model: 'm' });
    expect((await s.ask('POST', '/v1/scenarios/other/recommend', { next: other })).status).toBe(404);
    expect(await refused({ next: other, filter: 'tens = 1' })).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await refused({ next: other, user: 'u1' })).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});

it('says what goes with an item, as the library does for a profile of it', async () => {
  const { items } = await recommend({ item: 'i7', k: 9 });
  const library = ItemKnn.fit(Interactions.from([...events]));
  expect(items.length).toBe(9);
  expect(items.map(({ item }: Json) => item)).not.toContain('i7');
  expect(library.recommendFor(['i7'], { k: 1 })[0].item).toBe(items[0].item);
});

describe('people', () => {
  const ask = (what: string, body: object): Promise<Json> => s.must('POST', `/v1/scenarios/s/${what}`, body);
  const namesOf = ({ users }: Json): string[] => users.map(({ user }: Json) => user);

  it('are those alike, sifted by what they are and how much they are alike', async () => {
    const all = await ask('similar-users', { user: 'u5', k: 30 });
    for (const user of ['u6', 'u7', 'u8']) await s.must('PUT', `/v1/users/${user}`, { properties: { land: 'NL' } });
    const some = await ask('similar-users', { user: 'u5', k: 30, filter: "land = 'NL'" });
    expect(namesOf(some)).toEqual(namesOf(all).filter((user) => ['u6', 'u7', 'u8'].includes(user)));
    const minScore = all.users[2].score;
    const near = await ask('similar-users', { user: 'u5', k: 30, minScore });
    expect(near.users).toEqual(all.users.filter(({ score }: Json) => score >= minScore));
    const wrong = await s.ask('POST', '/v1/scenarios/s/similar-users', { user: 'u5', filter: 'land =' });
    expect(wrong.status).toBe(400);
  });

  it('whom somebody may know are those without a connection', async () => {
    const [first, second, third] = namesOf(await ask('similar-users', { user: 'u9', k: 3 }));
    await s.must('POST', '/v1/events', { user: 'u9', item: first, type: 'follow' });
    await s.must('POST', '/v1/events', { user: 'u9', item: second, type: 'met' });
    expect(namesOf(await ask('people-you-may-know', { user: 'u9', k: 2 }))).toEqual([second, third]);
    const met = await ask('people-you-may-know', { user: 'u9', k: 2, connections: ['follow', 'met'] });
    expect(namesOf(met)[0]).toBe(third);
    await s.must('POST', '/v1/events', { user: 'u9', item: first, type: 'follow', value: 0 });
    expect(namesOf(await ask('people-you-may-know', { user: 'u9', k: 2 }))).toEqual([first, second]);
  });
});

it('similar items are sifted by minScore', async () => {
  const all: Json = await s.must('POST', '/v1/scenarios/s/similar-items', { item: 'i7', k: 30 });
  const minScore = all.items[3].score;
  const near: Json = await s.must('POST', '/v1/scenarios/s/similar-items', { item: 'i7', k: 30, minScore });
  expect(near.items).toEqual(all.items.filter(({ score }: Json) => score >= minScore));
});
