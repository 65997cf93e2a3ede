/**
 * SQLite as Node has it from 22.13 on; before, a package with the same names and prebuilt binaries. The package binds
 * numbers between 0 and 2^-52 as 0, and both end a text at U+0000: the schemas let neither in.
 */
import { Refusal } from '../../errors.js';

export interface Statement {
  run(...values: unknown[]): { changes: number | bigint };
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

type Driver = { readonly DatabaseSync: new (path: string, options?: { readOnly?: boolean }) => Database };

/** @throws Refusal UNAVAILABLE if neither is there */
export async function openDatabase(path: string, options: { readOnly?: boolean } = {}): Promise<Database> {
  const { DatabaseSync } = await loadDriver();
  return new DatabaseSync(path, options);
}

async function loadDriver(): Promise<Driver> {
  // Named by variables: the compiler's types are those of the oldest Node, which has no node:sqlite.
  const [own, packaged] = ['node:sqlite', '@photostructure/sqlite'];
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return (await import(own)) as Driver;
  try {
    return (await import(packaged)) as Driver;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `Node ${process.versions.node} has no SQLite, and the package ${packaged} cannot be loaded (${why}). Use Node 22.13 or newer, or: npm install ${packaged}@1`;
    throw new Refusal('UNAVAILABLE', message);
  }
}
