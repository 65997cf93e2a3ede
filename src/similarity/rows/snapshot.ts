/** The living rows of an index as they are at one moment, to be written from front to back while it goes on changing. */
import type { Dtype, Elements, FrozenRows } from '../../backend/contract/backend.js';
import type { Pauses } from '../../turns/steps.js';
import { ELEMENT_BYTES } from '../dtype.js';
import { idOf, type Naming } from './roster.js';

/** Read at once: an event loop waits only this long. */
const BLOCK_BYTES = 1 << 20;
const IDS = 2 ** 15;

/** Rows read at once: about 1 MiB, and at least one. */
export function rowsPerBlock({ dim, dtype }: { readonly dim: number; readonly dtype: Dtype }): number {
  return Math.max(1, Math.floor(BLOCK_BYTES / (dim * ELEMENT_BYTES[dtype])));
}

export class RowsSnapshot {
  /** Rows alive. */
  readonly size: number;
  /** Slots before the first row that is not there. */
  readonly leading: number;
  /** Gives the rows back. */
  readonly free: () => void;
  readonly #rows: FrozenRows;
  readonly #step: number;
  readonly #alive: Uint8Array | undefined;

  /** @param alive one byte per slot, nonzero if the row is there; undefined if all are. */
  constructor(rows: FrozenRows, dtype: Dtype, alive: Uint8Array | undefined, free: () => void) {
    this.#rows = rows;
    this.#step = rowsPerBlock({ dim: rows.dim, dtype });
    this.#alive = alive?.slice();
    this.size = alive ? alive.reduce((sum, byte) => sum + byte, 0) : rows.size;
    const gone = alive?.indexOf(0) ?? -1;
    this.leading = gone < 0 ? rows.size : gone;
    this.free = free;
  }

  /** Ids of the living rows, of which the roster has told at the same moment. */
  *ids<Id extends string | number>(naming: Naming<Id>): Pauses<Id[]> {
    const ids: Id[] = [];
    for (let slot = 0; slot < this.#rows.size; slot++) {
      if (this.#alive === undefined || this.#alive[slot] !== 0) ids.push(idOf(naming, slot));
      if (slot % IDS === IDS - 1) yield undefined;
    }
    return ids;
  }

  /** Whole rows, block by block. */
  *blocks(): Generator<Elements> {
    for (let first = 0; first < this.#rows.size; first += this.#step) {
      yield this.#block(first, Math.min(this.#step, this.#rows.size - first));
    }
  }

  #block(first: number, count: number): Elements {
    const { dim } = this.#rows;
    const elements = this.#rows.read(first, count);
    if (elements.length !== count * dim)
      throw new RangeError(`a backend read ${elements.length / dim} rows for ${count}`);
    if (this.#alive === undefined) return elements;
    let kept = 0;
    for (let row = 0; row < count; row++) {
      if (this.#alive[first + row] !== 0) elements.copyWithin(kept++ * dim, row * dim, (row + 1) * dim);
    }
    return elements.subarray(0, kept * dim);
  }
}
