/** The inverse of a Gram matrix in wasm: each has a memory of its own, in which the kernels go from panel to panel. */
import type { GramInverse, SparseRows } from '../contract/backend.js';
import { gramProducts, refuseFreedInverse, refuseIncomplete, refuseSingular } from '../reference/linear.js';
import { FACTOR, INVERT, MULTIPLY, TILE } from './module/abi.js';
import { Layout, Space } from './module/memory.js';

/** Rows of a panel, and depth of a chunk: small enough that a step is short. */
const PANEL_ROWS = 96;
const DEPTH = 96;

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
    this.#stride = Math.ceil(this.size / TILE) * TILE;
    this.total = gramProducts(matrix) + this.#stride ** 3 / 2 + 1;
    const space = new Space(module);
    const layout = new Layout(space.start);
    this.#matrixAt = layout.take(this.#stride ** 2 * 8);
    const leftAt = layout.take(PANEL_ROWS * Math.max(PANEL_ROWS, DEPTH) * 8);
    const panelAt = layout.take(Math.min(PANEL_ROWS, this.#stride) * this.#stride * 8);
    const rightAt = layout.take(TILE * Math.max(PANEL_ROWS, DEPTH) * 8);
    const leastPivotsAt = layout.take(this.#stride * 8);
    const places = placesFor(layout, matrix);
    space.reach(layout.end);
    writeColumns(space, places, matrix);
    space.kernels.placeInverse(this.#matrixAt, this.#stride, leftAt, panelAt, rightAt, leastPivotsAt);
    this.#space = space;
    const { indptrAt, indicesAt, valuesAt, startsAt, entriesAt, ownersAt } = places;
    space.kernels.placeGram(this.size, l2, indptrAt, indicesAt, valuesAt, startsAt, entriesAt, ownersAt);
    this.#steps = this.#compute(space, gramProducts(matrix) / this.#stride);
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

  /** Each step yields about how many products it took; `perRow` are those of a row of G. */
  *#compute(space: Space, perRow: number): Generator<number> {
    const { kernels } = space;
    const stride = this.#stride;
    for (let from = 0; from < stride; from += TILE) {
      kernels.addGram(from, from + TILE);
      yield perRow * TILE;
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
