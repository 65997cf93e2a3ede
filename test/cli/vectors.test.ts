/** Files of vectors by what is in them: types are kept, formats told apart, headers read before the rest. */
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { VectorIndex } from '../../src/index.js';
import { writeNpy } from '../../src/io/index.js';
import { folder, json, kindred, put, refusal } from '../fixtures/processes/command.js';

const DATA = new Float32Array([0, 1, 1, 0, 0.6, 0.8]);
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const int32 = (...values: number[]) => bytesOf(Int32Array.from(values));
const letters = (text: string) => new TextEncoder().encode(text);

/** What is found for the third of the three rows. */
const FOUND = [
  { row: 0, score: expect.closeTo(0.8, 6) },
  { row: 1, score: expect.closeTo(0.6, 6) },
].map((hit) => expect.objectContaining(hit));

const FBIN = joined(int32(3, 2), bytesOf(DATA));
const ROWS = [0, 1, 2].map((row) => bytesOf(DATA.slice(2 * row, 2 * row + 2)));
const WORD2VEC = joined(letters('3 2\n'), ...ROWS.flatMap((row, n) => [letters(`w${n} `), row, letters('\n')]));
const SAVETXT = '0.000000000000000000e+00 1.000000000000000000e+00\n1.0e+00 0.0e+00\n6.0e-01 8.0e-01\n';

describe('vectors are told by what is in the file', () => {
  it.each([
    ['.fvecs', put('v.fvecs', joined(...ROWS.flatMap((row) => [int32(2), row]))), '2'],
    ['.fbin', put('v.fbin', FBIN), '2'],
    ['.bin with two counts', put('counted.bin', FBIN), '2'],
    ['.bin of word2vec', put('words.bin', WORD2VEC), 'w2'],
    ['.bin of word2vec, packed', put('words.bin.gz', gzipSync(WORD2VEC)), 'w2'],
    ['numpy.savetxt', put('save.txt', SAVETXT), '2'],
    ['numpy.savetxt with a comment', put('comment.txt', `# x y\n${SAVETXT}`), '2'],
    ['numpy.savetxt, called .vec', put('save.vec', SAVETXT), '2'],
    ['whole numbers, as told', put('whole.txt', '0 5\n5 0\n3 4\n'), '2', '--format', 'numbers'],
    ['word2vec text whose words are numbers', put('nodes.txt', '3 2\n0 0 1\n1 1 0\n2 3 4\n'), '2'],
    ['a .npy of another name', put('npy.dump', writeNpy({ data: DATA, rows: 3, dim: 2 })), '2', '--format', 'npy'],
  ])('%s', async (_, file, id, ...options) => {
    expect((await json('similar', file, id, ...options)).results).toEqual(FOUND);
  });

  it('bytes and integers too', async () => {
    const bytes = joined(
      int32(2),
      Uint8Array.of(0, 255),
      int32(2),
      Uint8Array.of(255, 0),
      int32(2),
      Uint8Array.of(3, 4),
    );
    expect((await json('similar', put('v.bvecs', bytes), '2')).results).toEqual(FOUND);
    const integers = put('v.ivecs', int32(2, 0, 1, 2, 1, 0, 2, 3, 4));
    expect((await json('similar', integers, '2')).results).toEqual(FOUND);
    const counted = joined(int32(3, 2), Uint8Array.of(0, 9, 9, 0, 3, 4));
    expect((await json('similar', put('v.u8bin', counted), '2')).results).toEqual(FOUND);
    expect((await json('similar', put('v.i8bin', counted), '2')).results).toEqual(FOUND);
  });

  it.each([
    ['no row length', 'plain.bin', bytesOf(DATA), [], /does not say how long a row is; add --dim/],
    [
      'counts where floats are expected',
      'counted.f32',
      FBIN,
      ['--dim', '2'],
      /begins with the counts of an \.fbin file/,
    ],
    ['word2vec where floats are expected', 'words.f32', WORD2VEC, ['--dim', '1'], /begins like word2vec's binary/],
    ['numbers that may have names', 'ambiguous.txt', '1 2 3\n4 5 6\n', [], /--format words or --format numbers/],
    [
      'another kind by its first bytes',
      'npy.bin',
      writeNpy({ data: DATA, rows: 3, dim: 2 }),
      [],
      /is a \.npy file.*--format npy/,
    ],
    ['a zip archive', 'zip.npy', letters('PK\u0003\u0004rest'), [], /is a zip archive.*unpack it first/],
    ['.npz', 'arrays.npz', letters('PK\u0003\u0004rest'), [], /save its arrays as \.npy/],
    ['a cut .fbin', 'cut.fbin', FBIN.subarray(0, 20), [], /20 bytes; 3 rows of 2 numbers, as the header says, need 32/],
    [
      'a cut .fvecs',
      'cut.fvecs',
      joined(int32(2), ROWS[0]).subarray(0, 11),
      [],
      /11 bytes, which are not whole rows of 2/,
    ],
  ])('%s is refused', async (_, file, content, options, message) => {
    expect(await refusal('similar', put(file, content), '0', ...options)).toMatch(message);
  });
});

describe('words that are none', () => {
  const bad = joined(letters('2 2\n'), letters('caf'), Uint8Array.of(0xe9), letters(' 1 0\ntea 0 1\n'));

  it('refuse the file, are left out, or replaced, and said', async () => {
    put('bad.vec', bad);
    expect(await refusal('similar', 'bad.vec', 'tea')).toMatch(
      /not UTF-8; --on-bad-word skip or 'replace' reads the rest/,
    );
    const skipped = await kindred('similar', 'bad.vec', 'tea', '--on-bad-word', 'skip');
    expect(skipped.status).toBe(0);
    expect(skipped.stderr).toMatch(/^bad\.vec: of 2 words 1 left out, the first at line 2: /);
    const replaced = await kindred('similar', 'bad.vec', 'tea', '--on-bad-word', 'replace', '--json');
    expect(JSON.parse(replaced.stdout).results[0].id).toBe('caf\ufffd');
    put('count.vec', '3 2\na 1 0\nb 0 1\n');
    expect(await refusal('similar', 'count.vec', 'a')).toMatch(/--on-wrong-count accept reads what is there/);
    expect((await json('similar', 'count.vec', 'a', '--on-wrong-count', 'accept')).results).toHaveLength(1);
    put('unnamed.npy', writeNpy({ data: DATA, rows: 3, dim: 2 }));
    expect(await refusal('similar', 'unnamed.npy', '0', '--on-bad-word', 'skip')).toMatch(/--on-bad-word is for words/);
  });
});

describe('numbers are kept as the file has them', () => {
  beforeAll(() => {
    put('f64.npy', writeNpy({ data: Float64Array.of(1700000000, 1700000010, 1700000137), rows: 3, dim: 1 }));
    put('f32.npy', writeNpy({ data: Float32Array.of(1700000000, 1700000128), rows: 2, dim: 1 }));
    put('i8.npy', writeNpy({ data: Int8Array.of(0, 1, 1, 0), rows: 2, dim: 2 }));
  });
  const distances = ({ results }: { results: { distance: number }[] }) => results.map(({ distance }) => distance);
  const euclidean = ['--metric', 'euclidean'];

  it('float64 files in float64, unless told otherwise', async () => {
    expect(distances(await json('similar', 'f64.npy', '0', ...euclidean))).toEqual([10, 137]);
    const narrow = await json('similar', 'f64.npy', '0', ...euclidean, '--dtype', 'float32');
    expect(distances(narrow)).toEqual([0, 128]);
    const { dtype } = await json('search', 'i8.npy', '0', '--dtype', 'float16');
    expect([dtype, (await json('search', 'i8.npy', '0')).dtype]).toEqual(['float16', 'int8']);
    expect(await refusal('search', 'f64.npy', '0', '--dtype', 'int8')).toMatch(/an int8 index takes integers/);
  });

  it('queries that need more than the file does', async () => {
    const typed = await json('search', 'f32.npy', '--vector', '1700000010', ...euclidean);
    expect(typed.dtype).toBe('float64');
    expect(distances(typed.queries[0])).toEqual([10, 118]);
    const fromFile = await json('search', 'f32.npy', '--queries', 'f64.npy', ...euclidean, '-k', '1');
    expect(fromFile.queries.map(distances)).toEqual([[0], [10], [9]]);
    expect((await json('search', 'f32.npy', '--vector', '0.1', ...euclidean)).dtype).toBe('float32');
    expect((await json('search', 'i8.npy', '--vector', '0.5,0.25')).queries[0].results[0].id).toBe(1);
  });
});

describe('a saved index', () => {
  beforeAll(async () => {
    const ids = ['north', 'east', 'both'];
    await VectorIndex.from(DATA, { dim: 2, ids, metric: 'euclidean' }).save(join(folder, 'named.kindred'));
    await VectorIndex.from(DATA, { dim: 2 }).save(join(folder, 'numbered.kindred'));
  });

  it('is searched', async () => {
    const similar = await json('similar', 'named.kindred', 'both', '-k', '1');
    expect(similar).toMatchObject({
      kind: 'rows',
      id: 'both',
      results: [{ id: 'north', distance: expect.closeTo(0.632, 3) }],
    });
    const { metric, queries } = await json('search', 'named.kindred', '--vector', '0,1', '-k', '1');
    expect([metric, queries[0].results[0].id]).toEqual(['euclidean', 'north']);
    expect((await json('search', 'named.kindred', 'east', 'both', '-k', '1')).queries[1].query).toBe('both');
    expect((await json('similar', 'numbered.kindred', '2')).results).toHaveLength(2);
  });

  it('is asked for rows that it has, by options that it honours', async () => {
    expect(await refusal('similar', 'named.kindred', 'nort')).toMatch(
      /no row of named\.kindred is named "nort"; did you mean "north"/,
    );
    expect(await refusal('search', 'numbered.kindred', '7')).toMatch(/no row of numbered\.kindred is named "7"/);
    expect(await refusal('search', 'named.kindred', 'east', '--metric', 'dot')).toMatch(
      /holds a saved index; --metric is for/,
    );
    expect(await refusal('recommend', 'named.kindred', 'east')).toMatch(/found an index, which VectorIndex reads/);
  });
});

describe('a file is refused by its first bytes', () => {
  const huge = 2 ** 33;
  const header = writeNpy({ data: DATA, rows: 3, dim: 2 }).subarray(0, 128);
  const shape = (rows: number) => {
    const text = Buffer.from(header).toString('latin1').replace('(3, 2)', `(${rows}, 2)`);
    return new Uint8Array(Buffer.from(text.replace(/ *\n$/, '').padEnd(127).concat('\n'), 'latin1'));
  };

  it.each([
    ['zeros.npy', new Uint8Array(8), /0x00 at byte 0; a \.npy file begins/],
    ['short.npy', shape(3), /bytes of data from byte 128 on/],
    ['whole.npy', shape((huge - 128) / 8), /more than can be held at once/],
    ['zeros.parquet', new Uint8Array(8), /this is no Parquet file/],
    ['zeros.fbin', new Uint8Array(8), /rows without a number/],
    ['counts.fbin', new Uint8Array(int32(1, 1)), /1 rows of 1 numbers/],
    ['zeros.fvecs', new Uint8Array(8), /a row of 0 numbers/],
    ['zeros.kindred', new Uint8Array(8), /another beginning than that of a kindred model/],
    ['zeros.f32', new Uint8Array(8), /not whole rows of 3 numbers/, '--dim', '3'],
  ] as [string, Uint8Array, RegExp, ...string[]][])(
    '%s, however long it is',
    async (file, start, message, ...options) => {
      put(file, start);
      // Most systems keep no zeros that were never written.
      truncateSync(join(folder, file), huge);
      const before = process.memoryUsage().arrayBuffers;
      expect(await refusal('similar', file, '0', ...options)).toMatch(message);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
    },
  );

  it('and what unpacks to more than it can be', async () => {
    const pad = new Uint8Array(1 << 20);
    const tail = gzipSync(new Uint8Array(80 << 20), { level: 1 });
    const packed = (start: Uint8Array) => joined(gzipSync(start), tail);
    expect(await refusal('similar', put('bomb.npy.gz', packed(shape(1e7))), '0')).toMatch(
      /unpacks to more than 200 times/,
    );
    expect(await refusal('similar', put('longer.npy.gz', packed(shape(3))), '0')).toMatch(/more than the 152 bytes/);
    expect(await refusal('similar', put('text.npy.gz', packed(pad)), '0')).toMatch(/0x00 at byte 0/);
  });

  it('names are read no further than there are rows', async () => {
    put('many.txt', 'name\n'.repeat(300_000));
    put('three.npy', writeNpy({ data: DATA, rows: 3, dim: 2 }));
    expect(await refusal('similar', 'three.npy', '0', '--ids', 'many.txt')).toMatch(/many\.txt has more than 3 lines/);
    put('endless.txt', 'x'.repeat(3 << 20));
    expect(await refusal('similar', 'three.npy', '0', '--ids', 'endless.txt')).toMatch(/a line of more than 1048576/);
    put('marked.txt', Buffer.from('\ufeffnörth\neast\nboth', 'utf16le'));
    expect((await kindred('similar', 'three.npy', 'nörth', '--ids', 'marked.txt')).status).toBe(0);
  });
});
