/** Connections to PostgreSQL, and what its failures come to. */
import pg from 'pg';
import { Refusal } from '../../errors.js';
import type { Query } from './reads.js';

/** Milliseconds for a connection to be made. */
const CONNECT_MS = 3000;
/** Milliseconds for an answer: a database that was cut off gives none. */
const ANSWER_MS = 30_000;
const READERS_MAX = 6;

const INT8 = 20;
/** Numbers of 8 bytes as numbers: sequence numbers and times are far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((type: number, format?: 'text' | 'binary') =>
    type === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(type, format)) as never,
};

function configOf(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: 'kindred-server',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  };
}

/** Connections for reads, made as they are needed. */
export function openReaders(url: string): pg.Pool {
  const pool = new pg.Pool({ ...configOf(url), max: READERS_MAX, idleTimeoutMillis: 30_000 });
  // One that breaks while it is idle is replaced by the next use.
  pool.on('error', () => {});
  return pool;
}

/**
 * A connection for writes: what it commits is on the disk before it is told, and what it holds is let go by the database
 * if this process falls silent.
 */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(configOf(url));
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(`
      SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
      SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '20s'`);
    return client;
  } catch (error) {
    discard(client);
    throw refusalOf(error);
  }
}

/** Ends a connection that may be broken, without waiting for it. */
export function discard(client: pg.Client): void {
  client.end().catch(() => {});
  (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream?.destroy();
}

/** What was wrong with the values of a statement; all else is a failure of the database. */
export function isOfValues(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '');
}

/** Never the address, which may hold a password. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { message, code } = error as Error & { code?: string };
  return new Refusal('UNAVAILABLE', `The database cannot do this now: ${message || code || 'no connection'}`);
}

/** Lets `work` read what one moment left. */
export async function inMoment<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const value = await work();
  await client.query('COMMIT');
  return value;
}

export function queryOf(client: pg.ClientBase): Query {
  return async (sql, values) => (await client.query(sql, values)).rows as never[];
}
