/** Cosine similarity of sparse rows, computed when asked for: the same formula and bits as `Backend.sparseNeighbors`. */
import type { SparseRows } from '../backend/contract.js';
import { Best, emptyTopRows } from '../backend/reference/best.js';
import { clamp } from '../backend/reference/score.js';
import { rowOf, type SparseLists, type SparseRow } from './csr.js';

export interface Scored {
  readonly position: number;
  readonly score: number;
}

export class SparseCosine {
  readonly #rows: SparseRows;
  readonly #columns: SparseRows;
  readonly #shrinkage: number;
  readonly #norms: Float64Array;

  /** `columns` is the transpose of `rows`. */
  constructor(rows: SparseRows, columns: SparseRows, shrinkage: number) {
    this.#rows = rows;
    this.#columns = columns;
    this.#shrinkage = shrinkage;
    this.#norms = Float64Array.from({ length: rows.rows }, (_, row) => norm(rowOf(rows, row)));
  }

  /** The `k` nearest other rows of one row, best first. */
  nearest(row: number, k: number): Scored[] {
    return this.#nearest(rowOf(this.#rows, row), k, row);
  }

  /** The `k` rows nearest to one that is not among them (one that is equal counts like any other), best first. */
  nearestTo(row: SparseRow, k: number): Scored[] {
    return this.#nearest(row, k, -1);
  }

  #nearest(row: SparseRow, k: number, self: number): Scored[] {
    const dots = weightedSum(row, this.#columns, this.#rows.rows);
    const rowNorm = norm(row);
    const scores = dots.map((dot, other) => clamp(dot / (rowNorm * this.#norms[other] + this.#shrinkage)));
    return bestOf(scores, k, (other) => other !== self && scores[other] > 0);
  }
}

/**
 * The rows of `lists` that `weights` names, each times its weight, added up column by column in float64 by ascending row.
 * Neighbours' votes and dots of sparse rows are both of this form.
 */
export function weightedSum(weights: SparseRow, lists: SparseLists, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let n = 0; n < weights.indices.length; n++) {
    const row = weights.indices[n];
    const weight = weights.values[n];
    for (let entry = lists.indptr[row]; entry < lists.indptr[row + 1]; entry++) {
      sums[lists.indices[entry]] += weight * lists.values[entry];
    }
  }
  return sums;
}

/** The `k` best admitted positions, by score descending and then position ascending. */
export function bestOf(scores: Float64Array, k: number, admits: (position: number) => boolean): Scored[] {
  const answer = emptyTopRows(1, Math.min(k, scores.length));
  const best = new Best(answer.stride);
  for (let position = 0; position < scores.length; position++) {
    if (admits(position)) best.offer(position, scores[position]);
  }
  best.writeTo(answer, 0);
  return Array.from({ length: answer.counts[0] }, (_, n) => ({
    position: answer.positions[n],
    score: answer.scores[n],
  }));
}

function norm({ values }: SparseRow): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}
