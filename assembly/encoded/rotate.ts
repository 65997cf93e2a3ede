/**
 * The fixed rotation that spreads outlier dimensions over all: signs flipped by a pseudo-random sequence, then the
 * Walsh-Hadamard transform (natural order) of the largest power of two of elements; once for the front of the vector,
 * once more, with other signs, for its back.
 */
import { add, loadLanes, mul, splat, storeLanes, sub, WIDTH } from '../lanes/float64';

const SEED: u64 = 0x6b696e6472656421;

/** `p`, where `2^p` is the largest power of two that is not above `dim`. */
export function rotationLevels(dim: usize): u32 {
  return 31 - <u32>clz<u32>(<u32>dim);
}

/** Rotates `dim` f64 in place. */
export function rotate(values: usize, dim: usize): void {
  const size: usize = 1 << rotationLevels(dim);
  flipSigns(values, dim, SEED);
  hadamard(values, size, rotationLevels(dim));
  flipSigns(values, dim, SEED + 1);
  hadamard(values + (dim - size) * 8, size, rotationLevels(dim));
}

/**
 * Negates element `j` where bit `j % 64` of output `j / 64` of splitmix64 (Steele, Lea and Flood 2014), begun at
 * `seed`, is 1.
 */
function flipSigns(values: usize, dim: usize, seed: u64): void {
  let state = seed;
  for (let first: usize = 0; first < dim; first += 64) {
    state += 0x9e3779b97f4a7c15;
    let bits = state;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    bits ^= bits >> 31;
    const last = min(dim, first + 64);
    for (let j = first; j < last; j++) {
      store<u64>(values + j * 8, load<u64>(values + j * 8) ^ (bits << 63));
      bits >>= 1;
    }
  }
}

/** The transform of `2^levels` f64, scaled to keep norms. */
function hadamard(values: usize, size: usize, levels: u32): void {
  const end = values + size * 8;
  if (size > 1) {
    for (let at = values; at != end; at += 16) {
      const a = load<f64>(at);
      const b = load<f64>(at, 8);
      store<f64>(at, a + b);
      store<f64>(at, a - b, 8);
    }
  }
  for (let apart: usize = 16; apart < size * 8; apart *= 2) {
    for (let block = values; block != end; block += 2 * apart) {
      for (let at = block; at != block + apart; at += 8 * WIDTH) {
        const a = loadLanes(at);
        const b = loadLanes(at + apart);
        storeLanes(at, add(a, b));
        storeLanes(at + apart, sub(a, b));
      }
    }
  }
  const scale = splat(Math.sqrt(reinterpret<f64>((<u64>(1023 - levels)) << 52)));
  if (size > 1) for (let at = values; at != end; at += 8 * WIDTH) storeLanes(at, mul(loadLanes(at), scale));
}
