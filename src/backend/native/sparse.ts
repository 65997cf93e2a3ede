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
    const { rows, columns, indptr, indices, values } = matrix;
    const { similarity = 'cosine', shrinkage = 0, overlap = 'full', minSupport = 1, threads = 0 } = options;
    this.#kernels = kernels;
    this.#answers = options.rows?.length ?? rows;
    this.#stride = Math.min(options.k, rows);
    this.#threads = threads;
    const corated = overlap === 'corated';
    this.#task = kernels.openNeighbors(
      ...([rows, columns, indptr, indices, values] as const),
      ...([similarity, shrinkage, corated, minSupport, this.#stride, options.rows] as const),
    );
    this.total = kernels.neighborsTotal(this.#task);
  }

  advance(products: number): void {
    this.done = this.#kernels.advanceNeighbors(this.#task, products, this.#threads);
  }

  take(): TopRows {
    const answer = emptyTopRows(this.#answers, this.#stride);
    this.#kernels.takeNeighbors(this.#task, answer.counts, answer.positions, answer.scores);
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
  kernels.sparseTopK(
    ...([weights.rows, lists.rows, lists.columns, weights.indptr, weights.indices, weights.values] as const),
    ...([lists.indptr, lists.indices, lists.values, exclude?.indptr, exclude?.indices, admit] as const),
    ...([above, minScore, answer.stride, answer.counts, answer.positions, answer.scores, threads] as const),
  );
  return answer;
}
