/** Images and sounds on their way to a network: resized, scaled, resampled, cut into windows; and what is refused. */
import { describe, expect, it } from 'vitest';
import {
  type AudioModel,
  audioEmbedder,
  type ImageBatch,
  type ImageModel,
  imageEmbedder,
  type Pixels,
  type Sound,
} from '../../src/embeddings/index.js';
import { KindredError } from '../../src/index.js';

async function refusal(work: Promise<unknown> | (() => unknown)) {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    expect(error).toBeInstanceOf(KindredError);
    return `${(error as KindredError).code}: ${(error as KindredError).message}`;
  }
  throw new Error('nothing was refused');
}

/** An image by the colour of each place: 3 or 4 channels. */
function paint(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Pixels {
  const places = Array.from({ length: width * height }, (_, i) => colour(i % width, Math.floor(i / width)));
  return { data: Uint8ClampedArray.from(places.flat()), width, height };
}

/** What a network is given for some images. */
async function seen(images: readonly Pixels[], options: Partial<ImageModel> = {}): Promise<ImageBatch> {
  let given: ImageBatch | undefined;
  const run = (batch: ImageBatch) => {
    given = batch;
    return Array.from({ length: batch.shape[0] }, () => [1]);
  };
  await imageEmbedder({ model: 'eye', ...options, run }).embed(images);
  return given!;
}

describe('an image', () => {
  it('of the wanted size stays as it is, scaled as asked', async () => {
    const image = paint(3, 2, (x, y) => [x * 100, y * 255, 51, 255]);
    const { data, shape } = await seen([image, image], { width: 3, height: 2 });
    expect(shape).toEqual([2, 2, 3, 3]);
    const bytes = Array.from({ length: 6 }, (_, i) => [(i % 3) * 100, Math.floor(i / 3) * 255, 51]).flat();
    expect([...data]).toEqual([...bytes, ...bytes].map((byte) => Math.fround(byte / 255)));
    const scaled = await seen([image], { width: 3, height: 2, mean: [0.5, 0, 0.2], deviation: 0.5 });
    for (const [i, value] of scaled.data.entries()) {
      expect(value).toBeCloseTo((bytes[i] / 255 - [0.5, 0, 0.2][i % 3]) / 0.5, 6);
    }
  });

  it('has its channels first for nchw, and features are then pooled from there', async () => {
    const image = paint(2, 2, (x, y) => [10 * x, 100 + y, 200]);
    const { data, shape } = await seen([image], { width: 2, height: 2, layout: 'nchw', deviation: 1 / 255 });
    expect(shape).toEqual([1, 3, 2, 2]);
    expect([...data].map((value) => Math.round(value))).toEqual([0, 10, 0, 10, 100, 100, 101, 101, 200, 200, 200, 200]);
    const tensor = ({ data: values, shape: dims }: ImageBatch) => {
      return { dims, type: 'float32', getData: async () => values, dispose() {} };
    };
    const options = { width: 2, height: 2, layout: 'nchw', deviation: 1 / 255, pooling: 'mean' } as const;
    const pooled = await imageEmbedder({ model: 'm', ...options, run: tensor }).embedOne(image);
    expect([...pooled].map((value) => value.toFixed(3))).toEqual(['5.000', '100.500', '200.000']);
  });

  it.each([
    [1, 1],
    [7, 300],
    [500, 3],
    [64, 64],
  ])('of one colour stays so at any size, here %i x %i', async (width, height) => {
    for (const fit of ['cover', 'stretch'] as const) {
      const { data } = await seen([paint(width, height, () => [10, 130, 250])], { width: 20, height: 15, fit });
      expect(data.length).toBe(900);
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo([10, 130, 250][i % 3] / 255, 5);
    }
  });

  it('is averaged when it shrinks: a fine pattern turns grey, not into a coarse one', async () => {
    const fine = paint(400, 400, (x, y) => ((x + y) % 2 === 0 ? [255, 255, 255] : [0, 0, 0]));
    const { data } = await seen([fine], { width: 37, height: 37 });
    for (const value of data) expect(Math.abs(value - 0.5)).toBeLessThan(0.02);
  });

  it('keeps a slope when it shrinks or grows', async () => {
    for (const size of [10, 200]) {
      const { data } = await seen([paint(100, 100, (x) => [2 * x, 0, 0])], { width: size, height: size });
      const row = Array.from({ length: size }, (_, x) => data[x * 3] * 255);
      for (let x = 5; x < size - 5; x++) expect(row[x]).toBeCloseTo(2 * (((x + 0.5) * 100) / size - 0.5), 0);
    }
  });

  it('keeps its proportions for cover, from the middle, and all of it for stretch', async () => {
    // Three squares side by side.
    const wide = paint(90, 30, (x) => [x < 30 ? 250 : 0, x >= 30 && x < 60 ? 250 : 0, x >= 60 ? 250 : 0]);
    const cover = await seen([wide], { width: 8, height: 8 });
    expect([...cover.data.subarray(12, 15)]).toEqual([0, Math.fround(250 / 255), 0]);
    for (let i = 0; i < 64; i++) expect(cover.data[i * 3 + 1]).toBeGreaterThan(0.4);
    const stretch = await seen([wide], { width: 9, height: 9, fit: 'stretch' });
    expect([0, 4, 8].map((x) => [0, 1, 2].map((c) => stretch.data[x * 3 + c] > 0.9))).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
  });

  it('lies on a background where it is transparent', async () => {
    const glass = paint(2, 1, (x) => [200, 0, 0, x === 0 ? 0 : 51]);
    const options = { width: 2, height: 1, deviation: 1 / 255 };
    expect([...(await seen([glass], options)).data].map(Math.round)).toEqual([255, 255, 255, 244, 204, 204]);
    const onBlue = await seen([glass], { ...options, background: [0, 0, 100] });
    expect([...onBlue.data].map(Math.round)).toEqual([0, 0, 100, 40, 0, 80]);
  });

  const pixels = new Uint8Array(16);
  it.each<[unknown, string]>([
    [undefined, 'INVALID_ARGUMENT: image 0 must be pixels { data, width, height }, not undefined'],
    [pixels, 'INVALID_ARGUMENT: image 0 must be pixels { data, width, height }, not an object of class Uint8Array'],
    [
      { data: pixels, width: 0, height: 2 },
      'INVALID_ARGUMENT: image 0 needs a width and a height of 1 pixel or more, not 0 and 2',
    ],
    [
      { data: pixels, width: 2 },
      'INVALID_ARGUMENT: image 0 needs a width and a height of 1 pixel or more, not 2 and undefined',
    ],
    [
      { data: [...pixels], width: 2, height: 2 },
      'INVALID_ARGUMENT: data of image 0 must be a Uint8ClampedArray or Uint8Array, not an object of class Array',
    ],
    [
      { data: new Float32Array(16), width: 2, height: 2 },
      'INVALID_ARGUMENT: data of image 0 must be a Uint8ClampedArray or Uint8Array, not an object of class Float32Array',
    ],
    [
      { data: pixels, width: 3, height: 2 },
      'DIMENSION_MISMATCH: image 0 of 3 x 2 pixels has 16 bytes, expected 4 a pixel (RGBA) or 3 (RGB)',
    ],
  ])('is refused: %j', async (image, message) => {
    expect(await refusal(seen([image as Pixels]))).toBe(message);
  });

  it.each<[object, string]>([
    [{ width: 0 }, 'INVALID_ARGUMENT: width must be a positive integer of pixels, not 0'],
    [{ height: 1.5 }, 'INVALID_ARGUMENT: height must be a positive integer of pixels, not 1.5'],
    [{ layout: 'hwc' }, "INVALID_ARGUMENT: layout must be 'nhwc' or 'nchw', not \"hwc\""],
    [{ fit: 'contain' }, "INVALID_ARGUMENT: fit must be 'cover' or 'stretch', not \"contain\""],
    [{ mean: [1, 2] }, 'INVALID_ARGUMENT: mean must be a finite number for each of red, green, blue, not [1, 2]'],
    [
      { mean: Number.NaN },
      'INVALID_ARGUMENT: mean must be a finite number for each of red, green, blue, not [NaN, NaN, NaN]',
    ],
    [
      { background: 'white' },
      'INVALID_ARGUMENT: background must be a finite number for each of red, green, blue, not "white"',
    ],
    [{ deviation: [1, 0, 1] }, 'INVALID_ARGUMENT: deviation must not be 0'],
    [{ model: 5 }, 'INVALID_ARGUMENT: model must be a text that names the embedding model, not 5'],
  ])('has options that are refused: %j', async (options, message) => {
    expect(await refusal(() => imageEmbedder({ model: 'm', run: () => [[1]], ...options } as ImageModel))).toBe(
      message,
    );
  });

  it('needs options', async () => {
    expect(await refusal(() => imageEmbedder(undefined as never))).toMatch(
      'INVALID_ARGUMENT: options must be an object',
    );
  });
});

/** Runs of an embedder whose embedding of a window is its first sample, its last and its length. */
function listen(options: Partial<AudioModel> = {}) {
  const windows: number[][] = [];
  const run: AudioModel['run'] = ({ data, shape: [count, length], sampleRate }) => {
    expect(data.length).toBe(count * length);
    const cut = Array.from({ length: count }, (_, n) => [...data.subarray(n * length, (n + 1) * length)]);
    windows.push(...cut);
    return cut.map((window) => [window[0], window[length - 1], sampleRate]);
  };
  return { windows, ear: audioEmbedder({ model: 'ear', windowSamples: 4, ...options, run }) };
}

const ramp = (length: number, sampleRate = 16_000): Sound => ({
  samples: Float32Array.from({ length }, (_, i) => (i + 1) / 1000),
  sampleRate,
});
const thousandths = (values: Iterable<number>) => Array.from(values, (value) => Math.round(value * 1000));

describe('a sound', () => {
  it.each<[number, number | undefined, number[]]>([
    [1, 2, [1, 0, 0, 0]],
    [4, 2, [1, 2, 3, 4]],
    [5, 2, [1, 2, 3, 4, 2, 3, 4, 5]],
    [6, undefined, [1, 2, 3, 4, 3, 4, 5, 6]],
    [9, 3, [1, 2, 3, 4, 4, 5, 6, 7, 6, 7, 8, 9]],
    [11, 100, [1, 2, 3, 4, 8, 9, 10, 11]],
  ])('of %i samples is cut with a hop of %s, and nothing of it is left out', async (length, hopSamples, expected) => {
    const { ear, windows } = listen({ hopSamples });
    await ear.embed([ramp(length)]);
    expect(thousandths(windows.flat())).toEqual(expected);
  });

  it.each([1, 2, 5, 16])('has the mean of its windows, whatever a batch of %i mixes', async (batchSize) => {
    const { ear } = listen({ batchSize, hopSamples: 2 });
    const { data, rows } = await ear.embed([ramp(6), ramp(3), ramp(8), ramp(4)]);
    expect(rows).toBe(4);
    const firsts = [0, 1, 2, 3].map((row) => data[row * 3] * 1000);
    for (const [row, first] of [2, 1, 3, 1].entries()) expect(firsts[row]).toBeCloseTo(first, 4);
    expect(data[2]).toBe(16_000);
  });

  it('may be double precision, and is copied before it can change', async () => {
    const shared = Float64Array.of(0.25, 0.5, 0.5, 0.75);
    const { ear, windows } = listen();
    function* sounds() {
      for (const scale of [1, 2]) {
        yield { samples: shared, sampleRate: 16_000 };
        shared.fill(scale);
      }
    }
    await ear.embed(sounds());
    expect(windows).toEqual([
      [0.25, 0.5, 0.5, 0.75],
      [1, 1, 1, 1],
    ]);
  });

  const tone = (hertz: number, rate: number, seconds = 0.25): Sound => ({
    samples: Float32Array.from({ length: seconds * rate }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate)),
    sampleRate: rate,
  });
  /** What the network hears of a sound, all at once. */
  async function heard(sound: Sound, sampleRate: number): Promise<number[]> {
    const length = Math.ceil((sound.samples.length * sampleRate) / sound.sampleRate);
    const { ear, windows } = listen({ windowSamples: length, sampleRate });
    await ear.embed([sound]);
    expect(windows.length).toBe(1);
    return windows[0];
  }

  it.each([
    [44_100, 16_000],
    [48_000, 16_000],
    [22_050, 16_000],
    [8_000, 16_000],
    [11_025, 48_000],
    [16_001, 16_000],
  ])('from %i to %i samples a second is the same sound', async (from, to) => {
    for (const hertz of [100, 0.4 * Math.min(from, to)]) {
      const [resampled, direct] = [await heard(tone(hertz, from), to), tone(hertz, to).samples];
      // Near its ends a sound meets the silence around it.
      const margin = Math.ceil((60 * to) / Math.min(from, to));
      let largest = 0;
      for (let i = margin; i < resampled.length - margin; i++)
        largest = Math.max(largest, Math.abs(resampled[i] - direct[i]));
      expect(largest).toBeLessThan(1e-4);
    }
  });

  it('of one rate is not taken for one of another', async () => {
    const { ear, windows } = listen({ windowSamples: 1600 });
    await ear.embed([8_000, 44_100, 16_000, 8_000].map((rate) => tone(200, rate, 0.1)));
    for (const window of windows) {
      for (let i = 200; i < 1400; i += 7) expect(window[i]).toBeCloseTo(Math.sin((2 * Math.PI * 200 * i) / 16_000), 3);
    }
  });

  it('loses what the lower rate cannot hold, rather than have it sound elsewhere', async () => {
    const resampled = await heard(tone(12_000, 48_000), 16_000);
    const loudest = Math.max(...resampled.slice(100, -100).map(Math.abs));
    expect(20 * Math.log10(loudest)).toBeLessThan(-80);
  });

  it('of a constant stays one', async () => {
    const resampled = await heard({ samples: new Float32Array(4410).fill(0.5), sampleRate: 44_100 }, 16_000);
    for (const value of resampled.slice(200, -200)) expect(value).toBeCloseTo(0.5, 6);
  });

  it('of a rate without common divisor needs no table of all phases', async () => {
    const resampled = await heard(tone(1000, 999_983, 0.01), 16_000);
    expect(resampled[80]).toBeCloseTo(Math.sin((2 * Math.PI * 1000 * 80) / 16_000), 3);
  });

  it.each<[unknown, string]>([
    [null, 'INVALID_ARGUMENT: sound 0 must be { samples, sampleRate }, not null'],
    [
      new Float32Array(3),
      'INVALID_ARGUMENT: sound 0 must be { samples, sampleRate }, not an object of class Float32Array',
    ],
    [
      { samples: [1], sampleRate: 8000 },
      'INVALID_ARGUMENT: samples of sound 0 must be a Float32Array from -1 to 1, not an object of class Array',
    ],
    [
      { samples: Int16Array.of(1), sampleRate: 8000 },
      'INVALID_ARGUMENT: samples of sound 0 must be a Float32Array from -1 to 1 (divide integers by their full scale), not an object of class Int16Array',
    ],
    [{ samples: new Float32Array(0), sampleRate: 8000 }, 'INVALID_ARGUMENT: sound 0 has no samples'],
    [
      { samples: Float32Array.of(0, Number.NaN), sampleRate: 8000 },
      'NOT_FINITE: sound 0, sample 1 is NaN, but every value must be finite',
    ],
    ...[undefined, 44.1, 48, 1e9].map((rate): [unknown, string] => [
      { samples: Float32Array.of(0), sampleRate: rate },
      `INVALID_ARGUMENT: sampleRate of sound 0 must be an integer from 1000 to 1000000, not ${rate}`,
    ]),
  ])('is refused: %j', async (sound, message) => {
    expect(await refusal(listen().ear.embed([sound as Sound]))).toBe(message);
  });

  it.each<[object, string]>([
    [{ windowSamples: undefined }, 'INVALID_ARGUMENT: windowSamples must be a positive integer, not undefined'],
    [{ hopSamples: 0 }, 'INVALID_ARGUMENT: hopSamples must be a positive integer, not 0'],
    [{ sampleRate: 16 }, 'INVALID_ARGUMENT: sampleRate must be an integer from 1000 to 1000000, not 16'],
  ])('has options that are refused: %j', async (options, message) => {
    expect(await refusal(() => listen(options))).toBe(message);
  });
});
