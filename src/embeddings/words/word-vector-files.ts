/** Reads files of word vectors: where the bytes come from, which format they are in, and who parses it. */
import { KindredError } from '../../errors.js';
import { type WordVectors as GloveText, readGloveText } from '../../io/glove.js';
import { readObject } from '../../similarity/index/options.js';
import { show } from '../../similarity/vectors.js';
import { LineLimit } from './line-limit.js';
import { Word2VecReader } from './word2vec-reader.js';

/** A path or file URL (Node), bytes, a Blob, or chunks of bytes that may end anywhere. */
export type VectorSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | Iterable<Uint8Array>
  | AsyncIterable<Uint8Array>;

export type FileFormat = 'word2vec-binary' | 'word2vec-text' | 'glove-text';

export interface LoadOptions {
  /** Found out if not given. */
  readonly format?: FileFormat | undefined;
  /** Reads only as many words, from the beginning. */
  readonly limit?: number | undefined;
  /** A word that stands twice is refused; `first` keeps the first of them instead. */
  readonly duplicates?: 'refuse' | 'first' | undefined;
  /** Numbers per word; checked against what the file says. Needed where the first word of GloVe text holds a space. */
  readonly dim?: number | undefined;
}

export interface ReadVectors {
  readonly words: string[];
  /** words x dim. */
  readonly data: Float32Array;
  readonly dim: number;
}

/** From this many bytes the format is found out. */
const HEAD_BYTES = 4096;
/** A fastText model begins with this number, which its authors drew. */
const FASTTEXT_MAGIC = [0xba, 0x16, 0x4f, 0x2f];

export function readBytes(bytes: Uint8Array, options: LoadOptions): ReadVectors {
  if (!(bytes instanceof Uint8Array)) {
    throw new KindredError('INVALID_ARGUMENT', `fromBytes expects a Uint8Array, not ${show(bytes)}`);
  }
  if (isGzip(bytes)) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      'these bytes are gzipped, which takes the asynchronous WordVectors.load',
    );
  }
  const request = readOptions(options, bytes.subarray(0, HEAD_BYTES));
  if (request.format === 'word2vec-binary') {
    const reader = new Word2VecReader(request);
    reader.push(bytes);
    return reader.finish();
  }
  const limit = new LineLimit(request.limit, request.hasCounts);
  return distinct(readGloveText([...limit.cut(bytes)], { dim: options.dim }), request);
}

export async function readSource(source: VectorSource, options: LoadOptions): Promise<ReadVectors> {
  const whole = await begun(chunksOf(source));
  const { head, chunks } = isGzip(whole.head) ? await begun(unpacked(whole.chunks)) : whole;
  const request = readOptions(options, head);
  if (request.format === 'word2vec-binary') {
    const reader = new Word2VecReader(request);
    for await (const chunk of chunks) {
      reader.push(chunk);
      if (reader.done) break;
    }
    return reader.finish();
  }
  const limit = new LineLimit(request.limit, request.hasCounts);
  const lines = async function* () {
    for await (const chunk of chunks) {
      yield* limit.cut(chunk);
      if (limit.done) break;
    }
  };
  return distinct(await readGloveText(lines(), { dim: options.dim }), request);
}

export interface ReadRequest {
  readonly format: FileFormat;
  /** Whether the first line has the number of words and of numbers per word. */
  readonly hasCounts: boolean;
  /** Infinity for all. */
  readonly limit: number;
  readonly duplicates: 'refuse' | 'first';
  readonly dim: number | undefined;
}

function readOptions(options: LoadOptions, head: Uint8Array): ReadRequest {
  const {
    format,
    limit = Number.POSITIVE_INFINITY,
    duplicates = 'refuse',
    dim,
  } = readObject(options, '{ limit: 1000 }');
  if (format !== undefined && !['word2vec-binary', 'word2vec-text', 'glove-text'].includes(format)) {
    const expected = 'word2vec-binary, word2vec-text or glove-text';
    throw new KindredError('INVALID_ARGUMENT', `the format must be ${expected}, not ${show(format)}`);
  }
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit > 0)) {
    throw new KindredError('INVALID_ARGUMENT', `limit must be a positive whole number, not ${show(limit)}`);
  }
  if (duplicates !== 'refuse' && duplicates !== 'first') {
    throw new KindredError('INVALID_ARGUMENT', `duplicates must be 'refuse' or 'first', not ${show(duplicates)}`);
  }
  if (dim !== undefined && !(Number.isSafeInteger(dim) && dim > 0)) {
    throw new KindredError('INVALID_ARGUMENT', `dim must be a positive whole number, not ${show(dim)}`);
  }
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

function distinct({ words, vectors }: GloveText, request: ReadRequest): ReadVectors {
  const { data, dim } = vectors;
  const seen = new Map<string, number>();
  words.forEach((word, row) => {
    const first = seen.get(word);
    if (first === undefined) {
      seen.set(word, row);
    } else if (request.duplicates === 'refuse') {
      const [line, earlier] = [row, first].map((each) => each + (request.hasCounts ? 2 : 1));
      throw new KindredError(
        'CORRUPT_FILE',
        `word vectors: line ${line}: found the word ${show(word)} of line ${earlier} again; { duplicates: 'first' } keeps the first`,
      );
    }
  });
  if (seen.size === words.length) return { words, data, dim };
  const kept = new Float32Array(seen.size * dim);
  let next = 0;
  for (const row of seen.values()) kept.set(data.subarray(row * dim, (row + 1) * dim), next++ * dim);
  return { words: [...seen.keys()], data: kept, dim };
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The first bytes, and all chunks with them. */
async function begun(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  let ended = false;
  while (!ended && head.length < HEAD_BYTES) {
    const { done, value } = await iterator.next();
    ended = done === true;
    if (value === undefined) continue;
    const longer = new Uint8Array(head.length + value.length);
    longer.set(head);
    longer.set(value, head.length);
    head = longer;
  }
  const rest = async function* () {
    try {
      yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      // Whoever stops early closes the file.
      await iterator.return?.();
    }
  };
  return { head: head.subarray(0, HEAD_BYTES), chunks: rest() };
}

async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        // What the system says of reading the file is no damage to it.
        if (cause instanceof Error && 'syscall' in cause) throw cause;
        const detail = cause instanceof Error ? cause.message : String(cause);
        throw new KindredError('CORRUPT_FILE', `word vectors: the gzip file is damaged or cut short (${detail})`, {
          cause,
        });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function* chunksOf(source: VectorSource): AsyncGenerator<Uint8Array> {
  for await (const chunk of openSource(source)) {
    if (!(chunk instanceof Uint8Array)) {
      throw new KindredError('INVALID_ARGUMENT', `a chunk must be bytes (a Uint8Array), not ${show(chunk)}`);
    }
    yield chunk;
  }
}

function openSource(source: VectorSource): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) return openFile(source);
  if (source instanceof Uint8Array) return [source];
  if (source instanceof ArrayBuffer) return [new Uint8Array(source)];
  if (source instanceof Blob) return chunksOfStream(source.stream());
  if (source instanceof ReadableStream) return chunksOfStream(source);
  if (typeof source === 'object' && source !== null && (Symbol.iterator in source || Symbol.asyncIterator in source)) {
    return source;
  }
  throw new KindredError('INVALID_ARGUMENT', `word vectors come from a path, bytes or a stream, not ${show(source)}`);
}

/** Not every browser lets a ReadableStream be iterated. */
async function* chunksOfStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

function openFile(path: string | URL): AsyncIterable<Uint8Array> {
  const host = globalThis.process;
  if (typeof host?.getBuiltinModule !== 'function') {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `there are no files on this platform: load bytes, such as (await fetch(${show(String(path))})).body`,
    );
  }
  if (path instanceof URL && path.protocol !== 'file:') {
    throw new KindredError('INVALID_ARGUMENT', `${path.href} is no file: URL; load (await fetch(url)).body`);
  }
  return host.getBuiltinModule('fs').createReadStream(path, { highWaterMark: 1 << 18 });
}
