/** Shapes, masks and lives that nobody thought of: each backend against the reference. A failure prints its seed. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Backend, Dtype, Metric, TopRequest } from '../../../src/backend/contract/backend.js';
import { reference } from '../../../src/backend/reference/index.js';
import { openLevels } from '../../fixtures/levels.js';
import { Canary, type FloatType } from './canary.js';
import { difference, extend, extendTop, METRICS } from './case.js';
import { Random } from './random.js';
import { awkwardStored, DTYPES, drawQueries, kindsOf } from './stored.js';
import { awkwardRows, FLOAT_TYPES } from './vectors.js';

/** The slow tier looks ten times as long. */
fc.configureGlobal({ numRuns: process.env.KINDRED_SLOW ? 1000 : 100 });

const metric = fc.constantFrom<Metric>(...METRICS);
const type = fc.constantFrom<FloatType>(...FLOAT_TYPES);
const dtype = fc.constantFrom<Dtype>(...DTYPES);
const seed = fc.nat();
const dim = fc.integer({ min: 1, max: 150 });
const k = fc.integer({ min: 1, max: 120 });
const minScore = fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.double({ min: -2, max: 2, noNaN: true }));
const offset = fc.nat({ max: 15 });

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), rows: fc.nat({ max: 40 }), values: fc.nat() }),
  fc.record({ kind: fc.constant('overwrite' as const), at: fc.nat(), values: fc.nat() }),
  fc.record({ kind: fc.constant('compact' as const), oneIn: fc.integer({ min: 1, max: 5 }) }),
  fc.record({
    kind: fc.constant('search' as const),
    queries: fc.integer({ min: 1, max: 20 }),
    k,
    minScore,
    oneIn: fc.nat({ max: 4 }),
  }),
);

const examined = openLevels.filter(({ backend }) => backend !== reference);

describe.each(examined.map(({ label, backend }) => [label, backend] as const))('%s is the reference', (_, backend) => {
  const same = (run: (backend: Backend) => number[]) => {
    const found = difference(run(backend), run(reference));
    if (found !== undefined) throw new Error(found);
  };

  it('for two vectors of any bits', () => {
    const bits = fc.uint8Array({ minLength: 16, maxLength: 16 * 80 });
    fc.assert(
      fc.property(bits, type, offset, (bytes, type, offset) => {
        const whole = bytes.slice(0, bytes.length - (bytes.length % 16)).buffer;
        const values = type === 'float32' ? new Float32Array(whole) : new Float64Array(whole);
        const half = values.length / 2;
        const canary = new Canary();
        const a = canary.input(type, values.subarray(0, half), offset);
        const b = canary.input(type, values.subarray(half), 15 - offset);
        same((each) => [each.dot(a, b), each.cosine(a, b), each.euclidean(a, b)]);
        canary.check();
      }),
    );
  });

  it('for pairs and matrices of any shape', () => {
    const rows = fc.nat({ max: 40 });
    fc.assert(
      fc.property(seed, metric, type, rows, rows, dim, offset, (seed, metric, type, rowsA, rowsB, dim, offset) => {
        const random = new Random(seed);
        const canary = new Canary();
        const draw = (count: number) => ({
          data: canary.input(type, awkwardRows(random, type, 'uniform', count, dim), random.below(16)),
          rows: count,
          dim,
        });
        const [a, b, paired, one] = [draw(rowsA), draw(rowsB), draw(rowsB), draw(1)];
        same((each) => {
          const answers: number[] = [];
          for (const left of [paired, one]) {
            const out = canary.output('float64', rowsB, offset);
            each.pairs(metric, left, b, out);
            extend(answers, out);
          }
          for (const right of [b, undefined]) {
            const out = canary.output('float32', rowsA * (right?.rows ?? rowsA), offset);
            answers.push(each.matrix(metric, a, right, out));
            extend(answers, out);
          }
          return answers;
        });
        canary.check();
      }),
    );
  });

  it('through any life of a corpus', () => {
    const steps = fc.array(step, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(seed, metric, dtype, dim, steps, (seed, metric, dtype, dim, steps) => {
        same((each) => {
          const random = new Random(seed);
          const corpus = each.openCorpus(dim, metric, { dtype });
          const answers: number[] = [];
          const kinds = kindsOf(dtype);
          const rows = (count: number, kind: number) =>
            new Canary().elements(
              awkwardStored(random, dtype, kinds[kind % kinds.length], count, dim),
              random.below(16),
            );
          for (const step of steps) {
            if (step.kind === 'append') {
              answers.push(corpus.append(rows(step.rows, step.values)));
            } else if (step.kind === 'overwrite' && corpus.size > 0) {
              const slot = step.at % corpus.size;
              answers.push(Number(corpus.overwrite(slot, rows(1, step.values))));
              extend(answers, corpus.read(slot, 1 + random.below(corpus.size - slot)));
            } else if (step.kind === 'compact') {
              corpus.compact(Uint8Array.from({ length: corpus.size }, () => random.below(step.oneIn)));
            } else if (step.kind === 'search') {
              const mask = Uint8Array.from({ length: corpus.size }, () => Number(random.below(step.oneIn || 1) === 0));
              const options: TopRequest = { k: step.k, minScore: step.minScore };
              const queries = new Canary().elements(drawQueries(random, dtype, kinds[0], step.queries * dim), 3);
              extendTop(answers, corpus.search(queries, step.oneIn === 0 ? options : { ...options, admit: mask }));
            }
            answers.push(corpus.size);
          }
          corpus.free();
          return answers;
        });
      }),
    );
  });

  it('for neighbours in any sparse matrix', () => {
    const cell = fc.tuple(fc.nat({ max: 29 }), fc.nat({ max: 19 }), fc.float({ noNaN: true, noDefaultInfinity: true }));
    const cells = fc.uniqueArray(cell, { selector: ([row, column]) => row * 20 + column, maxLength: 250 });
    const shrinkage = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(cells, k, shrinkage, (cells, k, shrinkage) => {
        cells.sort(([rowA, columnA], [rowB, columnB]) => rowA - rowB || columnA - columnB);
        const indptr = Uint32Array.from({ length: 31 }, (_, row) => cells.filter((each) => each[0] < row).length);
        const indices = Uint32Array.from(cells, (each) => each[1]);
        const values = Float32Array.from(cells, (each) => each[2]);
        const matrix = { rows: 30, columns: 20, indptr, indices, values };
        same((each) => {
          const answers: number[] = [];
          extendTop(answers, each.sparseNeighbors(matrix, { k, shrinkage }));
          return answers;
        });
      }),
    );
  });
});
