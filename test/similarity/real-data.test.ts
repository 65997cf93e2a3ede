/** Word vectors and sentence embeddings, searched on every level and by a float64 brute force that shares no code with kindred. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backendInfo, type Metric, VectorIndex } from '../../src/index.js';
import { readNpy } from '../../src/io/index.js';

const levels = backendInfo()
  .candidates.filter((each) => each.ok)
  .map(({ name, level }) => `${name}/${level}`);
const K = 10;
/** Far below what tells two rows apart here, far above what the order of float64 additions changes. */
const TOLERANCE = 1e-12;

const SCORES: Record<Metric, (a: ArrayLike<number>, b: ArrayLike<number>) => number> = {
  dot: sumOf((x, y) => x * y),
  cosine: (a, b) => SCORES.dot(a, b) / Math.sqrt(SCORES.dot(a, a) * SCORES.dot(b, b)),
  euclidean: (a, b) => -Math.sqrt(sumOf((x, y) => (x - y) ** 2)(a, b)),
};

function sumOf(term: (x: number, y: number) => number) {
  return (a: ArrayLike<number>, b: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += term(a[i], b[i]);
    return sum;
  };
}

describe.each(['glove-4k', 'minilm-docs-778'])('%s', (name) => {
  const { data, rows, dim } = readNpy(
    readFileSync(new URL(`../../examples/data/${name}/vectors.npy`, import.meta.url)),
  );
  const row = (r: number) => data.subarray(r * dim, (r + 1) * dim) as Float32Array;
  // Every 97th row, moved a little, so that none of the corpus is the answer by being the question.
  const queries = Array.from({ length: Math.floor(rows / 97) }, (_, q) =>
    row(q * 97).map((x, i) => x + Math.fround(Math.sin(i + q) / 40)),
  );

  it.each(Object.keys(SCORES) as Metric[])('by %s: every level finds what a brute force finds', (metric) => {
    const best = queries.map((query) =>
      Array.from({ length: rows }, (_, id) => ({ id, score: SCORES[metric](query, row(id)) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, K),
    );
    for (const backend of levels) {
      const index = VectorIndex.from(data as Float32Array, { dim, metric, backend });
      for (const found of [[...index.searchBatch(queries, K)], queries.map((query) => index.search(query, K))]) {
        found.forEach((hits, q) => {
          expect(hits.length).toBe(K);
          for (const [n, { id, score }] of hits.entries()) {
            const scale = Math.max(1, Math.abs(score));
            expect(Math.abs(score - best[q][n].score) / scale, `${backend}, query ${q}, place ${n}`).toBeLessThan(
              TOLERANCE,
            );
            expect(Math.abs(score - SCORES[metric](queries[q], row(id))) / scale).toBeLessThan(TOLERANCE);
          }
        });
      }
      index.dispose();
    }
  });
});
