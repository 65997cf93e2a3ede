/**
 * Builds dist/: the compiler checks and writes the types, and a bundler writes the modules, once for Node and once for
 * the web. A process that imports kindred so reads a handful of files, where the sources are more than two hundred.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { droppable } from './droppable.js';
import { finishTypes } from './types.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(root, 'dist');

/** What package.json names. */
const ENTRIES = ['index', 'recommend/index', 'embeddings/index', 'io/index', 'client/index', 'wasm/index'];
/** The command, and the name of a prebuilt addon's folder, which the build itself asks for. */
const NODE_ENTRIES = [...ENTRIES, 'cli/main', 'backend/native/platform'];
/** The version, so that the command tells it without loading a backend; and the bytes of WebAssembly, beside the code. */
const APART = [
  { name: 'version', test: /src\/version\.ts$/ },
  { name: 'kernels', test: /src\/backend\/wasm\/module\/binaries\// },
];
const LEVELS = ['relaxed-simd', 'simd', 'scalar'];

rmSync(dist, { recursive: true, force: true });
buildTypes();
// Node runs CommonJS, which `require` and `import` share: classes and backends then exist once in a process.
await bundle('node', NODE_ENTRIES, 'cjs');
await bundle('web', ENTRIES, 'esm');
await bundle('web', ENTRIES, 'cjs');
for (const name of ENTRIES) wrap(name);
writeCommand();
for (const name of ENTRIES.filter((each) => each !== 'index')) nameByFolder(dirname(name));
for (const level of LEVELS) copyKernels(level);

/** @param {'node' | 'web'} platform @param {string[]} entries @param {'esm' | 'cjs'} format */
async function bundle(platform, entries, format) {
  const ending = format === 'cjs' ? 'cjs' : 'js';
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((name) => [name, `src/${name}.ts`])),
    resolve: {
      alias: {
        '#backend': join(root, `src/backend/candidates.${platform}.ts`),
        '#pairs': join(root, `src/backend/pairs.${platform}.ts`),
      },
    },
    // Dependencies are their users' own.
    external: /^(node:|[a-z@])/,
    platform: 'neutral',
    // Its paths are for the compiler, which checks the sources as Node has them.
    tsconfig: false,
    plugins: [
      { name: 'here', transform: here },
      ...(format === 'esm' ? [{ name: 'droppable', renderChunk: droppable }] : []),
    ],
  });
  await build.write({
    dir: join(dist, platform),
    format,
    exports: 'named',
    entryFileNames: `[name].${ending}`,
    chunkFileNames: `chunks/[name]-[hash].${ending}`,
    ...(platform === 'node' && { codeSplitting: { groups: APART } }),
    // What only programs read needs no lines.
    ...(platform === 'web' &&
      format === 'cjs' && { minify: { compress: false, mangle: { keepNames: true }, codegen: true } }),
    comments: { legal: false, jsdoc: false, annotation: true },
  });
  await build.close();
}

/** CommonJS has another name for where a module lies. */
function here(code) {
  return code.includes('import.meta.dirname') ? code.replaceAll('import.meta.dirname', '__dirname') : null;
}

/** `import` in Node: the same objects as `require` gives, under their names. */
function wrap(name) {
  const file = join(dist, `${name}.js`);
  const up = relative(dirname(file), dist) || '.';
  const names = Object.keys(createRequire(import.meta.url)(join(dist, `node/${name}.cjs`)));
  mkdirSync(dirname(file), { recursive: true });
  const list = names.map((each) => `  ${each},\n`).join('');
  writeFileSync(file, `import kindred from '${up}/node/${name}.cjs';\n\nexport const {\n${list}} = kindred;\n`);
  writeFileSync(file.replace(/\.js$/, '.d.ts'), `export * from '${up}/types/${name}.js';\n`);
}

/** For what does not read `exports`: Parcel as it comes, and TypeScript with `moduleResolution: node`. */
function nameByFolder(name) {
  const manifest = {
    main: `../dist/node/${name}/index.cjs`,
    module: `../dist/web/${name}/index.js`,
    types: `../dist/types/${name}/index.d.ts`,
    sideEffects: false,
  };
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** What importing a file of kernels gives where a bundler compiles it; elsewhere its address is enough. */
function copyKernels(level) {
  cpSync(join(root, `src/backend/wasm/module/binaries/${level}.wasm`), join(root, `wasm/${level}.wasm`));
  writeFileSync(join(root, `wasm/${level}.wasm.d.ts`), 'declare const module: object;\nexport default module;\n');
}

/** As CommonJS: Node's loader of ES modules would take longer than the command. */
function writeCommand() {
  const file = join(dist, 'cli/main.js');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(join(dirname(file), 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
  writeFileSync(file, `#!/usr/bin/env node\nrequire('../node/cli/main.cjs');\n`);
  chmodSync(file, 0o755);
}

/** A file per source. */
function buildTypes() {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', root], { stdio: 'inherit' });
  } catch {
    // A mistake planted by `npm run test:faults` may leave a name unused.
    if (!process.argv.includes('--whatever-types-say')) process.exit(1);
  }
  finishTypes(join(dist, 'types'), ENTRIES);
}
