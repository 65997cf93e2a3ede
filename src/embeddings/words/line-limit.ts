/** Cuts a text of word vectors after so many words, for whoever wants only the most frequent ones. */

const NEWLINE = 0x0a;

export class LineLimit {
  /** Lines still wanted. */
  #left: number;
  readonly #words: number;
  /** The beginning of a line of counts, until all of it is there. */
  #counts: Uint8Array | undefined;

  constructor(words: number, hasCounts: boolean) {
    this.#words = words;
    this.#left = words;
    if (hasCounts && words !== Number.POSITIVE_INFINITY) this.#counts = new Uint8Array(0);
  }

  /** Whether all that is wanted has been seen. */
  get done(): boolean {
    return this.#left <= 0;
  }

  /** What of the next chunk is wanted. The line of counts then promises no more words than are wanted. */
  *cut(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    if (this.#words === Number.POSITIVE_INFINITY) {
      yield chunk;
      return;
    }
    let rest = chunk;
    if (this.#counts !== undefined) {
      const joined = new Uint8Array(this.#counts.length + chunk.length);
      joined.set(this.#counts);
      joined.set(chunk, this.#counts.length);
      const end = joined.indexOf(NEWLINE);
      this.#counts = end < 0 ? joined : undefined;
      if (end < 0) return;
      const [count, dim] = new TextDecoder()
        .decode(joined.subarray(0, end))
        .trim()
        .split(/[ \t]+/);
      yield new TextEncoder().encode(`${Math.min(Number(count), this.#words)} ${dim}\n`);
      rest = joined.subarray(end + 1);
    }
    if (this.done) return;
    let end = 0;
    while (this.#left > 0) {
      const next = rest.indexOf(NEWLINE, end);
      if (next < 0) {
        yield rest;
        return;
      }
      end = next + 1;
      this.#left--;
    }
    yield rest.subarray(0, end);
  }
}
