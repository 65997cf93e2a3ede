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
import { COSINE, EUCLIDEAN, FLOAT64, ROTATED, STRIP_BYTES, STRIP_ROWS } from '../abi';
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
  let squares: f64 = 0;
  for (let j: usize = 0; j < dim; j++) {
    const m = load<f64>(mean + j * 8);
    squares += m * m;
  }
  twiceMean = 2 * normBound(squares, dim);
  factor = roundingFactor(dim, rotationLevels(dim));
}

/** Adds the directions (cosine) or the rows themselves to the f64 sums at `sums`. `scratch` is for widening. */
export function addRows(dtype: u32, rows: usize, squares: usize, count: usize, scratch: usize, sums: usize): void {
  for (let r: usize = 0; r < count; r++) {
    const row = rowAt(dtype, rows, r, dim, scratch);
    const norm = normAt(squares, r);
    for (let j: usize = 0; j < dim; j++) {
      store<f64>(sums + j * 8, load<f64>(sums + j * 8) + directed(dtype, row, j, norm));
    }
  }
}

/** The norm of row `r`; 1 for all metrics but the cosine. */
function normAt(squares: usize, r: usize): f64 {
  return metric == COSINE ? Math.sqrt(load<f64>(squares + r * 8)) : 1;
}

/** Element `j` over the norm, which is 1 for all metrics but the cosine. */
function directed(dtype: u32, row: usize, j: usize, norm: f64): f64 {
  const x = dtype == FLOAT64 ? load<f64>(row + j * 8) : <f64>load<f32>(row + j * 4);
  if (metric != COSINE) return x;
  return norm == 0 ? 0 : x / norm;
}

/** Writes `a` of a row, or `b` of a query, to `to`, and returns `A` or `B`. */
export function transform(dtype: u32, row: usize, norm: f64, isQuery: bool, to: usize): f64 {
  let inner: f64 = 0;
  for (let j: usize = 0; j < dim; j++) {
    const x = directed(dtype, row, j, norm);
    const m = load<f64>(mean + j * 8);
    const centred = x - m;
    inner += m * (isQuery ? centred : x);
    store<f64>(to + j * 8, centred);
  }
  if (mode == ROTATED) rotate(to, dim);
  return metric == EUCLIDEAN ? -0.5 * squaresOf(to) : inner;
}

export function squaresOf(values: usize): f64 {
  let squares: f64 = 0;
  for (let j: usize = 0; j < dim; j++) {
    const a = load<f64>(values + j * 8);
    squares += a * a;
  }
  return squares;
}

export function largestOf(values: usize): f64 {
  let largest: f64 = 0;
  for (let j: usize = 0; j < dim; j++) largest = Math.max(largest, Math.abs(load<f64>(values + j * 8)));
  return largest;
}

/**
 * Encodes the 32 rows at `rows` as strip number `strip`. `work` takes the transformed rows, `32 * dim` f64, and after
 * them a widened row.
 */
export function encodeStrip(dtype: u32, rows: usize, squares: usize, strip: usize, work: usize): void {
  const scratch = work + STRIP_ROWS * dim * 8;
  let largest: f64 = 0,
    largestOffset: f64 = 0;
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const row = rowAt(dtype, rows, r, dim, scratch);
    const values = work + r * dim * 8;
    const offset = transform(dtype, row, normAt(squares, r), false, values);
    store<f64>(STRIP_OFFSETS + r * 8, offset);
    largestOffset = Math.max(largestOffset, Math.abs(offset));
    largest = Math.max(largest, largestOf(values));
  }
  const scale = scaleFor(largest, 127);
  const unit = unitFor(largestOffset);
  let fine: f64 = 0,
    coarse: f64 = 0,
    norm: f64 = 0;
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const values = work + r * dim * 8;
    const slot = strip * STRIP_ROWS + r;
    const left = encodeRow(values, scale, high + slot * half, low + slot * half);
    fine = Math.max(fine, left);
    coarse = Math.max(coarse, coarseSquares);
    norm = Math.max(norm, squaresOf(values));
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
function encodeRow(values: usize, scale: f64, highRow: usize, lowRow: usize): f64 {
  let fine: f64 = 0,
    coarse: f64 = 0;
  for (let j: usize = 0; j < half; j++) {
    let first: i32 = 128,
      second: i32 = 128;
    if (j < dim) {
      const a = load<f64>(values + j * 8);
      first = quantised(a, scale, 127) + 128;
      const fineLeft = a - scale * <f64>(first - 128);
      const coarseLeft = a - scale * (<f64>(first & 0xf0) - 120.5);
      fine += fineLeft * fineLeft;
      coarse += coarseLeft * coarseLeft;
    }
    if (j + half < dim) {
      const a = load<f64>(values + (j + half) * 8);
      second = quantised(a, scale, 127) + 128;
      const fineLeft = a - scale * <f64>(second - 128);
      const coarseLeft = a - scale * (<f64>(second & 0xf0) - 120.5);
      fine += fineLeft * fineLeft;
      coarse += coarseLeft * coarseLeft;
    }
    store<u8>(highRow + j, <u8>((first >> 4) | (second & 0xf0)));
    store<u8>(lowRow + j, <u8>((first & 15) | ((second & 15) << 4)));
  }
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
export function isTrueOf(dtype: u32, rows: usize, squares: usize, strip: usize, work: usize): bool {
  const scratch = work + dim * 8;
  const at = strips + strip * STRIP_BYTES;
  const scale = load<f64>(at, STRIP_SCALE_F64);
  const unit = load<f64>(at, STRIP_UNIT_F64);
  const reach = load<f64>(at, STRIP_REACH_F64);
  const slack = factor * (reach + twiceMean);
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const row = rowAt(dtype, rows, r, dim, scratch);
    const offset = transform(dtype, row, normAt(squares, r), false, work);
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
    if (!(Math.sqrt(squaresOf(work)) + load<f64>(at, STRIP_FINE_F64) <= reach + forgiven)) return false;
  }
  return true;
}

/** As small as a residual may be off by underflow. */
const UNDERFLOWN: f64 = reinterpret<f64>((<u64>(1023 - 500)) << 52);
