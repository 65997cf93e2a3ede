/** Training of embeddings in wasm: the rows stay in a memory of their own, blocks of work are copied in. */
import type { Glove, GloveCells, GloveSetup, SkipGram, SkipGramSetup } from '../../contract/backend.js';
import { refuseFreed } from '../../reference/embedding.js';
import * as abi from '../module/abi.js';
import { Layout, Space } from '../module/memory.js';

const NOTHING = new Float32Array(0);

export class WasmSkipGram implements SkipGram {
  readonly #setup: SkipGramSetup;
  readonly #places: ReturnType<typeof placesFor>;
  /** The end of what stays; blocks of work come behind. */
  readonly #end: number;
  #space: Space | undefined;

  constructor(module: WebAssembly.Module, setup: SkipGramSetup) {
    this.#setup = setup;
    this.#space = new Space(module);
    const layout = new Layout(this.#space.start);
    this.#places = placesFor(layout, setup);
    this.#end = layout.end;
    this.#space.reach(this.#end);
    const { record, sigmoidAt, acceptAt, aliasAt, inputAt, outputAt, randomAt, targetsAt, stepsAt } = this.#places;
    this.#space.f32.set(setup.sigmoid, sigmoidAt / 4);
    this.#space.u32.set(setup.accept, acceptAt / 4);
    this.#space.u32.set(setup.alias, aliasAt / 4);
    this.#space.f32.set(setup.input, inputAt / 4);
    this.#space.u32.set(setup.random, randomAt / 4);
    this.#space.writeWords(record, [
      [abi.SKIP_GRAM_WORDS, setup.words],
      [abi.SKIP_GRAM_STRIDE, setup.stride],
      [abi.SKIP_GRAM_WINDOW, setup.window],
      [abi.SKIP_GRAM_NEGATIVE, setup.negative],
      [abi.SKIP_GRAM_SIGMOID, sigmoidAt],
      [abi.SKIP_GRAM_ACCEPT, acceptAt],
      [abi.SKIP_GRAM_ALIAS, aliasAt],
      [abi.SKIP_GRAM_INPUT, inputAt],
      [abi.SKIP_GRAM_OUTPUT, outputAt],
      [abi.SKIP_GRAM_RANDOM, randomAt],
      [abi.SKIP_GRAM_TARGETS, targetsAt],
      [abi.SKIP_GRAM_STEPS, stepsAt],
    ]);
  }

  train(tokens: Uint32Array, ends: Uint32Array, rates: Float32Array): void {
    const space = held(this.#space);
    const layout = new Layout(this.#end);
    const tokensAt = layout.take(tokens.byteLength);
    const endsAt = layout.take(ends.byteLength);
    const ratesAt = layout.take(rates.byteLength);
    space.reach(layout.end);
    space.u32.set(tokens, tokensAt / 4);
    space.u32.set(ends, endsAt / 4);
    space.f32.set(rates, ratesAt / 4);
    space.kernels.trainSkipGram(this.#places.record, tokensAt, endsAt, ratesAt, ends.length);
  }

  rows(): Float32Array {
    return copyRows(held(this.#space), this.#places.inputAt, this.#setup.input.length);
  }

  free(): void {
    this.#space = undefined;
  }
}

function placesFor(layout: Layout, { words, negative, input, sigmoid }: SkipGramSetup) {
  return {
    record: layout.take(abi.SKIP_GRAM_BYTES),
    sigmoidAt: layout.take(sigmoid.length * 4),
    acceptAt: layout.take(words * 4),
    aliasAt: layout.take(words * 4),
    inputAt: layout.take(input.length * 4),
    outputAt: layout.take(input.length * 4),
    randomAt: layout.take(16),
    targetsAt: layout.take((1 + negative) * 4),
    stepsAt: layout.take((1 + negative) * 4),
  };
}

export class WasmGlove implements Glove {
  readonly #words: number;
  readonly #stride: number;
  readonly #record: number;
  readonly #rowsAt: number;
  readonly #end: number;
  #space: Space | undefined;

  constructor(module: WebAssembly.Module, { words, stride, rows, biases }: GloveSetup) {
    this.#words = words;
    this.#stride = stride;
    this.#space = new Space(module);
    const layout = new Layout(this.#space.start);
    this.#record = layout.take(abi.GLOVE_BYTES);
    this.#rowsAt = layout.take(rows.length * 4);
    const squaresAt = layout.take(rows.length * 4);
    const biasesAt = layout.take(biases.length * 4);
    const biasSquaresAt = layout.take(biases.length * 4);
    this.#end = layout.end;
    this.#space.reach(this.#end);
    this.#space.f32.set(rows, this.#rowsAt / 4);
    this.#space.f32.fill(1, squaresAt / 4, squaresAt / 4 + rows.length);
    this.#space.f32.set(biases, biasesAt / 4);
    this.#space.f32.fill(1, biasSquaresAt / 4, biasSquaresAt / 4 + biases.length);
    this.#space.writeWords(this.#record, [
      [abi.GLOVE_WORDS, words],
      [abi.GLOVE_STRIDE, stride],
      [abi.GLOVE_ROWS, this.#rowsAt],
      [abi.GLOVE_SQUARES, squaresAt],
      [abi.GLOVE_BIASES, biasesAt],
      [abi.GLOVE_BIAS_SQUARES, biasSquaresAt],
    ]);
  }

  train({ words, contexts, logs, weights }: GloveCells, rate: number): void {
    const space = held(this.#space);
    const count = words.length;
    const layout = new Layout(this.#end);
    const [wordsAt, contextsAt, logsAt, weightsAt] = [0, 1, 2, 3].map(() => layout.take(count * 4));
    space.reach(layout.end);
    space.u32.set(words, wordsAt / 4);
    space.u32.set(contexts, contextsAt / 4);
    space.f32.set(logs, logsAt / 4);
    space.f32.set(weights, weightsAt / 4);
    space.kernels.trainGlove(this.#record, wordsAt, contextsAt, logsAt, weightsAt, count, rate);
  }

  rows(): Float32Array {
    return copyRows(held(this.#space), this.#rowsAt, 2 * this.#words * this.#stride);
  }

  free(): void {
    this.#space = undefined;
  }
}

function held(space: Space | undefined): Space {
  if (space === undefined) refuseFreed(NOTHING);
  return space as Space;
}

function copyRows(space: Space, at: number, count: number): Float32Array {
  return space.f32.slice(at / 4, at / 4 + count);
}
