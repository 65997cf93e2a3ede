/** How a backend is found: the override, the fallbacks and their reasons, worker threads, require and import. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { platformName } from '../../src/backend/native/platform.js';
import { backendInfo, openBackend, VectorIndex } from '../../src/index.js';
import {
  addon,
  checkout,
  describeUnless,
  findProgram,
  nativeLevelsOfThisCpu,
  noAddon,
  noProgram,
} from '../fixtures/machine.js';
import { copyPackage, requireBuild, temporaryFolder } from '../fixtures/processes/package-copy.js';
import { mustRun, run } from '../fixtures/processes/run.js';

interface Chosen {
  readonly name: string;
  readonly level: string;
  readonly candidates: { name: string; level: string; ok: boolean; reason: string }[];
}

/** What `backendInfo()` says in a fresh process. */
async function infoOf(folder: string, backend?: string): Promise<Chosen> {
  const program = `import('./dist/index.js').then(({ backendInfo }) => console.log(JSON.stringify(backendInfo())))`;
  const options = { cwd: folder, env: { KINDRED_BACKEND: backend } };
  return JSON.parse(await mustRun(process.execPath, ['-e', program], options));
}

/** The library as a process finds it that has this in its environment: nothing is chosen yet. */
async function freshLibrary(backend: string | undefined) {
  vi.stubEnv('KINDRED_BACKEND', backend);
  vi.resetModules();
  return await import('../../src/index.js');
}

beforeAll(requireBuild);
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('KINDRED_BACKEND', () => {
  const available = backendInfo().candidates.filter(({ ok }) => ok);

  it('is read from the environment of the process', async () => {
    const { name, level } = available[available.length - 2];
    expect(await infoOf(checkout, `${name}/${level}`)).toMatchObject({ name, level });
  });

  it.each(available)('$name/$level is what runs', async ({ name, level }) => {
    const library = await freshLibrary(name === 'reference' ? name : `${name}/${level}`);
    expect(library.backendInfo()).toMatchObject({ name, level });
  });

  it.each([...new Set(available.map(({ name }) => name))])('%s alone means its best level', async (name) => {
    const best = available.find((each) => each.name === name);
    expect((await freshLibrary(name)).backendInfo()).toMatchObject({ name, level: best?.level });
  });

  it.each(['', undefined])('%j means the best there is', async (value) => {
    const { name, level } = available[0];
    expect((await freshLibrary(value)).backendInfo()).toMatchObject({ name, level });
  });

  it.each(['nonsense', 'native/avx1024', 'WASM', 'reference/fast'])(
    '%s is an error that lists every candidate',
    async (value) => {
      const library = await freshLibrary(value);
      const { code, message } = thrownBy(() => library.backendInfo());
      expect(code).toBe('BACKEND_UNAVAILABLE');
      expect(message).toContain(JSON.stringify(value));
      for (const { name, level, ok, reason } of backendInfo().candidates) {
        const label = name === 'reference' ? name : `${name}/${level}`;
        expect(message).toMatch(new RegExp(`^  ${label}.*: .+$`, 'm'));
        expect(message).toContain(ok ? 'available' : reason);
      }
    },
  );

  it('is not consulted where a backend is named', async () => {
    expect((await freshLibrary('nonsense')).openBackend('reference').name).toBe('reference');
  });
});

function thrownBy(call: () => unknown): { code?: string; message: string } {
  try {
    call();
  } catch (error) {
    return error as { code?: string; message: string };
  }
  throw new Error('nothing was thrown');
}

describe('levels side by side', () => {
  it('are all open in one process and answer with the same bits', () => {
    const labels = backendInfo().candidates.flatMap(({ name, level, ok }) =>
      !ok ? [] : [name === 'reference' ? name : `${name}/${level}`],
    );
    const rows = Array.from({ length: 200 }, (_, r) =>
      Array.from({ length: 41 }, (_, i) => Math.fround(Math.sin(r * 41 + i))),
    );
    const answers = labels.map((label) => {
      const backend = openBackend(label);
      expect(openBackend(label)).toBe(backend);
      return VectorIndex.from(rows, { backend }).search(rows[7], 20);
    });
    expect(answers.length).toBeGreaterThan(2);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

describe('require and import', () => {
  it('CommonJS gets the module by require()', async () => {
    const program = `const { cosineSimilarity, backendInfo } = require(${JSON.stringify(join(checkout, 'dist/index.js'))}); console.log(cosineSimilarity([1, 0], [1, 0]), backendInfo().name)`;
    const out = await mustRun(process.execPath, ['--input-type=commonjs', '-e', program]);
    expect(out).toBe(`1 ${backendInfo().name}\n`);
  });

  it('CommonJS and ESM in one process share one backend', async () => {
    const entry = JSON.stringify(join(checkout, 'dist/index.js'));
    const program = `import(${entry}).then((esm) => console.log(esm.openBackend('reference') === require(${entry}).openBackend('reference')))`;
    expect(await mustRun(process.execPath, ['--input-type=commonjs', '-e', program])).toBe('true\n');
  });
});

describe('worker threads', () => {
  // The reference has no state that threads could share.
  const names = [...new Set(backendInfo().candidates.flatMap(({ name, ok }) => (ok ? [name] : [])))];

  it.each(names.filter((name) => name !== 'reference'))(
    '%s works in several at once, after one ended and after one was terminated',
    async (name) => {
      const { code, stdout, stderr } = await run(process.execPath, [
        join(checkout, 'test/fixtures/processes/workers.js'),
        checkout,
        name,
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const { answers, inMain } = JSON.parse(stdout) as { answers: string[]; inMain: number };
      expect(answers).toHaveLength(6);
      expect(new Set(answers).size).toBe(1);
      expect(JSON.parse(answers[0])).toHaveLength(5);
      expect(inMain).toBe(0);
    },
  );
});

describe('falling to WebAssembly', () => {
  const folder = temporaryFolder();
  beforeAll(() => copyPackage(folder, ''));

  const program = `
    const { VectorIndex, backendInfo, cosineSimilarity } = require('./dist/node/index.cjs');
    VectorIndex.from([[1, 0]]).search([1, 0], 1);
    cosineSimilarity(new Float32Array(99), new Float32Array(99));
    const { Worker, isMainThread } = require('node:worker_threads');
    if (isMainThread && process.argv[1] === 'worker') new Worker(process.argv[2], { eval: true });
    console.log(backendInfo().name);`;
  const runIt = (env: Record<string, string | undefined>, ...args: string[]) =>
    run(process.execPath, ['-e', program, ...args], { cwd: folder, env: { KINDRED_BACKEND: undefined, ...env } });

  it('is told in one line, once, with what to do', async () => {
    const { code, stdout, stderr } = await runIt({});
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'wasm\n' });
    expect(stderr).toMatch(/^kindred: running on wasm\/\S+, slower than natively: there is no native addon for .*\n$/);
    expect(stderr).toContain('KINDRED_QUIET=1');
  });

  it('is not told again by a worker thread', async () => {
    const { stdout, stderr } = await runIt({}, 'worker', program);
    expect(stdout).toBe('wasm\nwasm\n');
    expect(stderr.split('\n')).toHaveLength(2);
  });

  it.each([{ KINDRED_QUIET: '1' }, { KINDRED_BACKEND: 'wasm' }])('is not told with %o', async (env) => {
    expect(await runIt(env)).toEqual(expect.objectContaining({ code: 0, stdout: 'wasm\n', stderr: '' }));
  });

  it('also happens where the environment and the system must not be looked at', async () => {
    // As Deno refuses: by throwing.
    const denied = `
      const deny = (_, name) => { if (/^KINDRED/.test(name)) throw new Error('NotCapable'); };
      process.env = new Proxy({}, { get: deny }); ${program}`;
    const { code, stdout } = await run(process.execPath, ['-e', denied], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'wasm\n' });
  });
});

describe('without a sound addon', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'build/Release/kindred.node');

  beforeAll(() => copyPackage(folder, ''));

  async function expectWasm(reason: RegExp): Promise<void> {
    const info = await infoOf(folder);
    // Node 20 does not offer the relaxed instructions unasked.
    expect(info).toMatchObject({ name: 'wasm', level: expect.stringMatching(/^(relaxed-)?simd$/) });
    for (const each of info.candidates.filter(({ name }) => name === 'native')) {
      expect(each.ok).toBe(false);
      expect(each.reason).toMatch(reason);
    }
  }

  function place(content: string | Uint8Array): void {
    rmSync(join(folder, 'build'), { recursive: true, force: true });
    mkdirSync(join(folder, 'build/Release'), { recursive: true });
    writeFileSync(file, content);
  }

  it('an absent one: wasm, and where it was looked for', () =>
    expectWasm(/no native addon for \S+ \(looked in .*prebuilds/));

  it('an absent one that is asked for: an error', async () => {
    const { code, stderr } = await run(
      process.execPath,
      ['-e', `import('./dist/index.js').then((k) => k.backendInfo())`],
      {
        cwd: folder,
        env: { KINDRED_BACKEND: 'native' },
      },
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/BACKEND_UNAVAILABLE/);
  });

  it('an empty file: wasm, and the reason of the system', async () => {
    place('');
    await expectWasm(/cannot be loaded/);
  });

  it('a file that is no library: wasm', async () => {
    place('this is not a library\n'.repeat(100));
    await expectWasm(/cannot be loaded/);
  });

  describeUnless(noProgram(['cc'], 'gcc'), 'a library that is not kindred', () => {
    it.each([
      ['exports an empty object', 'return exports;', /lacks the functions/],
      ['exports nothing', 'return 0;', /lacks the functions|cannot be loaded/],
    ])('%s: wasm, with a reason', async (_, body, reason) => {
      place('');
      const source = join(folder, 'empty.c');
      writeFileSync(
        source,
        `void *napi_register_module_v1(void *env, void *exports) { (void)env; (void)exports; ${body} }\n`,
      );
      await mustRun(findProgram('cc') as string, ['-shared', '-fPIC', '-o', file, source]);
      await expectWasm(reason);
    });
  });

  describeUnless(noAddon(), 'a build and a prebuild', () => {
    it('a damaged build is passed over for a sound prebuild', async () => {
      place('damaged');
      cpSync(addon, join(folder, 'prebuilds', platformName(), 'kindred.node'));
      expect(await infoOf(folder)).toMatchObject({ name: 'native', level: nativeLevelsOfThisCpu()[0] });
    });
  });
});
