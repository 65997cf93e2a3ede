/** Word vectors as text: every chunking gives the same rows, every damage names its line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGloveText } from '../../src/io/index.js';

const TEXT = 'the 0.1 -2 3e-2\n, .5 6. +7\nsmörgås 1 2 3\n';
const WORDS = ['the', ',', 'smörgås'];
const NUMBERS = [0.1, -2, 0.03, 0.5, 6, 7, 1, 2, 3].map(Math.fround);

function refusal(text: string | Uint8Array, dim?: number): unknown {
  try {
    readGloveText(text, { dim });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('readGloveText', () => {
  it('reads words and numbers, never text as numbers', () => {
    const { words, vectors } = readGloveText(TEXT);
    expect(words).toEqual(WORDS);
    expect(vectors).toEqual({ data: new Float32Array(NUMBERS), rows: 3, dim: 3 });
    expect(vectors.data).toBeInstanceOf(Float32Array);
  });

  it('reads the same from text, bytes and chunks cut anywhere', async () => {
    const whole = readGloveText(TEXT);
    const bytes = new TextEncoder().encode(TEXT);
    expect(readGloveText(bytes)).toEqual(whole);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(readGloveText([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(whole);
    }
    expect(readGloveText(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    expect(readGloveText([...TEXT])).toEqual(whole);
    async function* later() {
      yield bytes.slice(0, 20);
      yield bytes.slice(20);
    }
    expect(await readGloveText(later())).toEqual(whole);
  });

  it('does not mind chunks whose memory is used again', () => {
    const bytes = new TextEncoder().encode(TEXT);
    const buffer = new Uint8Array(4);
    function* reusing() {
      for (let at = 0; at < bytes.length; at += 4) {
        const piece = bytes.subarray(at, at + 4);
        buffer.set(piece);
        yield buffer.subarray(0, piece.length);
      }
    }
    expect(readGloveText(reusing())).toEqual(readGloveText(TEXT));
  });

  it.each([
    ['no line end after the last line', TEXT.trimEnd()],
    ['carriage returns', TEXT.replaceAll('\n', '\r\n')],
    ['a space before each line end', TEXT.replaceAll('\n', ' \n')],
    ['empty lines at the end', `${TEXT}\n\n`],
    ['a byte-order mark', `\ufeff${TEXT}`],
    ['word2vec’s line of counts', `3 3\n${TEXT}`],
  ])('reads a file with %s', (_, text) => {
    expect(readGloveText(text)).toEqual(readGloveText(TEXT));
  });

  it('reads from the right, so that words may hold spaces', () => {
    const { words, vectors } = readGloveText('a 1 2\n. . . 3 4\nat name@domain.com 5 6\n\u00a0 7 8\n');
    expect(words).toEqual(['a', '. . .', 'at name@domain.com', '\u00a0']);
    expect([...vectors.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(readGloveText('new york 1 2\n', { dim: 2 }).words).toEqual(['new york']);
  });

  it('keeps a word that looks like a number, or like a byte-order mark', () => {
    expect(readGloveText('7 1 2\n3.14 3 4\n\ufeff 5 6\n').words).toEqual(['7', '3.14', '\ufeff']);
  });

  it.each([
    ['too few numbers', 'a 1 2\nb 3\n', /line 2: found 1 numbers after the word "b", not 2/],
    ['too many numbers', 'a 0.1 0.2\nb 0.3 0.4 0.5\n', /line 2: found more than 2 numbers after the word "b"/],
    ['two lines run together', 'a 0.1 0.2\nb 0.3 0.4*c 0.5 0.6\n', /line 2: found more than 2/],
    ['a word for a number', 'a 1 2\nb 1 x\n', /line 2: found "x", which is no float32, as number 2 of the word "b"/],
    ['an empty number', 'a 1 2\nb 1  2\n', /line 2: found "", which is no float32/],
    ['hexadecimal', 'a 1 0x10\n', /line 1: found "0x10"/],
    ['nan', 'a 1 nan\n', /line 1: found "nan"/],
    ['Infinity', 'a 1 Infinity\n', /line 1: found "Infinity"/],
    ['a number beyond float32', 'a 1 1e39\n', /line 1: found "1e39"/],
    ['no word', 'a 1 2\n 3 4\n', /line 2: found no word before the numbers/],
    ['a word alone', 'alone\n', /line 1: found "alone", no number/],
    ['an empty line', 'a 1 2\n\nb 3 4\n', /line 2: found an empty line/],
    ['nothing', '', /line 0: found no word in the whole file/],
    [
      'fewer words than promised',
      '3 2\na 1 2\nb 3 4\n',
      /line 3: found the end of the file after 2 words; line 1 promised 3/,
    ],
    ['more words than promised', '1 2\na 1 2\nb 3 4\n', /after 2 words; line 1 promised 1/],
    ['a promise of no numbers', '3 0\n', /line 1: found a promise of 0 numbers/],
  ])('refuses %s by its line', (_, text, message) => {
    expect(refusal(text)).toMatchObject({ code: 'CORRUPT_FILE', message: expect.stringMatching(message) });
  });

  it('refuses bytes that are not UTF-8 by their line', () => {
    const bytes = new TextEncoder().encode('a 1 2\nb 3 4\nc 5 6\n');
    bytes[6] = 0xff;
    expect(refusal(bytes)).toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringMatching(/line 2: .*not UTF-8/),
    });
  });

  it('refuses data without line ends before it fills the memory', () => {
    function* endless() {
      for (;;) yield new Uint8Array(1 << 20).fill(0x61);
    }
    expect(() => readGloveText(endless())).toThrow(/line 1: found no line end within/);
  });

  it('is not slowed by hostile numbers', () => {
    const digits = '1'.repeat(5_000_000);
    expect(refusal(`a ${digits}x`)).toMatchObject({ code: 'CORRUPT_FILE' });
    expect(refusal(`a 1${' '.repeat(5_000_000)}x`, 1)).toMatchObject({ code: 'CORRUPT_FILE' });
  });

  it('refuses a dim, a source and a chunk of another kind', () => {
    for (const dim of [0, -1, 1.5, Number.NaN, '3'])
      expect(refusal(TEXT, dim as never)).toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (const bad of [5, null, undefined, {}, [5]])
      expect(refusal(bad as never)).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(refusal('3 4\n', 3)).toMatchObject({
      code: 'CORRUPT_FILE',
      message: expect.stringMatching(/4 numbers per word, not 3/),
    });
  });

  it('refuses or reads a file cut at any byte', () => {
    const bytes = new TextEncoder().encode(TEXT);
    for (let length = 0; length < bytes.length; length++) {
      const error = refusal(bytes.slice(0, length));
      if (error !== undefined) {
        expect(error).toMatchObject({ name: 'KindredError', code: 'CORRUPT_FILE' });
        continue;
      }
      const { words, vectors } = readGloveText(bytes.slice(0, length));
      expect(vectors.data.length).toBe(words.length * vectors.dim);
    }
  });

  it('survives any flipped bit', () => {
    const bytes = new TextEncoder().encode(TEXT);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const error = refusal(flipped);
      if (error !== undefined) expect(error).toMatchObject({ name: 'KindredError', code: 'CORRUPT_FILE' });
      else expect(readGloveText(flipped).vectors.data.every(Number.isFinite)).toBe(true);
    }
  });

  it('gives back what was written', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\s.]/.test(text) && !/^\d+$/.test(text));
    const row = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(word, row), { minLength: 1 }), (entries) => {
        const text = entries.map(([name, numbers]) => `${name} ${numbers.join(' ')}\n`).join('');
        const { words, vectors } = readGloveText(text);
        expect(words).toEqual(entries.map(([name]) => name));
        expect([...vectors.data].map((value) => value + 0)).toEqual(
          entries.flatMap(([, numbers]) => numbers.map((value) => value + 0)),
        );
      }),
    );
  });
});
