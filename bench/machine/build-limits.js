/** Builds what measures the machine (bench/native) where it is missing or older than its sources. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = [join(BENCH, 'native'), join(BENCH, '../native'), join(BENCH, 'binding.gyp')];

/** The addon that measures the machine. */
export const LIMITS = join(BENCH, 'build/Release/limits.node');

/** Whether there is something to measure with: without a compiler there is not. */
export function buildLimits() {
  if (isCurrent()) return true;
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const { status } = spawnSync(process.execPath, [nodeGyp, 'rebuild', '--jobs', 'max', '--directory', BENCH]);
  return status === 0;
}

function isCurrent() {
  if (!existsSync(LIMITS)) return false;
  const built = statSync(LIMITS).mtimeMs;
  return SOURCES.flatMap(filesIn).every((file) => statSync(file).mtimeMs <= built);
}

function filesIn(place) {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { recursive: true }).map((name) => join(place, name));
}
