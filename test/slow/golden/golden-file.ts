/** The golden file, written once for each state of what it is made from. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { checkout } from '../../fixtures/machine.js';
import { mustRun } from '../../fixtures/processes/run.js';

const cache = join(checkout, 'node_modules/.cache/kindred-test');

/** Its path. The bundle that writes it holds the cases and the reference: a file of another bundle is another file. */
export async function goldenFile(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(checkout, 'test/slow/golden/record.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const key = createHash('sha256').update(outputFiles[0].text).digest('hex').slice(0, 16);
  const file = join(cache, `golden-${key}.bin`);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const [script, unfinished] = [join(cache, `record-${process.pid}.mjs`), join(cache, `record-${process.pid}.bin`)];
  writeFileSync(script, outputFiles[0].text);
  await mustRun(process.execPath, [script, unfinished]);
  rmSync(script);
  renameSync(unfinished, file);
  for (const old of readdirSync(cache)) {
    if (old.startsWith('golden-') && join(cache, old) !== file) rmSync(join(cache, old), { force: true });
  }
  return file;
}
