/** The part of the contract about dense linear algebra. */

/**
 * **The inverse of a Gram matrix**, in float64. Every product, sum, quotient and square root is rounded by itself, and
 * every element takes its products one by one in the order given, so the bits are the same on every backend. For i <=
 * j:
 * - `G = XᵀX + l2·I`: the products of each row of X that has both columns, added by ascending row from 0; l2 at last;
 * - `G = UᵀU` (Cholesky): `u(i,j) = (g(i,j) - Σ u(k,i)·u(k,j) for k = 0 .. i-1) / u(i,i)`, `u(i,i)` the square root of
 *   that difference, which is the pivot;
 * - `V = U⁻¹`: `v(j,j) = 1 / u(j,j)`, `v(i,j) = (0 - Σ u(i,k)·v(k,j) for k = j down to i+1) / u(i,i)`;
 * - `P = VVᵀ`: `p(i,j) = Σ v(i,k)·v(j,k) for k = j .. n-1`, from 0, the same at (j,i).
 */
export interface GramInverse {
  /** Columns of the sparse matrix; rows and columns of the inverse. */
  readonly size: number;
  /** Products to be added up, about. */
  readonly total: number;
  /** So much of it is done; `total` when all is. */
  readonly done: number;
  /**
   * Goes on for about this many products.
   * @throws KindredError INVALID_ARGUMENT unless every pivot is finite and larger than `g(i,i) * (n * 2^-52)`, and so
   * positive, and every `p(i,i)` finite: otherwise G is singular as far as float64 can tell. It then throws whenever it
   * is called.
   */
  advance(products: number): void;
  /** P, size x size, once all is done. */
  inverse(): Float64Array;
  /**
   * Once all is done, writes rows `first` to `last` of size x size weights: at (i,j) `0 - p(i,j) / p(j,j)` rounded to
   * float32, and 0 where i is j. `out` has (last - first) x size elements.
   */
  weights(first: number, last: number, out: Float32Array): void;
  /** Gives the memory back. Any later call throws. May be called twice. */
  free(): void;
}
