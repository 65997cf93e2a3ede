/** Reads files of word vectors in whichever format they are. */
import { readBytes } from '../../arguments/choices.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { readWordLines, readWordLinesAsync, type WordLines } from '../../io/glove.js';
import { LineLimit } from './line-limit.js';
import { type LoadWordVectorsOptions, type ReadRequest, type ReadVectors, readRequest } from './read-request.js';
import { begun, chunksOf, HEAD_BYTES, isGzip, unpacked, type VectorSource } from './vector-source.js';
import { Word2VecReader } from './word2vec-reader.js';

/** @throws KindredError CORRUPT_FILE, INVALID_ARGUMENT */
export function readPlainBytes(bytes: Uint8Array, options: LoadWordVectorsOptions): ReadVectors {
  readBytes(bytes, 'bytes');
  if (isGzip(bytes)) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      'these bytes are gzipped, which takes the asynchronous WordVectors.load',
    );
  }
  const request = readRequest(options, bytes.subarray(0, HEAD_BYTES), bytes.length <= HEAD_BYTES);
  if (request.format === 'word2vec-binary') {
    const reader = new Word2VecReader(request);
    reader.push(bytes);
    return reader.finish();
  }
  const limit = new LineLimit(request.limit, request.hasCounts);
  return distinct(readWordLines([...limit.cut(bytes)], request), request);
}

/** @throws KindredError CORRUPT_FILE, INVALID_ARGUMENT; the system's own error */
export async function readSource(source: VectorSource, options: LoadWordVectorsOptions): Promise<ReadVectors> {
  const whole = await begun(chunksOf(source));
  const { head, isWhole, chunks } = isGzip(whole.head) ? await begun(unpacked(whole.chunks)) : whole;
  const request = readRequest(options, head, isWhole);
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
  return distinct(await readWordLinesAsync(lines(), request), request);
}

function distinct({ words, vectors, report, lineOf }: WordLines, request: ReadRequest): ReadVectors {
  const { data, dim } = vectors;
  const seen = new Map<string, number>();
  words.forEach((word, row) => {
    const first = seen.get(word);
    if (first === undefined) {
      seen.set(word, row);
    } else if (request.duplicates === 'refuse') {
      const [line, earlier] = [row, first].map(lineOf);
      throw new KindredError(
        'CORRUPT_FILE',
        `word vectors: line ${line}: found the word ${show(word)} of line ${earlier} again; { duplicates: 'first' } keeps the first`,
      );
    }
  });
  if (seen.size === words.length) return { words, data, dim, report };
  const kept = new Float32Array(seen.size * dim);
  let next = 0;
  for (const row of seen.values()) kept.set(data.subarray(row * dim, (row + 1) * dim), next++ * dim);
  return { words: [...seen.keys()], data: kept, dim, report };
}
