/** Sounds into embeddings, by a network that the caller runs: resampled, cut into windows, and averaged again. */
import { readCount, readInteger } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import { refuseNonFinite } from '../../similarity/vectors.js';
import { Resampler } from './audio-resampler.js';
import { adapt, type Embedder } from './embedder.js';
import { MODEL_OPTIONS, type ModelOptions } from './embedder-options.js';

/** One channel of sound. */
export interface Sound {
  /** PCM samples, full scale from -1 to 1. */
  readonly samples: Float32Array | Float64Array;
  /** Samples a second: a whole number from 1,000 to 1,000,000. */
  readonly sampleRate: number;
}

/** Windows of sound as the network takes them. */
export interface AudioBatch {
  readonly data: Float32Array;
  /** [windows, samples] */
  readonly shape: [number, number];
  /** Samples a second. */
  readonly sampleRate: number;
}

export interface AudioModel<Loaded = undefined> extends ModelOptions<AudioBatch, Loaded> {
  /** Samples a second that the network expects: 16,000 if not given. */
  readonly sampleRate?: number | undefined;
  /** Length of a window, in samples at that rate. */
  readonly windowSamples: number;
  /** From the beginning of a window to that of the next: half a window if not given. */
  readonly hopSamples?: number | undefined;
}

const AUDIO_OPTIONS: OptionNames<AudioModel<never>> = {
  ...MODEL_OPTIONS,
  sampleRate: true,
  windowSamples: true,
  hopSamples: true,
};

/**
 * An embedder of sounds of any length and sample rate. A sound's embedding is the mean of those of its windows; the
 * last window ends with the sound, and silence is added to a sound shorter than one.
 * @example
 * const sounds = audioEmbedder({
 *   model: 'loudness',
 *   windowSamples: 1000,
 *   // Stands for a network. With onnxruntime it is `session.run`.
 *   run: ({ data, shape: [windows, samples] }) =>
 *     [...Array(windows).keys()].map((w) => [norm(data.subarray(w * samples, (w + 1) * samples)), 1]),
 * });
 * const samples = Float32Array.from({ length: 8000 }, (_, n) => Math.sin(n / 10));
 * (await sounds.embedOne({ samples, sampleRate: 16_000 })).length; // 2
 * @throws KindredError INVALID_ARGUMENT
 */
export function audioEmbedder<Loaded = undefined>(options: AudioModel<Loaded>): Embedder<Sound> {
  const read = readObject(options, "{ model: 'name', windowSamples, run }", AUDIO_OPTIONS);
  const { sampleRate = 16_000, windowSamples, hopSamples } = read;
  readRate(sampleRate, 'sampleRate');
  readCount(windowSamples, 'windowSamples');
  const hop = readCount(hopSamples ?? Math.ceil(windowSamples / 2), 'hopSamples');

  let resampler: Resampler | undefined;
  const prepare = (sound: Sound, name: string) => {
    const { samples, sampleRate: from } = readSound(sound, name);
    // Sounds of a collection mostly share a rate, so the last filter is kept.
    if (resampler?.from !== from) resampler = new Resampler(from, sampleRate);
    return windowsOf(resampler.resample(samples), windowSamples, hop);
  };
  const batch = (windows: readonly Float32Array[]): AudioBatch => {
    const data = new Float32Array(windows.length * windowSamples);
    for (const [n, window] of windows.entries()) data.set(window, n * windowSamples);
    return { data, shape: [windows.length, windowSamples], sampleRate };
  };
  return adapt(read, { what: 'sound', prepare, batch });
}

/** Views of a sound, each of `length` samples unless the sound is shorter. */
function windowsOf(samples: Float32Array, length: number, hop: number): Float32Array[] {
  const last = Math.max(0, samples.length - length);
  const windows: Float32Array[] = [];
  for (let at = 0; at < last; at += hop) windows.push(samples.subarray(at, at + length));
  windows.push(samples.subarray(last));
  return windows;
}

function readSound(sound: Sound, name: string): Sound {
  if (typeof sound !== 'object' || sound === null || !('samples' in sound)) {
    throw new KindredError('INVALID_ARGUMENT', `${name} must be { samples, sampleRate }, not ${show(sound)}`);
  }
  const { samples, sampleRate } = sound;
  if (!(samples instanceof Float32Array || samples instanceof Float64Array)) {
    // Integers would be taken for sounds a thousand times too loud.
    const remedy = ArrayBuffer.isView(samples) ? ' (divide integers by their full scale)' : '';
    throw new KindredError(
      'INVALID_ARGUMENT',
      `samples of ${name} must be a Float32Array from -1 to 1${remedy}, not ${show(samples)}`,
    );
  }
  if (samples.length === 0) throw new KindredError('INVALID_ARGUMENT', `${name} has no samples`);
  readRate(sampleRate, `sampleRate of ${name}`);
  refuseNonFinite(samples, samples.length, samples, (_, at) => `${name}, sample ${at}`);
  return sound;
}

function readRate(rate: unknown, name: string): void {
  readInteger(rate, name, 1000, 1_000_000);
}
