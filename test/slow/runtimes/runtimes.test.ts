/** The package as it is installed, in other runtimes: each gives Node's bits, on the backend that it can have. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { platformName } from '../../../src/backend/native/platform.js';
import { addon, checkout, describeUnless, noAddon } from '../../fixtures/machine.js';
import { copyPackage, temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { mustRun } from '../../fixtures/processes/run.js';

const here = join(checkout, 'test/slow/runtimes');
const tool = (name: string) => join(here, 'tools/node_modules', name);
const obstacle = existsSync(tool('.bin/workerd')) ? undefined : `npm ci --prefix test/slow/runtimes/tools was not run`;
const PROGRAM = `import { backendInfo } from 'kindred';
import { answers } from './program.js';
answers().then((digest) => console.log(backendInfo().name + ' ' + digest));
`;

/** Its program lies in the platform's package, until a script of the package that names it has moved it. */
function bun(): string {
  const unmoved = '@oven/bun-linux-x64/bin/bun';
  return existsSync(tool(unmoved)) ? unmoved : '.bin/bun';
}

describeUnless(obstacle ?? noAddon(), 'in other runtimes', () => {
  const folder = temporaryFolder();
  const kindred = join(folder, 'node_modules/kindred');
  let expected: string;

  const said = async (program: string, ...args: string[]) => {
    const env = { KINDRED_BACKEND: undefined, KINDRED_QUIET: '1', NODE_OPTIONS: undefined };
    return (await mustRun(program, args, { cwd: folder, env })).trim();
  };

  beforeAll(async () => {
    copyPackage(kindred, '');
    for (const name of ['recommend', 'wasm']) cpSync(join(checkout, name), join(kindred, name), { recursive: true });
    cpSync(addon, join(kindred, 'prebuilds', platformName(), 'kindred.node'));
    cpSync(join(here, 'program.js'), join(folder, 'program.js'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'main.js'), PROGRAM);
    expected = (await said(process.execPath, 'main.js')).split(' ')[1];
    expect(expected).toMatch(/^[0-9a-f]{6,8}$/);
  });

  it.each([
    ['Node 22', 'native', 'node22/bin/node', ['main.js']],
    ['Node 24', 'native', 'node24/bin/node', ['main.js']],
    ['Node 24 without addons', 'wasm', 'node24/bin/node', ['--no-addons', 'main.js']],
    ['Node 24 with permissions', 'wasm', 'node24/bin/node', ['--permission', '--allow-fs-read=*', 'main.js']],
    ['Bun', 'native', bun(), ['main.js']],
    ['Deno with everything', 'native', '.bin/deno', ['run', '-A', 'main.js']],
    ['Deno with nothing', 'wasm', '.bin/deno', ['run', '--no-prompt', 'main.js']],
  ])('%s runs on %s', async (_, backend, program, args) => {
    expect(await said(tool(program), ...args)).toBe(`${backend} ${expected}`);
  });

  it('an edge runtime runs on WebAssembly', async () => {
    const script = join(folder, 'edge.js');
    const source = PROGRAM.replace('answers()', 'globalThis.done = answers()').replace('console.log', '');
    await bundle(source, script, 'iife', ['edge-light']);
    const program = `
      import { readFileSync } from 'node:fs';
      import { EdgeRuntime } from ${JSON.stringify(join(tool('edge-runtime'), 'dist/index.js'))};
      console.log(await new EdgeRuntime().evaluate(readFileSync(${JSON.stringify(script)}, 'utf8') + ';done'));`;
    expect(await said(process.execPath, '--input-type=module', '-e', program)).toBe(`wasm ${expected}`);
  });

  it('workerd runs on the kernels that init is handed', async () => {
    const source = `import { backendInfo } from 'kindred';
      import { init } from 'kindred/wasm';
      import kernels from 'kindred/wasm/simd.wasm';
      import { answers } from './program.js';
      const fetch = async () => {
        await init(kernels);
        return new Response(backendInfo().name + ' ' + (await answers()));
      };
      export default { fetch };`;
    await bundle(source, join(folder, 'worker.js'), 'esm', ['workerd']);
    cpSync(join(kindred, 'wasm/simd.wasm'), join(folder, 'simd.wasm'));
    const port = await freePort();
    writeFileSync(join(folder, 'workerd.capnp'), workerdConfig(port));
    const server = spawn(tool('.bin/workerd'), ['serve', 'workerd.capnp'], { cwd: folder, stdio: 'ignore' });
    try {
      expect(await answerOf(`http://127.0.0.1:${port}/`)).toBe(`wasm ${expected}`);
    } finally {
      server.kill();
    }
  });

  it('Jest runs it as it comes, from CommonJS', async () => {
    const jest = join(folder, 'jest');
    mkdirSync(jest);
    writeFileSync(join(jest, 'package.json'), '{ "name": "tested-by-jest" }');
    const program = `const { backendInfo } = require('kindred');
      test('runs', () => expect(backendInfo().name).toBe('native'));`;
    writeFileSync(join(jest, 'a.test.js'), program);
    await said(process.execPath, join(tool('jest'), 'bin/jest.js'), '--rootDir', jest);
  });

  async function bundle(contents: string, outfile: string, format: 'esm' | 'iife', conditions: string[]) {
    const stdin = { contents, resolveDir: folder };
    const external = ['*.wasm'];
    await build({ stdin, bundle: true, outfile, format, conditions, external, platform: 'browser', logLevel: 'error' });
  }
});

function workerdConfig(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "kindred/wasm/simd.wasm", wasm = embed "simd.wasm"),
  ],
  compatibilityDate = "2023-02-28",
);
`;
}

/** Asks until the server listens. */
async function answerOf(url: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
