/** Sparse matrices as rows of (column, value): putting entries in order, turning rows into columns, taking one row. */
import type { Floats, SparseRows } from '../../backend/contract/backend.js';
import { type Pauses, runAtOnce } from '../../turns/steps.js';

/** Entries visited between two pauses: a fraction of a millisecond to a few of them. */
export const ENTRIES_AT_ONCE = 2 ** 14;

/** One sparse row: columns strictly ascending, a value for each. */
export interface SparseRow {
  readonly indices: Uint32Array;
  readonly values: Float32Array | Float64Array;
}

/** The arrays of a CSR matrix: `SparseRows` without its shape, and with float64 values where scores are stored. */
export interface CsrArrays {
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array | Float64Array;
}

/** A view of one row: nothing is copied. */
export function rowOf({ indptr, indices, values }: CsrArrays, row: number): SparseRow {
  return {
    indices: indices.subarray(indptr[row], indptr[row + 1]),
    values: values.subarray(indptr[row], indptr[row + 1]),
  };
}

/** The value in one column of a sparse row, or undefined. Binary search. */
export function valueAt({ indices, values }: SparseRow, column: number): number | undefined {
  let low = 0;
  let high = indices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indices[middle] < column) low = middle + 1;
    else high = middle;
  }
  return low < indices.length && indices[low] === column ? values[low] : undefined;
}

/** The same entries by column. Rows ascend within a column because they are visited in order. */
export function transpose<V extends Floats = Float32Array>(matrix: SparseRows<V>): SparseRows<V> {
  return runAtOnce(transposing(matrix));
}

/** The same with pauses. */
export function* transposing<V extends Floats>(matrix: SparseRows<V>): Pauses<SparseRows<V>> {
  const { rows, columns, indptr, indices, values } = matrix;
  const starts = offsets(indices, columns);
  yield undefined;
  const next = starts.slice();
  const rowOfEntry = new Uint32Array(indices.length);
  const turned = values.slice() as V;
  let pause = ENTRIES_AT_ONCE;
  for (let row = 0; row < rows; row++) {
    if (indptr[row] >= pause) {
      pause = indptr[row] + ENTRIES_AT_ONCE;
      yield undefined;
    }
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const at = next[indices[p]]++;
      rowOfEntry[at] = row;
      turned[at] = values[p];
    }
  }
  return { rows: columns, columns: rows, indptr: starts, indices: rowOfEntry, values: turned };
}

/** Where each row starts, given the row of every entry: `rows + 1` offsets from 0. */
export function offsets(rowOfEntry: ArrayLike<number>, rows: number): Uint32Array {
  const indptr = new Uint32Array(rows + 1);
  for (let entry = 0; entry < rowOfEntry.length; entry++) indptr[rowOfEntry[entry] + 1]++;
  for (let row = 0; row < rows; row++) indptr[row + 1] += indptr[row];
  return indptr;
}

/** Entry numbers by (row, column); entries of equal row and column stay in the order they came. */
export function sortEntries(
  rowOfEntry: ArrayLike<number>,
  rows: number,
  columnOfEntry: ArrayLike<number>,
  columns: number,
): Uint32Array {
  return sortByKey(rowOfEntry, rows, sortByKey(columnOfEntry, columns));
}

/** A stable counting sort of entry numbers by key; `order` says in which order they come, as numbered if absent. */
function sortByKey(keys: ArrayLike<number>, keyCount: number, order?: Uint32Array): Uint32Array {
  const next = offsets(keys, keyCount);
  const sorted = new Uint32Array(keys.length);
  for (let n = 0; n < keys.length; n++) {
    const entry = order ? order[n] : n;
    sorted[next[keys[entry]]++] = entry;
  }
  return sorted;
}
