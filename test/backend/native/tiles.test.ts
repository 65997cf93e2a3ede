/** The AMX filter without a CPU that has AMX: its kernels over emulated tiles, and the instructions it was compiled to. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout, describeUnless, nativeLevelsOfThisCpu, noProgram } from '../../fixtures/machine.js';
import { temporaryFolder } from '../../fixtures/package-copy.js';
import { run } from '../../fixtures/run.js';

/** The flags of a target of binding.gyp: those of the release. */
function flagsOf(target: string): string[] {
  const gyp = readFileSync(join(checkout, 'binding.gyp'), 'utf8');
  const cflags = new RegExp(`"target_name": "${target}"[^}]*?"cflags": \\[([^\\]]*)\\]`).exec(gyp)?.[1] ?? '';
  return [
    '-O2',
    '-std=c++17',
    '-ffp-contract=off',
    `-I${join(checkout, 'native')}`,
    ...(cflags.match(/-[^"]+/g) ?? []),
  ];
}

const notHere =
  process.platform === 'linux' && process.arch === 'x64'
    ? noProgram(['g++', 'objdump'], 'g++ binutils')
    : 'AMX is compiled on x86-64 Linux only';
const PATIENCE = 120_000;

describeUnless(notHere, 'the AMX filter', () => {
  const folder = temporaryFolder();
  const source = (file: string) => join(checkout, file);
  const compile = (flags: string[], file: string, object: string) =>
    execFileSync('g++', [...flags, '-I', source('native'), '-c', source(file), '-o', join(folder, object)], {
      stdio: 'pipe',
    });

  const lacking = nativeLevelsOfThisCpu().includes('avx512-vnni') ? undefined : 'this CPU lacks AVX-512 VNNI';
  if (lacking) console.warn(`NOT RUN HERE: the AMX filter on emulated tiles: ${lacking}`);
  it.skipIf(lacking !== undefined)(
    `on emulated tiles computes what AVX-512 VNNI and plain loops compute${lacking ? ` (not run: ${lacking})` : ''}`,
    async () => {
      compile([...flagsOf('isa_amx'), '-DKINDRED_EMULATE_TILES'], 'native/isa/amx/filter.cc', 'amx.o');
      compile(flagsOf('isa_avx512_vnni'), 'native/isa/avx512_vnni/filter.cc', 'vnni.o');
      compile(flagsOf('isa_none'), 'test/fixtures/tiles.cc', 'main.o');
      const program = join(folder, 'tiles');
      execFileSync('g++', ['amx.o', 'vnni.o', 'main.o', '-o', program], { cwd: folder });
      const { code, stdout, stderr } = await run(program, []);
      expect(`${stdout}${stderr}`).toMatch(/^\d{6,} products compared\n$/);
      expect(code).toBe(0);
    },
    PATIENCE,
  );

  it(
    'assembles to products of unsigned codes with signed columns, between a configuration and a release of the tiles',
    () => {
      compile(flagsOf('isa_amx'), 'native/isa/amx/filter.cc', 'real.o');
      const code = execFileSync('objdump', ['-d', '--no-show-raw-insn', join(folder, 'real.o')], { encoding: 'utf8' });
      const dots = [...code.matchAll(/\b(tdpb\w+)\s+%tmm(\d),%tmm(\d),%tmm(\d)/g)].map((match) => match.slice(1));
      // Written in the order of AT&T: signed columns (6, 7), unsigned codes (4, 5), sums (0 to 3).
      expect(new Set(dots.map(([name]) => name))).toEqual(new Set(['tdpbusd']));
      const sums = new Set(dots.map(([, columns, codes, to]) => `${to} += ${codes} * ${columns}`));
      expect([...sums].sort()).toEqual(['0 += 4 * 6', '1 += 4 * 7', '2 += 5 * 6', '3 += 5 * 7']);
      expect(code.match(/\bldtilecfg\b/g)?.length).toBe(1);
      expect(code.match(/\btilerelease\b/g)?.length).toBe(1);
    },
    PATIENCE,
  );
});
