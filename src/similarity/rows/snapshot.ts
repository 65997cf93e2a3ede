/** The rows of an index as they are at one moment, to be read while it goes on changing. */
import type { Corpus, Dtype, Elements } from '../../backend/contract/backend.js';
import { ELEMENT_BYTES } from '../dtype.js';

/** Read at once: an event loop waits only this long. */
const BLOCK_BYTES = 1 << 20;

/** Rows read at once: about 1 MiB, and at least one. */
export function rowsPerBlock({ dim, dtype }: { readonly dim: number; readonly dtype: Dtype }): number {
  return Math.max(1, Math.floor(BLOCK_BYTES / (dim * ELEMENT_BYTES[dtype])));
}

/**
 * The living rows of a corpus as they are when this is made, to be read once from front to back while the index goes on
 * changing. Rows that are added later are not seen. Whoever overwrites a row says so before, and moves none until all are read.
 */
export class RowsSnapshot {
  readonly corpus: Corpus;
  /** Rows alive. */
  readonly size: number;
  readonly #slots: number;
  readonly #alive: Uint8Array | undefined;
  readonly #overwritten = new Map<number, Elements>();
  #read = 0;

  /** @param alive one byte per slot, nonzero if the row is there; undefined if all are. */
  constructor(corpus: Corpus, alive: Uint8Array | undefined) {
    this.corpus = corpus;
    this.#slots = corpus.size;
    this.#alive = alive?.slice();
    this.size = alive ? alive.reduce((sum, byte) => sum + byte, 0) : corpus.size;
  }

  /** Keeps what the slot holds now, if it was not read yet. */
  beforeOverwrite(slot: number): void {
    if (slot < this.#read || slot >= this.#slots || this.#overwritten.has(slot)) return;
    this.#overwritten.set(slot, this.corpus.read(slot));
  }

  /** Whole rows, block by block. */
  *blocks(): Generator<Elements> {
    const step = rowsPerBlock(this.corpus);
    while (this.#read < this.#slots) {
      const first = this.#read;
      const count = Math.min(step, this.#slots - first);
      const block = this.#block(first, count);
      this.#read += count;
      yield block;
    }
  }

  #block(first: number, count: number): Elements {
    const { dim } = this.corpus;
    const elements = this.corpus.read(first, count);
    if (elements.length !== count * dim)
      throw new RangeError(`a backend read ${elements.length / dim} rows for ${count}`);
    if (this.#overwritten.size === 0 && this.#alive === undefined) return elements;
    let kept = 0;
    for (let row = 0; row < count; row++) {
      const before = this.#overwritten.get(first + row);
      if (before) elements.set(before, row * dim);
      this.#overwritten.delete(first + row);
      if (this.#alive?.[first + row] !== 0) elements.copyWithin(kept++ * dim, row * dim, (row + 1) * dim);
    }
    return elements.subarray(0, kept * dim);
  }
}

/** The snapshots that an index has to respect while it changes. */
export class RowsSnapshots {
  readonly #open = new Set<RowsSnapshot>();
  readonly #abandoned = new Set<Corpus>();

  /** To be given back by `done`. */
  take(corpus: Corpus, alive: Uint8Array | undefined): RowsSnapshot {
    const snapshot = new RowsSnapshot(corpus, alive);
    this.#open.add(snapshot);
    return snapshot;
  }

  /** Whether the corpus is being read, so that no row may move. */
  hold(corpus: Corpus): boolean {
    return [...this.#open].some((each) => each.corpus === corpus);
  }

  /** To be called before a row is replaced. */
  beforeOverwrite(corpus: Corpus, slot: number): void {
    for (const each of this.#open) if (each.corpus === corpus) each.beforeOverwrite(slot);
  }

  /** Frees a corpus that the index has no use for, as soon as no snapshot reads it. */
  free(corpus: Corpus): void {
    if (this.hold(corpus)) this.#abandoned.add(corpus);
    else corpus.free();
  }

  done(snapshot: RowsSnapshot): void {
    this.#open.delete(snapshot);
    const { corpus } = snapshot;
    if (!this.hold(corpus) && this.#abandoned.delete(corpus)) corpus.free();
  }
}
