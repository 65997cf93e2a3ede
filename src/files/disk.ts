/**
 * Files on a disk: read whole or in parts, written so that a reader sees the old file or the new one, never a part. Node's modules
 * are asked for at run time, so that nothing here stands in the way of a bundle for browsers.
 */
import { reading } from '../arguments/objects.js';
import { refusal } from '../arguments/refuse.js';
import { KindredError } from '../errors.js';
import type { ReadRequest, WritableFile } from './placed-bytes.js';
import { removeLeftovers, temporaryFor, unwatch, watch } from './temporary.js';

/** Node reads and writes less than 2 GiB at a time. */
const CALL_BYTES_MAX = 2 ** 30;

/** As many as systems follow. */
const LINKS_MAX = 40;

interface Owned {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

interface FileHandle {
  chown(uid: number, gid: number): Promise<void>;
  chmod(mode: number): Promise<void>;
}

/** Of an open file, what is needed here. */
interface Handle {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(from: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
}

/** As many bytes say what a file is. */
const HEAD_BYTES = 64;

/**
 * All bytes of a file.
 * @param check throws for what is no such file, told from its first 64 bytes and its length: before the rest is read.
 * @throws KindredError INVALID_ARGUMENT; the system's own error if it cannot be read.
 */
export async function readWholeFile(
  path: string | URL,
  check: (head: Uint8Array, fileBytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const { name } = locate(path);
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    const head = new Uint8Array(Math.min(HEAD_BYTES, size));
    await fill(handle, { at: 0, into: head }, name);
    check(head, size);
    const into = allocate(size, name);
    await fill(handle, { at: 0, into }, name);
    return into;
  } finally {
    await handle.close();
  }
}

/** Opens a file to be read. @throws KindredError INVALID_ARGUMENT; the system's own error if it cannot be opened. */
export async function openFile(path: string | URL) {
  const { fs, name } = locate(path);
  // Opening a pipe would wait for somebody to write to it.
  if (!(await fs.stat(name)).isFile()) throw new KindredError('INVALID_ARGUMENT', `${name} is not a file`);
  return fs.open(name, 'r');
}

/** Reads what is asked for. `name` is what an error calls the file. @throws KindredError CORRUPT_FILE if the file ends before. */
export async function fill(handle: Pick<Handle, 'read'>, { at, into }: ReadRequest, name: string): Promise<void> {
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

/**
 * Writes a file beside its place, has the system put it on the disk, and only then gives it the name. A failure leaves what
 * was there, and nothing beside it.
 * @throws KindredError INVALID_ARGUMENT; the signal's reason; the system's own error if the file cannot be written.
 */
export async function saveFile(
  path: string | URL,
  file: WritableFile,
  signal?: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const { dirname, ...host } = locate(path);
  const { fs, name } = host;
  const target = await targetOf(name);
  const old = await fs.stat(target).catch(() => undefined);
  if (old && !old.isFile()) throw new KindredError('INVALID_ARGUMENT', `${name} is there and is not a file`);
  const folder = dirname(target);
  await removeLeftovers(host, folder, target);
  const temporary = temporaryFor(host, folder, target);
  // Before it is there: a signal may come between.
  watch(host, temporary);
  try {
    const handle = await fs.open(temporary, 'wx');
    try {
      if (old) await keepOwnerAndMode(handle, old);
      for await (const { at, bytes } of file.pieces()) {
        signal?.throwIfAborted();
        await writeAll(handle, bytes, at);
      }
      await handle.truncate(file.length);
      await unlessForbidden(handle.sync());
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    unwatch(temporary);
  }
  await syncFolder(folder);
}

/** A link stays a link: what it points to is replaced, or made if it is not there. */
export async function targetOf(name: string): Promise<string> {
  const { fs, dirname, resolve } = nodeModules();
  let target = name;
  for (let links = 0; links <= LINKS_MAX; links++) {
    const whole = await fs.realpath(target).catch(() => undefined);
    if (whole !== undefined) return whole;
    const next = await fs.readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    target = resolve(dirname(target), next);
  }
  return target;
}

async function keepOwnerAndMode(handle: FileHandle, { uid, gid, mode }: Owned): Promise<void> {
  // Only root may give files away. Whoever may not has written over what is not his own, as an editor would.
  await handle.chown(uid, gid).catch(() => undefined);
  await unlessForbidden(handle.chmod(mode & 0o777));
}

/** `saveFile` for bytes that are all in memory. */
export async function saveBytes(path: string | URL, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
  await saveFile(path, { length: bytes.length, pieces: () => [{ at: 0, bytes }] }, signal);
}

/** `saveFile` for text that comes piece by piece. */
export async function saveText(path: string | URL, text: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const encoder = new TextEncoder();
  let length = 0;
  await saveFile(path, {
    get length() {
      return length;
    },
    async *pieces() {
      for await (const piece of text) {
        const bytes = encoder.encode(piece);
        yield { at: length, bytes };
        length += bytes.length;
      }
    },
  });
}

/** Node's way to a path. @throws KindredError INVALID_ARGUMENT where there are no files, and for what is no path. */
export function locate(path: string | URL) {
  const modules = nodeModules();
  if (typeof path === 'string' && path !== '') return { ...modules, name: path };
  if (reading('path', () => path instanceof URL && path.protocol === 'file:'))
    return { ...modules, name: modules.fileURLToPath(path) };
  throw refusal('path', path, 'a text or a file: URL');
}

function allocate(bytes: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const message = `${name} has ${bytes} bytes, more than one array can hold here`;
    throw new KindredError('INVALID_ARGUMENT', message, { cause });
  }
}

async function writeAll(handle: Pick<Handle, 'write'>, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, Math.min(CALL_BYTES_MAX, bytes.length - done), at + done)).bytesWritten;
  }
}

/** Node's permission model takes these calls away from everybody, whatever may be written. */
async function unlessForbidden(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_ACCESS_DENIED') throw error;
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
    if (!['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM', 'EACCES', 'ERR_ACCESS_DENIED'].includes(code)) throw error;
  }
}

function nodeModules() {
  const host = globalThis.process;
  if (typeof host?.getBuiltinModule !== 'function') {
    throw new KindredError('INVALID_ARGUMENT', 'there are no files on this platform: use toBytes and fromBytes');
  }
  const { basename, dirname, join, resolve } = host.getBuiltinModule('path');
  const { hostname } = host.getBuiltinModule('os');
  const { fileURLToPath } = host.getBuiltinModule('url');
  const { promises, rmSync } = host.getBuiltinModule('fs');
  return { fs: promises, removeNow: rmSync, process: host, hostname, basename, dirname, join, resolve, fileURLToPath };
}
