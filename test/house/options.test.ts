/**
 * Every public call that takes options refuses one that it does not know. Public functions and methods are counted: each
 * is called here with an unknown option, or listed as one without options. Nobody can add one and forget this.
 */
import { describe, expect, it } from 'vitest';
import * as embeddings from '../../src/embeddings/index.js';
import * as core from '../../src/index.js';
import * as io from '../../src/io/index.js';
import * as recommend from '../../src/recommend/index.js';
import { Model } from '../../src/recommend/models/model.js';

const { VectorIndex } = core;
const { WordVectors, Word2Vec, Glove } = embeddings;
const { Interactions } = recommend;

type Call = (options: never) => unknown;

const index = () => VectorIndex.from([[1, 0]], { backend: 'reference' });
const vectors = WordVectors.from(['a'], [[1, 0]], { backend: 'reference' });
const model = { model: 'm', run: () => [[1, 0]] };
const texts = embeddings.textEmbedder(model);
const interactions = Interactions.from([{ user: 'a', item: 'b' }]);

const trained = recommend.ItemKnn.fit(interactions, { backend: 'reference' });
const report = () => {
  const pairs = ['ax', 'ay', 'bx', 'bz'].map(([user, item], time) => ({ user, item, time }));
  const { train, test } = recommend.leaveLastOut()(Interactions.from(pairs));
  return recommend.evaluate(recommend.Popularity.fit(train), test);
};
const { ItemKnn, UserKnn, Ease, ImplicitAls, Popularity, Hybrid } = recommend;
const CLASSES = { ItemKnn, UserKnn, Ease, ImplicitAls, Popularity, Hybrid };
const MODELS = Object.keys(CLASSES) as (keyof typeof CLASSES)[];
const BY_MODEL: readonly (readonly [string, (name: keyof typeof CLASSES) => Call])[] = [
  ['.fit', (name) => (o) => CLASSES[name].fit(interactions, o)],
  ['.fitAsync', (name) => (o) => CLASSES[name].fitAsync(interactions, o)],
  ['.fromBytes', (name) => (o) => CLASSES[name].fromBytes(modelBytes(name), o)],
  ['.load', (name) => (o) => CLASSES[name].load('nowhere', o)],
];
const modelBytes = (name: keyof typeof CLASSES) =>
  name === 'Hybrid' ? Hybrid.of([trained]).toBytes() : CLASSES[name].fit(interactions).toBytes();

/** Called with an object that holds nothing but an unknown option. */
const CALLS: Readonly<Record<string, Call>> = {
  similarities: (o) => core.similarities([1], [[1]], o),
  pairedSimilarities: (o) => core.pairedSimilarities([[1]], [[1]], o),
  similarityMatrix: (o) => core.similarityMatrix([[1]], undefined, o),
  'new VectorIndex': (o) => new VectorIndex(o),
  'VectorIndex.from': (o) => VectorIndex.from([[1]], o),
  'VectorIndex.fromAsync': (o) => VectorIndex.fromAsync([[1]], o),
  'VectorIndex.fromBytes': (o) => VectorIndex.fromBytes(index().toBytes(), o),
  'VectorIndex.fromBytesAsync': (o) => VectorIndex.fromBytesAsync(index().toBytes(), o),
  'VectorIndex.load': (o) => VectorIndex.load('nowhere', o),
  'VectorIndex#addMany': (o) => index().addMany([[1, 0]], undefined, o),
  'VectorIndex#addManyAsync': (o) => index().addManyAsync([[1, 0]], undefined, o),
  'VectorIndex#search': (o) => index().search([1, 0], o),
  'VectorIndex#searchAsync': (o) => index().searchAsync([1, 0], o),
  'VectorIndex#searchBatch': (o) => index().searchBatch([[1, 0]], o),
  'VectorIndex#searchBatchAsync': (o) => index().searchBatchAsync([[1, 0]], o),
  'VectorIndex#neighbors': (o) => index().neighbors(0, o),
  'VectorIndex#neighborsAsync': (o) => index().neighborsAsync(0, o),
  'VectorIndex#neighborGraph': (o) => index().neighborGraph(o),
  'VectorIndex#neighborGraphAsync': (o) => index().neighborGraphAsync(o),
  'VectorIndex#similarPairs': (o) => index().similarPairs(o),
  'VectorIndex#similarPairsAsync': (o) => index().similarPairsAsync(o),
  'VectorIndex#diverse': (o) => index().diverse([1, 0], o),
  'VectorIndex#diverseAsync': (o) => index().diverseAsync([1, 0], o),
  'VectorIndex#toBytes': (o) => index().toBytes(o),
  'VectorIndex#toBytesAsync': (o) => index().toBytesAsync(o),
  'VectorIndex#save': (o) => index().save('nowhere/at/all', o),
  embedder: (o) => embeddings.embedder(o),
  textEmbedder: (o) => embeddings.textEmbedder(o),
  imageEmbedder: (o) => embeddings.imageEmbedder(o),
  audioEmbedder: (o) => embeddings.audioEmbedder(o),
  'Embedder#embed': (o) => texts.embed(['a'], o),
  'Embedder#embedOne': (o) => texts.embedOne('a', o),
  'Embedder#index': (o) => texts.index(['a'], o),
  'Embedder#addTo': (o) => texts.addTo(index(), ['a'], o),
  'Word2Vec.fit': (o) => Word2Vec.fit([['a']], o),
  'Word2Vec.fitAsync': (o) => Word2Vec.fitAsync([['a']], o),
  'Glove.fit': (o) => Glove.fit([['a']], o),
  'Glove.fitAsync': (o) => Glove.fitAsync([['a']], o),
  evaluateSimilarity: (o) => embeddings.evaluateSimilarity(vectors, [], o),
  evaluateAnalogies: (o) => embeddings.evaluateAnalogies(vectors, [], o),
  'WordVectors.from': (o) => WordVectors.from(['a'], [[1]], o),
  'WordVectors.fromBytes': (o) => WordVectors.fromBytes(new TextEncoder().encode('a 1\n'), o),
  'WordVectors.load': (o) => WordVectors.load(new TextEncoder().encode('a 1\n'), o),
  'WordVectors#nearest': (o) => vectors.nearest('a', o),
  'WordVectors#toIndex': (o) => vectors.toIndex(o),
  'WordVectors#save': (o) => vectors.save('nowhere/at/all', o),
  readGloveText: (o) => io.readGloveText('a 1\n', o),
  'Interactions.from': (o) => Interactions.from([], o),
  'Interactions.fromCsv': (o) => Interactions.fromCsv('', o),
  'Interactions.fromJsonl': (o) => Interactions.fromJsonl('', o),
  'Interactions.fromParquet': (o) => Interactions.fromParquet(new Uint8Array(0), o),
  'Interactions#add': (o) => interactions.add([], o),
  'Interactions#kCore': (o) => interactions.kCore(o),
  holdout: (o) => recommend.holdout(o),
  leaveLastOut: (o) => recommend.leaveLastOut(o),
  temporal: (o) => recommend.temporal(o),
  byUser: (o) => recommend.byUser(o),
  ...Object.fromEntries(MODELS.flatMap((name) => BY_MODEL.map(([call, make]) => [`${name}${call}`, make(name)]))),
  'Hybrid.of': (o) => Hybrid.of([trained], o),
  'ItemKnn#add': (o) => trained.add([], o),
  'UserKnn#add': (o) => recommend.UserKnn.fit(interactions).add([], o),
  modelFromBytes: (o) => recommend.modelFromBytes(trained.toBytes(), o),
  loadModel: (o) => recommend.loadModel('nowhere', o),
  'Model#recommend': (o) => trained.recommend('a', o),
  'Model#recommendFor': (o) => trained.recommendFor(['b'], o),
  'Model#recommendAll': (o) => trained.recommendAll(o),
  'Model#recommendAllAsync': (o) => trained.recommendAllAsync(o),
  'Model#explain': (o) => trained.explain('a', 'b', o),
  evaluate: (o) => recommend.evaluate(trained, interactions, o),
  evaluateAsync: (o) => recommend.evaluateAsync(trained, interactions, o),
  compare: (o) => recommend.compare(trained, trained, interactions, o),
  compareAsync: (o) => recommend.compareAsync(trained, trained, interactions, o),
  'compare of reports': (o) => recommend.compare(report(), report(), o),
  tune: (o) => recommend.tune(recommend.ItemKnn, { neighbors: [1] }, o),
  formatTable: (o) => recommend.formatTable([], o),
  toHtml: (o) => recommend.toHtml([report()], o),
  'EvaluationReport#toHtml': (o) => report().toHtml(o),
};

/** Options inside of options. */
const INNER: Readonly<Record<string, Call>> = {
  'kCore of Interactions.from': (kCore) => Interactions.from([], { kCore }),
  'bm25 of ItemKnn.fit': (bm25) => recommend.ItemKnn.fit(interactions, { weighting: 'bm25', bm25 }),
  'diverse of recommend': (diverse) => trained.recommend('a', { diverse }),
  'bootstrap of evaluate': (bootstrap) => recommend.evaluate(trained, interactions, { bootstrap }),
  'bootstrap of compare': (bootstrap) => recommend.compare(report(), report(), { bootstrap }),
  'evaluate of tune': (evaluate) =>
    recommend.tune(recommend.ItemKnn, { neighbors: [1] }, { train: interactions, validation: interactions, evaluate }),
};

const WITHOUT_OPTIONS = new Set([
  ...[
    'backendInfo',
    'openBackend',
    'ready',
    'cosineDistance',
    'cosineSimilarity',
    'dot',
    'euclidean',
    'norm',
    'normalize',
  ],
  ...['topK', 'new KindredError', 'interactionSequences', 'parseAnalogies', 'parseJudgedPairs', 'readNpy', 'writeNpy'],
  ...[
    'readNpyHeader',
    'readVecs',
    'readCountedRows',
    'readNumberTable',
    'readRawFloat32',
    'new WordVectors',
    'new Interactions',
  ],
  ...['add', 'upsert', 'upsertMany', 'delete', 'deleteMany', 'has', 'get', 'ids', 'clear', 'stats', 'dispose'].map(
    (name) => `VectorIndex#${name}`,
  ),
  ...['has', 'get', 'vector', 'position', 'similarity', 'analogy', 'analogyQuery', 'oddOneOut', 'toBytes'].map(
    (name) => `WordVectors#${name}`,
  ),
  'Interactions.fromParts',
  ...['toParts', 'hasUser', 'hasItem', 'profile', 'records', 'forget', 'withMinValue', 'toImplicit', 'select'].map(
    (name) => `Interactions#${name}`,
  ),
  'Interactions#forgetItem',
  ...['byUser', 'byItem', 'userPosition', 'itemPosition', 'itemPositions'].map((name) => `Interactions#${name}`),
]);

const PUBLIC = { ...core, ...embeddings, ...io, ...recommend, Model };

/** What models share among themselves, and what takes no options. */
const OF_MODELS = new Set([
  ...['scoresFor', 'termsOf', 'reasonAt', 'rank', 'rankMany', 'popular', 'without', 'toParts', 'fromParts'],
  ...['nearestItems', 'nearestUsers', 'itemSimilarities', 'itemCosine', 'userCosine', 'evidence', 'evidenceOfUsers'],
  ...['makeVotes', 'scoresOfModel', 'partsOfModel', 'withoutOfModel', 'similarItems', 'similarUsers', 'predict'],
  ...['forget', 'forgetItem', 'toBytes', 'save', 'weight', 'userFactors', 'itemFactors'],
]);
const OF_RESULTS = ['Comparison', 'EvaluationReport', 'Tuning', 'Recommendations'];

function hasOptions(name: string): boolean {
  const [holder, method] = name.replace(/^new /, '').split(/[.#]/);
  if (WITHOUT_OPTIONS.has(name)) return false;
  if (OF_RESULTS.includes(holder) && !Object.hasOwn(CALLS, name)) return false;
  if (holder !== 'Model' && !MODELS.includes(holder as 'Ease')) return true;
  return method !== undefined && !OF_MODELS.has(method);
}

it('knows every public function and method', () => {
  const names = Object.entries(PUBLIC).flatMap(([name, value]) => callables(name, value));
  const unknown = names.filter((name) => hasOptions(name) && !Object.hasOwn(CALLS, name));
  expect(unknown).toEqual([]);
});

describe('an unknown option is refused by', () => {
  it.each(Object.entries({ ...CALLS, ...INNER }))('%s', async (_, call) => {
    const refused = async (options: object, message: RegExp) => {
      const act = async () => call(options as never);
      await expect(act()).rejects.toMatchObject({
        name: 'KindredError',
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(message),
      });
    };
    await refused({ colour: 'red' }, /^there is no option "colour": /);
    await refused(Object.create({ colour: 'red' }), /^there is no option "colour": /);
    await refused({ colour: undefined }, /^there is no option "colour": /);
    await refused(['colour'], /must be|^options/);
    await refused(Promise.resolve({}), /must be|^options/);
  });
});

describe('an option is suggested for what others call it', () => {
  it.each<[string, () => unknown, string]>([
    ['exclude', () => index().search([1, 0], { k: 1, exclude: [1] } as never), 'filter'],
    ['where', () => index().search([1, 0], { k: 1, where: [1] } as never), 'filter'],
    ['threshold', () => index().search([1, 0], { k: 1, threshold: 0.5 } as never), 'minScore'],
    ['space', () => new VectorIndex({ dim: 2, space: 'l2' } as never), 'metric'],
    ['min_score', () => index().similarPairs({ min_score: 0.5 } as never), 'minScore'],
    ['testSize', () => recommend.holdout({ testSize: 0.2 } as never), 'ratio'],
    ['vectorSize', () => Word2Vec.fit([['a']], { vectorSize: 8 } as never), 'dim'],
  ])('%s', (name, act, suggestion) => {
    expect(act).toThrow(`there is no option "${name}": did you mean ${suggestion}?`);
  });

  it.each<[string, () => unknown, string]>([
    ['lambda', () => recommend.Ease.fit(interactions, { lambda: 5 } as never), 'l2'],
    ['neighbours', () => recommend.ItemKnn.fit(interactions, { neighbours: 5 } as never), 'neighbors'],
    ['topK', () => trained.recommend('a', { topK: 3 } as never), 'k'],
    ['exclude', () => trained.recommend('a', { exclude: ['b'] } as never), 'excludeItems'],
    ['num_factors', () => recommend.ImplicitAls.fit(interactions, { num_factors: 5 } as never), 'factors'],
    ['metric', () => recommend.evaluate(trained, interactions, { metric: 'ndcg' } as never), 'metrics'],
  ])('%s of a recommender', (name, act, suggestion) => {
    expect(act).toThrow(`there is no option "${name}": did you mean ${suggestion}?`);
  });

  it('separator', async () => {
    const reading = Interactions.fromCsv('u;i\na;b\n', { user: 'u', item: 'i', separator: ';' } as never);
    await expect(reading).rejects.toThrow('there is no option "separator": did you mean delimiter?');
  });
});

function callables(name: string, value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return methods(value).map((method) => `${name}.${method}`);
  if (typeof value !== 'function') return [];
  if (!/^class\b/.test(Function.prototype.toString.call(value))) return [name];
  return [
    `new ${name}`,
    ...methods(value).map((method) => `${name}.${method}`),
    ...methods(value.prototype).map((method) => `${name}#${method}`),
  ];
}

function methods(holder: object): string[] {
  const own = Object.entries(Object.getOwnPropertyDescriptors(holder));
  return own.filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function').map(([name]) => name);
}
