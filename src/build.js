/**
 * Builds dist/: the compiler checks and writes the types, and a bundler writes the modules.
 * A process that imports kindred so reads a handful of files, where the sources are more than two hundred.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What package.json names, and the name of a prebuilt addon's folder, which the build itself asks for. */
const ENTRIES = [
  'index',
  'recommend/index',
  'embeddings/index',
  'io/index',
  'cli/main',
  'backend/candidates.node',
  'backend/candidates.web',
  'backend/native/platform',
];

/** Expressions that bundlers know to do nothing, by the places of their parts. */
const HARMLESS = {
  Literal: () => [],
  Identifier: () => [],
  ArrowFunctionExpression: () => [],
  FunctionExpression: () => [],
  // A class that extends or fills static members is judged by bundlers themselves.
  ClassExpression: () => [],
  TemplateLiteral: ({ expressions }) => (expressions.length === 0 ? [] : undefined),
  UnaryExpression: ({ argument }) => [argument],
  // Bundlers take ** for a call unless they compute it.
  BinaryExpression: ({ operator, left, right }) => (operator === '**' ? undefined : [left, right]),
  ConditionalExpression: ({ test, consequent, alternate }) => [test, consequent, alternate],
  ParenthesizedExpression: ({ expression }) => [expression],
  ArrayExpression: ({ elements }) => elements.filter(Boolean),
  ObjectExpression: ({ properties }) => properties.flatMap((each) => (each.computed ? [each] : [each.value ?? each])),
};

function isHarmless(node) {
  return HARMLESS[node.type]?.(node)?.every(isHarmless) ?? false;
}

/**
 * Marks what a constant of a module is made of as droppable: a bundler then leaves out constants that nothing uses.
 * No module here does anything but define; "sideEffects" in package.json says so of whole files, which are large here.
 */
function droppable(code) {
  let changed = code;
  for (const statement of this.parse(code).body.toReversed()) {
    const { declarations = [] } = statement.declaration ?? statement;
    for (const { init } of declarations.toReversed()) {
      const isMarked = init && code.slice(0, init.start).endsWith('/* @__PURE__ */ ');
      if (!init || isMarked || isHarmless(init)) continue;
      const value = code.slice(init.start, init.end);
      changed = `${changed.slice(0, init.start)}/* @__PURE__ */ (() => (${value}))()${changed.slice(init.end)}`;
    }
  }
  return changed;
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
const require = createRequire(import.meta.url);
const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
try {
  execFileSync(process.execPath, [compiler, '-p', root], { stdio: 'inherit' });
} catch {
  process.exit(1);
}
const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
  // `#backend` is chosen where the package is used; dependencies are its users' own.
  external: (name) => name === '#backend' || /^[\w@]/.test(name),
  platform: 'neutral',
  plugins: [{ name: 'droppable', renderChunk: droppable }],
});
await bundle.write({
  dir: 'dist',
  format: 'esm',
  chunkFileNames: 'chunks/[name]-[hash].js',
  comments: { legal: false, jsdoc: false, annotation: true },
});
await bundle.close();
