/** The nearest rows of a sparse matrix: each search has a memory of its own. */
import type { NeighborOptions, NeighborTask, SparseRows, TopRows } from '../../contract/backend.js';
import { emptyTopRows, orderingWork } from '../../reference/best.js';
import { finishNeighbors } from '../../reference/sparse.js';
import { PAIR_BYTES } from '../module/abi.js';
import { bestBytes, copyOrdered, openBest, takeBest } from '../module/best.js';
import { SCORING_CODES } from '../module/codes.js';
import { Layout, Space } from '../module/memory.js';

/** Bounds the heaps: where those of all rows do not fit, the rows are taken in several ranges. */
const HEAP_BYTES = 2 ** 28;
/** Rows per call of the kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 64;

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
  /** Visits whose heaps are copied out. */
  #copied = 0;

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
    this.total = this.#work.reduce((sum, work) => sum + work, visits * orderingWork(this.#answer.stride));

    const space = new Space(module);
    const layout = new Layout(space.start);
    const isCentred = similarity === 'pearson' && this.#corated === undefined;
    const places = placesFor(layout, matrix, visits, isCentred, this.#corated !== undefined);
    this.#places = { ...places, bestAt: takeBest(layout, this.#range, this.#answer.stride) };
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
    while (this.#copied < visits && this.done < target) {
      const space = this.#opened();
      const lowest = this.#copied - (this.#copied % this.#range);
      const highest = Math.min(visits, lowest + this.#range);
      if (this.#next === highest) {
        this.#copy(space, lowest, highest, target);
        continue;
      }
      const { bestAt } = this.#places;
      if (this.#next === lowest) {
        openBest(space, bestAt, highest - lowest, this.#answer.stride);
        space.kernels.placeHeaps(lowest, bestAt);
      }
      const first = this.#next;
      const limit = Math.min(highest, first + ROWS_PER_CALL);
      while (this.#next < limit && this.done < target) this.done += this.#work[this.#next++];
      if (this.#corated) {
        const { pairsAt, touchedAt } = this.#places;
        space.kernels.visitCorated(first, this.#next, this.#corated === 'pearson', pairsAt, touchedAt);
      } else {
        space.kernels.visitFull(first, this.#next);
      }
    }
  }

  /** Puts what is found in order and copies it out, as far as the work goes. */
  #copy(space: Space, lowest: number, highest: number, target: number): void {
    const each = orderingWork(this.#answer.stride);
    const count = Math.min(highest - this.#copied, Math.ceil((target - this.done) / each));
    copyOrdered(space, this.#places.bestAt, this.#copied - lowest, count, this.#answer, this.#copied);
    this.#copied += count;
    this.done += count * each;
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

/**
 * Addresses of the matrix, of its entries by column (`starts`, `rows`, `rowValues`), and of cells per column, row or
 * visit.
 */
type Places = ReturnType<typeof placesFor> & { readonly bestAt: number };

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
    weightsAt: layout.take(rows * 2 * 8),
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
  const { indptrAt, indicesAt, valuesAt, startsAt, rowsAt, rowValuesAt, nextAt, weightsAt } = places;
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
    ...([rows, indptrAt, indicesAt, valuesAt, isCentred, startsAt, rowsAt, rowValuesAt, weightsAt] as const),
  );
  space.kernels.turnRows(columns, nextAt);
  space.u8.copyWithin(nextAt, startsAt, startsAt + columns * 4);
}
