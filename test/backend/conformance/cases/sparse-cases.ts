/** Neighbours of sparse rows, and the best columns of a product of sparse matrices. */
import type { Backend, NeighborOptions, SparseRows } from '../../../../src/backend/contract/backend.js';
import { drawLongMatrix, drawMatrix } from '../../../fixtures/sparse.js';
import { type Case, extendTop } from '../case.js';
import { Random } from '../random.js';
import { powerOfTwo } from '../vectors.js';

/** How a value is drawn. Equal values make ties; negative ones cancel, and a score of 0 or less is no neighbour. */
const VALUES: Record<string, (random: Random) => number> = {
  'all one': () => 1,
  'stars from 1 to 5': (random) => 1 + random.below(5),
  fractions: (random) => random.signed() / 2 + 0.75,
  'of both signs': (random) => random.signed(),
  'with explicit zeros': (random) => random.below(3),
  'half stars': (random) => (1 + random.below(10)) / 2,
  'the same in each row': () => 0.1,
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
  ...(['cosine', 'jaccard', 'dice', 'pearson'] as const).flatMap((similarity) => [
    everyOption(similarity, 'full'),
    everyOption(similarity, 'corated'),
  ]),
  popularColumn(),
  founding(),
  inSteps(),
  someRows(),
  manyRows(),
  topColumns(),
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
          for (const shrinkage of [0, 0.5, 25]) neighbors(answers, backend, matrix, { k, shrinkage });
        }
      }
      return answers;
    },
  };
}

function everyOption(similarity: 'cosine' | 'jaccard' | 'dice' | 'pearson', overlap: 'full' | 'corated'): Case {
  const name = `sparse neighbours: ${similarity}, ${overlap}`;
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const values of Object.values(VALUES)) {
        for (const [rows, columns, chance] of SHAPES.filter(([rows]) => rows < 200)) {
          const matrix = drawMatrix(random, rows, columns, () => random.below(64) < chance, values);
          for (const minSupport of [1, 2, 4]) {
            const shrinkage = random.below(3) * 1.3;
            neighbors(answers, backend, matrix, { k: 9, similarity, overlap, minSupport, shrinkage });
          }
        }
      }
      return answers;
    },
  };
}

/** A task that goes on a little at a time, on any number of threads, ends where one call does. */
function inSteps(): Case {
  const name = 'sparse neighbours: in steps and on threads';
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      const matrix = drawMatrix(random, 150, 60, () => random.below(64) < 12, VALUES.fractions);
      for (const [threads, step] of [1, 2, 3].flatMap((each) => [1, 900, 1e9].map((step) => [each, step]))) {
        const overlap = step === 900 ? 'corated' : 'full';
        const task = backend.openNeighbors(matrix, { k: 5, shrinkage: 1, overlap, threads });
        while (task.done < task.total) {
          const before = task.done;
          task.advance(step);
          if (task.done <= before) throw new Error('a step of a task got no further');
        }
        extendTop(answers, task.take());
      }
      const abandoned = backend.openNeighbors(matrix, { k: 5 });
      abandoned.advance(100);
      abandoned.free();
      abandoned.free();
      return answers;
    },
  };
}

function someRows(): Case {
  const name = 'sparse neighbours: of some rows';
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      const matrix = drawMatrix(random, 90, 40, () => random.below(64) < 12, VALUES['stars from 1 to 5']);
      for (const rows of [[], [89], [7, 3, 3, 50], Array.from({ length: 90 }, (_, n) => n)]) {
        for (const options of [{}, { similarity: 'jaccard' }, { overlap: 'corated' }, { minSupport: 3 }] as const) {
          neighbors(answers, backend, matrix, { k: 8, rows: Uint32Array.from(rows), ...options });
        }
      }
      return answers;
    },
  };
}

/** More rows than 16 bits can name. */
function manyRows(): Case {
  const name = 'sparse neighbours: among 70,000 rows';
  return {
    name,
    heavy: true,
    run(backend) {
      const random = new Random(name);
      const matrix = drawLongMatrix(random, 70_000);
      const rows = Uint32Array.from({ length: 20 }, () => random.below(matrix.rows));
      const answers: number[] = [];
      for (const options of [{ minSupport: 2 }, { overlap: 'corated' }] as const) {
        extendTop(answers, backend.sparseNeighbors(matrix, { k: 3, rows, ...options }));
      }
      return answers;
    },
  };
}

function topColumns(): Case {
  const name = 'sparse top-k of a product';
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const [rows, columns, chance] of [...SHAPES, [40, 500, 1], [90, 17, 30]]) {
        for (const values of [VALUES.fractions, VALUES['of both signs'], VALUES['with explicit zeros']]) {
          const weights = drawMatrix(random, rows, 23, () => random.below(64) < 12, values);
          const lists = widened(drawMatrix(random, 23, columns, () => random.below(64) < chance, values));
          const exclude = drawMatrix(
            random,
            rows,
            columns,
            () => random.below(64) < 8,
            () => 1,
          );
          const admit = Uint8Array.from({ length: columns }, () => random.below(3));
          for (const above of [0, -0.5, Number.NEGATIVE_INFINITY]) {
            const options = { above, minScore: above === 0 ? Number.NEGATIVE_INFINITY : 0.1 - random.below(2) };
            extendTop(answers, backend.sparseTopK(weights, lists, { k: 4, ...options }));
            extendTop(
              answers,
              backend.sparseTopK(widened(weights), lists, { k: 600, exclude, threads: 2, ...options }),
            );
            extendTop(answers, backend.sparseTopK(weights, lists, { k: 3, exclude, admit, threads: 1, ...options }));
          }
        }
      }
      return answers;
    },
  };
}

/** The same values times a third, as float64. */
function widened(matrix: SparseRows): SparseRows<Float64Array> {
  return { ...matrix, values: Float64Array.from(matrix.values, (value) => value / 3) };
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
      for (const k of [1, 20, 300]) neighbors(answers, backend, matrix, { k });
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
        { k: 5 },
      );
      return answers;
    },
  };
}

function neighbors(answers: number[], backend: Backend, matrix: SparseRows, options: NeighborOptions): void {
  const before = [matrix.indptr.join(), matrix.indices.join(), matrix.values.join()].join(';');
  extendTop(answers, backend.sparseNeighbors(matrix, options));
  const after = [matrix.indptr.join(), matrix.indices.join(), matrix.values.join()].join(';');
  if (before !== after) throw new Error('sparseNeighbors changed its input');
}
