/** What is to be read of a file of word vectors: as options say, and as its first bytes tell. */
import { readChoice } from '../../arguments/choices.js';
import { readCount } from '../../arguments/numbers.js';
import type { OptionNames } from '../../arguments/objects.js';
import { KindredError } from '../../errors.js';
import type { WordsOptions, WordsReport } from '../../io/words-log.js';
import { FILE_FORMATS, type FileFormat, findCounts, findFormat } from './find-format.js';

export interface LoadWordVectorsOptions extends WordsOptions {
  /** Found out if not given, and refused if it could be either. */
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
  onBadWord: true,
  onWrongCount: true,
};

export interface ReadVectors {
  readonly words: string[];
  /** words x dim. */
  readonly data: Float32Array;
  readonly dim: number;
  readonly report: WordsReport;
}

/** A fastText model begins with this number, which its authors drew. */
const FASTTEXT_MAGIC = [0xba, 0x16, 0x4f, 0x2f];

export interface ReadRequest extends WordsOptions {
  readonly format: FileFormat;
  /** Whether the first line has the number of words and of numbers per word. */
  readonly hasCounts: boolean;
  /** Whether the caller said so: else a line of counts may still follow. */
  readonly isWithoutCounts: boolean;
  /** Infinity for all. */
  readonly limit: number;
  readonly duplicates: 'refuse' | 'first';
  readonly dim: number | undefined;
}

/**
 * @param options as `readObject` has read them
 * @param head the first bytes of the file, by which the format is found out
 * @param isWhole whether these are all
 * @throws KindredError INVALID_ARGUMENT,
 * CORRUPT_FILE
 */
export function readRequest(options: LoadWordVectorsOptions, head: Uint8Array, isWhole: boolean): ReadRequest {
  const { format, limit = Number.POSITIVE_INFINITY, duplicates = 'refuse', dim, ...words } = options;
  if (format !== undefined) readChoice(format, 'format', FILE_FORMATS);
  if (limit !== Number.POSITIVE_INFINITY) readCount(limit, 'limit');
  readChoice(duplicates, 'duplicates', ['refuse', 'first']);
  if (dim !== undefined) readCount(dim, 'dim');
  if (FASTTEXT_MAGIC.every((byte, at) => head[at] === byte)) {
    throw new KindredError('CORRUPT_FILE', 'this is a fastText model, not word vectors: its .vec file can be read');
  }
  const counts = format === 'glove-text' ? undefined : findCounts(head);
  if (format === 'word2vec-text' && counts === undefined) {
    throw new KindredError(
      'CORRUPT_FILE',
      'word vectors: line 1: found no two counts, with which word2vec text begins',
    );
  }
  const chosen = format ?? (counts === undefined ? 'glove-text' : findFormat(head, counts, isWhole));
  const isWithoutCounts = format === 'glove-text';
  return { ...words, format: chosen, hasCounts: counts !== undefined, isWithoutCounts, limit, duplicates, dim };
}
