/** Dense linear algebra: what its bits mean, and what happens at its edges. That backends agree is conformance's matter. */
import { describe, expect, it } from 'vitest';
import type { GramInverse, SparseRows } from '../../src/backend/contract/backend.js';
import { openLevels } from '../fixtures/levels.js';
import { drawMatrix } from '../fixtures/sparse.js';
import { Random } from './conformance/random.js';

const TO_THE_END = Number.POSITIVE_INFINITY;
const levels = openLevels.map(({ label, backend }) => [label, backend] as const);

describe.each(levels)('the inverse of a Gram matrix: %s', (_, backend) => {
  it.each([1, 2, 25, 200])('is an inverse, %i columns', (size) => {
    const matrix = randomRows(60, size, size);
    const task = backend.openGramInverse(matrix, 10);
    task.advance(TO_THE_END);
    const inverse = task.inverse();
    task.free();
    const gram = gramOf(matrix, 10);
    let error = 0;
    let asymmetry = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = i === j ? -1 : 0;
        for (let k = 0; k < size; k++) sum += gram[i * size + k] * inverse[k * size + j];
        error = Math.max(error, Math.abs(sum));
        asymmetry = Math.max(asymmetry, Math.abs(inverse[i * size + j] - inverse[j * size + i]));
      }
    }
    expect(error).toBeLessThan(1e-12);
    expect(asymmetry).toBe(0);
  });

  it('gives the same bits in one step and in many, on one thread and on three', () => {
    const matrix = randomRows(300, 420, 4);
    const [whole, sliced] = [
      [TO_THE_END, 1],
      [1, 3],
    ].map(([products, threads]) => {
      const task = backend.openGramInverse(matrix, 2, { threads });
      let steps = 0;
      for (; task.done < task.total; steps++) task.advance(products);
      const answer = { steps, weights: weightsOf(task), inverse: task.inverse() };
      task.free();
      return answer;
    });
    expect(whole.steps).toBe(1);
    expect(sliced.steps).toBeGreaterThan(10);
    expect(sliced.weights).toEqual(whole.weights);
    expect(sliced.inverse).toEqual(whole.inverse);
  });

  it('gives weights that follow from the inverse', () => {
    const size = 70;
    const task = backend.openGramInverse(randomRows(50, size, 1), 3);
    task.advance(TO_THE_END);
    const inverse = task.inverse();
    const weights = weightsOf(task);
    task.free();
    const expected = Float32Array.from(inverse, (entry, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      return i === j ? 0 : 0 - entry / inverse[j * size + j];
    });
    expect(weights).toEqual(expected);
  });

  it('keeps nothing of the arrays it was opened with', () => {
    const matrix = randomRows(40, 30, 2);
    const inverseOf = (spoil: boolean) => {
      const copy = {
        ...matrix,
        indptr: matrix.indptr.slice(),
        indices: matrix.indices.slice(),
        values: matrix.values.slice(),
      };
      const task = backend.openGramInverse(copy, 1);
      if (spoil) for (const array of [copy.indptr, copy.indices, copy.values]) array.fill(0);
      task.advance(TO_THE_END);
      return task.inverse();
    };
    expect(inverseOf(true)).toEqual(inverseOf(false));
  });

  it('says which column a singular matrix fails at, again and again', () => {
    // Columns 1 and 2 are equal.
    const indices = Uint32Array.of(0, 1, 2, 0, 1, 2);
    const matrix = {
      rows: 2,
      columns: 3,
      indptr: Uint32Array.of(0, 3, 6),
      indices,
      values: new Float32Array(6).fill(1),
    };
    const task = backend.openGramInverse(matrix, 0);
    for (let again = 0; again < 2; again++) {
      expect(() => task.advance(TO_THE_END)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/column 1 .*larger l2/) }),
      );
    }
    expect(() => task.inverse()).toThrow();
    expect(() => weightsOf(task)).toThrow();
    task.free();
  });

  it('refuses to answer before it is complete and after it was freed', () => {
    const task = backend.openGramInverse(randomRows(5, 4, 3), 1);
    expect(() => weightsOf(task)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => task.inverse()).toThrow(/0 of/);
    task.advance(TO_THE_END);
    expect(weightsOf(task)).toHaveLength(16);
    task.free();
    task.free();
    for (const call of [() => weightsOf(task), () => task.inverse(), () => task.advance(1)]) {
      expect(call).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    }
  });
});

describe.each(levels)('the best columns of a dense product: %s', (_, backend) => {
  const weights = randomRows(20, 15, 4);
  const dense = { data: Float32Array.from({ length: 15 * 100 }, (_, n) => ((n * 37) % 101) - 50), rows: 15, dim: 100 };
  const all = { above: Number.NEGATIVE_INFINITY, minScore: Number.NEGATIVE_INFINITY };

  it('orders by score and then position, and a shorter answer begins a longer one', () => {
    const long = backend.denseTopK(weights, dense, { ...all, k: 100 });
    const short = backend.denseTopK(weights, dense, { ...all, k: 7 });
    for (let row = 0; row < weights.rows; row++) {
      expect(long.counts[row]).toBe(100);
      for (let n = 0; n < 7; n++) {
        expect(short.positions[row * 7 + n]).toBe(long.positions[row * 100 + n]);
        expect(short.scores[row * 7 + n]).toBe(long.scores[row * 100 + n]);
      }
      for (let n = 1; n < 100; n++) {
        const [before, at] = [row * 100 + n - 1, row * 100 + n];
        const isOrdered =
          long.scores[before] > long.scores[at] ||
          (long.scores[before] === long.scores[at] && long.positions[before] < long.positions[at]);
        expect(isOrdered).toBe(true);
      }
    }
  });

  it('leaves out what is excluded, not admitted or below the bars', () => {
    const exclude = { indptr: new Uint32Array(21).fill(2, 1), indices: Uint32Array.of(3, 99) };
    const admit = Uint8Array.from({ length: 100 }, (_, n) => (n % 3 === 0 ? 1 : 0));
    const { counts, positions } = backend.denseTopK(weights, dense, { ...all, k: 100, exclude, admit });
    expect(counts[0]).toBe(32);
    expect(counts[1]).toBe(34);
    expect([...positions.subarray(0, 32)].every((column) => column % 3 === 0 && column !== 3 && column !== 99)).toBe(
      true,
    );
    // Nothing in the strips before column 70 is admitted; exclusions there are passed all the same.
    const late = Uint8Array.from({ length: 100 }, (_, n) => (n >= 70 ? 1 : 0));
    const last = backend.denseTopK(weights, dense, { ...all, k: 100, exclude, admit: late });
    expect([...last.positions.subarray(0, 29)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 29 }, (_, n) => 70 + n),
    );
    expect([...last.counts.subarray(0, 2)]).toEqual([29, 30]);
    const positive = backend.denseTopK(weights, dense, { k: 100, above: 0, minScore: 12 });
    positive.counts.forEach((count, row) => {
      const scores = positive.scores.subarray(row * 100, row * 100 + count);
      expect(scores.every((score) => score >= 12)).toBe(true);
    });
  });
});

function weightsOf(task: GramInverse): Float32Array {
  const out = new Float32Array(task.size * task.size);
  task.weights(0, task.size, out);
  return out;
}

function randomRows(rows: number, columns: number, seed: number): SparseRows {
  const random = new Random(seed);
  return drawMatrix(
    random,
    rows,
    columns,
    () => random.below(5) === 0,
    () => random.signed() * 3,
  );
}

function gramOf({ rows, columns, indptr, indices, values }: SparseRows, l2: number): Float64Array {
  const gram = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      for (let q = indptr[row]; q < indptr[row + 1]; q++)
        gram[indices[p] * columns + indices[q]] += values[p] * values[q];
    }
  }
  for (let i = 0; i < columns; i++) gram[i * columns + i] += l2;
  return gram;
}
