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
import { QUERY_COARSE, QUERY_FINE, QUERY_SIFT, STRIP_BYTES, STRIP_ROWS } from '../abi';
import {
  coarseSums,
  fineSum,
  fineSums,
  largestOfFloats,
  largestOfStrip,
  MULTIPLIES_BYTES,
  MULTIPLIES_INTEGERS,
  siftedSums,
} from '../lanes/integer';
import { fineTile, SIFT_OFFSET, siftedTile, TILE_ROWS, unpackFine, unpackSifted } from '../lanes/integer-tiles';
import { halfWidth, smallestSum } from './certificate';
import {
  coarseNarrow,
  coarseWide,
  countCoarse,
  countFine,
  fineElements,
  forgetLowers,
  isFull,
  keepCandidate,
  normOf,
  noteLower,
  offsetOf,
  restOf,
  siftElements,
  sizeOf,
  stepOf,
  threshold,
  totalOf,
} from './query';
import { factor, half, high, low, metric, offsets, strips, twiceMean } from './strips';

/** Sums of one strip with two queries. */
const SUMS_A: usize = memory.data(<i32>(STRIP_ROWS * 4), 16);
const SUMS_B: usize = memory.data(<i32>(STRIP_ROWS * 4), 16);
/** What SIFT_OFFSET adds to the sums of each row of an unpacked strip. */
const OFFSETS: usize = memory.data(<i32>(STRIP_ROWS * 4), 16);

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

/** Half the width of the interval of a strip's rows, of all their bits or of the high ones, and a rounded query. */
function widthOf(query: usize, strip: usize, isCoarse: bool, rounding: usize): f64 {
  const residual = isCoarse ? load<f64>(strip, STRIP_COARSE_F64) : load<f64>(strip, STRIP_FINE_F64);
  const reach = load<f64>(strip, STRIP_REACH_F64);
  const kept = isCoarse ? reach + residual : reach;
  const rest = restOf(query, rounding);
  const X = kept + twiceMean;
  const Y = sizeOf(query, rest);
  return halfWidth(metric, factor, residual, kept, normOf(query), rest, load<f64>(strip, STRIP_UNIT_F64), X, Y);
}

/** The estimate `G` of a row from its integer sum `I`. */
function estimate(scale: f64, sum: f64, slot: usize, unit: f64, B: f64): f64 {
  return scale * sum + <f64>load<f32>(offsets + slot * 4) * unit + B;
}

/** The exact integer sum of a row and the fine query. */
function fineProduct(query: usize, slot: usize): i32 {
  return fineSum(high + slot * half, low + slot * half, fineElements(query), totalOf(query, QUERY_FINE), half);
}

/** The same of four rows. */
function fineSumsOf(query: usize, slot: usize, sums: usize): void {
  const at = slot * half;
  fineSums(high + at, low + at, fineElements(query), totalOf(query, QUERY_FINE), half, sums);
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
    const E = widthOf(query, at, false, QUERY_FINE);
    const scale = load<f64>(at, STRIP_SCALE_F64) * stepOf(query, QUERY_FINE);
    const unit = load<f64>(at, STRIP_UNIT_F64);
    const B = offsetOf(query);
    for (let r: usize = 0; r < STRIP_ROWS; r += TILE_ROWS) fineSumsOf(query, strip * STRIP_ROWS + r, SUMS_A + r * 4);
    for (let r: usize = 0; r < STRIP_ROWS; r++) {
      const slot = strip * STRIP_ROWS + r;
      if (!admits(slot)) continue;
      noteLower(query, estimate(scale, <f64>load<i32>(SUMS_A + r * 4), slot, unit, B) - E);
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
    sweepStrip(query, strip, coarse);
  }
  return last;
}

/** The first stage for one strip: of the high plane, or of all bits and as many of the query as a product has room for. */
function sweepStrip(query: usize, strip: usize, coarse: bool): void {
  for (let r: usize = 0; r < STRIP_ROWS; r += TILE_ROWS) {
    const slot = strip * STRIP_ROWS + r;
    const sums = SUMS_A + r * 4;
    const inHigh = high + slot * half;
    const inLow = low + slot * half;
    if (admit != 0 && load<u32>(admit + slot) == 0) memory.fill(sums, 0, TILE_ROWS * 4);
    else if (coarse) coarseSums(inHigh, coarseWide(query), coarseNarrow(query), half, sums);
    else if (MULTIPLIES_BYTES) siftedSums(inHigh, inLow, coarseNarrow(query), totalOf(query, QUERY_COARSE), half, sums);
    else fineSumsOf(query, slot, sums);
  }
  const largestOffset = largestOffsetOf(strip);
  const rounding = coarse || MULTIPLIES_BYTES ? QUERY_COARSE : QUERY_FINE;
  take(query, strip, SUMS_A, largestOffset, coarse, rounding);
}

/** The fine stage for one row. */
function examine(query: usize, slot: usize, strip: usize): void {
  const scale = load<f64>(strip, STRIP_SCALE_F64) * stepOf(query, QUERY_FINE);
  const E = widthOf(query, strip, false, QUERY_FINE);
  const G = estimate(scale, <f64>fineProduct(query, slot), slot, load<f64>(strip, STRIP_UNIT_F64), offsetOf(query));
  keep(query, slot, G, E);
}

function keep(query: usize, slot: usize, G: f64, E: f64): void {
  if (G + E < threshold(query)) return;
  keepCandidate(query, G + E, slot);
  noteLower(query, G - E);
  countFine(query, 1);
}

/**
 * The same for `count` queries whose records lie `stride` bytes apart: a strip is unpacked once and multiplied with two
 * queries at a time, with few of their bits before the fine stage if `sift`.
 */
export function sweepMany(queries: usize, stride: usize, count: usize, first: usize, last: usize, sift: bool): usize {
  for (let strip = first; strip < last; strip++) {
    if (load<u8>(stale + strip) != 0 || admitsNone(strip)) continue;
    for (let q: usize = 0; q < count; q++) if (isFull(queries + q * stride, STRIP_ROWS)) return strip;
    const largestOffset = largestOffsetOf(strip);
    if (sift) unpackStripToSift(strip);
    else unpackStrip(strip);
    for (let q: usize = 0; q < count; q += 2) {
      const a = queries + q * stride;
      const b = q + 1 < count ? a + stride : a;
      if (sift) multiplyToSift(siftElements(a), siftElements(b));
      else multiply(fineElements(a), fineElements(b));
      const rounding = sift ? QUERY_SIFT : QUERY_FINE;
      take(a, strip, SUMS_A, largestOffset, false, rounding);
      if (b != a) take(b, strip, SUMS_B, largestOffset, false, rounding);
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

function unpackStripToSift(strip: usize): void {
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const at = (strip * STRIP_ROWS + r) * half;
    const sum = unpackSifted(high + at, low + at, half, panels + (r / TILE_ROWS) * 8 * half, r % TILE_ROWS);
    store<i32>(OFFSETS + r * 4, sum * SIFT_OFFSET);
  }
}

function multiply(a: usize, b: usize): void {
  for (let r: usize = 0; r < STRIP_ROWS; r += TILE_ROWS) {
    fineTile(panels + (r / TILE_ROWS) * 16 * half, half, a, b, SUMS_A + r * 4, SUMS_B + r * 4);
  }
}

function multiplyToSift(a: usize, b: usize): void {
  for (let r: usize = 0; r < STRIP_ROWS; r += TILE_ROWS) {
    const panel = panels + (r / TILE_ROWS) * 8 * half;
    siftedTile(panel, half, a, b, OFFSETS + r * 4, SUMS_A + r * 4, SUMS_B + r * 4);
  }
}

/** The largest `A` of a strip. */
function largestOffsetOf(strip: usize): f64 {
  const largest = largestOfFloats(offsets + strip * STRIP_ROWS * 4);
  return <f64>largest * load<f64>(strips + strip * STRIP_BYTES, STRIP_UNIT_F64);
}

/**
 * Makes candidates of a strip's rows, or where a stage left bits out gives them to the fine stage. `sums` are `q * z`, or
 * if `isCoarse` `h * z`. Where the largest is too small no row is looked at.
 */
function take(query: usize, strip: usize, sums: usize, largestOffset: f64, isCoarse: bool, rounding: usize): void {
  const times: f64 = isCoarse ? 16 : 1;
  const less: f64 = isCoarse ? 120.5 * <f64>totalOf(query, rounding) : 0;
  if (rounding == QUERY_FINE) countCoarse(query, <u32>STRIP_ROWS);
  const at = strips + strip * STRIP_BYTES;
  const E = widthOf(query, at, isCoarse, rounding);
  const scale = load<f64>(at, STRIP_SCALE_F64) * stepOf(query, rounding);
  const B = offsetOf(query);
  const least = (smallestSum(threshold(query), E, B, largestOffset, scale) + less) / times - 1;
  if (<f64>largestOfStrip(sums) < least) return;
  const unit = load<f64>(at, STRIP_UNIT_F64);
  let left: u32 = 0;
  for (let r: usize = 0; r < STRIP_ROWS; r++) {
    const sum = <f64>load<i32>(sums + r * 4);
    const slot = strip * STRIP_ROWS + r;
    if (sum < least || !admits(slot)) continue;
    const G = estimate(scale, times * sum - less, slot, unit, B);
    if (G + E < threshold(query)) continue;
    left++;
    if (rounding == QUERY_FINE) keep(query, slot, G, E);
    else examine(query, slot, at);
  }
  if (rounding != QUERY_FINE) countCoarse(query, left);
}
