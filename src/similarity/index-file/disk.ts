/** Index files on a disk, read in blocks. */
import { fill, locate, openFile, saveFile } from '../../files/disk.js';
import type { ReadRequest } from '../../files/placed-bytes.js';
import type { StoredRows } from '../rows/stored-rows.js';
import { savedOf } from './index-file.js';
import type { LoadOptions, LoadRequest } from './options.js';
import { type LoadedIndex, readIndexFile } from './read.js';

/**
 * Writes an index file piece by piece, of the index as it is now.
 * @throws KindredError INVALID_ARGUMENT, DISPOSED; the system's own error if the file cannot be written.
 */
export async function saveIndexFile<Id extends string | number>(
  path: string | URL,
  stored: StoredRows<Id>,
  model: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { file, rows } = savedOf(stored, model);
  try {
    await saveFile(path, file, signal);
  } finally {
    rows.free();
  }
}

/**
 * Reads an index file block by block; the event loop runs on between two.
 * @throws KindredError CORRUPT_FILE, MODEL_MISMATCH, INVALID_ARGUMENT; the system's own error if the file cannot be read.
 */
export async function loadIndexFile<Id extends string | number>(
  path: string | URL,
  request: LoadRequest,
  { mmap, signal }: LoadOptions,
): Promise<LoadedIndex<Id>> {
  signal?.throwIfAborted();
  const { fs, name } = locate(path);
  const handle = await openFile(path);
  try {
    const before = await handle.stat({ bigint: true });
    const mapped = mmap ? name : undefined;
    // A backend that maps opens the path once more: by then another save may have put a new file there.
    const isReplaced = async () => {
      if (!mmap) return false;
      const now = await fs.stat(name, { bigint: true }).catch(() => undefined);
      return now?.ino !== before.ino || now.dev !== before.dev;
    };
    const reading = readIndexFile<Id>(Number(before.size), { ...request, mapped, name });
    const loaded = await answer(reading, (wanted) => {
      signal?.throwIfAborted();
      return fill(handle, wanted, name);
    }).catch(async (error: unknown) => {
      signal?.throwIfAborted();
      if (await isReplaced()) return undefined;
      throw error;
    });
    if (loaded === undefined || (loaded.corpus.mapped && (await isReplaced()))) {
      loaded?.corpus.free();
      return await loadIndexFile(path, request, { mmap, signal });
    }
    return loaded;
  } finally {
    await handle.close();
  }
}

async function answer<T>(
  reading: Generator<ReadRequest, T, void>,
  fulfil: (request: ReadRequest) => Promise<void>,
): Promise<T> {
  try {
    for (;;) {
      const { done, value } = reading.next();
      if (done) return value;
      await fulfil(value);
    }
  } finally {
    // Lets the reader free what it has opened; nothing happens if it has returned.
    reading.return(undefined as T);
  }
}
