/** Opens files of vectors, with the names of their rows. */
import { KindredError } from '../../index.js';
import { type NumericMatrix, readGloveText, readNpy, readRawFloat32 } from '../../io/index.js';
import type { ProgressLine } from '../output/progress-line.js';
import { chunksOf, inFile, kindOf, readBytes } from './read-bytes.js';
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

export async function readVectors(
  path: string,
  options: VectorFileOptions,
  progress: ProgressLine,
): Promise<VectorFile> {
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
    const found = kind === 'model' ? 'a saved model or index' : 'interactions';
    throw new KindredError(
      'INVALID_ARGUMENT',
      `holds ${found}; vectors are expected (.npy, .f32, .bin or .txt, also .gz)`,
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
  progress: ProgressLine,
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

function decodeText(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new KindredError('CORRUPT_FILE', `${path} is not UTF-8 text`, { cause });
  }
}
