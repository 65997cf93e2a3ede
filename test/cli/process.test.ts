/** What only a process of the command shows: signals, pipes, exit codes, the choice of a backend. Needs dist. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { folder, json, kindredProcess, put, refusal, refusedBy } from '../fixtures/processes/command.js';

const FOOD = 'user,item\nann,apple\nann,bread\nbob,apple\nbob,bread\nbob,cheese\n';

beforeAll(() => {
  put('food.csv', FOOD);
});

describe('a process of the command', () => {
  it('answers as the command does in this process, and ends with 0', async () => {
    const { status, stdout, stderr } = await kindredProcess(['similar', 'food.csv', 'apple', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(await json('similar', 'food.csv', 'apple'));
  });

  it.each([['--version'], ['--help'], ['train', '--help']])('loads no backend for %s %s', (...args) => {
    const tell = `process.on('exit', () => console.error(Object.keys(require.cache).join('\\n')))`;
    const main = join(import.meta.dirname, '../../dist/cli/main.js');
    const { status, stderr } = spawnSync(process.execPath, ['-e', `${tell}; require(process.argv[1])`, main, ...args], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const ours = stderr
      .trim()
      .split('\n')
      .filter((file) => file.includes('/dist/'));
    expect(ours.length).toBeGreaterThan(1);
    expect(ours.filter((file) => readFileSync(file, 'utf8').includes('WebAssembly'))).toEqual([]);
  });

  it('refuses bad input with one line and exit code 2', async () => {
    expect(refusedBy(await kindredProcess(['similar', 'food.csv', 'aple']))).toMatch(/did you mean "apple"/);
  });

  it('uses the backend that is named, and refuses nonsense with every candidate on the line', async () => {
    const { stdout } = await kindredProcess(['info', '--backend', 'reference', '--json']);
    expect(JSON.parse(stdout).backend).toMatchObject({ name: 'reference' });
    expect(refusedBy(await kindredProcess(['similar', 'food.csv', 'apple', '--backend', 'abacus']))).toMatch(
      /"abacus" cannot be used here.*reference\/plain: available/,
    );
  });

  it('ends quietly when its reader stops', async () => {
    const ended = await kindredProcess(['similar', 'food.csv', 'apple', '--json'], {
      meanwhile: (child) => child.stdout?.destroy(),
    });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(!existsSync('/dev/full'))(
    'reports an output that fails with exit code 1 (where there is a /dev/full)',
    async () => {
      const full = openSync('/dev/full', 'w');
      const ended = await kindredProcess(['info'], { stdout: full });
      closeSync(full);
      expect(ended).toMatchObject({ status: 1, stderr: 'kindred: cannot write the output: ENOSPC\n' });
    },
  );
});

describe('a page of --html', () => {
  const judging = ['compare', 'food.csv', '--model', 'popularity', '--model', 'item-knn', '--split', 'random'];
  const judge = [...judging, '--no-intervals', '--html'];

  it('is written although nobody reads the rest', async () => {
    const ended = await kindredProcess([...judge, 'unread.html'], { meanwhile: (child) => child.stdout?.destroy() });
    expect(ended.status).toBe(0);
    expect(readFileSync(join(folder, 'unread.html'), 'utf8')).toMatch(/<\/html>\n$/);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'is written although the rest cannot be (where there is a /dev/full)',
    async () => {
      const full = openSync('/dev/full', 'w');
      const ended = await kindredProcess([...judge, 'full.html'], { stdout: full });
      closeSync(full);
      expect(ended.status).toBe(1);
      expect(existsSync(join(folder, 'full.html'))).toBe(true);
    },
  );
});

describe('stdin', () => {
  it.each([
    ['a table', FOOD, []],
    ['lines of JSON', '{"user":"a","item":"apple"}\n{"user":"a","item":"bread"}\n', []],
    ['a table without header', 'a|apple\na|bread\n', ['--no-header', '--delimiter', '|']],
    ['a table by format', FOOD.replaceAll(',', '\t'), ['--format', 'tsv']],
  ])('is read: %s', async (_, text, options) => {
    const { status, stdout } = await kindredProcess(['similar', '-', 'apple', '--json', ...options], { stdin: text });
    expect(status).toBe(0);
    const answer = JSON.parse(stdout);
    expect([answer.file, answer.kind, answer.results[0].id]).toEqual(['-', 'items', 'bread']);
  });

  it('is read as a model and as vectors', async () => {
    await kindredProcess(['train', '-', '-o', 'piped.kindred'], { stdin: FOOD });
    const model = readFileSync(join(folder, 'piped.kindred'));
    const ended = await kindredProcess(['recommend', '-', 'ann', '--json'], { stdin: model });
    expect(JSON.parse(ended.stdout).results[0].item).toBe('cheese');
    const words = await kindredProcess(['similar', '-', 'a', '--json'], { stdin: 'a 1 0.5\nb 0.5 1\n' });
    expect(JSON.parse(words.stdout).results[0].id).toBe('b');
    expect(refusedBy(await kindredProcess(['search', '-', 'a'], { stdin: FOOD }))).toMatch(/^kindred: stdin: /);
    const packed = await kindredProcess(['train', '-', '-o', 'x.kindred'], { stdin: gzipSync(FOOD) });
    expect(refusedBy(packed)).toMatch(/stdin is packed with gzip/);
    expect(await refusal('evaluate', '-', '--test', '-')).toMatch(/stdin \(-\) can be read once/);
  });
});

// A pipe with a name tells that the command runs: who opens it to write waits until it is opened to read.
describe.skipIf(process.platform === 'win32')('a signal', () => {
  const temporaries = () => readdirSync(folder).filter((name) => name.startsWith('.kindred'));
  const many = Array.from({ length: 40_000 }, (_, n) => `u${n},i${n % 50}\nu${n},i${(n * 7) % 50}\n`).join('');

  beforeAll(() => {
    put('many.csv', `user,item\n${many}`);
  });

  it('ends a training at once, and leaves no file', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.csv')]);
    const training = ['train', 'pipe.csv', '-o', 'stopped.kindred', '--model', 'als:factors=64,iterations=1000000'];
    const ended = await kindredProcess(training, {
      meanwhile: async (child) => {
        await writeFile(join(folder, 'pipe.csv'), FOOD);
        // By now it most likely trains; that it still reads would change nothing.
        setTimeout(() => child.kill('SIGINT'), 300);
      },
    });
    expect(ended).toEqual({ status: 'SIGINT', stdout: '', stderr: '' });
    expect(existsSync(join(folder, 'stopped.kindred'))).toBe(false);
    expect(temporaries()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s in the middle of writing leaves nothing', async (signal) => {
    const ended = await kindredProcess(['recommend', 'many.csv', '--all', '-o', 'stopped.csv'], {
      meanwhile: (child) => {
        const watching = setInterval(() => {
          if (temporaries().length === 0) return;
          clearInterval(watching);
          child.kill(signal);
        }, 1);
      },
    });
    expect(ended).toMatchObject({ status: signal, stdout: '' });
    expect(existsSync(join(folder, 'stopped.csv'))).toBe(false);
    expect(temporaries()).toEqual([]);
  });

  it('that cannot be heard leaves what the next save to the same file removes', async () => {
    const kill = {
      meanwhile: (child: { kill: (signal: 'SIGKILL') => boolean }) => {
        const before = temporaries().length;
        const watching = setInterval(() => {
          if (temporaries().length === before) return;
          clearInterval(watching);
          child.kill('SIGKILL');
        }, 1);
      },
    };
    await kindredProcess(['recommend', 'many.csv', '--all', '-o', 'killed.csv'], kill);
    await kindredProcess(['recommend', 'many.csv', '--all', '-o', 'other.csv'], kill);
    expect(temporaries()).toHaveLength(2);
    expect((await kindredProcess(['recommend', 'food.csv', '--all', '-o', 'killed.csv'])).status).toBe(0);
    expect(temporaries()).toHaveLength(1);
    expect((await kindredProcess(['recommend', 'food.csv', '--all', '-o', 'other.csv'])).status).toBe(0);
    expect(temporaries()).toEqual([]);
  });
});
