/** Strips of an encoding as they were when it was frozen: one that is written since is kept beside. */
import type { Encoding, EncodingPart } from '../../contract/backend.js';

export const PARTS = ['strips', 'offsets', 'high', 'low'] as const;

export class KeptStrips {
  readonly strips: number;
  readonly #kept = new Map<number, Record<EncodingPart, Encoding[EncodingPart]>>();
  #isFreed = false;

  constructor(strips: number) {
    this.strips = strips;
  }

  /** To be called before a strip is written; `read` copies what a part says of it. */
  keep(strip: number, read: (part: EncodingPart) => Encoding[EncodingPart]): void {
    if (strip >= this.strips || this.#kept.has(strip)) return;
    this.#kept.set(strip, { strips: read('strips'), offsets: read('offsets'), high: read('high'), low: read('low') });
  }

  /** What a part said of `count` strips from `first` on; `now` copies what it says of them by now. */
  read<Part extends EncodingPart>(
    part: Part,
    first: number,
    count: number,
    now: (first: number, last: number) => Encoding[EncodingPart],
  ): Encoding[Part] {
    if (this.#isFreed) throw new TypeError('this frozen encoding was freed');
    const found = now(first, first + count);
    for (let n = 0; n < count; n++) {
      const before = this.#kept.get(first + n)?.[part];
      if (before) found.set(before as never, (found.length / count) * n);
    }
    return found as Encoding[Part];
  }

  free(): void {
    this.#isFreed = true;
    this.#kept.clear();
  }
}
