/**
 * The encoded corpus of an instance: where it lies, how rows enter it (docs/internals/exactness.md, "The encoding").
 */
import {
  STRIP_COARSE_F64,
  STRIP_FINE_F64,
  STRIP_REACH_F64,
  STRIP_SCALE_F64,
  STRIP_UNIT_F64,
} from '../../src/backend/wasm/module/abi';
import { COSINE, EUCLIDEAN, FLOAT64, RAW, ROTATED, STRIP_BYTES, STRIP_ROWS } from '../abi';
import {
  BLOCK,
  coarseSquares as coarseSquaresOfBlocks,
  fineSquares as fineSquaresOfBlocks,
  roundBlocks,
  splitCodes,
} from '../lanes/codes';
import {
  add,
  div,
  larger,
  largestLane,
  loadLanes,
  magnitude,
  mul,
  splat,
  storeLanes,
  sub,
  total,
  WIDTH,
  widen,
  zero,
} from '../lanes/float64';
import { Product, sum } from '../sums';
import { rowAt } from '../widen';
import { normBound, roundingFactor, scaleFor, unitFor } from './certificate';
import { rotate, rotationLevels } from './rotate';

/** Offsets of the 32 rows of the strip that is being encoded. */
const STRIP_OFFSETS: usize = memory.data(32 * 8, 16);

export let metric: u32 = 0;
export let mode: u32 = 0;
export let dim: usize = 0;
/** Bytes of a row in one plane. */
export let half: usize = 0;
export let high: usize = 0;
export let low: usize = 0;
export let strips: usize = 0;
export let offsets: usize = 0;
export let mean: usize = 0;
/** Twice the norm of the mean. */
export let twiceMean: f64 = 0;
export let factor: f64 = 0;

/**
 * Says where everything lies. To be called before any other kernel here, and whenever an address or the mean changes.
 */
export function placeEncoding(
  metricCode: u32,
  modeCode: u32,
  dimension: usize,
  highAt: usize,
  lowAt: usize,
  stripsAt: usize,
  offsetsAt: usize,
  meanAt: usize,
): void {
  metric = metricCode;
  mode = modeCode;
  dim = dimension;
  half = ((dimension + 31) / 32) * 16;
  high = highAt;
  low = lowAt;
  strips = stripsAt;
  offsets = offsetsAt;
  mean = meanAt;
  twiceMean = 2 * normBound(sum<Product, f64, f64>(mean, mean, dim), dim);
  factor = roundingFactor(dim, rotationLevels(dim));
}

/** Adds the directions (cosine) or the rows themselves to the f64 sums at `sums`. `work` takes a row and one widened. */
export function addRows(dtype: u32, rows: usize, rowSquares: usize, count: usize, work: usize, sums: usize): void {
  for (let r: usize = 0; r < count; r++) {
    direct(dtype, rowAt(dtype, rows, r, dim, work + dim * 8), normAt(rowSquares, r), work);
    let j: usize = 0;
    for (; j + WIDTH <= dim; j += WIDTH)
      storeLanes(sums + j * 8, add(loadLanes(sums + j * 8), loadLanes(work + j * 8)));
    for (; j < dim; j++) store<f64>(sums + j * 8, load<f64>(sums + j * 8) + load<f64>(work + j * 8));
  }
}

/** The norm of row `r`, which only the cosine reads. */
function normAt(rowSquares: usize, r: usize): f64 {
  return metric == COSINE ? Math.sqrt(load<f64>(rowSquares + r * 8)) : 1;
}

/** Writes a row as f64 to `to`, over its norm if the metric is the cosine. */
function direct(dtype: u32, row: usize, norm: f64, to: usize): void {
  if (metric == COSINE && norm == 0) memory.fill(to, 0, dim * 8);
  else if (dtype == FLOAT64) directAs<f64>(row, norm, to);
  else directAs<f32>(row, norm, to);
}

/**
 * Where nothing is subtracted afterwards, the reciprocal may round in its place: it takes a third of the time of
 * quotients.
 */
function directAs<T>(row: usize, norm: f64, to: usize): void {
  const tail = dim % WIDTH;
  const end = to + (dim - tail) * 8;
  if (metric == COSINE && mode != RAW) {
    for (; to != end; row += WIDTH * sizeof<T>(), to += WIDTH * 8) storeLanes(to, div(widen<T>(row, 0), splat(norm)));
    if (tail != 0) store<f64>(to, <f64>load<T>(row) / norm);
  } else {
    const by = metric == COSINE ? 1 / norm : 1;
    for (; to != end; row += WIDTH * sizeof<T>(), to += WIDTH * 8) storeLanes(to, mul(widen<T>(row, 0), splat(by)));
    if (tail != 0) store<f64>(to, <f64>load<T>(row) * by);
  }
}

/** Of the vector transformed last: its sum of squares, and its largest magnitude. */
export let squares: f64 = 0;
export let largest: f64 = 0;

/** Writes `a` of a row, or `b` of a query, to `to`, and returns `A` or `B`. */
export function transform(dtype: u32, row: usize, norm: f64, isQuery: bool, to: usize): f64 {
  direct(dtype, row, norm, to);
  let inner: f64 = 0;
  // The mean of raw rows is zero.
  if (mode != RAW) {
    if (!isQuery) inner = sum<Product, f64, f64>(mean, to, dim);
    let j: usize = 0;
    for (; j + WIDTH <= dim; j += WIDTH) storeLanes(to + j * 8, sub(loadLanes(to + j * 8), loadLanes(mean + j * 8)));
    for (; j < dim; j++) store<f64>(to + j * 8, load<f64>(to + j * 8) - load<f64>(mean + j * 8));
    if (isQuery) inner = sum<Product, f64, f64>(mean, to, dim);
  }
  if (mode == ROTATED) rotate(to, dim);
  measure(to);
  return metric == EUCLIDEAN ? -0.5 * squares : inner;
}

function measure(values: usize): void {
  let sumA = zero(),
    sumB = zero(),
    mostA = zero(),
    mostB = zero();
  let j: usize = 0;
  for (; j + 2 * WIDTH <= dim; j += 2 * WIDTH) {
    const a = loadLanes(values + j * 8);
    const b = loadLanes(values + (j + WIDTH) * 8);
    sumA = add(sumA, mul(a, a));
    sumB = add(sumB, mul(b, b));
    mostA = larger(mostA, magnitude(a));
    mostB = larger(mostB, magnitude(b));
  }
  squares = total(add(sumA, sumB));
  largest = largestLane(larger(mostA, mostB));
  for (; j < dim; j++) {
    const a = load<f64>(values + j * 8);
    squares += a * a;
    largest = Math.max(largest, Math.abs(a));
  }
}

/**
 * Encodes the 32 rows at `rows` as strip number `strip`. `work` takes the transformed rows, `32 * dim` f64, and after
 * them a widened row, later the codes of one.
 */
export function encodeStrip(dtype: u32, rows: usize, rowSquares: usize, strip: usize, work: usize): void {
  const scratch = work + STRIP_ROWS * dim * 8;
  let largestElement: f64 = 0,
    largestOffset: f64 = 0,
    norm: f64 = 0;
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const row = rowAt(dtype, rows, r, dim, scratch);
    const values = work + r * dim * 8;
    const offset = transform(dtype, row, normAt(rowSquares, r), false, values);
    store<f64>(STRIP_OFFSETS + r * 8, offset);
    largestOffset = Math.max(largestOffset, Math.abs(offset));
    largestElement = Math.max(largestElement, largest);
    norm = Math.max(norm, squares);
  }
  const scale = scaleFor(largestElement, 127);
  const unit = unitFor(largestOffset);
  let fine: f64 = 0,
    coarse: f64 = 0;
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const values = work + r * dim * 8;
    const slot = strip * STRIP_ROWS + r;
    const left = encodeRow(values, scale, scratch, high + slot * half, low + slot * half);
    fine = Math.max(fine, left);
    coarse = Math.max(coarse, coarseSquares);
    const offset = unit == 0 ? 0 : load<f64>(STRIP_OFFSETS + r * 8) / unit;
    store<f32>(offsets + slot * 4, <f32>offset);
  }
  const at = strips + strip * STRIP_BYTES;
  const fineBound = normBound(fine, dim);
  store<f64>(at, scale, STRIP_SCALE_F64);
  store<f64>(at, unit, STRIP_UNIT_F64);
  store<f64>(at, fineBound, STRIP_FINE_F64);
  store<f64>(at, normBound(coarse, dim), STRIP_COARSE_F64);
  store<f64>(at, normBound(norm, dim) + fineBound, STRIP_REACH_F64);
}

/** The squared residual of the high plane of the row encoded last: the second result of `encodeRow`. */
let coarseSquares: f64 = 0;

/** Writes a row's nibbles and returns its squared residual. Elements past the row's end are encoded as 0. */
function encodeRow(values: usize, scale: f64, codes: usize, highRow: usize, lowRow: usize): f64 {
  const whole = dim - (dim % BLOCK);
  roundBlocks(values, whole, scale, codes);
  let fine = fineSquaresOfBlocks,
    coarse = coarseSquaresOfBlocks;
  for (let j = whole; j < dim; j++) {
    const a = load<f64>(values + j * 8);
    const code = quantised(a, scale, 127) + 128;
    const fineLeft = a - scale * <f64>(code - 128);
    const coarseLeft = a - scale * (<f64>(code & 0xf0) - 120.5);
    fine += fineLeft * fineLeft;
    coarse += coarseLeft * coarseLeft;
    store<u8>(codes + j, <u8>code);
  }
  memory.fill(codes + dim, 128, 2 * half - dim);
  splitCodes(codes, half, highRow, lowRow);
  coarseSquares = coarse;
  return fine;
}

/** `value / scale` as the nearest integer within `[-limit, limit]`; 0 where there is no scale. */
export function quantised(value: f64, scale: f64, limit: f64): i32 {
  if (scale == 0) return 0;
  return <i32>Math.max(-limit, Math.min(limit, nearest<f64>(value / scale)));
}

/**
 * Whether strip number `strip` is true of the 32 rows at `rows`: what it lost and where it lies are within its bounds.
 * A bound computed elsewhere may have been rounded otherwise, which the last factor forgives.
 */
export function isTrueOf(dtype: u32, rows: usize, rowSquares: usize, strip: usize, work: usize): bool {
  const scratch = work + dim * 8;
  const at = strips + strip * STRIP_BYTES;
  const scale = load<f64>(at, STRIP_SCALE_F64);
  const unit = load<f64>(at, STRIP_UNIT_F64);
  const reach = load<f64>(at, STRIP_REACH_F64);
  const slack = factor * (reach + twiceMean);
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const row = rowAt(dtype, rows, r, dim, scratch);
    const offset = transform(dtype, row, normAt(rowSquares, r), false, work);
    const slot = strip * STRIP_ROWS + r;
    const kept = <f64>load<f32>(offsets + slot * 4) * unit;
    const offsetSlack = slack * (reach + twiceMean) + unit * reinterpret<f64>((<u64>(1023 - 24)) << 52);
    if (!(Math.abs(kept - offset) <= 2 * offsetSlack)) return false;
    let fine: f64 = 0,
      coarse: f64 = 0;
    for (let j: usize = 0; j < dim; j++) {
      const inHigh = j < half ? j : j - half;
      const shift: u32 = j < half ? 0 : 4;
      const h = (<u32>load<u8>(high + slot * half + inHigh) >> shift) & 15;
      const l = (<u32>load<u8>(low + slot * half + inHigh) >> shift) & 15;
      const a = load<f64>(work + j * 8);
      const fineLeft = a - scale * (<f64>(h * 16 + l) - 128);
      const coarseLeft = a - scale * (<f64>(h * 16) - 120.5);
      fine += fineLeft * fineLeft;
      coarse += coarseLeft * coarseLeft;
    }
    const forgiven = 2 * slack + UNDERFLOWN;
    if (!(Math.sqrt(fine) <= load<f64>(at, STRIP_FINE_F64) + forgiven)) return false;
    if (!(Math.sqrt(coarse) <= load<f64>(at, STRIP_COARSE_F64) + forgiven)) return false;
    if (!(Math.sqrt(squares) + load<f64>(at, STRIP_FINE_F64) <= reach + forgiven)) return false;
  }
  return true;
}

/** As small as a residual may be off by underflow. */
const UNDERFLOWN: f64 = reinterpret<f64>((<u64>(1023 - 500)) << 52);
