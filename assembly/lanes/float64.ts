/**
 * The one vector type that kernels are written on: `Vec`, WIDTH neighbouring float64 lanes of a canonical sum.
 * The build names the type (`--use Vec=v128` or `--use Vec=f64`), this file alone knows its instructions.
 *
 * Instructions that fuse or relax are never used here: a score must have the same bits on every engine.
 */
import { LANES } from '../abi';

/** Lanes that one `Vec` holds. */
export const WIDTH: usize = ASC_FEATURE_SIMD ? 2 : 1;
/** `Vec`s that hold all lanes. */
export const VECS: usize = LANES / WIDTH;
export const VEC_BYTES: usize = 8 * WIDTH;

/** LANES elements of ones, then as many zeros; an element has at most 8 bytes. */
const ONES_THEN_ZEROS: usize = memory.data<u64>([
  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

/** Address of a mask whose first `elements` elements of type T are all ones, the others zero. */
export function maskOf<T>(elements: usize): usize {
  return ONES_THEN_ZEROS + LANES * 8 - elements * sizeof<T>();
}

export function zero(): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.splat(0);
  else return 0;
}

export function splat(x: f64): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.splat(x);
  else return x;
}

/** WIDTH float64 that lie at `at`. */
export function loadLanes(at: usize): Vec {
  if (ASC_FEATURE_SIMD) return v128.load(at);
  else return load<f64>(at);
}

export function storeLanes(at: usize, a: Vec): void {
  if (ASC_FEATURE_SIMD) v128.store(at, a);
  else store<f64>(at, a);
}

export function add(a: Vec, b: Vec): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.add(a, b);
  else return a + b;
}

export function sub(a: Vec, b: Vec): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.sub(a, b);
  else return a - b;
}

export function mul(a: Vec, b: Vec): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.mul(a, b);
  else return a * b;
}

export function div(a: Vec, b: Vec): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.div(a, b);
  else return a / b;
}

export function magnitude(a: Vec): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.abs(a);
  else return Math.abs(a);
}

/** Of two numbers in each lane. */
export function larger(a: Vec, b: Vec): Vec {
  if (ASC_FEATURE_SIMD) return f64x2.pmax(a, b);
  else return Math.max(a, b);
}

export function largestLane(a: Vec): f64 {
  if (ASC_FEATURE_SIMD) return Math.max(f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1));
  else return a;
}

/** The first butterflies of a Walsh-Hadamard transform: sums and differences of neighbours, of four f64. */
export function addNeighbours(at: usize): void {
  if (ASC_FEATURE_SIMD) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const first = v128.shuffle<f64>(a, b, 0, 2);
    const second = v128.shuffle<f64>(a, b, 1, 3);
    const sums = f64x2.add(first, second);
    const differences = f64x2.sub(first, second);
    v128.store(at, v128.shuffle<f64>(sums, differences, 0, 2));
    v128.store(at, v128.shuffle<f64>(sums, differences, 1, 3), 16);
  } else {
    for (let n: usize = 0; n < 2; n++, at += 16) {
      const a = load<f64>(at);
      const b = load<f64>(at, 8);
      store<f64>(at, a + b);
      store<f64>(at, a - b, 8);
    }
  }
}

/** Negates element `j` of `count` f64, 64 at most, where bit `j` is 1. */
export function negateWhere(bits: u64, at: usize, count: usize): void {
  if (ASC_FEATURE_SIMD) {
    let both = v128.replace_lane<u64>(i64x2.splat(bits), 1, bits >> 1);
    const even = count & ~1;
    for (let j: usize = 0; j < even; j += 2) {
      v128.store(at, v128.xor(v128.load(at), i64x2.shl(both, 63)));
      both = i64x2.shr_u(both, 2);
      at += 16;
    }
    if (even != count) store<u64>(at, load<u64>(at) ^ ((bits >> even) << 63));
  } else {
    for (let j: usize = 0; j < count; j++) store<u64>(at + j * 8, load<u64>(at + j * 8) ^ ((bits >> j) << 63));
  }
}

/**
 * WIDTH elements of T (f32 or f64) widened to float64, `2 * n` elements past `at`; `n` is a literal below 8.
 */
export function widen<T>(at: usize, n: usize): Vec {
  if (ASC_FEATURE_SIMD) {
    if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(loadTwo(at, n));
    else return v128.load(at + n * 16);
  } else return <f64>load<T>(at + 2 * n * sizeof<T>());
}

/**
 * Two f32. Only an offset written as a literal becomes part of this instruction, and only then does V8 make one
 * instruction of load and conversion; adding `8 * n` to the address cost 14 % of a scan.
 */
function loadTwo(at: usize, n: usize): v128 {
  if (n == 0) return v128.load64_zero(at);
  if (n == 1) return v128.load64_zero(at, 8);
  if (n == 2) return v128.load64_zero(at, 16);
  if (n == 3) return v128.load64_zero(at, 24);
  if (n == 4) return v128.load64_zero(at, 32);
  if (n == 5) return v128.load64_zero(at, 40);
  if (n == 6) return v128.load64_zero(at, 48);
  return v128.load64_zero(at, 56);
}

/** WIDTH elements at `at`, those whose mask is zero reading as +0 whatever they hold. */
export function widenMasked<T>(at: usize, mask: usize): Vec {
  if (ASC_FEATURE_SIMD) {
    if (sizeof<T>() == 4) {
      return f64x2.promote_low_f32x4(v128.and(v128.load64_zero(at), v128.load64_zero(mask)));
    } else return v128.and(v128.load(at), v128.load(mask));
  } else {
    if (sizeof<T>() == 4) return <f64>reinterpret<f32>(load<u32>(at) & load<u32>(mask));
    else return reinterpret<f64>(load<u64>(at) & load<u64>(mask));
  }
}

/** The lanes of one `Vec` added: the last step of the canonical fold, where WIDTH is 2. */
export function total(a: Vec): f64 {
  if (ASC_FEATURE_SIMD) return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  else return a;
}

/** Four float16 at `from` as float32 at `to`. Infinity becomes NaN: both are refused alike. */
export function widenHalves(from: usize, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    const bits = i32x4.extend_low_i16x8_u(v128.load64_zero(from));
    const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
    const magnitude = v128.and(bits, i32x4.splat(0x7fff));
    // The exponents of the two types differ by 112; a product by 2^112 is right for subnormals too.
    const value = f32x4.mul(i32x4.shl(magnitude, 13), f32x4.splat(reinterpret<f32>((127 + 112) << 23)));
    const unbounded = i32x4.gt_s(magnitude, i32x4.splat(0x7bff));
    v128.store(to, v128.or(v128.or(value, sign), unbounded));
  } else {
    for (let i: usize = 0; i < 4; i++) {
      const bits: u32 = load<u16>(from + i * 2);
      const value = reinterpret<f32>((bits & 0x7fff) << 13) * reinterpret<f32>((127 + 112) << 23);
      const unbounded: u32 = (bits & 0x7fff) > 0x7bff ? 0xffffffff : 0;
      store<u32>(to + i * 4, reinterpret<u32>(value) | ((bits & 0x8000) << 16) | unbounded);
    }
  }
}

/** Four bfloat16, the upper halves of float32. */
export function widenBrains(from: usize, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    v128.store(to, i32x4.shl(i32x4.extend_low_i16x8_u(v128.load64_zero(from)), 16));
  } else {
    for (let i: usize = 0; i < 4; i++) store<u32>(to + i * 4, (<u32>load<u16>(from + i * 2)) << 16);
  }
}

/** Four int8. */
export function widenBytes(from: usize, to: usize): void {
  if (ASC_FEATURE_SIMD) {
    const pairs = i16x8.extend_low_i8x16_s(v128.load32_zero(from));
    v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(pairs)));
  } else {
    for (let i: usize = 0; i < 4; i++) store<f32>(to + i * 4, <f32>load<i8>(from + i));
  }
}
