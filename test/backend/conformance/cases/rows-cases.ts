/** Many pairs in one call, and the matrix of all pairs. */
import type { Backend, Floats, Metric, Rows } from '../../../../src/backend/contract/backend.js';
import { Canary, type FloatType } from '../canary.js';
import { type Case, extend, METRICS } from '../case.js';
import { Random } from '../random.js';
import { awkwardRows, DIMENSIONS, FLOAT_TYPES } from '../vectors.js';

/** [rows, dimension] around blocks of rows, and every awkward dimension with a few rows. */
const PAIR_SHAPES: readonly (readonly [number, number])[] = [
  ...[0, 1, 2, 31, 32, 33, 255, 256, 257].flatMap((rows) => [[rows, 5] as const, [rows, 33] as const]),
  ...DIMENSIONS.map((dim) => [3, dim] as const),
  [1025, 17],
];

/** Rows of one operand and dimension: 257 rows cross any symmetric tile, 2053 columns any block of columns. */
const SELF_SHAPES: readonly (readonly [number, number])[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 24, 25, 31, 32, 33].map((rows) => [rows, 19] as const),
  ...DIMENSIONS.map((dim) => [5, dim] as const),
  ...([
    [65, 64],
    [129, 33],
    [257, 7],
    [9, 1025],
    [9, 2053],
  ] as const),
];

/** Rows of the left, rows of the right, dimension. */
const CROSS_SHAPES: readonly (readonly [number, number, number])[] = [
  ...([
    [1, 1, 1],
    [1, 33, 7],
    [33, 1, 7],
    [2, 257, 9],
    [31, 32, 16],
    [33, 31, 17],
    [257, 5, 40],
  ] as const),
  ...([
    [3, 1025, 8],
    [1025, 3, 8],
    [0, 4, 3],
    [4, 0, 3],
    [7, 9, 769],
    [14, 6, 2053],
    [64, 96, 65],
  ] as const),
  ...DIMENSIONS.map((dim) => [3, 6, dim] as const),
];

export const rowsCases: readonly Case[] = METRICS.flatMap((metric) =>
  FLOAT_TYPES.flatMap((type) => [
    ...['uniform', 'mixed'].flatMap((kind) => [
      pairedRows(metric, type, kind),
      oneAgainstMany(metric, type, kind),
      selfMatrix(metric, type, kind),
      crossMatrix(metric, type, kind),
    ]),
    selfMatrix(metric, type, type === 'float32' ? 'huge' : 'large'),
    crossMatrix(metric, type, type === 'float32' ? 'tiny' : 'small'),
    refusedRows(metric, type),
  ]),
);

function pairedRows(metric: Metric, type: FloatType, kind: string): Case {
  return overShapes(`${metric} of paired ${kind} ${type} rows`, PAIR_SHAPES, (backend, random, [rows, dim]) =>
    pairs(backend, random, metric, type, kind, [rows, rows, dim]),
  );
}

function oneAgainstMany(metric: Metric, type: FloatType, kind: string): Case {
  return overShapes(`${metric} of one ${kind} ${type} row against many`, PAIR_SHAPES, (backend, random, [rows, dim]) =>
    pairs(backend, random, metric, type, kind, [1, rows, dim]),
  );
}

function selfMatrix(metric: Metric, type: FloatType, kind: string): Case {
  return overShapes(`${metric} matrix of ${kind} ${type} rows`, SELF_SHAPES, (backend, random, [rows, dim]) =>
    matrix(backend, random, metric, type, kind, [rows, undefined, dim]),
  );
}

function crossMatrix(metric: Metric, type: FloatType, kind: string): Case {
  return overShapes(`${metric} matrix of two sets of ${kind} ${type} rows`, CROSS_SHAPES, (backend, random, shape) =>
    matrix(backend, random, metric, type, kind, [shape[0], shape[1], shape[2]]),
  );
}

/** The answer names the first row whose squares do not add up to a finite number, the right operand's after the left's. */
function refusedRows(metric: Metric, type: FloatType): Case {
  const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, ...(type === 'float64' ? [1e200] : [])];
  return {
    name: `${metric} matrix refuses ${type} rows that are not finite`,
    run(backend) {
      const random = new Random(`${metric} ${type} refused`);
      const answers: number[] = [];
      for (const value of bad) {
        for (const [inLeft, inRight] of [
          [0, -1],
          [8, -1],
          [-1, 0],
          [-1, 39],
          [5, 5],
          [3, 1],
        ]) {
          const [left, right] = [draw(random, type, 9, 21), draw(random, type, 40, 21)];
          if (inLeft >= 0) left[inLeft * 21 + random.below(21)] = value;
          if (inRight >= 0) right[inRight * 21 + random.below(21)] = value;
          const canary = new Canary();
          const [a, b] = [rowsOf(canary, type, left, 9, 21, 3), rowsOf(canary, type, right, 40, 21, 6)];
          answers.push(backend.matrix(metric, a, b, canary.output('float32', 9 * 40)));
          answers.push(backend.matrix(metric, a, undefined, canary.output('float32', 9 * 9)));
          canary.check();
        }
      }
      return answers;
    },
  };
}

function overShapes<Shape>(
  name: string,
  shapes: readonly Shape[],
  run: (backend: Backend, random: Random, shape: Shape) => ArrayLike<number>,
): Case {
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const shape of shapes) extend(answers, run(backend, random, shape));
      return answers;
    },
  };
}

function pairs(
  backend: Backend,
  random: Random,
  metric: Metric,
  type: FloatType,
  kind: string,
  [left, right, dim]: [number, number, number],
): Float64Array {
  const canary = new Canary();
  const a = rowsOf(canary, type, awkwardRows(random, type, kind, left, dim), left, dim, random.below(16));
  const b = rowsOf(canary, type, awkwardRows(random, type, kind, right, dim), right, dim, random.below(16));
  const out = canary.output('float64', right, random.below(16));
  backend.pairs(metric, a, b, out);
  canary.check();
  return out;
}

/** The refusal first, then the cells. */
function matrix(
  backend: Backend,
  random: Random,
  metric: Metric,
  type: FloatType,
  kind: string,
  [left, right, dim]: [number, number | undefined, number],
): number[] {
  const canary = new Canary();
  const a = rowsOf(canary, type, awkwardRows(random, type, kind, left, dim), left, dim, random.below(16));
  const b =
    right === undefined
      ? undefined
      : rowsOf(canary, type, awkwardRows(random, type, kind, right, dim), right, dim, random.below(16));
  const out = canary.output('float32', left * (right ?? left), random.below(16));
  const answers = [backend.matrix(metric, a, b, out)];
  extend(answers, out);
  canary.check();
  return answers;
}

/** Rows in an array that goes on behind them, as the contract allows. */
function rowsOf(
  canary: Canary,
  type: FloatType,
  values: Float64Array,
  rows: number,
  dim: number,
  offset: number,
): Rows {
  const longer = new Float64Array(values.length + 5).fill(Number.NaN);
  longer.set(values);
  return { data: canary.input(type, longer, offset) as Floats, rows, dim };
}

function draw(random: Random, type: FloatType, rows: number, dim: number): Float64Array {
  return awkwardRows(random, type, 'uniform', rows, dim);
}
