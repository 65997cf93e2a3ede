/** Opens the files that people name: told apart by their names, unpacked, in pieces or whole. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KindredError } from '../../index.js';
import type { ProgressLine } from '../output/progress-line.js';

export type FileKind = 'csv' | 'tsv' | 'dat' | 'jsonl' | 'parquet' | 'npy' | 'raw' | 'text' | 'model';

const KINDS: Record<string, FileKind> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  // As MovieLens and its followers write them.
  '.dat': 'dat',
  '.data': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
  '.npy': 'npy',
  '.f32': 'raw',
  '.bin': 'raw',
  '.txt': 'text',
  '.vec': 'text',
  '.kindred': 'model',
};

const INTERACTIONS: readonly FileKind[] = ['csv', 'tsv', 'dat', 'jsonl', 'parquet'];

/** @throws KindredError INVALID_ARGUMENT for a name that says nothing about what is inside. */
export function kindOf(path: string): FileKind {
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  const extension = name.slice(name.lastIndexOf('.'));
  if (Object.hasOwn(KINDS, extension)) return KINDS[extension];
  const known = Object.keys(KINDS).join(', ');
  throw new KindredError(
    'INVALID_ARGUMENT',
    `the name of ${path} does not tell what it is; expected one of ${known} (most also .gz)`,
  );
}

/** @throws KindredError INVALID_ARGUMENT for a name that says nothing about what is inside. */
export function holdsInteractions(path: string): boolean {
  return INTERACTIONS.includes(kindOf(path));
}

/** @throws KindredError INVALID_ARGUMENT for a name that says nothing about what is inside. */
export function holdsModel(path: string): boolean {
  return kindOf(path) === 'model';
}

export async function readBytes(path: string, progress: ProgressLine): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(path, progress)) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

/** The unpacked content as it comes in. @throws KindredError for what the system or the packing refuses. */
export async function* chunksOf(path: string, progress: ProgressLine): AsyncGenerator<Uint8Array> {
  try {
    const { size } = await stat(path);
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    const source = path.toLowerCase().endsWith('.gz')
      ? pipeline(file, createGunzip({ chunkSize: 1 << 18 }), () => {})
      : file;
    for await (const chunk of source) {
      progress.step(`reading ${basename(path)}`, file.bytesRead, size);
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw refusalOf(path, error as NodeJS.ErrnoException);
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ENOTDIR: 'no such file',
};

/** An error of the system or of the packing as one of bad input; any other as it is. */
export function refusalOf(path: string, error: NodeJS.ErrnoException): Error {
  const { code = '' } = error;
  if (/^Z_|^ERR_.*(ZLIB|BUFFER_TOO_LARGE)/.test(code)) {
    return new KindredError('CORRUPT_FILE', `${path} is not a whole gzip file: ${error.message}`, { cause: error });
  }
  if (error.syscall === undefined) return error;
  return new KindredError('INVALID_ARGUMENT', `cannot read ${path}: ${REASONS[code] ?? error.message}`, {
    cause: error,
  });
}

/** Complaints about the content begin with the file they are about. */
export async function inFile<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KindredError) || error.message.includes(path)) throw error;
    throw new KindredError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}
