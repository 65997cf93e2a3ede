/** Faults in word vectors, their training, and what deep models give. */
const EMBEDDINGS = 'test/embeddings/';

export default [
  {
    name: 'an analogy answers with the words asked about',
    file: 'src/embeddings/words/word-vectors.ts',
    find: 'filter: { deny: [a, b, c] }',
    replace: 'filter: { deny: [b, c] }',
    first: `${EMBEDDINGS}word-vectors`,
  },
  {
    name: 'an analogy goes the other way',
    file: 'src/embeddings/words/word-vectors.ts',
    find: 'value - unitA[i] + unitC[i]',
    replace: 'value + unitA[i] - unitC[i]',
    first: `${EMBEDDINGS}word-vectors`,
  },
  {
    name: 'words of equal count come in the order of their names',
    file: 'src/embeddings/training/sentences.ts',
    find: 'counts[b] - counts[a]',
    replace: 'counts[b] - counts[a] || b - a',
    first: `${EMBEDDINGS}training ${EMBEDDINGS}parts`,
  },
  {
    name: 'a word that occurs as often as asked for is left out',
    file: 'src/embeddings/training/sentences.ts',
    find: 'counts[word] >= minCount',
    replace: 'counts[word] > minCount',
    first: `${EMBEDDINGS}training ${EMBEDDINGS}parts`,
  },
  {
    name: 'pairs that meet are counted over the end of a sentence',
    file: 'src/embeddings/training/co-occurrences.ts',
    find: 'Math.min(this.#ends[sentence], at + this.#window + 1)',
    replace: 'Math.min(this.#tokens.length, at + this.#window + 1)',
    first: `${EMBEDDINGS}parts`,
  },
  {
    name: 'noise words ignore what is left of a rich one',
    file: 'src/embeddings/training/noise.ts',
    find: 'shares[giver] = shares[giver] + shares[word] - 1;',
    replace: 'shares[giver] = shares[giver] - shares[word];',
    first: `${EMBEDDINGS}parts ${EMBEDDINGS}training`,
  },
  {
    name: 'the entries of the sigmoid stand for the beginning of their interval',
    file: 'src/embeddings/training/noise.ts',
    find: '(n + 0.5) / 64',
    replace: 'n / 64',
    first: `${EMBEDDINGS}parts ${EMBEDDINGS}training`,
  },
  {
    name: 'equal judgements share the least of their ranks',
    file: 'src/embeddings/words/evaluation.ts',
    find: '(from + 1 + to) / 2',
    replace: 'from + 1',
    first: `${EMBEDDINGS}evaluation`,
  },
  {
    name: 'pooling takes features for places',
    file: 'src/embeddings/deep/model-output.ts',
    find: 'const dim = featuresFirst ? rest[0]',
    replace: 'const dim = featuresFirst ? rest[1]',
    first: `${EMBEDDINGS}deep-media`,
  },
  {
    name: 'sound that is slowed down keeps its high tones',
    file: 'src/embeddings/deep/audio-resampler.ts',
    find: 'ROLL_OFF * Math.min(1, this.to / this.from)',
    replace: 'ROLL_OFF * Math.min(1, this.from / this.to)',
    first: `${EMBEDDINGS}deep-media`,
  },
];
