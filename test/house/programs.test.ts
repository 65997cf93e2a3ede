/**
 * What documents and docstrings show runs as pasted, and gives what they say. Programs are compiled against the package
 * as it ships and run by Node, in an empty folder.
 *
 * On a page, a block that imports begins a program and blocks behind it go on with it. In all of them
 * - the comment at the end of an expression is its value: `index.size; // 3`. `...` stands for what is left out;
 * - the comment behind `console.log(...)`, or on the lines below it, is what it prints;
 * - a block of `text` is what the program above it has printed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as client from '../../src/client/index.js';
import * as embeddings from '../../src/embeddings/index.js';
import * as kindred from '../../src/index.js';
import * as io from '../../src/io/index.js';
import * as recommend from '../../src/recommend/index.js';
import * as wasm from '../../src/wasm/index.js';
import { type Block, blocksOf, examples, filesIn, PAGES_WITH_PROGRAMS, ROOT, readPage } from './documents.js';

const ENTRY_POINTS: Record<string, Record<string, unknown>> = {
  kindred,
  'kindred/recommend': recommend,
  'kindred/embeddings': embeddings,
  'kindred/io': io,
  'kindred/client': client,
  'kindred/wasm': wasm,
};

interface Program {
  /** Where it stands: path and line. */
  readonly place: string;
  readonly code: string;
  readonly language: string;
  /** What it prints as a whole, if that is shown. */
  readonly prints: string | undefined;
}

interface Outcome {
  readonly error: string | undefined;
  readonly printed: string;
  /** Values that are not as their comments say. */
  readonly wrong: readonly string[];
}

const programs = [...PAGES_WITH_PROGRAMS.flatMap((path) => programsOf(blocksOf(path))), ...examples().map(programOf)];
const folder = join(ROOT, 'build/documents');
const work = mkdtempSync(join(tmpdir(), 'kindred-documents-'));
let outcomes: readonly Outcome[];

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  outcomes = run(programs);
}, 300_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

describe('programs', () => {
  it.each(programs.map((program, n) => [program.place, program, n] as const))('%s', (_, program, n) => {
    const { error, printed, wrong } = outcomes[n];
    expect(error).toBeUndefined();
    expect(wrong).toEqual([]);
    if (program.prints !== undefined) expect(printed).toBe(program.prints);
  });

  it('are found wrong where they are wrong', () => {
    const example = { path: 'here', line: 1, language: 'ts' };
    const [value, output, text, thrown, uncompiled] = run([
      programOf({ ...example, code: 'dot([1, 2], [3, 4]); // 12\n' }),
      programOf({ ...example, code: 'console.log(norm([3, 4]));\n// 4\n' }),
      ...programsOf([
        { ...example, code: "import { norm } from 'kindred';\nconsole.log(norm([3, 4]));\n" },
        { ...example, language: 'text', code: '4\n' },
      ]),
      programOf({ ...example, code: 'norm([Number.NaN]);\n' }),
      programOf({ ...example, code: 'normalize([1], 2);\n' }),
    ]);
    expect(value.wrong).toEqual(['11, not 12']);
    expect(output.wrong).toEqual(['5, not 4']);
    expect(text.printed).toBe('5\n');
    expect(thrown.error).toContain('NaN');
    expect(uncompiled.error).toContain('Expected 1 arguments');
  });
});

describe('shell', () => {
  it.each(
    PAGES_WITH_PROGRAMS.map((path) => [path, blocksOf(path).filter(isForTheCommand)] as const).filter(
      ([, blocks]) => blocks.length > 0,
    ),
  )('%s', (_, blocks) => {
    const command = `kindred() { '${process.execPath}' '${ROOT}/dist/cli/main.js' "$@"; }; npx() { "$@"; }; set -e\n`;
    const cwd = mkdtempSync(join(work, 'shell-'));
    const printed = execFileSync('bash', ['-c', command + blocks.map(({ code }) => code).join('')], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(printed.length).toBeGreaterThan(0);
  });
});

it('every function of the tables is exported', () => {
  const names = [...readPage('docs/guide/search.md').matchAll(/^\| (`\w+\(.*?)\|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`(\w+)\(/g)].map(([, name]) => name),
  );
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect(typeof ENTRY_POINTS.kindred[name]).toBe('function');
});

/** What needs no example: twins of what has one, and what only functions of ours make. */
const WITHOUT_EXAMPLE = [
  'compareAsync',
  'evaluateAsync',
  'Comparison',
  'EvaluationReport',
  'Recommendations',
  'RequestError',
  'Tuning',
];

it('every public class and function has an example', () => {
  const shown = examples()
    .map(({ code }) => code)
    .join('');
  const names = Object.values(ENTRY_POINTS).flatMap((exported) => Object.keys(exported));
  const missing = names.filter((name) => !WITHOUT_EXAMPLE.includes(name) && !new RegExp(`\\b${name}\\b`).test(shown));
  expect(missing).toEqual([]);
});

it('every example begins on a line of its own, so that it is found and keeps its lines', () => {
  const marks = filesIn('src', '.ts').flatMap((path) => readPage(path).match(/\* @example.*/g) ?? []);
  expect(marks.filter((mark) => mark !== '* @example')).toEqual([]);
  expect(examples().length).toBe(marks.length);
});

/** The programs of a page's blocks. */
function programsOf(blocks: readonly Block[]): Program[] {
  const found: { place: string; code: string; language: string; prints: string | undefined }[] = [];
  for (const { path, line, language, code } of blocks) {
    const last = found.at(-1);
    if (language === 'text' && last !== undefined) last.prints = (last.prints ?? '') + code;
    if (language !== 'ts' && language !== 'js') continue;
    if (last === undefined || code.startsWith('import ')) {
      found.push({ place: `${path}:${line}`, code, language, prints: undefined });
    } else last.code += code;
  }
  return found;
}

/** The program of an example, which may use every public name without an import. */
function programOf({ path, line, language, code }: Block): Program {
  const imports = Object.entries(ENTRY_POINTS).map(([from, names]) => {
    const used = Object.keys(names).filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test(code));
    return code.includes('import ') || used.length === 0 ? '' : `import { ${used.join(', ')} } from '${from}';\n`;
  });
  return { place: `${path}:${line}`, code: imports.join('') + code, language, prints: undefined };
}

function isForTheCommand({ language, code }: Block): boolean {
  return language === 'sh' && /^(npx )?kindred /m.test(code);
}

/** Compiles the programs and runs them one after the other in a process of their own. */
function run(all: readonly Program[]): Outcome[] {
  const round = mkdtempSync(join(folder, 'round-'));
  const files = all.map(({ language, place, code }, n) => {
    const name = `${n}-${place.replaceAll(/\W+/g, '-')}`;
    writeFileSync(join(round, `${name}.m${language}`), checked(code));
    return `${name}.mjs`;
  });
  writeFileSync(join(round, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  writeFileSync(join(round, 'runner.mjs'), RUNNER);
  const { stdout } = spawnSync(process.execPath, [TSC, '-p', round, '--pretty', 'false'], { encoding: 'utf8' });
  execFileSync(process.execPath, [join(round, 'runner.mjs'), ...files], {
    cwd: mkdtempSync(join(work, 'programs-')),
    env: { ...process.env, NO_COLOR: '1' },
  });
  const outcomes: Outcome[] = JSON.parse(readFileSync(join(round, 'outcomes.json'), 'utf8'));
  return outcomes.map((outcome, n) => {
    const complaints = stdout.split('\n').filter((line) => line.includes(files[n].replace('.mjs', '.mts')));
    return complaints.length === 0 ? outcome : { ...outcome, error: `does not compile: ${complaints.join('\n')}` };
  });
}

const LITERAL = /^(\[|\{|'|-?\d|(true|false|null|undefined|NaN)\b|\w+(\(\d+\))? ?[[{])/;

/** The program with its comments on values as calls that compare. */
function checked(code: string): string {
  const printing = /^console\.log\((.*)\);(?:\s*\/\/ (.*)((?:\n\/\/ .*)*)|((?:\n\/\/ .*)+))$/gm;
  const value = /^(?!console|import|const|let|\/\/)(.*);\s*\/\/ (.*)$/gm;
  return code
    .replaceAll(printing, (_, args, first = '', others = '', below = '') =>
      call('prints', args, `${first}${others}${below}`.replaceAll('\n// ', '\n').trim()),
    )
    .replaceAll(value, (line, expression, text) => (LITERAL.test(text) ? call('gives', expression, text) : line));
}

function call(name: string, args: string, text: string): string {
  return `globalThis['${name}'](${JSON.stringify(text)}, ${args});`;
}

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

const TSCONFIG = {
  extends: '../../../tsconfig.json',
  compilerOptions: {
    rootDir: '.',
    outDir: '.',
    declaration: false,
    emitDeclarationOnly: false,
    noUnusedLocals: false,
    allowJs: false,
    noImplicitAny: false,
  },
  include: ['*.mts'],
  exclude: [],
};

const RUNNER = `
import { writeFileSync } from 'node:fs';
import { format, inspect } from 'node:util';

const bare = (text) => text.replaceAll(/\\s+/g, '');
const pattern = (text) =>
  new RegExp('^' + bare(text).replaceAll(/[.*+?^$\{}()|[\\]\\\\]/g, '\\\\$&').replaceAll('\\\\.\\\\.\\\\.', '.*?') + '$');

const outcomes = [];
for (const file of process.argv.slice(2)) {
  const wrong = [];
  let printed = '';
  const compare = (found, text) => {
    if (!pattern(text).test(bare(found))) wrong.push(found + ', not ' + text);
  };
  globalThis.gives = (text, value) => compare(inspect(value, { depth: 8, maxStringLength: 1000 }), text);
  globalThis.prints = (text, ...values) => {
    printed += format(...values) + '\\n';
    compare(format(...values), text);
  };
  console.log = (...values) => {
    printed += format(...values) + '\\n';
  };
  let error;
  try {
    await import('./' + file);
  } catch (reason) {
    error = reason.stack ?? String(reason);
  }
  outcomes.push({ error, printed, wrong });
}
writeFileSync(new URL('outcomes.json', import.meta.url), JSON.stringify(outcomes));
`;
