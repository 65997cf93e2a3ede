/** A store as one file with its digest beside it, as `sha256sum -c` reads it; and back. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { Refusal } from '../errors.js';
import type { Store } from '../store/contract.js';
import { isDatabase, openStore, STORE_FILE } from '../store/open.js';

/** @throws Refusal CONFLICT for a file that is there */
export async function backUp(store: Store, file: string): Promise<void> {
  for (const each of [file, digestFile(file)]) {
    if (existsSync(each)) throw new Refusal('CONFLICT', `The file ${each} is there already.`);
  }
  await store.backup(file);
  writeFileSync(digestFile(file), `${await digestOf(file)}  ${basename(file)}\n`, { mode: 0o600 });
}

/** @throws Refusal CONFLICT for a folder that is not empty, INVALID_REQUEST for a file that is not as it was written */
export async function restore(file: string, folder: string): Promise<void> {
  if (isDatabase(folder)) throw new Refusal('UNSUPPORTED', 'A database is restored by its own means: pg_restore.');
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Refusal('CONFLICT', `The folder ${folder} is not empty.`);
  }
  const wanted = readDigest(file);
  const found = await digestOf(file);
  if (found !== wanted) {
    throw new Refusal('INVALID_REQUEST', `${file} is not what was written: its digest is ${found}, and was ${wanted}.`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  copyFileSync(file, join(folder, STORE_FILE));
  // Opened once, so that a file that is no store is told now.
  const store = await openStore(folder);
  await store.latest();
  await store.close();
}

function digestFile(file: string): string {
  return `${file}.sha256`;
}

function readDigest(file: string): string {
  const path = digestFile(file);
  try {
    return readFileSync(path, 'utf8').split(/\s/)[0];
  } catch (error) {
    throw new Refusal('INVALID_REQUEST', `The digest ${path} cannot be read: ${(error as Error).message}`);
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return hash.digest('hex');
}
