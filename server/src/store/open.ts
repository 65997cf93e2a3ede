/** Opens the store of a folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../errors.js';
import type { Store } from './contract.js';
import { openSqliteStore } from './sqlite/store.js';

export const STORE_FILE = 'kindred.sqlite';

/** The store in a folder, which is made where there is none. Only its owner can read it. @throws Refusal UNAVAILABLE */
export async function openStore(folder: string): Promise<Store> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Refusal('UNAVAILABLE', `The folder ${folder} cannot be made: ${(error as Error).message}`);
  }
  return openSqliteStore(join(folder, STORE_FILE));
}
