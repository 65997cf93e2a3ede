/** Builds server/dist: the compiler writes modules and types, and the examples that an empty store is filled with. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = join(here, 'dist');
const data = join(here, '../examples/data');

rmSync(dist, { recursive: true, force: true });
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
try {
  execFileSync(process.execPath, [compiler, '-p', here], { stdio: 'inherit' });
} catch {
  process.exit(1);
}
chmodSync(join(dist, 'main.js'), 0o755);
mkdirSync(join(dist, 'examples'));
for (const file of ['debian/interactions.csv.gz', 'minilm-docs-778/vectors.npy', 'minilm-docs-778/titles.tsv']) {
  cpSync(join(data, file), join(dist, 'examples', file.split('/')[1]));
}
cpSync(join(data, 'debian/README.md'), join(dist, 'examples/debian.md'));
cpSync(join(data, 'minilm-docs-778/README.md'), join(dist, 'examples/minilm-docs-778.md'));
cpSync(join(data, 'minilm-docs-778/LICENSE.Apache-2.0'), join(dist, 'examples/LICENSE.Apache-2.0'));
