/** Neighbours of sparse rows by Gustavson's row-wise product (1978), one dense row of sums at a time. */
import type { NeighborOptions, SparseRows, TopRows } from '../contract.js';
import { Best, emptyTopRows } from './best.js';
import { clamp } from './score.js';

export function sparseNeighbors(matrix: SparseRows, { k, shrinkage }: NeighborOptions): TopRows {
  const { rows, indptr, indices, values } = matrix;
  const columns = transpose(matrix);
  const norms = rowNorms(matrix);
  const answer = emptyTopRows(rows, Math.min(k, rows));
  const sums = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const column = indices[p];
      for (let t = columns.indptr[column]; t < columns.indptr[column + 1]; t++) {
        sums[columns.indices[t]] += values[p] * columns.values[t];
      }
    }
    const best = new Best(answer.stride);
    for (let other = 0; other < rows; other++) {
      const score = clamp(sums[other] / (norms[row] * norms[other] + shrinkage));
      if (other !== row && score > 0) best.offer(other, score);
    }
    best.writeTo(answer, row);
  }
  return answer;
}

/** Each row's norm: squares added in float64 by ascending column. */
function rowNorms({ rows, indptr, values }: SparseRows): Float64Array {
  const norms = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) norms[row] += values[p] * values[p];
    norms[row] = Math.sqrt(norms[row]);
  }
  return norms;
}

/** The same entries by column; rows ascend within a column because they are visited in order. */
export function transpose({ rows, columns, indptr, indices, values }: SparseRows): SparseRows {
  const starts = new Uint32Array(columns + 1);
  for (let p = 0; p < indptr[rows]; p++) starts[indices[p] + 1]++;
  for (let column = 0; column < columns; column++) starts[column + 1] += starts[column];
  const next = starts.slice();
  const byColumn = new Uint32Array(indptr[rows]);
  const byColumnValues = new Float32Array(indptr[rows]);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const at = next[indices[p]]++;
      byColumn[at] = row;
      byColumnValues[at] = values[p];
    }
  }
  return { rows: columns, columns: rows, indptr: starts, indices: byColumn, values: byColumnValues };
}
