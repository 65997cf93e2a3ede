/** Neighbours of sparse rows. */
import type { Backend, SparseRows } from '../../src/backend/contract.js';
import { type Case, extendTop } from './case.js';
import { Random } from './random.js';
import { powerOfTwo } from './vectors.js';

/** How a value is drawn. Equal values make ties; negative ones cancel, and a score of 0 or less is no neighbour. */
const VALUES: Record<string, (random: Random) => number> = {
  'all one': () => 1,
  'stars from 1 to 5': (random) => 1 + random.below(5),
  fractions: (random) => random.signed() / 2 + 0.75,
  'of both signs': (random) => random.signed(),
  'with explicit zeros': (random) => random.below(3),
  'far apart': (random) => random.signed() * powerOfTwo(random.below(200) - 100),
};

/** [rows, columns, chance in 64 that a cell is filled]. */
const SHAPES = [
  [0, 0, 0],
  [1, 1, 64],
  [1, 5, 32],
  [2, 3, 64],
  [5, 0, 0],
  [31, 40, 6],
  [33, 32, 9],
  [64, 1, 40],
].concat([
  [65, 7, 64],
  [100, 300, 2],
  [257, 64, 3],
  [300, 100, 8],
]);

export const sparseCases: readonly Case[] = [
  ...Object.keys(VALUES).map((values) => everyShape(values)),
  popularColumn(),
  founding(),
];

function everyShape(values: string): Case {
  const name = `sparse neighbours: values ${values}`;
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const [rows, columns, chance] of SHAPES) {
        const matrix = drawMatrix(random, rows, columns, () => random.below(64) < chance, VALUES[values]);
        for (const k of rows < 100 ? [1, 7, Math.max(1, rows), rows + 3] : [1, 7, 40]) {
          for (const shrinkage of [0, 0.5, 25]) neighbors(answers, backend, matrix, k, shrinkage);
        }
      }
      return answers;
    },
  };
}

/** Everybody has the first column, every seventh row is empty, and rows repeat: dense sums, many ties. */
function popularColumn(): Case {
  const name = 'sparse neighbours: a column that every row has';
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      const filled = (row: number, column: number) => row % 7 !== 0 && (column === 0 || (row + column) % 11 === 0);
      const matrix = drawMatrix(random, 200, 50, filled, () => 1);
      for (const k of [1, 20, 300]) neighbors(answers, backend, matrix, k, 0);
      return answers;
    },
  };
}

/** The founding example: six users x six items, users 3..5 like users 0..2. */
function founding(): Case {
  return {
    name: 'sparse neighbours: six users, six items',
    run(backend) {
      const answers: number[] = [];
      const filled = (row: number, column: number) => row % 3 === column % 3;
      neighbors(
        answers,
        backend,
        drawMatrix(new Random(0), 6, 6, filled, () => 1),
        5,
        0,
      );
      return answers;
    },
  };
}

function neighbors(answers: number[], backend: Backend, matrix: SparseRows, k: number, shrinkage: number): void {
  const before = [matrix.indptr.join(), matrix.indices.join(), matrix.values.join()].join(';');
  extendTop(answers, backend.sparseNeighbors(matrix, { k, shrinkage }));
  const after = [matrix.indptr.join(), matrix.indices.join(), matrix.values.join()].join(';');
  if (before !== after) throw new Error('sparseNeighbors changed its input');
}

/** The arrays are views into longer ones, as slices of a larger matrix are. */
function drawMatrix(
  random: Random,
  rows: number,
  columns: number,
  isFilled: (row: number, column: number) => boolean,
  value: (random: Random) => number,
): SparseRows {
  const [indptr, indices, values]: [number[], number[], number[]] = [[0], [], []];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!isFilled(row, column)) continue;
      indices.push(column);
      values.push(value(random));
    }
    indptr.push(indices.length);
  }
  return {
    rows,
    columns,
    indptr: Uint32Array.of(7, ...indptr).subarray(1),
    indices: Uint32Array.of(7, 7, 7, ...indices).subarray(3),
    values: Float32Array.of(Number.NaN, ...values, Number.NaN).subarray(1, 1 + values.length),
  };
}
