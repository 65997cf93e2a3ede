/** Files are written whole or not at all: whatever ends the writing leaves what was there, and nothing beside it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeEach, describe, expect, it } from 'vitest';
import { saveText } from '../../src/files/disk.js';
import { checkout } from '../fixtures/machine.js';
import { temporaryFolder } from '../fixtures/package-copy.js';
import { run } from '../fixtures/run.js';

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
