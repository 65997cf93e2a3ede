/** Training of embeddings: skip-gram with negative sampling and GloVe, as the contract words them. */

import {
  GLOVE_BIAS_SQUARES,
  GLOVE_BIASES,
  GLOVE_ROWS,
  GLOVE_SQUARES,
  GLOVE_STRIDE,
  GLOVE_WORDS,
  SKIP_GRAM_ACCEPT,
  SKIP_GRAM_ALIAS,
  SKIP_GRAM_INPUT,
  SKIP_GRAM_NEGATIVE,
  SKIP_GRAM_OUTPUT,
  SKIP_GRAM_RANDOM,
  SKIP_GRAM_SIGMOID,
  SKIP_GRAM_STEPS,
  SKIP_GRAM_STRIDE,
  SKIP_GRAM_TARGETS,
  SKIP_GRAM_WINDOW,
  SKIP_GRAM_WORDS,
} from '../../src/backend/wasm/module/abi';
import { descend, dotFloats, learnCell, learnPair } from '../lanes/float32';

/** The state of sfc32, while a block is trained. */
let randomA: u32 = 0;
let randomB: u32 = 0;
let randomC: u32 = 0;
let randomCount: u32 = 0;

function bits(): u32 {
  const result = randomA + randomB + randomCount++;
  randomA = randomB ^ (randomB >> 9);
  randomB = randomC + (randomC << 3);
  randomC = ((randomC << 21) | (randomC >> 11)) + result;
  return result;
}

function below(limit: f64): u32 {
  return <u32>((<f64>bits() / 4294967296.0) * limit);
}

/** Everything of a block that stays the same from pair to pair. */
let wordCount: f64 = 0;
let rowBytes: usize = 0;
let noiseCount: usize = 0;
let sigmoidAt: usize = 0;
let acceptAt: usize = 0;
let aliasAt: usize = 0;
let outputAt: usize = 0;
/** Addresses of the rows that a pair learns from, and a float for each: at most 1 + negative. */
let targetsAt: usize = 0;
let stepsAt: usize = 0;

/** Trains a SKIP_GRAM record on `count` sentences. The generator's state is read and left behind. */
export function trainSkipGram(model: usize, tokens: usize, ends: usize, rates: usize, count: usize): void {
  wordCount = <f64>load<u32>(model, SKIP_GRAM_WORDS);
  rowBytes = load<u32>(model, SKIP_GRAM_STRIDE) * 4;
  noiseCount = load<u32>(model, SKIP_GRAM_NEGATIVE);
  sigmoidAt = load<u32>(model, SKIP_GRAM_SIGMOID);
  acceptAt = load<u32>(model, SKIP_GRAM_ACCEPT);
  aliasAt = load<u32>(model, SKIP_GRAM_ALIAS);
  outputAt = load<u32>(model, SKIP_GRAM_OUTPUT);
  targetsAt = load<u32>(model, SKIP_GRAM_TARGETS);
  stepsAt = load<u32>(model, SKIP_GRAM_STEPS);
  const window = load<u32>(model, SKIP_GRAM_WINDOW);
  const input: usize = load<u32>(model, SKIP_GRAM_INPUT);
  const random: usize = load<u32>(model, SKIP_GRAM_RANDOM);
  randomA = load<u32>(random);
  randomB = load<u32>(random, 4);
  randomC = load<u32>(random, 8);
  randomCount = load<u32>(random, 12);
  let begin: usize = 0;
  for (let sentence: usize = 0; sentence < count; sentence++) {
    const end: usize = load<u32>(ends + sentence * 4);
    const rate = load<f32>(rates + sentence * 4);
    for (let at = begin; at < end; at++) {
      const reach: usize = 1 + below(<f64>window);
      const first: usize = at - begin > reach ? at - reach : begin;
      const last: usize = end - 1 - at > reach ? at + reach : end - 1;
      const row = input + <usize>load<u32>(tokens + at * 4) * rowBytes;
      for (let near = first; near <= last; near++) {
        if (near != at) trainPair(row, load<u32>(tokens + near * 4), rate);
      }
    }
    begin = end;
  }
  store<u32>(random, randomA);
  store<u32>(random, randomB, 4);
  store<u32>(random, randomC, 8);
  store<u32>(random, randomCount, 12);
}

function trainPair(input: usize, context: u32, rate: f32): void {
  const count = drawTargets(context);
  for (let t: usize = 0; t < count; t++) {
    const x = dotFloats(input, load<u32>(targetsAt + t * 4), rowBytes);
    const label: f32 = t == 0 ? 1 : 0;
    store<f32>(stepsAt + t * 4, rate * (label - sigmoidOf(x)));
  }
  learnPair(input, targetsAt, stepsAt, count, rowBytes);
}

/** Returns how many targets there are: the context, and noise that is another word. */
function drawTargets(context: u32): usize {
  let count: usize = 1;
  store<u32>(targetsAt, <u32>(outputAt + <usize>context * rowBytes));
  for (let n: usize = 0; n < noiseCount; n++) {
    const word = below(wordCount);
    const noise = bits() < load<u32>(acceptAt + <usize>word * 4) ? word : load<u32>(aliasAt + <usize>word * 4);
    if (noise == context) continue;
    store<u32>(targetsAt + count * 4, <u32>(outputAt + <usize>noise * rowBytes));
    count++;
  }
  return count;
}

function sigmoidOf(x: f32): f32 {
  if (!(x >= -8)) return 0;
  return x < 8 ? load<f32>(sigmoidAt + <usize>((x + 8) * 64) * 4) : 1;
}

/** Trains a GLOVE record on `count` cells. */
export function trainGlove(
  model: usize,
  wordOf: usize,
  contextOf: usize,
  logs: usize,
  weights: usize,
  count: usize,
  rate: f32,
): void {
  const words: usize = load<u32>(model, GLOVE_WORDS);
  const rows: usize = load<u32>(model, GLOVE_ROWS);
  const squares: usize = load<u32>(model, GLOVE_SQUARES);
  const biases: usize = load<u32>(model, GLOVE_BIASES);
  const biasSquares: usize = load<u32>(model, GLOVE_BIAS_SQUARES);
  const bytes: usize = load<u32>(model, GLOVE_STRIDE) * 4;
  for (let n: usize = 0; n < count; n++) {
    const word: usize = load<u32>(wordOf + n * 4);
    const context: usize = words + load<u32>(contextOf + n * 4);
    const w = word * bytes;
    const c = context * bytes;
    const guess = dotFloats(rows + w, rows + c, bytes) + load<f32>(biases + word * 4) + load<f32>(biases + context * 4);
    const step = rate * (load<f32>(weights + n * 4) * (guess - load<f32>(logs + n * 4)));
    learnCell(rows + w, rows + c, squares + w, squares + c, step, bytes);
    descend(biases + word * 4, biasSquares + word * 4, step);
    descend(biases + context * 4, biasSquares + context * 4, step);
  }
}
