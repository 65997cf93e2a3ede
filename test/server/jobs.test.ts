/** Jobs over a whole index, and what every job tells: progress, a log, a result line by line, an end on demand. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LIMITS } from '../../server/dist/limits.js';
import { type Hit, VectorIndex } from '../../src/index.js';
import { type Serving, serving } from './serving.js';

let s: Serving;
beforeEach(async () => {
  s = await serving();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await s.close();
});

const vectors = Array.from({ length: 2500 }, (_, n) => ({
  id: `v${n}`,
  vector: [Math.sin(n), Math.cos(n * 3), Math.sin(n * 7)],
  properties: { part: n % 3 },
}));
const ids = vectors.map(({ id }) => id);
const bare = (hits: readonly Hit<string>[]) => hits.map(({ id, score }) => ({ id, score }));

async function fill(metric: 'cosine' | 'dot' | 'euclidean' = 'cosine', count = vectors.length) {
  const some = vectors.slice(0, count);
  await s.must('PUT', '/v1/indexes/i', { dim: 3, metric });
  await s.must('PUT', '/v1/indexes/i/vectors', { vectors: some });
  return VectorIndex.from(
    some.map(({ vector }) => vector),
    { ids: ids.slice(0, count), metric },
  );
}
async function begin(what: 'neighbor-graph' | 'near-duplicates', body: object): Promise<string> {
  const { status, body: job } = await s.ask('POST', `/v1/indexes/i/${what}`, body);
  expect([status, job.kind, job.index, job.model]).toEqual([202, what, 'i', null]);
  return job.job;
}
async function linesOf(job: string) {
  const answer = await s.ask<string>('GET', `/v1/jobs/${job}/result`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  return answer.body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

it.each(['cosine', 'dot', 'euclidean'] as const)(
  '%s: graphs and pairs have the bits of the library',
  async (metric) => {
    const index = await fill(metric, 300);
    const graph = await begin('neighbor-graph', { k: 4 });
    const [minScore] = metric === 'euclidean' ? [-0.1] : [0.9];
    const pairs = await begin('near-duplicates', { minScore });
    const cut = await begin('near-duplicates', { limit: 5 });
    await s.idle();
    const hits = index.neighborGraph(4);
    expect(await linesOf(graph)).toEqual(ids.slice(0, 300).map((id, n) => ({ id, neighbors: bare(hits.row(n)) })));
    const all = index.similarPairs({ minScore }).map(({ a, b, score }) => ({ a, b, score }));
    expect(await linesOf(pairs)).toEqual(all);
    expect((await linesOf(cut)).length).toBe(5);
    expect((await s.must('GET', `/v1/jobs/${pairs}`)).result).toMatchObject({ lines: all.length, isCut: false });
    expect((await s.must('GET', `/v1/jobs/${cut}`)).result.isCut).toBe(true);
  },
);

it('a graph takes a filter and a least score, is of its moment, and tells how far it is', async () => {
  const index = await fill();
  const job = await begin('neighbor-graph', { k: 3, filter: 'part = 1', minScore: 0.5 });
  await new Promise(setImmediate);
  await s.must('POST', '/v1/indexes/i/vectors/delete', { ids: ['v0', 'v1', 'v7'] });
  await s.idle();
  const done = await s.must('GET', `/v1/jobs/${job}`);
  expect(done).toMatchObject({ state: 'done', phase: 'search', done: 2500, total: 2500, result: { lines: 2500 } });
  const filter = vectors.filter(({ properties }) => properties.part === 1).map(({ id }) => id);
  const hits = index.neighborGraph({ k: 3, minScore: 0.5, filter });
  expect(await linesOf(job)).toEqual(ids.map((id, n) => ({ id, neighbors: bare(hits.row(n)) })));
  const { lines } = await s.must('GET', `/v1/jobs/${job}/log`);
  expect(lines.map(({ says }: { says: string }) => says)).toEqual(['search, 2500 in all', 'done']);
});

it('an empty index and one vector have their answers', async () => {
  await s.must('PUT', '/v1/indexes/i', { dim: 3 });
  const jobs = [await begin('neighbor-graph', {}), await begin('near-duplicates', {})];
  await s.idle();
  for (const job of jobs) expect(await linesOf(job)).toEqual([]);
  await s.must('PUT', '/v1/indexes/i/vectors', { vectors: vectors.slice(0, 1) });
  const one = await begin('neighbor-graph', { k: 1000 });
  await s.idle();
  expect(await linesOf(one)).toEqual([{ id: 'v0', neighbors: [] }]);
});

it('what is too large, unknown or no filter is refused before anything begins', async () => {
  await fill();
  vi.spyOn(s.service.tenant('default').indexes.get('i') as { size: number }, 'size', 'get').mockReturnValue(10_000_000);
  const large = await s.ask('POST', '/v1/indexes/i/neighbor-graph', { k: 10 });
  expect([large.status, large.body.code]).toEqual([413, 'TOO_LARGE']);
  expect(large.body.detail).toMatch(/10000000 vectors of "i" with k 10 needs 1600000000 bytes.*ask for k up to 1\./);
  const bad: [string, object, string][] = [
    ['i/neighbor-graph', { k: 0 }, 'INVALID_REQUEST'],
    ['i/neighbor-graph', { k: 1, filter: 'part =' }, 'INVALID_REQUEST'],
    ['none/neighbor-graph', {}, 'UNKNOWN_NAME'],
    ['none/near-duplicates', {}, 'UNKNOWN_NAME'],
    ['i/near-duplicates', { limit: LIMITS.pairs + 1 }, 'INVALID_REQUEST'],
    ['i/near-duplicates', { minScore: '0.9' }, 'INVALID_REQUEST'],
  ];
  for (const [path, body, code] of bad) {
    expect([path, (await s.ask('POST', `/v1/indexes/${path}`, body)).body.code]).toEqual([path, code]);
  }
  expect((await s.must('GET', '/v1/jobs')).jobs).toEqual([]);
});

it('one is ended while it runs or waits; its index may go; searches go on beside it', async () => {
  await fill();
  const [first, second, third] = [
    await begin('neighbor-graph', { k: 50 }),
    await begin('near-duplicates', { limit: 100_000 }),
    await begin('neighbor-graph', { k: 2 }),
  ];
  const early = await s.ask('GET', `/v1/jobs/${third}/result`);
  expect([early.status, early.body.detail]).toEqual([409, expect.stringMatching(/has not ended/)]);
  expect((await s.must('POST', '/v1/indexes/i/search', { id: 'v1', k: 1 })).hits.length).toBe(1);
  expect((await s.must('DELETE', `/v1/jobs/${first}`)).state).toBe('cancelled');
  expect((await s.must('DELETE', `/v1/jobs/${second}`)).state).toBe('cancelled');
  await s.must('DELETE', '/v1/indexes/i');
  await s.idle();
  const { state } = await s.must('GET', `/v1/jobs/${third}`);
  expect(['done', 'failed']).toContain(state);
  const ended = await s.ask('GET', `/v1/jobs/${second}/result`);
  expect([ended.body.code, ended.body.detail]).toEqual(['CONFLICT', expect.stringMatching(/was cancelled/)]);
});

it('results make room for later ones, and belong to their namespace', async () => {
  await fill('cosine', 100);
  const jobs = [];
  for (let n = 0; n < 3; n++) jobs.push(await begin('neighbor-graph', { k: 10 }));
  await s.idle();
  const limits = LIMITS as { resultBytes: number };
  const before = limits.resultBytes;
  limits.resultBytes = 100 * 10 * 16 * 2;
  try {
    jobs.push(await begin('neighbor-graph', { k: 10 }));
    await s.idle();
  } finally {
    limits.resultBytes = before;
  }
  const codes = await Promise.all(jobs.map(async (job) => (await s.ask('GET', `/v1/jobs/${job}/result`)).status));
  expect(codes).toEqual([409, 409, 200, 200]);
  await s.must('PUT', '/v1/namespaces/acme');
  for (const path of [`/v1/jobs/${jobs[3]}/result`, `/v1/jobs/${jobs[3]}/log`]) {
    expect((await s.ask('GET', path, undefined, { 'kindred-namespace': 'acme' })).status).toBe(404);
  }
});

it('go with their namespace, and another of its name has none of them', async () => {
  const there = { 'kindred-namespace': 'acme' };
  await s.must('PUT', '/v1/namespaces/acme');
  await s.must('PUT', '/v1/indexes/i', { dim: 3 }, there);
  await s.must('PUT', '/v1/indexes/i/vectors', { vectors }, there);
  const { job: done } = await s.must('POST', '/v1/indexes/i/near-duplicates', { limit: 1 }, there);
  await s.idle();
  await s.must('POST', '/v1/indexes/i/neighbor-graph', { k: 50 }, there);
  await s.must('DELETE', '/v1/namespaces/acme');
  await s.must('PUT', '/v1/namespaces/acme');
  expect((await s.must('GET', '/v1/jobs', undefined, there)).jobs).toEqual([]);
  expect((await s.ask('GET', `/v1/jobs/${done}/result`, undefined, there)).status).toBe(404);
});

it('a training tells what it read and made, and has no lines', async () => {
  await s.must('PUT', '/v1/models/games', { kind: 'item-knn' });
  const events = ['ann go', 'ann chess', 'ben go'].map((each) => ({ user: each.slice(0, 3), item: each.slice(4) }));
  await s.must('POST', '/v1/events/batch', { events });
  const { job } = await s.must('POST', '/v1/models/games/train');
  await s.idle();
  const { lines } = await s.must('GET', `/v1/jobs/${job}/log`);
  const says = lines.map((each: { says: string }) => each.says);
  expect(says).toContain('3 events read: 2 users, 2 items, 3 interactions');
  expect(says.at(-2)).toMatch(/^a model file of \d+ bytes$/);
  expect(says.at(-1)).toBe('done');
  const times = lines.map(({ time }: { time: number }) => time);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect((await s.ask('GET', `/v1/jobs/${job}/result`)).body).toMatchObject({ code: 'CONFLICT', status: 409 });
  expect((await s.ask('GET', '/v1/jobs/none/log')).body.code).toBe('UNKNOWN_NAME');
});

it('a score that is explained has no least one: minScore is refused by its name', async () => {
  await s.must('PUT', '/v1/models/games', { kind: 'item-knn' });
  await s.must('PUT', '/v1/scenarios/front', { model: 'games', minScore: 5 });
  await s.must('POST', '/v1/events/batch', {
    events: ['ann go', 'ann chess', 'ben go'].map((each) => ({ user: each.slice(0, 3), item: each.slice(4) })),
  });
  const asked = { user: 'ben', item: 'chess' };
  const refused = await s.ask('POST', '/v1/scenarios/front/explain', { ...asked, minScore: 0.1 });
  expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
    400,
    'INVALID_REQUEST',
    expect.stringMatching(/minScore/),
  ]);
  // That of the scenario is for lists: why an item is in none can be asked.
  expect((await s.must('POST', '/v1/scenarios/front/explain', asked)).score).toBeGreaterThan(0);
});
