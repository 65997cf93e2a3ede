/**
 * Nearest rows of a sparse matrix in CSR form (u32 offsets and columns, values f32 or f64). An instance searches one
 * matrix: where things are is told once, by `placeRows` and `placeSearch`.
 */
import { BY_PRODUCTS, DICE, JACCARD } from '../src/backend/wasm/module/abi';
import { PAIR_BYTES } from './abi';
import { offer, worstScore } from './best';

let rows: usize = 0;
let indptr: usize = 0;
let indices: usize = 0;
let values: usize = 0;
let wide: bool = false;
/** The same entries by column. */
let starts: usize = 0;
let byColumn: usize = 0;
let byColumnValues: usize = 0;
/** Per column, where the rows begin that a row has yet to meet; the column's start where every row meets all. */
let from: usize = 0;
/** An f64 per row: its sum of squares, or for sets its size. Behind them the roots, as many. */
let weights: usize = 0;

let scoring: i32 = 0;
let shrinkage: f64 = 0;
let minSupport: u32 = 0;
/** Each pair is met once, by its lower row, and offered to both. */
let once: bool = false;
/** An f64 per row, all 0 between visits; a u32 per row likewise, or 0 where nobody counts. */
let sums: usize = 0;
let counts: usize = 0;
/** u32 row numbers to be visited, or 0 for all rows. */
let only: usize = 0;
let best: usize = 0;
/** The visit whose heap is the first. */
let lowest: usize = 0;

export function placeRows(
  rowCount: usize,
  indptrAt: usize,
  indicesAt: usize,
  valuesAt: usize,
  valuesAreWide: bool,
  startsAt: usize,
  byColumnAt: usize,
  byColumnValuesAt: usize,
  weightsAt: usize,
): void {
  rows = rowCount;
  indptr = indptrAt;
  indices = indicesAt;
  values = valuesAt;
  wide = valuesAreWide;
  starts = startsAt;
  byColumn = byColumnAt;
  byColumnValues = byColumnValuesAt;
  weights = weightsAt;
}

/**
 * Fills `starts` (all 0 before) and the entries by column: rows ascend because they are visited in order. `next` is u32
 * per column.
 */
export function turnRows(columns: usize, next: usize): void {
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
      if (wide) store<f64>(byColumnValues + at * 8, load<f64>(values + p * 8));
      else store<f32>(byColumnValues + at * 4, load<f32>(values + p * 4));
    }
  }
}

/** Fills `weights`: squares added by ascending column, or the number of entries. */
export function measureSparse(ofSets: bool): void {
  for (let r: usize = 0; r < rows; r++) {
    let squares: f64 = 0;
    const begin: usize = load<u32>(indptr + r * 4);
    const end: usize = load<u32>(indptr + r * 4 + 4);
    for (let p = begin; p < end; p++) {
      const value = valueAt(values, p);
      squares += value * value;
    }
    store<f64>(weights + r * 8, ofSets ? <f64>(end - begin) : squares);
    store<f64>(weights + (rows + r) * 8, Math.sqrt(squares));
  }
}

export function placeSearch(
  scoringCode: i32,
  shrinkageValue: f64,
  minSupportValue: u32,
  meetOnce: bool,
  fromAt: usize,
  sumsAt: usize,
  countsAt: usize,
  onlyAt: usize,
): void {
  scoring = scoringCode;
  shrinkage = shrinkageValue;
  minSupport = minSupportValue;
  once = meetOnce;
  from = fromAt;
  sums = sumsAt;
  counts = countsAt;
  only = onlyAt;
}

/** Where the heaps of the visits from number `lowestVisit` on are. */
export function placeHeaps(lowestVisit: usize, bestAt: usize): void {
  lowest = lowestVisit;
  best = bestAt;
}

/** Visits number `first .. last` by Gustavson's row-wise product (1978). */
export function visitFull(first: usize, last: usize): void {
  for (let visit = first; visit < last; visit++) {
    const row = rowOf(visit);
    const begin: usize = load<u32>(indptr + row * 4);
    const end: usize = load<u32>(indptr + row * 4 + 4);
    let terms: usize = 0;
    for (let p = begin; p < end; p++) {
      const column = <usize>load<u32>(indices + p * 4) * 4;
      if (once) store<u32>(from + column, load<u32>(from + column) + 1);
      const stop: usize = load<u32>(starts + column + 4);
      const start: usize = load<u32>(from + column);
      terms += stop - start;
      if (scoring != BY_PRODUCTS) count(start, stop);
      else if (wide) add<f64>(start, stop, load<f64>(values + p * 8));
      else add<f32>(start, stop, <f64>load<f32>(values + p * 4));
      if (counts != 0) support(start, stop);
    }
    // Taking a sum leaves 0 behind, so a row met again in another column is not offered twice.
    const floor: usize = once ? row + 1 : 0;
    if (terms >= rows - floor) {
      for (let other = floor; other < rows; other++) take(visit, row, other);
    } else {
      for (let p = begin; p < end; p++) {
        const column = <usize>load<u32>(indices + p * 4) * 4;
        const stop: usize = load<u32>(starts + column + 4);
        for (let t: usize = load<u32>(from + column); t < stop; t++) take(visit, row, load<u32>(byColumn + t * 4));
      }
    }
  }
}

/** Adds the products of one value with those of a column. */
function add<T>(start: usize, stop: usize, value: f64): void {
  for (let t = start; t < stop; t++) {
    const sum = sums + <usize>load<u32>(byColumn + t * 4) * 8;
    store<f64>(sum, load<f64>(sum) + value * <f64>load<T>(byColumnValues + t * sizeof<T>()));
  }
}

function count(start: usize, stop: usize): void {
  for (let t = start; t < stop; t++) {
    const sum = sums + <usize>load<u32>(byColumn + t * 4) * 8;
    store<f64>(sum, load<f64>(sum) + 1);
  }
}

function support(start: usize, stop: usize): void {
  for (let t = start; t < stop; t++) {
    const at = counts + <usize>load<u32>(byColumn + t * 4) * 4;
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** Takes the sum of `row` and `other` out of `sums` and offers their score, if it is positive and rests on enough. */
function take(visit: usize, row: usize, other: usize): void {
  const sum = load<f64>(sums + other * 8);
  store<f64>(sums + other * 8, 0);
  if (counts != 0) {
    const common = load<u32>(counts + other * 4);
    store<u32>(counts + other * 4, 0);
    if (common < minSupport) return;
  }
  if (sum == 0 || other == row) return;
  if (scoring != BY_PRODUCTS && sum < <f64>minSupport) return;
  if (scoring == BY_PRODUCTS && isUseless(visit, row, other, sum)) return;
  const a = load<f64>(weights + row * 8);
  const b = load<f64>(weights + other * 8);
  let score: f64 = 0;
  if (scoring == JACCARD) score = sum / (a + b - sum + shrinkage);
  else if (scoring == DICE) score = (2 * sum) / (a + b + shrinkage);
  else score = sum / (Math.sqrt(a * b) + shrinkage);
  present(visit, row, other, score);
}

/** Whether a score is certain to be kept by neither row: with norms in place of a root, whose roundings the factor makes up for. */
function isUseless(visit: usize, row: usize, other: usize, sum: f64): bool {
  const norms = weights + rows * 8;
  const near = sum / (load<f64>(norms + row * 8) * load<f64>(norms + other * 8) + shrinkage);
  const most = near * (1 + reinterpret<f64>((<u64>(1023 - 48)) << 52));
  return most < worstScore(best, visit - lowest) && (!once || most < worstScore(best, other - lowest));
}

/** What one row gathers about another over the columns that both have. Sizes in bytes. */
const COMMON: usize = 0;
const OWN_MEAN: usize = 8;
const OTHER_MEAN: usize = 16;
const DOT: usize = 24;
const OWN_SQUARES: usize = 32;
const OTHER_SQUARES: usize = 40;

/**
 * The same with norms (and, if `centred`, means) over the columns in common: `pairs` has PAIR_BYTES per row, all 0
 * between calls, `touched` a u32 per row.
 */
export function visitCorated(first: usize, last: usize, centred: bool, pairs: usize, touched: usize): void {
  for (let visit = first; visit < last; visit++) {
    const row = rowOf(visit);
    const begin: usize = load<u32>(indptr + row * 4);
    const end: usize = load<u32>(indptr + row * 4 + 4);
    let met: usize = 0;
    for (let p = begin; p < end; p++) {
      const column = <usize>load<u32>(indices + p * 4) * 4;
      if (once) store<u32>(from + column, load<u32>(from + column) + 1);
      const own = valueAt(values, p);
      const stop: usize = load<u32>(starts + column + 4);
      for (let t: usize = load<u32>(from + column); t < stop; t++) {
        const other: usize = load<u32>(byColumn + t * 4);
        const pair = pairs + other * PAIR_BYTES;
        const common = load<u32>(pair + COMMON);
        if (common == 0) store<u32>(touched + met++ * 4, <u32>other);
        store<u32>(pair + COMMON, common + 1);
        if (!centred) continue;
        grow(pair + OWN_MEAN, own);
        grow(pair + OTHER_MEAN, valueAt(byColumnValues, t));
      }
    }
    for (let n: usize = 0; n < met; n++) {
      const pair = pairs + <usize>load<u32>(touched + n * 4) * PAIR_BYTES;
      const common = <f64>load<u32>(pair + COMMON);
      store<f64>(pair + OWN_MEAN, load<f64>(pair + OWN_MEAN) / common);
      store<f64>(pair + OTHER_MEAN, load<f64>(pair + OTHER_MEAN) / common);
    }
    for (let p = begin; p < end; p++) {
      const column = <usize>load<u32>(indices + p * 4) * 4;
      const value = valueAt(values, p);
      const stop: usize = load<u32>(starts + column + 4);
      for (let t: usize = load<u32>(from + column); t < stop; t++) {
        const pair = pairs + <usize>load<u32>(byColumn + t * 4) * PAIR_BYTES;
        const own = value - load<f64>(pair + OWN_MEAN);
        const other = valueAt(byColumnValues, t) - load<f64>(pair + OTHER_MEAN);
        grow(pair + DOT, own * other);
        grow(pair + OWN_SQUARES, own * own);
        grow(pair + OTHER_SQUARES, other * other);
      }
    }
    for (let n: usize = 0; n < met; n++) {
      const other: usize = load<u32>(touched + n * 4);
      const pair = pairs + other * PAIR_BYTES;
      const scale = Math.sqrt(load<f64>(pair + OWN_SQUARES) * load<f64>(pair + OTHER_SQUARES));
      const score = load<f64>(pair + DOT) / (scale + shrinkage);
      if (other != row && load<u32>(pair + COMMON) >= minSupport) present(visit, row, other, score);
      memory.fill(pair, 0, PAIR_BYTES);
    }
  }
}

/** Offers a score, if it is positive, to the row visited, and to the other one if nobody else will. */
function present(visit: usize, row: usize, other: usize, score: f64): void {
  if (!(score > 0)) return;
  if (score > 1) score = 1;
  offer(best, visit - lowest, <u32>other, score);
  if (once) offer(best, other - lowest, <u32>row, score);
}

function rowOf(visit: usize): usize {
  return only == 0 ? visit : <usize>load<u32>(only + visit * 4);
}

function valueAt(at: usize, n: usize): f64 {
  return wide ? load<f64>(at + n * 8) : <f64>load<f32>(at + n * 4);
}

function grow(sum: usize, by: f64): void {
  store<f64>(sum, load<f64>(sum) + by);
}
