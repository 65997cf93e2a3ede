/** Dense linear algebra as the contract words it, one element after the other. */
import { KindredError } from '../../errors.js';
import type { GramInverse, Rows, SparseRows, SparseTopKOptions, TopRows } from '../contract/backend.js';
import { Best, emptyTopRows } from './best.js';

export class ReferenceGramInverse implements GramInverse {
  readonly size: number;
  readonly total: number;
  done = 0;
  readonly #steps: Generator<number>;
  /** G, then U, then V, then P in the upper triangle. */
  #matrix: Float64Array | undefined;
  #failedAt = -1;

  constructor(matrix: SparseRows, l2: number) {
    this.size = matrix.columns;
    this.total = gramProducts(matrix) + this.size ** 3 / 2 + 3 * this.size;
    this.#matrix = new Float64Array(this.size * this.size);
    this.#steps = this.#compute(copyOf(matrix), l2, this.#matrix);
  }

  advance(products: number): void {
    refuseFreedInverse(this.#matrix);
    for (let left = products; this.#failedAt < 0; ) {
      const step = this.#steps.next();
      if (step.done) {
        if (this.#failedAt < 0) this.done = this.total;
        break;
      }
      this.done = Math.min(this.done + step.value, this.total - 1);
      left -= step.value;
      if (left <= 0) break;
    }
    refuseSingular(this.#failedAt);
  }

  inverse(): Float64Array {
    const upper = this.#complete();
    const { size } = this;
    return upper.map((_, at) => {
      const [i, j] = [Math.floor(at / size), at % size];
      return i <= j ? upper[at] : upper[j * size + i];
    });
  }

  weights(first: number, last: number, out: Float32Array): void {
    const upper = this.#complete();
    const { size } = this;
    for (let i = first; i < last; i++) {
      for (let j = 0; j < size; j++) {
        const entry = upper[Math.min(i, j) * size + Math.max(i, j)];
        out[(i - first) * size + j] = i === j ? 0 : 0 - entry / upper[j * size + j];
      }
    }
  }

  free(): void {
    this.#matrix = undefined;
  }

  #complete(): Float64Array {
    refuseFreedInverse(this.#matrix);
    refuseIncomplete(this);
    return this.#matrix as Float64Array;
  }

  /** One row at a time; each step yields about how many products it took. */
  *#compute(matrix: SparseRows, l2: number, at: Float64Array): Generator<number> {
    const n = this.size;
    for (let row = 0; row < matrix.rows; row++) yield addOuterProduct(matrix, row, at, n);
    for (let i = 0; i < n; i++) at[i * n + i] += l2;
    const leastPivots = Float64Array.from({ length: n }, (_, i) => at[i * n + i] * (n * 2 ** -52));

    for (let i = 0; i < n; i++) {
      for (let j = i; j < n; j++) {
        let sum = at[i * n + j];
        for (let k = 0; k < i; k++) sum -= at[k * n + i] * at[k * n + j];
        if (j > i) at[i * n + j] = sum / at[i * n + i];
        else if (sum > leastPivots[i] && sum < Number.POSITIVE_INFINITY) at[i * n + i] = Math.sqrt(sum);
        else {
          this.#failedAt = i;
          return;
        }
      }
      yield i * (n - i) + 1;
    }

    // From the last row: its own u are needed until its last v is there.
    const row = new Float64Array(n);
    for (let i = n - 1; i >= 0; i--) {
      row.set(at.subarray(i * n, (i + 1) * n));
      for (let j = i; j < n; j++) {
        let sum = i === j ? 1 : 0;
        for (let k = j; k > i; k--) sum -= row[k] * at[k * n + j];
        at[i * n + j] = sum / row[i];
      }
      yield (n - i) ** 2 / 2 + 1;
    }

    for (let i = 0; i < n; i++) {
      row.set(at.subarray(i * n, (i + 1) * n));
      for (let j = i; j < n; j++) {
        const other = i === j ? row : at.subarray(j * n, (j + 1) * n);
        let sum = 0;
        for (let k = j; k < n; k++) sum += row[k] * other[k];
        at[i * n + j] = sum;
      }
      if (!Number.isFinite(at[i * n + i]) && this.#failedAt < 0) this.#failedAt = i;
      yield (n - i) ** 2 / 2 + 1;
    }
  }
}

/** Products that the upper triangle of the Gram matrix takes. */
export function gramProducts({ rows, indptr }: SparseRows): number {
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const length = indptr[row + 1] - indptr[row];
    total += (length * (length + 1)) / 2;
  }
  return total;
}

function addOuterProduct({ indptr, indices, values }: SparseRows, row: number, at: Float64Array, n: number): number {
  const end = indptr[row + 1];
  for (let p = indptr[row]; p < end; p++) {
    for (let q = p; q < end; q++) at[indices[p] * n + indices[q]] += values[p] * values[q];
  }
  const length = end - indptr[row];
  return (length * (length + 1)) / 2;
}

function copyOf({ rows, columns, indptr, indices, values }: SparseRows): SparseRows {
  return { rows, columns, indptr: indptr.slice(), indices: indices.slice(), values: values.slice() };
}

/** @throws KindredError INVALID_ARGUMENT unless `failedAt` is below 0: for every backend the same words. */
export function refuseSingular(failedAt: number): void {
  if (failedAt < 0) return;
  const where = `the pivot of column ${failedAt} is no larger than rounding, or not finite`;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `The Gram matrix plus l2 cannot be inverted: ${where}; expected a larger l2.`,
  );
}

/** @throws KindredError DISPOSED */
export function refuseFreedInverse(held: unknown): void {
  if (held === undefined) throw new KindredError('DISPOSED', 'This inverse was freed.');
}

/** @throws KindredError INVALID_ARGUMENT */
export function refuseIncomplete({ done, total }: GramInverse): void {
  if (done === total) return;
  throw new KindredError('INVALID_ARGUMENT', `The inverse is not complete: ${done} of ${total} products are done.`);
}

/** The contract's `denseTopK`. */
export function denseTopK(
  weights: SparseRows,
  dense: Rows<Float32Array>,
  { k, exclude, admit, above, minScore }: SparseTopKOptions,
): TopRows {
  const columns = dense.dim;
  const answer = emptyTopRows(weights.rows, Math.min(k, columns));
  const sums = new Float64Array(columns);
  const open = new Uint8Array(columns);
  for (let row = 0; row < weights.rows; row++) {
    sums.fill(0);
    for (let p = weights.indptr[row]; p < weights.indptr[row + 1]; p++) {
      const from = weights.indices[p] * columns;
      const weight = weights.values[p];
      for (let j = 0; j < columns; j++) sums[j] += weight * dense.data[from + j];
    }
    if (admit) open.set(admit);
    else open.fill(1);
    if (exclude) {
      for (let p = exclude.indptr[row]; p < exclude.indptr[row + 1]; p++) open[exclude.indices[p]] = 0;
    }
    const best = new Best(answer.stride);
    for (let j = 0; j < columns; j++) {
      if (open[j] !== 0 && sums[j] > above && sums[j] >= minScore) best.offer(j, sums[j]);
    }
    best.writeTo(answer, row);
  }
  return answer;
}
