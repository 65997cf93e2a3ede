/** Kernels over sparse rows as the contract defines them: one dense row of sums at a time (Gustavson 1978). */
import type {
  Floats,
  NeighborOptions,
  NeighborTask,
  Similarity,
  SparseRows,
  SparseTopKOptions,
  TopRows,
} from '../contract/backend.js';
import { Best, emptyTopRows } from './best.js';

/** Does all that is left of a task. */
export function finishNeighbors(task: NeighborTask): TopRows {
  task.advance(Number.POSITIVE_INFINITY);
  return task.take();
}

export function openNeighbors(matrix: SparseRows, options: NeighborOptions): NeighborTask {
  return new ReferenceNeighbors(matrix, options);
}

class ReferenceNeighbors implements NeighborTask {
  readonly total: number;
  done = 0;
  readonly #scores: SparseScores;
  readonly #rows: Uint32Array;
  readonly #answer: TopRows;
  #next = 0;

  constructor(matrix: SparseRows, options: NeighborOptions) {
    const rows = options.rows ?? Uint32Array.from({ length: matrix.rows }, (_, row) => row);
    this.#rows = rows.slice();
    this.#scores = new SparseScores(copyOf(matrix), options);
    this.#answer = emptyTopRows(rows.length, Math.min(options.k, matrix.rows));
    this.total = this.#rows.reduce((sum, row) => sum + 1 + this.#scores.products(row), 0);
  }

  advance(products: number): void {
    const target = this.done + products;
    for (; this.#next < this.#rows.length && this.done < target; this.#next++) {
      const row = this.#rows[this.#next];
      const best = new Best(this.#answer.stride);
      this.#scores.of(row).forEach((score, other) => {
        if (other !== row && score > 0) best.offer(other, score);
      });
      best.writeTo(this.#answer, this.#next);
      this.done += 1 + this.#scores.products(row);
    }
  }

  take(): TopRows {
    return this.#answer;
  }

  free(): void {}
}

/** One row of a sparse matrix, or one that could be. */
export interface SparseVector {
  /** Ascending. */
  readonly indices: Uint32Array;
  readonly values: Float32Array | Float64Array;
}

/** How alike one row is to all rows of a matrix. */
export class SparseScores {
  readonly #matrix: SparseRows;
  readonly #columns: SparseRows<Float64Array>;
  readonly #options: { similarity: Similarity; shrinkage: number; overlap: 'full' | 'corated'; minSupport: number };
  /** Values as they are multiplied: centred for full Pearson. */
  readonly #values: Float64Array;
  readonly #squares: Float64Array;

  constructor(matrix: SparseRows, options: Omit<NeighborOptions, 'k'>) {
    const { similarity = 'cosine', shrinkage = 0, overlap = 'full', minSupport = 1 } = options;
    this.#matrix = matrix;
    this.#options = { similarity, shrinkage, overlap, minSupport };
    this.#values = new Float64Array(matrix.indptr[matrix.rows]);
    this.#squares = new Float64Array(matrix.rows);
    for (let row = 0; row < matrix.rows; row++) {
      const values = this.#prepare(matrix.values.subarray(matrix.indptr[row], matrix.indptr[row + 1]));
      this.#values.set(values, matrix.indptr[row]);
      this.#squares[row] = sumOfSquares(values);
    }
    this.#columns = transpose({ ...matrix, values: this.#values });
  }

  /** Products that `of(row)` adds up. */
  products(row: number): number {
    const { indptr, indices } = this.#matrix;
    let sum = 0;
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      sum += this.#columns.indptr[indices[p] + 1] - this.#columns.indptr[indices[p]];
    }
    return sum;
  }

  /** The scores of one row of the matrix against all (itself included, where the score means nothing). */
  of(row: number): Float64Array {
    const { indptr, indices } = this.#matrix;
    const [begin, end] = [indptr[row], indptr[row + 1]];
    return this.#score(indices.subarray(begin, end), this.#values.subarray(begin, end), this.#squares[row]);
  }

  /** The scores of a row that is not of the matrix. */
  ofVector({ indices, values }: SparseVector): Float64Array {
    const prepared = this.#prepare(values);
    return this.#score(indices, prepared, sumOfSquares(prepared));
  }

  #prepare(values: Float32Array | Float64Array): Float64Array {
    const prepared = Float64Array.from(values);
    const { similarity, overlap } = this.#options;
    if (similarity !== 'pearson' || overlap === 'corated') return prepared;
    const mean = prepared.reduce((sum, value) => sum + value, 0) / prepared.length;
    return prepared.map((value) => value - mean);
  }

  /** NaN or not positive where rows have nothing to do with each other; never above 1. */
  #score(indices: Uint32Array, values: Float64Array, rowSquares: number): Float64Array {
    const { similarity, shrinkage, overlap, minSupport } = this.#options;
    const { rows, indptr } = this.#matrix;
    const common = new Uint32Array(rows);
    this.#forEachProduct(indices, (_, other) => {
      common[other]++;
    });
    const scores = new Float64Array(rows);
    const size = (other: number) => indptr[other + 1] - indptr[other];
    if (similarity === 'jaccard') {
      common.forEach((c, other) => {
        scores[other] = c / (indices.length + size(other) - c + shrinkage);
      });
    } else if (similarity === 'dice') {
      common.forEach((c, other) => {
        scores[other] = (2 * c) / (indices.length + size(other) + shrinkage);
      });
    } else if (overlap === 'corated') {
      this.#correlate(indices, values, common, scores);
    } else {
      this.#forEachProduct(indices, (n, other, p) => {
        scores[other] += values[n] * this.#columns.values[p];
      });
      for (let other = 0; other < rows; other++) {
        scores[other] /= Math.sqrt(rowSquares * this.#squares[other]) + shrinkage;
      }
    }
    return scores.map((score, other) => (common[other] < minSupport ? 0 : Math.min(1, score)));
  }

  /** Cosine or Pearson over the columns in common. */
  #correlate(indices: Uint32Array, values: Float64Array, common: Uint32Array, scores: Float64Array): void {
    const { rows } = this.#matrix;
    const columns = this.#columns;
    const [ownMeans, otherMeans] = [new Float64Array(rows), new Float64Array(rows)];
    if (this.#options.similarity === 'pearson') {
      this.#forEachProduct(indices, (n, other, p) => {
        ownMeans[other] += values[n];
        otherMeans[other] += columns.values[p];
      });
      common.forEach((c, other) => {
        if (c === 0) return;
        ownMeans[other] /= c;
        otherMeans[other] /= c;
      });
    }
    const [ownSquares, otherSquares] = [new Float64Array(rows), new Float64Array(rows)];
    this.#forEachProduct(indices, (n, other, p) => {
      const own = values[n] - ownMeans[other];
      const theirs = columns.values[p] - otherMeans[other];
      scores[other] += own * theirs;
      ownSquares[other] += own * own;
      otherSquares[other] += theirs * theirs;
    });
    for (let other = 0; other < rows; other++) {
      scores[other] /= Math.sqrt(ownSquares[other] * otherSquares[other]) + this.#options.shrinkage;
    }
  }

  /**
   * Every entry (number `p` by column, of row `other`) that shares a column with entry `n` of one row, by ascending
   * column.
   */
  #forEachProduct(indices: Uint32Array, visit: (n: number, other: number, p: number) => void): void {
    const columns = this.#columns;
    for (let n = 0; n < indices.length; n++) {
      const end = columns.indptr[indices[n] + 1];
      for (let p = columns.indptr[indices[n]]; p < end; p++) visit(n, columns.indices[p], p);
    }
  }
}

export function sparseTopK(
  weights: SparseRows<Floats>,
  lists: SparseRows<Float64Array>,
  { k, exclude, admit, above, minScore }: SparseTopKOptions,
): TopRows {
  const answer = emptyTopRows(weights.rows, Math.min(k, lists.columns));
  const sums = new Float64Array(lists.columns);
  for (let row = 0; row < weights.rows; row++) {
    sums.fill(0);
    for (let p = weights.indptr[row]; p < weights.indptr[row + 1]; p++) {
      const list = weights.indices[p];
      for (let t = lists.indptr[list]; t < lists.indptr[list + 1]; t++) {
        sums[lists.indices[t]] += weights.values[p] * lists.values[t];
      }
    }
    const excluded = exclude?.indices.subarray(exclude.indptr[row], exclude.indptr[row + 1]);
    excluded?.forEach((column) => {
      sums[column] = Number.NaN;
    });
    const best = new Best(answer.stride);
    sums.forEach((sum, column) => {
      if (sum > above && sum >= minScore && (admit === undefined || admit[column] !== 0)) best.offer(column, sum);
    });
    best.writeTo(answer, row);
  }
  return answer;
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function copyOf(matrix: SparseRows): SparseRows {
  const { indptr, indices, values } = matrix;
  return { ...matrix, indptr: indptr.slice(), indices: indices.slice(), values: values.slice() };
}

/** The same entries by column; rows ascend within a column because they are visited in order. */
function transpose({ rows, columns, indptr, indices, values }: SparseRows<Float64Array>): SparseRows<Float64Array> {
  const starts = new Uint32Array(columns + 1);
  for (let p = 0; p < indptr[rows]; p++) starts[indices[p] + 1]++;
  for (let column = 0; column < columns; column++) starts[column + 1] += starts[column];
  const next = starts.slice();
  const byColumn = new Uint32Array(indptr[rows]);
  const byColumnValues = new Float64Array(indptr[rows]);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const at = next[indices[p]]++;
      byColumn[at] = row;
      byColumnValues[at] = values[p];
    }
  }
  return { rows: columns, columns: rows, indptr: starts, indices: byColumn, values: byColumnValues };
}
