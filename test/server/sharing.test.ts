/** Several services on one database stay in step: each takes in what the others write, in order, and says how far. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../fixtures/machine.js';
import { noPostgres, type Postgres, startPostgres } from './postgres.js';
import { type Serving, serving } from './serving.js';

const digestOf = (s: Serving, name: string) => {
  const model = s.service.tenant('default').models.get(name);
  model?.catchUp();
  return createHash('sha256')
    .update(model?.model.toBytes() ?? '')
    .digest('hex');
};
const until = async (what: () => boolean | Promise<boolean>) => {
  for (let tries = 0; !(await what()); tries++) {
    if (tries > 400) throw new Error('it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

describeUnless(noPostgres(), 'services that share a database', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  const several = async (n = 2) => {
    const folder = await postgres.newSchema();
    return Promise.all(Array.from({ length: n }, () => serving({ folder })));
  };
  const closeAll = async (services: readonly Serving[]) => {
    for (const each of services) await each.close();
  };

  it('an answer knows the write that its question names, whoever took it', async () => {
    const services = await several(3);
    const [a, b] = services;
    await a.must('PUT', '/v1/models/m', { kind: 'item-knn' });
    const { asOf: defined } = await a.must('POST', '/v1/events', { user: 'u', item: 'x' });
    await b.must('POST', '/v1/events', { user: 'v', item: 'x', asOf: undefined });
    await until(() => b.service.tenant('default').seq >= defined);
    await b.must('PUT', '/v1/scenarios/s', { model: 'm' });
    for (let n = 0; n < 12; n++) {
      const [writes, reads] = [services[n % 3], services[(n + 1) % 3]];
      const { asOf } = await writes.must('POST', '/v1/events', { user: `u${n}`, item: `i${n % 3}` });
      await writes.must('POST', '/v1/events', { user: `u${n}`, item: `i${(n + 1) % 3}` });
      await reads.service.latest();
      const answer = await reads.must('POST', '/v1/scenarios/s/recommend', { user: `u${n}`, asOf });
      expect(answer.asOf).toBeGreaterThanOrEqual(asOf);
    }
    const far = { user: 'u1', asOf: 100_000 };
    expect((await a.ask('POST', '/v1/scenarios/s/recommend', far)).status).toBe(409);
    await closeAll(services);
  });

  it('all that is written at once by all comes to the same state in each, bit for bit', async () => {
    const services = await several(3);
    const [a, b] = services;
    await a.must('PUT', '/v1/models/m', { kind: 'item-knn' });
    await a.must('PUT', '/v1/models/e', { kind: 'ease' });
    await a.must('PUT', '/v1/indexes/i', { dim: 2 });
    for (const each of services) await each.service.latest();
    await Promise.all(
      services.flatMap((each, s) =>
        Array.from({ length: 40 }, async (_, n) => {
          const id = (n * 7 + s) % 20;
          await each.must('POST', '/v1/events', { user: `u${id}`, item: `i${(n * 3 + s) % 9}`, time: n });
          await each.must('PUT', `/v1/items/i${n % 9}`, { properties: { by: s, n } });
          const vectors = [{ id: `v${id}`, vector: [1, n % 2] }];
          await each.must('PUT', '/v1/indexes/i/vectors', { vectors });
          if (n % 10 === 9) await each.must('POST', '/v1/indexes/i/vectors/delete', { ids: [`v${n % 20}`] });
          if (n === 20) await each.must('DELETE', `/v1/users/u${s}`);
          if (n === 30 && s === 1) await each.must('POST', '/v1/models/m/train');
          if (n === 30 && s === 2) await each.must('POST', '/v1/models/e/train');
        }),
      ),
    );
    for (const each of services) await each.idle();
    for (const each of services) await each.service.latest();
    const states = await Promise.all(
      services.map(async (each) => ({
        digests: [digestOf(each, 'm'), digestOf(each, 'e')],
        versions: [(await each.must('GET', '/v1/models/m')).version, (await each.must('GET', '/v1/models/e')).version],
        items: (await each.must('GET', '/v1/items')).items,
        hits: (await each.must('POST', '/v1/indexes/i/search', { vector: [1, 1], k: 50 })).hits,
        asOf: each.service.tenant('default').seq,
      })),
    );
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
    // A start gives the same.
    const late = await serving({ folder: b.folder });
    expect([digestOf(late, 'm'), digestOf(late, 'e')]).toEqual(states[0].digests);
    const { hits } = await late.must('POST', '/v1/indexes/i/search', { vector: [1, 1], k: 50 });
    expect(hits).toEqual(states[0].hits);
    await closeAll([...services, late]);
  });

  it('definitions, namespaces, keys, versions and forgettings reach all', async () => {
    const services = await several(2);
    const [a, b] = services;
    const there = { 'kindred-namespace': 'acme' };
    await a.must('PUT', '/v1/namespaces/acme');
    await a.must('PUT', '/v1/models/m', { kind: 'ease' }, there);
    const events = ['ax', 'ay', 'bx', 'by', 'cx', 'cz'].map(([user, item]) => ({ user, item }));
    await a.must('POST', '/v1/events/batch', { events }, there);
    await b.service.latest();
    await b.must('PUT', '/v1/scenarios/s', { model: 'm' }, there);
    await b.must('POST', '/v1/models/m/train', undefined, there);
    for (const { job } of b.service.jobs.list('acme')) await b.service.jobs.wait(job);
    await a.service.latest();
    const asked = ['POST', '/v1/scenarios/s/recommend', { user: 'a', fallback: 'none' }, there] as const;
    const answers = await Promise.all([a, b].map(async (each) => (await each.must(...asked)).items));
    expect(answers[0]).toEqual(answers[1]);
    await a.must('POST', '/v1/models/m/train', undefined, there);
    for (const { job } of a.service.jobs.list('acme')) await a.service.jobs.wait(job);
    await b.must('POST', '/v1/models/m/rollback', { version: 1 }, there);
    await a.service.latest();
    expect((await a.must('GET', '/v1/models/m', undefined, there)).version).toBe(1);
    await a.must('DELETE', '/v1/users/c', undefined, there);
    await b.service.latest();
    expect(b.service.tenant('acme').models.get('m')?.knows('user', 'c')).toBe(false);
    await b.must('DELETE', '/v1/namespaces/acme');
    await a.service.latest();
    expect((await a.ask(...asked)).status).toBe(404);
    const { id, secret } = await b.must('POST', '/v1/keys', { scopes: ['read', 'write', 'admin'] });
    await a.service.latest();
    expect((await a.ask('GET', '/v1/models')).status).toBe(401);
    const key = { authorization: `Bearer ${secret}` };
    await a.must('DELETE', `/v1/keys/${id}`, undefined, key);
    await b.service.latest();
    expect((await b.ask('GET', '/v1/models', undefined, key)).status).toBe(200);
    await closeAll(services);
  });

  it('what is due is trained once', async () => {
    const { trainWhatIsDue } = await import('../../server/dist/models/schedule.js');
    const services = await several(3);
    const [a] = services;
    await a.must('PUT', '/v1/models/m', { kind: 'ease', retrain: { everyEvents: 3 } });
    const events = ['ax', 'ay', 'bx', 'by'].map(([user, item]) => ({ user, item }));
    await a.must('POST', '/v1/events/batch', { events });
    for (const each of services) await each.service.latest();
    for (let n = 0; n < 5; n++) {
      for (const each of services) trainWhatIsDue(each.service, Date.now());
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const versionAt = async (each: Serving) => (await each.must('GET', '/v1/models/m')).version;
    await until(async () => (await versionAt(services[2])) === 1 && (await versionAt(a)) === 1);
    for (const each of services) trainWhatIsDue(each.service, Date.now());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const jobs = services.map((each) => each.service.jobs.list('default').length);
    expect(jobs.reduce((sum, n) => sum + n)).toBe(1);
    await closeAll(services);
  });

  it('who was away longer than news is kept starts over', async () => {
    const services = await several(2);
    const [a, b] = services;
    await a.must('PUT', '/v1/models/m', { kind: 'item-knn' });
    const [{ search_path: schema }] = [{ search_path: /s_[0-9a-f]+/.exec(a.folder)?.[0] }];
    await a.must('POST', '/v1/events/batch', {
      events: [
        { user: 'a', item: 'x' },
        { user: 'a', item: 'y' },
      ],
    });
    await postgres.query(
      `BEGIN; DELETE FROM ${schema}.changes; UPDATE ${schema}.sequence SET last = last + 5, pruned = last + 5; COMMIT`,
    );
    for (const each of services) await each.service.latest();
    expect(digestOf(a, 'm')).toBe(digestOf(b, 'm'));
    expect(a.service.tenant('default').seq).toBe(b.service.tenant('default').seq);
    await closeAll(services);
  });

  it('without its database it refuses and says when to come back, and goes on when it is there again', async () => {
    const services = await several(2);
    const [a, b] = services;
    await a.must('PUT', '/v1/models/m', { kind: 'item-knn' });
    await a.must('PUT', '/v1/scenarios/s', { model: 'm' });
    await a.must('POST', '/v1/events', { user: 'a', item: 'x' });
    await b.service.latest();
    await postgres.stop('SIGQUIT');
    const refused = await a.ask('POST', '/v1/events', { user: 'a', item: 'y' });
    expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await b.ask('GET', '/readyz')).status).toBe(503);
    // What is in memory answers meanwhile.
    expect((await b.ask('POST', '/v1/scenarios/s/recommend', { user: 'a' })).status).toBe(200);
    await postgres.start();
    await a.must('POST', '/v1/events', { user: 'a', item: 'z' });
    await until(async () => (await b.ask('GET', '/readyz')).status === 200);
    const { asOf } = await b.must('GET', '/readyz');
    expect((await b.must('POST', '/v1/scenarios/s/recommend', { user: 'b', asOf })).asOf).toBe(asOf);
    expect(digestOf(a, 'm')).toBe(digestOf(b, 'm'));
    await closeAll(services);
  });
});
