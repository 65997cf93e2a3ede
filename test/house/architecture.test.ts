/** The shape of the project: who may import whom, who may know an instruction set, what each object file exports. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, posix, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addon, checkout, describeUnless, noAddon, noProgram } from '../fixtures/machine.js';
import { firstAvx, initialisersOf, symbolsOf } from '../fixtures/objects.js';

/** Written by the build, not by a person. */
const GENERATED = 'src/backend/wasm/module/binaries/';

/** Where a file that everybody may use is not meant, a layer lists what it may import: a folder or one file. */
const ANYWHERE = ['src/errors.ts', 'src/optional-package.ts'];
/** Rooms that every layer above the backends shares. */
const SHARED = ['src/arguments/', 'src/turns/', 'src/files/'];
const CALLERS_OF_BACKENDS = [
  'src/backend/contract/',
  'src/backend/choose.ts',
  'src/backend/reference/',
  'src/backend/families/',
  'src/backend/pairs-in-use.ts',
  'src/backend/plain/sums.ts',
  '#pairs',
];
const PUBLIC_NAMES = ['src/index.ts', 'src/recommend/index.ts', 'src/embeddings/index.ts', 'src/io/index.ts'];

const BELOW_SERVICE = ['server/src/errors.ts', 'server/src/limits.ts'];
/** Rooms of the service that answer, and what they may use. */
const SERVICE = [
  ...['schema', 'store', 'filter', 'keys', 'live', 'models', 'jobs', 'indexes', 'behaviour', 'scenarios', 'doctor'].map(
    (room) => `server/src/${room}/`,
  ),
  ...['kindred', 'kindred/recommend', 'node:', ...BELOW_SERVICE],
];

/** The first line that fits a file is its rule. */
const LAYERS: readonly (readonly [file: string, may: readonly string[]])[] = [
  ['src/errors.ts', []],
  ['src/version.ts', []],
  ['src/optional-package.ts', ['src/errors.ts']],
  ['src/arguments/', ['src/arguments/', ...ANYWHERE]],
  ['src/turns/', ['src/turns/', 'src/arguments/', ...ANYWHERE]],
  ['src/files/', ['src/files/', 'src/turns/', 'src/arguments/', ...ANYWHERE]],
  ['src/backend/contract/', ['src/backend/contract/']],
  ['src/backend/reference/', ['src/backend/reference/', 'src/backend/contract/', ...ANYWHERE]],
  [
    'src/backend/wasm/',
    [
      'src/backend/wasm/',
      'src/backend/reference/',
      'src/backend/contract/',
      'src/backend/families/registry.ts',
      ...ANYWHERE,
    ],
  ],
  [
    'src/backend/native/',
    ['src/backend/native/', 'src/backend/reference/', 'src/backend/contract/', 'src/version.ts', ...ANYWHERE],
  ],
  ['src/backend/', ['src/backend/', '#backend', ...ANYWHERE]],
  ['src/wasm/', ['src/wasm/', 'src/backend/', 'src/files/', 'src/arguments/', ...ANYWHERE]],
  ['src/similarity/', ['src/similarity/', 'hyparquet', ...SHARED, ...CALLERS_OF_BACKENDS, ...ANYWHERE]],
  [
    'src/recommend/',
    ['src/recommend/', 'src/similarity/', 'hyparquet', ...SHARED, ...CALLERS_OF_BACKENDS, ...ANYWHERE],
  ],
  [
    'src/embeddings/',
    [
      'src/embeddings/',
      'src/similarity/',
      'src/recommend/data/interactions.ts',
      'src/io/glove.ts',
      'src/io/words-log.ts',
      ...SHARED,
      ...CALLERS_OF_BACKENDS,
      ...ANYWHERE,
    ],
  ],
  ['src/io/', ['src/io/', ...SHARED, ...PUBLIC_NAMES, ...ANYWHERE]],
  [
    'src/cli/',
    [
      'src/cli/',
      'src/io/',
      'src/recommend/data/readers/',
      'src/version.ts',
      'src/optional-package.ts',
      'node:',
      'commander',
      ...SHARED,
      ...PUBLIC_NAMES,
    ],
  ],
  ['src/client/', ['src/client/', 'src/arguments/', ...ANYWHERE]],
  // Of the service, only http/ and command/ know HTTP; what answers gets what was asked, checked, and gives the answer.
  ['server/src/errors.ts', ['kindred']],
  ['server/src/limits.ts', []],
  ['server/src/version.ts', []],
  ['server/src/schema/', ['server/src/schema/', 'zod', ...BELOW_SERVICE]],
  ['server/src/store/postgres/', ['server/src/store/', 'server/src/schema/', 'node:', 'pg', ...BELOW_SERVICE]],
  ['server/src/store/', ['server/src/store/', 'server/src/schema/', 'node:', ...BELOW_SERVICE]],
  ['server/src/filter/', ['server/src/filter/', 'server/src/schema/', ...BELOW_SERVICE]],
  [
    'server/src/keys/',
    ['server/src/keys/', 'server/src/schema/', 'server/src/store/contract.ts', 'node:', ...BELOW_SERVICE],
  ],
  [
    'server/src/edge/',
    [
      'server/src/schema/',
      'server/src/http/problem.ts',
      'kindred',
      'kindred/recommend',
      'hono',
      'hono/',
      'zod',
      ...BELOW_SERVICE,
    ],
  ],
  ['server/src/config/', ['server/src/config/', ...SERVICE, 'zod']],
  ['server/src/transfer/', ['server/src/transfer/', ...SERVICE, 'zod', 'hyparquet', 'hyparquet-writer']],
  ['server/src/http/', ['server/src/http/', 'server/src/version.ts', ...SERVICE, 'hono', 'hono/', 'zod']],
  [
    'server/src/command/',
    ['server/src/', ...SERVICE, 'kindred/io', 'hono', '@hono/node-server', 'commander', 'pino', 'zod'],
  ],
  ['server/src/main.ts', ['server/src/command/program.ts']],
  ['server/src/index.ts', ['server/src/']],
  ['server/src/', SERVICE],
  ['src/index.ts', ['src/similarity/', 'src/turns/', 'src/backend/choose.ts', 'src/backend/contract/', ...ANYWHERE]],
];

/** What differs between Node and the rest, as the rest has it. */
const ON_THE_WEB: Partial<Record<string, string>> = {
  '#backend': 'src/backend/candidates.web.ts',
  '#pairs': 'src/backend/pairs.web.ts',
};

describe('imports', () => {
  const sources = [...filesIn('src', '.ts'), ...filesIn('server/src', '.ts')];

  it.each(sources)('%s imports only what its layer may', (file) => {
    const layer = LAYERS.find(([place]) => fits(file, place));
    if (layer === undefined)
      throw new Error(`${file} belongs to no layer: give it one in ${basename(import.meta.url)}`);
    const forbidden = importsOf(file).filter((imported) => !layer[1].some((place) => fits(imported, place)));
    expect(forbidden).toEqual([]);
  });

  it.each([
    'src/index.ts',
    'src/recommend/index.ts',
    'src/embeddings/index.ts',
    'src/io/index.ts',
    'src/client/index.ts',
    'src/wasm/index.ts',
  ])('%s reaches nothing of Node in a browser', (entry) => {
    const reached = new Set([entry]);
    for (const file of reached) {
      if (!file.endsWith('.ts')) continue;
      for (const imported of importsOf(file)) {
        reached.add(ON_THE_WEB[imported] ?? imported);
      }
    }
    expect([...reached].filter((each) => each.startsWith('node:') || each.includes('/native/'))).toEqual([]);
  });

  it('sees static, dynamic and type imports', () => {
    const code = `import a from 'a';\nexport * from "b";\nawait import('c');\nimport 'd';\nimport {\n  x,\n} from 'e';\nlet y: import('f').Y;`;
    expect(specifiersIn(code).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});

describe('no circle of imports', () => {
  it.each(['src', 'server/src', 'assembly', 'test', 'bench', 'examples'])('among the files of %s', (folder) => {
    const sources = filesIn(folder, '.ts', '.js');
    expect(circleAmong(sources, (file) => importsOf(file, extname(file)))).toBeUndefined();
  });

  it('among the sources and headers of native', () => {
    const sources = filesIn('native', '.cc', '.h');
    // A header and the source of its name are one thing.
    const units = [...new Set(sources.map(unitOf))];
    const included = (unit: string) =>
      sources
        .filter((file) => unitOf(file) === unit)
        .flatMap(includesOf)
        .map(unitOf);
    expect(circleAmong(units, (unit) => included(unit).filter((other) => other !== unit))).toBeUndefined();
  });

  it('among the folders of native', () => {
    const roomOf = (file: string) => file.split('/').slice(0, 2).join('/');
    const sources = filesIn('native', '.cc', '.h');
    const folders = [...new Set(sources.map(roomOf))];
    const included = (folder: string) =>
      sources
        .filter((file) => roomOf(file) === folder)
        .flatMap(includesOf)
        .map(roomOf);
    expect(circleAmong(folders, (folder) => included(folder).filter((other) => other !== folder))).toBeUndefined();
  });

  it('is found where there is one', () => {
    const edges: Record<string, string[]> = { a: ['b'], b: ['c', 'd'], c: [], d: ['e'], e: ['b'] };
    expect(circleAmong(Object.keys(edges), (file) => edges[file])).toEqual(['b', 'd', 'e', 'b']);
    expect(circleAmong(['a', 'c'], (file) => edges[file])).toBeUndefined();
  });
});

describe('instruction sets', () => {
  const INTRINSICS =
    /\b_mm\d*_\w+|\b__m(128|256|512)[id]?\b|\b(float|u?int)(8|16|32|64)x\d+(x\d)?_t\b|\bv(ld|st|add|sub|mul|fma|dup|cvt|mov|get|max|min)\w*q?_[fsu]\d+|\w*intrin\.h|arm_neon\.h|__cpuid\w*|_xgetbv/;
  // One type of vectors for each set; two units have a matrix product of their own besides.
  const MAY_NAME_THEM =
    /^native\/(isa\/\w+\/vectors\.h|isa\/amx\/(filter\.cc|tiles\.h)|isa\/neon_i8mm\/filter\.cc|machine\/cpu\.cc)$/;

  it.each(
    [...filesIn('native', '.cc', '.h'), ...filesIn('bench/native', '.cc', '.h')].filter(
      (file) => !MAY_NAME_THEM.test(file),
    ),
  )('%s names no intrinsic', (file) => {
    expect(INTRINSICS.exec(read(file))?.[0]).toBeUndefined();
  });

  it('are recognised where they belong', () => {
    const vectors = ['avx2', 'avx512', 'neon'].map((set) => `native/isa/${set}/vectors.h`);
    for (const file of [...vectors, 'native/machine/cpu.cc']) {
      expect(read(file)).toMatch(INTRINSICS);
    }
  });

  it.each([
    ...filesIn('native/isa', '.cc', '.h').filter((file) => !file.startsWith('native/isa/levels.')),
    ...filesIn('native', '-inl.h'),
    ...filesIn('bench/native', '-inl.h'),
  ])('%s includes nothing that emits weak symbols', (file) => {
    const harmless = /^(cmath|cstddef|cstdint|cstring|limits|type_traits|\w*intrin\.h|arm_neon\.h)$/;
    const included = [...read(file).matchAll(/#include <([^>]+)>/g)].map((match) => match[1]);
    expect(included.filter((header) => !harmless.test(header))).toEqual([]);
  });

  it.each(filesIn('assembly', '.ts').filter((file) => !file.startsWith('assembly/lanes/')))(
    '%s names no wasm feature',
    (file) => {
      expect(/\b([if](8|16|32|64)x\d+|v128)\b|ASC_FEATURE_\w+/.exec(read(file))?.[0]).toBeUndefined();
    },
  );
});

describeUnless(noAddon() ?? noObjects() ?? noProgram(['nm', 'objdump'], 'binutils'), 'compiled objects', () => {
  const objects = filesIn('build/Release/obj.target', '.o');
  const levels = objects.filter((file) => /\/native\/isa\/.*\//.test(file));
  const others = objects.filter((file) => !levels.includes(file));

  it('are there for each level of this architecture', () => {
    const names = levels.map((file) => file.replace(/^.*\/native\/isa\/|\.o$/g, '')).sort();
    const [sets, filters] =
      process.arch === 'x64'
        ? [
            ['avx2', 'avx512'],
            ['amx', 'avx2', 'avx2_vnni', 'avx512', 'avx512_vnni'],
          ]
        : [['neon'], ['neon', 'neon_dotprod', 'neon_i8mm']];
    const units = [...sets, 'scalar'].map((set) => `${set}/kernels`);
    expect(names).toEqual([...units, ...filters.map((set) => `${set}/filter`)].sort());
  });

  it.each(levels)('%s exports one symbol, its table, and no weak one', (file) => {
    const symbols = symbolsOf(file);
    expect(symbols).toHaveLength(1);
    expect(symbols[0]).toMatch(file.endsWith('/filter.o') ? /^[DR] \w*k\w+Filter\w*$/ : /^[DR] \w*k\w+Kernels\w*$/);
  });

  // Code that fills in a table would run when the addon is loaded, on a CPU that may not have its instructions.
  it.each(levels)('%s runs nothing before its kernels are called', (file) => {
    expect(initialisersOf(file)).toEqual([]);
  });

  it.skipIf(process.arch !== 'x64').each([...others, ...levels.filter((file) => file.includes('scalar'))])(
    '%s runs on a CPU without AVX (skipped where the CPU is not x86)',
    (file) => expect(firstAvx(file)).toBeUndefined(),
  );
});

describeUnless(noAddon() ?? noProgram(['objdump'], 'binutils'), 'the addon', () => {
  // What Node's own binaries for Linux ask of a system: older ones cannot run Node either.
  const NODE_NEEDS = { GLIBC: [2, 28], GLIBCXX: [3, 4, 21], CXXABI: [1, 3, 9], GCC: [4, 2, 0] };

  it.skipIf(process.platform !== 'linux')('asks for no newer system than its Node (skipped but on Linux)', () => {
    const table = execFileSync('objdump', ['-T', addon], { encoding: 'utf8' });
    const versions = [
      ...new Set([...table.matchAll(/\((GLIBC|GLIBCXX|CXXABI|GCC)_([\d.]+)\)/g)].map(([text]) => text)),
    ];
    expect(versions.length).toBeGreaterThan(3);
    const newer = versions.filter((text) => {
      const [, library, version] = /\((\w+?)_([\d.]+)\)/.exec(text) as RegExpExecArray;
      const most = NODE_NEEDS[library as keyof typeof NODE_NEEDS];
      const parts = version.split('.').map(Number);
      const at = most.findIndex((part, n) => part !== (parts[n] ?? 0));
      return at >= 0 && (parts[at] ?? 0) > most[at];
    });
    expect(newer).toEqual([]);
  });
});

describe('files', () => {
  const written = ['src', 'server/src', 'native', 'assembly', 'test', 'bench'].flatMap((folder) =>
    filesIn(folder, '.ts', '.js', '.cc', '.h').filter((file) => !file.startsWith(GENERATED)),
  );

  it('have at most 400 lines, tests 450', () => {
    const most = (file: string) => (file.startsWith('test/') ? 450 : 400);
    const long = written.filter((file) => read(file).trimEnd().split('\n').length > most(file));
    expect(long).toEqual([]);
  });

  it('begin by saying what they are for', () => {
    const silent = written.filter((file) => !/^(#!.*\n)?\s*(\/\*\*?|\/\/)\s*\S?/.test(read(file)));
    expect(silent).toEqual([]);
  });
});

/** Files below a folder whose names end so, as paths from the checkout. Installed packages are not ours. */
function filesIn(folder: string, ...endings: string[]): string[] {
  if (!existsSync(join(checkout, folder))) return [];
  return readdirSync(join(checkout, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(checkout, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !/(^|\/)(node_modules|build)\//.test(relative(folder, file).replaceAll('\\', '/')))
    .sort();
}

function read(file: string): string {
  return readFileSync(join(checkout, file), 'utf8');
}

/** What a source imports: files as paths from the checkout, everything else as it is written. */
function importsOf(file: string, ending = '.ts'): string[] {
  const written = (path: string) => (extname(path) === '' ? `${path}.ts` : path.replace(/\.js$/, ending));
  return specifiersIn(read(file)).map((specifier) =>
    specifier.startsWith('.') ? written(posix.join(dirname(file), specifier)) : specifier,
  );
}

/** Headers of ours, as paths from the checkout. */
function includesOf(file: string): string[] {
  return [...read(file).matchAll(/#include "([^"]+)"/g)].map((match) => `native/${match[1]}`);
}

function unitOf(file: string): string {
  return file.replace(/\.(cc|h)$/, '');
}

/** The first way from a file back to itself, or undefined if there is none. */
function circleAmong(files: readonly string[], importsOf: (file: string) => readonly string[]): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file) || !files.includes(file)) return undefined;
    for (const imported of importsOf(file)) {
      const circle = visit(imported, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}

function specifiersIn(code: string): string[] {
  const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\()(['"])([^'"]+)\1/g;
  return [...code.matchAll(pattern)].map((match) => match[2]);
}

/** A place is a prefix if it ends with a separator, else the whole name. */
function fits(name: string, place: string): boolean {
  return /[/:]$/.test(place) ? name.startsWith(place) : name === place;
}

function noObjects(): string | undefined {
  const folder = join(checkout, 'build/Release/obj.target');
  return existsSync(folder) ? undefined : 'object files are only looked for where make puts them, on Linux';
}
