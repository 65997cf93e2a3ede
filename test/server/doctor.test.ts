/** What is wrong is said in words, with what to do, of a store that rests and of a server that runs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../server/dist/command/program.js';
import { examineBackend, examineDisk } from '../../server/dist/doctor/machine.js';
import { examineNamespace } from '../../server/dist/doctor/namespace.js';
import { openDatabase } from '../../server/dist/store/sqlite/driver.js';
import { newFolder, type Serving, serving } from './serving.js';

interface Found {
  readonly level: string;
  readonly about: string;
  readonly says: string;
  readonly remedy: string;
}
const wordsOf = (findings: readonly Found[]) =>
  findings.filter(({ about }) => !/^(disk|backend)/.test(about)).map(({ about, says }) => `${about}: ${says}`);
const diagnose = async (s: Serving): Promise<string[]> => wordsOf((await s.must('GET', '/v1/diagnosis')).findings);

async function doctor(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const streams = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    env: {},
  };
  return { code: await run(['doctor', ...args], streams), out, err };
}

const MUTE = 'scenario front (default): It answers with at best what is popular, because it has 0 events of type buy.';

async function shop(folder = newFolder()): Promise<Serving> {
  const s = await serving({ folder });
  await s.must('PUT', '/v1/models/m', { kind: 'item-knn', events: { buy: 1 } });
  await s.must('PUT', '/v1/scenarios/front', { model: 'm' });
  await s.must('POST', '/v1/events', { user: 'a', item: 'x', type: 'purchase' });
  return s;
}

it('a service says why a scenario has nothing to answer with, until it has', async () => {
  const s = await shop();
  expect(await diagnose(s)).toEqual([
    'model m (default): It has nothing to answer with, because it has 0 events of type buy.',
    MUTE,
    'events (default): 1 events of type purchase count for no model.',
  ]);
  expect((await s.ask('GET', '/status')).body).toContain('2 things are wrong.');
  await s.must('PUT', '/v1/models/m', { kind: 'item-knn', events: { buy: 1, purchase: 1 } });
  await s.idle();
  expect(await diagnose(s)).toEqual(['model m (default): It counts events of type buy, of which there are 0.']);
  await s.must('POST', '/v1/events', { user: 'a', item: 'y', type: 'buy' });
  expect(await diagnose(s)).toEqual([]);
  await s.close();
});

it('the command says the same of a store that rests, and changes nothing in it', async () => {
  const folder = newFolder();
  const s = await shop(folder);
  const running = await doctor('--folder', folder);
  expect(running.out).toContain('A process holds it');
  await s.close();
  const { code, out } = await doctor('--folder', folder);
  expect([code, out]).toEqual([1, expect.stringContaining(MUTE)]);
  expect(out).toContain('Send such events, or put the model with types that come: purchase (1). PUT /v1/models/m.');
  expect(out).not.toContain('A process holds it');
  const t = await serving({ folder });
  await t.must('POST', '/v1/events', { user: 'a', item: 'y', type: 'buy' });
  await t.must('PUT', '/v1/models/m', { kind: 'item-knn' });
  await t.close();
  expect((await doctor('--folder', folder)).code).toBe(0);
});

it('the command asks a server by its address, and says what is not one', async () => {
  const s = await shop();
  const server = createServer(async ({ url }, answer) => {
    const { status, body } = await s.ask('GET', url as string);
    answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await doctor('--url', `${address}/`)).toMatchObject({ code: 1, out: expect.stringContaining(MUTE) });
  expect(await doctor('--url', `${address}/healthz?`)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/answers with|no kindred/),
  });
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  expect(await doctor('--url', address)).toMatchObject({ code: 2, err: expect.stringContaining('does not answer') });
  expect(await doctor('--folder', newFolder())).toMatchObject({
    code: 2,
    err: expect.stringContaining('has no store'),
  });
  await s.close();
});

describe('of a model that is trained', () => {
  it('never, long ago by its schedule, with much that came since, or in vain', async () => {
    const s = await serving();
    const events = (n: number, from = 0) => ({
      events: Array.from({ length: n }, (_, at) => ({ user: `u${at % 5}`, item: `i${at + from}` })),
    });
    await s.must('PUT', '/v1/models/m', { kind: 'ease', retrain: { everyEvents: 10 } });
    await s.must('PUT', '/v1/scenarios/s', { model: 'm', fallback: 'none' });
    await s.must('POST', '/v1/events/batch', events(20));
    expect(await diagnose(s)).toEqual([
      'model m (default): It has nothing to answer with, because it has never been trained.',
      'scenario s (default): It answers with nothing, because it has never been trained.',
    ]);
    await s.must('POST', '/v1/models/m/train');
    await s.idle();
    expect(await diagnose(s)).toEqual([]);
    await s.must('POST', '/v1/events/batch', events(21, 100));
    expect(await diagnose(s)).toEqual([expect.stringMatching(/Its schedule is behind: 21 events came/)]);
    await s.must('PUT', '/v1/models/m', { kind: 'ease', retrain: { everySeconds: 10 } });
    await s.idle();
    await s.must('POST', '/v1/events/batch', events(1, 500));
    const at = (now: number) => examineNamespace(s.service.store, 'default', now);
    expect(wordsOf(await at(Date.now()))).toEqual([]);
    expect(wordsOf(await at(Date.now() + 60_000))).toEqual([expect.stringMatching(/behind: 1 events/)]);
    await s.must('PUT', '/v1/models/m', { kind: 'ease' });
    await s.idle();
    await s.must('POST', '/v1/events/batch', events(30, 1000));
    expect(await diagnose(s)).toEqual([
      expect.stringMatching(/30 of 72 events came after its training, and no schedule/),
    ]);
    await s.close();
  });

  it('says what the last training failed of', async () => {
    const s = await serving();
    await s.must('PUT', '/v1/models/m', { kind: 'ease' });
    const { definition } = s.service.tenant('default').models.get('m') as never as { definition: never };
    const task = { location: join(newFolder(), 'none'), namespace: 'default', name: 'm', definition };
    s.service.jobs.start(task, async () => ({}));
    await s.idle();
    expect(await diagnose(s)).toContainEqual(
      expect.stringMatching(/^model m \(default\): Its last training failed: \S/),
    );
    await s.close();
  });
});

it('of keys, filters, indexes, and definitions that name what is not there', async () => {
  const folder = newFolder();
  const s = await shop(folder);
  await s.must('PUT', '/v1/models/m', { kind: 'popularity' });
  await s.must('PUT', '/v1/scenarios/front', { model: 'm', filter: 'price > 3' });
  await s.must('PUT', '/v1/indexes/empty', { dim: 3 });
  await s.must('PUT', '/v1/indexes/other', { dim: 2 });
  await s.must('PUT', '/v1/indexes/other/vectors', { vectors: [{ id: 'a', vector: [1, 2] }] });
  await s.service.store.write({
    kind: 'put-key',
    id: 'old',
    hash: new Uint8Array(32),
    scopes: ['read'],
    namespaces: null,
    expires: 5,
  });
  await s.idle();
  expect(await diagnose(s)).toEqual([
    'scenario front (default): No item passes its filter "price > 3", so lists are empty.',
    'key old: It has expired at 1970-01-01T00:00:00.005Z, and opens nothing.',
    'index empty (default): It is empty.',
  ]);
  for (let n = 0; n < 30; n++) await s.must('POST', '/v1/scenarios/front/recommend', { user: 'a' });
  expect(await diagnose(s)).toContainEqual(
    'scenario front (default): 30 of 30 questions since the start were answered with an empty list.',
  );
  await s.close();
  const database = await openDatabase(join(folder, 'kindred.sqlite'));
  database.exec(`UPDATE definitions SET body = '{"dim":7}' WHERE name = 'other'`);
  database.exec(`UPDATE definitions SET body = '{"kind":"oracle"}' WHERE name = 'm'`);
  database.close();
  const { code, out } = await doctor('--folder', folder);
  expect(code).toBe(1);
  expect(out).toContain('Its vectors have 2 numbers, and its definition says 7.');
  expect(out).toContain('WRONG  model m (default): This kindred-server cannot read its definition.');
  expect(out).toContain('WRONG  scenario front (default): It asks the model m, which is not there.');
});

it('of the machine: a disk that is almost full, and no addon', async () => {
  expect(await examineDisk('/data', { free: 2 ** 30, total: 2 ** 40 })).toEqual([]);
  const [full] = await examineDisk('/data', { free: 2 ** 25, total: 2 ** 40 });
  expect(full).toMatchObject({ level: 'wrong', says: expect.stringMatching(/^32 MiB of 1048576 MiB are free/) });
  const candidates = [{ name: 'native', ok: false, reason: 'no file kindred.node\nand more' }];
  const [slow] = examineBackend({ name: 'wasm', level: 'simd', candidates } as never);
  expect(slow).toMatchObject({ level: 'note', says: expect.stringContaining('cannot: no file kindred.node. Answers') });
});
