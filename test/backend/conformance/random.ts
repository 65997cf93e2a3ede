/** Seeded numbers that are the same in every engine: integer steps only, no Math function whose rounding is free. */

export class Random {
  #state: number;

  constructor(seed: number | string) {
    this.#state = typeof seed === 'string' ? hashOf(seed) : seed >>> 0;
  }

  /** 32 random bits: Mulberry32. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return this.bits() % limit;
  }

  /** A float64 in [0, 1). */
  share(): number {
    return this.bits() / 2 ** 32;
  }

  /** A float64 in [-1, 1) that uses all 53 bits, so that a product with another must be rounded. */
  signed(): number {
    const whole = (this.bits() >>> 5) * 67108864 + (this.bits() >>> 6);
    return whole / 4503599627370496 - 1;
  }
}

/** FNV-1a over the character codes: one seed per name, so that adding a case changes no other. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
