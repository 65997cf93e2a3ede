/** The contract of stores, over every store there is. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../server/dist/index.js';
import { openDatabase } from '../../server/dist/store/sqlite/driver.js';
import { MIGRATIONS, migrate } from '../../server/dist/store/sqlite/migrations.js';
import { describeUnless } from '../fixtures/machine.js';
import { noPostgres, type Postgres, startPostgres } from './postgres.js';
import { newFolder } from './serving.js';

const namespace = 'n';
const event = (user: string, item: string, more: object = {}) => ({
  user,
  item,
  type: 'buy',
  value: 1,
  time: 5,
  ...more,
});

describe('SQLite', () => {
  keepsTheContract(async () => newFolder());
});

describeUnless(noPostgres(), 'PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());
  keepsTheContract(() => postgres.newSchema());

  it('is brought up to date from every version, and of a newer one is refused', async () => {
    const { migrate, MIGRATIONS } = await import('../../server/dist/store/postgres/migrations.js');
    const { connect, discard } = await import('../../server/dist/store/postgres/connection.js');
    for (let version = 0; version <= MIGRATIONS.length; version++) {
      const location = await postgres.newSchema();
      const client = await connect(location);
      await migrate(client, version);
      // As two processes do that start at once.
      const stores = await Promise.all([openStore(location), openStore(location)]);
      expect((await stores[1].write({ kind: 'put-namespace', namespace })).seq).toBe(1);
      for (const store of stores) await store.close();
      await client.query(`UPDATE kindred_version SET version = ${MIGRATIONS.length + 1}`);
      discard(client);
      await expect(openStore(location)).rejects.toThrow(/has version \d+, and this kindred-server knows/);
    }
  });

  it('tells failures without the address, which may hold a password', async () => {
    const away = await openStore('postgres://me:secret@localhost/none?host=/nowhere').catch((error) => error);
    expect(away).toMatchObject({ code: 'UNAVAILABLE' });
    expect(away.message).not.toContain('secret');
  });
});

function keepsTheContract(newLocation: () => Promise<string>): void {
  const opened: Store[] = [];
  const make = async (location?: string) => {
    const store = await openStore(location ?? (await newLocation()));
    opened.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  it('numbers every write, upwards and without end', async () => {
    const store = await make();
    const first = await store.write({ kind: 'put-namespace', namespace });
    const many = await store.write({ kind: 'add-events', namespace, events: [event('a', 'x'), event('b', 'y')] });
    const last = await store.write({ kind: 'put-user', namespace, user: 'a', properties: {} });
    expect(many.events.map(({ seq }) => seq)).toEqual([first.seq + 1, first.seq + 2]);
    expect([many.seq, last.seq]).toEqual([first.seq + 2, first.seq + 3]);
    expect(await store.latest()).toBe(last.seq);
  });

  it('answers writes that come at once in the order of their numbers, with what was before each', async () => {
    const store = await make();
    const answers: number[] = [];
    const asked = Array.from({ length: 200 }, (_, n) =>
      store
        .write({ kind: 'add-events', namespace, events: [event(`u${n}`, 'x')] })
        .then(({ seq }) => answers.push(seq)),
    );
    await Promise.all(asked);
    expect(answers).toEqual([...answers].sort((a, b) => a - b));
    expect(new Set(answers).size).toBe(200);
    expect((await store.events(namespace, { limit: 1000 })).length).toBe(200);
  });

  it('adds up questions by run and user, and forgets them with the person, the scenario and the namespace', async () => {
    const store = await make();
    await store.write({ kind: 'put-namespace', namespace });
    const count = (scenario: string, run: string, counts: { user: string; questions: number }[]) =>
      store.write({ kind: 'count-questions', namespace, scenario, run, counts });
    const ask = (user: string, questions: number) => ({ user, questions });
    await count('s', 'r', [ask('b', 2), ask('a', 1), ask('ü', 1)]);
    await count('s', 'r', [ask('b', 5)]);
    await count('s', 'other', [ask('a', 1)]);
    await count('t', 'r', [ask('a', 9)]);
    expect(await store.questions(namespace, 's', 'r', { limit: 2 })).toEqual([ask('a', 1), ask('b', 7)]);
    expect(await store.questions(namespace, 's', 'r', { after: 'b', limit: 2 })).toEqual([ask('ü', 1)]);
    expect(await store.user(namespace, 'ü')).toEqual({ user: 'ü', properties: {} });
    await store.write({ kind: 'forget', namespace, side: 'user', id: 'a', by: 'me', snapshots: [] });
    expect(await store.questions(namespace, 's', 'other', { limit: 2 })).toEqual([]);
    expect(await store.questions(namespace, 't', 'r', { limit: 2 })).toEqual([]);
    await store.write({ kind: 'undefine', namespace, thing: 'scenario', name: 's' });
    expect(await store.questions(namespace, 's', 'r', { limit: 2 })).toEqual([]);
    await count('s', 'r', [ask('b', 2)]);
    await store.write({ kind: 'delete-namespace', namespace });
    expect(await store.questions(namespace, 's', 'r', { limit: 2 })).toEqual([]);
  });

  it('lists events that name an answer', async () => {
    const store = await make();
    const events = [event('a', 'x'), event('a', 'y', { recommId: 's.1' }), event('b', 'z', { recommId: 's.2' })];
    const { events: added } = await store.write({ kind: 'add-events', namespace, events });
    expect(await store.eventsOfAnswers(namespace, { limit: 5 })).toEqual(added.slice(1));
    expect(await store.eventsOfAnswers(namespace, { after: added[1].seq, limit: 5 })).toEqual(added.slice(2));
  });

  it('counts an event with a key once, also in one write and after a restart', async () => {
    const folder = await newLocation();
    const store = await make(folder);
    const events = [event('a', 'x', { key: '1' }), event('a', 'y', { key: '1' }), event('a', 'z')];
    const taken = await store.write({ kind: 'add-events', namespace, events });
    expect(taken.events.map(({ item }) => item)).toEqual(['x', 'z']);
    const other = await store.write({ kind: 'add-events', namespace: 'other', events: [events[0]] });
    expect(other.events.length).toBe(1);
    await opened.pop()?.close();
    const again = await make(folder);
    const repeated = await again.write({ kind: 'add-events', namespace, events: [events[1]] });
    expect(repeated).toEqual({ seq: other.seq, events: [] });
  });

  it('keeps what it was given, to the bit', async () => {
    const folder = await newLocation();
    const store = await make(folder);
    const odd = ['é', 'tab\tline\n', '🙂', "'; DROP TABLE events; --", '__proto__', 'x'.repeat(256)];
    const events = odd.map((id, n) => event(id, id, { value: [0.1, -0, 1e-9, 1e300, 2 ** 53, 5][n], recommId: 's.1' }));
    await store.write({ kind: 'add-events', namespace, events });
    const item = { item: 'x', properties: { a: 'b', n: 0.1, yes: true, list: ['p', 'q'] }, hidden: true, expires: 7 };
    await store.write({ kind: 'put-items', namespace, items: [item] });
    const rows = [{ id: 'v', vector: Float32Array.of(0.1, -0, 3e38), properties: { a: 1 } }];
    await store.write({ kind: 'put-vectors', namespace, index: 'i', rows });
    await opened.pop()?.close();
    const again = await make(folder);
    const kept = await again.events(namespace, { limit: 10 });
    expect(kept.map(({ seq: _, ...each }) => each)).toEqual(
      events.map((each) => ({ ...each, value: each.value || 0 })),
    );
    expect(await again.items(namespace, { limit: 10 })).toEqual([item]);
    expect(await again.vectors(namespace, 'i', { limit: 10 })).toMatchObject(rows);
  });

  it('refuses a change as a whole, and the others of its batch stay', async () => {
    const store = await make();
    const bad = { ...event('b', 'x'), value: Number.NaN };
    const outcomes = await Promise.allSettled([
      store.write({ kind: 'add-events', namespace, events: [event('a', 'x')] }),
      store.write({ kind: 'add-events', namespace, events: [event('b', 'x'), bad] }),
      store.write({ kind: 'add-events', namespace, events: [event('c', 'x')] }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await store.events(namespace, { limit: 9 })).map(({ user }) => user)).toEqual(['a', 'c']);
  });

  it('lists from behind a key, each row once', async () => {
    const store = await make();
    const events = Array.from({ length: 25 }, (_, n) => event(`u${n % 10}`, `i${n}`));
    await store.write({ kind: 'add-events', namespace, events });
    const seen: string[] = [];
    for (let after = 0; ; ) {
      const page = await store.events(namespace, { after, limit: 7 });
      seen.push(...page.map(({ item }) => item));
      if (page.length < 7) break;
      after = page[6].seq;
    }
    expect(seen).toEqual(events.map(({ item }) => item));
    expect(await store.users(namespace, { after: 'u3', limit: 3 })).toEqual(['u4', 'u5', 'u6']);
    expect((await store.eventsOfUser(namespace, 'u3', { limit: 9 })).map(({ item }) => item)).toEqual([
      'i3',
      'i13',
      'i23',
    ]);
    expect((await store.itemsOfEvents(namespace)).length).toBe(25);
  });

  it('a vector that is replaced keeps its place, one that comes again stands at the end', async () => {
    const store = await make();
    const put = (...ids: string[]) =>
      store.write({
        kind: 'put-vectors',
        namespace,
        index: 'i',
        rows: ids.map((id) => ({ id, vector: Float32Array.of(1), properties: {} })),
      });
    await put('a', 'b', 'c');
    await put('a');
    const gone = await store.write({ kind: 'delete-vectors', namespace, index: 'i', ids: ['b', 'none'] });
    expect(gone.ids).toEqual(['b']);
    await put('b');
    expect((await store.vectors(namespace, 'i', { limit: 9 })).map(({ id }) => id)).toEqual(['a', 'c', 'b']);
  });

  it('forgets a person in every table and file, other namespaces apart', async () => {
    const folder = await newLocation();
    const store = await make(folder);
    const secret = 'someone-who-wants-to-be-forgotten';
    await store.write({ kind: 'add-events', namespace, events: [event(secret, 'x'), event('b', 'x')] });
    await store.write({ kind: 'put-user', namespace, user: secret, properties: { name: 'x' } });
    const file = new TextEncoder().encode(`model of ${secret}`);
    const version = { model: 'm', asOf: 1, digest: 'd', file, trainedAt: 1, keep: 3 };
    await store.write({ kind: 'add-version', namespace, ...version });
    await store.write({ kind: 'add-version', namespace, ...version });
    const snapshots = [{ model: 'm', version: 2, asOf: 3, digest: 'e', file: Uint8Array.of(1) }];
    const change = { kind: 'forget', namespace, side: 'user', id: secret, by: 'k', snapshots } as const;
    expect((await store.write(change)).events).toBe(1);
    expect(await store.user(namespace, secret)).toBeUndefined();
    expect((await store.versions(namespace, 'm')).map(({ version }) => version)).toEqual([2]);
    expect(await store.file(namespace, 'm', 2)).toEqual(Uint8Array.of(1));
    await opened.pop()?.close();
    if (!existsSync(folder)) return;
    const found = readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(secret));
    expect(found).toEqual([]);
  });

  it('keeps the newest versions, one of which answers', async () => {
    const store = await make();
    for (let n = 0; n < 5; n++) {
      const file = Uint8Array.of(n);
      await store.write({
        kind: 'add-version',
        namespace,
        model: 'm',
        asOf: n,
        digest: '',
        file,
        trainedAt: n,
        keep: 3,
      });
    }
    await store.write({ kind: 'activate-version', namespace, model: 'm', version: 3 });
    const versions = await store.versions(namespace, 'm');
    expect(versions.map(({ version, active }) => [version, active])).toEqual([
      [3, true],
      [4, false],
      [5, false],
    ]);
    const gone = store.write({ kind: 'activate-version', namespace, model: 'm', version: 1 });
    await expect(gone).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
  });

  it('a namespace that is deleted leaves nothing', async () => {
    const store = await make();
    await store.write({ kind: 'put-namespace', namespace });
    await store.write({ kind: 'add-events', namespace, events: [event('a', 'x')] });
    await store.write({ kind: 'define', namespace, thing: 'index', name: 'i', body: { dim: 1 } });
    await store.write({ kind: 'delete-namespace', namespace });
    expect(await store.namespaces()).toEqual([]);
    expect(await store.events(namespace, { limit: 1 })).toEqual([]);
    expect(await store.definitions(namespace)).toEqual([]);
  });

  it('refuses files that were made before somebody was forgotten, and other files since', async () => {
    const store = await make();
    const files = { model: 'm', asOf: 0, digest: 'd', file: Uint8Array.of(1), trainedAt: 1, keep: 3 };
    const first = await store.write({ kind: 'add-version', namespace, ...files, known: 0 });
    const save = { kind: 'save-version', namespace, ...files, version: 1 } as const;
    await expect(store.write({ ...save, known: 0 })).rejects.toMatchObject({ code: 'CONFLICT' });
    const forget = { kind: 'forget', namespace, side: 'user', id: 'a', by: 'k', snapshots: [] } as const;
    await expect(store.write({ ...forget, known: 0 })).rejects.toMatchObject({ code: 'CONFLICT' });
    const { seq } = await store.write({ ...forget, known: first.seq });
    await expect(store.write({ ...save, known: first.seq })).rejects.toMatchObject({ code: 'CONFLICT' });
    await store.write({ ...save, known: seq });
    await store.write({ ...save, namespace: 'other', known: 0 });
  });
}

describe('SQLite, which one process has', () => {
  it('belongs to one process at a time', async () => {
    const folder = newFolder();
    const store = await openStore(folder);
    await expect(openStore(folder)).rejects.toMatchObject({ code: 'CONFLICT' });
    await store.close();
    const again = await openStore(folder);
    expect(await again.latest()).toBe(0);
    await again.close();
  });

  it('is copied while it goes on, and refuses what comes after its end', async () => {
    const store = await openStore(newFolder());
    await store.write({ kind: 'add-events', namespace, events: [event('a', 'x')] });
    const folder = newFolder();
    await store.backup(join(folder, 'kindred.sqlite'));
    const copy = await openStore(folder);
    expect(await copy.events(namespace, { limit: 9 })).toEqual(await store.events(namespace, { limit: 9 }));
    await expect(store.backup(join(folder, 'kindred.sqlite'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await copy.close();
    await store.close();
    await expect(store.latest()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is brought up to date from every version', async () => {
    for (let version = 0; version <= MIGRATIONS.length; version++) {
      const folder = newFolder();
      const old = await openDatabase(join(folder, 'kindred.sqlite'));
      migrate(old, version);
      old.close();
      const store = await openStore(folder);
      expect((await store.write({ kind: 'put-namespace', namespace })).seq).toBe(1);
      await store.close();
    }
  });

  it('of a newer version is refused, and so is what is no store', async () => {
    const folder = newFolder();
    const newer = await openDatabase(join(folder, 'kindred.sqlite'));
    newer.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    await expect(openStore(folder)).rejects.toThrow(/has version \d+, and this kindred-server knows/);
    const file = join(folder, 'kindred.sqlite');
    await expect(openStore(file)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(existsSync(file)).toBe(true);
  });

  it('flushes the disk at every commit, and clears what is deleted', async () => {
    const { openEngine } = await import('../../server/dist/store/sqlite/engine.js');
    expect(openEngine.toString()).toMatch(/synchronous = FULL/);
    expect(openEngine.toString()).toMatch(/secure_delete = ON/);
  });
});
