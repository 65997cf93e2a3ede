/** Files of word vectors that are unusual, ambiguous or partly broken; and saves that could not be read. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type SaveFormat, Word2Vec, WordVectors } from '../../src/embeddings/index.js';
import { KindredError } from '../../src/index.js';
import { readGloveText } from '../../src/io/index.js';

const FORMATS: readonly SaveFormat[] = ['word2vec-text', 'word2vec-binary', 'glove-text'];
const folder = mkdtempSync(join(tmpdir(), 'kindred-odd-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const encode = (text: string) => new TextEncoder().encode(text);
const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const rows = (vectors: WordVectors) => vectors.words.map((word) => [word, ...vectors.vector(word)]);

function binary(counts: string, ...parts: (string | number[])[]): Uint8Array {
  const bytes = parts.map((part) =>
    typeof part === 'string' ? latin(part) : new Uint8Array(Float32Array.from(part).buffer),
  );
  return Uint8Array.from(Buffer.concat([latin(counts), ...bytes]));
}

/** The float32 of four bytes. */
const floatOf = (...bytes: number[]) => new Float32Array(Uint8Array.from(bytes).buffer)[0];

describe('a save', () => {
  it.each([
    [['of the', 'paris']],
    [['New York', 'Los Angeles']],
    [['Toy Story (1995)', 'Heat', '12 Monkeys']],
    [['7 8', '9']],
    [[' a', 'b ']],
    [['a\tb', 'c']],
    [['0.1', '2']],
    [['paris', 'of the']],
  ])('of %j comes back, or is refused', async (words) => {
    const vectors = WordVectors.from(
      words,
      words.map((_, n) => [0.1 * n, 0.2]),
    );
    let saved = 0;
    for (const format of FORMATS) {
      const path = join(folder, 'saved');
      const refused = await vectors.save(path, { format }).then(
        () => false,
        (error) => error instanceof KindredError,
      );
      if (refused) continue;
      saved++;
      expect(rows(await WordVectors.load(path))).toEqual(rows(vectors));
      expect(rows(await WordVectors.load(path, { format }))).toEqual(rows(vectors));
    }
    expect(saved).toBeGreaterThan(0);
  });

  it('of any words and numbers comes back, or is refused (property)', () => {
    const word = fc.oneof(
      fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'ab1.5-e \t\n\r\ufeff\ud800é') }),
      fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }),
    );
    const value = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, 1, 0.5, floatOf(10, 49, 32, 48)),
    );
    const cases = fc
      .tuple(fc.uniqueArray(word, { minLength: 0, maxLength: 4 }), fc.integer({ min: 1, max: 3 }))
      .chain(([words, dim]) =>
        fc.record({
          words: fc.constant(words),
          dim: fc.constant(dim),
          data: fc.array(value, { minLength: words.length * dim, maxLength: words.length * dim }),
        }),
      );
    let written = 0;
    fc.assert(
      fc.property(cases, fc.constantFrom(...FORMATS), ({ words, dim, data }, format) => {
        const vectors = WordVectors.from(words, Float32Array.from(data), { dim });
        let bytes: Uint8Array;
        try {
          bytes = vectors.toBytes(format);
        } catch (error) {
          expect(error).toBeInstanceOf(KindredError);
          return;
        }
        written++;
        expect(rows(WordVectors.fromBytes(bytes))).toEqual(rows(vectors));
      }),
      { numRuns: 600 },
    );
    expect(written).toBeGreaterThan(50);
  });

  it('of items, some of them the texts of others, is refused', () => {
    const vectors = WordVectors.from<string | number>([7, '7'], [[1], [2]]);
    for (const format of FORMATS) expect(() => vectors.toBytes(format)).toThrow(/7 and "7" are two words|one number/);
    const items = WordVectors.from([7, 8], [[1], [2]]);
    expect(WordVectors.fromBytes(items.toBytes()).words).toEqual(['7', '8']);
  });

  it('of trained film titles comes back', () => {
    const films = ['Heat', 'Toy Story 2', 'The Net', '2001: A Space Odyssey'];
    const vectors = Word2Vec.fit(
      Array.from({ length: 8 }, () => films),
      { dim: 3, minCount: 1, epochs: 1, sample: 0 },
    );
    expect(rows(WordVectors.fromBytes(vectors.toBytes()))).toEqual(rows(vectors));
    expect(() => vectors.toBytes('word2vec-binary')).toThrow('toIndex().save(path) keeps any word');
  });

  it('says what a format cannot do', () => {
    const none = WordVectors.from([], [], { dim: 2 });
    expect(WordVectors.fromBytes(none.toBytes()).size).toBe(0);
    expect(WordVectors.fromBytes(none.toBytes('word2vec-binary')).dim).toBe(2);
    expect(() => none.toBytes('glove-text')).toThrow('cannot say that there are no words');
    const long = WordVectors.from(['x'.repeat(70_000)], [[1, 2]]);
    expect(() => long.toBytes('word2vec-binary')).toThrow('holds words of less than');
    expect(WordVectors.fromBytes(long.toBytes()).words).toEqual(long.words);
    const printable = WordVectors.from(['w'], [[floatOf(0x30, 0x2e, 0x35, 0x35)]]);
    expect(() => printable.toBytes('word2vec-binary')).toThrow('could not be told from another format');
    expect(rows(WordVectors.fromBytes(printable.toBytes()))).toEqual(rows(printable));
  });
});

describe('the format', () => {
  it('is binary, whatever byte a number begins with', () => {
    for (const first of [0x0a, 0x0d, 0x20, 0x30, 0x2d]) {
      const number = floatOf(first, 0, 0, 1);
      const file = binary('2 2\n', 'a ', [number, 1], '\nb ', [number, number], '\n');
      expect(rows(WordVectors.fromBytes(file))).toEqual([
        ['a', number, 1],
        ['b', number, number],
      ]);
    }
  });

  it('is text, however the first word looks', () => {
    for (const word of ['of the', '. . .', '7 8 9', 'é', 'a\tb']) {
      expect(rows(WordVectors.fromBytes(encode(`2 2\n${word} 1 2\nparis 3 4\n`)))).toEqual([
        [word, 1, 2],
        ['paris', 3, 4],
      ]);
    }
  });

  it('is text where a line is longer than what is looked at', () => {
    const numbers = Array.from({ length: 3000 }, (_, n) => n / 8);
    const vectors = WordVectors.from(['of the', 'b'], [numbers, numbers]);
    expect(WordVectors.fromBytes(vectors.toBytes()).words).toEqual(['of the', 'b']);
    expect(
      WordVectors.fromBytes(WordVectors.from(['of', 'b'], [numbers, numbers]).toBytes('word2vec-binary')).words,
    ).toEqual(['of', 'b']);
  });

  it('is refused where it could be either, and taken if it is said', () => {
    const either = binary('1 1\n', 'w ', [floatOf(0x41, 0x42, 0x43, 0x44)]);
    expect(() => WordVectors.fromBytes(either)).toThrow(
      /damaged text or binary numbers: \{ format: 'word2vec-text' \}/,
    );
    expect(WordVectors.fromBytes(either, { format: 'word2vec-binary' }).words).toEqual(['w']);
    expect(() => WordVectors.fromBytes(either, { format: 'word2vec-text' })).toThrow(/line 2: found "ABCD"/);
    const short = binary('2 2\n', 'a 1\n', [1, 2, 3]);
    expect(() => WordVectors.fromBytes(short)).toThrow('damaged text or binary numbers');
  });

  it('said to be GloVe takes a first line of two numbers for a word', () => {
    const read = WordVectors.fromBytes(encode('7 3\n8 4\n'), { format: 'glove-text' });
    expect(rows(read)).toEqual([
      ['7', 3],
      ['8', 4],
    ]);
  });
});

describe('tabs', () => {
  it.each([
    ['w\t1\t2\nv\t3\t4\n'],
    ['w\t1 2\nv\t3 4\n'],
    ['2 2\nw 1\t2\nv 3\t4\n'],
    ['2\t2\nw\t1\t2\nv\t3\t4\n'],
    ['2 2\nw\t1 2\nv 3\t4\t\n'],
  ])('separate as spaces do: %j', (text) => {
    expect(rows(WordVectors.fromBytes(encode(text)))).toEqual([
      ['w', 1, 2],
      ['v', 3, 4],
    ]);
    expect(readGloveText(text).words).toEqual(['w', 'v']);
  });

  it('between what may be a word or a number are refused', () => {
    const text = 'w 1\t2\nv 3\t4\n';
    expect(() => WordVectors.fromBytes(encode(text))).toThrow(/line 1: found "w 1" before a tab.*\{ dim \} tells/);
    expect(WordVectors.fromBytes(encode(text), { dim: 2 }).words).toEqual(['w', 'v']);
    expect(WordVectors.fromBytes(encode(text), { dim: 1 }).words).toEqual(['w 1', 'v 3']);
  });

  it('end a word that holds spaces', () => {
    expect(rows(WordVectors.fromBytes(encode('of the\t1 2\nb\t3 4\n')))).toEqual([
      ['of the', 1, 2],
      ['b', 3, 4],
    ]);
    expect(WordVectors.fromBytes(encode('2\t2\nw\t1\t2\nv\t3\t4\n'), { limit: 1 }).words).toEqual(['w']);
  });
});

describe('a bad word', () => {
  const text = latin('3 2\na 1 2\n\xe9t\xe9 3 4\nb 5 6\n');
  const glove = latin('a 1 2\n\xe9t\xe9 3 4\nb 5 6\n');
  const file = binary('3 2\n', 'a ', [1, 2], '\n\xe9t\xe9 ', [3, 4], '\nb ', [5, 6], '\n');
  const cases: [string, Uint8Array, string][] = [
    ['text', text, 'line 3'],
    ['GloVe text', glove, 'line 2'],
    ['binary', file, 'byte 15'],
  ];

  it.each(cases)('in %s is refused, skipped or replaced', async (_, bytes, place) => {
    expect(() => WordVectors.fromBytes(bytes)).toThrow(
      /not UTF-8; \{ onBadWord: 'skip' \} or 'replace' reads the rest/,
    );
    const skipped = WordVectors.fromBytes(bytes, { onBadWord: 'skip' });
    expect(rows(skipped)).toEqual([
      ['a', 1, 2],
      ['b', 5, 6],
    ]);
    expect(skipped.report).toMatchObject({ read: 3, skipped: 1, replaced: 0, wronglyPromised: undefined });
    expect(skipped.report?.examples[0].place).toBe(place);
    const replaced = await WordVectors.load(bytes, { onBadWord: 'replace' });
    expect(rows(replaced)).toEqual([
      ['a', 1, 2],
      ['\ufffdt\ufffd', 3, 4],
      ['b', 5, 6],
    ]);
    expect(replaced.report).toMatchObject({ read: 3, skipped: 0, replaced: 1 });
  });

  it('that is empty is skipped or replaced too', () => {
    const bytes = binary('2 1\n', ' ', [1], '\nb ', [5], '\n');
    expect(WordVectors.fromBytes(bytes, { onBadWord: 'skip' }).words).toEqual(['b']);
    expect(WordVectors.fromBytes(bytes, { onBadWord: 'replace' }).words).toEqual(['\ufffd', 'b']);
    expect(WordVectors.fromBytes(encode('2 1\n 1\nb 5\n'), { onBadWord: 'skip' }).words).toEqual(['b']);
  });

  it('before a word that stands twice does not shift its line', () => {
    const bytes = latin('a 1 2\n\xe9 3 4\na 5 6\n');
    expect(() => WordVectors.fromBytes(bytes, { onBadWord: 'skip' })).toThrow(
      /line 3: found the word "a" of line 1 again/,
    );
  });
});

describe('a wrong count', () => {
  it.each<[string, Uint8Array, string[], number]>([
    ['more text than promised', encode('1 2\na 1 2\nb 3 4\n'), ['a', 'b'], 1],
    ['less text than promised', encode('9 2\na 1 2\nb 3 4\n'), ['a', 'b'], 9],
    ['more binary than promised', binary('1 2\n', 'a ', [1, 2], '\nb ', [3, 4], '\n'), ['a', 'b'], 1],
    ['less binary than promised', binary('9 2\n', 'a ', [1, 2], '\nb ', [3, 4], '\n'), ['a', 'b'], 9],
    ['binary cut inside a row', binary('2 2\n', 'a ', [1, 2], '\nb ', [3]), ['a'], 2],
  ])('%s is refused, or all that is there is read', (_, bytes, words, promised) => {
    expect(() => WordVectors.fromBytes(bytes)).toThrow(/\{ onWrongCount: 'accept' \} reads what is there/);
    const read = WordVectors.fromBytes(bytes, { onWrongCount: 'accept' });
    expect(read.words).toEqual(words);
    expect(read.report).toMatchObject({ read: words.length, wronglyPromised: promised });
  });

  it('that is asked for wrongly is refused', () => {
    expect(() => WordVectors.fromBytes(encode('a 1\n'), { onWrongCount: 'skip' as never })).toThrow(
      'onWrongCount must be',
    );
    expect(() => WordVectors.fromBytes(encode('a 1\n'), { onBadWord: 'drop' as never })).toThrow('onBadWord must be');
  });
});
