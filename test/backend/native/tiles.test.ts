/**
 * Filters for CPUs that few have. Those of AMX run over emulated tiles, and the instructions that they were compiled to are read.
 * Those of AVX2 with AVX-VNNI run where AVX-512 has the same product under another code.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout, describeUnless, nativeLevelsOfThisCpu, noProgram } from '../../fixtures/machine.js';
import { temporaryFolder } from '../../fixtures/processes/package-copy.js';
import { run } from '../../fixtures/processes/run.js';

/** The flags of an instruction set in native/flags.gypi: those of the release. */
function flagsOf(set: string): string[] {
  const gypi = readFileSync(join(checkout, 'native/flags.gypi'), 'utf8');
  const flags = new RegExp(`"${set}": \\[([^\\]]*)\\]`).exec(gypi)?.[1].match(/-[^"]+/g);
  if (!flags) throw new Error(`native/flags.gypi has no flags for ${set}`);
  return [...PLAIN, ...flags, ...(set.startsWith('avx2') ? [] : ['-Wno-uninitialized', '-Wno-maybe-uninitialized'])];
}
const PLAIN = ['-O2', '-std=c++17', '-ffp-contract=off'];

const notHere =
  process.platform === 'linux' && process.arch === 'x64'
    ? noProgram(['g++', 'objdump'], 'g++ binutils')
    : 'AMX is compiled on x86-64 Linux only';
const PATIENCE = 300_000;

describeUnless(notHere, 'filters for other CPUs', () => {
  const folder = temporaryFolder();
  const source = (file: string) => join(checkout, file);
  const compile = (flags: string[], file: string, object: string) =>
    execFileSync('g++', [...flags, '-I', source('native'), '-c', source(file), '-o', join(folder, object)], {
      stdio: 'pipe',
    });

  const lacking = nativeLevelsOfThisCpu().includes('avx512-vnni') ? undefined : 'this CPU lacks AVX-512 VNNI';
  if (lacking) console.warn(`NOT RUN HERE: the products of AMX, AVX2 and AVX-512: ${lacking}`);
  it.skipIf(lacking !== undefined)(
    `AMX on emulated tiles, AVX2 and AVX-512, each with VNNI and without, compute what plain loops compute${lacking ? ` (not run: ${lacking})` : ''}`,
    async () => {
      compile([...flagsOf('amx'), '-DKINDRED_EMULATE_TILES'], 'native/isa/amx/filter.cc', 'amx.o');
      compile(flagsOf('avx512_vnni'), 'native/isa/avx512_vnni/filter.cc', 'vnni.o');
      const avx2 = readFileSync(source('native/isa/avx2/vectors.h'), 'utf8');
      expect(avx2).toContain('%{vex%} vpdpbusd');
      mkdirSync(join(folder, 'isa/avx2'), { recursive: true });
      writeFileSync(join(folder, 'isa/avx2/vectors.h'), avx2.replace('%{vex%} ', ''));
      compile(['-I', folder, ...flagsOf('avx2_vnni')], 'native/isa/avx2_vnni/filter.cc', 'avx2.o');
      for (const set of ['avx2', 'avx512']) compile(flagsOf(set), `native/isa/${set}/filter.cc`, `${set}_plain.o`);
      compile(PLAIN, 'test/fixtures/tiles.cc', 'main.o');
      const program = join(folder, 'tiles');
      execFileSync('g++', ['amx.o', 'vnni.o', 'avx2.o', 'avx2_plain.o', 'avx512_plain.o', 'main.o', '-o', program], {
        cwd: folder,
      });
      const { code, stdout, stderr } = await run(program, []);
      expect(`${stdout}${stderr}`).toMatch(/^\d{6,} products compared\n$/);
      expect(code).toBe(0);
    },
    PATIENCE,
  );

  it(
    'AMX assembles to products of unsigned codes with signed columns, between a configuration and a release of the tiles',
    () => {
      compile(flagsOf('amx'), 'native/isa/amx/filter.cc', 'real.o');
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
