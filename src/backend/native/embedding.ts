/** Training of embeddings by the addon. The rows live in JavaScript arrays, on which the kernels work in place. */
import type { Glove, GloveCells, GloveSetup, SkipGram, SkipGramSetup } from '../contract/backend.js';
import { refuseFreed } from '../reference/embedding.js';

/** native/addon/bind_embedding.cc. */
export interface AddonEmbedding {
  trainSkipGram(
    words: number,
    stride: number,
    window: number,
    negative: number,
    sigmoid: Float32Array,
    accept: Uint32Array,
    alias: Uint32Array,
    input: Float32Array,
    output: Float32Array,
    random: Uint32Array,
    tokens: Uint32Array,
    ends: Uint32Array,
    rates: Float32Array,
  ): void;
  trainGlove(
    words: number,
    stride: number,
    rows: Float32Array,
    squares: Float32Array,
    biases: Float32Array,
    biasSquares: Float32Array,
    wordOf: Uint32Array,
    contextOf: Uint32Array,
    logs: Float32Array,
    weights: Float32Array,
    rate: number,
  ): void;
}

export class NativeSkipGram implements SkipGram {
  readonly #kernels: AddonEmbedding;
  readonly #setup: SkipGramSetup;
  readonly #random: Uint32Array;
  #input: Float32Array;
  #output: Float32Array;

  constructor(kernels: AddonEmbedding, setup: SkipGramSetup) {
    this.#kernels = kernels;
    this.#setup = setup;
    this.#random = setup.random.slice();
    this.#input = setup.input.slice();
    this.#output = new Float32Array(setup.input.length);
  }

  train(tokens: Uint32Array, ends: Uint32Array, rates: Float32Array): void {
    refuseFreed(this.#input);
    const { words, stride, window, negative, sigmoid, accept, alias } = this.#setup;
    this.#kernels.trainSkipGram(
      ...([words, stride, window, negative, sigmoid, accept, alias] as const),
      ...([this.#input, this.#output, this.#random, tokens, ends, rates] as const),
    );
  }

  rows(): Float32Array {
    refuseFreed(this.#input);
    return this.#input.slice();
  }

  free(): void {
    this.#input = this.#output = new Float32Array(0);
  }
}

export class NativeGlove implements Glove {
  readonly #kernels: AddonEmbedding;
  readonly #words: number;
  readonly #stride: number;
  #rows: Float32Array;
  #squares: Float32Array;
  readonly #biases: Float32Array;
  readonly #biasSquares: Float32Array;

  constructor(kernels: AddonEmbedding, { words, stride, rows, biases }: GloveSetup) {
    this.#kernels = kernels;
    this.#words = words;
    this.#stride = stride;
    this.#rows = rows.slice();
    this.#squares = new Float32Array(rows.length).fill(1);
    this.#biases = biases.slice();
    this.#biasSquares = new Float32Array(biases.length).fill(1);
  }

  train({ words, contexts, logs, weights }: GloveCells, rate: number): void {
    refuseFreed(this.#rows);
    this.#kernels.trainGlove(
      ...([this.#words, this.#stride, this.#rows, this.#squares, this.#biases, this.#biasSquares] as const),
      ...([words, contexts, logs, weights, rate] as const),
    );
  }

  rows(): Float32Array {
    refuseFreed(this.#rows);
    return this.#rows.slice();
  }

  free(): void {
    this.#rows = this.#squares = new Float32Array(0);
  }
}
