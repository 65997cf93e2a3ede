/** Every row against every row, block by block, so that the memory used does not depend on their number. */
import type { Metric, Rows } from '../../contract/backend.js';
import * as abi from '../module/abi.js';
import { FLAT, TALL } from '../module/abi.js';
import { METRIC_CODES } from '../module/codes.js';
import type { TypedKernels } from '../module/kernels.js';
import { Layout, type Scratch, type Space } from '../module/memory.js';
import { packedBytes } from './packing.js';

/** The packed rows of b stay in a cache while those of a stream past. Half as many cost 5 to 10 % more. */
const PACKED_BYTES = 2 ** 20;
/** Bytes of rows copied in, and of scores copied out, at a time. */
const CHUNK_BYTES = 2 ** 20;

/** The contract's `matrix`. */
export function matrix(scratch: Scratch, metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array): number {
  const bad = new MatrixCall(scratch.get(), metric, a, b, out).run();
  scratch.trim();
  return bad;
}

/** One call: its operands, the sizes of its blocks and their addresses. */
class MatrixCall {
  readonly #space: Space;
  readonly #a: Rows;
  readonly #b: Rows;
  readonly #symmetric: boolean;
  readonly #out: Float32Array;
  readonly #kernels: TypedKernels;
  readonly #rowsA: number;
  readonly #rowsB: number;
  readonly #rawAt: number;
  readonly #lengthsAAt: number;
  readonly #lengthsBAt: number;
  readonly #packedAt: number;
  readonly #record: number;
  readonly #scoresAt: number;

  constructor(space: Space, metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array) {
    this.#space = space;
    this.#a = a;
    this.#b = b ?? a;
    this.#symmetric = b === undefined;
    this.#out = out;
    this.#kernels = space.kernelsFor(a.data);
    const rowBytes = a.dim * a.data.BYTES_PER_ELEMENT;
    this.#rowsB = Math.min(Math.max(1, this.#b.rows), roundDown(PACKED_BYTES / packedBytes(1, 1, a.dim), FLAT));
    this.#rowsA = Math.min(Math.max(1, a.rows), roundDown(CHUNK_BYTES / Math.max(rowBytes, this.#rowsB * 4), TALL));
    const layout = new Layout(space.start);
    this.#rawAt = layout.take(Math.max(this.#rowsA, this.#rowsB) * rowBytes);
    this.#lengthsAAt = layout.take(this.#rowsA * abi.LENGTH_BYTES);
    this.#lengthsBAt = layout.take(this.#rowsB * abi.LENGTH_BYTES);
    this.#packedAt = layout.take(packedBytes(this.#rowsB, FLAT, a.dim));
    const panelAt = layout.take(packedBytes(TALL, TALL, a.dim));
    this.#scoresAt = layout.take(this.#rowsA * this.#rowsB * 4);
    this.#record = layout.take(abi.BLOCK_BYTES);
    space.reach(layout.end);
    space.writeWords(this.#record, [
      [abi.BLOCK_METRIC, METRIC_CODES[metric]],
      [abi.BLOCK_DIM, a.dim],
      [abi.BLOCK_ROWS, this.#rawAt],
      [abi.BLOCK_ROW_LENGTHS, this.#lengthsAAt],
      [abi.BLOCK_PACKED, this.#packedAt],
      [abi.BLOCK_PACKED_LENGTHS, this.#lengthsBAt],
      [abi.BLOCK_PANEL, panelAt],
      [abi.BLOCK_SCORES, this.#scoresAt],
    ]);
  }

  run(): number {
    const lengthsA = this.#measure(this.#a);
    if (typeof lengthsA === 'number') return lengthsA;
    const lengthsB = this.#symmetric ? lengthsA : this.#measure(this.#b);
    if (typeof lengthsB === 'number') return this.#a.rows + lengthsB;
    for (let j = 0; j < this.#b.rows; j += this.#rowsB) {
      const columns = Math.min(this.#rowsB, this.#b.rows - j);
      this.#pack(lengthsB, j, columns);
      // Of a symmetric matrix only what lies on and below the diagonal is computed.
      for (let i = this.#symmetric ? j : 0; i < this.#a.rows; i += this.#rowsA) {
        const rows = Math.min(this.#rowsA, this.#a.rows - i);
        this.#score(lengthsA, i, rows, j, columns);
        this.#copy(i, rows, j, columns);
        if (this.#symmetric) this.#mirror(i, rows, j, columns);
      }
    }
    return -1;
  }

  /** The length of every row as the kernels want it, or the index of the first row that has none. */
  #measure(operand: Rows): Float64Array | number {
    const lengths = new Float64Array(2 * operand.rows);
    for (let first = 0; first < operand.rows; first += this.#rowsA) {
      const count = Math.min(this.#rowsA, operand.rows - first);
      this.#writeRows(operand, first, count);
      const bad = this.#kernels.measure(this.#rawAt, count, operand.dim, this.#lengthsAAt);
      if (bad >= 0) return first + bad;
      const at = this.#lengthsAAt / 8;
      for (let r = 0; r < count; r++) {
        const squares = this.#space.f64[at + r];
        lengths[2 * (first + r)] = squares;
        lengths[2 * (first + r) + 1] = squares === 0 ? 0 : 1 / Math.sqrt(squares);
      }
    }
    return lengths;
  }

  /** Packs the rows of b from `j` on. */
  #pack(lengths: Float64Array, j: number, columns: number): void {
    this.#writeRows(this.#b, j, columns);
    this.#kernels.pack(this.#rawAt, columns, this.#b.dim, this.#packedAt);
    this.#space.write(this.#lengthsBAt, lengths.subarray(2 * j, 2 * (j + columns)));
  }

  /** Scores the rows of a from `i` on with the packed rows. */
  #score(lengths: Float64Array, i: number, rows: number, j: number, columns: number): void {
    this.#writeRows(this.#a, i, rows);
    this.#space.write(this.#lengthsAAt, lengths.subarray(2 * i, 2 * (i + rows)));
    this.#kernels.block(this.#record, rows, columns, this.#symmetric ? i - j : columns);
  }

  #writeRows({ data, dim }: Rows, first: number, count: number): void {
    this.#space.write(this.#rawAt, data.subarray(first * dim, (first + count) * dim));
  }

  /** Copies the scores of a block to where they belong. */
  #copy(i: number, rows: number, j: number, columns: number): void {
    const scores = this.#scores(rows, columns);
    for (let r = 0; r < rows; r++) {
      const to = (i + r) * this.#b.rows + j;
      const needed = this.#symmetric ? Math.min(columns, i + r - j + 1) : columns;
      for (let c = 0; c < needed; c++) this.#out[to + c] = scores[r * columns + c];
    }
  }

  /** Copies the scores below the diagonal to the other side of it. */
  #mirror(i: number, rows: number, j: number, columns: number): void {
    const scores = this.#scores(rows, columns);
    for (let c = 0; c < columns; c++) {
      const to = (j + c) * this.#b.rows + i;
      for (let r = Math.max(0, j + c - i + 1); r < rows; r++) this.#out[to + r] = scores[r * columns + c];
    }
  }

  #scores(rows: number, columns: number): Float32Array {
    const at = this.#scoresAt / 4;
    return this.#space.f32.subarray(at, at + rows * columns);
  }
}

/** The largest multiple of `step` that does not exceed `count`, but at least one step. */
function roundDown(count: number, step: number): number {
  return Math.max(step, Math.floor(count / step) * step);
}
