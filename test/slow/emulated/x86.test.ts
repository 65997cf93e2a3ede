/**
 * Old x86 CPUs, by emulation: what they lack is found out, never executed. WebAssembly is left out: for the address
 * space that V8 reserves behind each memory, user-mode qemu keeps tables of gigabytes.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { expectedHash } from '../../fixtures/expected-hash.js';
import {
  checkout,
  describeUnless,
  findProgram,
  nativeLevelsOfThisCpu,
  noAddon,
  noProgram,
} from '../../fixtures/machine.js';
import { buildBareRunner, requireBuild, temporaryFolder } from '../../fixtures/package-copy.js';
import { run } from '../../fixtures/run.js';

/** Emulated JavaScript is slow: a first start of Node alone takes seconds. CPUs are emulated side by side. */
const PATIENCE = { timeout: 2_400_000, concurrent: true };

/** Where glibc copies memory by AVX2, all of an emulated process is up to four times as slow (qemu 7). The addon still has AVX2. */
const SSE_STRINGS = 'glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-AVX';

const obstacle =
  process.platform !== 'linux' || process.arch !== 'x64'
    ? 'this is not x86-64 Linux'
    : (noAddon() ?? noProgram(['qemu-x86_64'], 'qemu-user'));

describeUnless(obstacle, 'on an emulated x86 CPU', () => {
  const folder = temporaryFolder();
  let runner: string;
  let expectation: string;
  beforeAll(async () => {
    requireBuild();
    runner = await buildBareRunner(folder);
    expectation = `--expect=${expectedHash()}`;
  }, PATIENCE.timeout);

  const emulate = (cpu: string, levels: string[], backend?: string) =>
    run(
      findProgram('qemu-x86_64') as string,
      ['-cpu', cpu, process.execPath, runner, expectation, checkout, ...levels],
      {
        env: { KINDRED_BACKEND: backend, GLIBC_TUNABLES: SSE_STRINGS },
      },
    );

  it('Nehalem, without AVX, falls back to native/scalar, which has the right bits', PATIENCE, async () => {
    const { code, stdout, stderr } = await emulate('Nehalem', ['native/scalar']);
    expect(`${stdout}${stderr}`).toContain('default native/scalar');
    expect(stdout).toMatch(/^native\/scalar [0-9a-f]{16} ok$/m);
    expect(code).toBe(0);
  });

  it('Nehalem refuses avx2 and avx512 with a reason', PATIENCE, async () => {
    const { code, stdout } = await emulate('Nehalem', ['native/avx512', 'native/avx2']);
    expect(stdout).toMatch(/^native\/avx512 - not run: .*AVX-512/m);
    expect(stdout).toMatch(/^native\/avx2 - not run: .*AVX2/m);
    expect(code).toBe(1);
  });

  it('Nehalem asked for avx2 by KINDRED_BACKEND says no and lists what there is', PATIENCE, async () => {
    const { code, stderr } = await emulate('Nehalem', [], 'native/avx2');
    expect(code).not.toBe(0);
    expect(stderr).toContain('BACKEND_UNAVAILABLE');
    expect(stderr).toMatch(/native\/scalar: available/);
  });

  it('Haswell runs avx2 with the right bits, and not avx512', PATIENCE, async () => {
    const { code, stdout, stderr } = await emulate('Haswell', ['native/avx2']);
    expect(`${stdout}${stderr}`).toContain('default native/avx2');
    expect(stdout).toMatch(/^native\/avx2 [0-9a-f]{16} ok$/m);
    expect(code).toBe(0);
  });
});

describe('AVX-512', () => {
  const absent = nativeLevelsOfThisCpu().includes('avx512') ? undefined : 'this CPU lacks AVX-512 and qemu 7 has none';
  it.skipIf(absent !== undefined)(`runs on the CPU of this machine${absent ? ` (not run: ${absent})` : ''}`, () => {
    if (absent) console.warn(`NOT RUN HERE: native/avx512: ${absent}`);
    expect(nativeLevelsOfThisCpu()).toContain('avx512');
  });
});
