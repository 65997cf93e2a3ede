/** Writes what a store holds into a folder, a file for each table. Keys of the API and files of models are not in it. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../errors.js';
import type { Store } from '../store/contract.js';
import { writeJsonLines } from './json-lines.js';
import { writeParquet } from './parquet.js';
import { type Plain, rowsOf, TABLES, type TableName } from './tables.js';

export type Format = 'jsonl' | 'parquet';

/** @returns how many rows each table has. @throws Refusal CONFLICT for a folder that is not empty */
export async function exportTo(store: Store, folder: string, format: Format): Promise<Record<TableName, number>> {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Refusal('CONFLICT', `The folder ${folder} is not empty.`);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const counts = {} as Record<TableName, number>;
  for (const table of TABLES) {
    const path = join(folder, `${table}.${format}`);
    const pages = everywhere(store, table);
    counts[table] = await (format === 'jsonl' ? writeJsonLines(path, pages) : writeParquet(path, table, pages));
  }
  return counts;
}

async function* everywhere(store: Store, table: TableName): AsyncGenerator<Plain[]> {
  for (const namespace of await store.namespaces()) yield* rowsOf(store, table, namespace);
}
