/** Seeded random numbers, the same on every machine and in every engine: integer steps, and sqrt as IEEE has it. */
import { readInteger, readSeed } from '../../arguments/numbers.js';

const TWO_32 = 2 ** 32;

/**
 * The generator xoshiro128** (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators"), period
 * 2^128 - 1, its state filled from the seed by a 32-bit mixer. Not for secrets.
 */
export class Random {
  readonly #state = new Uint32Array(4);
  /** The polar method makes gaussians two at a time. */
  #spare: number | undefined;

  /** @throws KindredError INVALID_ARGUMENT unless `seed` is an integer from 0 to 2^53 - 1. */
  constructor(seed: number) {
    const from = readSeed(seed);
    let mixed = from >>> 0;
    const high = Math.floor(from / TWO_32);
    for (let n = 0; n < 4; n++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      this.#state[n] = scramble((scramble(mixed) ^ Math.imul(high, 0x85ebca6b)) + n);
    }
    // All zeros is the one state that never leaves itself.
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** 32 random bits: an integer from 0 to 2^32 - 1. */
  next(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const bits = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return bits;
  }

  /** A multiple of 2^-53 in [0, 1). */
  float(): number {
    const high = this.next() >>> 5;
    return (high * 0x4000000 + (this.next() >>> 6)) / 0x20000000000000;
  }

  /**
   * An integer from 0 to `limit` - 1, each as likely as the others: draws beyond the last whole multiple are repeated.
   * @throws KindredError INVALID_ARGUMENT unless `limit` is an integer from 1 to 2^32.
   */
  below(limit: number): number {
    readInteger(limit, 'limit', 1, TWO_32);
    const beyond = TWO_32 - (TWO_32 % limit);
    let bits = this.next();
    while (bits >= beyond) bits = this.next();
    return bits % limit;
  }

  /** From the normal distribution of mean 0 and variance 1 (Marsaglia's polar method, 1964). */
  gaussian(): number {
    const spare = this.#spare;
    if (spare !== undefined) {
      this.#spare = undefined;
      return spare;
    }
    let [x, y, square] = [0, 0, 0];
    while (square >= 1 || square === 0) {
      x = 2 * this.float() - 1;
      y = 2 * this.float() - 1;
      square = x * x + y * y;
    }
    const stretch = Math.sqrt((-2 * logarithm(square)) / square);
    this.#spare = y * stretch;
    return x * stretch;
  }

  /** Puts an array in random order, every order equally likely (Fisher-Yates). Changes the array and returns it. */
  shuffle<A extends { readonly length: number; [n: number]: unknown }>(array: A): A {
    for (let last = array.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const moved = array[last];
      array[last] = array[other];
      array[other] = moved;
    }
    return array;
  }
}

/** A permutation of 32 bits in which each bit depends on all. */
function scramble(word: number): number {
  let mixed = word >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * The natural logarithm of a number in [2^-120, 1), by sums and quotients only: Math.log may differ in its last bit
 * from engine to engine.
 */
function logarithm(x: number): number {
  let mantissa = x;
  let halvings = 0;
  for (; mantissa < Math.SQRT1_2; mantissa *= 2) halvings++;
  // ln m = 2 artanh((m - 1) / (m + 1)), and the argument is below 0.172: eleven terms reach the last place.
  const ratio = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let power = 21; power >= 1; power -= 2) sum = sum * ratio * ratio + 1 / power;
  return 2 * ratio * sum - halvings * Math.LN2;
}
