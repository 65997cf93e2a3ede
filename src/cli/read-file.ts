/** Opens the files that people name: what the name says it is, unpacked, as interactions or vectors. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { KindredError } from '../index.js';
import { type NumericMatrix, readGloveText, readNpy, readRawFloat32 } from '../io/index.js';
import { Interactions } from '../recommend/index.js';
import { type ColumnOptions, chooseColumns } from './columns.js';
import type { Progress } from './progress.js';
import { RowNames } from './row-names.js';

export interface VectorFileOptions {
  readonly dim?: number;
  readonly ids?: string;
  readonly idsColumn?: number;
}

export interface VectorFile {
  readonly vectors: NumericMatrix;
  readonly names: RowNames;
}

type Kind = 'csv' | 'tsv' | 'npy' | 'raw' | 'text';

const KINDS: Record<string, Kind> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.npy': 'npy',
  '.f32': 'raw',
  '.bin': 'raw',
  '.txt': 'text',
  '.vec': 'text',
};

/** @throws KindredError INVALID_ARGUMENT for a name that says nothing about what is inside. */
export function holdsInteractions(path: string): boolean {
  return ['csv', 'tsv'].includes(kindOf(path));
}

export async function readInteractions(
  path: string,
  options: ColumnOptions,
  progress: Progress,
): Promise<Interactions> {
  const kind = kindOf(path);
  if (!holdsInteractions(path)) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${path} holds vectors; interactions are expected (.csv or .tsv, also .gz)`,
    );
  }
  const bytes = await readBytes(path, progress);
  progress.show(`reading ${basename(path)} ...`);
  return inFile(path, async () =>
    Interactions.fromCsv(bytes, await chooseColumns(bytes, kind === 'tsv' ? '\t' : ',', options)),
  );
}

export async function readVectors(path: string, options: VectorFileOptions, progress: Progress): Promise<VectorFile> {
  const kind = kindOf(path);
  if (kind === 'text') {
    if (options.ids !== undefined) {
      throw new KindredError('INVALID_ARGUMENT', `${path} names its rows itself; --ids is for .npy and raw float32`);
    }
    const { words, vectors } = await inFile(path, () => readGloveText(chunksOf(path, progress), { dim: options.dim }));
    return { vectors, names: new RowNames(path, vectors.rows, words) };
  }
  if (options.dim === undefined && kind === 'raw') {
    throw new KindredError('INVALID_ARGUMENT', `${path} does not say how long a row is; add --dim NUMBER`);
  }
  const vectors = await inFile(path, async () => {
    if (kind === 'npy') return readNpy(await readBytes(path, progress));
    if (kind === 'raw') return readRawFloat32(await readBytes(path, progress), options.dim as number);
    throw new KindredError(
      'INVALID_ARGUMENT',
      'holds interactions; vectors are expected (.npy, .f32, .bin or .txt, also .gz)',
    );
  });
  if (options.dim !== undefined && options.dim !== vectors.dim) {
    throw new KindredError('DIMENSION_MISMATCH', `${path} has rows of ${vectors.dim} numbers; expected ${options.dim}`);
  }
  return { vectors, names: new RowNames(path, vectors.rows, await readNames(path, vectors.rows, options, progress)) };
}

async function readNames(
  path: string,
  rows: number,
  { ids, idsColumn }: VectorFileOptions,
  progress: Progress,
): Promise<string[] | undefined> {
  if (ids === undefined) {
    if (idsColumn === undefined) return undefined;
    throw new KindredError('INVALID_ARGUMENT', '--ids-column needs --ids FILE');
  }
  const text = decodeText(await readBytes(ids, progress), ids);
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines.length !== rows) {
    throw new KindredError('INVALID_ARGUMENT', `${ids} has ${lines.length} lines, but ${path} has ${rows} rows`);
  }
  if (idsColumn === undefined) return lines;
  return lines.map((line, n) => {
    const columns = line.split('\t');
    if (idsColumn <= columns.length) return columns[idsColumn - 1];
    throw new KindredError('INVALID_ARGUMENT', `${ids}: line ${n + 1} has ${columns.length} columns, not ${idsColumn}`);
  });
}

function kindOf(path: string): Kind {
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  const extension = name.slice(name.lastIndexOf('.'));
  if (Object.hasOwn(KINDS, extension)) return KINDS[extension];
  const known = Object.keys(KINDS).join(', ');
  throw new KindredError(
    'INVALID_ARGUMENT',
    `the name of ${path} does not tell what it is; expected one of ${known} (also .gz)`,
  );
}

async function readBytes(path: string, progress: Progress): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(path, progress)) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

/** The unpacked content as it comes in. @throws KindredError for what the system or the packing refuses. */
async function* chunksOf(path: string, progress: Progress): AsyncGenerator<Uint8Array> {
  try {
    const { size } = await stat(path);
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    const source = path.toLowerCase().endsWith('.gz')
      ? pipeline(file, createGunzip({ chunkSize: 1 << 18 }), () => {})
      : file;
    for await (const chunk of source) {
      const part = size > 0 ? ` ${Math.round((100 * file.bytesRead) / size)} %` : '';
      progress.show(`reading ${basename(path)}${part}`);
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

function refusalOf(path: string, error: NodeJS.ErrnoException): Error {
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
async function inFile<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KindredError) || error.message.includes(path)) throw error;
    throw new KindredError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new KindredError('CORRUPT_FILE', `${path} is not UTF-8 text`, { cause });
  }
}
