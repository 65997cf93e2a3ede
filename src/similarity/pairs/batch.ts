/** Many pairs in one call: the price of crossing into the backend is paid once. */

import { readThreads } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { checkArrays } from '../../arguments/room.js';
import { defaultBackend } from '../../backend/choose.js';
import type { Floats, Metric } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { readMetric } from '../metric.js';
import { type Matrix, readVectors, refuseNonFinite, type Vector, type Vectors, widen } from '../vectors.js';
import { cosineWithCare, dot, euclidean } from './pair.js';
import { scaledRows } from './range.js';

export interface BatchOptions {
  /** Needed for flat arrays: elements per vector. */
  readonly dim?: number | undefined;
  /** What is computed; `cosine` if not given. For `euclidean` the score is minus the distance. */
  readonly metric?: Metric | undefined;
}

export interface MatrixOptions extends BatchOptions {
  /** Threads that a native backend may use; if not given, as many as there are physical cores. */
  readonly threads?: number | undefined;
}

const BATCH_OPTIONS: OptionNames<BatchOptions> = { dim: true, metric: true };
const MATRIX_OPTIONS: OptionNames<MatrixOptions> = { ...BATCH_OPTIONS, threads: true };

/**
 * The score of one query against each vector, best precision, in the order of the vectors: element `i` equals
 * `cosineSimilarity(query, vectors[i])` (or `dot`, or `-euclidean`).
 * @throws KindredError DIMENSION_MISMATCH, NOT_FINITE, INVALID_ARGUMENT naming the row.
 * @example
 * similarities([1, 0], [[2, 0], [0, 1]]); // Float64Array(2) [ 1, 0 ]
 * similarities([1, 0], [[1, 2], [4, 4]], { metric: 'euclidean' }); // Float64Array(2) [ -2, -5 ]
 */
export function similarities(query: Vector, vectors: Vectors, options: BatchOptions = {}): Float64Array {
  const { dim, metric } = readBatchOptions(options);
  const b = readVectors(vectors, dim);
  const a = readVectors([query], b.rows > 0 ? b.dim : dim);
  return scores(a, b, metric);
}

/**
 * Scores of pairs: element `i` equals `cosineSimilarity(a[i], b[i])` (or `dot`, or `-euclidean`).
 * @throws KindredError DIMENSION_MISMATCH if the counts or lengths differ; NOT_FINITE, INVALID_ARGUMENT naming the row.
 * @example
 * pairedSimilarities([[1, 0], [0, 1]], [[1, 0], [1, 0]]); // Float64Array(2) [ 1, 0 ]
 */
export function pairedSimilarities(a: Vectors, b: Vectors, options: BatchOptions = {}): Float64Array {
  const { dim, metric } = readBatchOptions(options);
  const x = readVectors(a, dim);
  const y = readVectors(b, dim);
  if (x.rows !== y.rows) {
    throw new KindredError('DIMENSION_MISMATCH', `pairs need equally many vectors, got ${x.rows} and ${y.rows}`);
  }
  return scores(x, y, metric);
}

function readBatchOptions(options: BatchOptions): { readonly dim: number | undefined; readonly metric: Metric } {
  const { dim, metric } = readObject(options, "{ metric: 'dot' }", BATCH_OPTIONS);
  return { dim, metric: readMetric(metric) };
}

function scores(a: Matrix<Floats>, b: Matrix<Floats>, metric: Metric): Float64Array {
  const [x, y] = alike(a, b);
  const out = new Float64Array(y.rows);
  if (y.rows === 0) return out;
  defaultBackend().pairs(metric, x, y, out);
  for (let i = 0; i < out.length; i++) {
    // float32 results are finished unless they are not finite; float64 ones may have left the safe range.
    if (x.data instanceof Float32Array && Number.isFinite(out[i])) continue;
    const left = row(x, x.rows === 1 ? 0 : i);
    const right = row(y, i);
    refuseNonFinite(
      left,
      x.dim,
      left,
      (_, column) => `${x.rows === 1 ? 'the query' : `row ${i} of a`}, column ${column}`,
    );
    refuseNonFinite(right, y.dim, right, (_, column) => `row ${i}, column ${column}`);
    if (metric === 'cosine' && Number.isNaN(out[i])) out[i] = cosineWithCare(left, right);
    if (metric === 'dot') out[i] = dot(left, right);
    if (metric === 'euclidean') out[i] = 0 - euclidean(left, right);
  }
  return out;
}

/**
 * Every vector of `a` against every vector of `b`, or of `a` itself: `data[i * rows(b) + j]` is their score rounded to
 * float32, so its error is at most half a float32 ulp beyond that of `cosineSimilarity`, and its bits are the same on every
 * backend. Each pair of `a` with itself is computed once. scikit-learn's `cosine_similarity`.
 * For `euclidean` the entries are minus the distances: higher is better.
 * @returns `{ data: Float32Array, rows: a's count, dim: b's count }`
 * @throws KindredError DIMENSION_MISMATCH, NOT_FINITE, INVALID_ARGUMENT naming the row.
 * @example
 * similarityMatrix([[1, 0], [0, 1]]).data; // Float32Array(4) [ 1, 0, 0, 1 ]
 */
export function similarityMatrix(a: Vectors, b?: Vectors, options: MatrixOptions = {}): Matrix {
  if (Object.prototype.toString.call(b) === '[object Object]' && !('data' in (b as object))) {
    throw refusal('b', b, 'vectors; options come third, as in similarityMatrix(a, undefined, { dim: 3 })');
  }
  const { dim, metric: asked, threads: wanted } = readObject(options, "{ metric: 'dot' }", MATRIX_OPTIONS);
  const [metric, threads] = [readMetric(asked), readThreads(wanted)];
  const left = readVectors(a, dim);
  const right = b === undefined ? undefined : readVectors(b, dim);
  const [x, y] = right === undefined ? [left, left] : alike(left, right);
  const cells = x.rows * y.rows;
  if (cells > 2 ** 32) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `a matrix of ${x.rows} x ${y.rows} is too large; search for the best k instead`,
    );
  }
  const what = () => `search for the best k instead: a matrix is ${x.rows} x ${y.rows}`;
  checkArrays(cells * Float32Array.BYTES_PER_ELEMENT, 'INVALID_ARGUMENT', what);
  const out = new Float32Array(cells);
  if (cells === 0) return { data: out, rows: x.rows, dim: y.rows };
  const safeX = withinRange(metric, x);
  const bad = defaultBackend().matrix(metric, safeX, right && withinRange(metric, y), out, threads);
  if (bad >= 0)
    refuseMatrixRow(bad < x.rows ? x : y, bad < x.rows ? bad : bad - x.rows, bad < x.rows ? 'row' : 'row of b');
  return { data: out, rows: x.rows, dim: y.rows };
}

/** float64 is examined here (its range is the caller's problem nowhere); float32 by the kernel, which needs the norms anyway. */
function withinRange(metric: Metric, matrix: Matrix<Floats>): Matrix<Floats> {
  const { data, rows, dim } = matrix;
  if (data instanceof Float32Array) return matrix;
  refuseNonFinite(data, dim);
  return metric === 'cosine' ? { data: scaledRows(data, rows, dim), rows, dim } : matrix;
}

function refuseMatrixRow(matrix: Matrix<Floats>, index: number, what: string): void {
  const values = row(matrix, index);
  refuseNonFinite(values, matrix.dim, values, (_, column) => `${what} ${index}, column ${column}`);
  throw new KindredError(
    'NOT_FINITE',
    `${what} ${index} has a sum of squares beyond the range of float64: scale the vectors`,
  );
}

function alike(a: Matrix<Floats>, b: Matrix<Floats>): [Matrix<Floats>, Matrix<Floats>] {
  if (a.rows > 0 && b.rows > 0 && a.dim !== b.dim) {
    throw new KindredError('DIMENSION_MISMATCH', `vectors of ${a.dim} and ${b.dim} elements cannot be compared`);
  }
  if (a.data instanceof Float32Array === b.data instanceof Float32Array) return [a, b];
  return [
    { ...a, data: widen(a.data) },
    { ...b, data: widen(b.data) },
  ];
}

function row({ data, dim }: Matrix<Floats>, index: number): Floats {
  return data.subarray(index * dim, (index + 1) * dim);
}
