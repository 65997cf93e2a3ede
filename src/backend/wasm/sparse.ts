/** Kernels over sparse rows, each in a memory of its own. */
import type {
  Floats,
  NeighborOptions,
  NeighborTask,
  SparseRows,
  SparseTopKOptions,
  TopRows,
} from '../contract/backend.js';
import { emptyTopRows } from '../reference/best.js';
import { finishNeighbors } from '../reference/sparse.js';
import { bestBytes, clearBest, copyBest, takeBest } from './best.js';
import type { BestArguments } from './module/kernels.js';
import { SCORING_CODES } from './module/kernels.js';
import { Layout, Space } from './module/memory.js';

/** Bounds the heaps: where those of all rows do not fit, the rows are taken in several ranges. */
const HEAP_BYTES = 2 ** 28;
/** Rows per call of the kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 64;
/** Bytes that a row has for what is gathered over columns in common (assembly/sparse.ts). */
const PAIR_BYTES = 48;

/** The contract's `sparseNeighbors`. `heapBytes` is there for the tests. */
export function sparseNeighbors(
  module: WebAssembly.Module,
  matrix: SparseRows,
  options: NeighborOptions,
  heapBytes = HEAP_BYTES,
): TopRows {
  return finishNeighbors(openNeighbors(module, matrix, options, heapBytes));
}

/** The contract's `openNeighbors`. */
export function openNeighbors(
  module: WebAssembly.Module,
  matrix: SparseRows,
  options: NeighborOptions,
  heapBytes = HEAP_BYTES,
): NeighborTask {
  return new WasmNeighbors(module, matrix, options, heapBytes);
}

class WasmNeighbors implements NeighborTask {
  readonly total: number;
  done = 0;
  readonly #corated: 'cosine' | 'pearson' | undefined;
  /** The work of each visit. */
  readonly #work: Float64Array;
  readonly #answer: TopRows;
  /** Visits that have heaps at the same time. */
  readonly #range: number;
  readonly #places: Places;
  #space: Space | undefined;
  #next = 0;

  constructor(module: WebAssembly.Module, matrix: SparseRows, options: NeighborOptions, heapBytes: number) {
    const { similarity = 'cosine', shrinkage = 0, overlap = 'full', minSupport = 1, rows: only } = options;
    const isSets = similarity === 'jaccard' || similarity === 'dice';
    this.#corated = overlap === 'corated' && !isSets ? similarity : undefined;
    const visits = only?.length ?? matrix.rows;
    this.#answer = emptyTopRows(visits, Math.min(options.k, matrix.rows));
    this.#range = Math.min(visits, Math.max(1, Math.floor(heapBytes / bestBytes(this.#answer.stride))));
    // A pair is met once where both its rows have a heap, else once for each of them.
    const once = only === undefined && this.#range === visits;
    this.#work = workOf(matrix, only, once);
    this.total = this.#work.reduce((sum, work) => sum + work, 0);

    const space = new Space(module);
    const layout = new Layout(space.start);
    const isCentred = similarity === 'pearson' && this.#corated === undefined;
    const places = placesFor(layout, matrix, visits, isCentred, this.#corated !== undefined);
    this.#places = { ...places, best: takeBest(layout, this.#range, this.#answer.stride) };
    space.reach(layout.end);
    this.#space = space;
    writeRows(space, places, matrix, isCentred);
    space.kernels.measureSparse(isSets);
    if (only) space.u32.set(only, places.onlyAt / 4);
    space.kernels.placeSearch(
      ...([SCORING_CODES[similarity], shrinkage, minSupport, once] as const),
      ...([once ? places.nextAt : places.startsAt, places.sumsAt] as const),
      minSupport > 1 && !isSets ? places.countsAt : 0,
      only ? places.onlyAt : 0,
    );
  }

  advance(products: number): void {
    const target = this.done + products;
    const visits = this.#work.length;
    while (this.#next < visits && this.done < target) {
      const space = this.#opened();
      const lowest = this.#next - (this.#next % this.#range);
      const best: BestArguments = [this.#places.best[0], Math.min(this.#range, visits - lowest), this.#answer.stride];
      if (this.#next === lowest) {
        clearBest(space, best);
        space.kernels.placeHeaps(lowest, ...best);
      }
      const highest = lowest + best[1];
      const first = this.#next;
      const limit = Math.min(highest, first + ROWS_PER_CALL);
      while (this.#next < limit && this.done < target) this.done += this.#work[this.#next++];
      if (this.#corated) {
        const { pairsAt, touchedAt } = this.#places;
        space.kernels.visitCorated(first, this.#next, this.#corated === 'pearson', pairsAt, touchedAt);
      } else {
        space.kernels.visitFull(first, this.#next);
      }
      if (this.#next === highest) copyBest(space, best, this.#answer, lowest);
    }
  }

  take(): TopRows {
    this.#opened();
    this.free();
    return this.#answer;
  }

  free(): void {
    this.#space = undefined;
  }

  #opened(): Space {
    if (this.#space === undefined) throw new Error('the task was freed');
    return this.#space;
  }
}

/** What each visit adds up, and one. */
function workOf({ rows, columns, indptr, indices }: SparseRows, only: Uint32Array | undefined, once: boolean) {
  const left = new Uint32Array(columns);
  for (let p = 0; p < indptr[rows]; p++) left[indices[p]]++;
  return Float64Array.from(only ?? { length: rows }, (given, n) => {
    const row = only ? (given as number) : n;
    let work = 1;
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      if (once) left[indices[p]]--;
      work += left[indices[p]];
    }
    return work;
  });
}

/** Addresses of the matrix, of its entries by column (`starts`, `rows`, `rowValues`), and of cells per column, row or visit. */
type Places = ReturnType<typeof placesFor> & { readonly best: BestArguments };

function placesFor(layout: Layout, matrix: SparseRows, visits: number, isWide: boolean, isCorated: boolean) {
  const { rows, columns, indptr } = matrix;
  const entries = indptr[rows];
  const valueBytes = isWide ? 8 : 4;
  return {
    indptrAt: layout.take((rows + 1) * 4),
    indicesAt: layout.take(entries * 4),
    valuesAt: layout.take(entries * valueBytes),
    startsAt: layout.take((columns + 1) * 4),
    rowsAt: layout.take(entries * 4),
    rowValuesAt: layout.take(entries * valueBytes),
    nextAt: layout.take(columns * 4),
    normsAt: layout.take(rows * 8),
    sumsAt: layout.take(isCorated ? 0 : rows * 8),
    countsAt: layout.take(isCorated ? 0 : rows * 4),
    pairsAt: layout.take(isCorated ? rows * PAIR_BYTES : 0),
    touchedAt: layout.take(isCorated ? rows * 4 : 0),
    onlyAt: layout.take(visits * 4),
  };
}

/** Copies the matrix into fresh memory and turns it; with `isCentred` each row's mean is taken from its values. */
function writeRows(
  space: Space,
  places: ReturnType<typeof placesFor>,
  { rows, columns, indptr, indices, values }: SparseRows,
  isCentred: boolean,
): void {
  const { indptrAt, indicesAt, valuesAt, startsAt, rowsAt, rowValuesAt, nextAt, normsAt } = places;
  const entries = indptr[rows];
  space.u32.set(indptr.subarray(0, rows + 1), indptrAt / 4);
  space.u32.set(indices.subarray(0, entries), indicesAt / 4);
  if (isCentred) {
    const centred = space.f64.subarray(valuesAt / 8, valuesAt / 8 + entries);
    for (let row = 0; row < rows; row++) {
      let mean = 0;
      for (let p = indptr[row]; p < indptr[row + 1]; p++) mean += values[p];
      mean /= indptr[row + 1] - indptr[row];
      for (let p = indptr[row]; p < indptr[row + 1]; p++) centred[p] = values[p] - mean;
    }
  } else {
    space.f32.set(values.subarray(0, entries), valuesAt / 4);
  }
  space.kernels.placeRows(
    ...([rows, indptrAt, indicesAt, valuesAt, isCentred, startsAt, rowsAt, rowValuesAt, normsAt] as const),
  );
  space.kernels.turnRows(columns, nextAt);
  space.u8.copyWithin(nextAt, startsAt, startsAt + columns * 4);
}

/** The contract's `sparseTopK`: the lists are held once, the rows of weights a range at a time. */
export function sparseTopK(
  module: WebAssembly.Module,
  weights: SparseRows<Floats>,
  lists: SparseRows<Float64Array>,
  { k, exclude, admit, above, minScore }: SparseTopKOptions,
): TopRows {
  const { rows } = weights;
  const { columns } = lists;
  const answer = emptyTopRows(rows, Math.min(k, columns));
  if (answer.stride === 0 || rows === 0) return answer;
  const listEntries = lists.indptr[lists.rows];
  const range = Math.min(rows, ROWS_PER_CALL);
  const [weightEntries, excluded] = [weights.indptr, exclude?.indptr].map((indptr) => mostEntries(indptr, rows, range));

  const space = new Space(module);
  const layout = new Layout(space.start);
  const listStartsAt = layout.take((lists.rows + 1) * 4);
  const listColumnsAt = layout.take(listEntries * 4);
  const listValuesAt = layout.take(listEntries * 8);
  const admitAt = layout.take(columns);
  const totalsAt = layout.take(columns * 8);
  const startsAt = layout.take((range + 1) * 4);
  const indicesAt = layout.take(weightEntries * 4);
  const weightsAt = layout.take(weightEntries * 8);
  const excludedStartsAt = layout.take((range + 1) * 4);
  const excludedAt = layout.take(excluded * 4);
  const [bestAt] = takeBest(layout, range, answer.stride);
  space.reach(layout.end);

  space.u32.set(lists.indptr.subarray(0, lists.rows + 1), listStartsAt / 4);
  space.u32.set(lists.indices.subarray(0, listEntries), listColumnsAt / 4);
  space.f64.set(lists.values.subarray(0, listEntries), listValuesAt / 8);
  if (admit) space.u8.set(admit, admitAt);
  for (let first = 0; first < rows; first += range) {
    const last = Math.min(rows, first + range);
    const [begin, end] = writeRange(space, weights, first, last, startsAt, indicesAt);
    space.f64.set(weights.values.subarray(begin, end), weightsAt / 8);
    if (exclude) writeRange(space, exclude, first, last, excludedStartsAt, excludedAt);
    const best: BestArguments = [bestAt, last - first, answer.stride];
    clearBest(space, best);
    space.kernels.topColumns(
      ...([last - first, columns, startsAt, indicesAt, weightsAt, listStartsAt, listColumnsAt, listValuesAt] as const),
      ...([exclude ? excludedStartsAt : 0, excludedAt, admit ? admitAt : 0, above, minScore, totalsAt] as const),
      ...best,
    );
    copyBest(space, best, answer, first);
  }
  return answer;
}

/** The largest number of entries in any range of rows. */
function mostEntries(indptr: Uint32Array | undefined, rows: number, range: number): number {
  let most = 0;
  for (let first = 0; indptr && first < rows; first += range) {
    most = Math.max(most, indptr[Math.min(rows, first + range)] - indptr[first]);
  }
  return most;
}

/** Copies the structure of some rows, offsets from 0; returns where their entries are. */
function writeRange(
  space: Space,
  { indptr, indices }: Pick<SparseRows, 'indptr' | 'indices'>,
  first: number,
  last: number,
  startsAt: number,
  indicesAt: number,
): [begin: number, end: number] {
  const [begin, end] = [indptr[first], indptr[last]];
  for (let row = first; row <= last; row++) space.u32[startsAt / 4 + row - first] = indptr[row] - begin;
  space.u32.set(indices.subarray(begin, end), indicesAt / 4);
  return [begin, end];
}
