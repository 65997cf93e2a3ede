/** What is to be read of a file of word vectors: as options say, and as its first bytes tell. */
import { readChoice } from '../../arguments/choices.js';
import { readCount } from '../../arguments/numbers.js';
import type { OptionNames } from '../../arguments/objects.js';
import { KindredError } from '../../errors.js';

const FILE_FORMATS = ['word2vec-binary', 'word2vec-text', 'glove-text'] as const;
/** GloVe's text is word2vec's without the first line. */
export type FileFormat = (typeof FILE_FORMATS)[number];

export interface LoadWordVectorsOptions {
  /** Found out if not given. */
  readonly format?: FileFormat | undefined;
  /** Reads only as many words, from the beginning. */
  readonly limit?: number | undefined;
  /** A word that stands twice is refused; `first` keeps the first of them instead. */
  readonly duplicates?: 'refuse' | 'first' | undefined;
  /** Numbers per word; checked against what the file says. Needed where the first word of GloVe text holds a space. */
  readonly dim?: number | undefined;
}

export const LOAD_WORD_VECTORS_OPTIONS: OptionNames<LoadWordVectorsOptions> = {
  format: true,
  limit: true,
  duplicates: true,
  dim: true,
};

export interface ReadVectors {
  readonly words: string[];
  /** words x dim. */
  readonly data: Float32Array;
  readonly dim: number;
}

/** A fastText model begins with this number, which its authors drew. */
const FASTTEXT_MAGIC = [0xba, 0x16, 0x4f, 0x2f];

export interface ReadRequest {
  readonly format: FileFormat;
  /** Whether the first line has the number of words and of numbers per word. */
  readonly hasCounts: boolean;
  /** Infinity for all. */
  readonly limit: number;
  readonly duplicates: 'refuse' | 'first';
  readonly dim: number | undefined;
}

/**
 * @param options as `readObject` has read them
 * @param head the first bytes of the file, by which the format is found out. @throws KindredError INVALID_ARGUMENT,
 * CORRUPT_FILE
 */
export function readRequest(options: LoadWordVectorsOptions, head: Uint8Array): ReadRequest {
  const { format, limit = Number.POSITIVE_INFINITY, duplicates = 'refuse', dim } = options;
  if (format !== undefined) readChoice(format, 'format', FILE_FORMATS);
  if (limit !== Number.POSITIVE_INFINITY) readCount(limit, 'limit');
  readChoice(duplicates, 'duplicates', ['refuse', 'first']);
  if (dim !== undefined) readCount(dim, 'dim');
  if (FASTTEXT_MAGIC.every((byte, at) => head[at] === byte)) {
    throw new KindredError('CORRUPT_FILE', 'this is a fastText model, not word vectors: its .vec file can be read');
  }
  const counts = /^(?:\xef\xbb\xbf)?(\d+) (\d+) *\r?\n/.exec(latin(head.subarray(0, 64)));
  const found =
    counts === null ? 'glove-text' : isText(head.subarray(counts[0].length)) ? 'word2vec-text' : 'word2vec-binary';
  if (format === 'word2vec-text' && counts === null) {
    throw new KindredError(
      'CORRUPT_FILE',
      'word vectors: line 1: found no two counts, with which word2vec text begins',
    );
  }
  const chosen = format ?? found;
  return { format: chosen, hasCounts: counts !== null, limit, duplicates, dim };
}

/** After the first word there are the characters of numbers, or the bytes of some. An end right away can be either. */
function isText(rows: Uint8Array): boolean {
  const space = rows.indexOf(0x20);
  const line = latin(space < 0 ? rows : rows.subarray(space + 1)).split('\n')[0];
  return /^[-+.\deE \r]*$/.test(line);
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
