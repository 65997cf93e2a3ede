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
  /** The encoded rows from the first on without a gap, as they are now; undefined if there are none. Copies next to nothing. */
  freeze(): FrozenEncoding | undefined;
  /**
   * Takes an encoding of the first rows of this corpus in place of its own, a few milliseconds' work at a time. It must be
   * true of these rows, and neither may change before the end.
   * @throws KindredError CORRUPT_FILE if it does not fit, or a sample of it is not true of these rows.
   */
  adopting(encoding: Encoding): Generator<undefined, void, void>;
}

/** The encoded copy of the first rows as it was when it was frozen, whatever is encoded since. */
export interface FrozenEncoding extends Pick<Encoding, 'mode' | 'mean' | 'rows'> {
  /** What one array says of `count` strips from `first` on: a copy. */
  read<Part extends EncodingPart>(part: Part, first: number, count: number): Encoding[Part];
  /** Any later call throws. May be called twice. */
  free(): void;
}

/** The arrays of an encoding that have something of every strip. */
export type EncodingPart = 'strips' | 'offsets' | 'high' | 'low';

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
