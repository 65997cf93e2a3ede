/** What is in memory is what the store would give: after restarts, trainings, forgetting and rollbacks, by digest. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AnyModel, Interactions, ItemKnn, Popularity, UserKnn } from '../../src/recommend/index.js';
import { newFolder, type Serving, serving } from './serving.js';

const digestOf = (model: { toBytes(): Uint8Array }) => createHash('sha256').update(model.toBytes()).digest('hex');
const live = (s: Serving, name: string) => {
  const model = s.service.tenant('default').models.get(name);
  if (model === undefined) throw new Error(`there is no model ${name}`);
  model.catchUp();
  return model;
};

/** Small whole numbers, the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

const random = numbers(7);
const below = (n: number) => random.next().value % n;
const someEvents = (n: number) =>
  Array.from({ length: n }, () => ({
    user: `u${below(30)}`,
    item: `i${below(40)}`,
    type: ['view', 'buy', 'noise'][below(3)],
    value: 1 + below(3),
    time: below(1000),
  }));

const MODELS = {
  items: { kind: 'item-knn', options: { neighbors: 5 }, events: { view: 1, buy: 3 }, duplicates: 'sum' },
  people: { kind: 'user-knn', events: { buy: 1 }, duplicates: 'latest' },
  popular: { kind: 'popularity', options: { by: 'values' }, duplicates: 'max' },
};
const NAMES = Object.keys(MODELS) as (keyof typeof MODELS)[];

it('a start gives the models that were there before the end, bit for bit', { timeout: 120_000 }, async () => {
  const folder = newFolder();
  let s = await serving({ folder });
  for (const name of NAMES) await s.must('PUT', `/v1/models/${name}`, MODELS[name]);
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 5; n++) {
      await s.must('POST', '/v1/events/batch', { events: someEvents(1 + below(30)) });
      if (below(2) === 0) live(s, NAMES[below(3)]);
    }
    if (round === 1) {
      await s.must('POST', '/v1/models/items/train');
      await s.must('POST', '/v1/events/batch', { events: someEvents(20) });
      await s.idle();
    }
    const { users } = await s.must('GET', '/v1/users');
    const { items } = await s.must('GET', '/v1/items');
    if (round % 2 === 0) await s.must('DELETE', `/v1/users/${users[round]}`);
    if (round === 3) await s.must('DELETE', `/v1/items/${items[3].item}`);
    if (round === 4) await s.must('POST', '/v1/events', { user: users[4], item: items[3].item, type: 'buy' });
    const before = NAMES.map((name) => digestOf(live(s, name).model));
    await s.close();
    s = await serving({ folder });
    expect(NAMES.map((name) => digestOf(live(s, name).model))).toEqual(before);
  }
  await s.close();
});

it('live models equal a training anew, and a training of the service does too', async () => {
  const s = await serving();
  for (const name of NAMES) await s.must('PUT', `/v1/models/${name}`, MODELS[name]);
  const all = someEvents(300);
  for (let n = 0; n < 10; n++) {
    await s.must('POST', '/v1/events/batch', { events: all.slice(n * 30, n * 30 + 30) });
    live(s, 'items');
  }
  const weigh = (weights: Record<string, number> | undefined) =>
    all
      .filter(({ type }) => !weights || type in weights)
      .map((each) => ({ ...each, value: each.value * (weights?.[each.type] ?? 1) }));
  const refits = {
    items: ItemKnn.fit(Interactions.from(weigh(MODELS.items.events), { duplicates: 'sum' }), { neighbors: 5 }),
    people: UserKnn.fit(Interactions.from(weigh(MODELS.people.events), { duplicates: 'latest' })),
    popular: Popularity.fit(Interactions.from(weigh(undefined), { duplicates: 'max' }), { by: 'values' }),
  } as unknown as Record<string, AnyModel>;
  for (const name of NAMES) expect(digestOf(live(s, name).model), name).toBe(digestOf(refits[name]));
  for (const name of NAMES) await s.must('POST', `/v1/models/${name}/train`);
  await s.idle();
  for (const name of NAMES) {
    const { versions, version } = await s.must('GET', `/v1/models/${name}`);
    expect([version, versions[0].digest]).toEqual([1, digestOf(refits[name])]);
  }
  await s.close();
});

describe('between two takings-in', () => {
  it('a person who did something new is answered by all of it, and asOf says what others did', async () => {
    const s = await serving();
    await s.must('PUT', '/v1/models/m', { kind: 'item-knn' });
    await s.must('PUT', '/v1/scenarios/s', { model: 'm' });
    await s.must('POST', '/v1/events/batch', { events: someEvents(200) });
    const model = live(s, 'm');
    // As after a taking-in that has cost a second.
    Object.assign(model, { due: performance.now() + 4000 });
    const { asOf } = await s.must('POST', '/v1/events/batch', {
      events: [
        { user: 'new', item: 'i1' },
        { user: 'new', item: 'i2' },
      ],
    });
    const answer = await s.must('POST', '/v1/scenarios/s/recommend', { user: 'new', k: 5 });
    expect(answer.asOf).toBe(asOf - 2);
    expect(answer.items).toEqual(model.model.recommendFor(['i1', 'i2'], { k: 5 }));
    const whole = await s.must('POST', '/v1/scenarios/s/recommend', { user: 'new', k: 5, asOf });
    expect(whole.asOf).toBe(asOf);
    expect(whole.items).toEqual(model.model.recommend('new', { k: 5 }));
    await s.close();
  });

  it('a model of people is asked with all that the person did', async () => {
    const s = await serving();
    await s.must('PUT', '/v1/models/m', { kind: 'user-knn' });
    await s.must('PUT', '/v1/scenarios/s', { model: 'm' });
    await s.must('POST', '/v1/events/batch', { events: someEvents(200) });
    const model = live(s, 'm');
    Object.assign(model, { due: performance.now() + 4000 });
    const { asOf } = await s.must('POST', '/v1/events', { user: 'u1', item: 'brand new' });
    const answer = await s.must('POST', '/v1/scenarios/s/recommend', { user: 'u1', k: 5 });
    expect(answer).toMatchObject({ asOf, items: model.model.recommend('u1', { k: 5 }) });
    await s.close();
  });
});

it('indexes come back in their order, with their properties', async () => {
  const folder = newFolder();
  const before = await serving({ folder });
  await before.must('PUT', '/v1/indexes/i', { dim: 2, metric: 'euclidean' });
  const rows = Array.from({ length: 50 }, (_, n) => ({ id: `v${n}`, vector: [n % 5, n % 3], properties: { n } }));
  await before.must('PUT', '/v1/indexes/i/vectors', { vectors: rows });
  await before.must('POST', '/v1/indexes/i/vectors/delete', { ids: ['v3', 'v4'] });
  await before.must('PUT', '/v1/indexes/i/vectors', { vectors: [rows[3], { ...rows[7], vector: [9, 9] }] });
  const search = { vector: [2, 1], k: 50, filter: 'n < 40' };
  const { hits } = await before.must('POST', '/v1/indexes/i/search', search);
  await before.close();
  const after = await serving({ folder });
  expect((await after.must('POST', '/v1/indexes/i/search', search)).hits).toEqual(hits);
  await after.close();
});

it('models are trained anew when they are due', async () => {
  const { trainWhatIsDue } = await import('../../server/dist/models/schedule.js');
  const s = await serving();
  await s.must('PUT', '/v1/models/m', { kind: 'ease', retrain: { everyEvents: 5, everySeconds: 1000 } });
  await s.must('POST', '/v1/events/batch', { events: someEvents(4) });
  const jobs = () => s.service.jobs.list('default').length;
  trainWhatIsDue(s.service, Date.now());
  expect(jobs()).toBe(0);
  await s.must('POST', '/v1/events/batch', { events: someEvents(1) });
  trainWhatIsDue(s.service, Date.now());
  trainWhatIsDue(s.service, Date.now());
  expect(jobs()).toBe(1);
  await s.idle();
  trainWhatIsDue(s.service, Date.now());
  expect(jobs()).toBe(1);
  trainWhatIsDue(s.service, Date.now() + 1_000_001);
  expect(jobs()).toBe(2);
  await s.close();
});

it('a training that fails is tried again as late as the next would be', async () => {
  const { trainWhatIsDue } = await import('../../server/dist/models/schedule.js');
  const s = await serving();
  await s.must('PUT', '/v1/models/m', { kind: 'ease', retrain: { everyEvents: 5 } });
  await s.service.jobs.close();
  const look = async () => {
    trainWhatIsDue(s.service, Date.now());
    await s.idle();
    return s.service.jobs.list('default').length;
  };
  await s.must('POST', '/v1/events/batch', { events: someEvents(5) });
  expect([await look(), await look(), await look()]).toEqual([1, 1, 1]);
  await s.must('POST', '/v1/events/batch', { events: someEvents(4) });
  expect(await look()).toBe(1);
  await s.must('POST', '/v1/events/batch', { events: someEvents(1) });
  expect([await look(), await look()]).toEqual([2, 2]);
  await s.close();
});
