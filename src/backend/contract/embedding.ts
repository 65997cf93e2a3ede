/** The part of the contract about the training of embeddings. */

/**
 * **Training of embeddings.** Every number is a float32, and every product, sum, quotient and square root is rounded to
 * float32 before it is used: nothing is fused. Rows have `stride` elements, a multiple of 16; a dot of two rows has
 * sixteen float32 lanes that are filled and folded as those of the canonical dot. Random numbers are those of sfc32
 * (`reference/random.ts`); one below n is `floor(bits / 2^32 * n)` in float64. So training gives the same bits on every
 * backend.
 */
export interface SkipGramSetup {
  readonly words: number;
  readonly stride: number;
  /** The largest distance between a word and its context, at least 1. */
  readonly window: number;
  /** Words of noise per pair, from 1 to 100. */
  readonly negative: number;
  /** words x stride: the rows to begin with. Copied. */
  readonly input: Float32Array;
  /**
   * How noise is drawn (Walker's alias method, Vose 1991): a word below `words`, and another number; if that is below
   * the word's `accept` it is the word, else `alias` of the word.
   */
  readonly accept: Uint32Array;
  readonly alias: Uint32Array;
  /**
   * sigmoid(x) for x in [-8, 8): entry `floor((x + 8) * 64)` of 1025, the sum rounded to float32. Beyond it is 0 or 1;
   * 0 for NaN.
   */
  readonly sigmoid: Float32Array;
  /** The four words of the generator's state. Copied. */
  readonly random: Uint32Array;
}

/** Skip-gram with negative sampling (Mikolov et al. 2013), under way. Output rows begin as zeros. */
export interface SkipGram {
  /**
   * Trains on sentences of word numbers: sentence `s` ends before `tokens[ends[s]]`, where the next begins, and has the
   * learning rate `rates[s]`. For each word of a sentence a reach of `1 + below(window)` is drawn; each other word
   * within reach, in order, is a pair with it. Per pair `negative` words of noise are drawn, those equal to the context
   * left out. The targets are the context, labelled 1, and the noise, labelled 0. With `h` the word's input row and `o`
   * the output row of a target, as they are before any target of this pair is learnt from: `g = rate * (label -
   * sigmoid(dot(h, o)))`. Then, target after target, each element of a sum that begins at 0 grows by `g * o` and `o`
   * grows by `g * h`; at last `h` grows by the sum.
   */
  train(tokens: Uint32Array, ends: Uint32Array, rates: Float32Array): void;
  /** A copy of the input rows, words x stride. */
  rows(): Float32Array;
  /** Gives the memory back; any later call throws. */
  free(): void;
}

export interface GloveSetup {
  readonly words: number;
  readonly stride: number;
  /** 2 x words x stride: the rows of all words as words, then as contexts. Copied. */
  readonly rows: Float32Array;
  /** 2 x words, likewise. Copied. */
  readonly biases: Float32Array;
}

/** Cells of a matrix of co-occurrences: word `words[n]` met context `contexts[n]`. */
export interface GloveCells {
  readonly words: Uint32Array;
  readonly contexts: Uint32Array;
  /** The logarithm of how often. */
  readonly logs: Float32Array;
  /** How much the cell counts. */
  readonly weights: Float32Array;
}

/** GloVe (Pennington et al. 2014) with AdaGrad, under way. The sums of squares of every element and bias begin at 1. */
export interface Glove {
  /**
   * Learns from cells, one after the other. With rows w and c, `f = rate * (weight * (((dot(w, c) + bias of w) + bias
   * of c) - log))`. Each element of w then falls by `f * c / sqrt(squares)`, and afterwards its squares grow by `(f *
   * c)^2`; so with c, from the element of w as it was; so with both biases, whose step is f.
   */
  train(cells: GloveCells, rate: number): void;
  /** A copy of all rows, 2 x words x stride. */
  rows(): Float32Array;
  /** Gives the memory back; any later call throws. */
  free(): void;
}
