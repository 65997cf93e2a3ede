// `node smoke.js package`: what Node on an emulated CPU loads, and a search by it. Prints the backend, each native level with what
// stands in its way, and the answer.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { backendInfo, VectorIndex } = await import(pathToFileURL(resolve(process.argv[2], 'dist/index.js')).href);
const { name, level, candidates } = backendInfo();
console.log(`default ${name}/${level}`);
for (const each of candidates) {
  if (each.name === 'native') console.log(`${each.name}/${each.level}: ${each.ok ? 'available' : each.reason}`);
}
const rows = Float32Array.from({ length: 300 }, (_, i) => [100 - Math.floor(i / 3), Math.floor(i / 3), 1][i % 3]);
const hits = VectorIndex.from({ data: rows, rows: 100, dim: 3 }).search([60, 40, 1], 3);
console.log(`hits ${hits.map(({ id }) => id).join(' ')}`);
