/** Index files on a disk, read in blocks. */
import type { ReadRequest } from '../../files/placed-bytes.js';
import { runInTurns } from '../../turns/steps.js';
import { TimeSlice } from '../../turns/turn.js';
import type { StoredRows } from '../rows/stored-rows.js';
import { savedOf } from './index-file.js';
import type { LoadOptions, LoadRequest } from './options.js';
import { type LoadedIndex, readIndexFile } from './read.js';
import type { Reading } from './section.js';

/** What only files on a disk need is loaded with the first of them: pages have none. */
const disk = () => import('../../files/disk.js');

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
  signal?.throwIfAborted();
  const { file, free } = savedOf(stored, model);
  try {
    const { saveFile } = await disk();
    await saveFile(path, await runInTurns(file, { signal }), signal);
  } finally {
    free();
  }
}

/**
 * Reads an index file block by block; the event loop runs on between two.
 * @throws KindredError CORRUPT_FILE, MODEL_MISMATCH, INVALID_ARGUMENT; the system's own error if the file cannot be read.
 */
export async function loadIndexFile<Id extends string | number>(
  path: string | URL,
  request: LoadRequest,
  { mmap, signal, onProgress }: LoadOptions,
): Promise<LoadedIndex<Id>> {
  signal?.throwIfAborted();
  const { fill, locate, openFile } = await disk();
  const { fs, name } = locate(path);
  const handle = await openFile(path);
  try {
    const before = await handle.stat({ bigint: true });
    const total = Number(before.size);
    let done = 0;
    const mapped = mmap ? name : undefined;
    // A backend that maps opens the path once more: by then another save may have put a new file there.
    const isReplaced = async () => {
      if (!mmap) return false;
      const now = await fs.stat(name, { bigint: true }).catch(() => undefined);
      return now?.ino !== before.ino || now.dev !== before.dev;
    };
    const reading = readIndexFile<Id>(total, { ...request, mapped, name });
    const loaded = await answer(reading, async (wanted) => {
      signal?.throwIfAborted();
      await fill(handle, wanted, name);
      done = Math.max(done, wanted.at + wanted.into.length);
      onProgress?.({ done, total, phase: 'read' });
    }).catch(async (error: unknown) => {
      signal?.throwIfAborted();
      if (await isReplaced()) return undefined;
      throw error;
    });
    if (loaded === undefined || (loaded.corpus.mapped && (await isReplaced()))) {
      loaded?.corpus.free();
      return await loadIndexFile(path, request, { mmap, signal, onProgress });
    }
    return loaded;
  } finally {
    await handle.close();
  }
}

async function answer<T>(reading: Reading<T>, fulfil: (request: ReadRequest) => Promise<void>): Promise<T> {
  try {
    const slice = new TimeSlice();
    for (;;) {
      const { done, value } = reading.next();
      if (done) return value;
      // What a file is waited for may be there at once.
      if (value !== undefined) await fulfil(value);
      if (slice.isOver) await slice.next();
    }
  } finally {
    // Lets the reader free what it has opened; nothing happens if it has returned.
    reading.return(undefined as T);
  }
}
