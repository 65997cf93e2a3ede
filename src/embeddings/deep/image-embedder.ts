/** Images into embeddings by a caller's network: pixels are resized and scaled as it was trained. */
import { readChoice } from '../../arguments/choices.js';
import { readCount } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { adapt, type Embedder } from './embedder.js';
import { MODEL_OPTIONS, type ModelOptions } from './embedder-options.js';
import { type Fit, type Pixels, readPixels, resizePixels } from './image-pixels.js';

/** Images as the network takes them. */
export interface ImageBatch {
  readonly data: Float32Array;
  /** [images, height, width, 3], or [images, 3, height, width] for the layout `nchw`. */
  readonly shape: [number, number, number, number];
}

/** One number for all channels, or one each for red, green and blue. */
export type PerChannel = number | readonly [number, number, number];

export interface ImageModel<Loaded = undefined> extends ModelOptions<ImageBatch, Loaded> {
  /** Size that the network takes, in pixels: 224 x 224 if not given. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /**
   * Whether channels come last, as in tfjs (`nhwc`, if not given), or before the pixels, as in most ONNX files
   * (`nchw`).
   */
  readonly layout?: 'nhwc' | 'nchw' | undefined;
  /** The network sees `(value / 255 - mean) / deviation`: 0 and 1 if not given, so values from 0 to 1. */
  readonly mean?: PerChannel | undefined;
  readonly deviation?: PerChannel | undefined;
  /** `cover` (if not given) keeps proportions and cuts off what juts out in the middle; `stretch` keeps everything. */
  readonly fit?: Fit | undefined;
  /** What shows through transparent pixels, red, green and blue from 0 to 255: white if not given. */
  readonly background?: readonly [number, number, number] | undefined;
}

const IMAGE_OPTIONS: OptionNames<ImageModel<never>> = {
  ...MODEL_OPTIONS,
  width: true,
  height: true,
  layout: true,
  mean: true,
  deviation: true,
  fit: true,
  background: true,
};

/**
 * An embedder of images given as pixels, such as an `ImageData` of a canvas or what an image decoder returns.
 * @example
 * const images = imageEmbedder({
 *   model: 'first-pixel',
 *   width: 2,
 *   height: 2,
 *   // Stands for a network. With tfjs it is `(batch) => network.predict(tf.tensor(batch.data, batch.shape))`.
 *   run: ({ data, shape: [images, height, width] }) =>
 *     [...Array(images).keys()].map((n) => data.subarray(n * height * width * 3, n * height * width * 3 + 3)),
 * });
 * const red = { width: 2, height: 2, data: new Uint8ClampedArray([1, 2, 3, 4].flatMap(() => [255, 0, 0, 255])) };
 * await images.embedOne(red); // Float32Array(3) [ 1, 0, 0 ]
 * @throws KindredError INVALID_ARGUMENT
 */
export function imageEmbedder<Loaded = undefined>(options: ImageModel<Loaded>): Embedder<Pixels> {
  const read = readObject(options, "{ model: 'name', run }", IMAGE_OPTIONS);
  const { width = 224, height = 224, layout = 'nhwc', fit = 'cover' } = read;
  readCount(width, 'width', ' of pixels');
  readCount(height, 'height', ' of pixels');
  readChoice(layout, 'layout', ['nhwc', 'nchw']);
  readChoice(fit, 'fit', ['cover', 'stretch']);
  const background = readChannels(read.background ?? [255, 255, 255], 'background');
  const mean = readChannels(read.mean ?? 0, 'mean');
  const deviation = readChannels(read.deviation ?? 1, 'deviation');
  if (deviation.includes(0)) throw new KindredError('INVALID_ARGUMENT', 'deviation must not be 0');

  const places = width * height;
  const channelsFirst = layout === 'nchw';
  const prepare = (image: Pixels, name: string) => {
    const pixels = resizePixels(readPixels(image, name), { width, height, fit, background });
    const values = new Float32Array(places * 3);
    for (let place = 0; place < places; place++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = (pixels[place * 3 + channel] / 255 - mean[channel]) / deviation[channel];
        values[channelsFirst ? channel * places + place : place * 3 + channel] = value;
      }
    }
    return [values];
  };
  const batch = (images: readonly Float32Array[]): ImageBatch => {
    const data = new Float32Array(images.length * places * 3);
    for (const [n, image] of images.entries()) data.set(image, n * places * 3);
    return { data, shape: channelsFirst ? [images.length, 3, height, width] : [images.length, height, width, 3] };
  };
  return adapt(read, { what: 'image', prepare, batch, featuresFirst: channelsFirst });
}

function readChannels(value: PerChannel, name: string): readonly number[] {
  const channels = typeof value === 'number' ? [value, value, value] : value;
  if (Array.isArray(channels) && channels.length === 3 && channels.every((each) => Number.isFinite(each)))
    return channels;
  const given = Array.isArray(channels) ? `[${channels.join(', ')}]` : show(channels);
  throw new KindredError(
    'INVALID_ARGUMENT',
    `${name} must be a finite number for each of red, green, blue, not ${given}`,
  );
}
