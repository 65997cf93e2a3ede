/** What grows with the data and would not fit is refused before it fills the heap: a process with 600 MB of it goes on. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VectorIndex } from '../../src/index.js';
import { checkout } from '../fixtures/machine.js';

/** What calls end with, by name, in a process of its own. */
function endsOf(heap: number): Record<string, string> {
  const program = `
    const { VectorIndex, similarityMatrix } = await import(${JSON.stringify(pathToFileURL(join(checkout, 'dist/index.js')).href)});
    const [rows, dim] = [5000, 8];
    const data = Float32Array.from({ length: rows * dim }, (_, i) => Math.sin(i * i));
    const index = VectorIndex.from(data, { dim });
    const far = VectorIndex.from(data, { dim, metric: 'euclidean', backend: 'wasm' });
    const many = VectorIndex.from(new Float32Array(4e6).fill(1), { dim: 1, encode: 'none' });
    const ends = {};
    const calls = {
      pairs: () => index.similarPairs({ minScore: -1 }),
      pairsAsync: () => index.similarPairsAsync({ minScore: -1 }),
      pairsOfDistance: () => far.similarPairsAsync({ maxDistance: 1e9 }),
      pairsWithHugeLimit: () => index.similarPairs({ limit: 1e9 }),
      fewPairs: () => index.similarPairs({ minScore: -1, limit: 1000 }),
      hits: () => many.search([1], { minScore: 0 }),
      hitsAsync: () => many.searchAsync([1], 4e6),
      neighbors: () => many.neighbors(0, { minScore: 0 }),
      fewHits: () => many.search([1], 10),
      graph: () => many.neighborGraph(500),
      graphAsync: () => many.neighborGraphAsync({ k: 530 }),
      batch: () => many.searchBatch(new Float32Array(1000), { k: 2e6 }),
      matrix: () => similarityMatrix(new Float32Array(65000), undefined, { dim: 1 }),
    };
    for (const [name, call] of Object.entries(calls)) {
      ends[name] = await Promise.resolve().then(call).then((found) => 'found ' + (found.length ?? found.size), (error) => error.code + ': ' + error.message);
    }
    console.log(JSON.stringify(ends));
  `;
  // What the machine has left decides about typed arrays: here nearly nothing.
  const preload = 'data:text/javascript,process.availableMemory=()=>3e8';
  const args = [`--max-old-space-size=${heap}`, '--import', preload, '--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1e8 }));
}

describe('in a heap of 600 MB', () => {
  it('what does not fit is refused, by its bytes, and says what to ask instead', () => {
    const ends = endsOf(600);
    expect(ends.pairs).toMatch(
      /^INVALID_ARGUMENT: give a limit or a higher bound: \d+ pairs reach it so far, which takes \d+ MiB/,
    );
    expect(ends.pairsAsync).toMatch(/^INVALID_ARGUMENT: give a limit/);
    expect(ends.pairsOfDistance).toMatch(/^INVALID_ARGUMENT: give a limit/);
    expect(ends.pairsWithHugeLimit).toMatch(/^INVALID_ARGUMENT: give a limit/);
    expect(ends.fewPairs).toBe('found 1000');
    for (const name of ['hits', 'hitsAsync', 'neighbors']) {
      expect(ends[name], name).toMatch(
        /^INVALID_K: give a smaller k or a higher bound: \d+ rows are found, which takes/,
      );
    }
    expect(ends.fewHits).toBe('found 10');
    for (const name of ['graph', 'graphAsync', 'batch'])
      expect(ends[name], name).toMatch(/^INVALID_K: give a smaller k/);
    expect(ends.matrix).toMatch(
      /^INVALID_ARGUMENT: search for the best k instead: a matrix is 65000 x 65000, which takes/,
    );
  });
});

it('what fits is found', () => {
  const index = VectorIndex.from(
    Float32Array.from({ length: 1600 }, (_, i) => Math.sin(i)),
    { dim: 4 },
  );
  expect(index.similarPairs({ minScore: -1 })).toHaveLength((400 * 399) / 2);
});
