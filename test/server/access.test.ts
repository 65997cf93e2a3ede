/** Who may ask what: every route with every scope, keys that end, names that are not this machine's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../server/dist/http/routes/all.js';
import { SCOPES } from '../../server/dist/schema/administration.js';
import { type Serving, serving } from './serving.js';

let s: Serving;
const keys: Record<string, string> = {};

beforeAll(async () => {
  s = await serving({ keysNeeded: true, origins: ['https://shop.example'] });
  const make = async (name: string, input: object) => {
    keys[name] = (await s.service.keys.make(input as never)).secret;
  };
  await make('all', { scopes: [...SCOPES] });
  await s.service.createNamespace('acme');
  for (const scope of SCOPES) await make(scope, { scopes: [scope] });
  await make('acme', { scopes: [...SCOPES], namespaces: ['acme'] });
  await make('ended', { scopes: [...SCOPES], expires: Date.now() - 1 });
});
afterAll(() => s.close());

const as = (name: string, more: object = {}) => ({ authorization: `Bearer ${keys[name]}`, ...more });
const fill = (path: string) => path.replaceAll(/\{(\w+)\}/g, 'no-such-thing');

describe.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  const ask = (headers: Record<string, string>) =>
    s.ask(route.method.toUpperCase(), fill(route.path), undefined, headers);

  it('refuses whoever has no key, a wrong one, or one that has ended', async () => {
    for (const headers of [
      {},
      { authorization: `Bearer ${keys.all}x` },
      { authorization: 'Bearer kindred__' },
      as('ended'),
    ]) {
      const { status, body, headers: given } = await ask(headers as Record<string, string>);
      expect([status, body.code, given.get('www-authenticate')]).toEqual([401, 'UNAUTHENTICATED', 'Bearer']);
    }
  });

  it('lets its own scope in and no other', async () => {
    for (const scope of SCOPES) {
      const { status } = await ask(as(scope));
      if (scope === route.scope) expect([401, 403]).not.toContain(status);
      else expect(status).toBe(403);
    }
  });

  it('holds a key to its namespaces', async () => {
    expect((await ask(as('acme'))).status).toBe(403);
    const { status } = await ask(as('acme', { 'kindred-namespace': 'acme' }));
    if (route.everywhere) expect(status).toBe(403);
    else expect([401, 403]).not.toContain(status);
  });
});

it('pages of all tenants need a key for all', async () => {
  for (const path of ['/', '/metrics']) {
    expect((await s.ask('GET', path)).status).toBe(401);
    expect((await s.ask('GET', path, undefined, as('acme', { 'kindred-namespace': 'acme' }))).status).toBe(403);
    expect((await s.ask('GET', path, undefined, as('read'))).status).toBe(200);
  }
  for (const path of ['/healthz', '/readyz', '/docs', '/openapi.json'])
    expect((await s.ask('GET', path)).status).toBe(200);
});

it('keys are kept as hashes, end at once, and the last that can make others stays', async () => {
  const stored = await s.service.store.keys();
  expect(stored.every(({ hash }) => hash.length === 32)).toBe(true);
  expect(JSON.stringify((await s.must('GET', '/v1/keys', undefined, as('all'))).keys)).not.toMatch(/hash|secret/);
  const made = await s.must('POST', '/v1/keys', { scopes: ['read'] }, as('all'));
  const own = { authorization: `Bearer ${made.secret}` };
  expect((await s.ask('GET', '/v1/items', undefined, own)).status).toBe(200);
  await s.must('DELETE', `/v1/keys/${made.id}`, undefined, as('all'));
  expect((await s.ask('GET', '/v1/items', undefined, own)).status).toBe(401);
  const admins = (await s.must('GET', '/v1/keys', undefined, as('all'))).keys.filter(
    (key: { scopes: string[]; namespaces: null; expires: null }) =>
      key.scopes.includes('admin') && key.namespaces === null && key.expires === null,
  );
  expect(admins.length).toBe(2);
  await s.must('DELETE', `/v1/keys/${admins[0].id}`, undefined, as('all')).catch(() => {});
  const last = (await s.service.keys.list()).filter(
    (key) => key.scopes.includes('admin') && key.namespaces === null && key.expires === null,
  );
  await expect(s.service.keys.delete(last[0].id)).rejects.toMatchObject({ code: 'CONFLICT' });
});

describe('without keys', () => {
  it('only this machine is answered, and no page of another site', async () => {
    const open = await serving();
    const status = async (headers: Record<string, string>) =>
      (await open.ask('GET', '/v1/items', undefined, headers)).status;
    expect(await status({ host: '127.0.0.1:7878' })).toBe(200);
    expect(await status({ host: '[::1]:7878' })).toBe(200);
    expect(await status({ host: 'rebound.example' })).toBe(403);
    expect(await status({ host: '127.0.0.1.example' })).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ host: 'localhost:1', origin: 'http://localhost:1' })).toBe(200);
    const form = await open.ask('POST', '/v1/events', 'user=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([form.status, form.body.code]).toEqual([415, 'UNSUPPORTED']);
    await expect(open.service.keys.make({ scopes: ['read'] })).rejects.toMatchObject({ code: 'CONFLICT' });
    await open.close();
  });
});

it('answers carry strict headers, and CORS only for named sites', async () => {
  const { headers } = await s.ask('GET', '/healthz', undefined, {
    origin: 'https://evil.example',
    'x-request-id': 'abc-1',
  });
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('x-request-id')).toBe('abc-1');
  const named = await s.ask('GET', '/healthz', undefined, { origin: 'https://shop.example' });
  expect(named.headers.get('access-control-allow-origin')).toBe('https://shop.example');
});
