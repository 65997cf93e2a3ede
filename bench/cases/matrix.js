/** Case `matrix`: every vector against every other. */
import { openBackend } from 'kindred';
import { digest, expectNear, expectSameBits, TOLERANCE } from '../check.js';
import { Random, readRaw, writeRaw, writeVectors } from '../data.js';
import { loadPeer, loadTensorflow } from '../peers/load.js';
import { askPython } from '../peers/python.js';
import { rowNorms, unrolledDot } from '../plain.js';
import { shape, sizesOf } from '../sizes.js';

/** Cells that the reference computes too. */
const CHECKED_CELLS = 5000;

/** Above this many multiplications a scalar JavaScript loop would take minutes. */
const PLAIN_LIMIT = 1e9;

export const matrix = {
  name: 'matrix',
  about: 'cosine of all pairs of rows, as a float32 matrix',
  checked:
    `kindred: ${CHECKED_CELLS} random cells bit for bit against the reference, and the whole matrix alike on every level; ` +
    `others: the same cells within ${TOLERANCE}`,
  sizes: (options) =>
    sizesOf(
      options.quick
        ? [{ rows: 500, dim: 384 }]
        : [
            { rows: 1000, dim: 384 },
            { rows: 5000, dim: 768 },
          ],
      options,
      shape,
    ),

  prepare({ rows, dim }, folder) {
    const data = readRaw(folder, writeVectors(folder, { rows, dim }), Float32Array);
    const random = new Random(3);
    const cells = Uint32Array.from({ length: 2 * CHECKED_CELLS }, () => random.below(rows));
    // The first row against the first few and the last: corners are where blocked kernels go wrong.
    cells.set([0, 0, 0, 1, 1, 0, 0, rows - 1, rows - 1, 0, rows - 1, rows - 1, rows - 1, rows - 2]);
    const reference = openBackend('reference');
    const row = (i) => data.subarray(i * dim, (i + 1) * dim);
    const expected = new Float32Array(CHECKED_CELLS);
    for (let n = 0; n < CHECKED_CELLS; n++) expected[n] = reference.cosine(row(cells[2 * n]), row(cells[2 * n + 1]));
    writeRaw(folder, `matrix-${rows}x${dim}-cells.u32`, cells);
    writeRaw(folder, `matrix-${rows}x${dim}-expected.f32`, expected);
  },

  contenders: ({ levels, size }) => [
    ...levels.map((level) => ({
      name: `kindred ${level}`,
      isKindred: true,
      level,
      open: (input) => kindred(input, level, 1),
    })),
    { name: 'kindred, a thread a core', isKindred: true, open: (input) => kindred(input, levels[0], 0) },
    ...(size.rows ** 2 * size.dim <= PLAIN_LIMIT ? [{ name: 'plain loop, 4 sums, half', open: plain }] : []),
    { name: 'numpy X @ X.T, 1 thread', needs: ['numpy'], open: (input) => python(input, 'matrix_product') },
    {
      name: 'numpy rows normalised, X @ X.T, 1 thread',
      needs: ['numpy'],
      open: (input) => python(input, 'matrix_cosine'),
    },
    {
      name: 'tfjs-wasm matMul(X, X^T stored)',
      needs: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
      open: tensorflow,
    },
    { name: 'simsimd dot a pair, half', needs: ['simsimd'], open: simsimd },
  ],
};

/** Each pair once: the matrix is symmetric. */
function matrixWork({ rows, dim }) {
  return { float32: rows * rows * dim };
}

function load({ size: { rows, dim }, folder }) {
  return {
    data: readRaw(folder, writeVectors(folder, { rows, dim }), Float32Array),
    cells: readRaw(folder, `matrix-${rows}x${dim}-cells.u32`, Uint32Array),
    expected: readRaw(folder, `matrix-${rows}x${dim}-expected.f32`, Float32Array),
  };
}

function valuesAt(cells, out, rows) {
  return Float32Array.from({ length: cells.length / 2 }, (_, n) => out[cells[2 * n] * rows + cells[2 * n + 1]]);
}

function kindred(input, level, threads) {
  const { rows, dim } = input.size;
  const { data, cells, expected } = load(input);
  const backend = openBackend(level);
  const run = () => {
    const out = new Float32Array(rows * rows);
    if (backend.matrix('cosine', { data, rows, dim }, undefined, out, threads) !== -1)
      throw new Error('a row was refused');
    return out;
  };
  return {
    run,
    work: matrixWork(input.size),
    check(out) {
      expectSameBits('cells of the matrix', valuesAt(cells, out, rows), expected);
      return digest(out);
    },
  };
}

/** Only one triangle is computed and copied to the other. */
function half(input, dotOfRows) {
  const { rows } = input.size;
  const { cells, expected } = load(input);
  return {
    run() {
      const out = new Float32Array(rows * rows);
      for (let i = 0; i < rows; i++) {
        for (let j = i; j < rows; j++) {
          const score = dotOfRows(i, j);
          out[i * rows + j] = score;
          out[j * rows + i] = score;
        }
      }
      return out;
    },
    check: (out) => expectNear('cells of the matrix', valuesAt(cells, out, rows), expected),
    work: matrixWork(input.size),
  };
}

function plain(input) {
  const { dim } = input.size;
  const { data } = load(input);
  const norms = rowNorms(data, dim);
  return half(input, (i, j) => unrolledDot(data, i * dim, data, j * dim, dim) / (norms[i] * norms[j]));
}

async function simsimd(input) {
  const { rows, dim } = input.size;
  const { dot } = await loadPeer('simsimd');
  const { data } = load(input);
  const views = Array.from({ length: rows }, (_, i) => data.subarray(i * dim, (i + 1) * dim));
  return half(input, (i, j) => dot(views[i], views[j]));
}

async function tensorflow(input) {
  const { rows, dim } = input.size;
  const tf = await loadTensorflow();
  const { data, cells, expected } = load(input);
  const x = tf.tensor2d(data, [rows, dim]);
  // Stored: matMul(x, x, false, true) runs plain loops where two matrices as they are go through XNNPACK.
  const transposed = tf.transpose(x);
  return {
    run() {
      const product = tf.matMul(x, transposed);
      const out = product.dataSync();
      product.dispose();
      return out;
    },
    check: (out) => expectNear('cells of the matrix', valuesAt(cells, out, rows), expected),
    work: matrixWork(input.size),
  };
}

function python({ size: { rows, dim }, folder, isQuick }, task) {
  const answer = askPython({
    task,
    folder,
    dim,
    quick: isQuick,
    rows: writeVectors(folder, { rows, dim }),
    cells: `matrix-${rows}x${dim}-cells.u32`,
  });
  const expected = readRaw(folder, `matrix-${rows}x${dim}-expected.f32`, Float32Array);
  expectNear('cells of the matrix', answer.cells, expected);
  return { samples: answer.samples, note: answer.note, work: matrixWork({ rows, dim }) };
}
