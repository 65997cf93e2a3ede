/** Maximal marginal relevance against the definition, computed pair by pair. */
import { describe, expect, it } from 'vitest';
import { dot, type Metric, norm, VectorIndex } from '../../../src/index.js';
import {
  backends,
  coarseRows,
  disturb,
  listed,
  metrics,
  scoreOf,
  shown,
  type Values,
} from '../../fixtures/plain-rows.js';

interface Asked {
  k: number;
  fetchK: number;
  lambda: number;
}

/** Relevance and redundancy on one scale, as the documentation defines it. */
function likeness(metric: Metric, candidate: Values, other: Values): number {
  if (metric !== 'dot') return scoreOf(metric, other, candidate);
  return norm(other) === 0 ? 0 : dot(other, candidate) / norm(other);
}

function expected(index: VectorIndex<string>, query: Values, metric: Metric, { k, fetchK, lambda }: Asked) {
  const candidates = listed(index)
    .map((row) => ({ ...row, score: scoreOf(metric, query, row.vector) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, fetchK);
  const taken: typeof candidates = [];
  while (taken.length < k && candidates.length > 0) {
    const values = candidates.map(({ vector }) => {
      const redundancy = taken.map((row) => likeness(metric, vector, row.vector));
      const penalty = taken.length === 0 ? 0 : (1 - lambda) * Math.max(...redundancy);
      return lambda * likeness(metric, vector, query) - penalty;
    });
    const best = values.indexOf(Math.max(...values));
    taken.push(...candidates.splice(best, 1));
  }
  return taken.map(({ id, score }) => ({ id, ...shown(metric, score) }));
}

describe.each(backends)('on %s', (backend) => {
  it.each(metrics)('%s follows the definition, deleted and replaced rows included', async (metric) => {
    const index = new VectorIndex<string>({ dim: 4, metric, backend });
    index.addMany(
      coarseRows(50, 4, 9),
      Array.from({ length: 50 }, (_, r) => `row ${r}`),
    );
    disturb(index, 4);
    for (const query of [...coarseRows(3, 4, 21), new Float32Array(4)]) {
      for (const lambda of [0, 0.3, 0.9, 1]) {
        for (const [k, fetchK] of [
          [1, 1],
          [5, 20],
          [20, 20],
          [60, 200],
        ]) {
          const asked = { k, fetchK, lambda };
          expect(index.diverse(query, asked)).toEqual(expected(index, query, metric, asked));
        }
      }
    }
    const asked = { k: 7, fetchK: 30, lambda: 0.4 };
    const query = Float32Array.of(1, 0, 2, 1);
    const now = index.diverse(query, asked);
    const later = index.diverseAsync(query, asked);
    query.fill(0);
    index.clear();
    expect(await later).toEqual(now);
  });
});

describe('diverse', () => {
  const index = VectorIndex.from(
    [
      [1, 0, 0],
      [0.99, 0.01, 0],
      [0.6, 0.8, 0],
      [0.5, 0, 0.9],
    ],
    { ids: ['first', 'its twin', 'another', 'a third'] },
  );

  it('passes over a twin that a plain search would give', () => {
    expect(index.search([1, 0.1, 0], 2).map((hit) => hit.id)).toEqual(['its twin', 'first']);
    expect(index.diverse([1, 0.1, 0], { k: 2 }).map((hit) => hit.id)).toEqual(['its twin', 'another']);
    expect(index.diverse([1, 0.1, 0], { k: 4, lambda: 1 })).toEqual(index.search([1, 0.1, 0], 4));
  });

  it('fetches more where k is large, and takes filters and minScore', () => {
    const rows = VectorIndex.from(coarseRows(100, 3));
    expect(rows.diverse([1, 2, 3], { k: 60 })).toHaveLength(60);
    expect(
      rows
        .diverse([1, 2, 3], { k: 6, filter: [4, 9] })
        .map((hit) => hit.id)
        .sort(),
    ).toEqual([4, 9]);
    for (const { score } of rows.diverse([1, 2, 3], { k: 60, minScore: 0.5 }))
      expect(score).toBeGreaterThanOrEqual(0.5);
    expect(new VectorIndex({ dim: 2 }).diverse([1, 2], { k: 3 })).toEqual([]);
  });

  it('refuses what makes no sense', async () => {
    for (const lambda of [-0.1, 1.1, Number.NaN, '1']) {
      expect(() => index.diverse([1, 0, 0], { k: 1, lambda: lambda as number })).toThrow(
        'lambda must be a number from 0 to 1',
      );
    }
    expect(() => index.diverse([1, 0, 0], { k: 5, fetchK: 3 })).toThrow(
      'fetchK must be at least k, and 3 is less than 5',
    );
    expect(() => index.diverse([1, 0, 0], { k: 0 })).toThrow('k must be a positive integer, not 0');
    expect(() => index.diverse([1, 0, 0], { k: 1, fetchK: 1.5 })).toThrow('fetchK must be a positive integer, not 1.5');
    expect(() => index.diverse([1, 0, 0], 3 as never)).toThrow('options must be an object such as { k: 10 }, not 3');
    expect(() => index.diverse([1, 0], { k: 1 })).toThrow('row 0 has 2 elements, expected 3');
    await expect(index.diverseAsync([1, 0, Number.NaN], { k: 1 })).rejects.toThrow('query 0, element 2 is NaN');
  });
});
