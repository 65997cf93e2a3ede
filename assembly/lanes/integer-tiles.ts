/** Products of four encoded rows with two queries at a time: rows are unpacked once, and multiplied with many. */
import { evenBytes, firstBytes, GROUP_BYTES, pairsOf, secondBytes, totalOf, totalsOf } from './integer';

/** Rows of a tile; a strip has 32. */
export const TILE_ROWS: usize = 4;
/**
 * What the elements of a query that sifts many rows are limited to, and what is added to them as they are stored. Two
 * sums of two products with codes then fit int16: 2 * 2 * 127 * 63.
 */
export const SIFT_LIMIT: f64 = 31;
export const SIFT_OFFSET: i32 = 32;

/**
 * Unpacks row `r` of four to int16 `q` in wide order, interleaved: each sixteen bytes of four rows follow one another.
 * `panel` takes `16 * half` bytes for the four.
 */
export function unpackFine(high: usize, low: usize, half: usize, panel: usize, r: usize): void {
  let to = panel + r * 16;
  if (ASC_FEATURE_SIMD) {
    const offset = i16x8.splat(128);
    for (let at: usize = 0; at < half; at += GROUP_BYTES) {
      const first = firstBytes(v128.load(high + at), v128.load(low + at));
      const second = secondBytes(v128.load(high + at), v128.load(low + at));
      v128.store(to, i16x8.sub(evenBytes(first), offset));
      v128.store(to, i16x8.sub(i16x8.shr_u(first, 8), offset), 64);
      v128.store(to, i16x8.sub(evenBytes(second), offset), 128);
      v128.store(to, i16x8.sub(i16x8.shr_u(second, 8), offset), 192);
      to += 256;
    }
  }
}

/**
 * Unpacks row `r` of four to int8 `q` in narrow order, interleaved likewise: `8 * half` bytes for the four. Returns the sum
 * of the codes.
 */
export function unpackSifted(high: usize, low: usize, half: usize, panel: usize, r: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    let to = panel + r * 16;
    const offset = i8x16.splat(-128);
    let sum = i32x4.splat(0);
    for (let at: usize = 0; at < half; at += GROUP_BYTES) {
      const first = v128.xor(firstBytes(v128.load(high + at), v128.load(low + at)), offset);
      const second = v128.xor(secondBytes(v128.load(high + at), v128.load(low + at)), offset);
      v128.store(to, first);
      v128.store(to, second, 64);
      const pairs = i16x8.add(i16x8.extadd_pairwise_i8x16_s(first), i16x8.extadd_pairwise_i8x16_s(second));
      sum = i32x4.add(sum, pairsOf(pairs));
      to += 128;
    }
    return totalOf(sum);
  } else return 0;
}

/** The sums of `q * z` of the four rows in a fine panel with two queries: four int32 each. */
export function fineTile(panel: usize, half: usize, queryA: usize, queryB: usize, sumsA: usize, sumsB: usize): void {
  if (ASC_FEATURE_SIMD) {
    let a0 = i32x4.splat(0),
      a1 = i32x4.splat(0),
      a2 = i32x4.splat(0),
      a3 = i32x4.splat(0);
    let b0 = i32x4.splat(0),
      b1 = i32x4.splat(0),
      b2 = i32x4.splat(0),
      b3 = i32x4.splat(0);
    const end = panel + half * 16;
    while (panel != end) {
      const a = v128.load(queryA);
      const b = v128.load(queryB);
      const row0 = v128.load(panel);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(row0, a));
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(row0, b));
      const row1 = v128.load(panel, 16);
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(row1, a));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(row1, b));
      const row2 = v128.load(panel, 32);
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(row2, a));
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(row2, b));
      const row3 = v128.load(panel, 48);
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(row3, a));
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(row3, b));
      panel += 64;
      queryA += 16;
      queryB += 16;
    }
    v128.store(sumsA, totalsOf(a0, a1, a2, a3));
    v128.store(sumsB, totalsOf(b0, b1, b2, b3));
  }
}

/**
 * The sums of `q * z` of the four rows in a sifted panel with two queries: four int32 each. `added` has four int32: what
 * SIFT_OFFSET adds to the sums of each row.
 */
export function siftedTile(
  panel: usize,
  half: usize,
  queryA: usize,
  queryB: usize,
  added: usize,
  sumsA: usize,
  sumsB: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const front = siftTwoRows(panel, half, queryA, queryB);
    const back = siftTwoRows(panel + 32, half, queryA, queryB);
    v128.store(sumsA, i32x4.sub(v128.shuffle<i64>(front, back, 0, 2), v128.load(added)));
    v128.store(sumsB, i32x4.sub(v128.shuffle<i64>(front, back, 1, 3), v128.load(added)));
  }
}

/** Two of the four, first with the one query: with all four at once, V8 runs out of registers. */
function siftTwoRows(panel: usize, half: usize, queryA: usize, queryB: usize): v128 {
  const ones = v128.load(ONES);
  let a0 = i32x4.splat(0),
    a1 = i32x4.splat(0),
    b0 = i32x4.splat(0),
    b1 = i32x4.splat(0);
  const end = panel + half * 8;
  while (panel != end) {
    const row0 = v128.load(panel);
    const next0 = v128.load(panel, 64);
    const row1 = v128.load(panel, 16);
    const next1 = v128.load(panel, 80);
    const a = v128.load(queryA);
    const nextA = v128.load(queryA, 16);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(twoSteps(row0, a, next0, nextA), ones));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(twoSteps(row1, a, next1, nextA), ones));
    const b = v128.load(queryB);
    const nextB = v128.load(queryB, 16);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(twoSteps(row0, b, next0, nextB), ones));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(twoSteps(row1, b, next1, nextB), ones));
    panel += 128;
    queryA += 32;
    queryB += 32;
  }
  return totalsOf(a0, a1, b0, b1);
}

/** Two sums of two products in each lane of int16. */
function twoSteps(row: v128, query: v128, nextRow: v128, nextQuery: v128): v128 {
  const first = i16x8.relaxed_dot_i8x16_i7x16_s(row, query);
  return i16x8.add(first, i16x8.relaxed_dot_i8x16_i7x16_s(nextRow, nextQuery));
}

/** Read from memory before a loop: V8 makes a constant anew wherever it is used. */
const ONES: usize = memory.data<i16>([1, 1, 1, 1, 1, 1, 1, 1], 16);
