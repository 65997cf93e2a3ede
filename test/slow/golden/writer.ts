/** The golden file: operations one after the other, each a name and what it was given and answered. golden.h reads it. */
import { closeSync, openSync, writeSync } from 'node:fs';

type Value = string | number | undefined | ArrayBufferView;

/** Bytes that are gathered before they are written. */
const BLOCK = 1 << 22;
/** The length of what is absent. */
const ABSENT = 0xffffffffffffffffn;

/**
 * Numbers are float64; texts and arrays are a 64-bit length in bytes and that many bytes, filled up to eight. Behind the name
 * of an operation stands how many bytes follow, so that a reader may pass over the rest of one.
 */
export class GoldenWriter {
  readonly #file: number;
  readonly #block = new Uint8Array(BLOCK);
  readonly #view = new DataView(this.#block.buffer);
  #used = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  add(operation: string, ...values: readonly Value[]): void {
    const parts = values.map((value) => (typeof value === 'string' ? new TextEncoder().encode(value) : value));
    this.#array(new TextEncoder().encode(operation));
    this.#length(BigInt(parts.reduce((sum: number, part) => sum + 8 + paddedLength(part), 0)));
    for (const part of parts) {
      if (typeof part === 'number') {
        this.#room(8);
        this.#view.setFloat64(this.#used, part, true);
        this.#used += 8;
      } else if (part === undefined) {
        this.#length(ABSENT);
      } else {
        this.#array(part);
      }
    }
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #length(length: bigint): void {
    this.#room(8);
    this.#view.setBigUint64(this.#used, length, true);
    this.#used += 8;
  }

  #array(array: ArrayBufferView): void {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    this.#length(BigInt(bytes.length));
    for (let from = 0; from < bytes.length; from += BLOCK) {
      const part = bytes.subarray(from, from + BLOCK);
      this.#room(part.length);
      this.#block.set(part, this.#used);
      this.#used += part.length;
    }
    while (this.#used % 8 !== 0) this.#block[this.#used++] = 0;
  }

  #room(bytes: number): void {
    if (this.#used + bytes + 8 > BLOCK) this.#flush();
  }

  #flush(): void {
    writeSync(this.#file, this.#block, 0, this.#used);
    this.#used = 0;
  }
}

/** Bytes of an array behind its length. */
function paddedLength(part: number | undefined | ArrayBufferView): number {
  return typeof part === 'object' ? Math.ceil(part.byteLength / 8) * 8 : 0;
}
