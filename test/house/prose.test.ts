/** Documents can be read: short sentences, short lines, links that lead somewhere, commands that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { Said } from '../fixtures/processes/command.js';
import { blocksOf, filesIn, PAGES, paragraphsOf, ROOT, readPage, sentencesOf, wordsOf } from './documents.js';

const LINE_LENGTH_MAX = 120;
const SENTENCE_WORDS_MAX = 25;

const SOURCES = ['src', 'server', 'native', 'assembly', 'test', 'bench', 'examples'].flatMap((folder) =>
  filesIn(folder, ''),
);

/** The commands of `kindred`. */
let commands: string[];

beforeAll(async () => {
  const stdout = new Said();
  await run(['--help'], { stdout, stderr: new Said(), env: {} });
  commands = [...stdout.text.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
});

describe.each(PAGES)('%s', (path) => {
  it('has lines of at most 120 characters, but for tables, code and links', () => {
    const long = paragraphsOf(path)
      .flat()
      .filter(({ text }) => [...text.replaceAll(/\]\([^)]+\)/g, ']')].length > LINE_LENGTH_MAX);
    expect(long.map(({ line, text }) => `${path}:${line}: ${[...text].length} characters`)).toEqual([]);
  });

  it('has sentences of at most 25 words', () => {
    const long = paragraphsOf(path).flatMap((paragraph) =>
      sentencesOf(paragraph)
        .filter((sentence) => wordsOf(sentence) > SENTENCE_WORDS_MAX)
        .map((sentence) => `${path}:${paragraph[0].line}: ${wordsOf(sentence)} words: ${sentence}`),
    );
    expect(long).toEqual([]);
  });

  it('has links that lead to a file, and to a heading where they name one', () => {
    const dead = [...readPage(path).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^https?:/.test(target) && !leadsSomewhere(path, target));
    expect(dead).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const named = [...readPage(path).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
    expect(named.filter((name) => isPath(name) && !pathExists(name))).toEqual([]);
  });

  it('has shell commands that exist', () => {
    const unknown = blocksOf(path)
      .filter(({ language }) => language === 'sh')
      .flatMap(({ code }) => code.replaceAll(/\\\n/g, ' ').split('\n'))
      .flatMap((line) => line.replace(/(^|\s)#.*/, '').split(/\s*(?:&&|\|\|?|;)\s*/))
      .map((command) => command.trim())
      .filter((command) => command !== '' && !commandExists(command));
    expect(unknown).toEqual([]);
  });
});

it('finds what it looks for', () => {
  const sentence = `${'word '.repeat(26).trim()}.`;
  const paragraph = [{ line: 1, text: `Short. ${sentence} [A link](x.md) and \`some code\`: it ends` }];
  expect(sentencesOf(paragraph).map(wordsOf)).toEqual([1, 26, 6]);
  expect(leadsSomewhere('README.md', 'docs/nowhere.md')).toBe(false);
  expect(leadsSomewhere('README.md', 'CONTRIBUTING.md#no-such-heading')).toBe(false);
  expect(isPath('search.cc') && isPath('native/isa/') && !isPath('npm test')).toBe(true);
  expect(pathExists('search/search.cc')).toBe(true);
  expect(pathExists('native/nothing.cc')).toBe(false);
  expect(commandExists('npm run nothing')).toBe(false);
  expect(commandExists('npx kindred nothing')).toBe(false);
  expect(commandExists('node nothing.js')).toBe(false);
});

function leadsSomewhere(path: string, link: string): boolean {
  const [target, heading] = link.split('#');
  const file = target === '' ? path : join(dirname(path), target);
  if (!existsSync(join(ROOT, file))) return false;
  if (heading === undefined) return true;
  const headings = [...readPage(file).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return headings.includes(heading);
}

/** Whether a piece of code is the path of a source, or of a folder of sources. */
function isPath(code: string): boolean {
  return /^[\w./-]+\.(ts|js|cc|h|gyp)$/.test(code) || /^(src|native|assembly|test|docs|bench)\/([\w-]+\/)*$/.test(code);
}

/** A page may leave out where a file stands: any that ends so will do. */
function pathExists(name: string): boolean {
  const bare = name.replace(/\/$/, '');
  return (
    existsSync(join(ROOT, bare)) || SOURCES.some((path) => path.endsWith(`/${bare}`) || path.includes(`/${bare}/`))
  );
}

/** Programs that the system has. Whether their arguments are right, a test cannot know. */
const SYSTEM = new Set(['printf', 'cat', 'git', 'pip', 'export', 'cd', 'curl']);

function commandExists(command: string): boolean {
  const [program, ...words] = command.replace(/^(\w+=\S*\s+)+/, '').split(/\s+/);
  if (/^\w+=/.test(program) || SYSTEM.has(program)) return true;
  if (program === 'npm') return npmCommandExists(words);
  if (program === 'npx' && words[0] === 'kindred-server') return true;
  if (program === 'npx') return words[0] === 'kindred' && kindredCommandExists(words[1]);
  if (program === 'kindred') return kindredCommandExists(words[0]);
  if (program === 'node') return words.some((word) => existsSync(join(ROOT, word)));
  return existsSync(join(ROOT, program));
}

function npmCommandExists([verb, name]: readonly string[]): boolean {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  if (verb === 'run') return name in scripts;
  if (verb === 'start' || verb === 'test') return verb in scripts;
  return verb === 'ci' || verb === 'install';
}

function kindredCommandExists(name: string): boolean {
  return name.startsWith('-') || commands.includes(name);
}
