/** Files are written whole or not at all: whatever ends the writing leaves what was there, and nothing beside it. */
import { promises, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeEach, describe, expect, it } from 'vitest';
import { saveText } from '../../src/files/disk.js';
import { temporaryFor } from '../../src/files/temporary.js';
import { checkout } from '../fixtures/machine.js';
import { temporaryFolder } from '../fixtures/processes/package-copy.js';
import { run } from '../fixtures/processes/run.js';

const folder = temporaryFolder();
const path = join(folder, 'file.txt');

describe('a text that is saved', () => {
  beforeEach(() => writeFileSync(path, 'old'));

  it('takes the place of the old one when its last piece is written', async () => {
    const pieces = async function* () {
      for (const piece of ['é', '', 'new']) {
        expect(readFileSync(path, 'utf8')).toBe('old');
        yield piece;
      }
    };
    await saveText(path, pieces());
    expect(readFileSync(path, 'utf8')).toBe('énew');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });

  it('leaves the old one if a piece cannot be had', async () => {
    const pieces = function* () {
      yield 'new';
      throw new RangeError('no more');
    };
    await expect(saveText(path, pieces())).rejects.toThrow('no more');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });

  it('leaves the old one if the process exits in the middle, and asks nothing of exits after it', async () => {
    const bundled = join(temporaryFolder(), 'disk.mjs');
    await build({ entryPoints: [join(checkout, 'src/files/disk.ts')], bundle: true, format: 'esm', outfile: bundled });
    const program = `
      import { readdirSync } from 'node:fs';
      import { saveText } from ${JSON.stringify(pathToFileURL(bundled).href)};
      const [path, folder] = process.argv.slice(1);
      const before = process.listenerCount('exit');
      await saveText(path, ['first']);
      const added = process.listenerCount('exit') - before;
      await saveText(path, (async function* () {
        yield 'new';
        yield 'more';
        console.log(added, readdirSync(folder).length);
        process.exit(130);
      })());`;
    const ended = await run(process.execPath, ['--input-type=module', '-e', program, path, folder]);
    expect(ended).toEqual({ code: 130, stdout: '0 2\n', stderr: '' });
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });
});

describe('what killed saves left', () => {
  it('is removed by the next save to the same file, if its process is gone', async () => {
    const host = { process, hostname, basename, join, removeNow: rmSync, fs: promises };
    const dead = await run(process.execPath, ['-p', 'process.pid']);
    const left = (target: string, pid: number, machine = hostname) => {
      const owner = { ...host, hostname: machine, process: { ...process, pid } as NodeJS.Process };
      const name = temporaryFor(owner, folder, join(folder, target));
      writeFileSync(name, 'left');
      return basename(name);
    };
    const pid = Number(dead.stdout);
    left('file.txt', pid);
    const ofBefore = left('file.txt', process.pid);
    utimesSync(join(folder, ofBefore), 1, 1);
    const kept = [
      left('other.txt', pid),
      left('file.txt', process.ppid),
      left('file.txt', process.pid),
      left('file.txt', pid, () => 'another machine'),
      '.kindred-notes.tmp',
    ];
    writeFileSync(join(folder, '.kindred-notes.tmp'), '');
    await saveText(path, ['new']);
    expect(readdirSync(folder).sort()).toEqual([...kept, 'file.txt'].sort());
    for (const name of kept) rmSync(join(folder, name));
  });

  it('has a short name, however long that of the file is', async () => {
    const long = join(folder, 'x'.repeat(255));
    await saveText(long, ['new']);
    expect(readFileSync(long, 'utf8')).toBe('new');
    rmSync(long);
  });
});

it('asks for signals only while a file is not whole', async () => {
  const listeners = () => ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'].map((name) => process.listenerCount(name));
  const before = listeners();
  await saveText(
    path,
    (function* () {
      expect(listeners()).toEqual(before.map((count) => count + 1));
      yield 'new';
    })(),
  );
  expect(listeners()).toEqual(before);
});
