/** Training of embeddings, as the contract words it: one pair and one cell at a time. */
import { KindredError } from '../../errors.js';
import type { Glove, GloveCells, GloveSetup, SkipGram, SkipGramSetup } from '../contract/backend.js';
import { Random } from './random.js';

const LANES = 16;

export class ReferenceSkipGram implements SkipGram {
  readonly #setup: SkipGramSetup;
  readonly #random: Random;
  #input: Float32Array;
  #output: Float32Array;

  constructor(setup: SkipGramSetup) {
    this.#setup = setup;
    this.#random = new Random(setup.random.slice());
    this.#input = setup.input.slice();
    this.#output = new Float32Array(setup.input.length);
  }

  train(tokens: Uint32Array, ends: Uint32Array, rates: Float32Array): void {
    refuseFreed(this.#input);
    let begin = 0;
    for (let sentence = 0; sentence < ends.length; sentence++) {
      const end = ends[sentence];
      for (let at = begin; at < end; at++) {
        const reach = 1 + this.#random.below(this.#setup.window);
        const last = Math.min(end - 1, at + reach);
        for (let near = Math.max(begin, at - reach); near <= last; near++) {
          if (near !== at) this.#trainPair(tokens[at], this.#targets(tokens[near]), rates[sentence]);
        }
      }
      begin = end;
    }
  }

  rows(): Float32Array {
    refuseFreed(this.#input);
    return this.#input.slice();
  }

  free(): void {
    this.#input = this.#output = new Float32Array(0);
  }

  /** The context, then words of noise. */
  #targets(context: number): number[] {
    const { words, negative, accept, alias } = this.#setup;
    const targets = [context];
    for (let n = 0; n < negative; n++) {
      const word = this.#random.below(words);
      const noise = this.#random.bits() < accept[word] ? word : alias[word];
      if (noise !== context) targets.push(noise);
    }
    return targets;
  }

  #trainPair(word: number, targets: readonly number[], rate: number): void {
    const { stride } = this.#setup;
    const input = this.#input.subarray(word * stride, (word + 1) * stride);
    const outputs = targets.map((target) => this.#output.subarray(target * stride, (target + 1) * stride));
    const steps = outputs.map((output, n) => {
      const error = Math.fround((n === 0 ? 1 : 0) - this.#sigmoid(dot(input, output)));
      return Math.fround(rate * error);
    });
    for (let i = 0; i < stride; i++) {
      let sum = 0;
      for (let n = 0; n < outputs.length; n++) {
        const before = outputs[n][i];
        sum = Math.fround(sum + Math.fround(steps[n] * before));
        outputs[n][i] = before + Math.fround(steps[n] * input[i]);
      }
      input[i] += sum;
    }
  }

  #sigmoid(x: number): number {
    if (!(x >= -8)) return 0;
    return x < 8 ? this.#setup.sigmoid[Math.floor(Math.fround(x + 8) * 64)] : 1;
  }
}

export class ReferenceGlove implements Glove {
  readonly #words: number;
  readonly #stride: number;
  #rows: Float32Array;
  readonly #squares: Float32Array;
  readonly #biases: Float32Array;
  readonly #biasSquares: Float32Array;

  constructor({ words, stride, rows, biases }: GloveSetup) {
    this.#words = words;
    this.#stride = stride;
    this.#rows = rows.slice();
    this.#squares = new Float32Array(rows.length).fill(1);
    this.#biases = biases.slice();
    this.#biasSquares = new Float32Array(biases.length).fill(1);
  }

  train({ words, contexts, logs, weights }: GloveCells, rate: number): void {
    refuseFreed(this.#rows);
    for (let n = 0; n < words.length; n++) {
      this.#trainCell(words[n], this.#words + contexts[n], logs[n], weights[n], Math.fround(rate));
    }
  }

  rows(): Float32Array {
    refuseFreed(this.#rows);
    return this.#rows.slice();
  }

  free(): void {
    this.#rows = new Float32Array(0);
  }

  /** `w` and `c` number all rows: contexts come after the words. */
  #trainCell(w: number, c: number, log: number, weight: number, rate: number): void {
    const biases = Math.fround(Math.fround(dot(this.#row(w), this.#row(c)) + this.#biases[w]) + this.#biases[c]);
    const factor = Math.fround(rate * Math.fround(weight * Math.fround(biases - log)));
    for (let i = 0; i < this.#stride; i++) {
      const [atW, atC] = [w * this.#stride + i, c * this.#stride + i];
      const stepW = Math.fround(factor * this.#rows[atC]);
      const stepC = Math.fround(factor * this.#rows[atW]);
      descend(this.#rows, this.#squares, atW, stepW);
      descend(this.#rows, this.#squares, atC, stepC);
    }
    descend(this.#biases, this.#biasSquares, w, factor);
    descend(this.#biases, this.#biasSquares, c, factor);
  }

  #row(number: number): Float32Array {
    return this.#rows.subarray(number * this.#stride, (number + 1) * this.#stride);
  }
}

/** One step of AdaGrad. What is stored in an array of float32 is rounded by that. */
function descend(values: Float32Array, squares: Float32Array, at: number, step: number): void {
  values[at] -= Math.fround(step / Math.fround(Math.sqrt(squares[at])));
  squares[at] += Math.fround(step * step);
}

const lanes = new Float32Array(LANES);

function dot(a: Float32Array, b: Float32Array): number {
  lanes.fill(0);
  for (let i = 0; i < a.length; i++) lanes[i % LANES] += Math.fround(a[i] * b[i]);
  for (let half = LANES / 2; half >= 1; half /= 2) for (let j = 0; j < half; j++) lanes[j] += lanes[j + half];
  return lanes[0];
}

/** Rows are never empty while they are held. */
export function refuseFreed(rows: Float32Array): void {
  if (rows.length === 0) throw new KindredError('DISPOSED', 'this training was freed and holds nothing');
}
