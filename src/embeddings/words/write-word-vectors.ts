/** Word vectors as files: word2vec's two formats and GloVe's. */
import { readChoice } from '../../arguments/choices.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { saveBytes } from '../../files/disk.js';
import type { Matrix } from '../../similarity/vectors.js';
import type { FileFormat } from './read-request.js';
import type { Word } from './word.js';

/** What no word may hold: a line end, a space where the first one ends the word, what looks like one more number. */
const FORBIDDEN: Readonly<Record<FileFormat, RegExp>> = {
  'word2vec-text': /[\r\n]|^\ufeff|^ *$| [+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?( |$)/,
  'glove-text': /[\r\n ]|^\ufeff/,
  'word2vec-binary': /[\n ]/,
};

export function writeWordVectors(words: readonly Word[], vectors: Matrix, format: FileFormat): Uint8Array {
  readChoice(format, 'format', Object.keys(FORBIDDEN) as FileFormat[]);
  const bad = words.find((word) => FORBIDDEN[format].test(String(word)));
  if (bad !== undefined) {
    const reason = 'spaces or line ends would be read as something else';
    throw new KindredError('INVALID_ARGUMENT', `the format ${format} cannot hold the word ${show(bad)}: ${reason}`);
  }
  if (format === 'glove-text' && vectors.dim === 1) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      'GloVe text cannot tell a word with one number from a line of two counts',
    );
  }
  return format === 'word2vec-binary' ? binary(words, vectors) : text(words, vectors, format === 'word2vec-text');
}

/** Whole or not at all; packed if the name ends with .gz. */
export async function saveWordVectors(path: string | URL, bytes: Uint8Array): Promise<void> {
  await saveBytes(path, /\.gz$/.test(String(path)) ? await gzipped(bytes) : bytes);
}

async function gzipped(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function text(words: readonly Word[], { data, rows, dim }: Matrix, withCounts: boolean): Uint8Array {
  const encoder = new TextEncoder();
  const pieces = withCounts ? [encoder.encode(`${rows} ${dim}\n`)] : [];
  for (let row = 0; row < rows; row++) {
    const numbers = Array.from(data.subarray(row * dim, (row + 1) * dim), shortest);
    pieces.push(encoder.encode(`${words[row]} ${numbers.join(' ')}\n`));
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
