/** Text files in pieces, cut into blocks of whole lines; bytes that are not UTF-8 are marked where they stand. */
import { reading } from '../../../arguments/objects.js';
import { refusal } from '../../../arguments/refuse.js';
import { KindredError } from '../../../errors.js';
import { decoded, requireEncoding, type TextEncoding } from './encodings.js';

/** A whole text, or its pieces in order. It may be cut anywhere; bytes are UTF-8 unless told otherwise. */
export type TextSource =
  | string
  | Uint8Array
  | Iterable<string>
  | AsyncIterable<string | Uint8Array>
  | ReadableStream<string | Uint8Array>;

export interface TextBlock {
  /** Ends with a newline unless it is the last one. */
  readonly text: string;
  readonly last: boolean;
}

/** What stands in a block in place of bytes that are not UTF-8: a replacement character alone may be meant. */
export const NOT_UTF8 = '\0\ufffd';

/** A block holds at least this many characters or bytes, but the last. */
const BLOCK = 1 << 18;
/** Characters or bytes of a line at most. */
export const LINE_MAX = 1 << 26;
const NEWLINE = 0x0a;

/**
 * @throws KindredError INVALID_ARGUMENT for what is no source; CORRUPT_FILE for a line of more than 64 Mi characters.
 */
export async function* blocksOf(source: TextSource, encoding?: TextEncoding): AsyncGenerator<TextBlock> {
  let first = true;
  const blockOf = (piece: string | Uint8Array, last: boolean): TextBlock => {
    const text = typeof piece === 'string' ? piece : decode(piece);
    const marked = first && text.startsWith('\ufeff');
    first = false;
    return { text: marked ? text.slice(1) : text, last };
  };
  let pending = new Pending();
  for await (const chunk of decoded(chunksOf(source), requireEncoding(encoding))) {
    pending = pending.push(chunk);
    for (let block = pending.take(); block !== undefined; block = pending.take()) yield blockOf(block, false);
  }
  yield blockOf(pending.rest(), true);
}

/** What has come and was not handed on: text, until the first bytes come. */
class Pending {
  #text = '';
  #bytes: Uint8Array[] | undefined;
  #size = 0;
  /** Where the last whole line ends. */
  #end = 0;

  push(chunk: string | Uint8Array): Pending {
    if (typeof chunk === 'string' && !this.#bytes) {
      const newline = chunk.lastIndexOf('\n');
      if (newline >= 0) this.#end = this.#text.length + newline + 1;
      this.#text += chunk;
      this.#size += chunk.length;
      return this;
    }
    if (!this.#bytes) {
      const before = new TextEncoder().encode(this.#text);
      this.#bytes = before.length > 0 ? [before] : [];
      this.#size = before.length;
      this.#end = before.lastIndexOf(NEWLINE) + 1;
      this.#text = '';
    }
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : requireBytes(chunk);
    const newline = bytes.lastIndexOf(NEWLINE);
    if (newline >= 0) this.#end = this.#size + newline + 1;
    this.#bytes.push(bytes);
    this.#size += bytes.length;
    return this;
  }

  /** Whole lines, once there are enough. A long source is cut without copying what follows. */
  take(): string | Uint8Array | undefined {
    if (this.#end < BLOCK) {
      if (this.#size - this.#end <= LINE_MAX) return undefined;
      throw new KindredError('CORRUPT_FILE', `A line is longer than ${LINE_MAX} characters; expected lines of text.`);
    }
    const end = Math.min(this.#end, this.#lineEndAfter(BLOCK - 1));
    const whole = this.#bytes ? this.#joined() : this.#text;
    const block = typeof whole === 'string' ? whole.slice(0, end) : whole.subarray(0, end);
    if (typeof whole === 'string') this.#text = whole.slice(end);
    else this.#bytes = [whole.subarray(end)];
    this.#size -= end;
    this.#end -= end;
    return block;
  }

  rest(): string | Uint8Array {
    return this.#bytes ? this.#joined() : this.#text;
  }

  #lineEndAfter(start: number): number {
    return (this.#bytes ? this.#joined().indexOf(NEWLINE, start) : this.#text.indexOf('\n', start)) + 1;
  }

  #joined(): Uint8Array {
    const pieces = this.#bytes ?? [];
    if (pieces.length === 1) return pieces[0];
    const joined = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    this.#bytes = [joined];
    return joined;
  }
}

/** Made when bytes come first: not everything that reads text has a TextDecoder. */
let decoders: { readonly strict: TextDecoder; readonly lenient: TextDecoder } | undefined;

function decoding() {
  decoders ??= {
    strict: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
    lenient: new TextDecoder('utf-8', { ignoreBOM: true }),
  };
  return decoders;
}

/** Only the lines that hold the bad bytes are marked. */
function decode(bytes: Uint8Array): string {
  try {
    return decoding().strict.decode(bytes);
  } catch {
    let text = '';
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline + 1;
      text += textOf(bytes.subarray(start, end));
      start = end;
    }
    return text;
  }
}

/** Bytes as text, marked if they are not UTF-8. */
export function textOf(line: Uint8Array): string {
  try {
    return decoding().strict.decode(line);
  } catch {
    return decoding().lenient.decode(line).replaceAll('\ufffd', NOT_UTF8);
  }
}

function requireBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw refusal('what the source gives', chunk, 'text or bytes (Uint8Array)');
}

const SOURCES = 'text, bytes or a stream of them';

function chunksOf(source: TextSource): AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array> {
  return reading('the source', () => {
    if (typeof source === 'string' || source instanceof Uint8Array) return [source];
    if (typeof source === 'object' && source !== null) {
      if ('getReader' in source) return chunksOfStream(source);
      if (Symbol.iterator in source || Symbol.asyncIterator in source) return source;
    }
    throw refusal('the source', source, SOURCES);
  });
}

/** Not every browser lets a ReadableStream be iterated. */
async function* chunksOfStream(stream: ReadableStream<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
