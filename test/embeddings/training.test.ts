/** Word2Vec and GloVe learn what goes with what, the same everywhere, and can be watched and stopped. */
import { describe, expect, it } from 'vitest';
import {
  type AsyncOptions,
  type AsyncSentences,
  Glove,
  type GloveOptions,
  interactionSequences,
  type Sentences,
  Word2Vec,
  type Word2VecOptions,
  type WordVectors,
} from '../../src/embeddings/index.js';
import { Interactions } from '../../src/recommend/data/interactions.js';
import { Random } from '../backend/conformance/random.js';
import { openLevels } from '../fixtures/levels.js';

const TOPICS = 4;
const WORDS_PER_TOPIC = 8;

/** Each sentence keeps to one topic; the word `the` is everywhere. */
function topicSentences(sentences: number, seed = 1): string[][] {
  const random = new Random(seed);
  return Array.from({ length: sentences }, (_, s) =>
    Array.from({ length: 12 }, () =>
      random.below(5) === 0 ? 'the' : `topic${s % TOPICS}-${random.below(WORDS_PER_TOPIC)}`,
    ),
  );
}

/** The share of neighbours that are of their word's own topic. */
function purity(vectors: WordVectors): number {
  const words = vectors.words.filter((word) => word !== 'the');
  const own = words.map((word) => {
    const near = vectors.nearest(word, { k: WORDS_PER_TOPIC - 1, filter: { deny: ['the'] } });
    return near.filter((found) => found.word.split('-')[0] === word.split('-')[0]).length / near.length;
  });
  return own.reduce((sum, share) => sum + share, 0) / own.length;
}

interface Model {
  fit(sentences: Sentences<string>, options?: Word2VecOptions & GloveOptions): WordVectors;
  fitAsync(
    sentences: AsyncSentences<string>,
    options?: AsyncOptions<Word2VecOptions & GloveOptions>,
  ): Promise<WordVectors>;
}

const models: readonly [name: string, Model, Word2VecOptions & GloveOptions][] = [
  ['Word2Vec', Word2Vec, { dim: 20, epochs: 8, window: 4, minCount: 2 }],
  ['Glove', Glove, { dim: 20, epochs: 20, window: 6, minCount: 2, xMax: 20 }],
];

describe.each(models)('%s', (_, model, options) => {
  const sentences = topicSentences(300);

  it('puts the words of a topic next to each other', () => {
    const vectors = model.fit(sentences, options);
    expect([vectors.size, vectors.dim]).toEqual([TOPICS * WORDS_PER_TOPIC + 1, 20]);
    expect(vectors.words[0]).toBe('the');
    expect(purity(vectors)).toBeGreaterThan(0.95);
  });

  it('gives the same bits for the same seed, and others for another', () => {
    const few = sentences.slice(0, 40);
    const bits = (seed?: number) => model.fit(few, { ...options, seed }).vectors.data;
    expect(bits(7)).toEqual(bits(7));
    expect(bits()).toEqual(bits(1));
    expect(bits(8)).not.toEqual(bits(7));
    expect(bits(7 + 2 ** 32)).not.toEqual(bits(7));
  });

  it.each(openLevels)('gives the same bits on $label', ({ backend }) => {
    const few = sentences.slice(0, 40);
    const { words, vectors } = model.fit(few, { ...options, epochs: 2, backend });
    const expected = model.fit(few, { ...options, epochs: 2, backend: 'reference' });
    expect(words).toEqual(expected.words);
    expect(vectors.data).toEqual(expected.vectors.data);
  });

  it('orders words by count, then by first appearance, and leaves rare ones out', () => {
    const text = [['b', 'rare', 'a'], ['c', 'a', 'b'], [], ['c', 'c']];
    expect(model.fit(text, { ...options, minCount: 2 }).words).toEqual(['c', 'b', 'a']);
    expect(model.fit(text, { ...options, minCount: 1 }).words).toEqual(['c', 'b', 'a', 'rare']);
  });

  it('trains asynchronously to the same bits, telling how far it is', async () => {
    const told: { phase: string; done: number; total: number }[] = [];
    const vectors = await model.fitAsync(sentences, { ...options, onProgress: (progress) => told.push(progress) });
    expect(vectors.vectors.data).toEqual(model.fit(sentences, options).vectors.data);
    const training = told.filter(({ phase }) => phase === 'training');
    expect(training.length).toBeGreaterThan(1);
    expect(training.every(({ done, total }, n) => done <= total && done > (training[n - 1]?.done ?? 0))).toBe(true);
    expect(training.at(-1)?.done).toBe(training[0].total);
  });

  it('takes sentences from an asynchronous source, or any iterable, once', async () => {
    const few = sentences.slice(0, 40);
    const expected = model.fit(few, options).vectors.data;
    const stream = async function* () {
      yield* few;
    };
    const once = function* () {
      for (const sentence of few) yield new Set(sentence).size > 0 ? sentence : [];
    };
    expect((await model.fitAsync(stream(), options)).vectors.data).toEqual(expected);
    expect(model.fit(once(), options).vectors.data).toEqual(expected);
  });

  it('ends when the signal says so', async () => {
    const reason = new Error('enough');
    await expect(model.fitAsync(sentences, { ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const long = model.fitAsync(sentences, {
      ...options,
      epochs: 100_000,
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'training' && controller.abort(reason),
    });
    await expect(long).rejects.toBe(reason);
  });

  it.each(['native', 'wasm', 'reference'])('lets a timer end it (%s)', async (name) => {
    const backend = openLevels.find((each) => each.backend.name === name)?.backend ?? 'reference';
    const controller = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 20);
    const endless = model.fitAsync(sentences, { ...options, epochs: 1e9, backend, signal: controller.signal });
    await expect(endless).rejects.toBe(reason);
  });

  it('refuses options, sentences and words of the wrong kind', async () => {
    const refusal = (message: RegExp, code = 'INVALID_ARGUMENT') =>
      expect.objectContaining({ code, message: expect.stringMatching(message) });
    for (const name of ['dim', 'window', 'epochs', 'minCount', 'seed', 'learningRate']) {
      for (const value of [-1, Number.NaN, '5', null]) {
        const wrong = { ...options, [name]: value } as never;
        expect(() => model.fit(sentences, wrong)).toThrow(
          refusal(new RegExp(`^${name} must be an? (integer|finite number) `)),
        );
      }
    }
    expect(() => model.fit(sentences, 5 as never)).toThrow(refusal(/options must be an object/));
    expect(() => model.fit(sentences, { backend: 'abacus' })).toThrow(refusal(/abacus/, 'BACKEND_UNAVAILABLE'));
    expect(() => model.fit('the cat' as never)).toThrow(
      refusal(/sentences must be an array or another iterable, not "the cat"/),
    );
    expect(() => model.fit(['the cat'] as never)).toThrow(refusal(/sentence 0 must be a list of words/));
    expect(() => model.fit([['a'], ['b', '']])).toThrow(
      refusal(/word 1 of sentence 1 must be a text that is not empty .*, not ""/),
    );
    expect(() => model.fit([['a', undefined as never]])).toThrow(refusal(/word 1 of sentence 0 .* undefined/));
    expect(() => model.fit([['a', 'b', 'a']])).toThrow(
      refusal(/no word occurs 5 times or more .* 3 words, 2 different/),
    );
    expect(() => model.fit([])).toThrow(refusal(/0 words, 0 different ones, in 0 sentences/));
    await expect(model.fitAsync([['a']], options)).rejects.toThrow(refusal(/no word occurs 2 times/));
  });

  it('takes one word, one sentence, and a window longer than any', () => {
    expect(model.fit([['a', 'a', 'a']], { ...options, window: 1000 }).words).toEqual(['a']);
    expect(model.fit([['a', 'b', 'a', 'b']], { ...options, window: 2 ** 31 }).size).toBe(2);
  });
});

describe('Word2Vec', () => {
  it('trains long sentences in pieces of a thousand words', () => {
    const long = [topicSentences(300).flat()];
    const pieces = Array.from({ length: Math.ceil(long[0].length / 1000) }, (_, n) =>
      long[0].slice(n * 1000, (n + 1) * 1000),
    );
    const options = { dim: 16, minCount: 1, epochs: 2 };
    expect(Word2Vec.fit(long, options).vectors.data).toEqual(Word2Vec.fit(pieces, options).vectors.data);
  });

  it('says so when training ran away', () => {
    const sentences = [['a', 'b', 'c', 'a', 'c', 'b']];
    expect(() => Word2Vec.fit(sentences, { minCount: 1, sample: 0, learningRate: 10, epochs: 500 })).toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringMatching(/smaller learningRate/) }),
    );
  });

  it('leaves out frequent words only where it is told to', () => {
    const sentences = topicSentences(60);
    const bits = (sample: number) => Word2Vec.fit(sentences, { dim: 8, sample, epochs: 1 }).vectors.data;
    expect(bits(1)).toEqual(bits(0));
    expect(bits(1e-3)).not.toEqual(bits(0));
    expect(() => bits(-1)).toThrow(/sample must be a number from 0 to 1, not -1/);
    expect(() => Word2Vec.fit(sentences, { negative: 101 })).toThrow(/negative must be an integer from 1 to 100/);
  });
});

describe('Glove', () => {
  it('refuses more pairs than it may hold, before it holds them', () => {
    expect(() => Glove.fit(topicSentences(50), { minCount: 1, maxPairs: 100 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(/more than 100 pairs/) }),
    );
  });
});

describe('items', () => {
  const interactions = Interactions.from([
    { user: 'ann', item: 'c', time: 3 },
    { user: 'ann', item: 'a', time: 1 },
    { user: 'bob', item: 'b', time: 9 },
    { user: 'ann', item: 'b', time: 2 },
    { user: 'bob', item: 'd' },
    { user: 'bob', item: 'a', time: 9 },
  ]);

  it('become sequences by time, a user each', () => {
    expect([...interactionSequences(interactions)]).toEqual([
      ['a', 'b', 'c'],
      ['d', 'a', 'b'],
    ]);
  });

  it('keep the type of their ids', () => {
    const random = new Random(3);
    const records = Array.from({ length: 4000 }, (_, n) => {
      const user = n % 400;
      return { user, item: (user % 2) * 100 + random.below(12), time: n };
    });
    const vectors = Word2Vec.fit(interactionSequences(Interactions.from(records)), {
      dim: 12,
      window: 10,
      minCount: 1,
      sample: 0,
      epochs: 20,
    });
    expect(vectors.size).toBe(24);
    for (const item of vectors.words) {
      const near = vectors.nearest(item, 5).map(({ word }) => word);
      expect(near.every((other) => other >= 100 === item >= 100)).toBe(true);
    }
  });
});
