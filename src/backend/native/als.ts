/** Alternating least squares by the addon. Factors live in JavaScript arrays, on which the kernels work in place. */
import type { Als, AlsSetup, AlsSide, AlsSolve } from '../contract/backend.js';
import { refuseFreedAls } from '../reference/als.js';

/** native/addon/bind_als.cc. */
export interface AddonAls {
  alsGram(factors: Float32Array, stride: number, out: Float32Array, threads: number): void;
  alsSolve(
    indptr: Uint32Array,
    indices: Uint32Array,
    weights: Float32Array,
    others: Float32Array,
    gram: Float32Array,
    l2: Float32Array,
    stride: number,
    first: number,
    last: number,
    steps: number,
    tolerance: number,
    cold: boolean,
    factors: Float32Array,
    threads: number,
  ): void;
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
    const [{ indptr, indices, values }, l2] = side === 'users' ? [byUser, userL2] : [byItem, itemL2];
    this.#kernels.alsSolve(
      ...([indptr, indices, values, factors[other], this.#gram[other], l2, stride] as const),
      ...([first, last, steps, tolerance, cold, factors[side], this.#threads] as const),
    );
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
