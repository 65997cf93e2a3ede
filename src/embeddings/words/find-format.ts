/** Which format a file of word vectors has, told by what its first bytes can only be. */
import { KindredError } from '../../errors.js';
import { NUMBER, SEPARATOR } from '../../io/glove.js';

export const FILE_FORMATS = ['word2vec-binary', 'word2vec-text', 'glove-text'] as const;
/** GloVe's text is word2vec's without the first line. */
export type FileFormat = (typeof FILE_FORMATS)[number];

/** How a file begins that has a line of two counts. */
export interface Counts {
  readonly dim: number;
  /** The length of the line, its end included. */
  readonly length: number;
}

/** A line of two counts: words, and numbers per word. */
const COUNTS = /^(?:\xef\xbb\xbf)?(\d+)[ \t]+(\d+)[ \t]*\r?\n/;
const NEWLINE = 0x0a;
const SPACE = 0x20;
/** Rows that are looked at, where they are short. */
const ROWS_MAX = 64;

export function findCounts(head: Uint8Array): Counts | undefined {
  const counts = COUNTS.exec(latin(head.subarray(0, 80)));
  return counts === null ? undefined : { dim: Number(counts[2]), length: counts[0].length };
}

/**
 * Whether text or binary follows the counts. A row of text is a word and as many numbers as were promised. Binary rows are
 * bytes that no text has. What is neither is damaged text, and is left to the reader of text, which names the line.
 * @param isWhole whether `head` is all of the file
 * @throws KindredError CORRUPT_FILE for what can be either
 */
export function findFormat(head: Uint8Array, { dim, length }: Counts, isWhole: boolean): FileFormat {
  const rows = head.subarray(length);
  const line = firstLine(rows);
  if (line !== undefined && numbersAtEnd(line) >= dim && dim > 0) return 'word2vec-text';
  const isBinary = hasBytesOfNumbers(rows, dim, isWhole);
  const isTextCutShort = line !== undefined && numbersAtEnd(line) > 0;
  if (isBinary ? isTextCutShort : isWhole && isRowsOf(rows, dim)) {
    throw new KindredError(
      'CORRUPT_FILE',
      "word vectors: after the line of counts there may be damaged text or binary numbers: { format: 'word2vec-text' } or " +
        "'word2vec-binary' says which",
    );
  }
  return isBinary ? 'word2vec-binary' : 'word2vec-text';
}

/** Whether a writer's bytes will be taken for what they are. */
export function isRecognised(bytes: Uint8Array, headBytes: number, format: FileFormat): boolean {
  const head = bytes.subarray(0, headBytes);
  const counts = findCounts(head);
  if (counts === undefined || format === 'glove-text') return (counts === undefined) === (format === 'glove-text');
  // Without rows both formats are the same.
  if (counts.length === bytes.length) return true;
  try {
    return findFormat(head, counts, bytes.length <= headBytes) === format;
  } catch {
    return false;
  }
}

/** Undefined if its end is not there. */
function firstLine(rows: Uint8Array): string | undefined {
  const end = rows.indexOf(NEWLINE);
  return end < 0 ? undefined : latin(rows.subarray(0, end)).replace(/[ \t\r]+$/, '');
}

/** Numbers at the end of a line, its first field, which is a word, left out. */
function numbersAtEnd(line: string): number {
  const fields = line.split(SEPARATOR);
  const last = fields.findLastIndex((field) => !NUMBER.test(field));
  return fields.length - 1 - Math.max(0, last);
}

/** Whether the bytes where numbers of binary rows would be are no text. */
function hasBytesOfNumbers(rows: Uint8Array, dim: number, isWhole: boolean): boolean {
  for (const numbers of blocksOf(rows, dim)) {
    const isCut = !isWhole && numbers.byteOffset + numbers.length === rows.byteOffset + rows.length;
    if (!isText(numbers, isCut)) return true;
  }
  return false;
}

/** The bytes of numbers of the first binary rows; the last block may be cut. Without any space all that is there. */
function* blocksOf(rows: Uint8Array, dim: number): Generator<Uint8Array> {
  let at = 0;
  for (let row = 0; row < ROWS_MAX && at < rows.length; row++) {
    const space = rows.indexOf(SPACE, at);
    if (space < 0) {
      yield rows.subarray(at);
      return;
    }
    at = space + 1 + 4 * dim;
    yield rows.subarray(space + 1, at);
  }
}

/** Neither control characters nor anything else than UTF-8, of which the last character may be cut off. */
function isText(bytes: Uint8Array, isCut: boolean): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}

/** Whether the bytes are binary rows, to the last one. */
function isRowsOf(rows: Uint8Array, dim: number): boolean {
  if (dim === 0) return false;
  let at = 0;
  let count = 0;
  while (at < rows.length) {
    while (rows[at] === NEWLINE) at++;
    if (at >= rows.length) break;
    const space = rows.indexOf(SPACE, at);
    if (space <= at || space + 1 + 4 * dim > rows.length) return false;
    at = space + 1 + 4 * dim;
    count++;
  }
  return count > 0;
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
