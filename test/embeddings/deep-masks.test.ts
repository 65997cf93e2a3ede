/** Padding that does not count, and tensors of other packages as outputs and as vectors. */
import { describe, expect, it } from 'vitest';
import { textEmbedder } from '../../src/embeddings/index.js';
import {
  cosineSimilarity,
  dot,
  euclidean,
  KindredError,
  norm,
  normalize,
  similarities,
  similarityMatrix,
  VectorIndex,
} from '../../src/index.js';

/** As transformers.js has it: a Proxy with getters, that can be iterated. */
function tensor(dims: number[], data: unknown, type = 'float32') {
  class Tensor {
    get dims() {
      return dims;
    }
    get data() {
      return data;
    }
    get type() {
      return type;
    }
    *[Symbol.iterator]() {
      yield 0;
    }
  }
  return new Proxy(new Tensor(), {});
}

const tfjs = (shape: number[], data: Float32Array | Int32Array) => ({
  shape,
  dtype: 'float32',
  dataSync: () => data,
  data: async () => data,
  dispose() {},
});

describe('pooling with a mask', () => {
  // Two texts of two and one tokens, padded with nonsense.
  const output = () => tensor([2, 2, 2], Float32Array.of(1, 2, 3, 4, 5, 6, 900, 900));
  const texts = ['a b', 'c'];
  const embedded = async (mask: unknown, given: () => unknown = output) => {
    const { data } = await textEmbedder({ model: 'm', pooling: 'mean', mask: () => mask, run: given } as never).embed(
      texts,
    );
    return [...data];
  };

  it('counts only what is no padding', async () => {
    const expected = [2, 3, 5, 6];
    expect(
      await embedded([
        [1, 1],
        [1, 0],
      ]),
    ).toEqual(expected);
    expect(
      await embedded([
        [true, true],
        [true, false],
      ]),
    ).toEqual(expected);
    expect(await embedded([new Uint8Array([1, 1]), new Uint8Array([1, 0])])).toEqual(expected);
    expect(await embedded(tensor([2, 2], BigInt64Array.of(1n, 1n, 1n, 0n), 'int64'))).toEqual(expected);
    expect(await embedded(tfjs([2, 2], Int32Array.of(1, 1, 1, 0)))).toEqual(expected);
    expect(
      await embedded(
        Promise.resolve([
          [1, 1],
          [1, 0],
        ]),
      ),
    ).toEqual(expected);
    const both = {
      output: output(),
      mask: [
        [1, 1],
        [1, 0],
      ],
    };
    const run = () => both as never;
    expect([...(await textEmbedder({ model: 'm', pooling: 'mean', run }).embed(texts)).data]).toEqual(expected);
  });

  it('without one, counts everything', async () => {
    const run = () => output() as never;
    expect([...(await textEmbedder({ model: 'm', pooling: 'mean', run }).embed(texts)).data]).toEqual([
      2, 3, 452.5, 453,
    ]);
  });

  it('is given the batch and what was loaded', async () => {
    const mask = (batch: string[], loaded: number) => batch.map((text) => [1, text.includes(' ') ? loaded : 0]);
    const run = () => output() as never;
    const embedder = textEmbedder({ model: 'm', pooling: 'mean', load: () => 1, mask, run });
    expect([...(await embedder.embed(texts)).data]).toEqual([2, 3, 5, 6]);
  });

  it.each<[string, unknown, string]>([
    ['of other rows', [[1, 1]], 'has 2 places for 1 inputs, expected 2 for each of 2'],
    [
      'of other places',
      [
        [1, 1, 1],
        [1, 0, 0],
      ],
      'has 6 places for 2 inputs',
    ],
    [
      'of weights',
      [
        [1, 0.5],
        [1, 0],
      ],
      'has 0.5 at input 0, place 1, expected 0 or 1',
    ],
    [
      'of nothing',
      [
        [1, 1],
        [0, 0],
      ],
      'leaves nothing of input 1',
    ],
    ['that is flat', [1, 1, 1, 0], 'expected a tensor or arrays of 0 and 1'],
    ['that is a text', '11', 'expected a tensor or arrays of 0 and 1'],
    ['with another shape than values', tensor([2, 2], Int32Array.of(1)), 'has the shape [2, 2] with 1 values'],
  ])('%s is refused', async (_, mask, message) => {
    await expect(embedded(mask)).rejects.toThrow(message);
  });

  it('is refused where nothing is pooled', async () => {
    const pooled = () => tensor([2, 2], Float32Array.of(1, 2, 3, 4));
    await expect(
      embedded(
        [
          [1, 1],
          [1, 0],
        ],
        pooled,
      ),
    ).rejects.toThrow('a mask for rows that are pooled already');
    await expect(
      embedded(
        [
          [1, 1],
          [1, 0],
        ],
        () => [[1], [2]],
      ),
    ).rejects.toThrow('pooled already');
    expect(() => textEmbedder({ model: 'm', mask: () => [], run: () => [] })).toThrow("give { pooling: 'mean' } too");
    expect(() => textEmbedder({ model: 'm', pooling: 'mean', mask: 1 as never, run: () => [] })).toThrow(
      'mask must be',
    );
    const run = () =>
      ({
        output: output(),
        mask: [
          [1, 1],
          [1, 0],
        ],
      }) as never;
    await expect(textEmbedder({ model: 'm', run }).embed(texts)).rejects.toThrow("which is for { pooling: 'mean' }");
  });
});

describe('tensors', () => {
  const one = [
    tensor([2], Float32Array.of(3, 4)),
    tensor([1, 2], Float32Array.of(3, 4)),
    tensor([1, 2, 1], Float64Array.of(3, 4)),
    tensor([2], new Uint16Array([0x4200, 0x4400]), 'float16'),
    { dims: [1, 2], data: Int32Array.of(3, 4) },
    tfjs([1, 2], Float32Array.of(3, 4)),
  ] as never[];
  const two = [
    tensor([2, 2], Float32Array.of(1, 0, 0, 1)),
    tensor([2, 1, 2], Float32Array.of(1, 0, 0, 1)),
    tfjs([2, 2], Float32Array.of(1, 0, 0, 1)),
  ] as never[];

  it('are vectors', async () => {
    for (const vector of one) {
      expect(norm(vector)).toBe(5);
      expect(cosineSimilarity(vector, [3, 4])).toBe(cosineSimilarity([3, 4], [3, 4]));
      expect([dot(vector, vector), euclidean(vector, [0, 0])]).toEqual([25, 5]);
      expect(normalize(vector)).toEqual(normalize([3, 4]));
      const index = new VectorIndex({ dim: 2, metric: 'dot', backend: 'reference' });
      index.add(1, vector);
      index.upsert(2, vector);
      index.upsert(1, vector);
      index.addMany([vector, vector]);
      expect(index.search(vector, 1)).toEqual([{ id: 1, score: 25 }]);
      expect(await index.searchAsync(vector, 1)).toEqual([{ id: 1, score: 25 }]);
      expect(index.searchBatch([vector], 1).row(0)).toEqual([{ id: 1, score: 25 }]);
      expect([...similarities(vector, [vector], { metric: 'dot' })]).toEqual([25]);
    }
  });

  it('are several vectors', async () => {
    for (const vectors of two) {
      const index = VectorIndex.from(vectors, { backend: 'reference' });
      expect([index.size, index.dim]).toEqual([2, 2]);
      index.addMany(vectors);
      expect(index.searchBatch(vectors, 1).row(1)).toEqual([{ id: 1, score: 1 }]);
      expect((await index.searchBatchAsync(vectors, 1)).row(0)).toEqual([{ id: 0, score: 1 }]);
      expect([...similarityMatrix(vectors).data]).toEqual([1, 0, 0, 1]);
    }
    expect(VectorIndex.from([one[0], one[1]], { backend: 'reference' }).size).toBe(2);
    expect(VectorIndex.from(one[0], { dim: 1, backend: 'reference' }).size).toBe(2);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'of 64-bit integers',
      tensor([2, 2], new BigInt64Array(4)),
      /values are an object of class BigInt64Array: convert/,
    ],
    ['with other dims', tensor([2, 3], new Float32Array(4)), /of shape \[2, 3\] with 4 values/],
    ['with broken dims', tensor([-2, -2], new Float32Array(4)), /of shape \[-2, -2\]/],
    ['not pooled', tensor([1, 2, 2], new Float32Array(4)), /of shape \[1, 2, 2\], expected .*: pool it/],
    ['of no shape', tensor([4], new Float32Array(4)), /needs \{ dim \}/],
    [
      'on a GPU',
      {
        dims: [2, 2],
        get data() {
          throw new Error('not on the CPU');
        },
      },
      /cannot be read: not on the CPU/,
    ],
    ['of texts', { dims: [1], data: ['a'] }, /values are an object of class Array/],
  ])('%s are refused', (_, vectors, message) => {
    expect(() => VectorIndex.from(vectors as never)).toThrow(message);
    expect(() => VectorIndex.from(vectors as never)).toThrow(KindredError);
  });

  it('of a model are read as they are', async () => {
    for (const output of two) {
      const embedder = textEmbedder({ model: 'm', run: () => output });
      expect([...(await embedder.embed(['a', 'b'])).data]).toEqual([1, 0, 0, 1]);
    }
  });
});
