/** Writes an index file, piece by piece: into memory or to a disk. */
import type { Backend, FrozenEncoding } from '../../backend/contract/backend.js';
import { toFileOrder } from '../../files/byte-order.js';
import { crc32 } from '../../files/checksum.js';
import { aligned } from '../../files/head.js';
import { encodingIds } from '../../files/ids.js';
import type { PlacedBytes, WritableFile } from '../../files/placed-bytes.js';
import type { Pauses, Steps } from '../../turns/steps.js';
import { ELEMENT_BYTES } from '../dtype.js';
import type { IndexProgress } from '../rows/index-options.js';
import type { Naming } from '../rows/roster.js';
import type { RowsSnapshot } from '../rows/snapshot.js';
import { encodingBytes, encodingPieces } from './encoding.js';
import { headBytes, SECTIONS, type Section, type SectionName, type Shape, writeHead } from './layout.js';
import { PIECE_BYTES } from './section.js';
import { squaresOf } from './squares.js';

/** What is saved of an index, as it was at one moment. */
export interface Saved {
  readonly shape: Shape;
  readonly naming: Naming<string | number>;
  /** The number of the next row that comes without an id. */
  readonly next: number;
  readonly model: string | undefined;
  readonly rows: RowsSnapshot;
  readonly encoding: FrozenEncoding | undefined;
  readonly backend: Backend;
}

export interface IndexFile extends WritableFile {
  /** Sections in order, then what stands before them. */
  pieces(): Generator<PlacedBytes>;
}

interface Source {
  readonly name: SectionName;
  readonly length: number;
  readonly pieces: () => Iterable<Uint8Array>;
}

/** Makes what tells how long the file is. Rows and their encoding are read as the pieces are. */
export function* indexFile(saved: Saved): Pauses<IndexFile> {
  const { shape, rows, naming, next } = saved;
  const ids = yield* encodingIds(yield* rows.ids(naming), next);
  const sources = sourcesOf(saved, ids);
  const begins: number[] = [];
  let length = headBytes(sources.length);
  for (const source of sources) {
    begins.push(length);
    length = aligned(length + source.length);
  }
  return {
    length,
    *pieces() {
      const sections: Section[] = [];
      for (const [n, source] of sources.entries()) {
        let at = begins[n];
        let checksum = 0;
        for (const bytes of source.pieces()) {
          for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
            const piece = bytes.subarray(start, start + PIECE_BYTES);
            checksum = crc32(piece, checksum);
            yield { at, bytes: piece };
            at += piece.length;
          }
        }
        if (at !== begins[n] + source.length)
          throw new RangeError(`section ${source.name} has another length than stated`);
        const { required } = SECTIONS[source.name];
        sections.push({ name: source.name, required, at: begins[n], length: source.length, checksum });
      }
      yield { at: 0, bytes: writeHead(shape, length, sections) };
    },
  };
}

/** The whole file in memory. */
export function* writingBytes(making: Pauses<IndexFile>): Steps<Uint8Array, IndexProgress> {
  const file = yield* making;
  const bytes = new Uint8Array(file.length);
  for (const piece of file.pieces()) {
    bytes.set(piece.bytes, piece.at);
    // What stands before the sections comes last.
    const done = piece.at === 0 ? file.length : piece.at + piece.bytes.length;
    yield { done, total: file.length, phase: 'write' };
  }
  return bytes;
}

function sourcesOf({ shape, model, rows, encoding, backend }: Saved, ids: Uint8Array): Source[] {
  const whole = (name: SectionName, bytes: Uint8Array): Source => ({
    name,
    length: bytes.length,
    pieces: () => [bytes],
  });
  const squares = new Float64Array(shape.metric === 'cosine' ? shape.rows : 0);

  function* rowPieces() {
    let first = 0;
    for (const elements of rows.blocks()) {
      if (shape.metric === 'cosine') squares.set(squaresOf(backend, shape, elements), first);
      first += elements.length / shape.dim;
      yield toFileOrder(elements);
    }
  }

  const sources = [
    whole('IDS_', ids),
    { name: 'ROWS', length: shape.rows * shape.dim * ELEMENT_BYTES[shape.dtype], pieces: rowPieces } as const,
  ];
  if (model !== undefined) sources.unshift(whole('MODL', new TextEncoder().encode(model)));
  // Squares are added up as the rows go by, and stand behind them.
  if (shape.metric === 'cosine')
    sources.push({ name: 'SQRS', length: squares.byteLength, pieces: () => [toFileOrder(squares)] });
  if (encoding !== undefined && encoding.rows > 0) {
    const length = encodingBytes(shape.dim, encoding.rows);
    sources.push({ name: 'ENCO', length, pieces: () => encodingPieces(encoding) });
  }
  return sources;
}
