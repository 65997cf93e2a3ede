/** The nearest neighbours of every row: found in steps, and brought up to date where few rows have changed. */
import type { Backend, NeighborOptions, SparseRows, TopRows } from '../../../backend/contract/backend.js';
import { withSparse } from '../../../backend/families/sparse.js';
import { type Pauses, runAtOnce, type Steps } from '../../../turns/steps.js';
import { type CsrArrays, ENTRIES_AT_ONCE, transpose } from '../../data/csr.js';

/** What decides the neighbours, and who computes them. */
export interface NeighborSettings extends Omit<NeighborOptions, 'rows' | 'k'> {
  readonly neighbors: number;
  readonly backend: Backend;
}

/** Products added up in the first step of a training, and what a step should take from then on. */
const PRODUCTS_FIRST = 2 ** 15;
const STEP_MS = 3;
/** Cells of the answer that is asked for at once when all neighbours of some rows are wanted. */
const CELLS_AT_ONCE = 2 ** 21;

/** The neighbours of every row as lists in ascending position. */
export function* findNeighbors(matrix: SparseRows, settings: NeighborSettings): Steps<CsrArrays> {
  const { neighbors: k, backend, ...options } = settings;
  const task = withSparse(backend).openNeighbors(matrix, { ...options, k });
  try {
    yield undefined;
    let products = PRODUCTS_FIRST;
    while (task.done < task.total) {
      const begin = performance.now();
      task.advance(products);
      const took = performance.now() - begin;
      products = Math.max(1, Math.floor(products * Math.min(2, STEP_MS / Math.max(took, 0.1))));
      yield { phase: 'neighbors', done: task.done, total: task.total };
    }
    return yield* listsOf(task.take(), matrix.rows);
  } finally {
    task.free();
  }
}

/** Lists turned around: list `j` names the rows that have `j` on their list. */
export function transposeLists({ indptr, indices, values }: CsrArrays): CsrArrays {
  const rows = indptr.length - 1;
  return transpose({ rows, columns: rows, indptr, indices, values: Float64Array.from(values) });
}

/** The lists without those of one row that is on nobody's; rows behind it move up by one. */
export function withoutRow({ indptr, indices, values }: CsrArrays, row: number): CsrArrays {
  const keep = (_: unknown, entry: number) => entry < indptr[row] || entry >= indptr[row + 1];
  const length = indptr[row + 1] - indptr[row];
  return {
    indptr: indptr.filter((_, n) => n !== row).map((offset, n) => (n >= row ? offset - length : offset)),
    indices: indices.filter(keep).map((other) => (other > row ? other - 1 : other)),
    values: values.filter(keep),
  };
}

/** A matrix that became another: entries changed, rows and columns were appended. */
export interface Change {
  readonly before: SparseRows;
  readonly after: SparseRows;
}

/**
 * The same lists as `findNeighbors(after)`, bit for bit, from those of `before`. The score of two rows depends on these
 * two alone, so only pairs with a row that changed are computed, unless that is most of the work.
 */
export function updateNeighbors(lists: CsrArrays, { before, after }: Change, settings: NeighborSettings): CsrArrays {
  const changed = changedRows(before, after);
  if (2 * productsOf(after, changed) > productsOf(after)) return runAtOnce(findNeighbors(after, settings));

  const isChanged = new Uint8Array(after.rows);
  for (const row of changed) isChanged[row] = 1;
  const near = allNear(after, changed, settings);
  const updated = new Map<number, Entry[]>();
  const recomputed = [...changed];
  for (let row = 0; row < Math.min(before.rows, after.rows); row++) {
    if (isChanged[row] === 1 || isUntouched(lists, row, isChanged, near.get(row), settings.neighbors)) continue;
    const old = entriesOf(lists, row);
    const kept = old.filter(({ position }) => isChanged[position] === 0);
    const best = [...kept, ...(near.get(row) ?? [])].sort(inOrder).slice(0, settings.neighbors);
    if (isCertain(best, old, settings.neighbors)) updated.set(row, best);
    else recomputed.push(row);
  }
  for (const row of recomputed) updated.set(row, []);
  const again = Uint32Array.from(recomputed);
  forEachEntry(askFor(after, again, settings.neighbors, settings), (n, position, score) => {
    updated.get(again[n])?.push({ position, score });
  });
  return replaceLists(lists, after.rows, updated);
}

/** Whether a list names no row that changed, and none of those can get on it: nearly always so. */
function isUntouched(
  { indptr, indices, values }: CsrArrays,
  row: number,
  isChanged: Uint8Array,
  near: readonly Entry[] = [],
  neighbors: number,
): boolean {
  let lowest = Number.POSITIVE_INFINITY;
  for (let p = indptr[row]; p < indptr[row + 1]; p++) {
    if (isChanged[indices[p]] === 1) return false;
    lowest = Math.min(lowest, values[p]);
  }
  return (
    near.length === 0 || (indptr[row + 1] - indptr[row] === neighbors && near.every(({ score }) => score < lowest))
  );
}

/**
 * Whether the best of those known are the best of all. A row that did not change and is on no full list comes after all
 * that were on it; a list that was not full named every row there was to name.
 */
function isCertain(best: readonly Entry[], old: readonly Entry[], neighbors: number): boolean {
  if (old.length < neighbors) return true;
  const last = old.reduce((a, b) => (inOrder(a, b) < 0 ? b : a));
  return best.length === neighbors && inOrder(best[neighbors - 1], last) <= 0;
}

/** For each row that has something in common with rows that changed, what those now are to it. */
function allNear(matrix: SparseRows, changed: Uint32Array, settings: NeighborSettings): Map<number, Entry[]> {
  const near = new Map<number, Entry[]>();
  const atOnce = Math.max(1, Math.floor(CELLS_AT_ONCE / Math.max(1, matrix.rows)));
  for (let first = 0; first < changed.length; first += atOnce) {
    const rows = changed.subarray(first, first + atOnce);
    forEachEntry(askFor(matrix, rows, Math.max(1, matrix.rows), settings), (n, position, score) => {
      const entries = near.get(position);
      if (entries) entries.push({ position: rows[n], score });
      else near.set(position, [{ position: rows[n], score }]);
    });
  }
  return near;
}

interface Entry {
  readonly position: number;
  readonly score: number;
}

/** The order contract. */
function inOrder(a: Entry, b: Entry): number {
  return b.score - a.score || a.position - b.position;
}

function askFor(matrix: SparseRows, rows: Uint32Array, k: number, settings: NeighborSettings): TopRows {
  const { neighbors, backend, ...options } = settings;
  return withSparse(backend).sparseNeighbors(matrix, { ...options, k, rows });
}

function entriesOf({ indptr, indices, values }: CsrArrays, row: number): Entry[] {
  return Array.from({ length: indptr[row + 1] - indptr[row] }, (_, n) => {
    return { position: indices[indptr[row] + n], score: values[indptr[row] + n] };
  });
}

/** Rows of `after` that `before` does not have, or has with other entries. */
function changedRows(before: SparseRows, after: SparseRows): Uint32Array {
  const changed: number[] = [];
  for (let row = 0; row < after.rows; row++) {
    if (row >= before.rows || !isSameRow(before, after, row)) changed.push(row);
  }
  return Uint32Array.from(changed);
}

function isSameRow(before: SparseRows, after: SparseRows, row: number): boolean {
  const shift = before.indptr[row] - after.indptr[row];
  if (before.indptr[row + 1] - after.indptr[row + 1] !== shift) return false;
  for (let p = after.indptr[row]; p < after.indptr[row + 1]; p++) {
    if (before.indices[p + shift] !== after.indices[p] || before.values[p + shift] !== after.values[p]) return false;
  }
  return true;
}

/** Products that the neighbours of some rows, or of all, take. */
function productsOf({ rows, columns, indptr, indices }: SparseRows, some?: Uint32Array): number {
  const counts = new Uint32Array(columns);
  for (let p = 0; p < indptr[rows]; p++) counts[indices[p]]++;
  if (some === undefined) return counts.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  let sum = 0;
  for (const row of some) for (let p = indptr[row]; p < indptr[row + 1]; p++) sum += counts[indices[p]];
  return sum;
}

function* listsOf({ stride, counts, positions, scores }: TopRows, rows: number): Pauses<CsrArrays> {
  const indptr = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) indptr[row + 1] = indptr[row] + counts[row];
  const [indices, values] = [new Uint32Array(indptr[rows]), new Float64Array(indptr[rows])];
  /** The score of each row that is on the list at hand. */
  const scoreOf = new Float64Array(rows);
  let seen = 0;
  for (let row = 0; row < rows; row++) {
    const [first, last] = [row * stride, row * stride + counts[row]];
    for (let cell = first; cell < last; cell++) scoreOf[positions[cell]] = scores[cell];
    const list = indices.subarray(indptr[row], indptr[row + 1]);
    list.set(positions.subarray(first, last));
    list.sort();
    for (let n = 0; n < list.length; n++) values[indptr[row] + n] = scoreOf[list[n]];
    seen += list.length + 1;
    if (seen < ENTRIES_AT_ONCE) continue;
    seen = 0;
    yield undefined;
  }
  return { indptr, indices, values };
}

function forEachEntry(
  { stride, counts, positions, scores }: TopRows,
  visit: (row: number, position: number, score: number) => void,
): void {
  for (let row = 0; row < counts.length; row++) {
    for (let cell = row * stride; cell < row * stride + counts[row]; cell++) visit(row, positions[cell], scores[cell]);
  }
}

/** Lists for `rows` rows: the old ones, but for those that are given anew. */
function replaceLists(lists: CsrArrays, rows: number, updated: ReadonlyMap<number, Entry[]>): CsrArrays {
  const indptr = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    indptr[row + 1] = indptr[row] + (updated.get(row)?.length ?? lists.indptr[row + 1] - lists.indptr[row]);
  }
  const indices = new Uint32Array(indptr[rows]);
  const values = new Float64Array(indptr[rows]);
  for (let row = 0; row < rows; row++) {
    const entries = updated.get(row);
    if (entries === undefined) {
      indices.set(lists.indices.subarray(lists.indptr[row], lists.indptr[row + 1]), indptr[row]);
      values.set(lists.values.subarray(lists.indptr[row], lists.indptr[row + 1]), indptr[row]);
      continue;
    }
    entries.sort((a, b) => a.position - b.position);
    entries.forEach(({ position, score }, n) => {
      indices[indptr[row] + n] = position;
      values[indptr[row] + n] = score;
    });
  }
  return { indptr, indices, values };
}
