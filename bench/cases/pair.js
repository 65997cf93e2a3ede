/** Case `pair`: one cosine, from a call a pair to many pairs a call. */
import { cosineSimilarity, openBackend, similarities } from 'kindred';
import { expectNear, expectSameBits, TOLERANCE } from '../check.js';
import { vectorsOf } from '../data.js';
import { loadPeer } from '../peers/load.js';
import { simpleCosine, unrolledCosine } from '../plain.js';
import { sizesOf } from '../sizes.js';

/** Pairs are drawn from so many vectors in turn: nothing can be computed once and kept. */
const VECTORS = 64;

export const pair = {
  name: 'pair',
  about: 'cosine of two Float32Arrays, per pair',
  checked: `kindred: bit for bit against the reference; others: within ${TOLERANCE}`,
  sizes: (options) =>
    sizesOf(
      (options.quick ? [64, 768] : [64, 384, 768, 1536, 3072]).map((dim) => ({ dim })),
      options,
      ({ dim }) => `d = ${dim}`,
    ),
  prepare() {},
  contenders: ({ levels }) => [
    {
      name: 'kindred cosineSimilarity',
      isKindred: true,
      open: (input) => pairs(input, cosineSimilarity, expectSameBits),
    },
    ...levels
      .filter((level) => level.startsWith('native'))
      .map((level) => ({
        name: `kindred ${level}, backend alone`,
        isKindred: true,
        open(input) {
          const backend = openBackend(level);
          return pairs(input, (a, b) => backend.cosine(a, b), expectSameBits);
        },
      })),
    { name: 'kindred similarities, one against many', isKindred: true, open: oneAgainstMany },
    { name: 'plain loop', open: (input) => pairs(input, simpleCosine, expectNear) },
    { name: 'plain loop, 4 sums', open: (input) => pairs(input, unrolledCosine, expectNear) },
    {
      name: 'simsimd cosine',
      needs: ['simsimd'],
      async open(input) {
        const { cosine } = await loadPeer('simsimd');
        // It gives the distance. The subtraction that makes it a similarity is left out of the time.
        const expectDistance = (what, answer, expected) =>
          expectNear(
            what,
            answer.map((distance) => 1 - distance),
            expected,
          );
        return pairs(input, cosine, expectDistance);
      },
    },
    {
      name: 'ml-distance similarity.cosine',
      needs: ['ml-distance'],
      async open(input) {
        const { similarity } = await loadPeer('ml-distance');
        return pairs(input, similarity.cosine, expectNear);
      },
    },
  ],
};

/** What a pair must read, from a set that stays in the first cache. */
function pairWork({ dim }) {
  return { bytes: 8 * dim, footprint: 4 * dim * VECTORS, float32: 2 * dim };
}

/** Each vector against one further on in the list; the step is coprime to the count, so every vector is met twice. */
function pairs({ size }, cosine, expectRight) {
  const { data, vectors } = separateVectors(size.dim);
  const others = vectors.map((_, i) => vectors[(i * 5 + 11) % VECTORS]);
  const reference = openBackend('reference');
  return {
    units: VECTORS,
    work: pairWork(size),
    run() {
      let sum = 0;
      for (let i = 0; i < VECTORS; i++) sum += cosine(vectors[i], others[i]);
      return sum;
    },
    check() {
      expectRight(
        `cosines of ${data.length / size.dim} pairs`,
        vectors.map((each, i) => cosine(each, others[i])),
        vectors.map((each, i) => reference.cosine(each, others[i])),
      );
    },
  };
}

function oneAgainstMany({ size }) {
  const { data, vectors } = separateVectors(size.dim);
  const reference = openBackend('reference');
  let turn = 0;
  return {
    units: VECTORS,
    work: pairWork(size),
    run() {
      turn = (turn + 1) % VECTORS;
      return similarities(vectors[turn], data, { dim: size.dim });
    },
    check(answer) {
      expectSameBits(
        'one against many',
        answer,
        vectors.map((each) => reference.cosine(vectors[turn], each)),
      );
    },
  };
}

function separateVectors(dim) {
  const data = vectorsOf('clustered', VECTORS, dim);
  return { data, vectors: Array.from({ length: VECTORS }, (_, i) => data.slice(i * dim, (i + 1) * dim)) };
}
