/** Bundlers as they come, without a plugin: each builds a page that answers in Chromium, and one that builds for servers. */
import type { Server } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../../fixtures/machine.js';
import { launchChromium, noChromium, serveFolder } from '../../fixtures/processes/chromium.js';
import { mustRun, run } from '../../fixtures/processes/run.js';
import { AS_IT_COMES, digestOf, layPackage, obstacle, project, tool, write } from './installed.js';

const PAGE = (script: string) => `<!doctype html><title>bundled</title>${script}`;
const MODULE = '<script type="module" src="./page.js"></script>';
const FILES = {
  'page.js': `import { backendInfo } from 'kindred';
    import { answers } from './program.js';
    globalThis.answered = answers().then((digest) => backendInfo().name + ' ' + digest);`,
  // Everything there is, so that nothing of it breaks a build.
  'all.js': `export * from 'kindred'; export * as client from 'kindred/client'; export * as words from 'kindred/embeddings';
    export * as io from 'kindred/io'; export * as models from 'kindred/recommend'; export * as wasm from 'kindred/wasm';`,
  'index.html': PAGE(MODULE),
  'webpack.mjs': `import webpack from 'webpack';
    const shared = { mode: 'production', entry: './page.js', optimization: { minimize: false }, performance: false };
    const library = { entry: './all.js', experiments: { outputModule: true } };
    webpack([
      { ...shared, target: 'web', output: { path: process.cwd() + '/out/webpack', filename: 'page.js' } },
      { ...shared, ...library, target: 'web', output: { path: process.cwd() + '/out/all', library: { type: 'module' } } },
      { ...shared, entry: './main.js', target: 'node', output: { path: process.cwd() + '/out', filename: 'webpack.cjs' } },
    ], (error, stats) => {
      if (error) throw error;
      console.log(stats.toString({ all: false, errors: true, warnings: true }));
    });`,
  'rollup.mjs': `import resolve from '@rollup/plugin-node-resolve';
    import { rollup } from 'rollup';
    const onwarn = ({ message }) => console.log(message);
    for (const input of ['page.js', 'all.js']) {
      const bundle = await rollup({ input, onwarn, plugins: [resolve({ browser: true })] });
      await bundle.write({ dir: 'out/rollup', format: 'es' });
    }
    const bundle = await rollup({ input: 'main.js', onwarn, external: /^kindred/ });
    await bundle.write({ file: 'out/rollup.mjs', format: 'es' });`,
  'out/webpack/index.html': PAGE('<script defer src="page.js"></script>'),
  'out/rollup/index.html': PAGE(MODULE),
  'out/esbuild/index.html': PAGE(MODULE),
};

/** Without a bundler: the map of the guide, with the package where `root` has it. */
const imported = (root: string) => {
  const at = (name: string) => `"kindred${name}": "${root}/dist/web${name}/index.js"`;
  const map = `{ "imports": { ${['', '/recommend', '/wasm'].map(at).join(', ')} } }`;
  return PAGE(`<script type="importmap">${map}</script><script type="module" src="/page.js"></script>`);
};

describeUnless(obstacle ?? noChromium, 'bundlers', () => {
  const folder = obstacle === undefined ? project() : '';
  let expected: string;
  let browser: Browser;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    write(folder, FILES);
    layPackage(join(folder, 'npm/kindred@0.1.0'));
    expected = await digestOf(folder);
    browser = await launchChromium();
    ({ server, url } = await serveFolder(folder));
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const node = (...args: string[]) => mustRun(process.execPath, args, { cwd: folder, env: AS_IT_COMES });

  async function answered(path: string): Promise<{ said: string; requests: number }> {
    const page = await browser.newPage();
    let requests = 0;
    page.on('request', () => requests++);
    await page.goto(`${url}/${path}`);
    const said = await page.evaluate(() => (globalThis as unknown as { answered: Promise<string> }).answered);
    await page.close();
    return { said, requests };
  }

  it('Vite', async () => {
    await node(tool('vite/bin/vite.js'), 'build', '--logLevel', 'warn', '--base', './', '--outDir', 'out/vite');
    expect((await answered('out/vite/index.html')).said).toBe(`wasm ${expected}`);
  });

  it('webpack, for pages and for servers, without a warning', async () => {
    expect((await node('webpack.mjs')).trim()).toBe('');
    expect((await answered('out/webpack/index.html')).said).toBe(`wasm ${expected}`);
    // The bundle lies below a node_modules that has the addon.
    expect((await node('out/webpack.cjs')).trim()).toBe(`native ${expected}`);
  });

  it('esbuild', async () => {
    const entryPoints = [join(folder, 'page.js'), join(folder, 'all.js')];
    const outdir = join(folder, 'out/esbuild');
    const { warnings } = await build({ entryPoints, outdir, bundle: true, format: 'esm', logLevel: 'silent' });
    expect(warnings).toEqual([]);
    expect((await answered('out/esbuild/index.html')).said).toBe(`wasm ${expected}`);
  });

  it('Rollup, for pages and for servers, without a warning', async () => {
    expect(await node('rollup.mjs')).toBe('');
    expect((await answered('out/rollup/index.html')).said).toBe(`wasm ${expected}`);
    expect((await node('out/rollup.mjs')).trim()).toBe(`native ${expected}`);
  });

  it('Parcel', async () => {
    const options = [
      '--dist-dir',
      'out/parcel',
      '--public-url',
      './',
      '--no-cache',
      '--no-optimize',
      '--no-source-maps',
    ];
    const built = await run(process.execPath, [tool('parcel/lib/bin.js'), 'build', 'index.html', ...options], {
      cwd: folder,
      env: AS_IT_COMES,
    });
    expect(built).toMatchObject({ code: 0, stderr: '' });
    expect((await answered('out/parcel/index.html')).said).toBe(`wasm ${expected}`);
  });

  it.each([
    ['node_modules', '/node_modules/kindred'],
    ['a content delivery network', '/npm/kindred@0.1.0'],
  ])('no bundler but an import map, from %s, in a few requests', async (_, root) => {
    write(folder, { 'mapped.html': imported(root) });
    const { said, requests } = await answered('mapped.html');
    expect(said).toBe(`wasm ${expected}`);
    expect(requests).toBeLessThan(25);
  });
});
