/** Random numbers with the same bits everywhere: 32-bit integer steps only. */

/**
 * sfc32 by Chris Doty-Humphrey (PractRand): three words that are mixed and a counter, so its period is at least 2^32.
 */
export class Random {
  /** May be kept, and handed to a kernel that goes on from here. */
  readonly state: Uint32Array;

  /** Goes on from a state, which is changed in place. */
  constructor(state: Uint32Array) {
    this.state = state;
  }

  /** A generator for a seed (an integer); each `stream` of a seed has numbers of its own. */
  static seeded(seed: number, stream: number): Random {
    const high = Math.floor(seed / 2 ** 32);
    const random = new Random(Uint32Array.of(seed, high, stream, 1));
    // As its author does: by then every bit of the seed has reached every word.
    for (let i = 0; i < 15; i++) random.bits();
    return random;
  }

  /** 32 random bits. */
  bits(): number {
    const { state } = this;
    const [a, b, c, count] = state;
    const result = (a + b + count) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    state[3] = count + 1;
    return result;
  }

  /** An integer in [0, limit), for a limit of at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.bits() / 2 ** 32) * limit);
  }

  /** A number in [-0.5, 0.5), one of 2^24. */
  centred(): number {
    return (this.bits() >>> 8) / 2 ** 24 - 0.5;
  }
}
