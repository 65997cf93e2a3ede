/** The inverse of a Gram matrix, and the best columns of sparse rows times a dense matrix. */
import type { Backend, GramInverse, SparseRows } from '../../../../src/backend/contract/backend.js';
import { drawMatrix } from '../../../fixtures/sparse.js';
import { type Case, extend, extendTop } from '../case.js';
import { Random } from '../random.js';
import { powerOfTwo } from '../vectors.js';

const VALUES: Record<string, (random: Random) => number> = {
  'all one': () => 1,
  'of both signs': (random) => random.signed(),
  'with explicit zeros': (random) => random.below(3),
  'far apart': (random) => random.signed() * powerOfTwo(random.below(40) - 20),
};

/** Around the tiles and the smaller blocks of any backend. */
const SIZES = [0, 1, 2, 3, 4, 5, 23, 24, 25, 48, 95, 96, 97, 130];
/** Around the panels and chunks of the native one. */
const LARGE_SIZES = [193, 384, 409, 600];

export const linearCases: readonly Case[] = [
  ...Object.keys(VALUES).map((values) => inverses(values, SIZES)),
  { ...inverses('of both signs', LARGE_SIZES), heavy: true },
  { ...inverses('all one', [777]), heavy: true },
  illConditioned(),
  singular(),
  ...Object.keys(VALUES).map((values) => products(values)),
];

function inverses(values: string, sizes: readonly number[]): Case {
  const name = `inverse of a Gram matrix: values ${values}, ${sizes.length} sizes up to ${sizes[sizes.length - 1]}`;
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const size of sizes) {
        const matrix = drawMatrix(
          random,
          Math.ceil(size / 2) + 3,
          size,
          () => random.below(64) < (size > 100 ? 6 : 20),
          VALUES[values],
        );
        for (const l2 of size > 100 ? [3] : [0.5, 500]) addInverse(answers, backend, matrix, l2, 1e4);
      }
      return answers;
    },
  };
}

/** l2 hardly above what float64 keeps beside the sums: every backend loses the same digits. */
function illConditioned(): Case {
  const name = 'inverse of a Gram matrix: ill-conditioned';
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const size of [2, 30, 101]) {
        const matrix = drawMatrix(
          random,
          5,
          size,
          () => random.below(64) < 64,
          (each) => each.signed() + 2,
        );
        for (const l2 of [1e-3, 1e-9, 3e-12, 1e-13]) addInverse(answers, backend, matrix, l2, 1e9);
      }
      return answers;
    },
  };
}

/** More columns than rows and no l2: the pivot that fails is named, and named again. */
function singular(): Case {
  const name = 'inverse of a Gram matrix: singular';
  return {
    name,
    run(backend) {
      const answers: number[] = [];
      for (const [size, of] of [
        [1, 0],
        [7, 6],
        [100, 3],
        [30, 29],
      ]) {
        // Column `of` and those behind it have no entry.
        const indices = Uint32Array.from({ length: of }, (_, n) => n);
        const indptr = Uint32Array.from({ length: of + 1 }, (_, n) => n);
        const matrix = { rows: of, columns: size, indptr, indices, values: new Float32Array(of).fill(2) };
        addInverse(answers, backend, matrix, 0, 1e9);
        addInverse(answers, backend, matrix, 1e-320, 1e9);
      }
      return answers;
    },
  };
}

/** Everything that an inverse says, or the column that it fails at. */
function addInverse(answers: number[], backend: Backend, matrix: SparseRows, l2: number, products: number): void {
  const before = [matrix.indptr.join(), matrix.indices.join(), matrix.values.join()].join(';');
  const task = backend.openGramInverse(matrix, l2, { threads: 2 });
  const failure = finish(task, products);
  answers.push(task.size, failure);
  if (failure < 0) {
    extend(answers, task.inverse());
    // In two parts, neither of them a multiple of anything.
    const middle = Math.floor(task.size / 3);
    for (const [first, last] of [
      [0, middle],
      [middle, task.size],
    ]) {
      const out = new Float32Array((last - first) * task.size);
      task.weights(first, last, out);
      extend(answers, out);
    }
  }
  task.free();
  const after = [matrix.indptr.join(), matrix.indices.join(), matrix.values.join()].join(';');
  if (before !== after) throw new Error('openGramInverse changed its input');
}

function finish(task: GramInverse, products: number): number {
  let last = -1;
  while (task.done < task.total) {
    try {
      task.advance(products);
    } catch (error) {
      return Number(/column (\d+)/.exec(String(error))?.[1]);
    }
    if (!(task.done >= last && task.done <= task.total)) throw new Error(`done is ${task.done} after ${last}`);
    last = task.done;
  }
  return -1;
}

/** [rows, inner, columns, chance in 64 that a cell of the weights is filled]. */
const SHAPES = [
  [0, 3, 4, 0],
  [1, 1, 1, 64],
  [3, 0, 5, 0],
  [5, 4, 2, 30],
  [17, 30, 63, 9],
  [9, 30, 64, 12],
  [70, 12, 65, 20],
  [130, 40, 131, 8],
  [4, 9, 0, 30],
];

function products(values: string): Case {
  const name = `best columns of a dense product: values ${values}`;
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const [rows, inner, columns, chance] of SHAPES) {
        const weights = drawMatrix(random, rows, inner, () => random.below(64) < chance, VALUES[values]);
        const exclude = drawMatrix(
          random,
          rows,
          columns,
          () => random.below(64) < 12,
          () => 1,
        );
        const admit = Uint8Array.from({ length: columns }, () => random.below(3));
        const dense = Float32Array.from({ length: inner * columns + 3 }, () => VALUES[values](random)).subarray(3);
        const matrix = { data: dense, rows: inner, dim: columns };
        const all = { above: Number.NEGATIVE_INFINITY, minScore: Number.NEGATIVE_INFINITY };
        for (const k of [1, 7, columns + 1]) {
          extendTop(answers, backend.denseTopK(weights, matrix, { ...all, k }));
          extendTop(answers, backend.denseTopK(weights, matrix, { ...all, k, exclude, threads: 2 }));
          extendTop(answers, backend.denseTopK(weights, matrix, { k, exclude, admit, above: 0, minScore: 1 }));
          extendTop(answers, backend.denseTopK(weights, matrix, { ...all, k, admit, above: 1 }));
        }
      }
      return answers;
    },
  };
}
