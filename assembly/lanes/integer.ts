/**
 * Integer products of encoded rows with encoded queries, each in the fastest instructions of its level. All sums are
 * exact. A relaxed dot multiplies int8 with at most seven bits without a sign, and no sum of two products leaves int16:
 * there no engine rounds, saturates or differs.
 *
 * A row is `half` bytes in each plane. Every sixteen bytes of a plane are a group of 32 elements: those of the low
 * nibbles, then those of the high ones. Queries are stored group by group, so that products never shuffle: int8 in that
 * order (narrow), int16 of each half the even ones before the odd ones (wide).
 */

/**
 * Whether this build has products of integers at all. Without vectors they are slower than those of float64, so a
 * scalar corpus is never encoded, and what follows is empty.
 */
export const MULTIPLIES_INTEGERS: bool = ASC_FEATURE_SIMD;
/** Whether this build multiplies bytes: codes are then sifted by a query of fewer bits first. */
export const MULTIPLIES_BYTES: bool = ASC_FEATURE_RELAXED_SIMD;
export const GROUP_BYTES: usize = 16;

/** Masks, read from memory before a loop: V8 makes a constant anew wherever it is used. */
const NIBBLES: usize = memory.data<u64>([0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f], 16);
const WIDE_NIBBLES: usize = memory.data<u64>([0x000f000f000f000f, 0x000f000f000f000f], 16);
const EVEN_BYTES: usize = memory.data<u64>([0x00ff00ff00ff00ff, 0x00ff00ff00ff00ff], 16);

/**
 * The sum of `q * z` over a row; `query` holds int16 in wide order, and `total` is the sum of `z`. With 128 added to each
 * code a sum may leave int32, but comes back.
 */
export function fineSum(high: usize, low: usize, query: usize, total: i32, half: usize): i32 {
  if (ASC_FEATURE_SIMD) {
    let sum = i32x4.splat(0);
    const nibbles = v128.load(NIBBLES);
    const bytes = v128.load(EVEN_BYTES);
    const end = high + half;
    while (high != end) {
      const a = v128.load(query);
      const b = v128.load(query, 16);
      const c = v128.load(query, 32);
      sum = plusCodes(sum, v128.load(high), v128.load(low), a, b, c, v128.load(query, 48), nibbles, bytes);
      high += GROUP_BYTES;
      low += GROUP_BYTES;
      query += 4 * GROUP_BYTES;
    }
    return totalOf(sum) - 128 * total;
  } else return 0;
}

/** The same of four rows that follow one another. */
export function fineSums(high: usize, low: usize, query: usize, total: i32, half: usize, sums: usize): void {
  if (ASC_FEATURE_SIMD) {
    const begun = i32x4.replace_lane(i32x4.splat(0), 0, -128 * total);
    let sum0 = begun,
      sum1 = begun,
      sum2 = begun,
      sum3 = begun;
    let high1 = high + half,
      high2 = high + 2 * half,
      high3 = high + 3 * half;
    let low1 = low + half,
      low2 = low + 2 * half,
      low3 = low + 3 * half;
    const end = high + half;
    const nibbles = v128.load(NIBBLES);
    const bytes = v128.load(EVEN_BYTES);
    while (high != end) {
      const a = v128.load(query);
      const b = v128.load(query, 16);
      const c = v128.load(query, 32);
      const d = v128.load(query, 48);
      sum0 = plusCodes(sum0, v128.load(high), v128.load(low), a, b, c, d, nibbles, bytes);
      sum1 = plusCodes(sum1, v128.load(high1), v128.load(low1), a, b, c, d, nibbles, bytes);
      sum2 = plusCodes(sum2, v128.load(high2), v128.load(low2), a, b, c, d, nibbles, bytes);
      sum3 = plusCodes(sum3, v128.load(high3), v128.load(low3), a, b, c, d, nibbles, bytes);
      high += GROUP_BYTES;
      high1 += GROUP_BYTES;
      high2 += GROUP_BYTES;
      high3 += GROUP_BYTES;
      low += GROUP_BYTES;
      low1 += GROUP_BYTES;
      low2 += GROUP_BYTES;
      low3 += GROUP_BYTES;
      query += 4 * GROUP_BYTES;
    }
    v128.store(sums, totalsOf(sum0, sum1, sum2, sum3));
  }
}

function plusCodes(
  sum: v128,
  high: v128,
  low: v128,
  a: v128,
  b: v128,
  c: v128,
  d: v128,
  nibbles: v128,
  bytes: v128,
): v128 {
  const first = v128.or(i16x8.shl(v128.and(high, nibbles), 4), v128.and(low, nibbles));
  const second = v128.or(v128.andnot(high, nibbles), v128.and(i16x8.shr_u(low, 4), nibbles));
  const front = i32x4.add(i32x4.dot_i16x8_s(v128.and(first, bytes), a), i32x4.dot_i16x8_s(i16x8.shr_u(first, 8), b));
  const back = i32x4.add(i32x4.dot_i16x8_s(v128.and(second, bytes), c), i32x4.dot_i16x8_s(i16x8.shr_u(second, 8), d));
  return i32x4.add(sum, i32x4.add(front, back));
}

/** The same with a query of int8 in narrow order, two rows at a time: each plane by itself, for nibbles have no sign. */
export function siftedSums(high: usize, low: usize, query: usize, total: i32, half: usize, sums: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    const front = siftTwo(high, low, query, total, half);
    const back = siftTwo(high + 2 * half, low + 2 * half, query, total, half);
    v128.store(sums, v128.shuffle<i64>(front, back, 0, 2));
  }
}

/** The sums of two rows in the first two lanes. */
function siftTwo(high: usize, low: usize, query: usize, total: i32, half: usize): v128 {
  const begun = i32x4.replace_lane(i32x4.splat(0), 0, -128 * total);
  let total0 = begun,
    total1 = begun;
  let high1 = high + half,
    low1 = low + half;
  const nibble = v128.load(NIBBLES);
  const end = high + half;
  while (high != end) {
    // Four groups add at most 4 * 2 * 2 * 15 * 127 to a lane of int16.
    const stop = min(end, high + 4 * GROUP_BYTES);
    let upper0 = i16x8.splat(0),
      upper1 = i16x8.splat(0),
      lower0 = i16x8.splat(0),
      lower1 = i16x8.splat(0);
    while (high != stop) {
      const a = v128.load(query);
      const b = v128.load(query, 16);
      upper0 = plusNibbles(upper0, v128.load(high), a, b, nibble);
      lower0 = plusNibbles(lower0, v128.load(low), a, b, nibble);
      upper1 = plusNibbles(upper1, v128.load(high1), a, b, nibble);
      lower1 = plusNibbles(lower1, v128.load(low1), a, b, nibble);
      high += GROUP_BYTES;
      high1 += GROUP_BYTES;
      low += GROUP_BYTES;
      low1 += GROUP_BYTES;
      query += 2 * GROUP_BYTES;
    }
    total0 = i32x4.add(total0, i32x4.add(i32x4.shl(pairsOf(upper0), 4), pairsOf(lower0)));
    total1 = i32x4.add(total1, i32x4.add(i32x4.shl(pairsOf(upper1), 4), pairsOf(lower1)));
  }
  return totalsOf(total0, total1, total0, total1);
}

/**
 * The sums of `h * z` over the high planes of four rows; `wide` and `narrow` hold the same query. One row after the other:
 * this stage is for rows that no cache holds, and memory is read fastest as one stream.
 */
export function coarseSums(high: usize, wide: usize, narrow: usize, half: usize, sums: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (let r: usize = 0; r < 4; r++) {
      const row = high + r * half;
      const total = ASC_FEATURE_RELAXED_SIMD ? coarseBytes(row, narrow, half) : coarseWords(row, wide, half);
      store<i32>(sums + r * 4, totalOf(total));
    }
  }
}

function coarseBytes(high: usize, narrow: usize, half: usize): v128 {
  const nibble = v128.load(NIBBLES);
  const end = high + half;
  let total = i32x4.splat(0);
  while (high != end) {
    // Four groups add at most 4 * 2 * 2 * 15 * 127 to a lane of int16.
    const stop = min(end, high + 4 * GROUP_BYTES);
    let sum = i16x8.splat(0);
    while (high != stop) {
      sum = plusNibbles(sum, v128.load(high), v128.load(narrow), v128.load(narrow, 16), nibble);
      high += GROUP_BYTES;
      narrow += 2 * GROUP_BYTES;
    }
    total = i32x4.add(total, pairsOf(sum));
  }
  return total;
}

function coarseWords(high: usize, wide: usize, half: usize): v128 {
  const nibble = v128.load(WIDE_NIBBLES);
  const end = high + half;
  let total = i32x4.splat(0);
  while (high != end) {
    const c = v128.load(wide, 32);
    const d = v128.load(wide, 48);
    total = plusWideNibbles(total, v128.load(high), v128.load(wide), v128.load(wide, 16), c, d, nibble);
    high += GROUP_BYTES;
    wide += 4 * GROUP_BYTES;
  }
  return total;
}

function plusNibbles(sum: v128, bytes: v128, a: v128, b: v128, nibble: v128): v128 {
  const lower = i16x8.relaxed_dot_i8x16_i7x16_s(a, v128.and(bytes, nibble));
  const upper = i16x8.relaxed_dot_i8x16_i7x16_s(b, v128.and(i16x8.shr_u(bytes, 4), nibble));
  return i16x8.add(sum, i16x8.add(lower, upper));
}

function plusWideNibbles(sum: v128, bytes: v128, a: v128, b: v128, c: v128, d: v128, nibble: v128): v128 {
  const even = i32x4.dot_i16x8_s(v128.and(bytes, nibble), a);
  const odd = i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(bytes, 8), nibble), b);
  const upperEven = i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(bytes, 4), nibble), c);
  const upperOdd = i32x4.dot_i16x8_s(i16x8.shr_u(bytes, 12), d);
  return i32x4.add(sum, i32x4.add(i32x4.add(even, odd), i32x4.add(upperEven, upperOdd)));
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

/** The largest of 32 float32. */
export function largestOfFloats(at: usize): f32 {
  if (ASC_FEATURE_SIMD) {
    const first = f32x4.pmax(v128.load(at), v128.load(at, 16));
    const second = f32x4.pmax(v128.load(at, 32), v128.load(at, 48));
    const third = f32x4.pmax(v128.load(at, 64), v128.load(at, 80));
    const fourth = f32x4.pmax(v128.load(at, 96), v128.load(at, 112));
    const all = f32x4.pmax(f32x4.pmax(first, second), f32x4.pmax(third, fourth));
    const two = f32x4.pmax(all, v128.shuffle<i64>(all, all, 1, 0));
    return max(f32x4.extract_lane(two, 0), f32x4.extract_lane(two, 1));
  } else return 0;
}

/** Bytes of both planes joined: the first half of a group as `q + 128`, and the second. */
export function firstBytes(high: v128, low: v128): v128 {
  const nibbles = i8x16.splat(15);
  return v128.or(i16x8.shl(v128.and(high, nibbles), 4), v128.and(low, nibbles));
}

export function secondBytes(high: v128, low: v128): v128 {
  return v128.or(v128.andnot(high, i8x16.splat(15)), v128.and(i16x8.shr_u(low, 4), i8x16.splat(15)));
}

/** Every second byte, from the first on, as int16. */
export function evenBytes(bytes: v128): v128 {
  return v128.and(bytes, i16x8.splat(255));
}

/** Neighbouring int16 added to int32. */
export function pairsOf(sums: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(sums);
}

/** The four lanes added. */
export function totalOf(sums: v128): i32 {
  const two = i32x4.add(sums, v128.shuffle<i64>(sums, sums, 1, 0));
  return i32x4.extract_lane(two, 0) + i32x4.extract_lane(two, 1);
}

/** The totals of four vectors as one. */
export function totalsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}
