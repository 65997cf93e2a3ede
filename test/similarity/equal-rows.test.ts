/** Rows that are equal, or differ by a power of two, score exactly 1 and are found by `minScore: 1`: everywhere, any way. */
import { describe, expect, it } from 'vitest';
import type { Backend, Dtype } from '../../src/backend/contract/backend.js';
import {
  cosineDistance,
  cosineSimilarity,
  pairedSimilarities,
  similarities,
  similarityMatrix,
  VectorIndex,
} from '../../src/index.js';
import { encodeAll } from '../backend/conformance/encoded-search.js';
import { Random } from '../backend/conformance/random.js';
import { powerOfTwo } from '../backend/conformance/vectors.js';
import { openLevels } from '../fixtures/levels.js';
import { backends } from '../fixtures/plain-rows.js';

const PAIRS = 400;

/** Rows `r` and `r + PAIRS` differ by a power of two, which is 1 for every third of them. */
function twins(dim: number, most: number): Float64Array[] {
  const random = new Random(`twins of ${dim}`);
  const draw = () => Float64Array.from({ length: dim }, () => Math.fround(random.signed()));
  const rows = Array.from({ length: PAIRS }, draw);
  const others = rows.map((row, r) => {
    const factor = powerOfTwo(r % 3 === 0 ? 0 : random.below(2 * most + 1) - most);
    return row.map((value) => value * factor);
  });
  return [...rows, ...others];
}

const flat = (rows: readonly Float64Array[], dim: number) =>
  Float64Array.from({ length: rows.length * dim }, (_, i) => rows[Math.floor(i / dim)][i % dim]);

describe('a pair', () => {
  it('scores 1 with itself and with its multiples by powers of two, and lies at distance 0', () => {
    const random = new Random('pairs');
    for (let dim = 1; dim <= 200; dim++) {
      const a = Float64Array.from({ length: dim }, () => random.signed());
      for (const exponent of [0, 1, -3, 52, 400, -400, 900, -900]) {
        const b = a.map((value) => value * powerOfTwo(exponent));
        expect(cosineSimilarity(a, b), `dim ${dim}, 2^${exponent}`).toBe(1);
        expect(cosineSimilarity(Array.from(b), b)).toBe(1);
        expect(cosineDistance(a, b)).toBe(0);
        expect(
          cosineSimilarity(
            a,
            b.map((value) => -value),
          ),
        ).toBe(-1);
      }
      const narrow = Float32Array.from(a);
      expect(cosineDistance(narrow, narrow.slice())).toBe(0);
      expect(
        cosineSimilarity(
          narrow,
          narrow.map((value) => value * powerOfTwo(-40)),
        ),
      ).toBe(1);
    }
    expect(cosineSimilarity([1, 2], [1, 2])).toBe(1);
    expect(cosineDistance([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])).toBe(0);
  });

  it('does so however huge or tiny it is', () => {
    for (const value of [Number.MAX_VALUE, 1e200, 2e-160, 3e-308, Number.MIN_VALUE, 7 * Number.MIN_VALUE]) {
      for (const dim of [1, 2, 3, 7, 19]) {
        const a = Array.from({ length: dim }, (_, i) => (i % 2 === 0 ? value : -value));
        expect(cosineSimilarity(a, a), `${dim} times ${value}`).toBe(1);
      }
    }
    expect(cosineSimilarity([3e-308, 1e-310], [3e-308, 1e-310])).toBe(1);
    expect(cosineSimilarity([1e300, 7e299, 3], [1e300, 7e299, 3])).toBe(1);
  });

  it('does so among many, and as a cell of a matrix', () => {
    for (const [dim, most] of [
      [5, 20],
      [33, 0],
      [100, 430],
    ]) {
      const rows = twins(dim, most);
      const [left, right] = [rows.slice(0, PAIRS), rows.slice(PAIRS)];
      expect(pairedSimilarities(left, right).every((score) => score === 1)).toBe(true);
      expect(similarities(left[1], right)[1]).toBe(1);
      const { data } = similarityMatrix(left, right);
      for (let r = 0; r < PAIRS; r++) expect(data[r * PAIRS + r]).toBe(1);
      const own = similarityMatrix(left.map((row) => Float32Array.from(row)));
      for (let r = 0; r < PAIRS; r++) expect(own.data[r * PAIRS + r]).toBe(1);
    }
  });
});

describe.each(backends)('an index on %s', (backend) => {
  it.each([
    { dim: 2, dtype: 'float32', most: 0 },
    { dim: 24, dtype: 'float32', most: 60 },
    { dim: 3, dtype: 'float64', most: 430 },
    { dim: 5, dtype: 'float16', most: 0 },
  ] as const)('finds all exact duplicates: $dim elements of $dtype', ({ dim, dtype, most }) => {
    const index = VectorIndex.from(twins(dim, most), { backend, dtype });
    const pairs = index.similarPairs({ minScore: 1 });
    const expected = new Set(Array.from({ length: PAIRS }, (_, r) => `${r} ${r + PAIRS}`));
    expect(new Set(pairs.map(({ a, b }) => `${a} ${b}`))).toEqual(expected);
    expect(pairs.every(({ score }) => score === 1)).toBe(true);
    expect(index.similarPairs({ limit: PAIRS })).toEqual(pairs);
    const graph = [...index.neighborGraph({ k: 1, minScore: 1 })];
    expect(graph).toEqual(graph.map((_, r) => [{ id: (r + PAIRS) % (2 * PAIRS), score: 1 }]));
    const self = index.search(index.get(7) as Float32Array, { k: 9, minScore: 1 });
    expect(self.map(({ id }) => id)).toEqual([7, 7 + PAIRS]);
  });
});

describe.each(openLevels)('a search on $label', ({ backend }) => {
  const { ways } = backend.openCorpus(1, 'cosine');

  it.each([undefined, ...ways])('finds them by the way %s, from a minimal score of 1 and as the best two', (way) => {
    for (const [dim, dtype, most] of [
      [33, 'float32', 50],
      [160, 'float32', 0],
      [48, 'float64', 430],
    ] as const) {
      const rows = flat(twins(dim, most), dim);
      for (const encoded of [false, true]) {
        const corpus = opened(backend, dim, dtype, rows);
        corpus.way = way;
        if (encoded) encodeAll(corpus);
        const queries = rows.slice(0, 40 * dim);
        const asked = dtype === 'float64' ? queries : Float32Array.from(queries);
        for (const some of [asked, asked.subarray(0, 3 * dim), asked.subarray(0, dim)]) {
          for (const minScore of [1, Number.NEGATIVE_INFINITY]) {
            const { stride, counts, positions, scores } = corpus.search(some, { k: 2, minScore });
            for (let q = 0; q < counts.length; q++) {
              const at = q * stride;
              expect([...positions.subarray(at, at + 2)]).toEqual([q, q + PAIRS]);
              expect([...scores.subarray(at, at + 2)]).toEqual([1, 1]);
            }
          }
        }
        corpus.free();
      }
    }
  });
});

function opened(backend: Backend, dim: number, dtype: Dtype, rows: Float64Array) {
  const corpus = backend.openCorpus(dim, 'cosine', { dtype });
  expect(corpus.append(dtype === 'float64' ? rows : Float32Array.from(rows))).toBe(-1);
  return corpus;
}

describe.each(openLevels)('on $label', ({ backend }) => {
  // Rows of 4 kB, so that they are read in several blocks, by one thread.
  const [dim, each] = [1024, 300];
  const data = new Float32Array(2 * each * dim);
  for (let r = 0; r < 2 * each; r++) data.set([3, r < each ? 4 : -4], r * dim);

  it.each([
    ['few', 1],
    ['many', 24],
  ])('%s queries are all answered, though some need not read on', (_, times) => {
    const index = VectorIndex.from(data, { dim, backend, threads: 1, encode: 'none' });
    const queries = Array.from({ length: 2 * times }, (_, q) => data.subarray((q % 2) * each * dim).subarray(0, dim));
    for (const k of [5, 250]) {
      const found = index.searchBatch(queries, k);
      queries.forEach((_, q) => {
        const first = (q % 2) * each;
        expect(Array.from(found.positions.subarray(q * k, (q + 1) * k))).toEqual(
          Array.from({ length: k }, (_, n) => first + n),
        );
        expect(found.scores[(q + 1) * k - 1]).toBe(1);
      });
    }
  });
});
