/** Arrays that notice a kernel which reads or writes where it must not. */
import type { Elements, Floats } from '../../../src/backend/contract/backend.js';

export type FloatType = 'float32' | 'float64';

/** Elements kept on each side of an array; more than the widest vector register holds. */
const MARGIN = 24;
/** What outputs hold before they are written: no kernel computes it. */
const UNTOUCHED = -123456.75;

/**
 * Hands out arrays that lie inside larger ones, at an element offset of choice. Around inputs there is NaN, which
 * shows in any answer that it gets into. `check` throws if an input or the surroundings of an output changed.
 */
export class Canary {
  readonly #watched: { words: Uint32Array; copy: Uint32Array; from: number; to: number }[] = [];

  /** The values as floats, `offset` elements off the start of a 64-byte line. */
  input(type: 'float32', values: ArrayLike<number>, offset?: number): Float32Array;
  input(type: FloatType, values: ArrayLike<number>, offset?: number): Floats;
  input(type: FloatType, values: ArrayLike<number>, offset = 0): Floats {
    const whole = allocate(type, values.length + 2 * MARGIN).fill(Number.NaN);
    const start = MARGIN + (offset % 16) - 8;
    whole.set(values, start);
    this.#watch(whole, 0, 0);
    return whole.subarray(start, start + values.length);
  }

  /** A copy of stored elements. Around 16-bit ones lie bits of NaN, around int8 the largest. */
  elements<T extends Elements>(values: T, offset = 0): T {
    const whole = new (values.constructor as new (length: number) => T)(4 * Math.ceil(values.length / 4) + 2 * MARGIN);
    whole.fill(whole instanceof Uint16Array ? 0xffff : whole instanceof Int8Array ? 127 : Number.NaN);
    const start = MARGIN + (offset % 16) - 8;
    whole.set(values, start);
    this.#watch(whole, 0, 0);
    return whole.subarray(start, start + values.length) as T;
  }

  /** The bytes, between bytes of 1: a mask read too far admits rows. */
  mask(values: ArrayLike<number>, offset = 0): Uint8Array {
    const whole = new Uint8Array(4 * Math.ceil(values.length / 4) + 2 * MARGIN).fill(1);
    const start = 1 + (offset % 16);
    whole.set(values, start);
    this.#watch(whole, 0, 0);
    return whole.subarray(start, start + values.length);
  }

  output(type: 'float32', length: number, offset?: number): Float32Array;
  output(type: 'float64', length: number, offset?: number): Float64Array;
  output(type: FloatType, length: number, offset = 0): Floats {
    const whole = allocate(type, length + 2 * MARGIN).fill(UNTOUCHED);
    const start = MARGIN + (offset % 16) - 8;
    this.#watch(whole, start, start + length);
    return whole.subarray(start, start + length);
  }

  check(): void {
    for (const { words, copy, from, to } of this.#watched) {
      const changed = firstChange(words, copy, 0, from) ?? firstChange(words, copy, to, words.length);
      if (changed === undefined) continue;
      const what = from === to ? 'an input' : `an output that covers ${from}..${to}`;
      throw new Error(`32-bit word ${changed} was changed in the array of ${what}`);
    }
    this.#watched.length = 0;
  }

  /** Elements from..to may change. Bits are compared, as words: NaN are told apart, and it is quick. */
  #watch(whole: Elements | Uint8Array, from: number, to: number): void {
    const words = new Uint32Array(whole.buffer);
    const perElement = whole.BYTES_PER_ELEMENT / 4;
    this.#watched.push({ words, copy: words.slice(), from: from * perElement, to: to * perElement });
  }
}

function firstChange(words: Uint32Array, copy: Uint32Array, from: number, to: number): number | undefined {
  for (let i = from; i < to; i++) if (words[i] !== copy[i]) return i;
  return undefined;
}

function allocate(type: FloatType, length: number): Floats {
  return type === 'float32' ? new Float32Array(length) : new Float64Array(length);
}
