/** Pairs, matrices and sparse neighbours of the wasm backend, with sizes chosen around its blocks; opening it. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { candidates } from '../../../src/backend/candidates.node.js';
import { reference } from '../../../src/backend/reference/index.js';
import { selfTest } from '../../../src/backend/self-test.js';
import { packed as scalar } from '../../../src/backend/wasm/module/binaries/scalar.js';
import { packed as simd } from '../../../src/backend/wasm/module/binaries/simd.js';
import { compile } from '../../../src/backend/wasm/module/compile.js';
import { sparseNeighbors } from '../../../src/backend/wasm/sparse/neighbors.js';
import {
  AWKWARD_DIMS,
  expectBits,
  expectSameAnswer,
  expectSameMatrix,
  expectSameNeighbors,
  expectSamePair,
  generator,
  levels,
  METRICS,
  misaligned,
  rowsOf,
  sparse,
  TYPES,
} from './checks.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe.each(levels)('$name/$level', (candidate) => {
  const backend = candidate.open();

  test('passes the self-test', () => selfTest(backend));

  describe('pairs', () => {
    test.each(TYPES)('of %o at every awkward dimension, at any offset', (Type) => {
      const random = generator(1);
      for (const dim of AWKWARD_DIMS) {
        const a = misaligned(Type, dim, random);
        const b = misaligned(Type, dim, random);
        expectSamePair(backend, a, b);
        expectSamePair(backend, a, a);
      }
    });

    test.each(TYPES)('of %o: empty, tiny, huge, infinite, NaN', (Type) => {
      const extremes = [0, -0, 1e-45, -1e-30, 1e30, 3e38, 1e160, 5e-324, Number.POSITIVE_INFINITY, Number.NaN];
      for (const dim of [0, 1, 15, 16, 17, 33]) {
        for (const x of extremes) {
          for (const y of extremes) {
            const b = new Type(dim).fill(y);
            if (dim > 2) b[1] = 1;
            expectSamePair(backend, new Type(dim).fill(x), b);
          }
        }
      }
    });

    test('leave no trace of a longer operand before', () => {
      backend.dot(new Float32Array(4096).fill(Number.NaN), new Float32Array(4096).fill(Number.NaN));
      for (let dim = 1; dim < 20; dim++) {
        expectSamePair(backend, new Float32Array(dim).fill(1.5), new Float32Array(dim).fill(-0.5));
        expectSamePair(backend, new Float64Array(dim).fill(1.5), new Float64Array(dim).fill(0.1));
      }
    });

    test('of millions of elements', () => {
      const a = Float32Array.from({ length: 1_200_001 }, (_, i) => (i % 1000) - 499);
      const b = a.map((x) => x / 3);
      expectSamePair(backend, a, b);
    });

    test('row by row and one against many, over several chunks', () => {
      const random = generator(2);
      for (const Type of TYPES) {
        for (const [rows, dim] of [
          [0, 5],
          [1, 7],
          [9, 33],
          [700, 401],
          [2, 300_000],
        ]) {
          const a = rowsOf(Type, rows, dim, random);
          const b = rowsOf(Type, rows, dim, random);
          for (const metric of METRICS) {
            for (const left of [a, rowsOf(Type, 1, dim, random)]) {
              const out = new Float64Array(rows + 1).fill(42);
              const expected = out.slice();
              backend.pairs(metric, left, b, out);
              reference.pairs(metric, left, b, expected);
              expectBits(out, expected);
            }
          }
        }
      }
    });
  });

  describe('matrix', () => {
    test.each(TYPES)('of %o at every awkward dimension', (Type) => {
      const random = generator(3);
      for (const dim of AWKWARD_DIMS) {
        for (const metric of METRICS) {
          expectSameMatrix(backend, metric, rowsOf(Type, 6, dim, random), rowsOf(Type, 3, dim, random));
          expectSameMatrix(backend, metric, rowsOf(Type, 7, dim, random), undefined);
        }
      }
    });

    test('at row counts around a tile, and none', () => {
      const random = generator(4);
      for (let rowsA = 0; rowsA <= 9; rowsA++) {
        expectSameMatrix(backend, 'cosine', rowsOf(Float32Array, rowsA, 20, random), undefined);
        for (let rowsB = 0; rowsB <= 5; rowsB++) {
          const b = rowsOf(Float32Array, rowsB, 20, random);
          expectSameMatrix(backend, 'cosine', rowsOf(Float32Array, rowsA, 20, random), b);
        }
      }
    });

    test.each(TYPES)('of %o over several blocks of rows and of columns', (Type) => {
      const random = generator(5);
      // 2000 elements: 64 columns and 128 or 64 rows to a block. One element: 8192 columns and 32 rows to a block.
      const shapes = [
        [131, 67, 2000],
        [35, 8195, 1],
      ];
      for (const [rowsA, rowsB, dim] of shapes) {
        for (const metric of METRICS) {
          expectSameMatrix(backend, metric, rowsOf(Type, rowsA, dim, random), rowsOf(Type, rowsB, dim, random));
        }
      }
      expectSameMatrix(backend, 'cosine', rowsOf(Type, 131, 2000, random), undefined);
    });

    test('of rows with themselves is the same whether said or not', () => {
      // 431 rows of so many elements are packed together.
      const a = rowsOf(Float32Array, 450, 300, generator(22));
      for (const metric of METRICS) {
        const [once, twice] = [new Float32Array(450 * 450), new Float32Array(450 * 450)];
        backend.matrix(metric, a, undefined, once);
        backend.matrix(metric, a, a, twice);
        expectBits(once, twice);
      }
    });

    test.each(TYPES)('of %o keeps tiny, huge and zero rows apart', (Type) => {
      const scales = Type === Float32Array ? [0, 1e-45, 1e-30, 1, 1e30, 3e38] : [0, 1e-130, 1e-45, 1, 3e38, 1e130];
      const random = generator(6);
      const data = new Type(scales.length * 19).map((_, i) => scales[Math.floor(i / 19)] * (2 * random() - 1));
      for (const metric of METRICS) {
        expectSameMatrix(backend, metric, { data, rows: scales.length, dim: 19 }, undefined);
      }
    });

    test('names the first row without a finite sum of squares, those of b after those of a', () => {
      const random = generator(7);
      const fine = rowsOf(Float32Array, 400, 700, random);
      for (const poison of [Number.NaN, Number.NEGATIVE_INFINITY]) {
        for (const row of [0, 373, 399]) {
          const poor = { ...fine, data: fine.data.slice() };
          poor.data[row * 700 + 699] = poison;
          const out = new Float32Array(400 * 400);
          expect(backend.matrix('dot', poor, undefined, out)).toBe(row);
          expect(backend.matrix('dot', poor, fine, out)).toBe(row);
          expect(backend.matrix('dot', fine, poor, out)).toBe(400 + row);
        }
      }
      const tooLarge = { data: new Float64Array(8).fill(1e160), rows: 2, dim: 4 };
      expect(backend.matrix('euclidean', tooLarge, undefined, new Float32Array(4))).toBe(0);
    });
  });

  describe('sparse neighbours', () => {
    test('of random matrices, dense and sparse, with ties', () => {
      const random = generator(19);
      const shapes = [
        [1, 1, 1],
        [2, 1, 1],
        [40, 7, 0.5],
        [150, 300, 0.02],
        [300, 20, 0.05],
        [130, 40, 1],
        [64, 3, 0],
      ];
      for (const [rows, columns, density] of shapes) {
        for (const values of [() => 1, () => Math.floor(random() * 5) - 2, () => (2 * random() - 1) * 1e20]) {
          const matrix = sparse(rows, columns, density, random, values);
          for (const [k, shrinkage] of [
            [1, 100],
            [3, 0],
            [rows, 0.5],
            [2 * rows, 0],
          ]) {
            expectSameNeighbors(backend, matrix, k, shrinkage);
          }
        }
      }
    });

    test('in as many ranges of rows as the memory for heaps asks for', () => {
      const module = compile(candidate.level === 'simd' ? simd : scalar, candidate.level);
      const matrix = sparse(200, 30, 0.1, generator(21), () => 1);
      const expected = reference.sparseNeighbors(matrix, { k: 5, shrinkage: 1 });
      for (const heaps of [0, 1, 64, 65, 130, 199, 200]) {
        expectSameAnswer(sparseNeighbors(module, matrix, { k: 5, shrinkage: 1 }, heaps * 64), expected);
      }
    });

    test('of no rows, no columns, no entries', () => {
      for (const [rows, columns] of [
        [0, 0],
        [0, 4],
        [3, 0],
        [3, 4],
      ]) {
        const matrix = {
          rows,
          columns,
          indptr: new Uint32Array(rows + 1),
          indices: new Uint32Array(),
          values: new Float32Array(),
        };
        expectSameNeighbors(backend, matrix, 2, 0);
      }
    });

    test('reads no more of its arrays than the offsets say', () => {
      const matrix = sparse(30, 10, 0.4, generator(20), () => 2);
      const longer = {
        ...matrix,
        indices: Uint32Array.of(...matrix.indices, 9, 9, 9),
        values: Float32Array.of(...matrix.values, Number.NaN, 1, 1),
      };
      expectSameNeighbors(backend, longer, 3, 0);
    });
  });
});

describe('opening', () => {
  const simd = levels.find(({ level }) => level === 'simd')!;

  test.each(candidates.filter(({ name }) => name === 'wasm'))('a probe of $level tells what opening does', (each) => {
    const outcome = (open: () => void): string => {
      try {
        open();
        return 'it opens';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(outcome(() => each.probe!())).toBe(outcome(() => each.open()));
  });

  test('says that there is no WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(() => simd.open()).toThrow('there is no WebAssembly');
  });

  test('says that the engine lacks the instructions', () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(() => simd.open()).toThrow('cannot run the instructions of the level "simd"');
  });

  test('says that compiling is forbidden', () => {
    const forbid = class {
      constructor() {
        throw new EvalError('violates the policy');
      }
    };
    vi.stubGlobal('WebAssembly', { validate: () => true, Module: forbid });
    expect(() => simd.open()).toThrow(/Content-Security-Policy.*wasm-unsafe-eval.*violates the policy/);
  });
});
