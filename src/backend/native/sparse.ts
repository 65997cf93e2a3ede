/** Kernels over sparse rows, on the C++ addon. */
import type {
  Floats,
  NeighborOptions,
  NeighborTask,
  SparseRows,
  SparseTopKOptions,
  TopRows,
} from '../contract/backend.js';
import { emptyTopRows } from '../reference/best.js';
import type { AddonKernels, AddonTask } from './addon.js';

export function openNeighbors(kernels: AddonKernels, matrix: SparseRows, options: NeighborOptions): NeighborTask {
  return new NativeNeighbors(kernels, matrix, options);
}

class NativeNeighbors implements NeighborTask {
  readonly total: number;
  done = 0;
  readonly #kernels: AddonKernels;
  readonly #task: AddonTask;
  readonly #answers: number;
  readonly #stride: number;
  readonly #threads: number;

  constructor(kernels: AddonKernels, matrix: SparseRows, options: NeighborOptions) {
    const { similarity = 'cosine', shrinkage = 0, overlap = 'full', minSupport = 1, threads = 0, rows: only } = options;
    this.#kernels = kernels;
    this.#answers = only?.length ?? matrix.rows;
    this.#stride = Math.min(options.k, matrix.rows);
    this.#threads = threads;
    const asked = { similarity, shrinkage, corated: overlap === 'corated', minSupport, stride: this.#stride, only };
    this.#task = kernels.openNeighbors(matrix, asked);
    this.total = kernels.neighborsTotal(this.#task);
  }

  advance(products: number): void {
    this.done = this.#kernels.advanceNeighbors(this.#task, products, this.#threads);
  }

  take(): TopRows {
    const answer = emptyTopRows(this.#answers, this.#stride);
    this.#kernels.takeNeighbors(this.#task, answer);
    this.free();
    return answer;
  }

  free(): void {
    this.#kernels.freeNeighbors(this.#task);
  }
}

export function sparseTopK(
  kernels: AddonKernels,
  weights: SparseRows<Floats>,
  lists: SparseRows<Float64Array>,
  { k, exclude, admit, above, minScore, threads = 0 }: SparseTopKOptions,
): TopRows {
  const answer = emptyTopRows(weights.rows, Math.min(k, lists.columns));
  kernels.sparseTopK(weights, lists, { exclude, admit, above, minScore, threads }, answer);
  return answer;
}
