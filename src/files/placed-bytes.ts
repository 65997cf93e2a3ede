/** Bytes and where in a file they belong. Without types of Node, which programs for browsers do not have. */

/** A part of a file: `into` is to be filled with its bytes from offset `at` on. */
export interface ReadRequest {
  readonly at: number;
  readonly into: Uint8Array;
}

export interface PlacedBytes {
  /** Offset in the file. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file about to be written. */
export interface WritableFile {
  /** Asked after the last piece. */
  readonly length: number;
  /** All bytes of the file but zeros, once. */
  pieces(): Iterable<PlacedBytes> | AsyncIterable<PlacedBytes>;
}
