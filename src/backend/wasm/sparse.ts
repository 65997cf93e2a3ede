/** Neighbours of sparse rows: the matrix and its transpose are held once, and as many heaps as fit. */
import type { NeighborOptions, SparseRows, TopRows } from '../contract.js';
import { emptyTopRows } from '../reference/best.js';
import { bestBytes, clearBest, copyBest, takeBest } from './best.js';
import type { BestArguments, MatrixArguments } from './kernels.js';
import { Layout, Space } from './memory.js';

/** Bounds the heaps: where those of all rows do not fit, the rows are taken in several ranges. */
const HEAP_BYTES = 2 ** 28;
/** Rows per call of the kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 64;

/** The contract's `sparseNeighbors`, in a memory of its own. `heapBytes` is there for the tests. */
export function sparseNeighbors(
  module: WebAssembly.Module,
  matrix: SparseRows,
  { k, shrinkage }: NeighborOptions,
  heapBytes = HEAP_BYTES,
): TopRows {
  const { rows } = matrix;
  const answer = emptyTopRows(rows, Math.min(k, rows));
  if (rows === 0) return answer;
  const range = Math.min(rows, Math.max(1, Math.floor(heapBytes / bestBytes(answer.stride))));

  const space = new Space(module);
  const layout = new Layout(space.start);
  const places = placesFor(layout, matrix);
  const [bestAt] = takeBest(layout, range, answer.stride);
  space.reach(layout.end);
  prepare(space, places, matrix);

  // A pair is computed once where both its rows have a heap, else once for each of them.
  const once = range === rows;
  const operands: MatrixArguments = [
    ...([rows, places.indptrAt, places.indicesAt, places.valuesAt, places.startsAt] as const),
    ...([once ? places.nextAt : places.startsAt, places.rowsAt, places.rowValuesAt, places.normsAt] as const),
  ];
  for (let lowest = 0; lowest < rows; lowest += range) {
    const highest = Math.min(rows, lowest + range);
    const best: BestArguments = [bestAt, highest - lowest, answer.stride];
    clearBest(space, best);
    for (let first = lowest; first < highest; first += ROWS_PER_CALL) {
      const last = Math.min(highest, first + ROWS_PER_CALL);
      space.kernels.neighbors(...operands, shrinkage, once, first, last, places.sumsAt, lowest, ...best);
    }
    copyBest(space, best, answer, lowest);
  }
  return answer;
}

/** Addresses of the matrix, of its transpose (`starts`, `rows`, `rowValues`), and of one cell per column or row. */
type Places = ReturnType<typeof placesFor>;

function placesFor(layout: Layout, { rows, columns, indptr }: SparseRows) {
  const entries = indptr[rows];
  return {
    indptrAt: layout.take((rows + 1) * 4),
    indicesAt: layout.take(entries * 4),
    valuesAt: layout.take(entries * 4),
    startsAt: layout.take((columns + 1) * 4),
    rowsAt: layout.take(entries * 4),
    rowValuesAt: layout.take(entries * 4),
    nextAt: layout.take(columns * 4),
    normsAt: layout.take(rows * 8),
    sumsAt: layout.take(rows * 8),
  };
}

/** Copies the matrix into fresh memory, transposes it and computes the norms. */
function prepare(space: Space, places: Places, { rows, columns, indptr, indices, values }: SparseRows): void {
  const { indptrAt, indicesAt, valuesAt, startsAt, rowsAt, rowValuesAt, nextAt, normsAt } = places;
  const entries = indptr[rows];
  space.u32.set(indptr.subarray(0, rows + 1), indptrAt / 4);
  space.u32.set(indices.subarray(0, entries), indicesAt / 4);
  space.f32.set(values.subarray(0, entries), valuesAt / 4);
  space.kernels.transpose(rows, columns, indptrAt, indicesAt, valuesAt, startsAt, nextAt, rowsAt, rowValuesAt);
  space.kernels.sparseNorms(rows, indptrAt, valuesAt, normsAt);
  space.u8.copyWithin(nextAt, startsAt, startsAt + columns * 4);
}
