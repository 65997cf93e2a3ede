/** Training of embeddings by the addon. The rows live in JavaScript arrays, on which the kernels work in place. */
import type { Glove, GloveCells, GloveSetup, SkipGram, SkipGramSetup } from '../contract/backend.js';
import { refuseFreed } from '../reference/embedding.js';

/** native/addon/bind_training.cc. */
export interface AddonEmbedding {
  trainSkipGram(block: SkipGramBlock): void;
  trainGlove(block: GloveBlock): void;
}

/** Sentences to train with, and the rows that learn from them. */
export interface SkipGramBlock extends SkipGramSetup {
  readonly output: Float32Array;
  readonly tokens: Uint32Array;
  readonly ends: Uint32Array;
  readonly rates: Float32Array;
}

/** Cells to train with, and the rows that learn from them: those of all words as words, then as contexts. */
export interface GloveBlock extends GloveSetup {
  readonly squares: Float32Array;
  readonly biasSquares: Float32Array;
  readonly wordOf: Uint32Array;
  readonly contextOf: Uint32Array;
  readonly logs: Float32Array;
  readonly weights: Float32Array;
  readonly rate: number;
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
    const learning = { input: this.#input, output: this.#output, random: this.#random };
    this.#kernels.trainSkipGram({ ...this.#setup, ...learning, tokens, ends, rates });
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
    const rows = { rows: this.#rows, squares: this.#squares, biases: this.#biases, biasSquares: this.#biasSquares };
    const cells = { wordOf: words, contextOf: contexts, logs, weights };
    this.#kernels.trainGlove({ words: this.#words, stride: this.#stride, ...rows, ...cells, rate });
  }

  rows(): Float32Array {
    refuseFreed(this.#rows);
    return this.#rows.slice();
  }

  free(): void {
    this.#rows = this.#squares = new Float32Array(0);
  }
}
