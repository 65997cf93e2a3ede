/** Opens the store of a folder, or of a PostgreSQL database. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../errors.js';
import type { AsyncReads, Reads, Store } from './contract.js';

export const STORE_FILE = 'kindred.sqlite';

/** Whether a location names a database, not a folder. */
export function isDatabase(location: string): boolean {
  return /^postgres(ql)?:\/\//.test(location);
}

/**
 * The store at a location: a folder, which is made where there is none and only its owner can read, or the address of a
 * PostgreSQL database (`postgres://…`), which several processes can share. @throws Refusal UNAVAILABLE
 */
export async function openStore(location: string): Promise<Store> {
  if (isDatabase(location)) return (await import('./postgres/store.js')).openPostgresStore(location);
  try {
    mkdirSync(location, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Refusal('UNAVAILABLE', `The folder ${location} cannot be made: ${(error as Error).message}`);
  }
  return (await import('./sqlite/store.js')).openSqliteStore(join(location, STORE_FILE));
}

/** Lets `work` read what one moment left of the store at `Store.location`, from any thread. */
export async function readStore<T>(location: string, work: (reads: AsyncReads) => Promise<T>): Promise<T> {
  if (isDatabase(location)) return (await import('./postgres/store.js')).readPostgresStore(location, work);
  const { openEngine } = await import('./sqlite/engine.js');
  const { reads, close } = await openEngine(location, true);
  try {
    const later = Object.entries(reads as Reads & Record<string, (...args: never[]) => unknown>).map(
      ([name, read]) => [name, async (...args: never[]) => read(...args)] as const,
    );
    return await work(Object.fromEntries(later) as unknown as AsyncReads);
  } finally {
    close();
  }
}
