/** Reads one section of an index file from front to back, and sums it up. */
import { crc32 } from '../../files/checksum.js';
import { aligned, type Fail, hex, requireZeros } from '../../files/head.js';
import type { ReadRequest } from '../../files/placed-bytes.js';
import type { Section } from './layout.js';

/** Read and written in one go: an event loop waits only this long, and no system call meets its limit. */
export const PIECE_BYTES = 1 << 20;

/**
 * A reader says what it needs and is resumed when it is there, or nothing where others might have their turn. So one reader serves
 * bytes in memory, which are there at once, and files, which are waited for.
 */
export type Reading<T> = Generator<ReadRequest | undefined, T, void>;

export class SectionReader {
  readonly section: Section;
  readonly #fail: Fail;
  #done = 0;
  #checksum = 0;

  constructor(section: Section, fail: Fail) {
    this.section = section;
    this.#fail = fail;
  }

  /** Where in the file the next byte stands. */
  get at(): number {
    return this.section.at + this.#done;
  }

  /** Fills `into` with the next bytes. */
  *read(into: Uint8Array): Reading<void> {
    if (into.length > this.section.length - this.#done) throw new RangeError('read past the end of a section');
    for (let start = 0; start < into.length; start += PIECE_BYTES) {
      const piece = into.subarray(start, start + PIECE_BYTES);
      yield { at: this.at, into: piece };
      this.#checksum = crc32(piece, this.#checksum);
      this.#done += piece.length;
    }
  }

  /** The whole section at once. */
  *readAll(): Reading<Uint8Array> {
    const bytes = new Uint8Array(this.section.length);
    yield* this.read(bytes);
    yield* this.finish();
    return bytes;
  }

  /** Reads what is left and the zeros behind it, and refuses the file if the checksum is another. */
  *finish(): Reading<void> {
    const { name, at, length, checksum } = this.section;
    while (this.#done < length) yield* this.read(new Uint8Array(Math.min(length - this.#done, PIECE_BYTES)));
    if (this.#checksum !== checksum) {
      this.#fail(
        `damage in section ${name}, bytes ${at} to ${at + length}: its checksum is ${hex(this.#checksum)}, expected ${hex(checksum)}`,
      );
    }
    yield* this.readPadding();
  }

  /** The zeros between this section and the next. */
  *readPadding(): Reading<void> {
    const { at, length } = this.section;
    const padding = new Uint8Array(aligned(at + length) - at - length);
    if (padding.length === 0) return;
    yield { at: at + length, into: padding };
    requireZeros(padding, 0, padding.length, at + length, this.#fail);
  }
}
