/**
 * Tiles of float64 for dense linear algebra: TILE rows of TILE columns, held in registers while products are subtracted
 * from them. Every step is rounded by itself, so every engine computes the same bits.
 */
import { TILE } from '../abi';

/**
 * c[r][j] -= a[k][r] * b[k][j] for k = 0 .. depth - 1, one after the other. Rows of `c` lie `stride` bytes apart, or
 * minus that.
 */
export function subtractProducts(a: usize, b: usize, depth: usize, c: usize, stride: isize): void {
  const c1: usize = c + stride;
  const c2: usize = c1 + stride;
  const c3: usize = c2 + stride;
  if (ASC_FEATURE_SIMD) {
    let s00 = v128.load(c),
      s01 = v128.load(c, 16),
      s10 = v128.load(c1),
      s11 = v128.load(c1, 16);
    let s20 = v128.load(c2),
      s21 = v128.load(c2, 16),
      s30 = v128.load(c3),
      s31 = v128.load(c3, 16);
    for (let k: usize = 0; k < depth; k++) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const a0 = v128.load64_splat(a);
      s00 = f64x2.sub(s00, f64x2.mul(a0, b0));
      s01 = f64x2.sub(s01, f64x2.mul(a0, b1));
      const a1 = v128.load64_splat(a, 8);
      s10 = f64x2.sub(s10, f64x2.mul(a1, b0));
      s11 = f64x2.sub(s11, f64x2.mul(a1, b1));
      const a2 = v128.load64_splat(a, 16);
      s20 = f64x2.sub(s20, f64x2.mul(a2, b0));
      s21 = f64x2.sub(s21, f64x2.mul(a2, b1));
      const a3 = v128.load64_splat(a, 24);
      s30 = f64x2.sub(s30, f64x2.mul(a3, b0));
      s31 = f64x2.sub(s31, f64x2.mul(a3, b1));
      a += TILE * 8;
      b += TILE * 8;
    }
    v128.store(c, s00);
    v128.store(c, s01, 16);
    v128.store(c1, s10);
    v128.store(c1, s11, 16);
    v128.store(c2, s20);
    v128.store(c2, s21, 16);
    v128.store(c3, s30);
    v128.store(c3, s31, 16);
  } else {
    subtractPair(a, b, depth, c, c1);
    subtractPair(a + 16, b, depth, c2, c3);
  }
}

/** Two rows of a tile: as many sums as an engine without vectors keeps in registers. */
function subtractPair(a: usize, b: usize, depth: usize, c0: usize, c1: usize): void {
  let s00 = load<f64>(c0),
    s01 = load<f64>(c0, 8),
    s02 = load<f64>(c0, 16),
    s03 = load<f64>(c0, 24);
  let s10 = load<f64>(c1),
    s11 = load<f64>(c1, 8),
    s12 = load<f64>(c1, 16),
    s13 = load<f64>(c1, 24);
  for (let k: usize = 0; k < depth; k++) {
    const b0 = load<f64>(b),
      b1 = load<f64>(b, 8),
      b2 = load<f64>(b, 16),
      b3 = load<f64>(b, 24);
    const a0 = load<f64>(a);
    s00 -= a0 * b0;
    s01 -= a0 * b1;
    s02 -= a0 * b2;
    s03 -= a0 * b3;
    const a1 = load<f64>(a, 8);
    s10 -= a1 * b0;
    s11 -= a1 * b1;
    s12 -= a1 * b2;
    s13 -= a1 * b3;
    a += TILE * 8;
    b += TILE * 8;
  }
  store<f64>(c0, s00);
  store<f64>(c0, s01, 8);
  store<f64>(c0, s02, 16);
  store<f64>(c0, s03, 24);
  store<f64>(c1, s10);
  store<f64>(c1, s11, 8);
  store<f64>(c1, s12, 16);
  store<f64>(c1, s13, 24);
}

/** sums[j] += weight * row[j] for `count` float32 elements of the row: an even number, and the products are exact. */
export function addWeighted(sums: usize, row: usize, weight: f64, count: usize): void {
  if (ASC_FEATURE_SIMD) {
    const factor = f64x2.splat(weight);
    for (const end = row + count * 4; row != end; row += 8, sums += 16) {
      const product = f64x2.mul(factor, f64x2.promote_low_f32x4(v128.load64_zero(row)));
      v128.store(sums, f64x2.add(v128.load(sums), product));
    }
  } else {
    for (const end = row + count * 4; row != end; row += 4, sums += 8) {
      store<f64>(sums, load<f64>(sums) + weight * <f64>load<f32>(row));
    }
  }
}
