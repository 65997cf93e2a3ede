/** What only a process of the command shows: signals, pipes, exit codes, the choice of a backend. Needs dist. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folder, json, kindredProcess, put, refusedBy } from '../fixtures/command.js';

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

// A pipe with a name tells that the command runs: who opens it to write waits until it is opened to read.
describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
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
    expect(readdirSync(folder).filter((name) => /stopped|tmp/.test(name))).toEqual([]);
  });
});
