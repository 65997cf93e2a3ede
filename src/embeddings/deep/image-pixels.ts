/** Pixels resized for a network: shrinking averages what it leaves out, so that fine patterns cause no moiré. */

import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';

/** An image, row by row from the top: bytes of red, green and blue, with alpha (4 a pixel) or without (3 a pixel). */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** How an image of other proportions fills the wanted size. */
export type Fit = 'cover' | 'stretch';

export interface Target {
  readonly width: number;
  readonly height: number;
  readonly fit: Fit;
  /** Red, green and blue from 0 to 255. */
  readonly background: readonly number[];
}

/** @throws KindredError INVALID_ARGUMENT, DIMENSION_MISMATCH */
export function readPixels(image: Pixels, name: string): Pixels {
  if (typeof image !== 'object' || image === null || !('data' in image)) {
    throw new KindredError('INVALID_ARGUMENT', `${name} must be pixels { data, width, height }, not ${show(image)}`);
  }
  const { data, width, height } = image;
  const isSize = (n: unknown) => Number.isSafeInteger(n) && (n as number) > 0;
  if (!isSize(width) || !isSize(height)) {
    const given = `${show(width)} and ${show(height)}`;
    throw new KindredError('INVALID_ARGUMENT', `${name} needs a width and a height of 1 pixel or more, not ${given}`);
  }
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `data of ${name} must be a Uint8ClampedArray or Uint8Array, not ${show(data)}`,
    );
  }
  if (data.length !== width * height * 4 && data.length !== width * height * 3) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `${name} of ${width} x ${height} pixels has ${data.length} bytes, expected 4 a pixel (RGBA) or 3 (RGB)`,
    );
  }
  return image;
}

/** Red, green and blue of each wanted pixel, from 0 to 255, row by row. */
export function resizePixels(image: Pixels, { width, height, fit, background }: Target): Float32Array {
  const [scaleX, scaleY] = [image.width / width, image.height / height];
  const isCut = fit === 'cover';
  // Source pixels per wanted pixel; for `cover` the same in both directions.
  const stepX = isCut ? Math.min(scaleX, scaleY) : scaleX;
  const stepY = isCut ? Math.min(scaleX, scaleY) : scaleY;
  const columns = weightsOf(image.width, width, stepX);
  const rows = weightsOf(image.height, height, stepY);
  const { opaque, top } = narrowed(image, columns, rows, background);
  const out = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const { first, weights } = rows[y];
    for (let i = 0; i < width * 3; i++) {
      let sum = 0;
      for (let n = 0; n < weights.length; n++) sum += weights[n] * opaque[(first + n - top) * width * 3 + i];
      out[y * width * 3 + i] = sum;
    }
  }
  return out;
}

/** The source pixels of one wanted pixel along one axis; the weights add up to 1. */
interface Span {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * A triangle around each wanted pixel's centre, one wanted pixel to either side when shrinking and one source pixel
 * when enlarging, which is linear interpolation. Beyond the edge there is nothing, so weights are divided by their
 * sum.
 */
function weightsOf(source: number, wanted: number, step: number): Span[] {
  const reach = Math.max(1, step);
  return Array.from({ length: wanted }, (_, n) => {
    const center = source / 2 + (n + 0.5 - wanted / 2) * step;
    const first = Math.max(0, Math.ceil(center - reach - 0.5));
    const last = Math.min(source - 1, Math.floor(center + reach - 0.5));
    const weights = Float64Array.from({ length: last - first + 1 }, (_, i) => {
      return Math.max(0, 1 - Math.abs(first + i + 0.5 - center) / reach);
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** The source rows that are needed, laid over the background and resized to the wanted columns. */
function narrowed(image: Pixels, columns: readonly Span[], rows: readonly Span[], background: readonly number[]) {
  const { data, width, height } = image;
  const channels = data.length / (width * height);
  const top = Math.min(...rows.map(({ first }) => first));
  const bottom = Math.max(...rows.map(({ first, weights }) => first + weights.length));
  const opaque = new Float32Array((bottom - top) * columns.length * 3);
  const line = new Float32Array(width * 3);
  for (let y = top; y < bottom; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      const alpha = channels === 4 ? data[at + 3] / 255 : 1;
      for (let c = 0; c < 3; c++) line[x * 3 + c] = data[at + c] * alpha + background[c] * (1 - alpha);
    }
    columns.forEach(({ first, weights }, x) => {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let n = 0; n < weights.length; n++) sum += weights[n] * line[(first + n) * 3 + c];
        opaque[((y - top) * columns.length + x) * 3 + c] = sum;
      }
    });
  }
  return { opaque, top };
}
