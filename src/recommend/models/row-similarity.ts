/** Sparse rows most alike one, computed when asked for, and what else is done with one sparse row at a time. */
import type { NeighborOptions, SparseRows } from '../../backend/contract/backend.js';
import { SparseScores } from '../../backend/reference/sparse.js';
import type { CsrArrays, SparseRow } from '../data/csr.js';
import { bestOf, type Scored } from './scored.js';

/** The same scores, bit for bit, as `Backend.sparseNeighbors` with the same options. */
export class RowSimilarity {
  readonly #scores: SparseScores;

  constructor(rows: SparseRows, options: Omit<NeighborOptions, 'k'> = {}) {
    this.#scores = new SparseScores(rows, options);
  }

  /** The `k` nearest other rows of one row, best first. */
  nearest(row: number, k: number): Scored[] {
    const scores = this.#scores.of(row);
    return bestOf(scores, k, (other) => other !== row && scores[other] > 0);
  }

  /** The `k` rows nearest to one that is not among them (one that is equal counts like any other), best first. */
  nearestTo(row: SparseRow, k: number): Scored[] {
    const scores = this.#scores.ofVector(row);
    return bestOf(scores, k, (other) => scores[other] > 0);
  }

  /** How alike one row is to each of some others, at most 1; 0 where they have nothing in common. */
  between(row: number, others: ArrayLike<number>): Float64Array {
    const scores = this.#scores.of(row);
    return Float64Array.from(others, (other) => (Number.isNaN(scores[other]) ? 0 : Math.max(-1, scores[other])));
  }
}

/**
 * The rows of `lists` that `weights` names, each times its weight, added up column by column in float64 by ascending
 * row: one row of `Backend.sparseTopK`.
 */
export function weightedSum(weights: SparseRow, lists: CsrArrays, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  const { indptr, indices, values } = lists;
  for (let n = 0; n < weights.indices.length; n++) {
    const row = weights.indices[n];
    const weight = weights.values[n];
    const end = indptr[row + 1];
    for (let entry = indptr[row]; entry < end; entry++) sums[indices[entry]] += weight * values[entry];
  }
  return sums;
}
