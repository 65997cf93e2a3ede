/** Kernels over dense rows: norms, pairs, search and matrix. Every address is in bytes, every count in rows. */
import { offer, sort } from './best';
import { COSINE, checkedCosine, EUCLIDEAN, score } from './score';
import { Product, SquaredDifference, sum } from './sums';
import { FLAT, packFlat, packRow, panelBytes, stepsOf, TALL, tile } from './tile';

/** The sums of one tile, and the slots of the rows in a tall panel. */
const TILE_SUMS: usize = memory.data(<i32>(TALL * FLAT * 8), 16);
const PANEL_SLOTS: usize = memory.data(<i32>(TALL * 4), 16);

/**
 * Writes the norm of each row to `norms`, unless that is 0. Stops at the first row whose sum of squares is
 * not finite and returns its index; -1 if there is none.
 */
function measure<T>(rows: usize, count: usize, dim: usize, norms: usize): i32 {
  for (let r: usize = 0; r < count; r++) {
    const row = rows + r * dim * sizeof<T>();
    const squares = sum<Product, T, T>(row, row, dim);
    if (!isFinite(squares)) return <i32>r;
    if (norms != 0) store<f64>(norms + r * 8, Math.sqrt(squares));
  }
  return -1;
}

export function measure32(rows: usize, count: usize, dim: usize, norms: usize): i32 {
  return measure<f32>(rows, count, dim, norms);
}

export function measure64(rows: usize, count: usize, dim: usize, norms: usize): i32 {
  return measure<f64>(rows, count, dim, norms);
}

/** Scores row `i` of `a`, or its only row if `one`, with row `i` of `b`. Cosines out of bounds are NaN. */
function pairs<T>(metric: u32, a: usize, one: bool, b: usize, count: usize, dim: usize, out: usize): void {
  const rowBytes = dim * sizeof<T>();
  let squaresA: f64 = 0;
  for (let i: usize = 0; i < count; i++) {
    let value: f64;
    if (metric == EUCLIDEAN) {
      value = score(metric, sum<SquaredDifference, T, T>(a, b, dim), 0, 0);
    } else {
      value = sum<Product, T, T>(a, b, dim);
      if (metric == COSINE) {
        if (i == 0 || !one) squaresA = sum<Product, T, T>(a, a, dim);
        value = checkedCosine(value, squaresA, sum<Product, T, T>(b, b, dim));
      }
    }
    store<f64>(out + i * 8, value);
    if (!one) a += rowBytes;
    b += rowBytes;
  }
}

export function pairs32(metric: u32, a: usize, one: bool, b: usize, count: usize, dim: usize, out: usize): void {
  pairs<f32>(metric, a, one, b, count, dim, out);
}

export function pairs64(metric: u32, a: usize, one: bool, b: usize, count: usize, dim: usize, out: usize): void {
  pairs<f64>(metric, a, one, b, count, dim, out);
}

/**
 * Offers the slots `first .. last` to query `q`, whose elements lie widened at `query`. `admit` is 0 or the
 * address of a byte per slot; `norms` and `queryNorm` are read by the cosine only.
 */
export function scan(
  metric: u32,
  rows: usize,
  norms: usize,
  dim: usize,
  first: usize,
  last: usize,
  admit: usize,
  minScore: f64,
  query: usize,
  queryNorm: f64,
  q: usize,
  best: usize,
  queries: usize,
  stride: usize,
): void {
  for (let slot = first; slot < last; slot++) {
    if (admit != 0 && load<u8>(admit + slot) == 0) continue;
    const row = rows + slot * dim * 4;
    const sums =
      metric == EUCLIDEAN ? sum<SquaredDifference, f32, f64>(row, query, dim) : sum<Product, f32, f64>(row, query, dim);
    const value = score(metric, sums, queryNorm, normAt(metric, norms, slot));
    if (value >= minScore) offer(best, queries, stride, q, <u32>slot, value);
  }
}

/** The same for `queries` queries packed flat, four rows at a time gathered into the tall panel at `panel`. */
export function scanBatch(
  metric: u32,
  rows: usize,
  norms: usize,
  dim: usize,
  first: usize,
  last: usize,
  admit: usize,
  minScore: f64,
  packed: usize,
  queryNorms: usize,
  panel: usize,
  best: usize,
  queries: usize,
  stride: usize,
): void {
  let held: usize = 0;
  for (let slot = first; slot < last; slot++) {
    if (admit == 0 || load<u8>(admit + slot) != 0) {
      packRow<f32>(rows + slot * dim * 4, dim, panel, TALL, held);
      store<u32>(PANEL_SLOTS + held * 4, <u32>slot);
      held++;
    }
    if (held == TALL || (slot + 1 == last && held != 0)) {
      offerPanel(metric, norms, dim, minScore, held, packed, queryNorms, panel, best, queries, stride);
      held = 0;
    }
  }
}

/** Scores the `held` rows in the tall panel with every query. */
function offerPanel(
  metric: u32,
  norms: usize,
  dim: usize,
  minScore: f64,
  held: usize,
  packed: usize,
  queryNorms: usize,
  panel: usize,
  best: usize,
  queries: usize,
  stride: usize,
): void {
  for (let q: usize = 0; q < queries; q += FLAT) {
    tileOf(metric, panel, packed, dim);
    packed += panelBytes(FLAT, dim);
    for (let c: usize = 0; c < min(FLAT, queries - q); c++) {
      const queryNorm = normAt(metric, queryNorms, q + c);
      for (let r: usize = 0; r < held; r++) {
        const slot = load<u32>(PANEL_SLOTS + r * 4);
        const value = score(metric, tileSum(r, c), queryNorm, normAt(metric, norms, slot));
        if (value >= minScore) offer(best, queries, stride, q + c, slot, value);
      }
    }
  }
}

/** Puts the rows found for every query in order, best first. */
export function sortAll(best: usize, queries: usize, stride: usize): void {
  for (let q: usize = 0; q < queries; q++) sort(best, queries, stride, q);
}

export function pack32(rows: usize, count: usize, dim: usize, panels: usize): void {
  packFlat<f32>(rows, count, dim, panels);
}

export function pack64(rows: usize, count: usize, dim: usize, panels: usize): void {
  packFlat<f64>(rows, count, dim, panels);
}

/**
 * The scores of `rowsA` rows at `a` with `columns` rows of b packed flat, rounded to float32, row-major at `out`.
 * Row `i` only needs its first `reach + i + 1` columns: what lies right of a diagonal is left out.
 */
function block<T>(
  metric: u32,
  a: usize,
  normsA: usize,
  rowsA: usize,
  dim: usize,
  packed: usize,
  normsB: usize,
  columns: usize,
  reach: usize,
  panel: usize,
  out: usize,
): void {
  for (let i: usize = 0; i < rowsA; i += TALL) {
    const held = min(TALL, rowsA - i);
    for (let r: usize = 0; r < held; r++) packRow<T>(a + (i + r) * dim * sizeof<T>(), dim, panel, TALL, r);
    const needed = min(columns, reach + i + held);
    let flat = packed;
    for (let j: usize = 0; j < needed; j += FLAT) {
      tileOf(metric, panel, flat, dim);
      flat += panelBytes(FLAT, dim);
      for (let c: usize = 0; c < min(FLAT, columns - j); c++) {
        const normB = normAt(metric, normsB, j + c);
        for (let r: usize = 0; r < held; r++) {
          const value = score(metric, tileSum(r, c), normAt(metric, normsA, i + r), normB);
          store<f32>(out + ((i + r) * columns + j + c) * 4, <f32>value);
        }
      }
    }
  }
}

export function block32(
  metric: u32,
  a: usize,
  normsA: usize,
  rowsA: usize,
  dim: usize,
  packed: usize,
  normsB: usize,
  columns: usize,
  reach: usize,
  panel: usize,
  out: usize,
): void {
  block<f32>(metric, a, normsA, rowsA, dim, packed, normsB, columns, reach, panel, out);
}

export function block64(
  metric: u32,
  a: usize,
  normsA: usize,
  rowsA: usize,
  dim: usize,
  packed: usize,
  normsB: usize,
  columns: usize,
  reach: usize,
  panel: usize,
  out: usize,
): void {
  block<f64>(metric, a, normsA, rowsA, dim, packed, normsB, columns, reach, panel, out);
}

function tileOf(metric: u32, tall: usize, flat: usize, dim: usize): void {
  if (metric == EUCLIDEAN) tile<SquaredDifference>(tall, flat, stepsOf(dim), TILE_SUMS);
  else tile<Product>(tall, flat, stepsOf(dim), TILE_SUMS);
}

function tileSum(r: usize, c: usize): f64 {
  return load<f64>(TILE_SUMS + (r * FLAT + c) * 8);
}

function normAt(metric: u32, norms: usize, n: usize): f64 {
  return metric == COSINE ? load<f64>(norms + n * 8) : 0;
}
