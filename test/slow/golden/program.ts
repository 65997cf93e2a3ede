/** The golden program of golden.h, linked with everything of a native build but what speaks to JavaScript. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../../fixtures/machine.js';
import { dependency } from '../../fixtures/processes/package-copy.js';
import { mustRun } from '../../fixtures/processes/run.js';

/** As for the engine: only an explicit fma fuses. */
const FLAGS = ['-std=c++17', '-O1', '-g1', '-ffp-contract=off'];

export interface ProgramOptions {
  /** The C++ compiler, g++ if not given. */
  readonly compiler?: string;
  /** More flags for it, of compiling and of linking. */
  readonly flags?: readonly string[];
  /** Object files in place of those of the same source: `isa/amx/filter` for example. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** The golden program in `folder`. */
export function buildGolden(folder: string, build: string, options: ProgramOptions = {}): Promise<string> {
  const sources = filesIn(join(checkout, 'test/slow/golden')).filter((file) => file.endsWith('.cc'));
  return linkWithEngine(join(folder, 'golden'), sources, build, options);
}

/** Compiles sources and links them with the engine of a native build, the folder `build` that node-gyp left. */
export async function linkWithEngine(
  program: string,
  sources: readonly string[],
  build: string,
  { compiler = 'g++', flags = [], instead = {} }: ProgramOptions = {},
): Promise<string> {
  const objects = filesIn(join(build, 'Release/obj.target'))
    .filter((file) => file.endsWith('.o') && !file.includes('/addon/'))
    .map((file) => instead[/native\/(.*)\.o$/.exec(file)?.[1] ?? ''] ?? file);
  const include = ['-I', join(checkout, 'native'), '-I', join(checkout, 'test/slow/golden')];
  await mustRun(compiler, [...FLAGS, ...flags, ...include, ...sources, ...objects, '-o', program, '-lpthread', '-ldl']);
  return program;
}

/** Builds the addon from a copy of the sources in `folder`, so that the build of this machine stays as it is. Returns its build folder. */
export async function buildNative(
  folder: string,
  env: Record<string, string | undefined>,
  ...args: readonly string[]
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const source of ['package.json', 'binding.gyp', 'native']) {
    cpSync(join(checkout, source), join(folder, source), { recursive: true });
  }
  symlinkSync(dependency('.'), join(folder, 'node_modules'));
  // By npm, which knows where the headers of Node are.
  await mustRun('npx', ['--no-install', 'node-gyp', 'rebuild', '--jobs', 'max', ...args], { cwd: folder, env });
  return join(folder, 'build');
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { encoding: 'utf8', recursive: true }).map((file) => join(folder, file));
}
