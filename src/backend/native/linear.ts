/** Dense linear algebra by the addon: the inverse lives in its memory. */
import type { GramInverse, Rows, SparseRows, SparseTopKOptions, TopRows } from '../contract/backend.js';
import { emptyTopRows } from '../reference/best.js';
import { refuseFreedInverse, refuseIncomplete, refuseSingular } from '../reference/linear.js';
import type { ProductAsked } from './sparse.js';

/** native/addon/bind_linear.cc. */
export interface AddonLinear {
  openGramInverse(matrix: SparseRows, l2: number): AddonInverse;
  inverseTotal(inverse: AddonInverse): number;
  /** Returns the work done so far. 0 `threads` leaves their number to the pool. */
  advanceInverse(inverse: AddonInverse, products: number, threads: number): number;
  /** The row whose pivot is not positive, or -1. */
  inverseFailedAt(inverse: AddonInverse): number;
  writeInverse(inverse: AddonInverse, out: Float64Array): void;
  writeWeights(inverse: AddonInverse, first: number, last: number, out: Float32Array): void;
  freeInverse(inverse: AddonInverse): void;
  denseTopK(
    weights: SparseRows,
    dense: Pick<Rows<Float32Array>, 'data' | 'dim'>,
    asked: ProductAsked,
    answer: TopRows,
  ): void;
}

/** Opaque. */
export type AddonInverse = { readonly inverse: unique symbol };

export class NativeGramInverse implements GramInverse {
  readonly size: number;
  readonly total: number;
  done = 0;
  readonly #kernels: AddonLinear;
  readonly #threads: number;
  #inverse: AddonInverse | undefined;

  constructor(kernels: AddonLinear, matrix: SparseRows, l2: number, threads = 0) {
    this.#kernels = kernels;
    this.#threads = threads;
    this.#inverse = kernels.openGramInverse(matrix, l2);
    this.size = matrix.columns;
    this.total = kernels.inverseTotal(this.#inverse);
  }

  advance(products: number): void {
    const inverse = this.#held();
    this.done = this.#kernels.advanceInverse(inverse, products, this.#threads);
    refuseSingular(this.#kernels.inverseFailedAt(inverse));
  }

  inverse(): Float64Array {
    const inverse = this.#held();
    refuseIncomplete(this);
    const out = new Float64Array(this.size * this.size);
    this.#kernels.writeInverse(inverse, out);
    return out;
  }

  weights(first: number, last: number, out: Float32Array): void {
    const inverse = this.#held();
    refuseIncomplete(this);
    this.#kernels.writeWeights(inverse, first, last, out);
  }

  free(): void {
    if (this.#inverse) this.#kernels.freeInverse(this.#inverse);
    this.#inverse = undefined;
  }

  #held(): AddonInverse {
    refuseFreedInverse(this.#inverse);
    return this.#inverse as AddonInverse;
  }
}

export function denseTopK(
  kernels: AddonLinear,
  weights: SparseRows,
  dense: Rows<Float32Array>,
  { k, exclude, admit, above, minScore, threads = 0 }: SparseTopKOptions,
): TopRows {
  const answer = emptyTopRows(weights.rows, Math.min(k, dense.dim));
  kernels.denseTopK(weights, dense, { exclude, admit, above, minScore, threads }, answer);
  return answer;
}
