/** The engine under ThreadSanitizer: no program of Node's, so the golden program, and one that searches while rows change. */
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { checkout, describeUnless, nativeLevelsOfThisCpu, noProgram } from '../../fixtures/machine.js';
import { temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { run } from '../../fixtures/processes/run.js';
import { goldenFile } from '../golden/golden-file.js';
import { buildGolden, buildNative, linkWithEngine } from '../golden/program.js';

const FLAGS = ['-fsanitize=thread'];

const obstacle = process.platform === 'linux' ? noProgram(['g++', 'make', 'python3'], 'g++ make python3') : 'no Linux';

describeUnless(obstacle, 'under ThreadSanitizer', () => {
  const folder = temporaryFolder();
  let build: string;

  beforeAll(async () => {
    build = await buildNative(folder, { CXXFLAGS: ['-O1', '-g1', ...FLAGS].join(' '), LDFLAGS: FLAGS[0] });
  });

  it('searches race with nothing while rows change', async () => {
    const source = join(checkout, 'test/slow/sanitizers/races.cc');
    const program = await linkWithEngine(join(folder, 'races'), [source], build, { flags: FLAGS });
    const { code, stdout, stderr } = await sanitized(program, []);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout.match(/ 0 differ from the scan$/gm)?.length).toBe(2 * nativeLevelsOfThisCpu().length);
  });

  // What threads share is the same code on every level, and in a fifth of the cases: all of them take five minutes.
  it('threads that share a search, a graph or a training race with nothing', async () => {
    const [best] = nativeLevelsOfThisCpu();
    const program = await buildGolden(folder, build, { flags: FLAGS });
    const { code, stdout, stderr } = await sanitized(program, [await goldenFile(), '--share', best]);
    expect(`${stdout}${stderr}`).toMatch(new RegExp(`^${best}: \\d+ cases, \\d{4,} operations, ok\n$`));
    expect(code).toBe(0);
  });
});

/** Some kernels spread addresses more widely than the runtime expects. */
async function sanitized(program: string, args: string[]) {
  const env = { TSAN_OPTIONS: 'halt_on_error=1' };
  const placed = await run('setarch', ['-R', 'true']).catch(() => ({ code: 1 }));
  return placed.code === 0 ? run('setarch', ['-R', program, ...args], { env }) : run(program, args, { env });
}
