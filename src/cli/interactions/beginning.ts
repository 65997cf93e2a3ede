/** The first lines of a text that comes in pieces, and then all of it. */
import { KindredError } from '../../index.js';
import { decoded, type TextEncoding } from '../../recommend/data/readers/encodings.js';
import { LINE_MAX } from '../../recommend/data/readers/text-blocks.js';

/** As much is looked at, if there is as much. */
const START = 1 << 16;

export interface Beginning {
  /** Whole lines, the first of them at least. */
  readonly start: string;
  /** Everything. */
  readonly chunks: AsyncIterable<string | Uint8Array>;
}

/** @throws KindredError CORRUPT_FILE for a first line beyond all bounds. */
export async function beginningOf(
  chunks: AsyncIterable<Uint8Array>,
  encoding: TextEncoding | undefined,
): Promise<Beginning> {
  const pieces = decoded(chunks, encoding);
  const first: (string | Uint8Array)[] = [];
  let length = 0;
  let isWhole = false;
  let hasLine = false;
  while (!isWhole && !(length >= START && hasLine)) {
    if (length > LINE_MAX) throw new KindredError('CORRUPT_FILE', `the first line is longer than ${LINE_MAX} bytes`);
    const { done, value } = await pieces.next();
    isWhole = done === true;
    if (value === undefined) continue;
    first.push(value);
    length += value.length;
    hasLine ||= typeof value === 'string' ? value.includes('\n') : value.includes(0x0a);
  }
  const text = textOf(first);
  if (/^[^\n]*\0/.test(text)) {
    const advice = '--encoding utf-16le or utf-16be reads text that has one between all letters';
    throw new KindredError('CORRUPT_FILE', `the first line has a NUL character (${advice})`);
  }
  async function* all() {
    yield* first;
    yield* pieces;
  }
  return { start: isWhole ? text : text.slice(0, text.lastIndexOf('\n') + 1), chunks: all() };
}

function textOf(pieces: readonly (string | Uint8Array)[]): string {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  return new TextDecoder().decode(Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array))));
}
