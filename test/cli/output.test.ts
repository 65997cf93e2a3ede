/** What the command writes: files as they were, errors for programs, nothing that a terminal or a spreadsheet obeys. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Printer } from '../../src/cli/output/printer.js';
import { ProgressLine } from '../../src/cli/output/progress-line.js';
import { csvField, jsonText, printable, shellWord } from '../../src/cli/output/safe-text.js';
import { run } from '../../src/cli/program.js';
import { Interactions, loadModel, Popularity } from '../../src/recommend/index.js';
import { folder, json, kindred, put, refusal, Said } from '../fixtures/processes/command.js';

const FOOD = 'user,item\nann,apple\nann,bread\nbob,apple\nbob,bread\nbob,cheese\ncid,bread\n';
const at = (name: string) => join(folder, name);

beforeAll(() => {
  put('food.csv', FOOD);
});

describe.skipIf(process.platform === 'win32')('a file that is there', () => {
  it.each([
    ['train', 'kept.kindred', ['train', 'food.csv', '-o']],
    ['recommend --all', 'kept.csv', ['recommend', 'food.csv', '--all', '-o']],
    ['--html', 'kept.html', ['evaluate', 'food.csv', '--model', 'popularity', '--no-intervals', '--html']],
  ])('keeps its mode and stays a link: %s', async (_, name, args) => {
    mkdirSync(at('elsewhere'), { recursive: true });
    put(`elsewhere/${name}`, 'old');
    chmodSync(at(`elsewhere/${name}`), 0o640);
    symlinkSync(`elsewhere/${name}`, at(name));
    expect((await kindred(...args, name)).status).toBe(0);
    expect(lstatSync(at(name)).isSymbolicLink()).toBe(true);
    expect(statSync(at(name)).mode & 0o777).toBe(0o640);
    expect(readFileSync(at(name), 'latin1')).not.toBe('old');
  });

  it('is made where a link leads that leads nowhere yet', async () => {
    symlinkSync('elsewhere/new.kindred', at('dangling.kindred'));
    expect((await kindred('train', 'food.csv', '-o', 'dangling.kindred')).status).toBe(0);
    expect(lstatSync(at('dangling.kindred')).isSymbolicLink()).toBe(true);
    expect(existsSync(at('elsewhere/new.kindred'))).toBe(true);
  });
});

it.each(['evaluate', 'compare'])('a page is there before the answer of %s is', async (command) => {
  const page = at(`${command}.html`);
  const seen: boolean[] = [];
  const stdout = new Said();
  stdout.write = () => seen.push(existsSync(page)) > 0;
  const models = ['--model', 'popularity', '--model', 'item-knn'];
  const args = [command, 'food.csv', ...models, '--split', 'random', '--no-intervals', '--html', page];
  expect(await run(args, { stdout, stderr: new Said(), env: {} })).toBe(0);
  expect(seen).toContain(true);
  expect(seen).not.toContain(false);
});

describe('an output that cannot be written is refused before the work', () => {
  const long = (suffix: string, length: number) => 'x'.repeat(length - suffix.length) + suffix;

  it.each([
    ['below a file', ['train', 'bad.csv', '-o', 'food.csv/m.kindred'], /food\.csv: it is not a folder/],
    ['below a file', ['recommend', 'bad.csv', '--all', '-o', 'food.csv/m.csv'], /food\.csv: it is not a folder/],
    ['below a file', ['evaluate', 'bad.csv', '--html', 'food.csv/m.html'], /food\.csv: it is not a folder/],
    ['of a long name', ['train', 'bad.csv', '-o', long('.kindred', 300)], /the name is too long/],
    ['in no folder', ['train', 'bad.csv', '-o', 'no/where/m.kindred'], /no\/where: no such folder/],
    ['that is a folder', ['recommend', 'bad.csv', '--all', '-o', 'folder.csv'], /it is a directory/],
  ])('%s: %j', async (_, args, message) => {
    put('bad.csv', 'user,item\na,b,c\n');
    mkdirSync(at('folder.csv'), { recursive: true });
    expect(await refusal(...args)).toMatch(message);
  });

  it('names of 250 bytes can be written, and longer ones not be read', async () => {
    const name = long('.kindred', 250);
    expect((await kindred('train', 'food.csv', '-o', name)).status).toBe(0);
    expect((await kindred('recommend', name, 'ann')).status).toBe(0);
    expect(await refusal('similar', long('.csv', 400), 'x')).toMatch(/the name is too long/);
    expect(await refusal('similar', 'food.csv/x.csv', 'x')).toMatch(/no such file/);
    expect(await refusal('recommend', 'food.csv/x.kindred', 'x')).toMatch(/no such file/);
  });
});

describe('with --json', () => {
  it.each([
    [['similar', 'food.csv', 'aple'], 'UNKNOWN_ID', /did you mean "apple"/],
    [['similar', 'none.csv', 'apple'], 'INVALID_ARGUMENT', /no such file/],
    [['similar', 'food.csv'], 'USAGE', /missing required argument 'id'/],
    [['similar', 'food.csv', 'apple', '--nieghbours', '3'], 'USAGE', /unknown option/],
    [['simlar', 'food.csv'], 'USAGE', /unknown command|unknown option/],
    [
      ['recommend', 'food.csv', '--all', '-o', 'x.csv'],
      'INVALID_ARGUMENT',
      /--json writes lines of JSON; .* named as CSV/,
    ],
    [['recommend', 'food.csv', '--all', '--safe-csv'], 'INVALID_ARGUMENT', /--safe-csv is for CSV/],
    [['similar', 'food.csv', 'apple', '-k', 'many'], 'USAGE', /positive integer/],
  ])('errors are a line of JSON: %j', async (args, code, message) => {
    const { status, stdout, stderr } = await kindred(...args, '--json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(stderr)).toEqual({ error: { code, message: expect.stringMatching(message) } });
  });

  it('what --all wrote is told as JSON', async () => {
    const told = await json('recommend', 'food.csv', '--all', '-o', 'told.jsonl');
    expect(told).toMatchObject({ file: 'food.csv', users: 3, output: 'told.jsonl', columns: { user: 'user' } });
    const { stdout } = await kindred('recommend', 'food.csv', '--all', '--json');
    expect(readFileSync(at('told.jsonl'), 'utf8')).toBe(stdout);
  });

  it('an id may be the word --json', async () => {
    const { stderr } = await kindred('similar', 'food.csv', '--', '--json');
    expect(stderr).toMatch(/^kindred: no item of food\.csv is named "--json"/);
  });
});

describe('options that do nothing are refused', () => {
  beforeAll(async () => {
    put('v.txt', 'a 1 2\nb 3 4\nc 5 6\n');
    await Popularity.fit(Interactions.from([{ user: 'a', item: 'x' }])).save(at('popular.kindred'));
  });

  it.each([
    [
      ['similar', 'food.csv', 'apple', '--metric', 'euclidean'],
      /food\.csv holds interactions; --metric is for files of vectors/,
    ],
    [['similar', 'food.csv', 'apple', '--ids', 'x.txt'], /--ids is for files of vectors/],
    [['similar', 'food.csv', 'apple', '--dtype', 'float32'], /--dtype is for/],
    [['similar', 'popular.kindred', 'x', '--dim', '3'], /holds a trained model; --dim is for files of vectors/],
    [['similar', 'popular.kindred', 'x', '--no-header'], /--no-header is for interactions/],
    [['similar', 'popular.kindred', 'x', '--no-time-column'], /--no-time-column is for interactions/],
    [['similar', 'v.txt', 'a', '--shrinkage', '3'], /--shrinkage needs interactions; v\.txt holds vectors/],
    [['similar', 'v.txt', 'a', '--k-core', '3'], /--k-core needs interactions/],
    [['similar', 'v.txt', 'a', '--encoding', 'utf-8'], /--encoding needs interactions/],
    [['similar', 'v.txt', 'a', '--users'], /--users needs interactions/],
    [['recommend', 'food.csv', 'ann', '--safe-csv'], /--safe-csv goes with --all/],
    [['similar', 'food.csv', 'apple', '--no-quote', '--line-breaks'], /--line-breaks is for fields in quotes/],
    [['evaluate', 'food.csv', '--metrics', 'recall', '--relevance', 'graded'], /--relevance is about ndcg/],
    [['evaluate', 'food.csv', '--html', ''], /--html is empty/],
    [['evaluate', 'popular.kindred', '--test', 'food.csv', '--model', 'ease'], /--model is for interactions/],
  ])('%j', async (args, message) => {
    expect(await refusal(...args)).toMatch(message);
  });
});

describe('names out of files', () => {
  const evil = ['\u001b[31mred', '\u202egnp.exe', '\u009b2J', '\ud800', '\u2066x'];
  /** What a terminal would obey, or turn around. */
  const obeyed = /[\p{Cs}\u202a-\u202e\u2066-\u2069]|(?!\n)\p{Cc}/u;

  beforeAll(() => {
    put(
      'evil.jsonl',
      evil
        .map((item) => `${JSON.stringify({ user: item, item })}\n{"user":"b","item":${JSON.stringify(item)}}\n`)
        .join(''),
    );
  });

  it.each([
    ['similar', 'evil.jsonl', evil[0]],
    ['recommend', 'evil.jsonl', evil[1]],
    ['recommend', 'evil.jsonl', evil[2], '--explain', '--json'],
    ['train', 'evil.jsonl', '-o', 'evil.kindred'],
    ['recommend', 'evil.jsonl', 'nobody\u001b[31m'],
    ['recommend', 'evil.jsonl', 'nobody\u202e', '--json'],
    ['recommend', 'evil.jsonl', '--all', '--json'],
  ])('steer no terminal: %j', async (...args) => {
    const { stdout, stderr } = await kindred(...args);
    expect(stdout + stderr).not.toMatch(obeyed);
    expect(stdout + stderr).toMatch(/\\u001b|\\u202e/);
  });

  it('come back from JSON as they were', async () => {
    const { results } = await json('similar', 'evil.jsonl', evil[0]);
    expect(new Set(results.map(({ id }: { id: string }) => id))).toEqual(new Set(evil.slice(1)));
    await json('train', 'evil.jsonl', '-o', 'halves.kindred');
    expect((await loadModel(at('halves.kindred'))).interactions.items).toEqual(evil);
  });

  it('are shown on a terminal by --all too, and by progress', async () => {
    const terminal = new Said(true);
    await new Printer(terminal, {}).pieces(
      (async function* () {
        yield `user\n${evil.slice(0, 3).join('\n')}\n`;
      })(),
    );
    expect(terminal.text).toBe('user\n\\u001b[31mred\n\\u202egnp.exe\n\\u009b2J\n');
    const stderr = new Said(true);
    const progress = new ProgressLine(stderr);
    progress.show('reading \u001b]0;x\u0007.csv', true);
    expect(stderr.text).toBe('\r\u001b[Kreading \\u001b]0;x\\u0007.csv');
  });

  it('are made safe for spreadsheets if asked, and never two of them one', async () => {
    const formulas = ['=cmd|x', '@SUM(1)', '+1', '-1', '\tx', '=a,"b"', 'plain'];
    put(
      'formulas.jsonl',
      formulas.map((item) => `${JSON.stringify({ user: 'a', item })}\n{"user":"b","item":"plain"}\n`).join(''),
    );
    const table = async (...options: string[]) =>
      (await kindred('recommend', 'formulas.jsonl', '--all', ...options)).stdout;
    expect(await table()).toContain('b,1,=cmd|x,');
    const safe = await table('--safe-csv');
    expect(safe).toContain(",'=cmd|x,");
    expect(safe).toContain(`,"'=a,""b""",`);
    expect(safe).not.toMatch(/,[=+@\t-]/);
    const halves = await kindred('recommend', 'evil.jsonl', '--all');
    expect(halves.status).toBe(2);
    expect(halves.stderr).toMatch(/"\\ud800" holds half a character, which CSV cannot; --json/);
  });

  it('and of files are quoted where a command is suggested', async () => {
    const { stdout } = await kindred('train', put('a.csv', "user,item\n$(x) 'y',b\n"), '-o', 'my model.kindred');
    expect(stdout).toContain("next      kindred recommend 'my model.kindred' '$(x) '\\''y'\\'''\n");
    const dashed = await kindred('train', put('b.csv', 'user,item\n-x,b\n'), '-o', '-m.kindred');
    expect(dashed.stdout).toContain('next      kindred recommend ./-m.kindred -- -x\n');
  });
});

it('text is made safe for where it goes', () => {
  expect(['plain-1.csv', 'a b', "it's", 'x\u001b', '', '$HOME'].map(shellWord)).toEqual([
    'plain-1.csv',
    "'a b'",
    "'it'\\''s'",
    "$'x\\u001b'",
    "''",
    "'$HOME'",
  ]);
  expect(printable('ä – 日本\u200d\n')).toBe('ä – 日本\u200d\\u000a');
  expect(jsonText({ a: '\u202e\n' })).toBe('{"a":"\\u202e\\n"}');
  expect(['=1', 'a"b', 'x\ny', 3, -3].map((value) => csvField(value, true))).toEqual([
    "'=1",
    '"a""b"',
    '"x\ny"',
    '3',
    '-3',
  ]);
  expect(csvField('=1', false)).toBe('=1');
});

it('what the system refuses while writing is one line', async () => {
  const { describeFailure } = await import('../../src/cli/output/failure.js');
  const full = Object.assign(new Error('ENOSPC: no space left on device, fsync'), { code: 'ENOSPC', syscall: 'fsync' });
  expect(describeFailure(full)).toEqual({
    message: 'kindred: the system refuses: ENOSPC: no space left on device, fsync',
    code: 'SYSTEM',
    exitCode: 1,
  });
});
