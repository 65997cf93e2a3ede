/** The package as npm lays it, beside the tools that it is tried with, and what it is to answer there. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { platformName } from '../../../src/backend/native/platform.js';
import { addon, checkout, noAddon } from '../../fixtures/machine.js';
import { copyPackage } from '../../fixtures/processes/package-copy.js';
import { mustRun } from '../../fixtures/processes/run.js';

const here = join(checkout, 'test/slow/runtimes');

/** A file of an installed tool. */
export const tool = (name: string) => join(here, 'tools/node_modules', name);

export const obstacle = existsSync(tool('next/package.json'))
  ? noAddon()
  : 'npm ci --prefix test/slow/runtimes/tools was not run';

/** Prints the backend and the digest. */
export const PROGRAM = `import { backendInfo } from 'kindred';
import { answers } from './program.js';
answers().then((digest) => console.log(backendInfo().name + ' ' + digest));
`;

/** What nobody set: the tools and the package as they come. */
export const AS_IT_COMES = {
  KINDRED_BACKEND: undefined,
  KINDRED_QUIET: '1',
  NODE_OPTIONS: undefined,
  NODE_ENV: undefined,
};

/** A project with the package in it, below the tools: what it imports besides is found there. Removed in the end. */
export function project(): string {
  const tried = join(here, 'tools/tried');
  mkdirSync(tried, { recursive: true });
  const folder = mkdtempSync(join(tried, 'project-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  layPackage(join(folder, 'node_modules/kindred'));
  cpSync(join(here, 'program.js'), join(folder, 'program.js'));
  write(folder, { 'package.json': '{ "type": "module" }', 'main.js': PROGRAM });
  return folder;
}

/** What the tarball holds. */
export function layPackage(folder: string): void {
  copyPackage(folder, '');
  for (const name of ['client', 'embeddings', 'io', 'recommend', 'wasm']) {
    cpSync(join(checkout, name), join(folder, name), { recursive: true });
  }
  cpSync(addon, join(folder, 'prebuilds', platformName(), 'kindred.node'));
}

export function write(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** What this Node answers: everything else is to answer the same. */
export async function digestOf(folder: string): Promise<string> {
  const said = await mustRun(process.execPath, ['main.js'], { cwd: folder, env: AS_IT_COMES });
  expect(said).toMatch(/^native [0-9a-f]{6,8}\n$/);
  return said.trim().split(' ')[1];
}
