/** What a file holds: as --format says, else by its name, else by its first bytes. Where these disagree, it is refused. */
import { basename } from 'node:path';
import { KindredError } from '../../index.js';
import { nameOf, type Source, STDIN } from './source.js';

/** `table`, `text` and `bin` are what a name alone leaves open. */
export type FileKind =
  | ('csv' | 'tsv' | 'dat' | 'table' | 'jsonl' | 'parquet')
  | ('npy' | 'raw' | 'bin' | 'fvecs' | 'bvecs' | 'ivecs' | 'fbin' | 'u8bin' | 'i8bin')
  | ('text' | 'words' | 'word2vec' | 'numbers')
  | 'kindred';

const KINDS: Readonly<Record<string, FileKind>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  // As MovieLens, RecBole and their followers write them.
  '.dat': 'dat',
  '.data': 'dat',
  '.inter': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'jsonl',
  '.parquet': 'parquet',
  '.npy': 'npy',
  '.f32': 'raw',
  '.bin': 'bin',
  '.fvecs': 'fvecs',
  '.bvecs': 'bvecs',
  '.ivecs': 'ivecs',
  '.fbin': 'fbin',
  '.u8bin': 'u8bin',
  '.i8bin': 'i8bin',
  '.txt': 'text',
  '.vec': 'words',
  '.kindred': 'kindred',
};

/** What --format takes. */
export const FORMATS = [
  ...(['csv', 'tsv', 'jsonl', 'parquet'] as const),
  ...(['npy', 'raw', 'fvecs', 'bvecs', 'ivecs', 'fbin', 'u8bin', 'i8bin'] as const),
  ...(['word2vec', 'words', 'numbers', 'kindred'] as const),
];
export type Format = (typeof FORMATS)[number];

const INTERACTIONS: readonly FileKind[] = ['csv', 'tsv', 'dat', 'table', 'jsonl', 'parquet'];

export function holdsInteractions(kind: FileKind): boolean {
  return INTERACTIONS.includes(kind);
}

/** Undefined for stdin, whose content must tell. @throws KindredError INVALID_ARGUMENT for a name that says nothing. */
export function kindByName(path: string, format?: Format): FileKind | undefined {
  if (format !== undefined) return format;
  if (path === STDIN) return undefined;
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  const extension = name.slice(name.lastIndexOf('.'));
  if (Object.hasOwn(KINDS, extension)) return KINDS[extension];
  const [advice, known] = extension === '.npz' ? ['save its arrays as .npy: it is', 'a zip archive'] : ADVICE;
  throw new KindredError('INVALID_ARGUMENT', `the name of ${path} does not tell what it is; ${advice} ${known}`);
}

const ADVICE = ['expected one of', `${Object.keys(KINDS).join(', ')} (most also .gz), or --format`];

/** Beginnings that belong to one kind of file. */
const MAGICS: readonly (readonly [magic: string, kind: FileKind | undefined, what: string])[] = [
  ['\x93NUMPY', 'npy', 'a .npy file'],
  ['PAR1', 'parquet', 'a Parquet file'],
  ['\x89KND\r\n\x1a\n', 'kindred', 'an index of kindred'],
  ['\x89KNM\r\n\x1a\n', 'kindred', 'a model of kindred'],
  ['PK\x03\x04', undefined, 'a zip archive'],
  ['\x1f\x8b\x08', undefined, 'packed with gzip'],
  ['\x28\xb5\x2f\xfd', undefined, 'packed with zstd'],
  ['BZh', undefined, 'packed with bzip2'],
  ['\xfd7zXZ', undefined, 'packed with xz'],
];

/**
 * What is in a file. `text` is left for callers to look into.
 * @throws KindredError INVALID_ARGUMENT where name or format and content disagree, and for stdin that does not tell.
 */
export function kindOf({ path, head }: Source, format?: Format): FileKind {
  const named = kindByName(path, format);
  const start = latin(head.subarray(0, 16));
  const [, found, what] = MAGICS.find(([magic]) => start.startsWith(magic)) ?? [];
  if (what !== undefined && (found === undefined || found !== named)) {
    if (named === undefined && found !== undefined) return found;
    const advice = found === undefined ? 'unpack it first' : `--format ${found} reads it as one`;
    throw new KindredError('INVALID_ARGUMENT', `${nameOf(path)} is ${what}, by its first bytes; ${advice}`);
  }
  if (named === 'parquet' && found !== 'parquet') {
    throw new KindredError('CORRUPT_FILE', `${path}: this is no Parquet file, which begins with PAR1`);
  }
  if (named !== undefined) return named;
  return /^(?:\xef\xbb\xbf)?\s*\{/.test(start) ? 'jsonl' : 'text';
}

/** Whether a file of kindred holds an index, not a model. */
export function isIndex({ head }: Source): boolean {
  return latin(head.subarray(0, 4)) === '\x89KND';
}

/** What people are told of a file that holds something else. */
export function contentOf(kind: FileKind): string {
  if (kind === 'kindred') return 'a saved model or index';
  return holdsInteractions(kind) ? 'interactions' : 'vectors';
}

/** Bytes as characters of the same number. */
export function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
