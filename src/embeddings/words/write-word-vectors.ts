/** Word vectors as files: word2vec's two formats and GloVe's. */
import { readChoice } from '../../arguments/choices.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { saveBytes } from '../../files/disk.js';
import { LINE_BYTES_MAX } from '../../io/glove.js';
import type { Matrix } from '../../similarity/vectors.js';
import { FILE_FORMATS, type FileFormat, isRecognised } from './find-format.js';
import { HEAD_BYTES } from './vector-source.js';
import type { Word } from './word.js';
import { DIM_MAX, WORD_BYTES_MAX } from './word2vec-reader.js';

/** What no word may hold: a line end, a space where the first one ends the word, what looks like one more number. */
const FORBIDDEN: Readonly<Record<FileFormat, RegExp>> = {
  'word2vec-text': /[\r\n]|^\ufeff|^[ \t]*$|[ \t][+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?([ \t]|$)|\p{Surrogate}/u,
  'glove-text': /[\r\n \t]|^\ufeff|\p{Surrogate}/u,
  'word2vec-binary': /[\n ]|\p{Surrogate}/u,
};
const ADVICE = 'toIndex().save(path) keeps any word';

/** @throws KindredError INVALID_ARGUMENT for what would be read as something else, or not at all */
export function writeWordVectors(words: readonly Word[], vectors: Matrix, format: FileFormat): Uint8Array {
  readChoice(format, 'format', FILE_FORMATS);
  const bad = words.find((word) => FORBIDDEN[format].test(String(word)));
  if (bad !== undefined) {
    const reason = `its spaces, line ends or half characters would be read as something else; ${ADVICE}`;
    throw new KindredError('INVALID_ARGUMENT', `the format ${format} cannot hold the word ${show(bad)}: ${reason}`);
  }
  refuseDuplicates(words);
  const reason = reasonAgainst(words, vectors, format);
  if (reason !== undefined) throw new KindredError('INVALID_ARGUMENT', `the format ${format} ${reason}; ${ADVICE}`);
  const bytes = format === 'word2vec-binary' ? binary(words, vectors) : text(words, vectors, format);
  if (isRecognised(bytes, HEAD_BYTES, format)) return bytes;
  const message = `these words as ${format} could not be told from another format; give another, or ${ADVICE}`;
  throw new KindredError('INVALID_ARGUMENT', message);
}

/** All are written as texts: the number 7 and the text '7' would be one. */
function refuseDuplicates(words: readonly Word[]): void {
  const texts = new Set(words.map(String));
  if (texts.size === words.length) return;
  const twin = words.find((word) => typeof word === 'number' && words.includes(String(word)));
  const message = `${show(twin)} and ${show(String(twin))} are two words, and would be one in a file; ${ADVICE}`;
  throw new KindredError('INVALID_ARGUMENT', message);
}

/** Why a reader would refuse the file, if it would. */
function reasonAgainst(words: readonly Word[], { dim }: Matrix, format: FileFormat): string | undefined {
  if (format === 'glove-text' && dim === 1) return 'cannot tell a word with one number from a line of two counts';
  if (format === 'glove-text' && words.length === 0) return 'cannot say that there are no words';
  if (format !== 'word2vec-binary') return undefined;
  if (dim > DIM_MAX) return `holds at most ${DIM_MAX} numbers per word, and there are ${dim}`;
  // At most three bytes for a code unit.
  const isLong = (word: Word) => String(word).length * 3 >= WORD_BYTES_MAX;
  return words.some(isLong) ? `holds words of less than ${WORD_BYTES_MAX / 3} characters` : undefined;
}

/** Whole or not at all; packed if the name ends with .gz. */
export async function saveWordVectors(path: string | URL, bytes: Uint8Array): Promise<void> {
  await saveBytes(path, /\.gz$/.test(String(path)) ? await gzipped(bytes) : bytes);
}

async function gzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function text(words: readonly Word[], { data, rows, dim }: Matrix, format: FileFormat): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = format === 'word2vec-text' ? [encoder.encode(`${rows} ${dim}\n`)] : [];
  for (let row = 0; row < rows; row++) {
    const numbers = Array.from(data.subarray(row * dim, (row + 1) * dim), shortest);
    const line = encoder.encode(`${words[row]} ${numbers.join(' ')}\n`);
    if (line.length > LINE_BYTES_MAX) {
      const message = `the word ${show(words[row])} makes a line of ${line.length} bytes, and ${LINE_BYTES_MAX} can be read`;
      throw new KindredError('INVALID_ARGUMENT', `${message}; ${ADVICE}`);
    }
    pieces.push(line);
  }
  return joined(pieces);
}

/** The fewest digits that give the same float32 back, of seven to nine. */
function shortest(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  for (let digits = 7; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

function binary(words: readonly Word[], { data, rows, dim }: Matrix): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = [encoder.encode(`${rows} ${dim}\n`)];
  for (let row = 0; row < rows; row++) {
    pieces.push(encoder.encode(`${words[row]} `));
    // As the authors' program does, each row ends with a line end.
    const numbers = new DataView(new ArrayBuffer(dim * 4 + 1));
    for (let i = 0; i < dim; i++) numbers.setFloat32(i * 4, data[row * dim + i], true);
    numbers.setUint8(dim * 4, 0x0a);
    pieces.push(new Uint8Array(numbers.buffer));
  }
  return joined(pieces);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
