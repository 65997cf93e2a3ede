/** One fresh process of guard.js: the cases on the build in one folder. Uses only what every build since 0.1 has. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { vectorsOf } from '../data.js';
import { sink } from '../measure.js';
import { middle } from './rule.js';

const [tree, isQuick, ...wanted] = process.argv.slice(2);
const kindred = await import(pathToFileURL(join(tree, 'dist/index.js')).href);

/** Time spent on one case, and samples at least. */
const [LONGEST_S, LEAST] = isQuick === 'quick' ? [0.05, 3] : [0.6, 9];
const SCALE = isQuick === 'quick' ? 0.05 : 1;

const rowsOf = (rows) => Math.round(rows * SCALE);

/** Each prepares its data and gives a function of about a millisecond or more. */
const CASES = {
  'pairs of 768'() {
    const data = vectorsOf('clustered', 64, 768);
    const vectors = Array.from({ length: 64 }, (_, i) => data.slice(i * 768, (i + 1) * 768));
    return () => {
      let sum = 0;
      for (const a of vectors) for (const b of vectors) sum += kindred.cosineSimilarity(a, b);
      return sum;
    };
  },
  'matrix 1,000 x 384'() {
    const data = vectorsOf('clustered', rowsOf(1000), 384);
    return () => kindred.similarityMatrix(data, undefined, { dim: 384 });
  },
  'one query, 20,000 x 384': () =>
    search(20_000, 384, 16, (index, queries) => queries.map((one) => index.search(one, 10))),
  'one query, 40,000 x 768': () =>
    search(40_000, 768, 8, (index, queries) => queries.map((one) => index.search(one, 10))),
  '200 queries, 20,000 x 384': () => search(20_000, 384, 200, (index, queries) => index.searchBatch(queries, 10)),
  '8 queries, 40,000 x 768': () => search(40_000, 768, 8, (index, queries) => index.searchBatch(queries, 10)),
  'one query without encoding, 20,000 x 384': () =>
    search(20_000, 384, 8, (index, queries) => queries.map((one) => index.search(one, 10)), { encode: 'none' }),
  '200 queries without encoding, 20,000 x 384': () =>
    search(20_000, 384, 200, (index, queries) => index.searchBatch(queries, 10), { encode: 'none' }),
  'neighbours of 4,000 x 384': () => search(4000, 384, 0, (index) => index.neighborGraph(10)),
  'index of 5,000 x 384'() {
    const data = vectorsOf('clustered', rowsOf(5000), 384);
    return () => {
      const index = kindred.VectorIndex.from(data, { dim: 384 });
      const { size } = index;
      index.dispose();
      return size;
    };
  },
};

function search(rows, dim, queries, run, options = {}) {
  const index = kindred.VectorIndex.from(vectorsOf('clustered', rowsOf(rows), dim), { dim, ...options });
  const flat = vectorsOf('clustered', Math.max(1, queries), dim, 1);
  const each = Array.from({ length: queries }, (_, q) => flat.slice(q * dim, (q + 1) * dim));
  return () => run(index, each);
}

function seconds(run) {
  const samples = [];
  // The first calls compile, and fill caches.
  for (let warm = 0; warm < 2; warm++) sink.value = run();
  const start = performance.now();
  while (samples.length < LEAST || performance.now() - start < LONGEST_S * 1000) {
    const before = performance.now();
    sink.value = run();
    samples.push((performance.now() - before) / 1000);
  }
  return middle(samples);
}

const { name, level } = kindred.backendInfo();
const results = {};
for (const [label, prepare] of Object.entries(CASES)) {
  if (wanted.length > 0 && !wanted.includes(label)) continue;
  try {
    results[label] = { seconds: seconds(prepare()) };
  } catch (error) {
    results[label] = { error: error.message };
  }
}
console.log(JSON.stringify({ backend: name, level, results }));
