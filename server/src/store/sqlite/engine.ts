/** A database that takes batches of calls: all writes of a batch are one transaction, so that one flush serves many. */
import { existsSync } from 'node:fs';
import { Refusal, type RefusalCode } from '../../errors.js';
import type { Change, Reads } from '../contract.js';
import { FileWrites } from '../file-writes.js';
import { type Database, openDatabase } from './driver.js';
import { migrate } from './migrations.js';
import { readsOf } from './reads.js';
import { preparing } from './tables.js';
import { writersOf } from './writes.js';

export type Call =
  | { readonly write: Change }
  | { readonly read: keyof Reads; readonly args: readonly unknown[] }
  | { readonly backup: string };

export type Reply =
  | { readonly value: unknown }
  | { readonly error: { readonly code: RefusalCode; readonly message: string } };

export interface Engine {
  run(calls: readonly Call[]): Reply[];
  readonly reads: Reads;
  close(): void;
}

/** Opens a file and brings its tables up to date; `readOnly` leaves it as it is. */
export async function openEngine(path: string, readOnly = false): Promise<Engine> {
  const lock = readOnly ? undefined : await takeLock(path);
  const database = await openDatabase(path, { readOnly });
  database.exec('PRAGMA busy_timeout = 5000');
  if (!readOnly) {
    // FULL flushes the log at every commit; what is forgotten is overwritten with zeros.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
    migrate(database);
  }
  const prepare = preparing(database);
  const reads = readsOf(prepare);
  const write = writing(database, writersOf(prepare), reads);
  const close = () => {
    database.close();
    lock?.close();
  };
  return { run: (calls) => runBatch(database, calls, reads, write), reads, close };
}

/**
 * Holds a lock on a file beside the store, because what one process keeps in memory does not hear of what another
 * writes. The system takes the lock back however the process ends.
 */
async function takeLock(path: string): Promise<Database> {
  const lock = await openDatabase(`${path}.lock`);
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch {
    lock.close();
    throw new Refusal('CONFLICT', `The store ${path} is in use by another process.`);
  }
}

/** Whether a process holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  if (!existsSync(`${path}.lock`)) return false;
  try {
    (await takeLock(path)).close();
    return false;
  } catch {
    return true;
  }
}

type Write = (change: Change) => unknown;

function writing(database: Database, writers: ReturnType<typeof writersOf>, reads: Reads): Write {
  const keep = database.prepare('UPDATE sequence SET last = ?');
  const files = new FileWrites();
  return (change) => {
    files.check(change);
    let last = reads.latest();
    database.exec('SAVEPOINT change');
    try {
      const writer = writers[change.kind] as (change: Change, next: () => number) => unknown;
      const outcome = writer(change, () => ++last);
      keep.run(last);
      database.exec('RELEASE change');
      files.note(change, last);
      return outcome;
    } catch (error) {
      database.exec('ROLLBACK TO change; RELEASE change');
      throw error;
    }
  };
}

function runBatch(database: Database, calls: readonly Call[], reads: Reads, write: Write): Reply[] {
  const replies: Reply[] = [];
  const hasWrites = calls.some((call) => 'write' in call);
  try {
    if (hasWrites) database.exec('BEGIN IMMEDIATE');
    for (const call of calls) replies.push(replyTo(call, database, reads, write));
    if (hasWrites) database.exec('COMMIT');
  } catch (error) {
    rollBack(database);
    // Nothing of the batch was kept: nobody may hear otherwise.
    return calls.map(() => failureOf(error));
  }
  // What was deleted leaves the log as well.
  if (calls.some((call) => 'write' in call && /^(forget|delete-namespace)$/.test(call.write.kind))) {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
  return replies;
}

function replyTo(call: Call, database: Database, reads: Reads, write: Write): Reply {
  try {
    if ('write' in call) return { value: write(call.write) };
    if ('backup' in call) return { value: backUp(database, call.backup) };
    return { value: (reads[call.read] as (...args: readonly unknown[]) => unknown)(...call.args) };
  } catch (error) {
    return failureOf(error);
  }
}

function backUp(database: Database, path: string): void {
  database.prepare('VACUUM INTO ?').run(path);
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // It may have been rolled back by itself, as where the disk is full.
  }
}

function failureOf(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) return { error: { code: error.code, message } };
  return { error: { code: 'UNAVAILABLE', message: `The store cannot do this now: ${message}` } };
}
