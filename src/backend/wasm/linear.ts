/** Dense linear algebra in wasm: an inverse has a memory of its own, in which the kernels go from panel to panel. */
import type { GramInverse, Rows, SparseRows, SparseTopKOptions, TopRows } from '../contract/backend.js';
import { emptyTopRows } from '../reference/best.js';
import { gramProducts, refuseFreedInverse, refuseIncomplete, refuseSingular } from '../reference/linear.js';
import { clearBest, copyBest, takeBest } from './best.js';
import type { BestArguments } from './module/kernels.js';
import { Layout, Space } from './module/memory.js';

/** assembly/linear.ts; addresses and sizes as there. */
export interface LinearKernels {
  placeInverse(matrix: number, stride: number, left: number, panel: number, right: number, leastPivots: number): void;
  addGram(
    from: number,
    to: number,
    size: number,
    l2: number,
    indptr: number,
    indices: number,
    values: number,
    starts: number,
    entries: number,
    owners: number,
  ): void;
  beginPanel(phase: number, first: number, end: number): void;
  subtractChunk(from: number, to: number): void;
  solvePanel(): number;
  topDenseColumns(
    count: number,
    columns: number,
    real: number,
    indptr: number,
    indices: number,
    weights: number,
    dense: number,
    excludedStarts: number,
    excluded: number,
    admit: number,
    above: number,
    minScore: number,
    sums: number,
    best: number,
    queries: number,
    stride: number,
  ): void;
}

/** A tile of the kernels is a square of so many rows. */
const GRAIN = 4;
/** Rows of a panel, and depth of a chunk: small enough that a step is short. */
const PANEL_ROWS = 96;
const DEPTH = 96;
const [FACTOR, INVERT, MULTIPLY] = [0, 1, 2];

export class WasmGramInverse implements GramInverse {
  readonly size: number;
  readonly total: number;
  done = 0;
  readonly #stride: number;
  readonly #matrixAt: number;
  readonly #steps: Generator<number>;
  #space: Space | undefined;
  #failedAt = -1;

  constructor(module: WebAssembly.Module, matrix: SparseRows, l2: number) {
    this.size = matrix.columns;
    this.#stride = Math.ceil(this.size / GRAIN) * GRAIN;
    this.total = gramProducts(matrix) + this.#stride ** 3 / 2 + 1;
    const space = new Space(module);
    const layout = new Layout(space.start);
    this.#matrixAt = layout.take(this.#stride ** 2 * 8);
    const leftAt = layout.take(PANEL_ROWS * Math.max(PANEL_ROWS, DEPTH) * 8);
    const panelAt = layout.take(Math.min(PANEL_ROWS, this.#stride) * this.#stride * 8);
    const rightAt = layout.take(GRAIN * Math.max(PANEL_ROWS, DEPTH) * 8);
    const leastPivotsAt = layout.take(this.#stride * 8);
    const places = placesFor(layout, matrix);
    space.reach(layout.end);
    writeColumns(space, places, matrix);
    space.kernels.placeInverse(this.#matrixAt, this.#stride, leftAt, panelAt, rightAt, leastPivotsAt);
    this.#space = space;
    this.#steps = this.#compute(space, places, matrix.indptr.slice(), l2);
  }

  advance(products: number): void {
    refuseFreedInverse(this.#space);
    for (let left = products; this.#failedAt < 0; ) {
      const step = this.#steps.next();
      if (step.done) {
        if (this.#failedAt < 0) this.done = this.total;
        break;
      }
      this.done = Math.min(this.done + step.value, this.total - 1);
      left -= step.value;
      if (left <= 0) break;
    }
    refuseSingular(this.#failedAt);
  }

  inverse(): Float64Array {
    const { size } = this;
    const minus = this.#complete();
    const out = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) out[i * size + j] = out[j * size + i] = 0 - minus[i * this.#stride + j];
    }
    return out;
  }

  weights(first: number, last: number, out: Float32Array): void {
    const { size } = this;
    const minus = this.#complete();
    const stride = this.#stride;
    for (let j = 0; j < size; j++) {
      const own = minus[j * stride + j];
      for (let i = first; i < last; i++) {
        const entry = minus[i < j ? i * stride + j : j * stride + i];
        out[(i - first) * size + j] = i === j ? 0 : 0 - entry / own;
      }
    }
  }

  free(): void {
    this.#space = undefined;
  }

  /** The upper triangle of minus P. */
  #complete(): Float64Array {
    refuseFreedInverse(this.#space);
    refuseIncomplete(this);
    const from = this.#matrixAt / 8;
    return (this.#space as Space).f64.subarray(from, from + this.#stride ** 2);
  }

  /** Each step yields about how many products it took. */
  *#compute(space: Space, places: Places, indptr: Uint32Array, l2: number): Generator<number> {
    const { kernels } = space;
    const stride = this.#stride;
    const { indptrAt, indicesAt, valuesAt, startsAt, entriesAt, ownersAt } = places;
    const perRow = gramProducts({ rows: indptr.length - 1, indptr } as SparseRows) / stride;
    for (let from = 0; from < stride; from += GRAIN) {
      kernels.addGram(
        ...([from, from + GRAIN, this.size, l2, indptrAt, indicesAt, valuesAt] as const),
        ...([startsAt, entriesAt, ownersAt] as const),
      );
      yield perRow * GRAIN;
    }
    for (let first = 0; first < stride; first += PANEL_ROWS) {
      const end = Math.min(stride, first + PANEL_ROWS);
      kernels.beginPanel(FACTOR, first, end);
      for (let from = 0; from < first; from += DEPTH) {
        kernels.subtractChunk(from, Math.min(first, from + DEPTH));
        yield (end - first) * DEPTH * (stride - first);
      }
      this.#failedAt = kernels.solvePanel();
      if (this.#failedAt >= 0) return;
      yield ((end - first) ** 2 / 2) * (stride - first);
    }
    for (let end = stride; end > 0; ) {
      const first = Math.floor((end - 1) / PANEL_ROWS) * PANEL_ROWS;
      kernels.beginPanel(INVERT, first, end);
      for (let to = stride; to > end; to -= DEPTH) {
        const from = Math.max(end, to - DEPTH);
        kernels.subtractChunk(from, to);
        yield (end - first) * DEPTH * (stride - from);
      }
      kernels.solvePanel();
      yield ((end - first) ** 2 / 2) * (stride - first);
      end = first;
    }
    for (let first = 0; first < stride; first += PANEL_ROWS) {
      const end = Math.min(stride, first + PANEL_ROWS);
      kernels.beginPanel(MULTIPLY, first, end);
      for (let from = first; from < stride; from += DEPTH) {
        const to = Math.min(stride, from + DEPTH);
        kernels.subtractChunk(from, to);
        yield (end - first) * DEPTH * (to - first);
      }
    }
    const diagonal = Array.from({ length: this.size }, (_, i) => space.f64[this.#matrixAt / 8 + i * (stride + 1)]);
    this.#failedAt = diagonal.findIndex((entry) => !Number.isFinite(entry));
  }
}

/** Addresses of the rows and, by column, of the entries that hold it and the rows they are in. */
type Places = ReturnType<typeof placesFor>;

function placesFor(layout: Layout, { rows, columns, indptr }: SparseRows) {
  const bytes = indptr[rows] * 4;
  return {
    indptrAt: layout.take((rows + 1) * 4),
    indicesAt: layout.take(bytes),
    valuesAt: layout.take(bytes),
    startsAt: layout.take((columns + 1) * 4),
    entriesAt: layout.take(bytes),
    ownersAt: layout.take(bytes),
  };
}

function writeColumns(space: Space, places: Places, { rows, columns, indptr, indices, values }: SparseRows): void {
  const entries = indptr[rows];
  space.u32.set(indptr.subarray(0, rows + 1), places.indptrAt / 4);
  space.u32.set(indices.subarray(0, entries), places.indicesAt / 4);
  space.f32.set(values.subarray(0, entries), places.valuesAt / 4);
  const starts = new Uint32Array(columns + 1);
  for (let p = 0; p < entries; p++) starts[indices[p] + 1]++;
  for (let column = 0; column < columns; column++) starts[column + 1] += starts[column];
  space.u32.set(starts, places.startsAt / 4);
  for (let row = 0; row < rows; row++) {
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const at = starts[indices[p]]++;
      space.u32[places.entriesAt / 4 + at] = p;
      space.u32[places.ownersAt / 4 + at] = row;
    }
  }
}

/** Rows of weights per call of the kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 64;

/** The contract's `denseTopK`: the matrix is held once, the rows of weights a range at a time. */
export function denseTopK(
  module: WebAssembly.Module,
  weights: SparseRows,
  dense: Rows<Float32Array>,
  { k, exclude, admit, above, minScore }: SparseTopKOptions,
): TopRows {
  const { rows } = weights;
  const columns = dense.dim;
  const answer = emptyTopRows(rows, Math.min(k, columns));
  if (answer.stride === 0 || rows === 0) return answer;
  // The kernel takes two columns at a time.
  const padded = Math.ceil(columns / 2) * 2;
  const range = Math.min(rows, ROWS_PER_CALL);
  const space = new Space(module);
  const layout = new Layout(space.start);
  const denseAt = layout.take(weights.columns * padded * 4);
  const sumsAt = layout.take(padded * 8);
  const admitAt = layout.take(columns);
  const startsAt = layout.take((range + 1) * 4);
  const excludedStartsAt = layout.take((range + 1) * 4);
  const most = mostEntries(weights.indptr, rows, range);
  const indicesAt = layout.take(most * 4);
  const weightsAt = layout.take(most * 4);
  const excludedAt = layout.take(exclude ? mostEntries(exclude.indptr, rows, range) * 4 : 0);
  const [bestAt] = takeBest(layout, range, answer.stride);
  space.reach(layout.end);

  for (let row = 0; row < weights.columns; row++) {
    space.f32.set(dense.data.subarray(row * columns, (row + 1) * columns), denseAt / 4 + row * padded);
  }
  if (admit) space.u8.set(admit, admitAt);
  for (let first = 0; first < rows; first += range) {
    const last = Math.min(rows, first + range);
    const [begin, end] = writeRange(space, weights, first, last, startsAt, indicesAt);
    space.f32.set(weights.values.subarray(begin, end), weightsAt / 4);
    if (exclude) writeRange(space, exclude, first, last, excludedStartsAt, excludedAt);
    const best: BestArguments = [bestAt, last - first, answer.stride];
    clearBest(space, best);
    space.kernels.topDenseColumns(
      ...([last - first, padded, columns, startsAt, indicesAt, weightsAt, denseAt] as const),
      ...([exclude ? excludedStartsAt : 0, excludedAt, admit ? admitAt : 0, above, minScore, sumsAt] as const),
      ...best,
    );
    copyBest(space, best, answer, first);
  }
  return answer;
}

/** The largest number of entries in any range of rows. */
function mostEntries(indptr: Uint32Array, rows: number, range: number): number {
  let most = 0;
  for (let first = 0; first < rows; first += range) {
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
