/**
 * x86 CPUs that this one is not. Old ones by emulation: what they lack is found out, never executed. New ones by what stands for
 * their instructions: tiles in plain C++ for AMX, the same product under another code for AVX-VNNI.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import {
  checkout,
  describeUnless,
  findProgram,
  nativeLevelsOfThisCpu,
  noAddon,
  noProgram,
} from '../../fixtures/machine.js';
import { requireBuild, temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { mustRun, run } from '../../fixtures/processes/run.js';
import { goldenFile } from '../golden/golden-file.js';
import { buildGolden, type ProgramOptions } from '../golden/program.js';

/** Where glibc copies memory by AVX2, all of an emulated process is up to four times as slow (qemu 7). The engine still has AVX2. */
const SSE_STRINGS = 'glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-AVX';

const notHere = process.platform !== 'linux' || process.arch !== 'x64' ? 'this is not x86-64 Linux' : noAddon();
const folder = temporaryFolder();

async function goldenProgram(name: string, options?: ProgramOptions): Promise<string> {
  const program = join(folder, name, 'golden');
  mkdirSync(dirname(program), { recursive: true });
  return existsSync(program) ? program : buildGolden(dirname(program), join(checkout, 'build'), options);
}

describeUnless(notHere ?? noProgram(['qemu-x86_64'], 'qemu-user'), 'on an emulated x86 CPU', () => {
  const emulate = (cpu: string, args: string[], env: Record<string, string | undefined> = {}) =>
    run(findProgram('qemu-x86_64') as string, ['-cpu', cpu, ...args], { env: { GLIBC_TUNABLES: SSE_STRINGS, ...env } });

  it.each([
    ['Nehalem', 'scalar'],
    ['Haswell', 'avx2'],
  ])('the engine on %s answers as the reference by %s', async (cpu, level) => {
    // A share: the same code answers every case on this CPU, in the fast tier.
    const program = await goldenProgram('plain');
    const { code, stdout, stderr } = await emulate(cpu, [program, await goldenFile(), '--share', level]);
    // What qemu cannot emulate of the CPU, it says on stderr.
    expect(stdout, stderr).toMatch(new RegExp(`^${level}: \\d+ cases, \\d{4,} operations, ok\n$`));
    expect(code).toBe(0);
  });

  const smoke = [process.execPath, join(checkout, 'test/slow/emulated/smoke.js'), checkout];

  it('Node on Nehalem falls back to native/scalar, and says why not the others', async () => {
    requireBuild();
    const { stdout, stderr } = await emulate('Nehalem', smoke, { KINDRED_BACKEND: undefined });
    expect(`${stdout}${stderr}`).toContain('default native/scalar');
    expect(stdout).toMatch(/^native\/avx512: .*AVX-512/m);
    expect(stdout).toMatch(/^native\/avx2: .*AVX2/m);
    expect(stdout).toMatch(/^hits 40 39 41$/m);
  });

  it('Node on Nehalem asked for avx2 by KINDRED_BACKEND says no and lists what there is', async () => {
    const { code, stderr } = await emulate('Nehalem', smoke, { KINDRED_BACKEND: 'native/avx2' });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/BACKEND_UNAVAILABLE[\s\S]*native\/scalar: available/);
  });

  it('Node on Haswell loads native/avx2', async () => {
    const { stdout, stderr } = await emulate('Haswell', smoke, { KINDRED_BACKEND: undefined });
    expect(`${stdout}${stderr}`).toContain('default native/avx2');
    expect(stdout).toMatch(/^hits 40 39 41$/m);
  });
});

describeUnless(notHere ?? noProgram(['g++'], 'g++'), 'on CPUs newer than this one', () => {
  const lacking = nativeLevelsOfThisCpu().includes('avx512-vnni') ? undefined : 'this CPU lacks AVX-512 VNNI';

  it.skipIf(lacking)(
    `amx and avx2-vnni answer as the reference${lacking ? ` (not run: ${lacking})` : ''}`,
    async () => {
      const tiles = join(folder, 'amx.o');
      await compile('amx', [], ['-DKINDRED_EMULATE_TILES'], tiles);
      // Without its prefix the assembler takes the code of AVX-512.
      const header = readFileSync(join(checkout, 'native/isa/avx2/vectors.h'), 'utf8');
      expect(header).toContain('%{vex%} vpdpbusd');
      mkdirSync(join(folder, 'changed/isa/avx2'), { recursive: true });
      writeFileSync(join(folder, 'changed/isa/avx2/vectors.h'), header.replaceAll('%{vex%} ', ''));
      const vnni = join(folder, 'avx2-vnni.o');
      await compile('avx2_vnni', ['-I', join(folder, 'changed')], [], vnni);
      const instead = { 'isa/amx/filter': tiles, 'isa/avx2_vnni/filter': vnni };
      const program = await goldenProgram('newer', { instead });
      const { code, stdout, stderr } = await run(program, [
        await goldenFile(),
        '--share',
        '--emulated',
        'amx',
        'avx2-vnni',
      ]);
      expect(`${stdout}${stderr}`).toMatch(
        /^(amx|avx2-vnni): \d+ cases, \d{4,} operations, ok\n(amx|avx2-vnni): .* ok\n$/,
      );
      expect(code).toBe(0);
    },
  );

  it('avx512 runs here, since qemu has none', () => {
    const absent = nativeLevelsOfThisCpu().includes('avx512')
      ? undefined
      : 'this CPU lacks AVX-512 and qemu 7 has none';
    if (absent) console.warn(`NOT RUN HERE: native/avx512: ${absent}`);
  });
});

/** Compiles the filter of a set with the flags of the release. */
async function compile(set: string, first: string[], last: string[], object: string): Promise<void> {
  const gypi = readFileSync(join(checkout, 'native/flags.gypi'), 'utf8');
  const flags = new RegExp(`"${set}": \\[([^\\]]*)\\]`).exec(gypi)?.[1].match(/-[^"]+/g);
  if (!flags) throw new Error(`native/flags.gypi has no flags for ${set}`);
  const source = join(checkout, `native/isa/${set}/filter.cc`);
  const plain = ['-O2', '-std=c++17', '-ffp-contract=off', '-w'];
  await mustRun('g++', [
    ...plain,
    ...flags,
    ...last,
    ...first,
    '-I',
    join(checkout, 'native'),
    '-c',
    source,
    '-o',
    object,
  ]);
}
