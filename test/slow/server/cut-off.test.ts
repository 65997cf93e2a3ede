/** PostgreSQL stopped, killed and cut off in mid-load, and servers killed: nothing that was acknowledged is lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore } from '../../../server/dist/index.js';
import { checkout, describeUnless } from '../../fixtures/machine.js';
import { noPostgres, type Postgres, startPostgres } from '../../server/postgres.js';

const MAIN = join(checkout, 'server/dist/main.js');
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Passes bytes on to a socket of the system, until it is told to swallow or to cut them. */
async function openPassage(to: string) {
  const sockets = new Set<Socket>();
  let swallows = false;
  const server = createServer((near) => {
    const far = connect(to);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (bytes) => swallows || into.destroyed || into.write(bytes));
      from.on('close', () => {
        sockets.delete(from);
        into.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    swallow: (yes: boolean) => {
      swallows = yes;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describeUnless(noPostgres(), 'servers on a database that fails', () => {
  let postgres: Postgres;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    postgres = await startPostgres({ durable: true });
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await postgres?.remove();
  });

  async function startServer(database: string) {
    const env = { ...process.env, DATABASE_URL: database, KINDRED_FOLDER: undefined };
    const child = spawn(process.execPath, [MAIN, '--port', '0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    const [greeting] = await once(child.stdout, 'data');
    const address = /http:\/\/\S+?:\d+/.exec(String(greeting))?.[0] ?? '';
    const ask = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`${address}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(60_000),
      });
      return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: await answer.json() };
    };
    return { child, ask };
  }

  it('loses nothing that was acknowledged, counts nothing twice, and goes on by itself', async () => {
    const direct = await postgres.newSchema();
    const passage = await openPassage(join(postgres.folder, '.s.PGSQL.5432'));
    const url = new URL(direct);
    const database = `postgres://kindred@127.0.0.1:${passage.port}/postgres?options=${encodeURIComponent(url.searchParams.get('options') ?? '')}`;
    const servers = await Promise.all([startServer(database), startServer(database)]);
    await servers[0].ask('PUT', '/v1/models/m', { kind: 'item-knn' });

    const acknowledged = new Set<string>();
    const refusals = new Set<string>();
    let loading = true;
    const load = async (n: number) => {
      for (let k = 0; loading; k++) {
        const key = `${n}-${k}`;
        const event = { user: `u${n}`, item: `i${k % 50}`, key };
        // Sent again under its key until it is acknowledged.
        for (let done = false; loading && !done; ) {
          const answer = await servers[n % 2].ask('POST', '/v1/events', event).catch(() => undefined);
          done = answer !== undefined && answer.status < 300;
          if (done) acknowledged.add(key);
          else {
            if (answer) refusals.add(`${answer.status} ${answer.body.code} ${answer.retryAfter}`);
            await pause(20);
          }
        }
      }
    };
    const loads = Array.from({ length: 8 }, (_, n) => load(n));
    const grows = async () => {
      const before = acknowledged.size;
      for (let tries = 0; acknowledged.size < before + 50; tries++) {
        if (tries > 1500) throw new Error('it does not go on');
        await pause(20);
      }
    };
    for (let round = 0; round < 3; round++) {
      await grows();
      passage.cut();
      await grows();
      await postgres.stop(round === 1 ? 'SIGINT' : 'SIGQUIT');
      await pause(300);
      expect((await servers[0].ask('GET', '/readyz')).status).toBe(503);
      await postgres.start();
      await grows();
    }
    // A server that is killed takes nothing with it either.
    servers[1].child.kill('SIGKILL');
    servers[1] = await startServer(database);
    await grows();
    loading = false;
    await Promise.all(loads);
    expect([...refusals]).toEqual(['503 UNAVAILABLE 1']);

    const { asOf } = (await servers[0].ask('GET', '/readyz')).body;
    for (const each of servers) {
      const model = await each.ask('GET', '/readyz');
      expect(model).toMatchObject({ status: 200, body: { asOf } });
    }
    const store = await openStore(direct);
    const rows = await postgres.query(
      `SELECT key FROM ${/s_[0-9a-f]+/.exec(direct)?.[0]}.events WHERE key IS NOT NULL`,
    );
    const keys = rows.map(({ key }) => key as string);
    expect(new Set(keys).size).toBe(keys.length);
    const kept = new Set(keys);
    expect([...acknowledged].filter((key) => !kept.has(key))).toEqual([]);
    await store.close();
    passage.close();
  });

  it('a database that falls silent is given up, and asked again', async () => {
    const direct = await postgres.newSchema();
    const passage = await openPassage(join(postgres.folder, '.s.PGSQL.5432'));
    const options = encodeURIComponent(new URL(direct).searchParams.get('options') ?? '');
    const server = await startServer(`postgres://kindred@127.0.0.1:${passage.port}/postgres?options=${options}`);
    await server.ask('POST', '/v1/events', { user: 'a', item: 'x' });
    passage.swallow(true);
    expect((await server.ask('POST', '/v1/events', { user: 'a', item: 'y' })).status).toBe(503);
    passage.swallow(false);
    passage.cut();
    expect((await server.ask('POST', '/v1/events', { user: 'a', item: 'z' })).status).toBe(200);
    server.child.kill('SIGTERM');
    expect((await once(server.child, 'exit'))[0]).toBe(0);
    passage.close();
  });
});
