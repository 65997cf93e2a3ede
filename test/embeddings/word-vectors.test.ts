/** Vectors of words: look-ups, neighbours, analogies, and what is refused. */
import { describe, expect, it } from 'vitest';
import { WordVectors } from '../../src/embeddings/index.js';
import { openLevels } from '../fixtures/levels.js';

/** Royalty along one axis, gender along another, fruit apart from both. */
const WORDS = ['man', 'woman', 'king', 'queen', 'apple', 'pear'];
const ROWS = [
  [0, 1, 0],
  [0, -1, 0],
  [2, 2, 0],
  [3, -3, 0],
  [0, 0.1, 5],
  [0, -0.2, 1],
];
const vectors = WordVectors.from(WORDS, ROWS);

describe('look-ups', () => {
  it('say what is there', () => {
    expect([vectors.size, vectors.dim]).toEqual([6, 3]);
    expect(vectors.words).toEqual(WORDS);
    expect([vectors.has('king'), vectors.has('prince')]).toEqual([true, false]);
    expect(vectors.vector('king')).toEqual(Float32Array.of(2, 2, 0));
    expect(vectors.get('prince')).toBeUndefined();
    expect(vectors.position('queen')).toBe(3);
  });

  it('hand out copies', () => {
    vectors.vector('king').fill(7);
    vectors.get('king')?.fill(7);
    expect(vectors.vector('king')).toEqual(Float32Array.of(2, 2, 0));
  });

  it('name a word that is not there', () => {
    const unknown = expect.objectContaining({ code: 'UNKNOWN_ID', message: '"prince" is none of the 6 words' });
    expect(() => vectors.vector('prince')).toThrow(unknown);
    expect(() => vectors.similarity('king', 'prince')).toThrow(unknown);
    expect(() => vectors.nearest('prince', 2)).toThrow(unknown);
    expect(() => vectors.analogy('man', 'king', 'prince', 1)).toThrow(unknown);
    expect(() => vectors.oddOneOut(['man', 'king', 'prince'])).toThrow(unknown);
  });
});

describe('similarity', () => {
  it('is the cosine', () => {
    expect(vectors.similarity('man', 'woman')).toBe(-1);
    expect(vectors.similarity('man', 'king')).toBeCloseTo(Math.SQRT1_2, 15);
  });

  it('finds the nearest words, the word itself left out', () => {
    const found = vectors.nearest('apple', 2);
    expect(found.map(({ word }) => word)).toEqual(['pear', 'man']);
    expect(found[0].score).toBe(vectors.similarity('apple', 'pear'));
    expect(vectors.nearest('apple').length).toBe(5);
  });

  it('finds the nearest words of a vector, and takes the options of a search', () => {
    expect(vectors.nearest([1, 0.9, 0], 1)[0].word).toBe('king');
    expect(vectors.nearest(Float32Array.of(1, 0.9, 0), { k: 1, filter: { deny: ['king'] } })[0].word).not.toBe('king');
    expect(() => vectors.nearest([1, 2], 1)).toThrow(expect.objectContaining({ code: 'DIMENSION_MISMATCH' }));
    expect(() => vectors.nearest('king', 0)).toThrow(expect.objectContaining({ code: 'INVALID_K' }));
  });

  it('answers analogies without the words of the question', () => {
    expect(vectors.analogy('man', 'king', 'woman', 1)[0].word).toBe('queen');
    expect(vectors.analogy('man', 'king', 'woman').map(({ word }) => word)).toHaveLength(3);
    expect(vectors.analogy('man', 'man', 'man', 9)).toHaveLength(5);
  });

  it('finds the odd one out, however long its vector', () => {
    expect(vectors.oddOneOut(['man', 'king', 'apple'])).toBe('apple');
    expect(vectors.oddOneOut(new Set(['pear', 'queen', 'apple']))).toBe('queen');
    expect(() => vectors.oddOneOut(['man', 'king'])).toThrow(/three words or more, not 2/);
  });

  it('takes a row of zeros for one that is like nothing', () => {
    const some = WordVectors.from(
      ['a', 'zero', 'b'],
      [
        [1, 0],
        [0, 0],
        [1, 1],
      ],
    );
    expect(some.similarity('a', 'zero')).toBe(0);
    expect(some.analogy('zero', 'zero', 'a', 1)[0].word).toBe('b');
    expect(some.oddOneOut(['a', 'zero', 'b'])).toBe('zero');
  });

  it.each(openLevels)('is the same on $label', ({ backend }) => {
    const others = WordVectors.from(WORDS, ROWS, { backend });
    expect(others.nearest('queen', 6)).toEqual(vectors.nearest('queen', 6));
    expect(others.index.stats().backend).toBe(`${backend.name}/${backend.level}`);
  });

  it('comes with an index of the words', () => {
    expect(vectors.index.search([0, 0, 1], 1)).toEqual([
      { id: 'apple', score: vectors.nearest([0, 0, 1], 1)[0].score },
    ]);
    expect(vectors.index).toBe(vectors.index);
    expect(vectors.toIndex({ metric: 'dot' }).search([0, 0, 1], 1)).toEqual([{ id: 'apple', score: 5 }]);
  });
});

describe('making them', () => {
  it('refuses options that are none', async () => {
    const refusal = expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/must be an object/),
    });
    expect(() => WordVectors.from(['a'], [[1]], null as never)).toThrow(refusal);
    expect(() => WordVectors.fromBytes(vectors.toBytes(), 5 as never)).toThrow(refusal);
    await expect(WordVectors.load(vectors.toBytes(), 'limit' as never)).rejects.toThrow(refusal);
  });

  it('takes a flat array without a copy, and numbers as words', () => {
    const data = Float32Array.of(1, 0, 0, 1, 1, 1);
    const items = WordVectors.from([10, 20, 30], data, { dim: 2 });
    expect(items.vectors.data.buffer).toBe(data.buffer);
    expect(items.nearest(10, 1)[0].word).toBe(30);
    expect(items.has('10')).toBe(false);
  });

  it.each<[string, Iterable<string>, number[][], string, RegExp]>([
    ['a word twice', ['a', 'b', 'a'], [[1], [2], [3]], 'DUPLICATE_ID', /"a" is both word 0 and word 2/],
    ['too few vectors', ['a', 'b'], [[1]], 'DIMENSION_MISMATCH', /2 words and 1 vectors/],
    ['a number that is none', ['a', 'b'], [[1], [Number.NaN]], 'NOT_FINITE', /number 1 of "b" is NaN/],
    ['a number beyond float32', ['a', 'b'], [[1], [1e39]], 'NOT_FINITE', /number 1 of "b" is 1e\+39/],
    ['an empty word', ['a', ''], [[1], [2]], 'INVALID_ARGUMENT', /word 1 must be a text that is not empty .*, not ""/],
    [
      'one text for a list of words',
      'ab',
      [[1], [2]],
      'INVALID_ARGUMENT',
      /words must be an array or another iterable, not "ab"/,
    ],
    ['nothing', [], [], 'INVALID_ARGUMENT', /no vectors at all need \{ dim \}/],
  ])('refuses %s', (_, words, rows, code, message) => {
    expect(() => WordVectors.from(words, rows)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
