/** Alternating least squares by the addon. Factors live in JavaScript arrays, on which the kernels work in place. */
import type { Als, AlsSetup, AlsSide, AlsSolve } from '../contract/backend.js';
import { refuseFreedAls } from '../reference/als.js';

/** native/addon/bind_training.cc. 0 `threads` leaves their number to the pool. */
export interface AddonAls {
  alsGram(factors: Float32Array, stride: number, out: Float32Array, threads: number): void;
  alsSolve(half: AddonHalf, first: number, last: number, threads: number): void;
}

/** One side's factors, solved for with those of the other side and their Gram matrix. */
export interface AddonHalf extends AlsSolve {
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly weights: Float32Array;
  readonly others: Float32Array;
  readonly gram: Float32Array;
  readonly l2: Float32Array;
  readonly stride: number;
  readonly factors: Float32Array;
}

export class NativeAls implements Als {
  readonly #kernels: AddonAls;
  readonly #setup: AlsSetup;
  readonly #threads: number;
  readonly #gram: Record<AlsSide, Float32Array>;
  #factors: Record<AlsSide, Float32Array> | undefined;

  constructor(kernels: AddonAls, setup: AlsSetup) {
    this.#kernels = kernels;
    this.#setup = setup;
    this.#threads = setup.threads ?? 0;
    this.#factors = { users: setup.users.slice(), items: setup.items.slice() };
    const cells = setup.stride * setup.stride;
    this.#gram = { users: new Float32Array(cells), items: new Float32Array(cells) };
  }

  gram(of: AlsSide): Float32Array {
    this.#kernels.alsGram(this.#held()[of], this.#setup.stride, this.#gram[of], this.#threads);
    return this.#gram[of].slice();
  }

  solve(side: AlsSide, first: number, last: number, { steps, tolerance, cold }: AlsSolve): void {
    const factors = this.#held();
    const { stride, byUser, byItem, userL2, itemL2 } = this.#setup;
    const other = side === 'users' ? 'items' : 'users';
    const [cells, l2] = side === 'users' ? [byUser, userL2] : [byItem, itemL2];
    const { indptr, indices, values: weights } = cells;
    const sides = { others: factors[other], gram: this.#gram[other], factors: factors[side] };
    const half = { indptr, indices, weights, ...sides, l2, stride, steps, tolerance, cold };
    this.#kernels.alsSolve(half, first, last, this.#threads);
  }

  factors(of: AlsSide): Float32Array {
    return this.#held()[of].slice();
  }

  free(): void {
    this.#factors = undefined;
  }

  #held(): Record<AlsSide, Float32Array> {
    return this.#factors ?? refuseFreedAls();
  }
}
