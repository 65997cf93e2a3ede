/** The wasm backend against the reference, bit for bit, with sizes chosen around its own blocks and memory. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Backend, Floats, Metric, Rows, SearchOptions, SparseRows, TopRows } from '../src/backend/contract.js';
import { reference } from '../src/backend/reference/index.js';
import { selfTest } from '../src/backend/self-test.js';
import { scalarBinary, simdBinary } from '../src/backend/wasm/binaries.js';
import { wasmCandidates } from '../src/backend/wasm/index.js';
import { compile } from '../src/backend/wasm/kernels.js';
import { sparseNeighbors } from '../src/backend/wasm/sparse.js';
import { KindredError } from '../src/errors.js';

const METRICS: Metric[] = ['cosine', 'dot', 'euclidean'];
const TYPES = [Float32Array, Float64Array] as const;
const AWKWARD_DIMS = [...Array.from({ length: 70 }, (_, i) => i + 1), 127, 128, 129, 384];
const ALL = { k: 10, minScore: Number.NEGATIVE_INFINITY };
const PAGE_BYTES = 65536;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe.each(wasmCandidates)('$name/$level', (candidate) => {
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
      const a = Float32Array.from({ length: 3_000_001 }, (_, i) => (i % 1000) - 499);
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
      const a = rowsOf(Float32Array, 1000, 130, generator(22));
      for (const metric of METRICS) {
        const [once, twice] = [new Float32Array(1000 * 1000), new Float32Array(1000 * 1000)];
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

  describe('search', () => {
    test('at every awkward dimension, one query and a batch', () => {
      const random = generator(8);
      for (const dim of AWKWARD_DIMS) {
        for (const metric of METRICS) {
          const data = misaligned(Float32Array, 23 * dim, random);
          expectSameSearch(backend, metric, dim, data, data.subarray(dim, 2 * dim), ALL);
          expectSameSearch(backend, metric, dim, data, data.subarray(0, 9 * dim), ALL);
        }
      }
    });

    test('at row and query counts around the blocks', () => {
      const random = generator(9);
      for (const rows of [1, 2, 3, 4, 5, 1023, 1024, 1025, 2051]) {
        const data = misaligned(Float32Array, rows * 3, random);
        for (const queries of [0, 1, 2, 7, 8, 9, 10, 11]) {
          expectSameSearch(backend, 'cosine', 3, data, misaligned(Float32Array, queries * 3, random), ALL);
        }
      }
    });

    test('with more queries than one block of them holds', () => {
      const random = generator(10);
      const data = misaligned(Float32Array, 30 * 1500, random);
      // 1500 floats: 87 queries to a block, the last block of one or of three queries.
      for (const queries of [88, 177]) {
        const wanted = misaligned(Float32Array, queries * 1500, random);
        for (const metric of METRICS) expectSameSearch(backend, metric, 1500, data, wanted, ALL);
      }
    });

    test('ties and duplicates go by position, for any k', () => {
      const random = generator(11);
      const data = Float32Array.from({ length: 500 * 4 }, () => Math.floor(random() * 3) - 1);
      for (const metric of METRICS) {
        for (const k of [1, 2, 10, 499, 500, 501, 10_000]) {
          for (const queries of [1, 9]) {
            const wanted = data.subarray(0, queries * 4);
            expectSameSearch(backend, metric, 4, data, wanted, { ...ALL, k });
          }
        }
      }
      const same = new Float32Array(200 * 5).fill(0.7);
      expectSameSearch(backend, 'cosine', 5, same, same.subarray(0, 5), ALL);
    });

    test('admits by mask and by minimum score before it counts to k', () => {
      const random = generator(12);
      const data = Float32Array.from({ length: 1500 * 6 }, () => Math.floor(random() * 9) - 4);
      for (const metric of METRICS) {
        const scores = METRICS.indexOf(metric) === 0 ? [0.5, 1, 1.1] : metric === 'dot' ? [7, 1e9] : [-3, 0, 1];
        for (const minScore of [Number.NEGATIVE_INFINITY, ...scores]) {
          for (const share of [0, 0.01, 0.5, 1]) {
            const admit = Uint8Array.from({ length: 1500 }, () =>
              random() < share ? 1 + Math.floor(random() * 255) : 0,
            );
            for (const queries of [1, 9]) {
              const wanted = data.subarray(0, queries * 6);
              expectSameSearch(backend, metric, 6, data, wanted, { k: 7, minScore, admit });
            }
          }
        }
      }
    });

    test('of tiny, huge and zero rows and queries', () => {
      const scales = [0, 1e-45, 1e-30, 1, 1e30, 3e38];
      const random = generator(13);
      const data = Float32Array.from(
        { length: 60 * 18 },
        (_, i) => scales[Math.floor(i / 18) % 6] * (2 * random() - 1),
      );
      for (const metric of METRICS) {
        for (let q = 0; q < 6; q++) {
          expectSameSearch(backend, metric, 18, data, data.subarray(q * 18, (q + 1) * 18), { ...ALL, k: 60 });
        }
        expectSameSearch(backend, metric, 18, data, data.subarray(0, 12 * 18), { ...ALL, k: 60 });
      }
    });

    test('of an empty corpus finds nothing', () => {
      const corpus = backend.openCorpus(3, 'cosine');
      const found = corpus.search(Float32Array.of(1, 2, 3, 4, 5, 6), ALL);
      expect([found.stride, found.counts.length, found.positions.length]).toEqual([0, 2, 0]);
    });

    test('with huge k keeps its memory bounded', () => {
      const corpus = backend.openCorpus(1, 'dot');
      const rows = 50_000;
      corpus.append(Float32Array.from({ length: rows }, (_, i) => i % 1000));
      // 600 kB of best rows a query: 34 queries at once would take 19.5 MiB.
      const found = corpus.search(new Float32Array(34).fill(1), { ...ALL, k: rows });
      expect(found.stride).toBe(rows);
      expect([...found.positions.subarray(33 * rows, 33 * rows + 3)]).toEqual([999, 1999, 2999]);
      expect(corpus.bytes).toBeLessThan(18 * 2 ** 20);
    });
  });

  describe('corpus', () => {
    test('follows the reference through any history of calls', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 40 }),
          fc.constantFrom(...METRICS),
          histories(),
          (dim, metric, history) => {
            const ours = backend.openCorpus(dim, metric);
            const theirs = reference.openCorpus(dim, metric);
            const random = generator(14);
            for (const { act, count } of history) {
              const rows = misaligned(Float32Array, count * dim, random);
              if (act === 'append') expect(ours.append(rows)).toBe(theirs.append(rows));
              if (act === 'spoil' && count > 0) {
                rows[Math.floor(random() * rows.length)] = random() < 0.5 ? Number.NaN : Number.POSITIVE_INFINITY;
                expect(ours.append(rows)).toBe(theirs.append(rows));
                if (ours.size > 0)
                  expect(ours.overwrite(0, rows.subarray(0, dim))).toBe(theirs.overwrite(0, rows.subarray(0, dim)));
              }
              if (act === 'overwrite' && ours.size > 0 && count > 0) {
                const slot = Math.floor(random() * ours.size);
                expect(ours.overwrite(slot, rows.subarray(0, dim))).toBe(theirs.overwrite(slot, rows.subarray(0, dim)));
              }
              if (act === 'compact') {
                const keep = Uint8Array.from({ length: ours.size }, () => (random() < 0.3 ? 0 : 2));
                ours.compact(keep);
                theirs.compact(keep);
              }
              expect(ours.size).toBe(theirs.size);
              for (let slot = 0; slot < ours.size; slot++) expectBits(ours.read(slot), theirs.read(slot));
              for (const queries of [1, 8]) {
                const wanted = misaligned(Float32Array, queries * dim, random);
                expectSameAnswer(ours.search(wanted, ALL), theirs.search(wanted, ALL));
              }
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    test('grows over many small appends and keeps every row', () => {
      const random = generator(15);
      const ours = backend.openCorpus(37, 'cosine');
      const theirs = reference.openCorpus(37, 'cosine');
      for (let n = 0; n < 1500; n++) {
        const row = misaligned(Float32Array, 37, random);
        ours.append(row);
        theirs.append(row);
        if (n % 300 === 0) expectSameAnswer(ours.search(row, ALL), theirs.search(row, ALL));
      }
      const wanted = misaligned(Float32Array, 9 * 37, random);
      expectSameAnswer(ours.search(wanted, ALL), theirs.search(wanted, ALL));
      expect(ours.bytes).toBeLessThan(1500 * 37 * 4 * 1.5 + 4 * PAGE_BYTES);
    });

    test('refuses NaN and infinity wherever they are, leaving no trace', () => {
      const random = generator(16);
      for (const metric of METRICS) {
        for (const poison of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const corpus = backend.openCorpus(17, metric);
          const fine = misaligned(Float32Array, 3 * 17, random);
          corpus.append(fine);
          for (const at of [0, 15, 16, 17, 50]) {
            const poor = fine.slice();
            poor[at] = poison;
            expect(corpus.append(poor)).toBe(Math.floor(at / 17));
          }
          expect(corpus.overwrite(1, new Float32Array(17).fill(poison))).toBe(false);
          expect(corpus.size).toBe(3);
          const theirs = reference.openCorpus(17, metric);
          theirs.append(fine);
          for (const wanted of [fine.subarray(0, 17), new Float32Array(8 * 17).fill(1)]) {
            expectSameAnswer(corpus.search(wanted, ALL), theirs.search(wanted, ALL));
          }
        }
      }
    });

    test('gives memory back when most rows go', () => {
      const random = generator(17);
      const corpus = backend.openCorpus(64, 'cosine');
      const rows = misaligned(Float32Array, 10_000 * 64, random);
      corpus.append(rows);
      const before = corpus.bytes;
      expect(before).toBeGreaterThanOrEqual(10_000 * (64 * 4 + 8));
      corpus.compact(Uint8Array.from({ length: 10_000 }, (_, slot) => (slot % 100 === 7 ? 1 : 0)));
      expect(corpus.size).toBe(100);
      expect(corpus.bytes).toBeLessThan(before / 10);
      for (const n of [0, 1, 99]) {
        const slot = 100 * n + 7;
        const row = rows.slice(slot * 64, (slot + 1) * 64);
        expectBits(corpus.read(n), row);
        expect(corpus.search(row, { ...ALL, k: 1 }).positions[0]).toBe(n);
      }
      corpus.compact(new Uint8Array(100));
      expect(corpus.size).toBe(0);
      expect(corpus.append(rows.subarray(0, 128))).toBe(-1);
      expect(corpus.size).toBe(2);
    });

    test('is untouched by a memory that cannot grow', () => {
      const random = generator(18);
      const corpus = backend.openCorpus(100, 'cosine');
      const rows = misaligned(Float32Array, 300 * 100, random);
      corpus.append(rows);
      const wanted = rows.subarray(0, 100);
      const before = corpus.search(wanted, ALL);
      vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
        throw new RangeError('no more');
      });
      const refusal = () => corpus.append(rows);
      expect(refusal).toThrow(KindredError);
      expect(refusal).toThrow(/memory cannot grow: \d+ bytes are needed, \d+ are held/);
      expect(corpus.size).toBe(300);
      expectSameAnswer(corpus.search(wanted, ALL), before);
      vi.restoreAllMocks();
      expect(corpus.append(rows)).toBe(-1);
      expect(corpus.size).toBe(600);
      expectBits(corpus.read(599), rows.slice(299 * 100));
    });

    test('takes just enough where memory cannot grow generously', () => {
      const corpus = backend.openCorpus(1000, 'dot');
      const rows = new Float32Array(100 * 1000).fill(1);
      corpus.append(rows);
      const grow = WebAssembly.Memory.prototype.grow;
      const allowedPages = 1;
      vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(function (this: WebAssembly.Memory, pages) {
        if (pages > allowedPages) throw new RangeError('no more');
        return grow.call(this, pages);
      });
      expect(corpus.append(rows.subarray(0, 3000))).toBe(-1);
      expect(corpus.size).toBe(103);
      expect(corpus.bytes).toBeLessThan(103 * 4000 + 3 * PAGE_BYTES);
    });

    test('refuses what passes 4 GiB', () => {
      const corpus = backend.openCorpus(2 ** 30, 'dot');
      expect(() => corpus.overwrite(0, new Float32Array(1))).toThrow(/memory cannot grow.*4294967296/);
    });

    test('throws DISPOSED once freed, and can be freed again', () => {
      const corpus = backend.openCorpus(2, 'dot');
      corpus.append(Float32Array.of(1, 2));
      corpus.free();
      corpus.free();
      const row = Float32Array.of(1, 2);
      const calls = [
        () => corpus.append(row),
        () => corpus.overwrite(0, row),
        () => corpus.read(0),
        () => corpus.compact(Uint8Array.of(1)),
        () => corpus.search(row, ALL),
      ];
      for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
      expect([corpus.size, corpus.bytes]).toEqual([0, 0]);
    });

    test('corpora do not share memory', () => {
      const [a, b] = [backend.openCorpus(2, 'dot'), backend.openCorpus(2, 'dot')];
      a.append(Float32Array.of(1, 2));
      b.append(Float32Array.of(3, 4, 5, 6));
      b.free();
      expect([a.size, ...a.read(0)]).toEqual([1, 1, 2]);
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
          for (const shrinkage of [0, 0.5, 100]) {
            for (const k of [1, 3, rows, 2 * rows]) expectSameNeighbors(backend, matrix, k, shrinkage);
          }
        }
      }
    });

    test('in as many ranges of rows as the memory for heaps asks for', () => {
      const module = compile(candidate.level === 'simd' ? simdBinary : scalarBinary, candidate.level);
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
  const [simd] = wasmCandidates;

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

function expectSamePair(backend: Backend, a: Floats, b: Floats): void {
  for (const kernel of ['dot', 'cosine', 'euclidean'] as const) {
    const [ours, theirs] = [backend[kernel](a, b), reference[kernel](a, b)];
    if (!Object.is(ours, theirs)) expect.fail(`${kernel} of ${a.length} elements: ${ours}, reference ${theirs}`);
  }
}

function expectSameMatrix(backend: Backend, metric: Metric, a: Rows, b: Rows | undefined): void {
  const cells = a.rows * (b ?? a).rows;
  const ours = new Float32Array(cells + 1).fill(42);
  const theirs = ours.slice();
  expect(backend.matrix(metric, a, b, ours)).toBe(-1);
  reference.matrix(metric, a, b, theirs);
  expectBits(ours, theirs);
}

function expectSameSearch(
  backend: Backend,
  metric: Metric,
  dim: number,
  data: Float32Array,
  queries: Float32Array,
  options: SearchOptions,
): void {
  const [ours, theirs] = [backend, reference].map((each) => {
    const corpus = each.openCorpus(dim, metric);
    corpus.append(data);
    return corpus.search(queries, options);
  });
  expectSameAnswer(ours, theirs);
}

function expectSameNeighbors(backend: Backend, matrix: SparseRows, k: number, shrinkage: number): void {
  const options = { k, shrinkage };
  expectSameAnswer(backend.sparseNeighbors(matrix, options), reference.sparseNeighbors(matrix, options));
}

function expectSameAnswer(ours: TopRows, theirs: TopRows): void {
  expect(ours.stride).toBe(theirs.stride);
  expectBits(ours.counts, theirs.counts);
  expectBits(ours.positions, theirs.positions);
  expectBits(ours.scores, theirs.scores);
}

function expectBits(ours: ArrayLike<number>, theirs: ArrayLike<number>): void {
  expect(ours.length).toBe(theirs.length);
  for (let i = 0; i < ours.length; i++) {
    if (!Object.is(ours[i], theirs[i])) expect.fail(`cell ${i} is ${ours[i]}, reference ${theirs[i]}`);
  }
}

/** A history of calls on a corpus. */
function histories() {
  const call = fc.record({
    act: fc.constantFrom('append', 'spoil', 'overwrite', 'compact'),
    count: fc.integer({ min: 0, max: 60 }),
  });
  return fc.array(call, { minLength: 1, maxLength: 12 });
}

/** Values in [-1, 1) that start one element into their buffer, so float32 lie at an odd multiple of 4 bytes. */
function misaligned<T extends typeof Float32Array | typeof Float64Array>(
  Type: T,
  length: number,
  random: () => number,
): InstanceType<T> {
  const values = new Type(length + 1).map(() => 2 * random() - 1);
  return values.subarray(1) as InstanceType<T>;
}

function rowsOf<T extends typeof Float32Array | typeof Float64Array>(
  Type: T,
  rows: number,
  dim: number,
  random: () => number,
): Rows<InstanceType<T>> {
  return { data: misaligned(Type, rows * dim + 3, random), rows, dim };
}

function sparse(rows: number, columns: number, density: number, random: () => number, value: () => number): SparseRows {
  const indptr = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (random() >= density) continue;
      indices.push(column);
      values.push(value());
    }
    indptr.push(indices.length);
  }
  return {
    rows,
    columns,
    indptr: Uint32Array.from(indptr),
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  };
}

/** Mulberry32: uniform values in [0, 1) that are the same on every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
