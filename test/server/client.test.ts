/** The typed client: what it sends the service understands, what it repeats, what its types say. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { ROUTES } from '../../server/dist/http/routes/all.js';
import type * as administration from '../../server/dist/schema/administration.js';
import type * as behaviour from '../../server/dist/schema/behaviour.js';
import type * as diagnosis from '../../server/dist/schema/diagnosis.js';
import type * as indexes from '../../server/dist/schema/indexes.js';
import type * as jobs from '../../server/dist/schema/jobs.js';
import type * as models from '../../server/dist/schema/models.js';
import type * as scenarios from '../../server/dist/schema/scenarios.js';
import * as client from '../../src/client/index.js';
import { type Serving, serving } from './serving.js';

const { KindredClient } = client;
const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

/** What clients have asked in this file. */
const asked = new Set<string>();

/** A client whose requests go to a service in the process. */
function clientOf(s: Serving, key?: string) {
  const fetch: client.Fetch = async (url, { method, headers, body }) => {
    asked.add(`${method} ${url.replace(/^http:\/\/localhost|\?.*/g, '')}`);
    const answer = await s.ask(method, url.replace('http://localhost', ''), body, headers);
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return { status: answer.status, headers: answer.headers, text: async () => text };
  };
  return new KindredClient('http://localhost/', { fetch, key });
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  ends.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('tells the whole story', async () => {
  const s = await serving();
  const kindred = clientOf(s);
  expect(await kindred.putModel('games', { kind: 'item-knn' })).toMatchObject({ model: 'games', live: true });
  expect(await kindred.putScenario('front', { model: 'games' })).toMatchObject({ scenario: 'front', k: 10 });
  const { asOf, accepted } = await kindred.addEvents([
    { user: 'ann', item: 'chess' },
    { user: 'ann', item: 'go / weiqi' },
    { user: 'ben', item: 'chess' },
  ]);
  expect(accepted).toBe(3);
  await kindred.addEvent({ user: 'ben', item: 'shogi' });
  await kindred.putItem('go / weiqi', { properties: { kind: 'board' } });
  await kindred.putItems([{ item: 'shogi', properties: { kind: 'board' } }]);
  expect((await kindred.getItem('go / weiqi')).properties).toEqual({ kind: 'board' });
  const answer = await kindred.recommend('front', { user: 'ben', filter: "kind = 'board'", explain: true, asOf });
  expect(answer.items[0]).toMatchObject({ item: 'go / weiqi', reasons: [{ item: 'chess' }] });
  expect((await kindred.explain('front', { user: 'ben', item: 'go / weiqi' })).score).toBe(answer.items[0].score);
  expect((await kindred.similarItems('front', { item: 'chess' })).items.length).toBe(2);
  expect((await kindred.similarUsers('front', { user: 'ann' })).users[0].user).toBe('ben');
  await kindred.putUser('ben', { properties: { country: 'NL' } });
  expect(await kindred.getUser('ben')).toMatchObject({ properties: { country: 'NL' }, events: 2 });
  expect((await kindred.forgetUser('ben')).events).toBe(2);
  expect((await kindred.listItems({ limit: 1, after: 'chess' })).map(({ item }) => item)).toEqual(['go / weiqi']);
  expect((await kindred.deleteItem('shogi')).models).toEqual(['games']);
  expect(await kindred.putIndex('i', { dim: 2 })).toMatchObject({ metric: 'cosine', size: 0 });
  await kindred.putVectors('i', [
    { id: 'x', vector: Float32Array.of(1, 0) },
    { id: 'y', vector: [0, 1] },
  ]);
  await kindred.putScenario('front', { model: 'games', split: { arms: [{ name: 'a' }, { name: 'b' }] } });
  expect((await kindred.compareArms('front')).arms.length).toBe(2);
  expect((await kindred.search('i', { vector: Float32Array.of(1, 0.1), k: 1 })).hits[0].id).toBe('x');
  expect((await kindred.searchMany('i', [{ id: 'x' }, { vector: [0, 1], k: 1 }])).answers.length).toBe(2);
  const pages = await kindred.recommend('front', { user: 'eve', k: 1 });
  expect((await kindred.nextPage('front', pages)).items).not.toEqual(pages.items);
  expect((await kindred.peopleYouMayKnow('front', { user: 'ann' })).model).toBe('games');
  const { job } = await kindred.trainModel('games');
  expect((await kindred.listJobs()).map((each) => each.job)).toContain(job);
  expect((await kindred.getJob(job)).kind).toBe('train');
  expect((await kindred.cancelJob(job)).endedAt).not.toBeNull();
  expect((await kindred.evaluateModel('games', { k: 2 })).kind).toBe('evaluate');
  expect(await kindred.deleteVectors('i', ['x', 'z'])).toMatchObject({ deleted: 1 });
  const refused = kindred.recommend('none', { user: 'ann' });
  await expect(refused).rejects.toMatchObject({ name: 'RequestError', status: 404, code: 'UNKNOWN_NAME' });
  const wrong = kindred.recommend('front', { user: 'ann', k: 0 });
  await expect(wrong).rejects.toMatchObject({ code: 'INVALID_REQUEST', errors: [{ at: 'k' }] });
  await s.close();
});

it('defines, looks after and takes away all that there is', async () => {
  const s = await serving();
  const kindred = clientOf(s);
  await kindred.putModel('games');
  await kindred.putScenario('front', { model: 'games' });
  await kindred.putIndex('i', { dim: 2, metric: 'dot' });
  await kindred.addEvents(['ann go', 'ann chess', 'ben go'].map((each) => pairOf(each)));
  expect(await kindred.listUsers({ after: 'ann', limit: 5 })).toEqual(['ben']);
  const [first, second] = await kindred.listEvents('ann');
  expect([first.item, second.item]).toEqual(['go', 'chess']);
  expect(await kindred.listEvents('ann', { after: first.seq, limit: 1 })).toEqual([second]);
  for (let n = 0; n < 2; n++) await kindred.trainModel('games');
  await s.idle();
  expect((await kindred.getModel('games')).version).toBe(2);
  expect((await kindred.rollBackModel('games', 1)).version).toBe(1);
  const [training] = await kindred.listJobs();
  expect((await kindred.getJobLog(training.job)).at(-1)?.says).toBe('done');
  const names = [await kindred.listModels(), await kindred.listScenarios(), await kindred.listIndexes()];
  expect(names).toMatchObject([[{ model: 'games' }], [{ scenario: 'front' }], [{ index: 'i' }]]);
  expect((await kindred.getScenario('front')).model).toBe('games');

  await kindred.putVectors('i', [
    { id: 'x / y', vector: [1, 0] },
    { id: 7, vector: [1, 1], properties: { hot: true } },
  ]);
  expect(await kindred.getVector('i', 7)).toEqual({ id: '7', vector: [1, 1], properties: { hot: true } });
  expect((await kindred.getIndex('i')).size).toBe(2);
  const graph = await kindred.startNeighborGraph('i', { k: 1, filter: 'hot = true' });
  const pairs = await kindred.startNearDuplicates('i', { minScore: 0.5, limit: 1 });
  await s.idle();
  expect(await kindred.getNeighborGraph(graph.job)).toEqual([
    { id: 'x / y', neighbors: [{ id: '7', score: 1 }] },
    { id: '7', neighbors: [] },
  ]);
  expect(await kindred.getNearDuplicates(pairs.job)).toEqual([{ a: 'x / y', b: '7', score: 1 }]);
  await expect(kindred.getNeighborGraph(training.job)).rejects.toMatchObject({ status: 409, code: 'CONFLICT' });

  expect((await kindred.putNamespace('acme')).namespace).toBe('acme');
  expect(await kindred.listNamespaces()).toEqual(['default', 'acme']);
  await kindred.deleteNamespace('acme');
  expect(await kindred.reloadConfiguration()).toEqual([]);
  expect(await kindred.diagnose()).toBeInstanceOf(Array);
  await kindred.deleteScenario('front');
  await kindred.deleteModel('games');
  await kindred.deleteIndex('i');
  expect([await kindred.listModels(), await kindred.listScenarios(), await kindred.listIndexes()]).toEqual([
    [],
    [],
    [],
  ]);
  const { id, secret } = await kindred.makeKey({ scopes: ['admin'] });
  const withKey = clientOf(s, secret);
  expect((await withKey.listKeys()).map((each) => each.id)).toEqual([id]);
  expect((await withKey.deleteKey(id)).asOf).toBeGreaterThan(0);
  await s.close();
});

it('has a method for every route, but for lines that are sent', () => {
  const missing = ROUTES.filter(({ method, path, lines }) => {
    const place = new RegExp(`^${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return !lines && ![...asked].some((each) => place.test(each));
  });
  expect(missing.map(({ name }) => name)).toEqual([]);
});

const pairOf = (words: string) => ({ user: words.split(' ')[0], item: words.split(' ')[1] });

describe('a request without an answer', () => {
  it('is sent again, an event with the same key', async () => {
    const bodies: string[] = [];
    const url = await listen(async (request, answer) => {
      let body = '';
      for await (const piece of request) body += piece;
      bodies.push(body);
      if (bodies.length === 1) request.socket.destroy();
      else answer.writeHead(200).end('{"asOf":1,"accepted":1,"duplicates":0}');
    });
    await new KindredClient(url).addEvent({ user: 'a', item: 'b' });
    expect(bodies[0]).toBe(bodies[1]);
    expect(JSON.parse(bodies[0]).key).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is sent again where it was told to come back, and given up at last', async () => {
    let asked = 0;
    const url = await listen((_, answer) => {
      asked++;
      answer.writeHead(503, { 'retry-after': '0' }).end('{"status":503,"code":"UNAVAILABLE","detail":"no"}');
    });
    const given = new KindredClient(url, { retries: 2 }).listItems();
    await expect(given).rejects.toMatchObject({ status: 503, code: 'UNAVAILABLE', message: 'no' });
    expect(asked).toBe(3);
  });

  it('is sent once where nobody knows what twice would do', async () => {
    let asked = 0;
    const url = await listen((request) => {
      asked++;
      request.socket.destroy();
    });
    const given = new KindredClient(url).send('POST', '/v1/keys', { scopes: ['read'] });
    await expect(given).rejects.toMatchObject({ status: 0, code: 'UNREACHABLE' });
    expect(asked).toBe(1);
  });

  it('ends after its time', async () => {
    const url = await listen(() => {});
    const given = new KindredClient(url, { timeout: 50, retries: 0 }).listItems();
    await expect(given).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

it.each([
  [() => new KindredClient('localhost:7878'), /url must be .*http:\/\/localhost:7878/],
  [() => new KindredClient('http://x', { token: 'k' } as never), /there is no option "token"/],
  [() => new KindredClient('http://x', { retries: -1 }), /retries/],
])('%s is refused', (make, message) => expect(make).toThrow(message));

it('its types are those of the schemas', () => {
  type In<T extends z.ZodType> = z.input<T>;
  expectTypeOf<client.EventInput>().toExtend<In<typeof behaviour.EventInput>>();
  expectTypeOf<client.EventsTaken>().toEqualTypeOf<Readonly<behaviour.EventsTaken>>();
  expectTypeOf<behaviour.ItemAnswer>().toExtend<client.ItemAnswer>();
  expectTypeOf<behaviour.Forgotten>().toExtend<client.Forgotten>();
  expectTypeOf<scenarios.RecommendAnswer>().toExtend<client.RecommendAnswer>();
  expectTypeOf<scenarios.SimilarItemsAnswer>().toExtend<client.SimilarItemsAnswer>();
  expectTypeOf<scenarios.SimilarUsersAnswer>().toExtend<client.SimilarUsersAnswer>();
  expectTypeOf<scenarios.ExplainAnswer>().toExtend<client.ExplainAnswer>();
  expectTypeOf<scenarios.ComparisonAnswer>().toExtend<client.ComparisonAnswer>();
  expectTypeOf<jobs.Job>().toExtend<client.WireJob>();
  expectTypeOf<indexes.SearchAnswer>().toExtend<client.SearchAnswer>();
  expectTypeOf<jobs.JobLog['lines']>().toExtend<client.WireJobLog>();
  expectTypeOf<models.ModelAnswer>().toExtend<client.ModelAnswer>();
  expectTypeOf<keyof client.ScenarioAnswer>().toEqualTypeOf<keyof z.output<typeof scenarios.ScenarioAnswer>>();
  expectTypeOf<z.output<typeof indexes.IndexAnswer>>().toExtend<client.IndexAnswer>();
  expectTypeOf<z.output<typeof indexes.VectorAnswer>>().toExtend<client.VectorAnswer>();
  expectTypeOf<z.output<typeof indexes.ResultLine>>().toExtend<client.WireNeighbors | client.WirePair>();
  expectTypeOf<behaviour.StoredEvent>().toExtend<client.StoredEvent>();
  expectTypeOf<administration.KeyMade>().toExtend<client.KeyMade>();
  expectTypeOf<diagnosis.Finding>().toExtend<client.WireFinding>();
  expectTypeOf<keyof client.ModelInput>().toEqualTypeOf<keyof In<typeof models.ModelInput>>();
  expectTypeOf<keyof client.ScenarioInput>().toEqualTypeOf<keyof In<typeof scenarios.ScenarioInput>>();
  expectTypeOf<keyof client.IndexInput>().toEqualTypeOf<keyof In<typeof indexes.IndexInput>>();
  expectTypeOf<keyof client.KeyInput>().toEqualTypeOf<keyof In<typeof administration.KeyInput>>();
  expectTypeOf<keyof client.NeighborGraphInput>().toEqualTypeOf<keyof In<typeof indexes.NeighborGraphInput>>();
  expectTypeOf<keyof client.NearDuplicatesInput>().toEqualTypeOf<keyof In<typeof indexes.NearDuplicatesInput>>();
  expectTypeOf<keyof client.RecommendInput>().toEqualTypeOf<keyof In<typeof scenarios.RecommendInput>>();
  expectTypeOf<keyof client.SimilarItemsInput>().toEqualTypeOf<keyof In<typeof scenarios.SimilarItemsInput>>();
  expectTypeOf<keyof client.ExplainInput>().toEqualTypeOf<keyof In<typeof scenarios.ExplainInput>>();
  expectTypeOf<keyof client.SearchInput>().toEqualTypeOf<keyof In<typeof indexes.SearchInput>>();
  expectTypeOf<keyof client.ItemInput>().toEqualTypeOf<keyof In<typeof behaviour.ItemInput>>();
});
