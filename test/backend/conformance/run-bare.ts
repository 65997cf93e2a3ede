/**
 * `node run-bare.js [--expect=hash] <package directory> [backend/level ...]`: runs the conformance cases on a built
 * package. Prints `level hash ok` for each level, `level - not run: reason` for one that cannot open here, and ends
 * with 1 if an answer differs or if a level that was named cannot run. Answers are compared with the reference, case
 * by case; with `--expect` only with the hash of the whole run, which spares a slow machine half of the work and more.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { runLevel } from './bare.js';
import { patience } from './encoded-search.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { expect: { type: 'string' } } });
const [directory, ...named] = positionals;
const entry = pathToFileURL(resolve(directory, 'dist/index.js')).href;
const { backendInfo, openBackend }: typeof import('../../../src/index.js') = await import(entry);

patience.everyWay = values.expect === undefined;
const info = backendInfo();
console.log(`default ${info.name}/${info.level}`);
for (const { name, level, ok, reason } of info.candidates) {
  const label = name === 'reference' ? name : `${name}/${level}`;
  if (named.length > 0 && !named.includes(label)) continue;
  if (!ok) {
    console.log(`${label} - not run: ${reason}`);
    if (named.includes(label)) process.exitCode = 1;
    continue;
  }
  const { hash, differing } = runLevel(label, openBackend(label), values.expect ?? openBackend('reference'));
  console.log(`${label} ${hash} ${differing.length === 0 ? 'ok' : `DIFFERS in ${differing.join('; ')}`}`);
  if (differing.length > 0) process.exitCode = 1;
}
