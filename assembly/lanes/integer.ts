/**
 * Integer products of encoded rows with encoded queries, each in the fastest instructions of its level. All sums are
 * exact: a relaxed dot multiplies int8 with 0..15, where no engine rounds, saturates or differs.
 *
 * A row is `half` bytes in each plane. Every sixteen bytes of a plane are a group of 32 elements: those of the low
 * nibbles, then those of the high ones. Queries are stored group by group in the order in which `wideIndex` and
 * `narrowIndex` put them, so that products never shuffle.
 */

/**
 * Whether this build has products of integers at all. Without vectors they are slower than those of float64, so a
 * scalar corpus is never encoded, and what follows is empty.
 */
export const MULTIPLIES_INTEGERS: bool = ASC_FEATURE_SIMD;
/** Whether this build multiplies bytes: a batch then reads the high plane alone first. */
export const MULTIPLIES_BYTES: bool = ASC_FEATURE_RELAXED_SIMD;
/** Rows and queries of a tile; a strip has 32 rows. */
export const TILE_ROWS: usize = 4;
const GROUP_BYTES: usize = 16;

/** Where element `i` of a group of 32 lies among its int16: of each half the even ones, then the odd ones. */
export function wideIndex(i: usize): usize {
  return (i & 16) | ((i & 1) << 3) | ((i & 15) >> 1);
}

/** Where element `i` of a group lies among its int8. */
export function narrowIndex(i: usize): usize {
  return i;
}

/** The sum of `(q + 128) * z` over a row in both planes, modulo 2^32; `query` holds int16 in wide order. */
export function fineSum(high: usize, low: usize, query: usize, half: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    let sum0 = i32x4.splat(0),
      sum1 = i32x4.splat(0),
      sum2 = i32x4.splat(0),
      sum3 = i32x4.splat(0);
    const end = high + half;
    while (high != end) {
      const first = firstBytes(v128.load(high), v128.load(low));
      const second = secondBytes(v128.load(high), v128.load(low));
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(evenBytes(first), v128.load(query)));
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(i16x8.shr_u(first, 8), v128.load(query, 16)));
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(evenBytes(second), v128.load(query, 32)));
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(i16x8.shr_u(second, 8), v128.load(query, 48)));
      high += GROUP_BYTES;
      low += GROUP_BYTES;
      query += 4 * GROUP_BYTES;
    }
    return totalOf(i32x4.add(i32x4.add(sum0, sum1), i32x4.add(sum2, sum3)));
  } else return 0;
}

/** The sum of `h * z` over a row in the high plane; `wide` and `narrow` hold the same query. */
export function coarseSum(high: usize, wide: usize, narrow: usize, half: usize): i32 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    let sum = i32x4.splat(0);
    const nibble = i8x16.splat(15);
    const end = high + half;
    while (high != end) {
      // Four groups add at most 4 * 2 * 15 * 127 to a lane of int16.
      const stop = min(end, high + 4 * GROUP_BYTES);
      let first = i16x8.splat(0),
        second = i16x8.splat(0);
      while (high != stop) {
        const bytes = v128.load(high);
        first = i16x8.add(first, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(narrow), v128.and(bytes, nibble)));
        const upper = v128.and(i16x8.shr_u(bytes, 4), nibble);
        second = i16x8.add(second, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load(narrow, 16), upper));
        high += GROUP_BYTES;
        narrow += 2 * GROUP_BYTES;
      }
      sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(i16x8.add(first, second)));
    }
    return totalOf(sum);
  } else if (ASC_FEATURE_SIMD) {
    let sum0 = i32x4.splat(0),
      sum1 = i32x4.splat(0),
      sum2 = i32x4.splat(0),
      sum3 = i32x4.splat(0);
    const nibble = i16x8.splat(15);
    const end = high + half;
    while (high != end) {
      const bytes = v128.load(high);
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(v128.and(bytes, nibble), v128.load(wide)));
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(bytes, 8), nibble), v128.load(wide, 16)));
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(bytes, 4), nibble), v128.load(wide, 32)));
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(i16x8.shr_u(bytes, 12), v128.load(wide, 48)));
      high += GROUP_BYTES;
      wide += 4 * GROUP_BYTES;
    }
    return totalOf(i32x4.add(i32x4.add(sum0, sum1), i32x4.add(sum2, sum3)));
  } else return 0;
}

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
 * Unpacks the high plane of row `r` of four to bytes in narrow order, interleaved likewise: `8 * half` bytes for the
 * four.
 */
export function unpackCoarse(high: usize, half: usize, panel: usize, r: usize): void {
  if (ASC_FEATURE_SIMD) {
    let to = panel + r * 16;
    const nibble = i8x16.splat(15);
    for (let at: usize = 0; at < half; at += GROUP_BYTES) {
      const bytes = v128.load(high + at);
      v128.store(to, v128.and(bytes, nibble));
      v128.store(to, v128.and(i16x8.shr_u(bytes, 4), nibble), 64);
      to += 128;
    }
  }
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

/** The sums of `h * z` of the four rows in a coarse panel with two queries of int8: four int32 each. */
export function coarseTile(panel: usize, half: usize, queryA: usize, queryB: usize, sumsA: usize, sumsB: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    let totalsA = i32x4.splat(0),
      totalsB = i32x4.splat(0);
    const end = panel + half * 8;
    while (panel != end) {
      // Eight vectors add at most 8 * 2 * 15 * 127 to a lane of int16.
      const stop = min(end, panel + 8 * 64);
      let a0 = i16x8.splat(0),
        a1 = i16x8.splat(0),
        a2 = i16x8.splat(0),
        a3 = i16x8.splat(0);
      let b0 = i16x8.splat(0),
        b1 = i16x8.splat(0),
        b2 = i16x8.splat(0),
        b3 = i16x8.splat(0);
      while (panel != stop) {
        const a = v128.load(queryA);
        const b = v128.load(queryB);
        const row0 = v128.load(panel);
        a0 = i16x8.add(a0, i16x8.relaxed_dot_i8x16_i7x16_s(a, row0));
        b0 = i16x8.add(b0, i16x8.relaxed_dot_i8x16_i7x16_s(b, row0));
        const row1 = v128.load(panel, 16);
        a1 = i16x8.add(a1, i16x8.relaxed_dot_i8x16_i7x16_s(a, row1));
        b1 = i16x8.add(b1, i16x8.relaxed_dot_i8x16_i7x16_s(b, row1));
        const row2 = v128.load(panel, 32);
        a2 = i16x8.add(a2, i16x8.relaxed_dot_i8x16_i7x16_s(a, row2));
        b2 = i16x8.add(b2, i16x8.relaxed_dot_i8x16_i7x16_s(b, row2));
        const row3 = v128.load(panel, 48);
        a3 = i16x8.add(a3, i16x8.relaxed_dot_i8x16_i7x16_s(a, row3));
        b3 = i16x8.add(b3, i16x8.relaxed_dot_i8x16_i7x16_s(b, row3));
        panel += 64;
        queryA += 16;
        queryB += 16;
      }
      totalsA = i32x4.add(totalsA, totalsOf(pairsOf(a0), pairsOf(a1), pairsOf(a2), pairsOf(a3)));
      totalsB = i32x4.add(totalsB, totalsOf(pairsOf(b0), pairsOf(b1), pairsOf(b2), pairsOf(b3)));
    }
    v128.store(sumsA, totalsA);
    v128.store(sumsB, totalsB);
  }
}

/** The largest of 32 int32. */
export function largestOfStrip(sums: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    const first = i32x4.max_s(v128.load(sums), v128.load(sums, 16));
    const second = i32x4.max_s(v128.load(sums, 32), v128.load(sums, 48));
    const third = i32x4.max_s(v128.load(sums, 64), v128.load(sums, 80));
    const fourth = i32x4.max_s(v128.load(sums, 96), v128.load(sums, 112));
    const all = i32x4.max_s(i32x4.max_s(first, second), i32x4.max_s(third, fourth));
    const two = i32x4.max_s(all, v128.shuffle<i64>(all, all, 1, 0));
    return max(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1));
  } else return 0;
}

/** Bytes of both planes joined: the first half of a group as `q + 128`, and the second. */
function firstBytes(high: v128, low: v128): v128 {
  const nibbles = i8x16.splat(15);
  return v128.or(i16x8.shl(v128.and(high, nibbles), 4), v128.and(low, nibbles));
}

function secondBytes(high: v128, low: v128): v128 {
  return v128.or(v128.andnot(high, i8x16.splat(15)), v128.and(i16x8.shr_u(low, 4), i8x16.splat(15)));
}

/** Every second byte, from the first on, as int16. */
function evenBytes(bytes: v128): v128 {
  return v128.and(bytes, i16x8.splat(255));
}

/** Neighbouring int16 added to int32. */
function pairsOf(sums: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(sums);
}

/** The four lanes added. */
function totalOf(sums: v128): i32 {
  const two = i32x4.add(sums, v128.shuffle<i64>(sums, sums, 1, 0));
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1);
}

/** The totals of four vectors as one. */
function totalsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}
