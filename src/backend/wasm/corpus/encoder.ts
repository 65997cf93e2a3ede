/** What encodes the rows of one wasm corpus, and keeps the encoded copy true of them. */
import type { EncodedState, Encoder, Encoding, FrozenEncoding, Metric } from '../../contract/backend.js';
import { STRIP_ROWS } from '../module/abi.js';
import { EncodedRows } from './encoded.js';
import { expectShape } from './encoding-shape.js';
import type { StoredRows } from './stored-rows.js';

/** What an encoder has to know of its corpus. */
export interface Encodable {
  readonly module: WebAssembly.Module;
  readonly dim: number;
  readonly metric: Metric;
  /** The rows as they are. @throws KindredError DISPOSED */
  stored(): StoredRows;
  /** Rows from which encoding pays. */
  rowsFrom(): number;
}

export class WasmEncoder implements Encoder {
  readonly #corpus: Encodable;
  #rows: EncodedRows | undefined;

  constructor(corpus: Encodable) {
    this.#corpus = corpus;
  }

  get state(): EncodedState | undefined {
    if (!this.#rows) return undefined;
    const { mode, rows, staleStrips } = this.#rows;
    const fresh = rows - staleStrips * STRIP_ROWS;
    return fresh > 0 ? { mode, rows: fresh } : undefined;
  }

  get bytes(): number {
    return this.#rows?.space.bytes ?? 0;
  }

  /** What a search reads; undefined if nothing was encoded. */
  get rows(): EncodedRows | undefined {
    return this.#rows;
  }

  encode(rows: number): number {
    const stored = this.#corpus.stored();
    if (stored.size < this.#corpus.rowsFrom() || !EncodedRows.suits(stored.space, stored.dim)) return 0;
    try {
      this.#rows ??= this.#empty();
    } catch {
      return 0; // No memory for another instance: searches do without.
    }
    return this.#rows.encode(stored, rows);
  }

  freeze(): FrozenEncoding | undefined {
    this.#corpus.stored();
    return this.#rows?.freeze();
  }

  /** A level that does not filter drops the encoding once its shape was checked. */
  *adopting(encoding: Encoding): Generator<undefined, void, void> {
    const stored = this.#corpus.stored();
    expectShape(encoding, stored.dim, stored.size);
    if (!EncodedRows.suits(stored.space, stored.dim)) return;
    const encoded = this.#empty();
    yield* encoded.adopting(encoding, stored);
    this.#rows = encoded;
  }

  /** The row in this slot has changed. */
  invalidate(slot: number): void {
    this.#rows?.invalidate(slot);
  }

  /** Rows from this slot on have moved. */
  truncate(slot: number): void {
    this.#rows?.truncate(slot);
    if (this.#rows?.rows === 0) this.#rows = undefined;
    this.#rows = this.#rows?.shrunk();
  }

  free(): void {
    this.#rows = undefined;
  }

  #empty(): EncodedRows {
    return new EncodedRows(this.#corpus.module, this.#corpus.dim, this.#corpus.metric);
  }
}
