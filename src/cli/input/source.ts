/** Opens the files that people name, or stdin: unpacked, with the first bytes at hand, in pieces or whole. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KindredError } from '../../index.js';
import type { AsyncBytes } from '../../recommend/index.js';
import type { ProgressLine } from '../output/progress-line.js';

/** What stands for stdin. */
export const STDIN = '-';

/** What messages call a file. */
export function nameOf(path: string): string {
  return path === STDIN ? 'stdin' : path;
}

/** @throws KindredError INVALID_ARGUMENT for stdin in two places: it can be read once. */
export function requireOneStdin(...paths: readonly (string | undefined)[]): void {
  if (paths.filter((path) => path === STDIN).length < 2) return;
  throw new KindredError('INVALID_ARGUMENT', 'stdin (-) can be read once; name a file for the other');
}

/** The kind of a file is told, and its header read, from this many bytes. */
const HEAD_BYTES = 1 << 16;

/** Text packs 5 to 20 times. What unpacks to much more, and is large then, is made to fill the memory. */
const UNPACKED_FOLD_MAX = 200;
const UNPACKED_FREE = 1 << 26;

export interface Source {
  /** As typed. */
  readonly path: string;
  /** The first bytes, all of them if there are no more. */
  readonly head: Uint8Array;
  /** How many bytes there are, if that can be known before they are read. */
  readonly size: number | undefined;
  /** Everything, once. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** Everything in one array. @throws KindredError for more bytes than a header promised, or than there is memory for. */
  whole(bytesMax?: number): Promise<Uint8Array>;
  /** Parts, where a file has them at hand. */
  parts(): AsyncBytes | undefined;
  /** For those who ask no more. */
  close(): Promise<void>;
}

/** @throws KindredError for what the system or the packing refuses. */
export async function openSource(path: string, progress: ProgressLine): Promise<Source> {
  const isStdin = path === STDIN;
  const found = isStdin ? undefined : await stat(path).catch((error) => Promise.reject(refusalOf(path, error)));
  if (found?.isDirectory()) throw refusal(path, 'it is a directory');
  const isPacked = path.toLowerCase().endsWith('.gz');
  const size = found?.isFile() && !isPacked ? found.size : undefined;
  const chunks = read(path, isPacked, found?.size ?? 0, progress);
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const { done, value } = await chunks.next();
    if (done) break;
    first.push(value);
    length += value.length;
  }
  const begun = first.length === 1 ? first[0] : Buffer.concat(first);
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (begun.length > 0) yield begun;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  }
  return {
    path,
    size,
    head: begun.subarray(0, HEAD_BYTES),
    chunks: all,
    whole: (bytesMax) => wholeOf(path, all(), size, bytesMax),
    parts: () => (size === undefined ? undefined : partsOf(path, size)),
    close: async () => {
      await chunks.return(undefined);
    },
  };
}

async function* read(
  path: string,
  isPacked: boolean,
  size: number,
  progress: ProgressLine,
): AsyncGenerator<Uint8Array, undefined> {
  const file = path === STDIN ? process.stdin : createReadStream(path, { highWaterMark: 1 << 20 });
  const bytesRead = () => (file as { bytesRead?: number }).bytesRead ?? 0;
  let unpacked = 0;
  try {
    const source = isPacked ? pipeline(file, createGunzip({ chunkSize: 1 << 18 }), () => {}) : file;
    for await (const chunk of source) {
      progress.step(`reading ${basename(nameOf(path))}`, bytesRead(), Math.max(size, bytesRead()));
      const bytes = chunk as Uint8Array;
      unpacked += bytes.length;
      if (isPacked && unpacked > UNPACKED_FREE && unpacked > UNPACKED_FOLD_MAX * bytesRead()) {
        const message = `${path} unpacks to more than ${UNPACKED_FOLD_MAX} times its size; unpack it first, if that is meant`;
        throw new KindredError('CORRUPT_FILE', message);
      }
      yield bytes;
    }
  } catch (error) {
    throw refusalOf(path, error as NodeJS.ErrnoException);
  }
}

async function wholeOf(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  size: number | undefined,
  bytesMax: number | undefined,
): Promise<Uint8Array> {
  const expected = bytesMax ?? size;
  if (expected === undefined) {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of chunks) {
      pieces.push(chunk);
      length += chunk.length;
      if (length > totalmem() / 2) throw tooLarge(path, `more than ${length}`);
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }
  const whole = allocate(path, expected);
  let length = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > expected) {
      throw new KindredError('CORRUPT_FILE', `${path} has more than the ${expected} bytes that its header promises`);
    }
    whole.set(chunk, length);
    length += chunk.length;
  }
  return whole.subarray(0, length);
}

/** @throws KindredError INVALID_ARGUMENT for more than this machine can hold. */
function allocate(path: string, bytes: number): Uint8Array {
  try {
    if (bytes <= totalmem()) return new Uint8Array(bytes);
  } catch {
    // Said below.
  }
  throw tooLarge(path, String(bytes));
}

function tooLarge(path: string, bytes: string): KindredError {
  const message = `${path} has ${bytes} bytes, more than can be held at once here; split it`;
  return new KindredError('INVALID_ARGUMENT', message);
}

/** Reads parts of a file, which is opened for each: few are asked for, and large ones. */
function partsOf(path: string, byteLength: number): AsyncBytes {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const file = await open(path);
      try {
        const part = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
        for (let done = 0; done < part.length; ) {
          const { bytesRead } = await file.read(part, done, Math.min(part.length - done, 2 ** 30), start + done);
          if (bytesRead === 0) throw new KindredError('CORRUPT_FILE', `${path} became shorter while it was read`);
          done += bytesRead;
        }
        return part.buffer;
      } finally {
        await file.close();
      }
    },
  };
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ENOTDIR: 'no such file',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead nowhere',
};

/** An error of the system or of the packing as one of bad input; any other as it is. */
export function refusalOf(path: string, error: NodeJS.ErrnoException): Error {
  const { code = '' } = error;
  if (/^Z_|^ERR_.*(ZLIB|BUFFER_TOO_LARGE)/.test(code)) {
    return new KindredError('CORRUPT_FILE', `${path} is not a whole gzip file: ${error.message}`, { cause: error });
  }
  if (error.syscall === undefined && code !== 'ERR_INVALID_ARG_VALUE') return error;
  return refusal(path, REASONS[code] ?? error.message, error);
}

function refusal(path: string, reason: string, cause?: Error): KindredError {
  return new KindredError('INVALID_ARGUMENT', `cannot read ${path}: ${reason}`, { cause });
}

/** Complaints about the content begin with the file they are about. */
export async function inFile<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const name = nameOf(path);
    if (!(error instanceof KindredError) || error.message.includes(name)) throw error;
    throw new KindredError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
