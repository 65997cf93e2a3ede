/** Kernels over dense rows: sums of squares, pairs, search and matrix. Every address is in bytes, every count in rows. */
import {
  BEST_QUERIES,
  BLOCK_DIM,
  BLOCK_METRIC,
  BLOCK_PACKED,
  BLOCK_PACKED_LENGTHS,
  BLOCK_PANEL,
  BLOCK_ROW_LENGTHS,
  BLOCK_ROWS,
  BLOCK_SCORES,
  CANDIDATE_SLOT,
  CANDIDATE_UPPER_F64,
  LENGTH_BYTES,
  ROWS_ADMIT,
  ROWS_AT,
  ROWS_DIM,
  ROWS_DTYPE,
  ROWS_METRIC,
  ROWS_MIN_SCORE_F64,
  ROWS_SCRATCH,
  ROWS_SQUARES,
} from '../src/backend/wasm/module/abi';
import { CANDIDATE_BYTES, COSINE, EUCLIDEAN, FLAT, FLOAT32, FLOAT64, TALL } from './abi';
import { offer, worstScore } from './best';
import { thresholdOf } from './encoded/certificate';
import { checkedCosine, inBounds, isBelow, leastFor, roundsAsCosine, score } from './score';
import { Product, SquaredDifference, sum, sumOf } from './sums';
import { packFlat, packRow, panelBytes, stepsOf, tile } from './tile';
import { rowAt } from './widen';

/** The sums of one tile, and the slots of the rows in a tall panel. */
const TILE_SUMS: usize = memory.data(<i32>(TALL * FLAT * 8), 16);
const PANEL_SLOTS: usize = memory.data(<i32>(TALL * 4), 16);

/**
 * Writes the sum of squares of each row to `squares`, unless that is 0. Stops at the first row for which it is not
 * finite and returns its index; -1 if there is none.
 */
function measure<T>(rows: usize, count: usize, dim: usize, squares: usize): i32 {
  for (let r: usize = 0; r < count; r++) {
    const row = rows + r * dim * sizeof<T>();
    const ofRow = sum<Product, T, T>(row, row, dim);
    if (!isFinite(ofRow)) return <i32>r;
    if (squares != 0) store<f64>(squares + r * 8, ofRow);
  }
  return -1;
}

export function measure32(rows: usize, count: usize, dim: usize, squares: usize): i32 {
  return measure<f32>(rows, count, dim, squares);
}

export function measure64(rows: usize, count: usize, dim: usize, squares: usize): i32 {
  return measure<f64>(rows, count, dim, squares);
}

/**
 * The same for rows of any stored type, which `scratch` widens. A float64 row that is not zero is refused as well if
 * its sum of squares is out of bounds.
 */
export function measureRows(dtype: u32, rows: usize, count: usize, dim: usize, squares: usize, scratch: usize): i32 {
  for (let r: usize = 0; r < count; r++) {
    const row = rowAt(dtype, rows, r, dim, scratch);
    let ofRow: f64;
    if (dtype == FLOAT64) {
      ofRow = sum<Product, f64, f64>(row, row, dim);
      if (!inBounds(ofRow) && !isZero(row, dim)) return <i32>r;
    } else {
      ofRow = sum<Product, f32, f32>(row, row, dim);
      if (!isFinite(ofRow)) return <i32>r;
    }
    if (squares != 0) store<f64>(squares + r * 8, ofRow);
  }
  return -1;
}

function isZero(row: usize, dim: usize): bool {
  for (let i: usize = 0; i < dim; i++) if (load<f64>(row + i * 8) != 0) return false;
  return true;
}

/** Scores row `i` of `a`, or its only row if `one`, with row `i` of `b`. Cosines out of bounds are NaN. */
function pairs<T>(metric: u32, a: usize, one: bool, b: usize, count: usize, dim: usize, out: usize): void {
  const rowBytes = dim * sizeof<T>();
  let squaresA: f64 = 0;
  for (let i: usize = 0; i < count; i++) {
    let value: f64;
    const pair = sumOf<T, T>(metric, a, b, dim);
    if (metric == COSINE) {
      if (i == 0 || !one) squaresA = sum<Product, T, T>(a, a, dim);
      value = checkedCosine(pair, squaresA, sum<Product, T, T>(b, b, dim));
    } else {
      value = score(metric, pair, 0, 0);
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

/** Offers the slots `first .. last` of a ROWS record to query `q`, whose elements lie widened at `query`. */
export function scan(
  rows: usize,
  first: usize,
  last: usize,
  query: usize,
  querySquares: f64,
  q: usize,
  best: usize,
): void {
  if (load<u32>(rows, ROWS_DTYPE) == FLOAT64) scanAs<f64>(rows, first, last, query, querySquares, q, best);
  else scanAs<f32>(rows, first, last, query, querySquares, q, best);
}

/**
 * Rows of T, or narrower ones widened to it. Deciding on the type of rows and sums for every row cost 4 % of a scan.
 */
function scanAs<T>(
  record: usize,
  first: usize,
  last: usize,
  query: usize,
  querySquares: f64,
  q: usize,
  best: usize,
): void {
  const metric = load<u32>(record, ROWS_METRIC);
  const dtype = load<u32>(record, ROWS_DTYPE);
  const dim: usize = load<u32>(record, ROWS_DIM);
  const rows: usize = load<u32>(record, ROWS_AT);
  const squares: usize = load<u32>(record, ROWS_SQUARES);
  const scratch: usize = load<u32>(record, ROWS_SCRATCH);
  const admit: usize = load<u32>(record, ROWS_ADMIT);
  const minScore = load<f64>(record, ROWS_MIN_SCORE_F64);
  const isNarrow = dtype != FLOAT32 && dtype != FLOAT64;
  let least = leastFor(metric, max(minScore, worstScore(best, q)), querySquares);
  for (let slot = first; slot < last; slot++) {
    if (admit != 0 && load<u8>(admit + slot) == 0) continue;
    const row = isNarrow ? rowAt(dtype, rows, slot, dim, scratch) : rows + slot * dim * sizeof<T>();
    const sums = sumOf<T, f64>(metric, row, query, dim);
    const rowSquares = squaresAt(metric, squares, slot);
    if (isBelow(least, sums, rowSquares)) continue;
    const value = score(metric, sums, querySquares, rowSquares);
    if (!(value >= minScore)) continue;
    offer(best, q, <u32>slot, value);
    least = leastFor(metric, max(minScore, worstScore(best, q)), querySquares);
  }
}

/** The canonical sum of a row as `rowAt` gives it and a query of f64. */
function sumWith(metric: u32, dtype: u32, row: usize, query: usize, dim: usize): f64 {
  return dtype == FLOAT64 ? sumOf<f64, f64>(metric, row, query, dim) : sumOf<f32, f64>(metric, row, query, dim);
}

/**
 * Offers `count` candidates in order of falling upper bound to query `q`, until the next bound lies below the worst row
 * kept. Returns how many it scored.
 */
export function scanCandidates(
  rows: usize,
  candidates: usize,
  count: usize,
  query: usize,
  querySquares: f64,
  q: usize,
  best: usize,
): usize {
  const metric = load<u32>(rows, ROWS_METRIC);
  const dtype = load<u32>(rows, ROWS_DTYPE);
  const dim: usize = load<u32>(rows, ROWS_DIM);
  const at: usize = load<u32>(rows, ROWS_AT);
  const squares: usize = load<u32>(rows, ROWS_SQUARES);
  const scratch: usize = load<u32>(rows, ROWS_SCRATCH);
  const minScore = load<f64>(rows, ROWS_MIN_SCORE_F64);
  for (let n: usize = 0; n < count; n++) {
    const candidate = candidates + n * CANDIDATE_BYTES;
    if (load<f64>(candidate, CANDIDATE_UPPER_F64) < worstThreshold(metric, best, q)) return n;
    const slot: usize = load<u32>(candidate, CANDIDATE_SLOT);
    const sums = sumWith(metric, dtype, rowAt(dtype, at, slot, dim, scratch), query, dim);
    const value = score(metric, sums, querySquares, squaresAt(metric, squares, slot));
    if (value >= minScore) offer(best, q, <u32>slot, value);
  }
  return count;
}

/** What g of a score must reach to get among the best of query `q`: -Infinity while there is room. */
export function worstThreshold(metric: u32, best: usize, q: usize): f64 {
  return thresholdOf(metric, worstScore(best, q));
}

/** `scan` for all queries of `best`, packed flat; four rows at a time are gathered into the tall panel at `panel`. */
export function scanBatch(
  rows: usize,
  first: usize,
  last: usize,
  packed: usize,
  queriesSquares: usize,
  panel: usize,
  best: usize,
): void {
  const dtype = load<u32>(rows, ROWS_DTYPE);
  const dim: usize = load<u32>(rows, ROWS_DIM);
  const at: usize = load<u32>(rows, ROWS_AT);
  const scratch: usize = load<u32>(rows, ROWS_SCRATCH);
  const admit: usize = load<u32>(rows, ROWS_ADMIT);
  let held: usize = 0;
  for (let slot = first; slot < last; slot++) {
    if (admit == 0 || load<u8>(admit + slot) != 0) {
      const row = rowAt(dtype, at, slot, dim, scratch);
      if (dtype == FLOAT64) packRow<f64>(row, dim, panel, TALL, held);
      else packRow<f32>(row, dim, panel, TALL, held);
      store<u32>(PANEL_SLOTS + held * 4, <u32>slot);
      held++;
    }
    if (held == TALL || (slot + 1 == last && held != 0)) {
      offerPanel(rows, held, packed, queriesSquares, panel, best);
      held = 0;
    }
  }
}

/** Scores the `held` rows in the tall panel with every query. */
function offerPanel(rows: usize, held: usize, packed: usize, queriesSquares: usize, panel: usize, best: usize): void {
  const metric = load<u32>(rows, ROWS_METRIC);
  const dim: usize = load<u32>(rows, ROWS_DIM);
  const squares: usize = load<u32>(rows, ROWS_SQUARES);
  const minScore = load<f64>(rows, ROWS_MIN_SCORE_F64);
  const queries: usize = load<u32>(best, BEST_QUERIES);
  for (let q: usize = 0; q < queries; q += FLAT) {
    tileOf(metric, panel, packed, dim);
    packed += panelBytes(FLAT, dim);
    for (let c: usize = 0; c < min<usize>(FLAT, queries - q); c++) {
      const querySquares = squaresAt(metric, queriesSquares, q + c);
      // Rows come in order: one that only ties the worst kept has lost.
      let worst = worstScore(best, q + c);
      const least = leastFor(metric, max(minScore, worst), querySquares);
      for (let r: usize = 0; r < held; r++) {
        const slot = load<u32>(PANEL_SLOTS + r * 4);
        const rowSquares = squaresAt(metric, squares, slot);
        if (isBelow(least, tileSum(r, c), rowSquares)) continue;
        const value = score(metric, tileSum(r, c), querySquares, rowSquares);
        if (!(value > worst && value >= minScore)) continue;
        offer(best, q + c, slot, value);
        worst = worstScore(best, q + c);
      }
    }
  }
}

export function pack32(rows: usize, count: usize, dim: usize, panels: usize): void {
  packFlat<f32>(rows, count, dim, panels);
}

export function pack64(rows: usize, count: usize, dim: usize, panels: usize): void {
  packFlat<f64>(rows, count, dim, panels);
}

/**
 * The scores of the first `count` rows of a BLOCK record with its first `columns` packed rows, rounded to float32,
 * row-major. Row `i` only needs its first `reach + i + 1` columns: what lies right of a diagonal is left out.
 */
function block<T>(record: usize, count: usize, columns: usize, reach: usize): void {
  const metric = load<u32>(record, BLOCK_METRIC);
  const dim: usize = load<u32>(record, BLOCK_DIM);
  const rows: usize = load<u32>(record, BLOCK_ROWS);
  const rowLengths: usize = load<u32>(record, BLOCK_ROW_LENGTHS);
  const packedLengths: usize = load<u32>(record, BLOCK_PACKED_LENGTHS);
  const panel: usize = load<u32>(record, BLOCK_PANEL);
  const scores: usize = load<u32>(record, BLOCK_SCORES);
  for (let i: usize = 0; i < count; i += TALL) {
    const held = min<usize>(TALL, count - i);
    for (let r: usize = 0; r < held; r++) packRow<T>(rows + (i + r) * dim * sizeof<T>(), dim, panel, TALL, r);
    const needed = min(columns, reach + i + held);
    let flat: usize = load<u32>(record, BLOCK_PACKED);
    for (let j: usize = 0; j < needed; j += FLAT) {
      tileOf(metric, panel, flat, dim);
      flat += panelBytes(FLAT, dim);
      for (let c: usize = 0; c < min<usize>(FLAT, columns - j); c++) {
        const ofPacked = packedLengths + (j + c) * LENGTH_BYTES;
        const inverse = metric == COSINE ? load<f64>(ofPacked, 8) : 0;
        for (let r: usize = 0; r < held; r++) {
          const sums = tileSum(r, c);
          const to = scores + ((i + r) * columns + j + c) * 4;
          const ofRow = rowLengths + (i + r) * LENGTH_BYTES;
          if (metric != COSINE) {
            store<f32>(to, <f32>score(metric, sums, 0, 0));
            continue;
          }
          const product = sums * load<f64>(ofRow, 8) * inverse;
          if (roundsAsCosine(product)) store<f32>(to, <f32>product);
          else store<f32>(to, <f32>score(metric, sums, load<f64>(ofRow), load<f64>(ofPacked)));
        }
      }
    }
  }
}

export function block32(record: usize, count: usize, columns: usize, reach: usize): void {
  block<f32>(record, count, columns, reach);
}

export function block64(record: usize, count: usize, columns: usize, reach: usize): void {
  block<f64>(record, count, columns, reach);
}

export function tileOf(metric: u32, tall: usize, flat: usize, dim: usize): void {
  if (metric == EUCLIDEAN) tile<SquaredDifference>(tall, flat, stepsOf(dim), TILE_SUMS);
  else tile<Product>(tall, flat, stepsOf(dim), TILE_SUMS);
}

export function tileSum(r: usize, c: usize): f64 {
  return load<f64>(TILE_SUMS + (r * FLAT + c) * 8);
}

export function squaresAt(metric: u32, squares: usize, n: usize): f64 {
  return metric == COSINE ? load<f64>(squares + n * 8) : 0;
}
