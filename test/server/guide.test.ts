/** What docs/guide/server.md shows works as pasted, on a server of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkout } from '../fixtures/machine.js';
import { mustRun, run } from '../fixtures/processes/run.js';
import { blocksOf } from '../house/documents.js';
import { newFolder } from './serving.js';

const PAGE = 'docs/guide/server.md';
const blocks = blocksOf(PAGE);
// Below the checkout, so that programs find the packages.
mkdirSync(join(checkout, 'build'), { recursive: true });
const folder = mkdtempSync(join(checkout, 'build/guide-'));
let address: string;

const args = ['server/dist/main.js', '--folder', newFolder(), '--port', '0', '--no-examples'];
const server = spawn(process.execPath, args, { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] });
beforeAll(async () => {
  const [greeting] = await once(server.stdout, 'data');
  address = /127\.0\.0\.1:\d+/.exec(String(greeting))?.[0] ?? '';
});
afterAll(async () => {
  server.kill('SIGTERM');
  expect((await once(server, 'exit'))[0]).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

it('requests, in order, and the answer that is shown', async () => {
  const shell = blocks.filter(({ language, code }) => language === 'sh' && code.startsWith('curl'));
  expect(shell.length).toBe(7);
  let last = '';
  for (const [n, { code }] of shell.entries()) {
    const { code: exit, stdout, stderr } = await run('bash', ['-ec', code.replaceAll('localhost:7878', address)]);
    expect([exit, stdout, stderr]).toEqual([0, stdout, '']);
    if (n === 0) last = stdout.slice(stdout.lastIndexOf('{"asOf"'));
    if (n === 0) await program(0);
  }
  const shown = JSON.parse(blocks.find(({ language }) => language === 'json')?.code ?? '');
  const answer = JSON.parse(last);
  expect(answer).toEqual({ ...shown, asOf: expect.any(Number), recommId: expect.stringMatching(/^front-page\./) });
});

it('the app that is mounted', () => program(1));

/** Runs a program of the page, which must print what its comments say. */
async function program(n: number): Promise<void> {
  const { code } = blocks.filter(({ language }) => language === 'ts')[n];
  const file = join(folder, `program-${n}.mjs`);
  writeFileSync(file, code.replaceAll('localhost:7878', address).replaceAll("'my-store'", JSON.stringify(newFolder())));
  const expected = [...code.matchAll(/^console\.log.*\/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join('');
  expect(await mustRun(process.execPath, [file], { cwd: folder })).toBe(expected);
}
