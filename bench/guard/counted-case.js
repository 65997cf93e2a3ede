/** One process of instructions.js: a case on the build in one folder. Uses only what every build since 0.1 has. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { vectorsOf } from '../data.js';

/** Rows, elements and options of the indexes. */
const INDEXES = {
  small: [1000, 64, {}],
  encoded: [6000, 384, {}],
  plain: [6000, 384, { encode: 'none' }],
};

/** Each is small: valgrind takes some fifty times as long. */
export const CASES = {
  '20 searches, 1,000 x 64': { index: 'small', run: (index, queries) => oneByOne(index, queries(20)) },
  '8 searches, 6,000 x 384': { index: 'encoded', run: (index, queries) => oneByOne(index, queries(8)) },
  'batch of 100, 6,000 x 384': { index: 'encoded', run: (index, queries) => index.searchBatch(queries(100), 10) },
  '4 searches, not encoded': { index: 'plain', run: (index, queries) => oneByOne(index, queries(4)) },
  'batch of 50, not encoded': { index: 'plain', run: (index, queries) => index.searchBatch(queries(50), 10) },
  'neighbours of 1,000 x 64': { index: 'small', run: (index) => index.neighborGraph(10) },
};

function oneByOne(index, queries) {
  const { dim } = index;
  for (let q = 0; q < queries.length / dim; q++) index.search(queries.subarray(q * dim, (q + 1) * dim), 10);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [tree, level, label, step] = process.argv.slice(2);
  const { VectorIndex } = await import(pathToFileURL(join(tree, 'dist/index.js')).href);
  const [rows, dim, options] = INDEXES[CASES[label].index];
  const data = vectorsOf('clustered', rows, dim);
  const index = VectorIndex.from(data, { dim, backend: `native/${level}`, threads: 1, ...options });
  // A search makes the encoded copy and grows the memory that searches use: both builds' cases begin after that.
  index.searchBatch(vectorsOf('clustered', 100, dim, 2), 10);
  if (step === 'run') CASES[label].run(index, (many) => vectorsOf('clustered', many, dim, 1));
}
