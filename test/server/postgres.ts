/** A PostgreSQL of its own, in a temporary folder and reached through a socket there, which a test can stop and start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findProgram } from '../fixtures/machine.js';

const DEBIAN = '/usr/lib/postgresql';

function binaries(): string | undefined {
  const onPath = findProgram('initdb');
  if (onPath) return join(onPath, '..');
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(DEBIAN, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')));
}

/** What stands in the way of a database here. */
export function noPostgres(): string | undefined {
  return binaries() ? undefined : 'initdb not found: apt-get install postgresql';
}

/** PostgreSQL refuses to run as root: then the user that Debian's package makes runs it. */
function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

export interface Postgres {
  readonly folder: string;
  /** The address of a new, empty schema. */
  newSchema(): Promise<string>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Ends it as a crash does (SIGQUIT), or cleanly (SIGINT). */
  stop(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  /** Ends it and takes its folder away. */
  remove(): Promise<void>;
}

/** @param durable flushes the disk at commits; without, it is quicker. */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const bin = binaries() as string;
  const user = owner();
  const folder = mkdtempSync(join(tmpdir(), 'kindred-pg-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid as number);
  const data = join(folder, 'data');
  const initdb = spawn(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'kindred', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const [code] = await once(initdb, 'exit');
  if (code !== 0) throw new Error(`initdb ended with ${code}`);
  const url = `postgres://kindred@localhost/postgres?host=${encodeURIComponent(folder)}`;
  let server: ChildProcess | undefined;
  const query = async (sql: string) => {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(sql)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  };
  const start = async () => {
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${folder}`,
      'shared_buffers=16MB',
      'max_connections=100',
    ];
    if (!durable) settings.push('fsync=off', 'full_page_writes=off');
    const args = settings.flatMap((setting) => ['-c', setting]);
    server = spawn(join(bin, 'postgres'), ['-D', data, ...args], { ...user, cwd: folder, stdio: 'ignore' });
    for (let tries = 0; ; tries++) {
      try {
        await query('SELECT 1');
        return;
      } catch (error) {
        if (tries > 400) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  };
  const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
    server = undefined;
  };
  await start();
  return {
    folder,
    query,
    start,
    stop,
    newSchema: async () => {
      const schema = `s_${randomBytes(6).toString('hex')}`;
      await query(`CREATE SCHEMA ${schema}`);
      return `${url}&options=${encodeURIComponent(`-c search_path=${schema}`)}`;
    },
    remove: async () => {
      await stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
