/** Kernels over sparse rows in CSR form: u32 offsets and columns, f32 values. */
import { offer } from './best';
import { clamp } from './score';

/**
 * The same entries by column: rows ascend within a column because they are visited in order.
 * `starts` (columns + 1, all 0 before) and `next` (columns) are u32.
 */
export function transpose(
  rows: usize,
  columns: usize,
  indptr: usize,
  indices: usize,
  values: usize,
  starts: usize,
  next: usize,
  byColumn: usize,
  byColumnValues: usize,
): void {
  const entries: usize = load<u32>(indptr + rows * 4);
  for (let p: usize = 0; p < entries; p++) {
    const count = starts + (<usize>load<u32>(indices + p * 4) + 1) * 4;
    store<u32>(count, load<u32>(count) + 1);
  }
  for (let c: usize = 0; c < columns; c++) {
    const start = load<u32>(starts + c * 4);
    store<u32>(next + c * 4, start);
    store<u32>(starts + c * 4 + 4, load<u32>(starts + c * 4 + 4) + start);
  }
  for (let r: usize = 0; r < rows; r++) {
    const end: usize = load<u32>(indptr + r * 4 + 4);
    for (let p: usize = load<u32>(indptr + r * 4); p < end; p++) {
      const column = next + <usize>load<u32>(indices + p * 4) * 4;
      const at: usize = load<u32>(column);
      store<u32>(column, <u32>(at + 1));
      store<u32>(byColumn + at * 4, <u32>r);
      store<f32>(byColumnValues + at * 4, load<f32>(values + p * 4));
    }
  }
}

/** Each row's norm: squares added by ascending column. */
export function sparseNorms(rows: usize, indptr: usize, values: usize, norms: usize): void {
  for (let r: usize = 0; r < rows; r++) {
    let squares: f64 = 0;
    const end: usize = load<u32>(indptr + r * 4 + 4);
    for (let p: usize = load<u32>(indptr + r * 4); p < end; p++) {
      const value = <f64>load<f32>(values + p * 4);
      squares += value * value;
    }
    store<f64>(norms + r * 8, Math.sqrt(squares));
  }
}

/**
 * Gustavson's row-wise product (1978) for the rows `first .. last`; row `r` has heap `r - lowest` of the `heaps` ones
 * in `best`.
 *
 * With `once` every pair is computed once, by its lower row: `from` (u32 per column, the column's start at first)
 * runs ahead to each column's first row past the current one, and a score is offered to both rows, so all rows
 * have heaps. Without it `from` stays where it is and a row meets every other row.
 *
 * `sums` is an f64 per row, all 0 before and after.
 */
export function neighbors(
  rows: usize,
  indptr: usize,
  indices: usize,
  values: usize,
  starts: usize,
  from: usize,
  byColumn: usize,
  byColumnValues: usize,
  norms: usize,
  shrinkage: f64,
  once: bool,
  first: usize,
  last: usize,
  sums: usize,
  lowest: usize,
  best: usize,
  heaps: usize,
  stride: usize,
): void {
  for (let row = first; row < last; row++) {
    const begin: usize = load<u32>(indptr + row * 4);
    const end: usize = load<u32>(indptr + row * 4 + 4);
    let terms: usize = 0;
    for (let p = begin; p < end; p++) {
      const column = <usize>load<u32>(indices + p * 4) * 4;
      if (once) store<u32>(from + column, load<u32>(from + column) + 1);
      const stop: usize = load<u32>(starts + column + 4);
      const value = <f64>load<f32>(values + p * 4);
      let t: usize = load<u32>(from + column);
      terms += stop - t;
      for (; t < stop; t++) {
        const other = sums + <usize>load<u32>(byColumn + t * 4) * 8;
        store<f64>(other, load<f64>(other) + value * <f64>load<f32>(byColumnValues + t * 4));
      }
    }
    // Taking a sum leaves 0 behind, so a row met again in another column is not offered twice.
    const start: usize = once ? row + 1 : 0;
    if (terms >= rows - start) {
      for (let other = start; other < rows; other++) {
        take(row, other, norms, shrinkage, once, sums, lowest, best, heaps, stride);
      }
    } else {
      for (let p = begin; p < end; p++) {
        const column = <usize>load<u32>(indices + p * 4) * 4;
        const stop: usize = load<u32>(starts + column + 4);
        for (let t: usize = load<u32>(from + column); t < stop; t++) {
          const other: usize = load<u32>(byColumn + t * 4);
          take(row, other, norms, shrinkage, once, sums, lowest, best, heaps, stride);
        }
      }
    }
  }
}

/** Takes the sum of `row` and `other` out of `sums` and offers their score, if it is positive. */
function take(
  row: usize,
  other: usize,
  norms: usize,
  shrinkage: f64,
  once: bool,
  sums: usize,
  lowest: usize,
  best: usize,
  heaps: usize,
  stride: usize,
): void {
  const sum = load<f64>(sums + other * 8);
  if (sum == 0) return;
  store<f64>(sums + other * 8, 0);
  if (other == row) return;
  const score = clamp(sum / (load<f64>(norms + row * 8) * load<f64>(norms + other * 8) + shrinkage));
  if (!(score > 0)) return;
  offer(best, heaps, stride, row - lowest, <u32>other, score);
  if (once) offer(best, heaps, stride, other - lowest, <u32>row, score);
}
