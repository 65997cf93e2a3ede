/**
 * The fixed rotation that spreads outlier dimensions over all: signs flipped by a pseudo-random sequence, then the
 * Walsh-Hadamard transform (natural order) of the largest power of two of elements; once for the front of the vector,
 * once more, with other signs, for its back.
 */
import { add, addNeighbours, loadLanes, mul, negateWhere, splat, storeLanes, sub, WIDTH } from '../lanes/float64';

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
    negateWhere(bits, values + first * 8, min<usize>(64, dim - first));
  }
}

/** The transform of `2^levels` f64, scaled to keep norms. */
function hadamard(values: usize, size: usize, levels: u32): void {
  const end = values + size * 8;
  if (size < 4) return hadamardOfFew(values, size);
  for (let at = values; at != end; at += 32) addNeighbours(at);
  let apart: usize = 16;
  // Two steps at once, so that each element is read and written once for both.
  for (; apart * 2 < size * 8; apart *= 4) {
    for (let block = values; block != end; block += 4 * apart) {
      for (let at = block; at != block + apart; at += 8 * WIDTH) {
        const a = loadLanes(at);
        const b = loadLanes(at + apart);
        const c = loadLanes(at + 2 * apart);
        const d = loadLanes(at + 3 * apart);
        const front = add(a, b);
        const back = add(c, d);
        const frontLess = sub(a, b);
        const backLess = sub(c, d);
        storeLanes(at, add(front, back));
        storeLanes(at + apart, add(frontLess, backLess));
        storeLanes(at + 2 * apart, sub(front, back));
        storeLanes(at + 3 * apart, sub(frontLess, backLess));
      }
    }
  }
  for (; apart < size * 8; apart *= 2) {
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
  for (let at = values; at != end; at += 8 * WIDTH) storeLanes(at, mul(loadLanes(at), scale));
}

/** Of one element or two. */
function hadamardOfFew(values: usize, size: usize): void {
  if (size == 1) return;
  const a = load<f64>(values);
  const b = load<f64>(values, 8);
  const scale = Math.sqrt(0.5);
  store<f64>(values, (a + b) * scale);
  store<f64>(values, (a - b) * scale, 8);
}
