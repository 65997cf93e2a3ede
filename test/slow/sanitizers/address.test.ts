/** The engine under AddressSanitizer and UndefinedBehaviorSanitizer: its golden cases by a program, what only the addon does by Node. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { checkout, describeUnless, nativeLevelsOfThisCpu, noProgram } from '../../fixtures/machine.js';
import { dependency, temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { mustRun, run } from '../../fixtures/processes/run.js';
import { goldenFile } from '../golden/golden-file.js';
import { buildGolden, buildNative } from '../golden/program.js';

const FLAGS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];
/** Tests of what the addon itself does: checks of arguments, work under way, encodings and files that are damaged. */
const OF_THE_ADDON = [
  'test/backend/native/native.test.ts',
  'test/backend/conformance/search-async.test.ts',
  'test/similarity/index-file/damage',
];

const obstacle = process.platform === 'linux' ? noProgram(['g++', 'make', 'python3'], 'g++ make python3') : 'no Linux';

describeUnless(obstacle, 'under AddressSanitizer and UndefinedBehaviorSanitizer', () => {
  const folder = temporaryFolder();
  let build: string;
  let program: string;

  beforeAll(async () => {
    const env = { CXXFLAGS: ['-O1', '-g1', ...FLAGS].join(' '), LDFLAGS: FLAGS[0] };
    build = await buildNative(folder, env);
    program = await buildGolden(folder, build, { flags: FLAGS });
  });

  it.each(nativeLevelsOfThisCpu())('%s answers as the reference, and touches nothing else', async (level) => {
    const { code, stdout, stderr } = await run(program, [await goldenFile(), level]);
    expect(`${stdout}${stderr}`).toMatch(new RegExp(`^${level}: \\d+ cases, \\d{5,} operations, ok\n$`));
    expect(code).toBe(0);
  });

  it('the addon refuses what is damaged, and ends its work cleanly', async () => {
    for (const source of [
      'tsconfig.json',
      'vitest.config.ts',
      'src',
      'test',
      'docs',
      'examples',
      'README.md',
      'dist',
    ]) {
      cpSync(join(checkout, source), join(folder, source), { recursive: true });
    }
    // Node itself is not instrumented, so the runtime comes first; V8 frees nothing at exit, and handles faults of its own.
    const runtime = (await mustRun('g++', ['-print-file-name=libasan.so'])).trim();
    const env = {
      LD_PRELOAD: runtime,
      ASAN_OPTIONS: 'detect_leaks=0:handle_segv=0:abort_on_error=0',
      UBSAN_OPTIONS: 'print_stacktrace=1',
      KINDRED_SLOW: undefined,
    };
    const vitest = [dependency('vitest/vitest.mjs'), 'run', '--no-file-parallelism', '--testTimeout=600000'];
    const { code, stdout, stderr } = await run(process.execPath, [...vitest, ...OF_THE_ADDON, '-t', 'native'], {
      cwd: folder,
      env,
    });
    expect(code, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toMatch(/native\/scalar/);
  });
});
