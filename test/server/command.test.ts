/** The command as an operator uses it: processes that start, are killed, drained, configured. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkout } from '../fixtures/machine.js';
import { run } from '../fixtures/processes/run.js';
import { newFolder } from './serving.js';

const MAIN = join(checkout, 'server/dist/main.js');
/** The slow tier kills more often. */
const KILLS = process.env.KINDRED_SLOW === '1' ? 20 : 2;
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

interface Server {
  readonly child: ChildProcess;
  readonly address: string;
  readonly greeting: string;
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: never }>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

async function start(folder: string, ...args: string[]): Promise<Server> {
  const child = spawn(process.execPath, [MAIN, '--folder', folder, '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const [data] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number];
  const greeting = String(data);
  const address = /http:\/\/\S+?:\d+/.exec(greeting)?.[0] ?? '';
  return {
    child,
    address,
    greeting,
    ask: async (method, path, body, headers = {}) => {
      const answer = await fetch(`${address}${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      } as RequestInit);
      return { status: answer.status, body: (await answer.json()) as never };
    },
    end: async (signal) => {
      const exit = once(child, 'exit');
      child.kill(signal);
      return (await exit)[0];
    },
  };
}

const kindredServer = (...args: string[]) => run(process.execPath, [MAIN, ...args], { cwd: newFolder() });

it('serves the examples without an argument, and the first curl it prints works', async () => {
  const folder = newFolder();
  const server = await start(folder);
  expect(server.greeting).toContain(folder);
  const [, curl] = /^ {2}curl (.*)$/m.exec(server.greeting) ?? [];
  const pasted = await run('bash', ['-c', `curl ${curl}`]);
  expect(JSON.parse(pasted.stdout).items.length).toBe(3);
  const { status, body } = await server.ask('POST', '/v1/indexes/documents/search', {
    id: 'local-btp-fiori-tools-0-chunk-0',
    k: 2,
  });
  expect([status, (body as { hits: [] }).hits.length]).toEqual([200, 2]);
  expect(await server.end('SIGTERM')).toBe(0);
  const again = await start(folder);
  expect(again.greeting).not.toContain('now holds the examples');
  expect(await again.end('SIGINT')).toBe(0);
});

it('killed in mid-load, it has lost nothing that it acknowledged, and counts nothing twice', async () => {
  const folder = newFolder();
  let acknowledged = 0;
  const taken = new Set<string>();
  for (let round = 0; round < KILLS; round++) {
    const server = await start(folder, '--no-examples');
    if (round === 0) await server.ask('PUT', '/v1/models/m', { kind: 'item-knn' });
    let isOver = false;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; !isOver; n++) {
        const key = `${round}-${writer}-${n}`;
        // Sent twice, as a client does that does not know whether it was heard.
        const send = () =>
          server.ask('POST', '/v1/events', { user: `u${n % 5}`, item: `i${n % 9}`, key, recommId: key });
        try {
          if ((await send()).status === 200) taken.add(key);
          await send();
          acknowledged++;
        } catch {
          return;
        }
      }
    });
    let areAtWork = true;
    void Promise.all(writers).then(() => {
      areAtWork = false;
    });
    const enough = acknowledged + 60;
    while (acknowledged < enough && areAtWork) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(areAtWork).toBe(true);
    await server.end('SIGKILL');
    isOver = true;
    await Promise.all(writers);
  }
  const server = await start(folder, '--no-examples');
  const seen: string[] = [];
  for (let user = 0; user < 5; user++) {
    for (let after = 0; ; ) {
      const { body } = await server.ask('GET', `/v1/users/u${user}/events?limit=1000&after=${after}`);
      const { events } = body as { events: { seq: number; recommId: string }[] };
      seen.push(...events.map(({ recommId }) => recommId));
      if (events.length < 1000) break;
      after = events[999].seq;
    }
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect([...taken].filter((key) => !seen.includes(key))).toEqual([]);
  await server.end('SIGTERM');
});

it('asked to end, it answers what is under way and takes nothing more', async () => {
  const folder = newFolder();
  const server = await start(folder, '--no-examples');
  const { hostname, port } = new URL(server.address);
  const socket = connect(Number(port), hostname);
  const body = JSON.stringify({ user: 'slow', item: 'x' });
  socket.write(
    `POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body.slice(0, 5)}`,
  );
  await server.ask('GET', '/healthz');
  const ended = server.end('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expect(fetch(`${server.address}/healthz`)).rejects.toThrow();
  socket.write(body.slice(5));
  let answer = '';
  for await (const piece of socket) answer += piece;
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
  expect(await ended).toBe(0);
  const again = await start(folder, '--no-examples');
  expect((await again.ask('GET', '/v1/users/slow')).body).toMatchObject({ events: 1 });
});

describe('is not started carelessly', () => {
  it('on an address that others reach, without a key', async () => {
    const folder = newFolder();
    const refused = await kindredServer('--folder', folder, '--host', '0.0.0.0', '--port', '0');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/0\.0\.0\.0 can be reached by others.*kindred-server keys make/),
    });
    const key = (await kindredServer('keys', 'make', '--folder', folder)).stdout.trim();
    const server = await start(folder, '--host', '0.0.0.0', '--no-examples');
    expect((await fetch(`${server.address}/v1/items`)).status).toBe(401);
    expect((await fetch(`${server.address}/v1/items`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(
      200,
    );
    const busy = await kindredServer('keys', 'list', '--folder', folder);
    expect(busy).toMatchObject({ code: 2, stderr: expect.stringMatching(/in use by another process/) });
  });

  it.each([
    ['{\n  "port": "x"\n}', /config\.json:2: port: Invalid input: expected number, received string/],
    ['{\n  "port": 1,\n  "models": {\n    "m": { "kind": "svd" }\n  }\n}', /config\.json:4: models\.m\.kind: /],
    ['{\n  "port": 1,\n}', /config\.json:3: /],
    ['{\n  "port": 1', /config\.json:2: /],
    ['{ "colour": 1 }', /config\.json:1: Unrecognized key: "colour"/],
  ])('with the configuration %j', async (text, message) => {
    const file = join(newFolder(), 'config.json');
    writeFileSync(file, text);
    const { code, stderr } = await kindredServer('--config', file);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('with a module whose grammar is wrong', async () => {
    const file = join(newFolder(), 'kindred.config.mjs');
    writeFileSync(file, 'const a = 1;\n\nexport default {\n  port: [;\n};\n');
    const { code, stderr } = await kindredServer('--config', file);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/kindred\.config\.mjs:4: Unexpected token/)]);
  });

  it.each([
    [['--port', 'x'], /must be a whole number/],
    [['--colour'], /unknown option '--colour'/],
    [['keys', 'make', '--scope', 'all'], /scopes: Invalid option/],
    [['--config', 'nowhere.json'], /nowhere\.json cannot be read/],
  ])('with %j', async (args, message) => {
    expect(await kindredServer(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  });
});

it('makes what the configuration names', async () => {
  const file = join(newFolder(), 'kindred.config.js');
  const folder = newFolder();
  const config = {
    models: { m: { kind: 'popularity' } },
    scenarios: { s: { model: 'm' } },
    indexes: { i: { dim: 4 } },
  };
  writeFileSync(file, `module.exports = ${JSON.stringify(config)};\n`);
  const server = await start(folder, '--no-examples', '--config', file);
  const { body } = await server.ask('POST', '/v1/scenarios/s/recommend', { user: 'x' });
  expect(body).toMatchObject({ model: 'm', items: [] });
  expect((await server.ask('GET', '/v1/indexes/i')).body).toMatchObject({ dim: 4 });
});

it('on SIGHUP reads the configuration again, and on a second SIGTERM ends at once', async () => {
  const [file, folder] = [join(newFolder(), 'kindred.config.json'), newFolder()];
  const write = (config: object) => writeFileSync(file, JSON.stringify(config));
  const models = { m: { kind: 'popularity' } };
  write({ models });
  const server = await start(folder, '--no-examples', '--config', file);
  const until = async (test: () => Promise<boolean>) => {
    while (!(await test())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const isThere = async () => (await server.ask('GET', '/v1/scenarios/s')).status === 200;
  write({ models, scenarios: { s: { model: 'm' } }, log: 'loud' });
  server.child.kill('SIGHUP');
  expect((await server.ask('POST', '/v1/configuration/reload')).status).toBe(400);
  expect(await isThere()).toBe(false);
  write({ models, scenarios: { s: { model: 'm' } } });
  server.child.kill('SIGHUP');
  await until(isThere);
  // Whoever never sends the rest holds up an end of which one may be tired.
  const { hostname, port } = new URL(server.address);
  const socket = connect(Number(port), hostname).on('error', () => {});
  socket.write('POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{');
  await server.ask('GET', '/healthz');
  const ended = server.end('SIGTERM');
  await until(() =>
    fetch(`${server.address}/healthz`).then(
      () => false,
      () => true,
    ),
  );
  server.child.kill('SIGTERM');
  expect(await ended).toBe(1);
});

it('is backed up and restored by one command each', async () => {
  const folder = newFolder();
  const server = await start(folder, '--no-examples');
  await server.ask('POST', '/v1/events', { user: 'ann', item: 'x' });
  await server.end('SIGTERM');
  const file = join(newFolder(), 'copy.sqlite');
  expect((await kindredServer('backup', file, '--folder', folder)).code).toBe(0);
  const other = join(newFolder(), 'restored');
  expect((await kindredServer('restore', file, '--folder', other)).code).toBe(0);
  expect(existsSync(other)).toBe(true);
  const refused = await kindredServer('restore', file, '--folder', other);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/restored is not empty/) });
  const full = newFolder();
  writeFileSync(join(full, 'note.txt'), 'mine');
  expect((await kindredServer('restore', file, '--folder', full)).stderr).toMatch(/is not empty/);
  const bytes = readFileSync(file);
  expect((await kindredServer('backup', file, '--folder', folder)).stderr).toMatch(/is there already/);
  bytes[bytes.length - 1] ^= 1;
  const spoilt = join(newFolder(), 'spoilt.sqlite');
  writeFileSync(spoilt, bytes);
  const nowhere = join(newFolder(), 'never');
  expect((await kindredServer('restore', spoilt, '--folder', nowhere)).stderr).toMatch(/\.sha256 cannot be read/);
  copyFileSync(`${file}.sha256`, `${spoilt}.sha256`);
  expect((await kindredServer('restore', spoilt, '--folder', nowhere)).stderr).toMatch(/not what was written/);
  expect(existsSync(nowhere)).toBe(false);
  const restored = await start(other, '--no-examples');
  expect((await restored.ask('GET', '/v1/users/ann')).body).toMatchObject({ events: 1 });
});
