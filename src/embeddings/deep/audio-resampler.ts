/**
 * Sound at another sample rate, by band-limited interpolation: a sinc under a Kaiser window, one set of weights for
 * each phase that an output sample can have between two input samples (Smith and Gossett, "A flexible sampling-rate
 * conversion method", ICASSP 1984).
 */

/** Zero crossings of the sinc to either side. With the two numbers below, aliases are more than 90 dB down. */
const CROSSINGS = 48;
/**
 * Where the filter is half way down, as a part of the lower of the two Nyquist frequencies: flat up to nine tenths,
 * nothing at one.
 */
const ROLL_OFF = 0.94;
const KAISER_BETA = 9;

/** Weights kept at most: rates without a common divisor have thousands of phases. */
const WEIGHTS_KEPT_MAX = 2 ** 22;

export class Resampler {
  /** Samples a second, both whole numbers. */
  readonly from: number;
  readonly to: number;
  /** Phases, and input samples by which one output sample is further: a reduced fraction. */
  readonly #phases: number;
  readonly #step: number;
  /** Input samples that an output sample hears to either side. */
  readonly #reach: number;
  /** `2 * reach` weights for each phase, made when first needed. */
  readonly #weights: (Float64Array | undefined)[];

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
    const divisor = greatestCommonDivisor(from, to);
    this.#phases = to / divisor;
    this.#step = from / divisor;
    this.#reach = Math.ceil((CROSSINGS / ROLL_OFF) * Math.max(1, from / to));
    this.#weights = [];
  }

  /** A new array; sample 0 stays where it is, and there is silence before and after. */
  resample(samples: Float32Array | Float64Array): Float32Array {
    if (this.#phases === this.#step) return Float32Array.from(samples);
    const out = new Float32Array(Math.ceil((samples.length * this.#phases) / this.#step));
    for (let i = 0; i < out.length; i++) {
      const position = i * this.#step;
      const phase = position % this.#phases;
      const first = (position - phase) / this.#phases - this.#reach + 1;
      const weights = this.#weightsOf(phase);
      const end = Math.min(weights.length, samples.length - first);
      let sum = 0;
      for (let n = Math.max(0, -first); n < end; n++) sum += weights[n] * samples[first + n];
      out[i] = sum;
    }
    return out;
  }

  #weightsOf(phase: number): Float64Array {
    const isKept = this.#phases * 2 * this.#reach <= WEIGHTS_KEPT_MAX;
    const weights = this.#weights[phase] ?? this.#makeWeights(phase / this.#phases);
    if (isKept) this.#weights[phase] = weights;
    return weights;
  }

  /** Weights of the input samples around a place `fraction` of a sample after one of them. */
  #makeWeights(fraction: number): Float64Array {
    const cutoff = ROLL_OFF * Math.min(1, this.to / this.from);
    const weights = Float64Array.from({ length: 2 * this.#reach }, (_, n) => {
      const distance = n - this.#reach + 1 - fraction;
      return sinc(cutoff * distance) * kaiser(distance / this.#reach);
    });
    // A constant stays the same constant at every phase.
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The Kaiser window, 1 in the middle and near 0 at -1 and 1 (Kaiser, 1974), not normalised further. */
function kaiser(x: number): number {
  return Math.abs(x) > 1 ? 0 : bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel0(KAISER_BETA);
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
