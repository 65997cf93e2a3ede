/**
 * Index files: a VectorIndex as bytes, the same in Node and in browsers. docs/formats/index-file.md describes the format.
 * This file reads from memory; disk.ts reads files.
 */
import { readBytes } from '../../arguments/choices.js';
import { KindredError } from '../../errors.js';
import { type Pauses, runAtOnce, runInTurns, type Steps } from '../../turns/steps.js';
import type { IndexProgress } from '../rows/index-options.js';
import { checkModel } from '../rows/model-tag.js';
import type { StoredRows } from '../rows/stored-rows.js';
import { firstRows } from './encoding.js';
import type { AsyncSaveBytesOptions, LoadRequest } from './options.js';
import { type LoadedIndex, readIndexFile } from './read.js';
import { type IndexFile, indexFile, writingBytes } from './write.js';

/** What a file holds of an index, as it was when it was asked for. */
export interface SavedIndex {
  readonly file: Pauses<IndexFile>;
  /** To be called once the file is written. */
  free(): void;
}

/**
 * Takes from an index all that its file needs, as it is now, and copies next to nothing of it.
 * @throws KindredError INVALID_ARGUMENT, DISPOSED
 */
export function savedOf<Id extends string | number>(stored: StoredRows<Id>, model: string | undefined): SavedIndex {
  checkModel(model);
  const { dim, metric, dtype, backend } = stored.kept;
  const rows = stored.snapshot();
  try {
    const { roster, corpus } = stored;
    // An encoding has no gaps.
    const encoding = firstRows(corpus.encoder?.freeze(), rows.leading);
    const shape = { dim, metric, dtype, rows: rows.size };
    const [naming, next] = [roster.naming(), roster.nextNumber];
    const file = indexFile({ shape, naming, next, model, rows, encoding, backend });
    const free = () => {
      encoding?.free();
      rows.free();
    };
    return { file, free };
  } catch (error) {
    rows.free();
    throw error;
  }
}

/** The file in memory. Deleted rows are got rid of first, so that all others come with their encoding. */
export function toBytes<Id extends string | number>(stored: StoredRows<Id>, model: string | undefined): Uint8Array {
  stored.tidy();
  const { file, free } = savedOf(stored, model);
  try {
    return runAtOnce(writingBytes(file));
  } finally {
    free();
  }
}

/** The same in turns of the event loop, as the index is now. */
export async function toBytesInTurns<Id extends string | number>(
  stored: StoredRows<Id>,
  model: string | undefined,
  options: AsyncSaveBytesOptions,
): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const { file, free } = savedOf(stored, model);
  try {
    return await runInTurns(writingBytes(file), options);
  } finally {
    free();
  }
}

/** Reads an index file that is in memory. The bytes are copied, never kept. */
export function readIndexBytes<Id extends string | number>(bytes: Uint8Array, request: LoadRequest): LoadedIndex<Id> {
  return runAtOnce(readingBytes(bytes, request));
}

/** The same a little at a time: the bytes must not change before the end. */
export function* readingBytes<Id extends string | number>(
  bytes: Uint8Array,
  request: LoadRequest,
): Steps<LoadedIndex<Id>, IndexProgress> {
  readBytes(bytes, 'bytes');
  const total = bytes.length;
  const reading = readIndexFile<Id>(total, { ...request, name: 'index file' });
  try {
    for (let done = 0; ; ) {
      const { done: isRead, value } = reading.next();
      if (isRead) return value;
      if (value === undefined) {
        yield undefined;
        continue;
      }
      const end = value.at + value.into.length;
      // Transferred away meanwhile, they are shorter.
      if (end > bytes.length)
        throw new KindredError('INVALID_ARGUMENT', 'the bytes were transferred while they were read');
      value.into.set(bytes.subarray(value.at, end));
      done = Math.max(done, end);
      yield { done, total, phase: 'read' };
    }
  } finally {
    // Lets the reader free what it has opened; nothing happens if it has returned.
    reading.return(undefined as never);
  }
}
