/** The package as it is installed, in other runtimes: each gives Node's bits, on the backend that it can have. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { describeUnless } from '../../fixtures/machine.js';
import { temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { mustRun } from '../../fixtures/processes/run.js';
import { AS_IT_COMES, digestOf, obstacle, PROGRAM, project, tool, write } from './installed.js';

/** Its program lies in the platform's package, until a script of the package that names it has moved it. */
function bun(): string {
  const unmoved = '@oven/bun-linux-x64/bin/bun';
  return existsSync(tool(unmoved)) ? unmoved : '.bin/bun';
}

describeUnless(obstacle, 'in other runtimes', () => {
  const folder = obstacle === undefined ? project() : '';
  let expected: string;

  const said = async (program: string, ...args: string[]) =>
    (await mustRun(program, args, { cwd: folder, env: AS_IT_COMES })).trim();

  beforeAll(async () => {
    expected = await digestOf(folder);
  });

  it.each([
    ['Node 22', 'native', 'node22/bin/node', ['main.js']],
    ['Node 24', 'native', 'node24/bin/node', ['main.js']],
    ['Node 26', 'native', 'node26/bin/node', ['main.js']],
    ['Node 24 without addons', 'wasm', 'node24/bin/node', ['--no-addons', 'main.js']],
    ['Node 24 that may read', 'wasm', 'node24/bin/node', ['--permission', '--allow-fs-read=*', 'main.js']],
    [
      'Node 24 that may load',
      'native',
      'node24/bin/node',
      ['--permission', '--allow-fs-read=*', '--allow-addons', 'main.js'],
    ],
    ['Bun', 'native', bun(), ['main.js']],
    ['Deno with everything', 'native', '.bin/deno', ['run', '-A', 'main.js']],
    ['Deno with nothing', 'wasm', '.bin/deno', ['run', '--no-prompt', 'main.js']],
  ])('%s runs on %s', async (_, backend, program, args) => {
    expect(await said(tool(program), ...args)).toBe(`${backend} ${expected}`);
  });

  it('Node with permissions saves and reads files, by name and mapped', async () => {
    write(folder, {
      'files.js': `import { VectorIndex } from 'kindred';
        import { Interactions, ItemKnn, loadModel } from 'kindred/recommend';
        const place = process.argv[2];
        await VectorIndex.from([[1, 0], [0, 1]]).save(place + '/index');
        await ItemKnn.fit(Interactions.from([{ user: 'a', item: 'b' }])).save(place + '/model');
        const sizes = [await VectorIndex.load(place + '/index'), await VectorIndex.load(place + '/index', { mmap: true })];
        console.log(sizes.map(({ size }) => size).join(), (await loadModel(place + '/model')).interactions.size);`,
    });
    const place = temporaryFolder();
    const allowed = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${place}`, '--allow-addons'];
    expect(await said(tool('node26/bin/node'), ...allowed, 'files.js', place)).toBe('2,2 1');
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
    cpSync(join(folder, 'node_modules/kindred/wasm/simd.wasm'), join(folder, 'simd.wasm'));
    const port = await freePort();
    writeFileSync(join(folder, 'workerd.capnp'), workerdConfig(port));
    const server = spawn(tool('.bin/workerd'), ['serve', 'workerd.capnp'], { cwd: folder, stdio: 'ignore' });
    try {
      expect(await answerOf(`http://127.0.0.1:${port}/`)).toBe(`wasm ${expected}`);
    } finally {
      server.kill();
    }
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
