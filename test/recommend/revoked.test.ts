/** A revoked Proxy throws whatever it is asked: it ends in an error of ours, in every place of every call. */
import { describe, expect, it } from 'vitest';
import { Word2Vec, WordVectors } from '../../src/embeddings/index.js';
import { KindredError, openBackend, VectorIndex } from '../../src/index.js';
import * as recommend from '../../src/recommend/index.js';

const { compare, evaluate, Hybrid, Interactions, ItemKnn, loadModel, modelFromBytes, tune } = recommend;

function revoked(target: object): never {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy as never;
}

const data = Interactions.from([
  { user: 'a', item: 'x' },
  { user: 'b', item: 'x' },
  { user: 'b', item: 'y' },
]);
const model = ItemKnn.fit(data);

const CALLS: Record<string, (given: never) => unknown> = {
  'the backend of an index': (backend) => VectorIndex.from([[1]], { backend }),
  'the name of a backend': (name) => openBackend(name),
  records: (records) => Interactions.from(records),
  'a record': (record) => Interactions.from([record]),
  'a CSV': (source) => Interactions.fromCsv(source, { user: 'u', item: 'i' }),
  JSONL: (source) => Interactions.fromJsonl(source, { user: 'u', item: 'i' }),
  Parquet: (source) => Interactions.fromParquet(source, { user: 'u', item: 'i' }),
  interactions: (interactions) => ItemKnn.fit(interactions),
  'a user': (user) => model.recommend(user),
  'a profile': (profile) => model.recommendFor(profile),
  users: (users) => model.recommendAll(users),
  'left out items': (excludeItems) => model.recommend('a', { excludeItems }),
  'an item': (item) => model.similarItems(item),
  'an item to explain': (item) => model.explain('a', item),
  'a model to evaluate': (given) => evaluate(given, data),
  'a test': (test) => evaluate(model, test),
  'what is compared': (given) => compare(given, given),
  'a model to tune': (given) => tune(given, { neighbors: [1] }, { train: data, validation: data }),
  members: (models) => Hybrid.fit(data, { models }),
  'a member': (member) => Hybrid.fit(data, { models: [member] }),
  'bytes of a model': (bytes) => modelFromBytes(bytes),
  'the path of a model': (path) => loadModel(path),
  words: (words) => WordVectors.from(words, [[1]]),
  sentences: (sentences) => Word2Vec.fit(sentences),
  'a sentence': (sentence) => Word2Vec.fit([sentence]),
};

describe.each([
  ['object', {}],
  ['list', []],
  ['function', () => undefined],
] as const)('a revoked Proxy of a %s', (_, target) => {
  it.each(Object.entries(CALLS))('as %s', async (_, call) => {
    await expect(Promise.resolve().then(() => call(revoked(target)))).rejects.toBeInstanceOf(KindredError);
  });
});
