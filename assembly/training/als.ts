/** Alternating least squares for implicit feedback, as the contract words it. */

import {
  ALS_FACTORS,
  ALS_GRAM,
  ALS_INDICES,
  ALS_L2,
  ALS_OTHERS,
  ALS_SCRATCH,
  ALS_STARTS,
  ALS_STRIDE,
  ALS_WEIGHTS,
} from '../../src/backend/wasm/module/abi';
import { dotFloats } from '../lanes/float32';
import { addScaledRow, scaleAndAddRow, subtractScaledRow, timesGram } from '../lanes/float32-rows';

/** Rows whose products are added in float32 before they join the float64 sums. */
const GRAM_BLOCK: usize = 256;

/**
 * The Gram matrix of `count` rows. `sums` has room for as many float32, `totals` for as many float64 (zero on entry).
 */
export function alsGram(rows: usize, count: usize, stride: usize, sums: usize, totals: usize, out: usize): void {
  const bytes = stride * 4;
  const cells = stride * stride;
  for (let begin: usize = 0; begin < count; begin += GRAM_BLOCK) {
    const end = min(begin + GRAM_BLOCK, count);
    memory.fill(sums, 0, cells * 4);
    for (let row = begin; row < end; row++) {
      const y = rows + row * bytes;
      for (let a: usize = 0; a < stride; a++) addScaledRow(sums + a * bytes, load<f32>(y + a * 4), y, bytes);
    }
    for (let n: usize = 0; n < cells; n++) {
      store<f64>(totals + n * 8, load<f64>(totals + n * 8) + <f64>load<f32>(sums + n * 4));
    }
  }
  for (let n: usize = 0; n < cells; n++) store<f32>(out + n * 4, <f32>load<f64>(totals + n * 8));
}

/** Everything of a half step that stays the same from row to row. */
let indicesAt: usize = 0;
let weightsAt: usize = 0;
let othersAt: usize = 0;
let gramAt: usize = 0;
let rowBytes: usize = 0;

/** Solves for the rows first .. last of an ALS record. */
export function alsSolve(side: usize, first: usize, last: usize, steps: usize, tolerance: f32, cold: bool): void {
  const starts: usize = load<u32>(side, ALS_STARTS);
  const l2: usize = load<u32>(side, ALS_L2);
  const factors: usize = load<u32>(side, ALS_FACTORS);
  const scratch: usize = load<u32>(side, ALS_SCRATCH);
  indicesAt = load<u32>(side, ALS_INDICES);
  weightsAt = load<u32>(side, ALS_WEIGHTS);
  othersAt = load<u32>(side, ALS_OTHERS);
  gramAt = load<u32>(side, ALS_GRAM);
  rowBytes = load<u32>(side, ALS_STRIDE) * 4;
  for (let row = first; row < last; row++) {
    const begin: usize = load<u32>(starts + row * 4);
    const end: usize = load<u32>(starts + row * 4, 4);
    const x = factors + row * rowBytes;
    if (cold || begin == end) memory.fill(x, 0, rowBytes);
    if (begin != end) solveRow(begin, end, load<f32>(l2 + row * 4), x, steps, tolerance, scratch);
  }
}

function solveRow(begin: usize, end: usize, l2: f32, x: usize, steps: usize, tolerance: f32, scratch: usize): void {
  const residual = scratch;
  const p = scratch + rowBytes;
  const product = p + rowBytes;
  timesGram(gramAt, x, l2, rowBytes, product);
  memory.fill(residual, 0, rowBytes);
  subtractScaledRow(residual, 1, product, rowBytes);
  for (let at = begin; at < end; at++) {
    const y = rowOf(at);
    const weight = load<f32>(weightsAt + at * 4);
    addScaledRow(residual, 1 + weight - weight * dotFloats(y, x, rowBytes), y, rowBytes);
  }
  memory.copy(p, residual, rowBytes);
  let squares = dotFloats(residual, residual, rowBytes);
  const enough = tolerance * squares;
  for (let step: usize = 0; step < steps && squares > enough; step++) {
    timesGram(gramAt, p, l2, rowBytes, product);
    for (let at = begin; at < end; at++) {
      const y = rowOf(at);
      addScaledRow(product, load<f32>(weightsAt + at * 4) * dotFloats(y, p, rowBytes), y, rowBytes);
    }
    const curvature = dotFloats(p, product, rowBytes);
    if (!(curvature > 0)) return;
    const length = squares / curvature;
    addScaledRow(x, length, p, rowBytes);
    subtractScaledRow(residual, length, product, rowBytes);
    const left = dotFloats(residual, residual, rowBytes);
    scaleAndAddRow(p, left / squares, residual, rowBytes);
    squares = left;
  }
}

/** The other side's row in cell `at`. */
function rowOf(at: usize): usize {
  return othersAt + <usize>load<u32>(indicesAt + at * 4) * rowBytes;
}
