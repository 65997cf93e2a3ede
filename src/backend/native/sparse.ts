/** Kernels over sparse rows, on the C++ addon. */
import type {
  Floats,
  NeighborOptions,
  NeighborTask,
  Similarity,
  SparseRows,
  SparseTopKOptions,
  TopRows,
} from '../contract/backend.js';
import { emptyTopRows, orderingWork } from '../reference/best.js';

/** native/addon/bind_sparse.cc. */
export interface AddonSparse {
  openNeighbors(matrix: SparseRows, asked: NeighborsAsked): AddonTask;
  neighborsTotal(task: AddonTask): number;
  /** Returns the work done so far. 0 `threads` leaves their number to the pool. */
  advanceNeighbors(task: AddonTask, products: number, threads: number): number;
  /** Puts in order what the visits number `first .. last` found, once all is visited. */
  writeNeighbors(task: AddonTask, answer: TopRows, first: number, last: number): void;
  freeNeighbors(task: AddonTask): void;
  sparseTopK(weights: SparseRows<Floats>, lists: SparseRows<Float64Array>, asked: ProductAsked, answer: TopRows): void;
}

/** `NeighborOptions` with nothing left out, and the length of an answer's rows. */
export interface NeighborsAsked {
  readonly similarity: Similarity;
  readonly shrinkage: number;
  readonly corated: boolean;
  readonly minSupport: number;
  readonly stride: number;
  readonly only: Uint32Array | undefined;
}

/** What is asked of a product of matrices. 0 `threads` leaves their number to the pool. */
export type ProductAsked = Omit<SparseTopKOptions, 'k' | 'threads'> & { readonly threads: number };

/** Opaque. */
export type AddonTask = { readonly task: unique symbol };

export function openNeighbors(kernels: AddonSparse, matrix: SparseRows, options: NeighborOptions): NeighborTask {
  return new NativeNeighbors(kernels, matrix, options);
}

class NativeNeighbors implements NeighborTask {
  readonly total: number;
  done = 0;
  readonly #kernels: AddonSparse;
  readonly #task: AddonTask;
  readonly #answer: TopRows;
  /** All there is to visit, and how much of it is done: what remains is to put the answers in order. */
  readonly #toVisit: number;
  #visited = 0;
  #written = 0;
  readonly #threads: number;

  constructor(kernels: AddonSparse, matrix: SparseRows, options: NeighborOptions) {
    const { similarity = 'cosine', shrinkage = 0, overlap = 'full', minSupport = 1, threads = 0, rows: only } = options;
    this.#kernels = kernels;
    const stride = Math.min(options.k, matrix.rows);
    this.#answer = emptyTopRows(only?.length ?? matrix.rows, stride);
    this.#threads = threads;
    const asked = { similarity, shrinkage, corated: overlap === 'corated', minSupport, stride, only };
    this.#task = kernels.openNeighbors(matrix, asked);
    this.#toVisit = kernels.neighborsTotal(this.#task);
    this.total = this.#toVisit + this.#answer.counts.length * orderingWork(stride);
  }

  advance(products: number): void {
    const target = this.done + products;
    if (this.#visited < this.#toVisit) {
      this.#visited = this.#kernels.advanceNeighbors(this.#task, products, this.#threads);
      this.done = this.#visited;
      if (this.#visited < this.#toVisit) return;
    }
    const each = orderingWork(this.#answer.stride);
    const left = this.#answer.counts.length - this.#written;
    const rows = Math.min(left, Math.max(0, Math.ceil((target - this.done) / each)));
    this.#kernels.writeNeighbors(this.#task, this.#answer, this.#written, this.#written + rows);
    this.#written += rows;
    this.done += rows * each;
  }

  take(): TopRows {
    this.free();
    return this.#answer;
  }

  free(): void {
    this.#kernels.freeNeighbors(this.#task);
  }
}

export function sparseTopK(
  kernels: AddonSparse,
  weights: SparseRows<Floats>,
  lists: SparseRows<Float64Array>,
  { k, exclude, admit, above, minScore, threads = 0 }: SparseTopKOptions,
): TopRows {
  const answer = emptyTopRows(weights.rows, Math.min(k, lists.columns));
  kernels.sparseTopK(weights, lists, { exclude, admit, above, minScore, threads }, answer);
  return answer;
}
