/**
 * Index files: a VectorIndex as bytes, the same in Node and in browsers. docs/formats/index-file.md describes the format.
 * This file reads from memory; disk.ts reads files.
 */
import { readBytes } from '../../arguments/choices.js';
import { runAtOnce, runInTurns } from '../../turns/steps.js';
import { nextTurn } from '../../turns/turn.js';
import { checkModel } from '../rows/model-tag.js';
import type { RowsSnapshot } from '../rows/snapshot.js';
import type { StoredRows } from '../rows/stored-rows.js';
import { firstRows } from './encoding.js';
import type { AsyncSaveBytesOptions, LoadRequest } from './options.js';
import { type LoadedIndex, readIndexFile } from './read.js';
import { type IndexFile, indexFile, writingBytes } from './write.js';

/**
 * Takes from an index all that its file needs, as it is now. The caller frees `rows` once the file is written.
 * @throws KindredError INVALID_ARGUMENT, DISPOSED
 */
export function savedOf<Id extends string | number>(
  stored: StoredRows<Id>,
  model: string | undefined,
): { file: IndexFile; rows: RowsSnapshot } {
  checkModel(model);
  const { dim, metric, dtype, backend } = stored.kept;
  const rows = stored.snapshot();
  try {
    const { roster, corpus } = stored;
    // An encoding has no gaps.
    const encoding = firstRows(corpus.encoder?.copy(), rows.leading);
    const shape = { dim, metric, dtype, rows: rows.size };
    const file = indexFile({ shape, ids: roster.list(), next: roster.nextNumber, model, rows, encoding, backend });
    return { file, rows };
  } catch (error) {
    rows.free();
    throw error;
  }
}

/** The file in memory. Deleted rows are got rid of first, so that all others come with their encoding. */
export function toBytes<Id extends string | number>(stored: StoredRows<Id>, model: string | undefined): Uint8Array {
  stored.tidy();
  const { file, rows } = savedOf(stored, model);
  try {
    return runAtOnce(writingBytes(file));
  } finally {
    rows.free();
  }
}

/** The same in turns of the event loop, as the index is now. */
export async function toBytesInTurns<Id extends string | number>(
  stored: StoredRows<Id>,
  model: string | undefined,
  options: AsyncSaveBytesOptions,
): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const { file, rows } = savedOf(stored, model);
  try {
    // Taking what may change has been a turn's work.
    await nextTurn();
    return await runInTurns(writingBytes(file), options);
  } finally {
    rows.free();
  }
}

/** Reads an index file that is in memory. The bytes are copied, never kept. */
export function readIndexBytes<Id extends string | number>(bytes: Uint8Array, request: LoadRequest): LoadedIndex<Id> {
  readBytes(bytes, 'bytes');
  const reading = readIndexFile<Id>(bytes.length, { ...request, name: 'index file' });
  for (;;) {
    const { done, value } = reading.next();
    if (done) return value;
    value.into.set(bytes.subarray(value.at, value.at + value.into.length));
  }
}
