/** The browser build in headless Chromium: the same bits as in Node, and plain TypeScript where wasm is forbidden. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reference } from '../../../src/backend/reference/index.js';
import { type Case, runAll } from '../../backend/conformance/case.js';
import { lightCases } from '../../backend/conformance/cases.js';
import { checkout, describeUnless } from '../../fixtures/machine.js';
import { launchChromium, noChromium } from '../../fixtures/processes/chromium.js';
import { requireBuild } from '../../fixtures/processes/package-copy.js';
import type { PageReport } from './page.js';

/** The same share of the cases as page.ts has, which needs a page to be loaded. */
const someCases = lightCases.filter((_, n) => n % 8 === 0);

const PATIENCE = { timeout: 600_000 };
describeUnless(noChromium, 'in headless Chromium', () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    requireBuild();
    server = await serve(await bundle());
    browser = await launchChromium();
  }, PATIENCE.timeout);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function visit(path: string): Promise<PageReport> {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}${path}`);
    const report = await page.evaluate(inPage, path);
    await page.close();
    expect(problems).toEqual([]);
    return report;
  }

  it.each([
    ['/page', lightCases],
    ['/worker', someCases],
  ])('%s runs on wasm/relaxed-simd, and every level has the bits of Node', PATIENCE, async (path, cases) => {
    const expected = hashOf(cases);
    const { chosen, candidates, differing } = await visit(path);
    expect(chosen).toBe('wasm/relaxed-simd');
    expect(differing).toEqual([]);
    expect(candidates).toEqual(
      ['wasm/relaxed-simd', 'wasm/simd', 'wasm/scalar', 'plain/javascript'].map((label) => ({
        label,
        reason: '',
        hash: expected,
      })),
    );
  });

  it('falls to plain loops where the page forbids wasm, and says why', PATIENCE, async () => {
    const { chosen, candidates, differing } = await visit('/forbidden');
    expect(chosen).toBe('plain/javascript');
    expect(differing).toEqual([]);
    expect(candidates.map(({ label, hash }) => [label, hash])).toEqual([
      ['wasm/relaxed-simd', ''],
      ['wasm/simd', ''],
      ['wasm/scalar', ''],
      ['plain/javascript', hashOf(someCases)],
    ]);
    for (const { label, reason } of candidates)
      if (label.startsWith('wasm')) expect(reason).toMatch(/Content Security Policy|unsafe-eval/i);
  });
});

/** What the cases answer here, where the reference is the same code. */
function hashOf(cases: readonly Case[]): string {
  const results = runAll(cases, reference);
  return results[results.length - 1].hash;
}

/** Runs inside the page: the report of the page itself, or of a worker that loads the same script. */
function inPage(path: string): Promise<PageReport> {
  const page = globalThis as unknown as { report(): Promise<PageReport>; reportOnAll(): Promise<PageReport> };
  if (path !== '/worker') return path === '/page' ? page.reportOnAll() : page.report();
  return new Promise((resolve, reject) => {
    const worker = new Worker('/script.js', { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data as PageReport);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** As a bundler does it for browsers. An import of Node's would not resolve. */
async function bundle(): Promise<string> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(checkout, 'test/slow/browser/page.ts')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    logLevel: 'error',
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.filter((input) => input.includes('/native/') || input.includes('candidates.node'))).toEqual([]);
  expect(outputFiles[0].text).not.toMatch(/["']node:/);
  return outputFiles[0].text;
}

/** Three pages that differ only in their policy, and the script. */
function serve(script: string): Promise<Server> {
  const page =
    '<!doctype html><meta charset="utf-8"><title>kindred</title><script type="module" src="/script.js"></script>';
  const server = createServer(({ url }, response) => {
    const isScript = url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    const policy = url === '/forbidden' ? "script-src 'self'" : "script-src 'self' 'wasm-unsafe-eval'";
    response.setHeader('content-security-policy', policy);
    if (url === '/scalar.wasm') response.end(readFileSync(join(checkout, 'wasm/scalar.wasm')));
    else response.end(isScript ? script : url === '/favicon.ico' ? '' : page);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
