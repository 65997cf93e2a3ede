/** What a file of vectors holds whose name leaves it open, told from its first bytes or refused with how to tell. */

import { viewOf } from '../../files/byte-order.js';
import { KindredError } from '../../index.js';
import { type FileKind, type Format, kindOf, latin } from '../input/file-kinds.js';
import { nameOf, type Source } from '../input/source.js';

/** Lines looked at. */
const LINES_MAX = 50;

export type VectorKind = Exclude<FileKind, 'bin' | 'text' | 'csv' | 'tsv' | 'dat' | 'table' | 'jsonl' | 'parquet'>;

/** @param dim what --dim says. @throws KindredError INVALID_ARGUMENT where the content does not tell, or says otherwise. */
export function vectorKindOf(source: Source, format: Format | undefined, dim: number | undefined): FileKind {
  const kind = kindOf(source, format);
  if (kind === 'bin') return binaryKind(source, dim);
  // A name says little about what is inside: a header of another format would be read as numbers.
  if (kind === 'raw' && format === undefined) requireNoHeader(source);
  return kind === 'text' || (kind === 'words' && format === undefined) ? textKind(source) : kind;
}

/** `.bin` is word2vec's name for its words, that of large benchmarks for counted rows, and anybody's for raw floats. */
function binaryKind(source: Source, dim: number | undefined): VectorKind {
  if (isWord2Vec(source)) return 'word2vec';
  if (isCounted(source)) {
    if (dim === undefined) return 'fbin';
    throw refuse(
      source,
      'begins with the counts of an .fbin file',
      '--format fbin, or --format raw if they are numbers',
    );
  }
  if (dim !== undefined) return 'raw';
  throw refuse(source, 'does not say how long a row is', '--dim NUMBER, if it is raw float32');
}

function requireNoHeader(source: Source): void {
  if (isWord2Vec(source)) {
    throw refuse(source, "begins like word2vec's binary format", '--format word2vec, or --format raw if it is not');
  }
  if (isCounted(source)) {
    throw refuse(
      source,
      'begins with the counts of an .fbin file',
      '--format fbin, or --format raw if they are numbers',
    );
  }
}

function isWord2Vec({ head }: Source): boolean {
  return /^\d+ \d+ *\r?\n/.test(latin(head.subarray(0, 64)));
}

/** Two counts that fit the length of the file to the byte. */
function isCounted({ head, size }: Source): boolean {
  if (head.length < 8 || size === undefined) return false;
  const view = viewOf(head);
  const [rows, dim] = [view.getUint32(0, true), view.getUint32(4, true)];
  return rows > 0 && dim > 0 && 8 + 4 * rows * dim === size;
}

/**
 * Words with their numbers, or numbers alone. A number may be a word: of `1 0.5 0.25` nobody knows.
 */
function textKind(source: Source): VectorKind {
  // Words in binary, which no text has control characters in.
  if (isWord2Vec(source) && source.head.some((byte) => byte < 0x09)) return 'word2vec';
  const text = new TextDecoder().decode(source.head).replace(/^\ufeff/, '');
  const all = text.split(/\r?\n/);
  // The last line may be cut off.
  if (all.length > 1) all.pop();
  const lines = all.filter((line) => line.trim() !== '' && !line.startsWith('# ')).slice(0, LINES_MAX);
  const [first = '', ...others] = lines;
  const hasCounts = /^\s*\d+\s+\d+\s*$/.test(first) && others.length > 0;
  const rows = (hasCounts ? others : lines).map((line) => line.trim().split(/\s*[,;]\s*|\s+/));
  const areNumbers = rows.every((fields) => fields.every(isNumber));
  if (!areNumbers || rows.length === 0) return 'words';
  const dim = hasCounts ? Number(first.trim().split(/\s+/)[1]) : undefined;
  if (dim !== undefined && rows.every((fields) => fields.length === dim + 1)) return 'words';
  const areFractions = rows.every(([field]) => /[.eE]/.test(field));
  if (areFractions || rows.every((fields) => fields.length === 1) || /[,;]/.test(first)) return 'numbers';
  throw refuse(
    source,
    'holds numbers alone, and the first of each line may be the name of a row',
    '--format words or --format numbers',
  );
}

function isNumber(field: string): boolean {
  return field !== '' && Number.isFinite(Number(field));
}

function refuse({ path }: Source, found: string, advice: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', `${nameOf(path)} ${found}; add ${advice}`);
}
