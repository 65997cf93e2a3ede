/** What users get: the packed package, installed into an empty project, by every way of importing and bundling. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { platformName } from '../../src/backend/native/platform.js';
import { addon, checkout } from '../fixtures/machine.js';
import { dependency, requireBuild, temporaryFolder } from '../fixtures/processes/package-copy.js';
import { mustRun, run } from '../fixtures/processes/run.js';

const PATIENCE = { timeout: 300_000 };
const DEPENDENCIES = ['commander'];

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { path: string; size: number }[];
}

const folder = temporaryFolder();
const copy = join(folder, 'checkout');
let packed: Packed;

beforeAll(async () => {
  requireBuild();
  copyCheckout(copy);
  await mustRun(process.execPath, ['native/prebuild.js'], { cwd: copy });
  const listing = await mustRun('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: copy,
  });
  [packed] = JSON.parse(listing);
}, PATIENCE.timeout);

describe('the tarball', () => {
  it('holds the build, the prebuilt addon and what is to be read, nothing else', () => {
    const allowed =
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/.+\.(c?js|d\.ts)|dist\/(cli|types)\/package\.json|(client|embeddings|io|recommend|wasm)\/package\.json|wasm\/[\w-]+\.wasm(\.d\.ts)?|prebuilds\/[\w-]+\/kindred\.node)$/;
    expect(packed.files.map(({ path }) => path).filter((path) => !allowed.test(path))).toEqual([]);
    const needed = [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/recommend/index.js',
      'dist/io/index.js',
      'dist/node/index.cjs',
      'dist/web/index.js',
      'dist/web/wasm/index.js',
      'wasm/simd.wasm',
      'dist/cli/main.js',
      'README.md',
      'LICENSE',
    ];
    if (existsSync(addon)) needed.push(`prebuilds/${platformName()}/kindred.node`);
    expect(packed.files.map(({ path }) => path)).toEqual(expect.arrayContaining(needed));
  });

  it('is small: below 1.31 MB packed, no file but the addon above 250 kB', () => {
    expect(packed.size).toBeLessThan(1_310_000);
    expect(packed.files.filter(({ path, size }) => size > 250_000 && !path.endsWith('.node'))).toEqual([]);
    expect(packed.files.filter(({ path, size }) => size > 2_000_000 && path.endsWith('.node'))).toEqual([]);
  });

  it('runs nothing on installation', () => {
    const { scripts, gypfile } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'));
    expect(Object.keys(scripts)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$/)]));
    expect(gypfile).toBe(false);
  });

  it('names only files that are in it', () => {
    const { exports, main, module, types, bin } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'));
    const named = JSON.stringify([exports, main, module, types, bin]).matchAll(/"\.\/([^"]+\.(?:c?js|ts|json|wasm))"/g);
    const files = packed.files.map(({ path }) => path);
    expect(
      [...named].map((match) => match[1]).filter((file) => !files.includes(file) && !existsSync(join(copy, file))),
    ).toEqual([]);
  });

  it('tells of no path of the machine that built it', () => {
    const telling = packed.files.filter(({ path }) => readFileSync(join(copy, path)).includes(checkout));
    expect(telling).toEqual([]);
  });
});

// Scripts are allowed, as they are by default; that there are none to be run is tested above.
describe('installed', () => {
  const project = join(folder, 'project');
  const expectedBackend = existsSync(addon) ? 'native' : 'wasm';

  beforeAll(async () => {
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0', private: true }));
    // Dependencies come from this checkout, so that no registry has to be reached.
    const specifiers = [join(folder, packed.filename), ...DEPENDENCIES.map(dependency)];
    await mustRun('npm', ['install', '--offline', '--install-links', ...specifiers], { cwd: project });
  }, PATIENCE.timeout);

  const node = (...args: string[]) =>
    mustRun(process.execPath, args, { cwd: project, env: { KINDRED_BACKEND: undefined } });

  it('has the tarball and its dependencies, and no build of its own', () => {
    expect(existsSync(join(project, 'node_modules/kindred/dist/index.js'))).toBe(true);
    expect(existsSync(join(project, 'node_modules/kindred/build'))).toBe(false);
  });

  it('is imported from ESM', async () => {
    const program = `import { backendInfo, cosineSimilarity } from 'kindred'; import 'kindred/recommend'; import 'kindred/embeddings'; import 'kindred/io'; import 'kindred/client'; console.log(backendInfo().name, cosineSimilarity([3, 4], [3, 4]))`;
    expect(await node('--input-type=module', '-e', program)).toBe(`${expectedBackend} 1\n`);
  });

  it('is required from CommonJS', async () => {
    const program = `const { backendInfo, cosineSimilarity } = require('kindred'); require('kindred/recommend'); require('kindred/embeddings'); require('kindred/io'); console.log(backendInfo().name, cosineSimilarity([3, 4], [3, 4]))`;
    expect(await node('--input-type=commonjs', '-e', program)).toBe(`${expectedBackend} 1\n`);
  });

  it('is used from TypeScript: types for Node and for browsers, and the program runs', PATIENCE, async () => {
    const program = 'program.mts';
    cpSync(join(checkout, 'test/fixtures/processes/consumer.ts'), join(project, program));
    const typeRoots = [dependency('@types')];
    for (const [lib, types] of [
      [['es2023', 'esnext.disposable', 'dom'], []],
      [['es2023'], ['node']],
    ]) {
      const compilerOptions = {
        module: 'nodenext',
        target: 'es2022',
        strict: true,
        skipLibCheck: false,
        rootDir: '.',
        lib,
        types,
        typeRoots,
      };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [program] }));
      await mustRun(process.execPath, [dependency('typescript/bin/tsc'), '-p', project], { cwd: project });
    }
    expect(await node('program.mjs')).toBe(`refused\n${expectedBackend} ${1 / Math.sqrt(2)} between 2 cake 2\n`);
  });

  it('has a command', async () => {
    const command = join(project, 'node_modules/.bin/kindred');
    const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
    expect(await mustRun(command, ['--version'])).toContain(version);
    const info = JSON.parse(await mustRun(command, ['info', '--json'], { env: { KINDRED_BACKEND: undefined } }));
    expect(JSON.stringify(info)).toContain(`"${expectedBackend}"`);
    expect((await run(command, ['no-such-command'])).code).toBe(2);
  });

  it.each([['browser'], ['workerd', 'worker'], ['edge-light']])(
    'is bundled for %s without a word of Node',
    async (...conditions) => {
      const source = `export * from 'kindred'; export * from 'kindred/recommend'; export * as embeddings from 'kindred/embeddings'; export * from 'kindred/io'; export * from 'kindred/client';`;
      const { outputFiles, metafile } = await build({
        stdin: { contents: source, resolveDir: project },
        bundle: true,
        write: false,
        minify: true,
        metafile: true,
        format: 'esm',
        platform: 'browser',
        conditions,
        logLevel: 'silent',
      });
      expect(Object.keys(metafile.inputs).filter((input) => input.includes('/native/'))).toEqual([]);
      expect(outputFiles[0].text).not.toMatch(/["']node:|require\(/);
      expect(outputFiles[0].text.length).toBeLessThan(450_000);
    },
  );

  it('reads a handful of modules, and classes have the names they are exported by', async () => {
    const program = `
      const names = ['kindred', 'kindred/recommend', 'kindred/embeddings', 'kindred/io', 'kindred/client', 'kindred/wasm'];
      require(names[0]);
      const read = Object.keys(require.cache).length;
      const other = names.map((name) => require(name)).flatMap((module) => Object.entries(module))
        .filter(([name, value]) => typeof value === 'function' && value.name !== name);
      console.log(read, other.map(([name]) => name).join());`;
    const [files, other] = (await node('--input-type=commonjs', '-e', program)).split(' ');
    expect(Number(files)).toBeGreaterThan(3);
    expect(Number(files)).toBeLessThan(15);
    expect(other).toBe('\n');
  });

  it('gives import and require the same objects, under the same names', async () => {
    const program = `
      const { createRequire } = await import('node:module');
      const require = createRequire(process.cwd() + '/');
      for (const name of ['kindred', 'kindred/recommend', 'kindred/embeddings', 'kindred/io', 'kindred/client', 'kindred/wasm']) {
        const [esm, cjs] = [await import(name), require(name)];
        const names = [...new Set([...Object.keys(esm), ...Object.keys(cjs)])];
        console.log(names.filter((each) => esm[each] !== cjs[each] || esm[each] === undefined).join());
      }`;
    expect(await node('--input-type=module', '-e', program)).toBe('\n'.repeat(6));
  });

  it('leaves out of a bundle what is not imported', async () => {
    const contents = `export { topK } from 'kindred';`;
    const options = { bundle: true, write: false, minify: true, format: 'esm', platform: 'browser' } as const;
    const { outputFiles } = await build({ stdin: { contents, resolveDir: project }, ...options });
    expect(outputFiles[0].text.length).toBeLessThan(5_000);
  });

  it.each([
    // What a page loads before it does anything, in bytes as servers send them.
    [6_000, `export { cosineSimilarity } from 'kindred';`],
    [58_500, `export { VectorIndex } from 'kindred';`],
    [61_200, `export { Interactions, ItemKnn } from 'kindred/recommend';`],
  ])('costs a page less than %i bytes for %s', async (most, contents) => {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: project },
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      outdir: folder,
    });
    // Without what is loaded only when it is asked for.
    const first = new Set(['stdin.js']);
    const imports = new Map(Object.entries(metafile.outputs).map(([file, out]) => [basename(file), out.imports]));
    for (const file of first) {
      for (const { path, kind } of imports.get(file) ?? []) if (kind === 'import-statement') first.add(basename(path));
    }
    const bytes = outputFiles.filter(({ path }) => first.has(basename(path))).map(({ contents }) => contents);
    expect(bytes.length).toBe(first.size);
    const sizes = bytes.map((each) => gzipSync(each, { level: 9 }).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(most);
  });

  it('runs unbundled by an import map: the modules of the web name nothing but each other', () => {
    const web = join(project, 'node_modules/kindred/dist/web');
    const named = readdirSync(web, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) =>
        [...readFileSync(join(web, file), 'utf8').matchAll(/^(?:import|export)\b[^'"`;]*["']([^'"]+)["']/gm)].map(
          ([, name]) => (name.startsWith('.') && existsSync(join(web, dirname(file), name)) ? '' : `${file}: ${name}`),
        ),
      );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => name !== '')).toEqual([]);
  });

  it.each(['esm', 'cjs'] as const)(
    'finds the addon from a bundle for Node (%s), beside it or above it',
    async (format) => {
      const program = `import { backendInfo } from 'kindred'; console.log(backendInfo().name);`;
      const file = format === 'esm' ? 'bundle.mjs' : 'bundle.cjs';
      await build({
        stdin: { contents: program, resolveDir: project },
        bundle: true,
        outfile: join(project, file),
        format,
        platform: 'node',
        logLevel: 'error',
      });
      expect(await node(file)).toBe(`${expectedBackend}\n`);
      const far = join(folder, `far-${format}`);
      mkdirSync(far);
      cpSync(join(project, file), join(far, file));
      const alone = await run(process.execPath, [file], { cwd: far, env: { KINDRED_BACKEND: undefined } });
      expect(alone).toMatchObject({ code: 0, stdout: 'wasm\n' });
      expect(alone.stderr).toMatch(
        /^kindred: running on wasm\/\S+, slower than natively: .*leave kindred out of it.*\n$/,
      );
      if (!existsSync(addon)) return;
      cpSync(addon, join(far, 'kindred.node'));
      expect(await mustRun(process.execPath, [file], { cwd: far, env: { KINDRED_BACKEND: undefined } })).toBe(
        'native\n',
      );
    },
  );

  it('type checks without the types of Node or of a browser, by import and by require', PATIENCE, async () => {
    writeFileSync(
      join(project, 'module.mts'),
      `export * from 'kindred';\nexport * as models from 'kindred/recommend';\nexport * as words from 'kindred/embeddings';\nexport * as io from 'kindred/io';\nexport * as client from 'kindred/client';\nexport * as wasm from 'kindred/wasm';\n`,
    );
    writeFileSync(
      join(project, 'script.cts'),
      `import kindred = require('kindred');\nimport models = require('kindred/recommend');\nexport const index = kindred.VectorIndex.from([[1, 0]]);\nexport const fit = models.ItemKnn.fit;\n`,
    );
    const shared = { target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, lib: ['es2022'], types: [] };
    for (const [module, moduleResolution, files] of [
      ['nodenext', 'nodenext', ['module.mts', 'script.cts']],
      ['esnext', 'bundler', ['module.mts']],
    ]) {
      const compilerOptions = { ...shared, module, moduleResolution };
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
      await mustRun(process.execPath, [dependency('typescript/bin/tsc'), '-p', project], { cwd: project });
    }
  });
});

describe('a checkout without a compiler', () => {
  it('says in one line that there is no addon; the tour runs on WebAssembly and says so', PATIENCE, async () => {
    rmSync(join(copy, 'build'), { recursive: true, force: true });
    rmSync(join(copy, 'prebuilds'), { recursive: true, force: true });
    // All but the package itself, which npm links there too: this checkout's has an addon.
    mkdirSync(join(copy, 'node_modules'));
    for (const name of readdirSync(dependency('.')).filter((each) => !each.startsWith('kindred'))) {
      symlinkSync(dependency(name), join(copy, 'node_modules', name));
    }
    // What npm passes on if it is silent does not hide why.
    const silent = { npm_config_loglevel: 'silent' };
    const env = { PATH: join(folder, 'nothing'), CC: undefined, CXX: undefined, KINDRED_BACKEND: undefined, ...silent };
    const { code, stdout, stderr } = await run(process.execPath, ['native/build.js'], { cwd: copy, env });
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^kindred: .*no C\+\+ toolchain.*WebAssembly.*\n$/);
    const tour = await run(process.execPath, ['examples/tour.js'], { cwd: copy, env });
    expect(tour).toMatchObject({ code: 0, stderr: '' });
    expect(tour.stdout).toMatch(/ running on wasm\/\S+, Node .*\n *not native: there is no native addon for /);
  });
});

/** Everything that packing could take by mistake, but no more of the build than the addon. */
function copyCheckout(target: string): void {
  const left = /(^|\/)(node_modules|\.git|prebuilds|results)$/;
  cpSync(checkout, target, {
    recursive: true,
    filter(source) {
      const path = relative(checkout, source);
      if (left.test(path)) return false;
      return path.startsWith('build/')
        ? statSync(source).isDirectory()
          ? path === 'build/Release'
          : source === addon
        : true;
    },
  });
}
