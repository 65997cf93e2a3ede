/** The API as a product uses it, and the reference whose examples run. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROUTES } from '../../server/dist/http/routes/all.js';
import { Interactions, ItemKnn } from '../../src/recommend/index.js';
import { type Serving, serving } from './serving.js';

let s: Serving;
beforeEach(async () => {
  s = await serving();
});
afterEach(() => s.close());

const GAMES = ['ann chess', 'ann go', 'ben chess', 'ben go', 'ben shogi', 'cas poker', 'cas go', 'dee chess'];
const events = GAMES.map((each, n) => ({ user: each.split(' ')[0], item: each.split(' ')[1], type: 'play', time: n }));

async function games(): Promise<void> {
  await s.must('PUT', '/v1/models/games', { kind: 'item-knn' });
  await s.must('PUT', '/v1/scenarios/front', { model: 'games' });
  await s.must('POST', '/v1/events/batch', { events });
}
const recommend = (body: object) => s.must('POST', '/v1/scenarios/front/recommend', body);
const itemsOf = async (body: object): Promise<string[]> =>
  (await recommend(body)).items.map(({ item }: { item: string }) => item);

it('every example of the reference works, one after the other', async () => {
  let [job, key] = ['', ''];
  let headers: Record<string, string> = {};
  for (const { method, path, example, lines, name } of ROUTES) {
    const { params = {}, query, body } = example;
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, each) =>
      encodeURIComponent(params[each].replace('{job}', job).replace('{key}', key)),
    );
    const sent = lines ? (body as object[]).map((each) => `${JSON.stringify(each)}\n`).join('') : body;
    const type = { 'content-type': lines ? 'application/x-ndjson' : 'application/json' };
    if (name === 'rollBackModel' || name === 'getJobResult') await s.idle();
    const answer = await s.ask(method.toUpperCase(), query ? `${filled}?${query}` : filled, sent, {
      ...type,
      ...headers,
    });
    expect([name, answer.status, answer.body]).toEqual([name, expect.toSatisfy((code) => code < 300), answer.body]);
    job = answer.body.job ?? job;
    if (name === 'makeKey') {
      key = answer.body.id;
      headers = { authorization: `Bearer ${answer.body.secret}` };
    }
  }
  expect(ROUTES.length).toBeGreaterThan(40);
});

describe('recommend', () => {
  it('says what the library says, to the bit, and why', async () => {
    await games();
    const model = ItemKnn.fit(Interactions.from(events));
    const answer = await recommend({ user: 'dee', k: 3, explain: true });
    expect(answer.items.map(({ reasons: _, ...each }: { reasons: unknown }) => each)).toEqual(
      model.recommend('dee', { k: 3 }),
    );
    expect(answer.items[0].reasons).toEqual(model.explain('dee', 'go').reasons);
    expect(answer).toMatchObject({ model: 'games', version: 0, fallback: false });
    expect(await s.must('POST', '/v1/scenarios/front/explain', { user: 'dee', item: 'go' })).toMatchObject({
      ...model.explain('dee', 'go'),
    });
    const similar = await s.must('POST', '/v1/scenarios/front/similar-items', { item: 'go', k: 2 });
    expect(similar.items).toEqual(model.similarItems('go', 2));
    const users = await s.must('POST', '/v1/scenarios/front/similar-users', { user: 'dee', k: 2 });
    expect(users.users).toEqual(model.similarUsers('dee', 2));
    expect(await itemsOf({ profile: ['poker', { item: 'go', value: 2 }], k: 2 })).toEqual(
      model
        .recommendFor(
          [
            ['poker', 1],
            ['go', 2],
          ],
          { k: 2 },
        )
        .map(({ item }) => item),
    );
  });

  it('knows an event in the next answer, and never names what was seen', async () => {
    await games();
    const { asOf } = await s.must('POST', '/v1/events', { user: 'new', item: 'poker' });
    const answer = await recommend({ user: 'new', asOf });
    expect(answer.asOf).toBeGreaterThanOrEqual(asOf);
    expect(answer.items[0]).toMatchObject({ item: 'go' });
    expect(answer.items.some(({ item }: { item: string }) => item === 'poker')).toBe(false);
    expect((await s.ask('POST', '/v1/scenarios/front/recommend', { user: 'new', asOf: asOf + 1 })).body.code).toBe(
      'CONFLICT',
    );
  });

  it('marks what is popular for somebody unknown', async () => {
    await games();
    const answer = await recommend({ user: 'nobody', k: 2 });
    expect(answer.fallback).toBe(true);
    expect(answer.items.every(({ fallback }: { fallback: string }) => fallback === 'popularity')).toBe(true);
    expect((await recommend({ user: 'nobody', fallback: 'none' })).items).toEqual([]);
  });

  it('leaves out what is hidden, expired or filtered before it counts to k', async () => {
    await games();
    expect(await itemsOf({ user: 'dee', k: 1 })).toEqual(['go']);
    await s.must('PUT', '/v1/items/go', { hidden: true });
    expect(await itemsOf({ user: 'dee', k: 1 })).toEqual(['shogi']);
    await s.must('PUT', '/v1/items/go', { properties: { kind: 'board' } });
    await s.must('PUT', '/v1/items/shogi', { properties: { kind: 'board' }, expires: Date.now() - 1 });
    expect(await itemsOf({ user: 'dee', k: 5 })).toEqual(['go', 'poker']);
    expect(await itemsOf({ user: 'dee', filter: "kind = 'board'" })).toEqual(['go']);
    expect(await itemsOf({ user: 'dee', filter: "kind != 'board'", fallback: 'none' })).toEqual([]);
    expect(await itemsOf({ user: 'dee', excludeItems: ['go', 'never heard of'] })).toEqual(['poker']);
    await s.must('PUT', '/v1/scenarios/front', { model: 'games', filter: "kind = 'board'", excludeSeen: false });
    expect(await itemsOf({ user: 'ann' })).toEqual(['go']);
    const similar = await s.must('POST', '/v1/scenarios/front/similar-items', { item: 'chess', k: 5 });
    expect(similar.items.map(({ item }: { item: string }) => item)).toEqual(['go']);
  });

  it('folds the profile into a model that is trained at times, and says what it knows', async () => {
    await s.must('PUT', '/v1/models/deep', { kind: 'ease', options: { l2: 1 } });
    await s.must('PUT', '/v1/scenarios/front', { model: 'deep' });
    const untrained = await s.ask('POST', '/v1/scenarios/front/recommend', { user: 'ann' });
    expect([untrained.status, untrained.body.code]).toEqual([409, 'NOT_TRAINED']);
    await s.must('POST', '/v1/events/batch', { events });
    await s.must('POST', '/v1/models/deep/train');
    await s.idle();
    const before = await recommend({ user: 'new' });
    expect(before.fallback).toBe(true);
    const { asOf } = await s.must('POST', '/v1/events', { user: 'new', item: 'poker' });
    await s.must('POST', '/v1/events', { user: 'new', item: 'an item that the model never met' });
    const after = await recommend({ user: 'new' });
    expect(after.fallback).toBe(false);
    expect(after.items[0].item).toBe('go');
    expect(after.asOf).toBe(asOf - 1);
    expect((await s.must('GET', '/v1/models/deep')).waiting).toBe(2);
  });
});

describe('events', () => {
  it('of several with one key, one counts', async () => {
    await games();
    const event = { user: 'x', item: 'go', key: 'k1' };
    expect(await s.must('POST', '/v1/events', event)).toMatchObject({ accepted: 1, duplicates: 0 });
    expect(await s.must('POST', '/v1/events', event)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect((await s.must('GET', '/v1/users/x')).events).toBe(1);
  });

  it('as lines: a bad one is refused by its number, the others are taken', async () => {
    await games();
    const good = JSON.stringify({ user: 'x', item: 'go' });
    const lines = [
      good,
      '{"user": "x"}',
      'no json',
      '',
      good,
      `{"user":"x","item":"go","value":"3"}`,
      `{"a":${'['.repeat(99)}`,
    ];
    const answer = await s.must('POST', '/v1/events/lines', lines.join('\n'), {
      'content-type': 'application/x-ndjson',
    });
    expect(answer).toMatchObject({ accepted: 2, refused: 4 });
    expect(answer.errors.map(({ line }: { line: number }) => line)).toEqual([2, 3, 6, 7]);
    expect(answer.errors[0].detail).toMatch(/^item: Invalid input: expected string/);
  });

  it('weighs types as the model says, and keeps digits of ids', async () => {
    await s.must('PUT', '/v1/models/m', { events: { buy: 3 }, duplicates: 'sum' });
    await s.must('POST', '/v1/events/batch', {
      events: [
        { user: 9007199254740991, item: 1, type: 'buy' },
        { user: '9007199254740991', item: '1', type: 'buy' },
        { user: 'other', item: 2, type: 'view' },
      ],
    });
    const model = s.service.tenant('default').models.get('m');
    model?.catchUp();
    expect([...(model?.model.interactions.records() ?? [])]).toMatchObject([
      { user: '9007199254740991', item: '1', value: 6 },
    ]);
    const unsafe = await s.ask('POST', '/v1/events', '{"user": 9007199254740993, "item": "x"}');
    expect([unsafe.status, unsafe.body.errors[0].at]).toEqual([400, 'user']);
  });
});

describe('forgetting', () => {
  it('leaves the model that a training without the person would give', async () => {
    await games();
    const answer = await s.must('DELETE', '/v1/users/ben');
    expect(answer).toMatchObject({ events: 3, models: ['games'] });
    const left = Interactions.from(events).forget('ben');
    expect(s.service.tenant('default').models.get('games')?.model.toBytes()).toEqual(ItemKnn.fit(left).toBytes());
    expect((await s.ask('GET', '/v1/users/ben')).status).toBe(404);
    expect((await s.ask('DELETE', '/v1/users/ben')).body.code).toBe('UNKNOWN_ID');
    expect((await s.must('GET', '/v1/users/ben/events')).events).toEqual([]);
  });

  it('is not undone by a training that read the store before, and what came since is not lost', async () => {
    await games();
    // A training that has read everything, and ends when this test says so.
    let end: ((trained: object) => Promise<object>) | undefined;
    vi.spyOn(s.service.jobs, 'start').mockImplementation((_, take) => {
      end = take as typeof end;
      return { job: 'x' } as never;
    });
    vi.spyOn(s.service.jobs, 'wait').mockReturnValue(new Promise(() => {}));
    await s.must('POST', '/v1/models/games/train');
    const trained = { file: ItemKnn.fit(Interactions.from(events)).toBytes(), asOf: await s.service.store.latest() };
    await s.must('POST', '/v1/events', { user: 'late', item: 'chess' });
    await s.must('DELETE', '/v1/users/ben');
    await end?.(trained);
    const model = s.service.tenant('default').models.get('games');
    expect(['ben', 'late', 'ann'].map((user) => model?.knows('user', user))).toEqual([false, true, true]);
    expect(await itemsOf({ user: 'late', k: 1 })).toEqual(['go']);
    vi.restoreAllMocks();
  });

  it('is not undone by a training that had begun before', async () => {
    await games();
    await s.must('POST', '/v1/models/games/train');
    await s.must('DELETE', '/v1/users/ben');
    await s.idle();
    expect((await s.must('GET', '/v1/models/games')).version).toBe(2);
    expect(s.service.tenant('default').models.get('games')?.knows('user', 'ben')).toBe(false);
    await s.must('DELETE', '/v1/items/go');
    expect((await s.must('GET', '/v1/models/games')).versions.length).toBe(1);
    expect(await itemsOf({ user: 'ann', k: 9 })).not.toContain('go');
  });
});

describe('models', () => {
  it('are trained while answers go on, and rolled back with what came since', async () => {
    await games();
    await s.must('POST', '/v1/models/games/train');
    await s.idle();
    await s.must('POST', '/v1/events', { user: 'dee', item: 'poker' });
    await s.must('POST', '/v1/models/games/train');
    await s.idle();
    const { versions } = await s.must('GET', '/v1/models/games');
    expect(versions.map(({ version, active }: { version: number; active: boolean }) => [version, active])).toEqual([
      [1, false],
      [2, true],
    ]);
    const now = await recommend({ user: 'dee' });
    const back = await s.must('POST', '/v1/models/games/rollback', { version: 1 });
    expect(back.version).toBe(1);
    expect((await recommend({ user: 'dee' })).items).toEqual(now.items);
    expect((await s.ask('POST', '/v1/models/games/rollback', { version: 9 })).status).toBe(404);
  });

  it('are evaluated on the latest events beside what is popular', async () => {
    await games();
    const more = Array.from({ length: 60 }, (_, n) => ({ user: `u${n % 12}`, item: `i${(n * 7) % 9}`, time: 10 + n }));
    await s.must('POST', '/v1/events/batch', { events: more });
    const { job } = await s.must('POST', '/v1/models/games/evaluate', { k: 3 });
    await s.idle();
    const done = await s.must('GET', `/v1/jobs/${job}`);
    expect(done).toMatchObject({
      state: 'done',
      result: { report: { name: 'games' }, comparison: { first: 'popularity' } },
    });
    expect(done.result.report.measurements.length).toBeGreaterThan(5);
  });

  it('are refused with options that the library does not have, and can be ended', async () => {
    const answer = await s.ask('PUT', '/v1/models/m', { kind: 'als', options: { neighbours: 5 } });
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'INVALID_ARGUMENT',
      detail: expect.stringMatching(/no option "neighbours"/),
    });
    expect((await s.ask('PUT', '/v1/models/m', { kind: 'mixture' })).body.detail).toMatch(/needs members/);
    await s.must('PUT', '/v1/models/m', {
      kind: 'mixture',
      members: [{ kind: 'ease' }, { kind: 'popularity', weight: 0.1 }],
    });
    await s.must('POST', '/v1/events/batch', { events });
    const { job } = await s.must('POST', '/v1/models/m/train');
    const other = await s.must('POST', '/v1/models/m/train');
    expect((await s.must('DELETE', `/v1/jobs/${other.job}`)).state).toBe('cancelled');
    await s.idle();
    expect((await s.must('GET', `/v1/jobs/${job}`)).state).toBe('done');
    await s.must('PUT', '/v1/scenarios/front', { model: 'm' });
    expect(await itemsOf({ user: 'dee', k: 1 })).toEqual(['go']);
    expect((await s.ask('DELETE', '/v1/models/m')).body.code).toBe('CONFLICT');
  });
});

describe('indexes', () => {
  const vectors = Array.from({ length: 300 }, (_, n) => ({
    id: `v${n}`,
    vector: [Math.sin(n), Math.cos(n * 3), Math.sin(n * 7)],
    properties: { part: n % 3 },
  }));

  it('answer as the library, however many ask at once', async () => {
    await s.must('PUT', '/v1/indexes/i', { dim: 3 });
    await s.must('PUT', '/v1/indexes/i/vectors', { vectors });
    const { VectorIndex } = await import('../../src/index.js');
    const index = VectorIndex.from(
      vectors.map(({ vector }) => vector),
      { ids: vectors.map(({ id }) => id) },
    );
    const queries = Array.from({ length: 40 }, (_, n) => [Math.cos(n), 1, n / 40]);
    const answers = await Promise.all(
      queries.map((vector) => s.must('POST', '/v1/indexes/i/search', { vector, k: 4 })),
    );
    answers.forEach(({ hits }, n) => {
      expect(hits.map(({ id, score }: { id: string; score: number }) => ({ id, score }))).toEqual(
        index.search(queries[n], 4),
      );
    });
    expect(s.service.tenant('default').indexes.get('i')?.batches.batches).toBeLessThan(40);
    const filters = [undefined, 'part = 0', 'part = 1', 'part = 2'];
    const mixed = await Promise.all(
      filters.map((filter) => s.must('POST', '/v1/indexes/i/search', { vector: queries[0], k: 9, filter })),
    );
    mixed.slice(1).forEach(({ hits }, at) => {
      expect(hits.every(({ properties }: { properties: { part: number } }) => properties.part === at)).toBe(true);
    });
    const part = vectors.filter(({ properties }) => properties.part === 1).map(({ id }) => id);
    const filtered = await s.must('POST', '/v1/indexes/i/search', { id: 'v1', k: 3, filter: 'part = 1' });
    const own = index.neighbors('v1', { k: 3, filter: part });
    expect(filtered.hits.map(({ id }: { id: string }) => id)).toEqual(own.map(({ id }) => id));
    const batch = await s.must('POST', '/v1/indexes/i/search/batch', {
      searches: queries.map((vector) => ({ vector, k: 4 })),
    });
    expect(batch.answers).toEqual(answers.map(({ hits }) => ({ hits })));
  });

  it('refuse one bad search among many, and no other', async () => {
    await s.must('PUT', '/v1/indexes/i', { dim: 3 });
    await s.must('PUT', '/v1/indexes/i/vectors', { vectors });
    const bad = [
      [1, 2],
      [1e300, 0, 0],
    ];
    const asked = [...bad, [1, 0, 0], [0, 1, 0]].map((vector) =>
      s.ask('POST', '/v1/indexes/i/search', { vector, k: 1 }),
    );
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 200, 200]);
    expect(answers[0].body).toMatchObject({
      code: 'DIMENSION_MISMATCH',
      detail: expect.stringMatching(/has 2 numbers.* of 3/),
    });
    expect(answers[1].body.code).toBe('NOT_FINITE');
    const twice = { vectors: [vectors[0], vectors[0]] };
    expect((await s.ask('PUT', '/v1/indexes/i/vectors', twice)).body.code).toBe('DUPLICATE_ID');
    expect((await s.ask('PUT', '/v1/indexes/i', { dim: 4 })).body.code).toBe('CONFLICT');
    expect((await s.must('GET', '/v1/indexes/i')).size).toBe(300);
  });
});

it('namespaces share nothing', async () => {
  await games();
  const there = { 'kindred-namespace': 'acme' };
  expect((await s.ask('GET', '/v1/items', undefined, there)).body.code).toBe('UNKNOWN_NAME');
  await s.must('PUT', '/v1/namespaces/acme');
  expect((await s.must('GET', '/v1/items', undefined, there)).items).toEqual([]);
  await s.must('POST', '/v1/events', { user: 'ann', item: 'secret' }, there);
  expect((await s.must('GET', '/v1/items')).items.length).toBe(4);
  await s.must('DELETE', '/v1/namespaces/acme');
  await s.must('PUT', '/v1/namespaces/acme');
  expect((await s.must('GET', '/v1/users', undefined, there)).users).toEqual([]);
  expect((await s.ask('DELETE', '/v1/namespaces/default')).body.code).toBe('CONFLICT');
});

it('operators see that it lives, what it holds and what was asked', async () => {
  await games();
  await recommend({ user: 'ann' });
  expect((await s.ask('GET', '/healthz')).body).toEqual({ status: 'ok' });
  expect((await s.ask('GET', '/readyz')).status).toBe(200);
  const metrics: string = (await s.ask<string>('GET', '/metrics')).body;
  expect(metrics).toContain(
    'kindred_requests_total{method="POST",route="/v1/scenarios/{scenario}/recommend",status="200"} 1',
  );
  expect(metrics).toContain('kindred_model_waiting_events{namespace="default",model="games"} 0');
  expect((await s.ask<string>('GET', '/')).body).toContain('<td>games</td><td>item-knn</td>');
  expect((await s.ask<string>('GET', '/docs')).body).toContain('/v1/scenarios/{scenario}/recommend');
});
