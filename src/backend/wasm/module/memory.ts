/** One instance of the kernels with a memory of its own: dropping the space is what frees it. */
import { KindredError } from '../../../errors.js';
import type { Floats } from '../../contract/backend.js';
import type { Kernels, TypedKernels } from './kernels.js';

const PAGE_BYTES = 65536;
const LIMIT_BYTES = 2 ** 32;
const ALIGNMENT = 16;
/** Kernels read up to 15 float64 past the end of a row, and mask what they read. */
const READ_PAST_BYTES = 128;

/**
 * Lays stretches of memory out one after the other. Nothing is stored in it: the same calls give the same addresses,
 * and `end` says how far the memory must reach.
 */
export class Layout {
  end: number;

  constructor(start: number) {
    this.end = start;
  }

  /** The address of the next `bytes` bytes, aligned for any element, with room to read past their end. */
  take(bytes: number): number {
    const at = this.end;
    this.end = Math.ceil((at + bytes + READ_PAST_BYTES) / ALIGNMENT) * ALIGNMENT;
    return at;
  }
}

export class Space {
  readonly kernels: Kernels;
  readonly #narrow: TypedKernels;
  readonly #wide: TypedKernels;
  /** Where layouts begin: below lies static data of the kernels. */
  readonly start: number;
  readonly #memory: WebAssembly.Memory;
  /** Views of the whole memory, made anew whenever it grows: growing detaches the old ones. */
  u8!: Uint8Array;
  u32!: Uint32Array;
  f32!: Float32Array;
  f64!: Float64Array;

  /** @throws KindredError INVALID_ARGUMENT if there is no memory for another instance. */
  constructor(module: WebAssembly.Module) {
    try {
      this.#memory = new WebAssembly.Memory({ initial: 1 });
      const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
      this.kernels = instance.exports as unknown as Kernels;
    } catch (cause) {
      throw new KindredError('INVALID_ARGUMENT', 'WebAssembly has no memory left for another corpus', { cause });
    }
    const { measure32, pairs32, pack32, block32, measure64, pairs64, pack64, block64 } = this.kernels;
    this.#narrow = { measure: measure32, pairs: pairs32, pack: pack32, block: block32 };
    this.#wide = { measure: measure64, pairs: pairs64, pack: pack64, block: block64 };
    this.start = Math.ceil(this.kernels.base() / ALIGNMENT) * ALIGNMENT;
    this.#view();
  }

  get bytes(): number {
    return this.u8.length;
  }

  /**
   * Makes the memory reach up to the address `end`. What it holds stays.
   * @throws KindredError INVALID_ARGUMENT if it cannot; the memory is then as it was.
   */
  reach(end: number): void {
    if (this.tryReach(end)) return;
    const detail = `${end} bytes are needed, ${this.bytes} are held, and it ends at ${LIMIT_BYTES} at the latest`;
    throw new KindredError('INVALID_ARGUMENT', `WebAssembly memory cannot grow: ${detail}`);
  }

  /** The same, but returns whether it could. */
  tryReach(end: number): boolean {
    if (end <= this.bytes) return true;
    if (end > LIMIT_BYTES) return false;
    try {
      this.#memory.grow(Math.ceil((end - this.bytes) / PAGE_BYTES));
    } catch {
      return false;
    }
    this.#view();
    return true;
  }

  /** The kernels that read elements of this type. */
  kernelsFor(values: Floats): TypedKernels {
    return values instanceof Float64Array ? this.#wide : this.#narrow;
  }

  /** The u32 at an address. */
  word(at: number): number {
    return this.u32[at / 4];
  }

  /** Writes the u32 fields of a record, each given with its offset. */
  writeWords(record: number, fields: readonly (readonly [offset: number, value: number])[]): void {
    for (const [offset, value] of fields) this.u32[(record + offset) / 4] = value;
  }

  /** Copies values to the address `at`. */
  write(at: number, values: Floats): void {
    if (values instanceof Float64Array) this.f64.set(values, at / 8);
    else this.f32.set(values, at / 4);
  }

  #view(): void {
    const { buffer } = this.#memory;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}

/** A space for calls that leave nothing behind, shared between them. */
export class Scratch {
  readonly #module: WebAssembly.Module;
  #space: Space | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** A space whose content is anybody's. */
  get(): Space {
    this.#space ??= new Space(this.#module);
    return this.#space;
  }

  /** Gives the memory back after an unusually large call. */
  trim(): void {
    if (this.#space && this.#space.bytes > KEPT_SCRATCH_BYTES) this.#space = undefined;
  }
}

const KEPT_SCRATCH_BYTES = 16 * 2 ** 20;
