/** The best columns of each row of a product: one side is held once, the rows of weights a range at a time. */
import type { Floats, Rows, SparseRows, SparseTopKOptions, TopRows } from '../../contract/backend.js';
import { emptyTopRows } from '../../reference/best.js';
import * as linear from '../../reference/linear.js';
import * as sparse from '../../reference/sparse.js';
import * as abi from '../module/abi.js';
import { copyBest, openBest, takeBest } from '../module/best.js';
import { Layout, Space } from '../module/memory.js';

/** Rows per call of the kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 64;
/** Elements that are copied in at hardly any cost. */
const COPIED_FREELY = 2 ** 14;

/** The structure of sparse rows: the values are not read. */
type Structure = Pick<SparseRows, 'indptr' | 'indices'>;

/** The contract's `sparseTopK`. */
export function sparseTopK(
  module: WebAssembly.Module,
  weights: SparseRows<Floats>,
  lists: SparseRows<Float64Array>,
  options: SparseTopKOptions,
): TopRows {
  if (isLongerCopied(lists.indptr[lists.rows], productsOf(weights, lists)))
    return sparse.sparseTopK(weights, lists, options);
  const product = new Product(module, weights, Float64Array.BYTES_PER_ELEMENT, lists.columns, options);
  const entries = lists.indptr[lists.rows];
  const startsAt = product.layout.take((lists.rows + 1) * 4);
  const columnsAt = product.layout.take(entries * 4);
  const valuesAt = product.layout.take(entries * 8);
  const sumsAt = product.layout.take(lists.columns * 8);
  return product.run(sumsAt, {
    hold(space, record) {
      space.u32.set(lists.indptr.subarray(0, lists.rows + 1), startsAt / 4);
      space.u32.set(lists.indices.subarray(0, entries), columnsAt / 4);
      space.f64.set(lists.values.subarray(0, entries), valuesAt / 8);
      space.writeWords(record, [
        [abi.PRODUCT_LIST_STARTS, startsAt],
        [abi.PRODUCT_LIST_COLUMNS, columnsAt],
        [abi.PRODUCT_LIST_VALUES, valuesAt],
      ]);
    },
    writeWeights: ({ f64 }, at, begin, end) => f64.set(weights.values.subarray(begin, end), at / 8),
    score: ({ kernels }, ...range) => kernels.topColumns(...range),
  });
}

/** The contract's `denseTopK`. */
export function denseTopK(
  module: WebAssembly.Module,
  weights: SparseRows,
  dense: Rows<Float32Array>,
  options: SparseTopKOptions,
): TopRows {
  const { dim } = dense;
  const products = weights.indptr[weights.rows] * dim;
  if (isLongerCopied(weights.columns * dim, products)) return linear.denseTopK(weights, dense, options);
  const product = new Product(module, weights, Float32Array.BYTES_PER_ELEMENT, dim, options);
  // The kernel takes two columns at a time.
  const width = Math.ceil(dim / 2) * 2;
  const denseAt = product.layout.take(weights.columns * width * 4);
  const sumsAt = product.layout.take(width * 8);
  return product.run(sumsAt, {
    hold(space, record) {
      for (let row = 0; row < weights.columns; row++) {
        space.f32.set(dense.data.subarray(row * dim, (row + 1) * dim), denseAt / 4 + row * width);
      }
      space.writeWords(record, [
        [abi.PRODUCT_DENSE, denseAt],
        [abi.PRODUCT_DENSE_WIDTH, width],
      ]);
    },
    writeWeights: ({ f32 }, at, begin, end) => f32.set(weights.values.subarray(begin, end), at / 4),
    score: ({ kernels }, ...range) => kernels.topDenseColumns(...range),
  });
}

/** Whether the other side of a product takes longer to copy in than all products take without: few rows are asked about. */
function isLongerCopied(elements: number, products: number): boolean {
  return elements > COPIED_FREELY && products < elements;
}

function productsOf({ rows, indptr, indices }: SparseRows<Floats>, lists: Structure): number {
  let products = 0;
  for (let p = 0; p < indptr[rows]; p++) products += lists.indptr[indices[p] + 1] - lists.indptr[indices[p]];
  return products;
}

/** What depends on the other side of a product. */
interface OtherSide {
  /** Copies it in, and says in the PRODUCT record where it is. */
  hold(space: Space, record: number): void;
  /** Copies the values of the entries `begin .. end` of the weights to the address `at`. */
  writeWeights(space: Space, at: number, begin: number, end: number): void;
  /** Finds the best columns of the first `count` rows of weights. */
  score(space: Space, record: number, count: number, best: number): void;
}

/** One product: the weights, what is left out, and where they lie. */
class Product {
  readonly layout: Layout;
  readonly #space: Space;
  readonly #weights: SparseRows<Floats>;
  readonly #options: SparseTopKOptions;
  readonly #columns: number;
  readonly #answer: TopRows;
  /** Rows of weights that are in memory together. */
  readonly #range: number;
  readonly #record: number;
  readonly #admitAt: number;
  readonly #startsAt: number;
  readonly #indicesAt: number;
  readonly #weightsAt: number;
  readonly #excludedStartsAt: number;
  readonly #excludedAt: number;
  readonly #bestAt: number;

  constructor(
    module: WebAssembly.Module,
    weights: SparseRows<Floats>,
    weightBytes: number,
    columns: number,
    options: SparseTopKOptions,
  ) {
    const { rows, indptr } = weights;
    this.#weights = weights;
    this.#options = options;
    this.#columns = columns;
    this.#answer = emptyTopRows(rows, Math.min(options.k, columns));
    this.#range = Math.min(rows, ROWS_PER_CALL);
    this.#space = new Space(module);
    const layout = new Layout(this.#space.start);
    const entries = mostEntries(indptr, rows, this.#range);
    this.layout = layout;
    this.#record = layout.take(abi.PRODUCT_BYTES);
    this.#admitAt = options.admit ? layout.take(columns) : 0;
    this.#startsAt = layout.take((this.#range + 1) * 4);
    this.#indicesAt = layout.take(entries * 4);
    this.#weightsAt = layout.take(entries * weightBytes);
    this.#excludedStartsAt = options.exclude ? layout.take((this.#range + 1) * 4) : 0;
    this.#excludedAt = layout.take(options.exclude ? mostEntries(options.exclude.indptr, rows, this.#range) * 4 : 0);
    this.#bestAt = takeBest(layout, this.#range, this.#answer.stride);
  }

  run(sumsAt: number, other: OtherSide): TopRows {
    const { rows } = this.#weights;
    const { stride } = this.#answer;
    if (stride === 0 || rows === 0) return this.#answer;
    this.#space.reach(this.layout.end);
    this.#writeRecord(sumsAt);
    other.hold(this.#space, this.#record);
    for (let first = 0; first < rows; first += this.#range) {
      const last = Math.min(rows, first + this.#range);
      const [begin, end] = this.#writeRange(this.#weights, first, last, this.#startsAt, this.#indicesAt);
      other.writeWeights(this.#space, this.#weightsAt, begin, end);
      const { exclude } = this.#options;
      if (exclude) this.#writeRange(exclude, first, last, this.#excludedStartsAt, this.#excludedAt);
      openBest(this.#space, this.#bestAt, last - first, stride);
      other.score(this.#space, this.#record, last - first, this.#bestAt);
      copyBest(this.#space, this.#bestAt, this.#answer, first);
    }
    return this.#answer;
  }

  #writeRecord(sumsAt: number): void {
    const { admit, above, minScore } = this.#options;
    this.#space.writeWords(this.#record, [
      [abi.PRODUCT_COLUMNS, this.#columns],
      [abi.PRODUCT_STARTS, this.#startsAt],
      [abi.PRODUCT_INDICES, this.#indicesAt],
      [abi.PRODUCT_WEIGHTS, this.#weightsAt],
      [abi.PRODUCT_EXCLUDED_STARTS, this.#excludedStartsAt],
      [abi.PRODUCT_EXCLUDED, this.#excludedAt],
      [abi.PRODUCT_ADMIT, this.#admitAt],
      [abi.PRODUCT_SUMS, sumsAt],
    ]);
    this.#space.f64[(this.#record + abi.PRODUCT_ABOVE_F64) / 8] = above;
    this.#space.f64[(this.#record + abi.PRODUCT_MIN_SCORE_F64) / 8] = minScore;
    if (admit) this.#space.u8.set(admit, this.#admitAt);
  }

  /** Copies the structure of some rows, offsets from 0; returns where their entries are. */
  #writeRange({ indptr, indices }: Structure, first: number, last: number, startsAt: number, indicesAt: number) {
    const [begin, end] = [indptr[first], indptr[last]];
    const { u32 } = this.#space;
    for (let row = first; row <= last; row++) u32[startsAt / 4 + row - first] = indptr[row] - begin;
    u32.set(indices.subarray(begin, end), indicesAt / 4);
    return [begin, end] as const;
  }
}

/** The largest number of entries in any range of rows. */
function mostEntries(indptr: Uint32Array, rows: number, range: number): number {
  let most = 0;
  for (let first = 0; first < rows; first += range) {
    most = Math.max(most, indptr[Math.min(rows, first + range)] - indptr[first]);
  }
  return most;
}
