/** Evaluation of word vectors on data small enough to work out by hand. */
import { describe, expect, it } from 'vitest';
import {
  evaluateAnalogies,
  evaluateSimilarity,
  type JudgedPair,
  parseAnalogies,
  parseJudgedPairs,
  WordVectors,
} from '../../src/embeddings/index.js';

/** Cosine with `east`: 1, 0.8, 0.6, 0, -1. */
const vectors = WordVectors.from(
  ['east', 'eastish', 'between', 'north', 'west'],
  [
    [1, 0],
    [4, 3],
    [3, 4],
    [0, 2],
    [-1, 0],
  ],
);

describe('similarity', () => {
  const judged = (...scores: number[]): JudgedPair[] =>
    ['eastish', 'between', 'north', 'west'].map((word, n) => ['east', word, scores[n]]);

  it('is 1 for judgements in the order of the cosines, -1 for the opposite', () => {
    expect(evaluateSimilarity(vectors, judged(9, 8, 2, 1)).spearman).toBeCloseTo(1, 15);
    expect(evaluateSimilarity(vectors, judged(1, 2, 8, 9)).spearman).toBeCloseTo(-1, 15);
  });

  it('gives equal judgements their mean rank', () => {
    // Ranks 4, 3, 2, 1 against 3.5, 3.5, 2, 1: covariance 4.5, variances 5 and 4.5.
    const { spearman } = evaluateSimilarity(vectors, judged(9, 9, 2, 1));
    expect(spearman).toBeCloseTo(4.5 / Math.sqrt(5 * 4.5), 15);
  });

  it('reports pairs with unknown words', () => {
    const report = evaluateSimilarity(vectors, [['east', 'south', 3], ...judged(9, 8, 2, 1)]);
    expect([report.used, report.skipped]).toEqual([4, [['east', 'south', 3]]]);
  });

  it('changes words before they are looked up', () => {
    const pairs: JudgedPair[] = [['East', 'NORTH', 2]];
    expect(evaluateSimilarity(vectors, pairs).used).toBe(0);
    expect(evaluateSimilarity(vectors, pairs, { normalize: (word) => word.toLowerCase() }).used).toBe(1);
  });

  it('is no number where there is nothing to compare', () => {
    expect(evaluateSimilarity(vectors, []).spearman).toBeNaN();
    expect(evaluateSimilarity(vectors, judged(5, 5, 5, 5)).spearman).toBeNaN();
  });

  it('refuses what is no pair', () => {
    expect(() => evaluateSimilarity(vectors, [['east', 'west'] as unknown as JudgedPair])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('reads judged pairs between tabs, commas or spaces', () => {
    expect(parseJudgedPairs('# a comment\nlove\tsex\t6.77\r\ntiger,cat,7.35\n\nold new 1.58\n')).toEqual([
      ['love', 'sex', 6.77],
      ['tiger', 'cat', 7.35],
      ['old', 'new', 1.58],
    ]);
    expect(() => parseJudgedPairs('love\tsex\t6.77\nold\tnew\n')).toThrow(
      expect.objectContaining({ code: 'CORRUPT_FILE', message: expect.stringContaining('line 2') }),
    );
  });
});

describe('analogies', () => {
  const people = WordVectors.from(
    ['man', 'woman', 'king', 'queen', 'uncle', 'aunt'],
    [
      [0, 1, 0],
      [0, -1, 0],
      [2, 2, 0],
      [2, -2, 0],
      [0, 2, 2],
      [0, -2, 2],
    ],
  );
  const TEXT = `: royal
man woman king queen
woman man queen king
: family
man woman uncle aunt
man woman uncle king
man woman nephew niece
`;

  it('are counted by section', () => {
    const report = evaluateAnalogies(people, parseAnalogies(TEXT));
    expect(report).toEqual({
      accuracy: 3 / 4,
      correct: 3,
      answered: 4,
      skipped: 1,
      sections: [
        { section: 'royal', accuracy: 1, correct: 2, answered: 2, skipped: 0 },
        { section: 'family', accuracy: 1 / 2, correct: 1, answered: 2, skipped: 1 },
      ],
    });
  });

  it('agree with analogy, one by one', () => {
    for (const { a, b, c } of parseAnalogies(TEXT).slice(0, 3)) {
      const [{ word: expected }] = people.analogy(a, b, c, 1);
      expect(evaluateAnalogies(people, [{ a, b, c, expected }])).toMatchObject({
        correct: 1,
        answered: 1,
        sections: [],
      });
    }
  });

  it('are wrong where every word is in the question', () => {
    const two = WordVectors.from(
      ['a', 'b'],
      [
        [1, 0],
        [0, 1],
      ],
    );
    expect(evaluateAnalogies(two, [{ a: 'a', b: 'b', c: 'a', expected: 'b' }])).toMatchObject({
      correct: 0,
      answered: 1,
    });
  });

  it('of more questions than one batch are all answered', () => {
    const question = { a: 'man', b: 'woman', c: 'king', expected: 'queen' };
    expect(evaluateAnalogies(people, Array(2500).fill(question))).toMatchObject({ correct: 2500, answered: 2500 });
  });

  it('and pairs are refused where they are no list', () => {
    const refusal = (message: RegExp) =>
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });
    expect(() => evaluateAnalogies(people, 'text' as never)).toThrow(
      refusal(/questions must be an array or another iterable, not "text"/),
    );
    expect(() => evaluateSimilarity(people, 7 as never)).toThrow(
      refusal(/pairs must be an array or another iterable, not 7/),
    );
    expect(() => evaluateSimilarity(people, [], { normalize: 'lower' as never })).toThrow(
      refusal(/must be a function/),
    );
    expect(() => evaluateSimilarity(people, [], null as never)).toThrow(refusal(/options must be an object/));
    expect(() => parseAnalogies(7 as never)).toThrow(refusal(/expected a text, not 7/));
  });

  it('are refused where a line has not four words', () => {
    expect(() => parseAnalogies(': x\na b c d\na b c\n')).toThrow(/line 3: found 3 words, not four/);
    expect(() => evaluateAnalogies(people, [{ a: 'man' } as never])).toThrow(/\{ a, b, c, expected \}/);
  });
});
