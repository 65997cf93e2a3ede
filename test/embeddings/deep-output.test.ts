/**
 * What deep models give: vectors, matrices, tensors of both runtimes, pooled or not, and everything that is refused.
 */
import { describe, expect, it } from 'vitest';
import { type ModelOutput, type OnnxTensor, type TfjsTensor, textEmbedder } from '../../src/embeddings/index.js';
import { KindredError } from '../../src/index.js';

/** A text embedder whose every run gives this. */
function giving(output: unknown, options: { dim?: number; pooling?: 'mean' } = {}) {
  return textEmbedder({ model: 'odd', ...options, run: () => output as ModelOutput });
}

async function refusal(work: Promise<unknown> | (() => unknown)) {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    expect(error).toBeInstanceOf(KindredError);
    return `${(error as KindredError).code}: ${(error as KindredError).message}`;
  }
  throw new Error('nothing was refused');
}

function onnx(type: string, dims: number[], data: ArrayBufferView) {
  const tensor = { dims, type, getData: async () => data, dispose: () => void tensor.disposed++, disposed: 0 };
  return tensor satisfies OnnxTensor;
}

function tfjs(dtype: string, shape: number[], values: ArrayBufferView) {
  const tensor = { shape, dtype, data: async () => values, dispose: () => void tensor.disposed++, disposed: 0 };
  return tensor satisfies TfjsTensor;
}

describe('what a model gives', () => {
  const two = ['a', 'b'];
  const flat = Float32Array.of(1, 2, 3, 4, 5, 6);

  it.each([
    ['vectors', [[1, 2, 3], Float64Array.of(4, 5, 6)]],
    ['a matrix', { data: flat, rows: 2, dim: 3 }],
    ['a tensor of onnxruntime', onnx('float32', [2, 3], flat)],
    ['one with axes of length 1', onnx('float32', [2, 1, 1, 3], flat)],
    [
      'one of float16, as bits',
      onnx('float16', [2, 3], Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600)),
    ],
    ['one of integers', onnx('int32', [2, 3], Int32Array.from(flat))],
    ['a tensor of tfjs', tfjs('float32', [2, 3], flat)],
  ])('may be %s', async (_, output) => {
    const matrix = await giving(output).embed(two);
    expect(matrix).toEqual({ data: flat, rows: 2, dim: 3 });
    if ('disposed' in output) expect(output.disposed).toBe(1);
  });

  it('may be flat where dim is given, or a tensor without a batch axis for one input', async () => {
    expect((await giving(flat, { dim: 3 }).embed(two)).data).toEqual(flat);
    expect((await giving([...flat], { dim: 3 }).embed(two)).data).toEqual(flat);
    expect((await giving(onnx('float32', [6], flat)).embed(['a'])).data).toEqual(flat);
  });

  it('is pooled over the axes between, if asked for', async () => {
    const places = Float32Array.from({ length: 2 * 2 * 3 * 2 }, (_, i) => i * i);
    const { data, dim } = await giving(tfjs('float32', [2, 2, 3, 2], places), { pooling: 'mean' }).embed(two);
    const mean = (from: number) => [0, 2, 4, 6, 8, 10].reduce((sum, i) => sum + (from + i) ** 2, 0) / 6;
    expect({ data, dim }).toEqual({ data: Float32Array.of(mean(0), mean(1), mean(12), mean(13)), dim: 2 });
  });

  it.each<[string, unknown, string]>([
    ['too few rows', [[1, 2]], 'DIMENSION_MISMATCH: model "odd" gave 1 row for 2 inputs'],
    ['too many', onnx('float32', [3, 2], flat), 'DIMENSION_MISMATCH: model "odd" gave 3 rows for 2 inputs'],
    [
      'rows of nothing',
      onnx('float32', [2, 0], new Float32Array()),
      'DIMENSION_MISMATCH: model "odd" gave rows of no elements',
    ],
    [
      'ragged rows',
      [[1, 2], [1]],
      'DIMENSION_MISMATCH: model "odd" gave rows that cannot be read: row 1 has 1 elements, expected 2',
    ],
    [
      'a flat array',
      flat,
      'INVALID_ARGUMENT: model "odd" gave a flat array, which needs { dim } in the embedder\'s options',
    ],
    [
      'nothing',
      undefined,
      'INVALID_ARGUMENT: model "odd" gave undefined, expected an array of vectors, a matrix or a tensor',
    ],
    [
      'all outputs of a session',
      { output: onnx('float32', [2, 3], flat) },
      'INVALID_ARGUMENT: model "odd" gave an object of class Object, expected an array of vectors, a matrix or a tensor: of a run with named outputs, return one',
    ],
    [
      'features at places',
      onnx('float32', [2, 3, 1, 4], new Float32Array(24)),
      'DIMENSION_MISMATCH: model "odd" gave a tensor of shape [2, 3, 1, 4], expected [2, dim]; pooling: \'mean\' averages the axes between',
    ],
    [
      'a tensor that misses values',
      tfjs('float32', [2, 4], flat),
      'DIMENSION_MISMATCH: model "odd" gave a tensor of shape [2, 4], which needs 8 values, with 6',
    ],
    [
      'a tensor of texts',
      { ...onnx('string', [2], flat) },
      'INVALID_ARGUMENT: model "odd" gave a tensor of "string", expected one of numbers',
    ],
    [
      '64-bit integers',
      onnx('int64', [2, 3], BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 6n)),
      'INVALID_ARGUMENT: model "odd" gave a tensor of "int64", expected one of numbers',
    ],
    [
      'text in a vector',
      [
        [1, 'x'],
        [1, 2],
      ],
      'INVALID_ARGUMENT: model "odd" gave rows that cannot be read: row 0, column 1 is "x", expected a number',
    ],
    [
      'NaN',
      [
        [1, 2],
        [3, Number.NaN],
      ],
      'NOT_FINITE: model "odd" gave for text 1 an embedding whose element 1 is NaN, but every value must be finite',
    ],
    [
      'what float32 cannot hold',
      [
        [1, 1e300],
        [1, 2],
      ],
      'NOT_FINITE: model "odd" gave for text 0 an embedding whose element 1 is 1e+300, which is outside the range of float32',
    ],
  ])('is refused if it is %s', async (_, output, message) => {
    expect(await refusal(giving(output).embed(two))).toBe(message);
  });

  it('is disposed of even if it is refused', async () => {
    const tensor = onnx('float32', [5], flat);
    await refusal(giving(tensor).embed(two));
    expect(tensor.disposed).toBe(1);
  });

  it('is copied before a tensor gives its memory back', async () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const tensor = { ...onnx('float32', [2, 2], data), dispose: () => data.fill(0) };
    expect((await giving(tensor).embed(two)).data).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('must keep its dimension', async () => {
    const run = (batch: string[]) => batch.map(() => new Array(batch.length + 1).fill(1));
    const shrinking = textEmbedder({ model: 'm', batchSize: 2, run });
    expect(await refusal(shrinking.embed(['a', 'b', 'c']))).toBe(
      'DIMENSION_MISMATCH: model "m" gave rows of 2 elements, expected 3',
    );
    const stated = textEmbedder({ model: 'm', dim: 5, run: (batch) => batch.map(() => [1, 2, 3]) });
    expect(await refusal(stated.embed(['a', 'b']))).toBe(
      'DIMENSION_MISMATCH: model "m" gave rows of 3 elements, expected 5',
    );
  });
});
