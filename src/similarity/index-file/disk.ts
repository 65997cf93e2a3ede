/**
 * Index files on a disk: read in blocks, written so that a reader sees the old file or the new one, never a part. Node's modules
 * are asked for at run time, so that nothing here stands in the way of a bundle for browsers.
 */
import { KindredError } from '../../errors.js';
import { show } from '../vectors.js';
import type { LoadOptions, LoadRequest } from './index-file.js';
import { type LoadedIndex, readIndexFile } from './read.js';
import type { ReadRequest } from './section.js';
import type { WritableFile } from './write.js';

/** Node reads and writes less than 2 GiB at a time. */
const CALL_BYTES_MAX = 2 ** 30;

/** Of an open file, what is needed here. */
interface Handle {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(from: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
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
  // Opening a pipe would wait for somebody to write to it.
  if (!(await fs.stat(name)).isFile()) throw new KindredError('INVALID_ARGUMENT', `${name} is not a file`);
  const handle = await fs.open(name, 'r');
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

/** All bytes of a file. @throws KindredError INVALID_ARGUMENT; the system's own error if it cannot be read. */
export async function readWholeFile(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const { fs, name } = locate(path);
  if (!(await fs.stat(name)).isFile()) throw new KindredError('INVALID_ARGUMENT', `${name} is not a file`);
  const handle = await fs.open(name, 'r');
  try {
    const { size } = await handle.stat();
    const into = allocate(size, name);
    await fill(handle, { at: 0, into }, name);
    return into;
  } finally {
    await handle.close();
  }
}

function allocate(bytes: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new KindredError('INVALID_ARGUMENT', `${name} has ${bytes} bytes, more than one array can hold here`, {
      cause,
    });
  }
}

/**
 * Writes a file beside its place, has the system put it on the disk, and only then gives it the name. A failure leaves what
 * was there, and nothing beside it.
 * @throws KindredError INVALID_ARGUMENT; the system's own error if the file cannot be written.
 */
export async function saveFile(
  path: string | URL,
  file: WritableFile,
  signal?: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const { fs, dirname, join, name } = locate(path);
  // A link stays a link: what it points to is replaced.
  const target = await fs.realpath(name).catch(() => name);
  const old = await fs.stat(target).catch(() => undefined);
  if (old && !old.isFile()) throw new KindredError('INVALID_ARGUMENT', `${name} is there and is not a file`);
  const temporary = join(dirname(target), `.kindred-${crypto.randomUUID()}.tmp`);
  const handle = await fs.open(temporary, 'wx');
  try {
    try {
      if (old) await handle.chmod(old.mode & 0o777);
      for (const { at, bytes } of file.pieces()) {
        signal?.throwIfAborted();
        await writeAll(handle, bytes, at);
      }
      await handle.truncate(file.length);
      await handle.sync();
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(target));
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

async function fill(handle: Handle, { at, into }: ReadRequest, name: string): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await handle.read(into, done, Math.min(CALL_BYTES_MAX, into.length - done), at + done);
    if (bytesRead === 0)
      throw new KindredError(
        'CORRUPT_FILE',
        `${name}: found its end at byte ${at + done}; it was longer when it was opened`,
      );
    done += bytesRead;
  }
}

async function writeAll(handle: Handle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, Math.min(CALL_BYTES_MAX, bytes.length - done), at + done)).bytesWritten;
  }
}

/** Not every system can do that to a folder; the renaming itself is done by now. */
async function syncFolder(folder: string): Promise<void> {
  const { fs } = nodeModules();
  try {
    const handle = await fs.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EACCES'].includes(code)) throw error;
  }
}

function locate(path: string | URL) {
  const modules = nodeModules();
  if (typeof path === 'string' && path !== '') return { ...modules, name: path };
  if (path instanceof URL && path.protocol === 'file:') return { ...modules, name: modules.fileURLToPath(path) };
  throw new KindredError('INVALID_ARGUMENT', `a path is a text or a file: URL, not ${show(path)}`);
}

function nodeModules() {
  const host = globalThis.process;
  if (typeof host?.getBuiltinModule !== 'function') {
    throw new KindredError('INVALID_ARGUMENT', 'there are no files on this platform: use toBytes and fromBytes');
  }
  const { dirname, join } = host.getBuiltinModule('path');
  const { fileURLToPath } = host.getBuiltinModule('url');
  return { fs: host.getBuiltinModule('fs').promises, dirname, join, fileURLToPath };
}
