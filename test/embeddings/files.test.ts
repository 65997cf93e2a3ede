/** Files of word vectors: written and read back, told apart, packed, cut short, and damaged in every way. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type SaveFormat, WordVectors } from '../../src/embeddings/index.js';
import { Random } from '../backend/conformance/random.js';

const FORMATS: readonly SaveFormat[] = ['word2vec-text', 'word2vec-binary', 'glove-text'];
const folder = mkdtempSync(join(tmpdir(), 'kindred-embeddings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = new Random('files');
/** Numbers that need nine digits, tiny and huge ones, both zeros; words of other scripts. */
const words = ['the', 'Ünïcode', '日本', 'a-b', '0.5', '12', '\u{1f375}', 'x'.repeat(300)];
const data = Float32Array.from({ length: words.length * 7 }, (_, i) =>
  i % 9 === 0 ? 0 : random.signed() * [1, 1e-30, 1e30, 1e-42][i % 4],
);
data[1] = -0;
data[2] = 16777216;
const vectors = WordVectors.from(words, data, { dim: 7 });

const encode = (text: string) => new TextEncoder().encode(text);
const same = (read: WordVectors) => {
  expect(read.words).toEqual(words);
  expect(read.dim).toBe(7);
  expect(new Uint32Array(read.vectors.data.buffer, read.vectors.data.byteOffset, data.length)).toEqual(
    new Uint32Array(data.buffer),
  );
};

describe.each(FORMATS)('%s', (format) => {
  const bytes = vectors.toBytes(format);

  it('comes back bit for bit', () => {
    same(WordVectors.fromBytes(bytes));
    same(WordVectors.fromBytes(bytes, { format }));
  });

  it.each([1, 2, 3, 100])('is read in chunks of %i bytes', async (size) => {
    async function* chunks() {
      // One buffer for all, as some readers do.
      const buffer = new Uint8Array(size);
      for (let at = 0; at < bytes.length; at += size) {
        buffer.set(bytes.subarray(at, at + size));
        yield buffer.subarray(0, Math.min(size, bytes.length - at));
      }
    }
    same(await WordVectors.load(chunks()));
  });

  it('is read from bytes, a Blob, a stream, a path, a URL, packed or not', async () => {
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    const path = join(folder, `${format}.vectors`);
    writeFileSync(path, bytes);
    writeFileSync(`${path}.gz`, gzipSync(bytes));
    const exact = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    for (const source of [bytes, exact, [bytes], blob, blob.stream(), path, pathToFileURL(path), `${path}.gz`]) {
      same(await WordVectors.load(source));
    }
    same(await WordVectors.load(gzipSync(bytes)));
  });

  it('is read up to a limit', async () => {
    for (const limit of [1, 3, 8, 100]) {
      const read = WordVectors.fromBytes(bytes, { limit });
      expect(read.words).toEqual(words.slice(0, limit));
      expect(read.vectors.data).toEqual(data.slice(0, 7 * limit));
      expect((await WordVectors.load([bytes.subarray(0, 5), bytes.subarray(5)], { limit })).words).toEqual(read.words);
    }
    expect(() => WordVectors.fromBytes(bytes, { limit: 0 })).toThrow(/limit must be a positive integer, not 0/);
  });

  it('is saved to a file, over an old one, and nothing is left beside it', async () => {
    const path = join(folder, 'saved.vectors');
    writeFileSync(path, 'something else');
    await vectors.save(path, { format });
    expect(readFileSync(path)).toEqual(Buffer.from(bytes));
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('refuses a word that it cannot hold', () => {
    for (const word of ['line\nend', ...(format === 'word2vec-text' ? ['a 0.5 b', '  '] : ['two words'])]) {
      const bad = WordVectors.from([word], [[1, 2]]);
      expect(() => bad.toBytes(format)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(JSON.stringify(word)) }),
      );
    }
  });

  it('refuses a file cut short anywhere but where none can tell', () => {
    // Without a promise of words, or inside the last number of text, what is left may be whole.
    const lastNumber = bytes.length - 12;
    for (let end = 0; end < (format === 'word2vec-binary' ? bytes.length - 1 : lastNumber); end++) {
      const cut = bytes.subarray(0, end);
      const wholeRows =
        format === 'glove-text' && /^\S+( \S+){7}\n?$/.test(new TextDecoder().decode(cut).split('\n').at(-1) || '');
      const onLine = format === 'glove-text' && (bytes[end - 1] === 0x0a || wholeRows);
      const read = () => WordVectors.fromBytes(cut);
      if (onLine) continue;
      let code: unknown;
      try {
        // The only row of GloVe text tells how long rows are.
        const { dim } = read();
        if (format === 'glove-text' && dim < 7) code = 'CORRUPT_FILE';
      } catch (error) {
        code = (error as { code: string }).code;
      }
      expect(code, `${end} of ${bytes.length} bytes`).toBe('CORRUPT_FILE');
    }
  });
});

describe('the format', () => {
  it('is binary for a name that ends with .bin, and packed for .gz', async () => {
    await vectors.save(join(folder, 'a.bin'));
    expect(readFileSync(join(folder, 'a.bin'))).toEqual(Buffer.from(vectors.toBytes('word2vec-binary')));
    await vectors.save(join(folder, 'a.txt.gz'));
    expect(gunzipSync(readFileSync(join(folder, 'a.txt.gz')))).toEqual(Buffer.from(vectors.toBytes()));
  });

  it('is found out where the file comes from other programs', () => {
    const line = (...row: (string | number)[]) => `${row.join(' ')}\n`;
    const text = line(2, 2) + line('a', 1, 2) + line('b', '-.5', '3e-1');
    expect(WordVectors.fromBytes(encode(text)).vector('b')).toEqual(Float32Array.of(-0.5, 0.3));
    // word2vec ends lines with a space; some editors with a carriage return, or begin with a mark of byte order.
    expect(WordVectors.fromBytes(encode(text.replaceAll('\n', ' \n'))).words).toEqual(['a', 'b']);
    expect(WordVectors.fromBytes(encode(text.replaceAll('\n', '\r\n'))).words).toEqual(['a', 'b']);
    expect(WordVectors.fromBytes(encode(`\ufeff${text}`), { limit: 1 }).words).toEqual(['a']);
    // Not every writer ends binary rows with a line end.
    const bytes = vectors.toBytes('word2vec-binary');
    const head = bytes.indexOf(0x0a) + 1;
    const rows: Uint8Array[] = [bytes.subarray(0, head)];
    for (let at = head; at < bytes.length; ) {
      const end = bytes.indexOf(0x20, at) + 1 + 28;
      rows.push(bytes.subarray(at, end));
      at = end + 1;
    }
    same(WordVectors.fromBytes(Buffer.concat(rows)));
  });

  it('may be said, and must then be true', () => {
    const glove = vectors.toBytes('glove-text');
    expect(() => WordVectors.fromBytes(glove, { format: 'word2vec-text' })).toThrow(/line 1: found no two counts/);
    expect(() => WordVectors.fromBytes(glove, { format: 'word2vec-binary' })).toThrow(
      /byte 0: found no line of two counts/,
    );
    expect(() => WordVectors.fromBytes(glove, { format: 'csv' as never })).toThrow(/not "csv"/);
    expect(() => vectors.toBytes('csv' as never)).toThrow(/not "csv"/);
  });
});

/** A binary file of rows, each a word (or bytes) and its numbers. */
function binary(counts: string, ...rows: [word: string | number[], ...numbers: number[]][]): Uint8Array {
  const parts = rows.flatMap(([word, ...numbers]) => [
    typeof word === 'string' ? Buffer.from(word) : Buffer.from(word),
    Buffer.from(' '),
    Buffer.from(new Uint8Array(Float32Array.from(numbers).buffer)),
    Buffer.from('\n'),
  ]);
  return Buffer.concat([Buffer.from(counts), ...parts]);
}

describe('damage is named', () => {
  const a: [string, ...number[]] = ['a', 1.1, 2.2];
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', encode(''), /no word in the whole file/],
    [
      'an image',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0),
      /line 1: found bytes that are not UTF-8/,
    ],
    ['a fastText model', Uint8Array.of(0xba, 0x16, 0x4f, 0x2f, 12, 0, 0, 0), /fastText model.*\.vec/],
    [
      'text with too few rows',
      encode('3 2\na 1 2\nb 1 2\n'),
      /line 4: found the end of the file after 2 words.*promised 3|line 3: .*promised 3/,
    ],
    ['text with too many rows', encode('1 2\na 1 2\nb 1 2\n'), /after 2 words; line 1 promised 1/],
    ['text with a short row', encode('2 2\na 1 2\nb 1\n'), /line 3: found 1 numbers after the word "b", not 2/],
    ['text with a number that is none', encode('a 1 2\nb nan 2\n'), /line 2: found "nan", which is no float32/],
    ['text with infinity', encode('a 1 2\nb 1 1e39\n'), /line 2: found "1e39"/],
    ['text with a word twice', encode('2 2\na 1 2\na 3 4\n'), /line 3: found the word "a" of line 2 again/],
    ['GloVe text with a word twice', encode('a 1 2\nb 1 2\na 3 4\n'), /line 3: found the word "a" of line 1 again/],
    ['text that is not UTF-8', Buffer.from('a 1 2\n\xff 3 4\n', 'latin1'), /line 2: found bytes that are not UTF-8/],
    [
      'text with absurd counts',
      encode('99999999999 300\na 1 2\n'),
      /line 2: found 2 numbers after the word "a", not 300/,
    ],
    ['text with an absurd dimension', encode('2 99999999999999\na 1 2\n'), /line 2: found 2 numbers/],
    [
      'too few rows',
      binary('3 2\n', a, ['b', 1, 2]),
      /byte 26: found the end of the file after 2 words; .* promised 3/,
    ],
    ['bytes left over', binary('1 2\n', a, ['b', 1, 2]), /byte 15: found bytes after the last of 1 words/],
    ['NaN', binary('2 2\n', a, ['b', 1, Number.NaN]), /byte 21: found NaN as number 2 of the word "b"/],
    [
      'infinity',
      binary('1 2\n', ['b', Number.NEGATIVE_INFINITY, 1]),
      /byte 6: found -Infinity as number 1 of the word "b"/,
    ],
    ['a word twice', binary('2 2\n', a, a), /byte 15: found the word "a" of byte 4 again/],
    ['a word that is not UTF-8', binary('1 2\n', [[0xff], 1.1, 2.2]), /byte 4: found a word that is not UTF-8/],
    ['an empty word', binary('1 2\n', ['', 1.1, 2.2]), /byte 4: found no word before the numbers/],
    ['absurd counts', binary('99999999999 2\n', a), /found the end of the file after 1 words; .* promised 99999999999/],
    ['an absurd dimension', binary('1 999999999\n', a), /byte 0: found a promise of 999999999 numbers per word/],
    ['counts beyond numbers', binary(`${'9'.repeat(30)} 2\n`, a), /byte 0: found a promise of 1e\+30 words/],
    ['a dimension of 0', binary('1 0\n', a), /a promise of 0 numbers per word/],
    [
      'no space at all',
      Buffer.concat([Buffer.from('1 2\nb\u0001'), Buffer.alloc(70_000, 120)]),
      /no space within 65536 bytes/,
    ],
  ])('%s', async (_, bytes, message) => {
    const refusal = expect.objectContaining({ code: 'CORRUPT_FILE', message: expect.stringMatching(message) });
    expect(() => WordVectors.fromBytes(bytes)).toThrow(refusal);
    await expect(WordVectors.load(bytes)).rejects.toThrow(refusal);
    await expect(WordVectors.load(gzipSync(bytes))).rejects.toThrow(refusal);
  });

  it('keeps the first of a word that stands twice, if asked', () => {
    for (const bytes of [
      encode('3 2\na 1 2\nb 5 6\na 3 4\n'),
      binary('3 2\n', ['a', 1, 2], ['b', 5, 6], ['a', 3, 4]),
    ]) {
      const read = WordVectors.fromBytes(bytes, { duplicates: 'first' });
      expect(read.words).toEqual(['a', 'b']);
      expect(read.vectors.data).toEqual(Float32Array.of(1, 2, 5, 6));
    }
    expect(() => WordVectors.fromBytes(encode('a 1'), { duplicates: 'last' as never })).toThrow(/not "last"/);
  });

  it('checks a dimension that is asked for', () => {
    expect(() => WordVectors.fromBytes(binary('1 2\n', a), { dim: 3 })).toThrow(/2 numbers per word, not 3/);
    expect(() => WordVectors.fromBytes(encode('1 2\na 1 2\n'), { dim: 3 })).toThrow(/2 numbers per word, not 3/);
    expect(WordVectors.fromBytes(encode('. . . 1 2\nb 1 2\n'), { dim: 2 }).words).toEqual(['. . .', 'b']);
  });

  it.each([10, 60, -8, -4])('a packed file cut at %i', async (end) => {
    const packed = gzipSync(vectors.toBytes());
    await expect(WordVectors.load(packed.subarray(0, end))).rejects.toThrow(
      expect.objectContaining({
        code: 'CORRUPT_FILE',
        message: expect.stringMatching(/gzip file is damaged or cut short/),
      }),
    );
  });

  it('refuses what is no source', async () => {
    await expect(WordVectors.load(7 as never)).rejects.toThrow(/source must be a path, bytes or a stream, not 7/);
    await expect(WordVectors.load(['text'] as never)).rejects.toThrow(/a chunk must be a Uint8Array/);
    await expect(WordVectors.load(new URL('https://localhost/v.txt'))).rejects.toThrow(/is no file: URL/);
    await expect(WordVectors.load(join(folder, 'nowhere.txt'))).rejects.toThrow(/ENOENT/);
    expect(() => WordVectors.fromBytes('text' as never)).toThrow(/bytes must be a Uint8Array/);
    expect(() => WordVectors.fromBytes(gzipSync('a 1'))).toThrow(/asynchronous WordVectors\.load/);
  });
});

it('a binary file is read from pieces that all come in one array', async () => {
  const dim = 32;
  const many = WordVectors.from(
    Array.from({ length: 100 }, (_, n) => `word-${n}`),
    Float32Array.from({ length: 100 * dim }, () => random.signed()),
    { dim },
  );
  const bytes = many.toBytes('word2vec-binary');
  async function* pieces() {
    const piece = new Uint8Array(1);
    for (const byte of bytes) {
      piece[0] = byte;
      yield piece;
    }
  }
  const read = await WordVectors.load(pieces(), { format: 'word2vec-binary' });
  expect(read.words).toEqual(many.words);
  expect(read.vectors.data).toEqual(many.vectors.data);
});
