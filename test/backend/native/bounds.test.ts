/** The bounds of the certified search are those that docs/internals/exactness.md derives: bounds.cc computes them anew. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout, describeUnless, noAddon, noProgram } from '../../fixtures/machine.js';
import { temporaryFolder } from '../../fixtures/processes/package-copy.js';

const OBJECTS = join(checkout, 'build/Release/obj.target');
const noObjects = existsSync(OBJECTS) ? undefined : 'object files are only looked for where make puts them, on Linux';

describeUnless(noAddon() ?? noObjects ?? noProgram(['g++'], 'g++'), 'bounds of the native engine', () => {
  const folder = temporaryFolder();

  it('are at least what is derived, and hardly more, on every level with a filter', { timeout: 300_000 }, () => {
    const engine = readdirSync(OBJECTS, { encoding: 'utf8', recursive: true })
      .filter((file) => file.endsWith('.o') && !file.includes('/addon/'))
      .map((file) => join(OBJECTS, file));
    const program = join(folder, 'bounds');
    const source = join(checkout, 'test/backend/native/bounds.cc');
    const flags = ['-std=c++17', '-O1', '-ffp-contract=off', '-I', join(checkout, 'native')];
    execFileSync('g++', [...flags, source, ...engine, '-o', program, '-lpthread', '-ldl'], { stdio: 'pipe' });
    expect(execFileSync(program, { encoding: 'utf8' })).toMatch(/^\d{5,} bounds compared\n$/);
  });
});
