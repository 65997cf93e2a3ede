/** The part of the contract about the factors of implicit feedback. */
import type { SparseRows } from './sparse.js';

/** The two sides of a factorisation. */
export type AlsSide = 'users' | 'items';

/**
 * **Alternating least squares for implicit feedback** (Hu, Koren, Volinsky, "Collaborative Filtering for Implicit
 * Feedback Datasets", ICDM 2008), each row solved by conjugate gradients (Takács, Pilászy, Tikk, "Applications of the
 * Conjugate Gradient Method for Implicit Feedback Collaborative Filtering", RecSys 2011). As in the training of
 * embeddings every number is a float32, every step is rounded, rows have `stride` elements, a multiple of 16, and a dot
 * has sixteen lanes: the same bits on every backend, with any number of threads.
 */
export interface AlsSetup {
  readonly stride: number;
  /** users x items. A value is what its cell weighs beyond the 1 of every cell: positive, finite. */
  readonly byUser: SparseRows;
  /** The same by item. */
  readonly byItem: SparseRows;
  /** Rows of factors to begin with. Copied; whatever lies beyond the factors that are meant is 0. */
  readonly users: Float32Array;
  readonly items: Float32Array;
  /** Regularisation of each row, positive. */
  readonly userL2: Float32Array;
  readonly itemL2: Float32Array;
  /** Threads, where the backend has them; 0 or absent lets it choose. */
  readonly threads?: number | undefined;
}

export interface AlsSolve {
  /** Steps of conjugate gradients at most. */
  readonly steps: number;
  /** A row is done when its residual's dot with itself is at most this times that at the start. 0 takes every step. */
  readonly tolerance: number;
  /** Begins at zero, not at the factors that are there. */
  readonly cold: boolean;
}

/** Alternating least squares, under way. Its setup must not be changed meanwhile. */
export interface Als {
  /**
   * The Gram matrix G of one side's factors as they are, stride x stride, which `solve` of the other side uses from now
   * on. The products are added up in float32 over each 256 rows; these sums are added in float64 and the total is
   * rounded.
   */
  gram(of: AlsSide): Float32Array;
  /**
   * Solves for the rows first .. last of one side; `gram` of the other came before. A row without cells becomes 0.
   * Else, with l its regularisation, and w and y the weight and the other side's row of each cell in turn:
   *
   *     A(p) = (Σ over m of G[m] * p[m]) + l * p, to which each cell adds (w * dot(y, p)) * y
   *     r = 0 - ((Σ over m of G[m] * x[m]) + l * x), to which each cell adds ((1 + w) - w * dot(y, x)) * y
   *     p = r, s = dot(r, r)
   *     while s > tolerance * the first s, and dot(p, A(p)) > 0:
   *       a = s / dot(p, A(p)), x += a * p, r -= a * A(p), t = dot(r, r), p = r + (t / s) * p, s = t
   */
  solve(side: AlsSide, first: number, last: number, how: AlsSolve): void;
  /** A copy of one side's factors. */
  factors(of: AlsSide): Float32Array;
  /** Gives the memory back; any later call throws. */
  free(): void;
}
