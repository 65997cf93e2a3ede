/**
 * Sweeps over the encoded strips: every row that may be among the best of a query becomes a candidate, all others are
 * shown not to be (docs/internals/exactness.md, "What a search does with it").
 */
import {
  STRIP_COARSE_F64,
  STRIP_FINE_F64,
  STRIP_REACH_F64,
  STRIP_SCALE_F64,
  STRIP_UNIT_F64,
} from '../../src/backend/wasm/module/abi';
import { STRIP_BYTES, STRIP_ROWS } from '../abi';
import {
  coarseSum,
  coarseTile,
  fineSum,
  fineTile,
  largestOfStrip,
  MULTIPLIES_BYTES,
  MULTIPLIES_INTEGERS,
  TILE_ROWS,
  unpackCoarse,
  unpackFine,
} from '../lanes/integer';
import { halfWidth, smallestSum } from './certificate';
import {
  coarseNarrow,
  coarseRest,
  coarseStep,
  coarseTotal,
  coarseWide,
  countCoarse,
  countFine,
  fineElements,
  fineRest,
  fineStep,
  fineTotal,
  forgetLowers,
  isFull,
  keepCandidate,
  normOf,
  noteLower,
  offsetOf,
  sizeOf,
  threshold,
} from './query';
import { factor, half, high, low, metric, offsets, strips, twiceMean } from './strips';

/** Sums of one strip with two queries. */
const SUMS_A: usize = memory.data(<i32>(STRIP_ROWS * 4), 16);
const SUMS_B: usize = memory.data(<i32>(STRIP_ROWS * 4), 16);

/** A byte per slot that admits its row, or 0; a byte per strip whose rows have changed; room for an unpacked strip. */
let admit: usize = 0;
let stale: usize = 0;
let panels: usize = 0;

/** Says what the following sweeps go by. `panelsAt` takes `32 * 4 * half` bytes. */
export function placeSweep(admitAt: usize, staleAt: usize, panelsAt: usize): void {
  admit = admitAt;
  stale = staleAt;
  panels = panelsAt;
}

export function multipliesIntegers(): bool {
  return MULTIPLIES_INTEGERS;
}

export function multipliesBytes(): bool {
  return MULTIPLIES_BYTES;
}

/** Half the width of the fine interval of a strip's rows, and of the coarse one. */
function fineWidth(query: usize, strip: usize): f64 {
  const reach = load<f64>(strip, STRIP_REACH_F64);
  const rest = fineRest(query);
  const X = reach + twiceMean;
  const Y = sizeOf(query, rest);
  return halfWidth(
    metric,
    factor,
    load<f64>(strip, STRIP_FINE_F64),
    reach,
    normOf(query),
    rest,
    load<f64>(strip, STRIP_UNIT_F64),
    X,
    Y,
  );
}

function coarseWidth(query: usize, strip: usize): f64 {
  const coarse = load<f64>(strip, STRIP_COARSE_F64);
  const kept = load<f64>(strip, STRIP_REACH_F64) + coarse;
  const rest = coarseRest(query);
  const X = kept + twiceMean;
  const Y = sizeOf(query, rest);
  return halfWidth(metric, factor, coarse, kept, normOf(query), rest, load<f64>(strip, STRIP_UNIT_F64), X, Y);
}

/** The estimate `G` of a row from its integer sum `I`. */
function estimate(scale: f64, sum: f64, slot: usize, unit: f64, B: f64): f64 {
  return scale * sum + <f64>load<f32>(offsets + slot * 4) * unit + B;
}

/** The exact integer sum of a row and the fine query. */
function fineProduct(query: usize, slot: usize): i32 {
  return fineSum(high + slot * half, low + slot * half, fineElements(query), half) - 128 * fineTotal(query);
}

/** Whether the mask admits nothing in a strip. */
function admitsNone(strip: usize): bool {
  if (admit == 0) return false;
  const at = admit + strip * STRIP_ROWS;
  return (load<u64>(at) | load<u64>(at, 8) | load<u64>(at, 16) | load<u64>(at, 24)) == 0;
}

function admits(slot: usize): bool {
  return admit == 0 || load<u8>(admit + slot) != 0;
}

/** Finds a first threshold from `count` of the strips `first .. last`, spread evenly. */
export function seedThreshold(query: usize, first: usize, last: usize, count: usize): void {
  for (let n: usize = 0; n < count; n++) {
    const strip = first + (n * (last - first)) / count;
    if (load<u8>(stale + strip) != 0 || admitsNone(strip)) continue;
    const at = strips + strip * STRIP_BYTES;
    const E = fineWidth(query, at);
    const scale = load<f64>(at, STRIP_SCALE_F64) * fineStep(query);
    const unit = load<f64>(at, STRIP_UNIT_F64);
    const B = offsetOf(query);
    for (let slot = strip * STRIP_ROWS; slot < (strip + 1) * STRIP_ROWS; slot++) {
      if (!admits(slot)) continue;
      noteLower(query, estimate(scale, <f64>fineProduct(query, slot), slot, unit, B) - E);
    }
  }
  forgetLowers(query);
}

/**
 * Sweeps the strips `first .. last` for one query, with the coarse stage before the fine one if `coarse`. Returns where
 * it stopped: `last`, or the strip before which its candidates must be scored to make room. Strips whose byte in
 * `stale` is set are passed over.
 */
export function sweepOne(query: usize, first: usize, last: usize, coarse: bool): usize {
  for (let strip = first; strip < last; strip++) {
    if (load<u8>(stale + strip) != 0 || admitsNone(strip)) continue;
    if (isFull(query, STRIP_ROWS)) return strip;
    if (coarse) sweepCoarsely(query, strip);
    else sweepFinely(query, strip);
  }
  return last;
}

function sweepFinely(query: usize, strip: usize): void {
  const at = strips + strip * STRIP_BYTES;
  const E = fineWidth(query, at);
  const scale = load<f64>(at, STRIP_SCALE_F64) * fineStep(query);
  const unit = load<f64>(at, STRIP_UNIT_F64);
  const B = offsetOf(query);
  let kept: u32 = 0;
  for (let slot = strip * STRIP_ROWS; slot < (strip + 1) * STRIP_ROWS; slot++) {
    if (!admits(slot)) continue;
    const G = estimate(scale, <f64>fineProduct(query, slot), slot, unit, B);
    if (G + E < threshold(query)) continue;
    keepCandidate(query, G + E, slot);
    noteLower(query, G - E);
    kept++;
  }
  countCoarse(query, <u32>STRIP_ROWS);
  countFine(query, kept);
}

function sweepCoarsely(query: usize, strip: usize): void {
  const at = strips + strip * STRIP_BYTES;
  const E = coarseWidth(query, at);
  const scale = load<f64>(at, STRIP_SCALE_F64) * coarseStep(query);
  const unit = load<f64>(at, STRIP_UNIT_F64);
  const B = offsetOf(query);
  const middle = 120.5 * <f64>coarseTotal(query);
  const wide = coarseWide(query);
  const narrow = coarseNarrow(query);
  let left: u32 = 0;
  for (let slot = strip * STRIP_ROWS; slot < (strip + 1) * STRIP_ROWS; slot++) {
    if (!admits(slot)) continue;
    const sum = 16 * <f64>coarseSum(high + slot * half, wide, narrow, half) - middle;
    if (estimate(scale, sum, slot, unit, B) + E < threshold(query)) continue;
    left++;
    examine(query, slot, at);
  }
  countCoarse(query, left);
}

/** The fine stage for one row. */
function examine(query: usize, slot: usize, strip: usize): void {
  const scale = load<f64>(strip, STRIP_SCALE_F64) * fineStep(query);
  const E = fineWidth(query, strip);
  const G = estimate(scale, <f64>fineProduct(query, slot), slot, load<f64>(strip, STRIP_UNIT_F64), offsetOf(query));
  if (G + E < threshold(query)) return;
  keepCandidate(query, G + E, slot);
  noteLower(query, G - E);
  countFine(query, 1);
}

/**
 * The same for `count` queries whose records lie `stride` bytes apart: a strip is unpacked once and multiplied with two
 * queries at a time.
 */
export function sweepMany(queries: usize, stride: usize, count: usize, first: usize, last: usize, coarse: bool): usize {
  for (let strip = first; strip < last; strip++) {
    if (load<u8>(stale + strip) != 0 || admitsNone(strip)) continue;
    for (let q: usize = 0; q < count; q++) if (isFull(queries + q * stride, STRIP_ROWS)) return strip;
    const largestOffset = largestOffsetOf(strip);
    if (coarse) unpackStripCoarsely(strip);
    else unpackStrip(strip);
    for (let q: usize = 0; q < count; q += 2) {
      const a = queries + q * stride;
      const b = q + 1 < count ? a + stride : a;
      if (coarse) {
        multiplyCoarsely(coarseNarrow(a), coarseNarrow(b));
        takeCoarse(a, strip, SUMS_A, largestOffset);
        if (b != a) takeCoarse(b, strip, SUMS_B, largestOffset);
      } else {
        multiply(fineElements(a), fineElements(b));
        takeFine(a, strip, SUMS_A, largestOffset);
        if (b != a) takeFine(b, strip, SUMS_B, largestOffset);
      }
    }
  }
  return last;
}

function unpackStrip(strip: usize): void {
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const at = (strip * STRIP_ROWS + r) * half;
    unpackFine(high + at, low + at, half, panels + (r / TILE_ROWS) * 16 * half, r % TILE_ROWS);
  }
}

function unpackStripCoarsely(strip: usize): void {
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    unpackCoarse(high + (strip * STRIP_ROWS + r) * half, half, panels + (r / TILE_ROWS) * 8 * half, r % TILE_ROWS);
  }
}

function multiply(a: usize, b: usize): void {
  for (let r: usize = 0; r < STRIP_ROWS; r += TILE_ROWS) {
    fineTile(panels + (r / TILE_ROWS) * 16 * half, half, a, b, SUMS_A + r * 4, SUMS_B + r * 4);
  }
}

function multiplyCoarsely(a: usize, b: usize): void {
  for (let r: usize = 0; r < STRIP_ROWS; r += TILE_ROWS) {
    coarseTile(panels + (r / TILE_ROWS) * 8 * half, half, a, b, SUMS_A + r * 4, SUMS_B + r * 4);
  }
}

/** The largest `A` of a strip. */
function largestOffsetOf(strip: usize): f64 {
  let largest: f32 = -1;
  for (let slot = strip * STRIP_ROWS; slot < (strip + 1) * STRIP_ROWS; slot++) {
    largest = max(largest, load<f32>(offsets + slot * 4));
  }
  return <f64>largest * load<f64>(strips + strip * STRIP_BYTES, STRIP_UNIT_F64);
}

/** Makes candidates of a strip's rows from their fine sums. Where the largest sum is too small no row is looked at. */
function takeFine(query: usize, strip: usize, sums: usize, largestOffset: f64): void {
  const at = strips + strip * STRIP_BYTES;
  const E = fineWidth(query, at);
  const scale = load<f64>(at, STRIP_SCALE_F64) * fineStep(query);
  const B = offsetOf(query);
  const least = smallestSum(threshold(query), E, B, largestOffset, scale);
  if (<f64>largestOfStrip(sums) < least) return;
  const unit = load<f64>(at, STRIP_UNIT_F64);
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const sum = <f64>load<i32>(sums + r * 4);
    const slot = strip * STRIP_ROWS + r;
    if (sum < least || !admits(slot)) continue;
    const G = estimate(scale, sum, slot, unit, B);
    if (G + E < threshold(query)) continue;
    keepCandidate(query, G + E, slot);
    noteLower(query, G - E);
    countFine(query, 1);
  }
}

/** Gives the rows of a strip whose coarse sums suffice to the fine stage. */
function takeCoarse(query: usize, strip: usize, sums: usize, largestOffset: f64): void {
  const at = strips + strip * STRIP_BYTES;
  const E = coarseWidth(query, at);
  const scale = load<f64>(at, STRIP_SCALE_F64) * coarseStep(query);
  const B = offsetOf(query);
  const middle = 120.5 * <f64>coarseTotal(query);
  const least = (smallestSum(threshold(query), E, B, largestOffset, scale) + middle) / 16 - 1;
  if (<f64>largestOfStrip(sums) < least) return;
  const unit = load<f64>(at, STRIP_UNIT_F64);
  let left: u32 = 0;
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const sum = <f64>load<i32>(sums + r * 4);
    const slot = strip * STRIP_ROWS + r;
    if (sum < least || !admits(slot)) continue;
    if (estimate(scale, 16 * sum - middle, slot, unit, B) + E < threshold(query)) continue;
    left++;
    examine(query, slot, at);
  }
  countCoarse(query, left);
}
