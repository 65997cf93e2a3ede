/** What every runtime answers the same: searches of all kinds, a model and its files, and the bits of the scores. */
import { cosineSimilarity, VectorIndex } from 'kindred';
import { Interactions, ItemKnn, modelFromBytes } from 'kindred/recommend';

/** @returns {Promise<string>} a digest of ids and of the bits of scores */
export async function answers() {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const [rows, dim] = [3000, 65];
  const data = Float32Array.from({ length: rows * dim }, random);
  let digest = 17;
  const take = (...values) => {
    for (const word of new Uint32Array(Float64Array.from(values).buffer)) digest = Math.imul(digest ^ word, 0x01000193);
  };
  for (const metric of ['cosine', 'dot', 'euclidean']) {
    const index = VectorIndex.fromBytes(VectorIndex.from(data, { dim, metric }).toBytes());
    for (const { id, score } of index.search(data.subarray(0, dim), 20)) take(id, score);
    for (const { id, score } of await index.searchAsync(data.subarray(dim, 2 * dim), 20)) take(id, score);
    index.dispose();
  }
  take(cosineSimilarity(data.subarray(0, 700), data.subarray(700, 1400)));
  const records = Array.from({ length: 900 }, (_, n) => ({ user: n % 60, item: Math.imul(n, 2654435761) % 37 }));
  const model = modelFromBytes(ItemKnn.fit(Interactions.from(records)).toBytes());
  for (const { item, score } of model.recommend(5, { k: 9 })) take(item, score);
  return (digest >>> 0).toString(16);
}
