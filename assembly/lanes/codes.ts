/**
 * From float64 to codes, sixteen elements at a time, and from codes to planes (docs/internals/exactness.md, "The
 * encoding"). A scalar corpus is never encoded: without vectors there is nothing here.
 */

/** Elements of a block. */
export const BLOCK: usize = 16;
/** What added to a small float64 leaves its nearest integer in the low bits. */
const NO_FRACTION: f64 = 6755399441055744; // 1.5 * 2^52

/** Sums of squares of what eight bits lose, and four, of the blocks that were rounded last. */
export let fineSquares: f64 = 0;
export let coarseSquares: f64 = 0;

/**
 * Writes the codes of `count` f64, whole blocks: 128 + the integer nearest to `value / scale`. No value exceeds
 * `127 * scale`, and `scale` has 24 significant bits, so that its products with codes are exact.
 */
export function roundBlocks(values: usize, count: usize, scale: f64, codes: usize): void {
  if (ASC_FEATURE_SIMD) {
    let fines = f64x2.splat(0),
      coarses = f64x2.splat(0);
    const inverse = f64x2.splat(scale == 0 ? 0 : 1 / scale);
    const step = f64x2.splat(scale);
    const end = codes + count;
    while (codes != end) {
      for (let quarter: usize = 0; quarter < 4; quarter++) {
        const a = v128.load(values);
        const b = v128.load(values, 16);
        const bitsA = f64x2.add(f64x2.mul(a, inverse), f64x2.splat(NO_FRACTION));
        const bitsB = f64x2.add(f64x2.mul(b, inverse), f64x2.splat(NO_FRACTION));
        v128.store(INTEGERS + quarter * 16, v128.shuffle<i32>(bitsA, bitsB, 0, 2, 4, 6));
        const zA = f64x2.sub(bitsA, f64x2.splat(NO_FRACTION));
        const zB = f64x2.sub(bitsB, f64x2.splat(NO_FRACTION));
        const fineA = f64x2.sub(a, f64x2.mul(step, zA));
        const fineB = f64x2.sub(b, f64x2.mul(step, zB));
        const coarseA = f64x2.sub(a, middleOf(zA, step));
        const coarseB = f64x2.sub(b, middleOf(zB, step));
        fines = f64x2.add(fines, f64x2.add(f64x2.mul(fineA, fineA), f64x2.mul(fineB, fineB)));
        coarses = f64x2.add(coarses, f64x2.add(f64x2.mul(coarseA, coarseA), f64x2.mul(coarseB, coarseB)));
        values += 32;
      }
      const front = i16x8.narrow_i32x4_s(v128.load(INTEGERS), v128.load(INTEGERS, 16));
      const back = i16x8.narrow_i32x4_s(v128.load(INTEGERS, 32), v128.load(INTEGERS, 48));
      v128.store(codes, v128.xor(i8x16.narrow_i16x8_s(front, back), i8x16.splat(-128)));
      codes += BLOCK;
    }
    fineSquares = f64x2.extract_lane(fines, 0) + f64x2.extract_lane(fines, 1);
    coarseSquares = f64x2.extract_lane(coarses, 0) + f64x2.extract_lane(coarses, 1);
  }
}

/** What the high four bits of the code `z + 128` stand for, the middle of sixteen codes, times the scale: exact. */
function middleOf(z: v128, step: v128): v128 {
  const sixteenth = f64x2.floor(f64x2.mul(z, f64x2.splat(0.0625)));
  return f64x2.add(f64x2.mul(sixteenth, f64x2.mul(step, f64x2.splat(16))), f64x2.mul(step, f64x2.splat(7.5)));
}

/** The integers of a block. */
const INTEGERS: usize = memory.data(64, 16);

/** Of the query that was rounded last: the sum of squares of what it lost, and the sum of its integers. */
export let lostSquares: f64 = 0;
export let integersTotal: i32 = 0;

/**
 * Rounds the `2 * half` f64 of a query to multiples of `step`, none beyond 32767 of them, for products with the groups of a
 * row (integer.ts): as int16 at `wide`, and with `offset` added as int8 at `narrow`, where these are not 0.
 */
export function roundQuery(values: usize, half: usize, step: f64, wide: usize, narrow: usize, offset: i32): void {
  if (ASC_FEATURE_SIMD) {
    let lost = f64x2.splat(0);
    let total = i32x4.splat(0);
    const inverse = f64x2.splat(step == 0 ? 0 : 1 / step);
    for (let n: usize = 0; n < half / 8; n++) {
      // The first half of a group, then the second.
      let block = values + ((n >> 1) * BLOCK + (n & 1) * half) * 8;
      for (let to = INTEGERS; to != INTEGERS + 64; to += 16) {
        const a = v128.load(block);
        const b = v128.load(block, 16);
        const bitsA = f64x2.add(f64x2.mul(a, inverse), f64x2.splat(NO_FRACTION));
        const bitsB = f64x2.add(f64x2.mul(b, inverse), f64x2.splat(NO_FRACTION));
        const integers = v128.shuffle<i32>(bitsA, bitsB, 0, 2, 4, 6);
        v128.store(to, integers);
        total = i32x4.add(total, integers);
        const leftA = f64x2.sub(a, f64x2.mul(f64x2.splat(step), f64x2.sub(bitsA, f64x2.splat(NO_FRACTION))));
        const leftB = f64x2.sub(b, f64x2.mul(f64x2.splat(step), f64x2.sub(bitsB, f64x2.splat(NO_FRACTION))));
        lost = f64x2.add(lost, f64x2.add(f64x2.mul(leftA, leftA), f64x2.mul(leftB, leftB)));
        block += 32;
      }
      const front = i16x8.narrow_i32x4_s(v128.load(INTEGERS), v128.load(INTEGERS, 16));
      const back = i16x8.narrow_i32x4_s(v128.load(INTEGERS, 32), v128.load(INTEGERS, 48));
      if (wide != 0) {
        v128.store(wide + n * 32, v128.shuffle<i16>(front, back, 0, 2, 4, 6, 8, 10, 12, 14));
        v128.store(wide + n * 32, v128.shuffle<i16>(front, back, 1, 3, 5, 7, 9, 11, 13, 15), 16);
      }
      if (narrow != 0) {
        v128.store(narrow + n * 16, i8x16.add(i8x16.narrow_i16x8_s(front, back), i8x16.splat(<i8>offset)));
      }
    }
    lostSquares = f64x2.extract_lane(lost, 0) + f64x2.extract_lane(lost, 1);
    integersTotal =
      i32x4.extract_lane(total, 0) +
      i32x4.extract_lane(total, 1) +
      i32x4.extract_lane(total, 2) +
      i32x4.extract_lane(total, 3);
  }
}

/** Two planes of nibbles from `2 * half` codes: byte `j` of each holds element `j` and element `j + half`. */
export function splitCodes(codes: usize, half: usize, high: usize, low: usize): void {
  if (ASC_FEATURE_SIMD) {
    const nibble = i8x16.splat(15);
    for (let j: usize = 0; j < half; j += BLOCK) {
      const first = v128.load(codes + j);
      const second = v128.load(codes + half + j);
      const upper = v128.and(i16x8.shr_u(first, 4), nibble);
      v128.store(high + j, v128.or(upper, v128.andnot(second, nibble)));
      const lower = v128.andnot(i16x8.shl(second, 4), nibble);
      v128.store(low + j, v128.or(v128.and(first, nibble), lower));
    }
  }
}
