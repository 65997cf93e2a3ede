/** Opens files of vectors, with the names of their rows. Headers are read and checked before the rest. */
import { WordVectors } from '../../embeddings/index.js';
import { KindredError } from '../../index.js';
import { countedShape } from '../../io/counted-rows.js';
import {
  type NumericMatrix,
  readCountedRows,
  readGloveText,
  readNpy,
  readNpyHeader,
  readNumberTable,
  readRawFloat32,
  readVecs,
  type WordsReport,
} from '../../io/index.js';
import { rawFloat32Rows } from '../../io/raw-float32.js';
import { vecsShape } from '../../io/vecs.js';
import { decoded } from '../../recommend/data/readers/encodings.js';
import { contentOf, type FileKind, type Format } from '../input/file-kinds.js';
import { inFile, nameOf, openSource, requireOneStdin, type Source } from '../input/source.js';
import { refuseOptions } from '../input/unused-options.js';
import type { ProgressLine } from '../output/progress-line.js';
import { RowNames } from './row-names.js';
import { vectorKindOf } from './vector-kinds.js';

export interface VectorFileOptions {
  readonly format?: Format;
  readonly dim?: number;
  readonly ids?: string;
  readonly idsColumn?: number;
  readonly onBadWord?: 'refuse' | 'skip' | 'replace';
  readonly onWrongCount?: 'refuse' | 'accept';
}

export interface VectorFile {
  readonly vectors: NumericMatrix;
  readonly names: RowNames;
}

/** A line of names is no longer than this. */
const NAME_MAX = 1 << 20;

/** @param opened the file, if it is open. @throws KindredError for a file that cannot be read. */
export async function readVectors(
  path: string,
  options: VectorFileOptions,
  progress: ProgressLine,
  opened?: Source,
): Promise<VectorFile> {
  requireOneStdin(path, options.ids);
  const source = opened ?? (await openSource(path, progress));
  const kind = vectorKindOf(source, options.format, options.dim);
  if (kind === 'words' || kind === 'word2vec') {
    if (options.ids !== undefined) {
      throw new KindredError('INVALID_ARGUMENT', `${path} names its rows itself; --ids is for files without names`);
    }
    const { words, vectors, report } = await inFile(path, () => readWords(source, kind, options));
    if (report !== undefined && report.examples.length > 0) progress.note(badWordsOf(nameOf(path), report));
    return { vectors, names: new RowNames(path, vectors.rows, words) };
  }
  refuseOptions(
    options,
    ['onBadWord', 'onWrongCount'],
    (option) => `${option} is for words; ${nameOf(path)} names no rows`,
  );
  const vectors = await inFile(path, () => readMatrix(source, kind, options));
  if (options.dim !== undefined && options.dim !== vectors.dim) {
    throw new KindredError('DIMENSION_MISMATCH', `${path} has rows of ${vectors.dim} numbers; expected ${options.dim}`);
  }
  return { vectors, names: new RowNames(path, vectors.rows, await readNames(path, vectors.rows, options, progress)) };
}

async function readWords(source: Source, kind: FileKind, { dim, onBadWord, onWrongCount }: VectorFileOptions) {
  const how = { dim, onBadWord, onWrongCount };
  if (kind === 'words') return readGloveText(decoded(source.chunks(), undefined), how);
  const { words, vectors, report } = await WordVectors.load(source.chunks(), { format: 'word2vec-binary', ...how });
  return { words, vectors: { ...vectors, data: vectors.data as Float32Array }, report };
}

function badWordsOf(file: string, { read, skipped, replaced, examples }: WordsReport): string {
  const [{ place, found }] = examples;
  const done = [skipped > 0 && `${skipped} left out`, replaced > 0 && `${replaced} replaced in part`].filter(Boolean);
  return `${file}: of ${read} words ${done.join(', ')}, the first at ${place}: ${found}`;
}

async function readMatrix(source: Source, kind: FileKind, { dim }: VectorFileOptions): Promise<NumericMatrix> {
  const { head, size } = source;
  switch (kind) {
    case 'npy':
      return readNpy(await source.whole(readNpyHeader(head, size).fileBytes));
    case 'fbin':
    case 'u8bin':
    case 'i8bin':
      return readCountedRows(await source.whole(countedShape(head, size, kind).bytes), kind);
    case 'fvecs':
    case 'bvecs':
    case 'ivecs':
      if (size !== undefined) vecsShape(head, size, kind);
      return readVecs(await source.whole(), kind);
    case 'raw':
      if (dim === undefined) {
        throw new KindredError(
          'INVALID_ARGUMENT',
          `${nameOf(source.path)} does not say how long a row is; add --dim NUMBER`,
        );
      }
      // Whatever is wrong with the length is wrong before it is read.
      if (size !== undefined) rawFloat32Rows(size, dim);
      return readRawFloat32(await source.whole(), dim);
    case 'numbers':
      return readNumberTable(textOf(source));
    default: {
      const expected = 'vectors are expected (.npy, .f32, .fvecs, .fbin, .bin or .txt; most also .gz)';
      throw new KindredError('INVALID_ARGUMENT', `holds ${contentOf(kind)}; ${expected}`);
    }
  }
}

async function* textOf(source: Source): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of decoded(source.chunks(), undefined)) {
    yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
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
  const lines = await readLines(await openSource(ids, progress), rows);
  if (lines.length !== rows) {
    const found = lines.length > rows ? `more than ${rows} lines` : `${lines.length} lines`;
    throw new KindredError('INVALID_ARGUMENT', `${ids} has ${found}, but ${path} has ${rows} rows`);
  }
  if (idsColumn === undefined) return lines;
  return lines.map((line, n) => {
    const columns = line.split('\t');
    if (idsColumn <= columns.length) return columns[idsColumn - 1];
    throw new KindredError('INVALID_ARGUMENT', `${ids}: line ${n + 1} has ${columns.length} columns, not ${idsColumn}`);
  });
}

/** The lines of a text, one more than wanted at most. */
async function readLines(source: Source, wanted: number): Promise<string[]> {
  const { path } = source;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines: string[] = [];
  let rest = '';
  try {
    for await (const chunk of decoded(source.chunks(), undefined)) {
      rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      const some = rest.split(/\r?\n/);
      rest = some.pop() as string;
      if (rest.length > NAME_MAX)
        throw new KindredError('CORRUPT_FILE', `${path} has a line of more than ${NAME_MAX} letters`);
      for (const line of some) lines.push(line);
      if (lines.length > wanted) return lines;
    }
    rest += decoder.decode();
  } catch (cause) {
    if (cause instanceof KindredError) throw cause;
    throw new KindredError('CORRUPT_FILE', `${path} is not UTF-8 text`, { cause });
  }
  if (rest !== '') lines.push(rest);
  if (lines[0]?.startsWith('\ufeff')) lines[0] = lines[0].slice(1);
  return lines;
}
