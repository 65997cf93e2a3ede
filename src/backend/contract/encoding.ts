/** The part of the contract about the encoded copy of a corpus, which makes searches faster and changes no answer. */

/** Makes and keeps the encoded copy of one corpus. */
export interface Encoder {
  /**
   * The mode of the encoding, and how many rows it holds as they are now; undefined if there is none. Costs nothing to
   * ask.
   */
  readonly state: EncodedState | undefined;
  /**
   * Encodes up to `rows` more rows, and returns how many rows are still worth encoding: 0 when done, or where encoding
   * does not pay. Changed rows are encoded anew by the same call.
   */
  encode(rows: number): number;
  /** A copy of the encoded rows, or undefined if there are none. */
  copy(): Encoding | undefined;
  /**
   * Takes an encoding of the first rows of this corpus in place of its own. It must be true of these rows.
   * @throws KindredError CORRUPT_FILE if it does not fit, or a sample of it is not true of these rows.
   */
  adopt(encoding: Encoding): void;
}

/** How the encoded rows were transformed before they were rounded (docs/internals/exactness.md). */
export type EncodingMode = 'raw' | 'centred' | 'rotated';

/**
 * The encoded copy of the first `rows` rows: docs/internals/exactness.md, "The encoding". Any backend can use what another
 * has made; the last bits of bounds, and with them codes, may differ between two that encode the same rows.
 */
export interface Encoding {
  readonly mode: EncodingMode;
  /** `dim` elements; all zero in mode `raw`. */
  readonly mean: Float64Array;
  /** Rows encoded, a multiple of 32. */
  readonly rows: number;
  /** For each strip of 32 rows: scale, unit, fine, coarse, reach. */
  readonly strips: Float64Array;
  /** For each row, `A` in units of its strip. */
  readonly offsets: Float32Array;
  /** The high and the low four bits: `16 * ceil(dim / 32)` bytes a row each. */
  readonly high: Uint8Array;
  readonly low: Uint8Array;
}

/** What of a corpus is encoded. */
export interface EncodedState {
  readonly mode: EncodingMode;
  /** Rows whose encoding is there and true of them. */
  readonly rows: number;
}
