/** Where the bytes of word vectors come from: a file, memory or a stream, packed or not. */
import { readBytes } from '../../arguments/choices.js';
import { refusal } from '../../arguments/refuse.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';

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

/** From this many bytes, gzip and the format are told. */
export const HEAD_BYTES = 4096;

/** @throws KindredError INVALID_ARGUMENT for what is no source, or gives something else than bytes. */
export async function* chunksOf(source: VectorSource): AsyncGenerator<Uint8Array> {
  for await (const chunk of openSource(source)) yield readBytes(chunk, 'a chunk');
}

/** The first bytes, and all chunks with them. */
export async function begun(chunks: AsyncIterable<Uint8Array>) {
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
  return { head: head.subarray(0, HEAD_BYTES), isWhole: ended && head.length <= HEAD_BYTES, chunks: rest() };
}

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** @throws KindredError CORRUPT_FILE */
export async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
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

function openSource(source: VectorSource): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof source === 'string' || source instanceof URL) return openFile(source);
  if (source instanceof Uint8Array) return [source];
  if (source instanceof ArrayBuffer) return [new Uint8Array(source)];
  if (typeof Blob === 'function' && source instanceof Blob) return chunksOfStream(source.stream());
  if (typeof ReadableStream === 'function' && source instanceof ReadableStream) return chunksOfStream(source);
  if (typeof source === 'object' && source !== null && (Symbol.iterator in source || Symbol.asyncIterator in source)) {
    return source;
  }
  throw refusal('source', source, 'a path, bytes or a stream');
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
