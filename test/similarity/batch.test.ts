/** Many pairs in one call, and top-k of a list. */
import { describe, expect, it } from 'vitest';
import {
  cosineSimilarity,
  dot,
  euclidean,
  pairedSimilarities,
  similarities,
  similarityMatrix,
  topK,
  type Vector,
} from '../../src/index.js';
import { openLevels } from '../fixtures/levels.js';

const rows = Array.from({ length: 37 }, (_, r) => Float32Array.from({ length: 45 }, (_, i) => Math.sin(r * 45 + i)));
const scoreOf = { cosine: cosineSimilarity, dot, euclidean: (a: Vector, b: Vector) => 0 - euclidean(a, b) };
const metrics = ['cosine', 'dot', 'euclidean'] as const;

describe.each(metrics)('%s', (metric) => {
  const score = scoreOf[metric];

  it('one against many equals the pairs, bit for bit', () => {
    expect(similarities(rows[3], rows, { metric })).toEqual(Float64Array.from(rows, (row) => score(rows[3], row)));
    const flat = Float32Array.from(rows.flatMap((row) => [...row]));
    expect(similarities(rows[3], flat, { metric, dim: 45 })).toEqual(similarities(rows[3], rows, { metric }));
    const numbers = rows.map((row) => [...row]);
    expect(similarities(numbers[3], numbers, { metric })).toEqual(similarities(rows[3], rows, { metric }));
  });

  it('keeps the sign of a zero that the pair has', () => {
    const [a, b] = [Float64Array.of(2, 0), Float64Array.of(-5e-324, 4)];
    expect(pairedSimilarities([a], [b], { metric })[0]).toBe(score(a, b));
    expect(pairedSimilarities([a], [a], { metric })[0]).toBe(score(a, a));
  });

  it('pairs equal the pairs, bit for bit', () => {
    const turned = [...rows].reverse();
    expect(pairedSimilarities(rows, turned, { metric })).toEqual(
      Float64Array.from(rows, (row, r) => score(row, turned[r])),
    );
  });

  it('the matrix equals the pairs rounded to float32, bit for bit', () => {
    const { data, rows: height, dim: width } = similarityMatrix(rows, undefined, { metric });
    expect([height, width]).toEqual([37, 37]);
    expect(data).toEqual(Float32Array.from(rows.flatMap((a) => rows.map((b) => score(a, b)))));
    const few = rows.slice(0, 5);
    expect(similarityMatrix(few, rows, { metric }).data).toEqual(
      Float32Array.from(few.flatMap((a) => rows.map((b) => score(a, b)))),
    );
    const numbers = rows.map((row) => [...row]);
    expect(similarityMatrix(numbers, rows, { metric }).data).toEqual(
      similarityMatrix(rows, undefined, { metric }).data,
    );
  });
});

describe('similarityMatrix', () => {
  it('takes float64 beyond the range of its squares', () => {
    const { data } = similarityMatrix([
      [1e200, 0],
      [1e-200, 1e-200],
      [0, 0],
    ]);
    expect(data).toEqual(Float32Array.of(1, Math.SQRT1_2, 0, Math.SQRT1_2, 1, 0, 0, 0, 0));
    expect(similarities([1e200, 0], [[1e-200, 1e-200]])[0]).toBeCloseTo(Math.SQRT1_2, 15);
  });

  it('answers for no rows', () => {
    expect(similarityMatrix([])).toEqual({ data: new Float32Array(0), rows: 0, dim: 0 });
    expect(similarityMatrix([[1, 2]], [])).toEqual({ data: new Float32Array(0), rows: 1, dim: 0 });
    expect(similarities([1], [])).toEqual(new Float64Array(0));
  });

  it('names the row and column of a value that is not finite', () => {
    const spoiled = [
      [1, 2],
      [3, Number.NaN],
    ];
    for (const metric of metrics) {
      expect(() => similarityMatrix(spoiled, undefined, { metric })).toThrow('row 1, column 1 is NaN');
      const float32 = spoiled.map((row) => Float32Array.from(row));
      expect(() => similarityMatrix(float32, undefined, { metric })).toThrow('row 1, column 1 is NaN');
      expect(() => similarityMatrix([Float32Array.of(1, 2)], float32, { metric })).toThrow(
        'row of b 1, column 1 is NaN',
      );
      expect(() => similarities([1, 2], spoiled, { metric })).toThrow(/column 1 is NaN/);
    }
  });

  it('refuses what does not fit', () => {
    expect(() =>
      similarityMatrix([
        [1, 2],
        [1, 2, 3],
      ]),
    ).toThrow('row 1 has 3 elements, expected 2');
    expect(() => similarityMatrix([[1, 2]], [[1, 2, 3]])).toThrow('2 and');
    expect(() => similarityMatrix(new Float32Array(6))).toThrow('needs { dim }');
    expect(() => similarityMatrix(new Float32Array(7), undefined, { dim: 2 })).toThrow('no whole number of rows');
    expect(() => similarityMatrix({ data: new Float32Array(5), rows: 3, dim: 2 })).toThrow('needs 6 values');
    expect(() => similarityMatrix([[1]], undefined, { metric: 'manhattan' as 'dot' })).toThrow('not "manhattan"');
    expect(() => pairedSimilarities([[1]], [[1], [2]])).toThrow('got 1 and 2');
    expect(() => similarities([1, 2, 3], [[1, 2]])).toThrow('3');
    expect(() => similarityMatrix('abc' as never)).toThrow('"abc"');
  });
});

it.each(openLevels)('a cell between two float32 is rounded as its own score is, on $label', ({ backend }) => {
  // Cosines with a row along the first axis that lie in the middle of two float32, give or take the last bit of float64.
  const data = new Float64Array(2 * 600);
  for (let r = 0; r < 600; r++) {
    const middle = (2 ** 24 + 1 + 2 * (r * 13_007)) / 2 ** 25;
    const stretch = 1 + (r % 37) / 64;
    data.set([middle * stretch, Math.sqrt(1 - middle * middle) * stretch], 2 * r);
  }
  const cells = new Float32Array(600);
  const axis = Float64Array.of(1, 0);
  backend.matrix('cosine', { data: axis, rows: 1, dim: 2 }, { data, rows: 600, dim: 2 }, cells);
  const expected = Float32Array.from(cells, (_, r) => cosineSimilarity(axis, data.subarray(2 * r, 2 * r + 2)));
  expect(cells).toEqual(expected);
});

describe('topK', () => {
  it('sorts like a stable descending sort', () => {
    const scores = Float64Array.from({ length: 500 }, (_, i) => (i * 7919) % 41);
    const order = [...scores.keys()].sort((m, n) => scores[n] - scores[m] || m - n);
    for (const k of [1, 2, 10, 499, 500, 10_000]) {
      const best = topK(scores, k);
      expect([...best.indices]).toEqual(order.slice(0, k));
      expect([...best.scores]).toEqual(order.slice(0, k).map((i) => scores[i]));
    }
    expect(topK([], 3)).toEqual({ indices: new Uint32Array(0), scores: new Float64Array(0) });
    expect([...topK([1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 3).indices]).toEqual([1, 0, 2]);
  });

  it('refuses NaN and a k that is none', () => {
    expect(() => topK([1, Number.NaN], 1)).toThrow('score 1 is NaN');
    for (const k of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', undefined]) {
      expect(() => topK([1], k as number)).toThrow('k must be a positive integer');
    }
  });
});

it('options in the place of vectors are refused, with their own place', () => {
  const flat = Float32Array.of(1, 0, 0, 1);
  expect(() => similarityMatrix(flat, { dim: 2 } as never)).toThrow(/options come third/);
  expect(similarityMatrix(flat, undefined, { dim: 2 }).rows).toBe(2);
});
