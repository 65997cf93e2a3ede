/** Training of skip-grams and of GloVe, block by block. */
import type { Backend, GloveCells } from '../../../../src/backend/contract/backend.js';
import { Canary } from '../canary.js';
import { type Case, extend } from '../case.js';
import { Random } from '../random.js';
import { powerOfTwo } from '../vectors.js';

/** How a first element is drawn: as training begins, saturating the sigmoid, beyond all bounds in a few steps, denormal. */
const BEGINNINGS: Record<string, (random: Random) => number> = {
  'small rows': (random) => random.signed() / 32,
  'rows of ones and zeros': (random) => random.below(3) - 1,
  'large rows': (random) => random.signed() * 4,
  'rows without bound': (random) => random.signed() * powerOfTwo(70),
  'denormal rows': (random) => random.signed() * powerOfTwo(-140),
};

const SHAPES = [
  { words: 1, stride: 16, window: 1, negative: 1 },
  { words: 2, stride: 16, window: 3, negative: 2 },
  { words: 7, stride: 32, window: 5, negative: 5 },
  { words: 40, stride: 48, window: 2, negative: 9 },
  { words: 23, stride: 112, window: 4, negative: 100 },
] as const;

export const embeddingCases: readonly Case[] = Object.keys(BEGINNINGS).flatMap((beginning) => [
  ...SHAPES.map((shape) => skipGram(beginning, shape)),
  ...SHAPES.map((shape) => glove(beginning, shape)),
]);

function skipGram(beginning: string, shape: (typeof SHAPES)[number]): Case {
  const { words, stride, window, negative } = shape;
  const name = `skip-gram: ${beginning}, ${words} x ${stride}, window ${window}, ${negative} of noise`;
  return {
    name,
    run(backend: Backend) {
      const random = new Random(name);
      const canary = new Canary();
      const numbers = (count: number, one: () => number) => Uint32Array.of(7, ...Array.from({ length: count }, one));
      const training = backend.openSkipGram({
        ...shape,
        input: canary.input('float32', draw(random, beginning, words * stride), 3),
        accept: numbers(words, () => random.bits()).subarray(1),
        alias: numbers(words, () => random.below(words)).subarray(1),
        sigmoid: canary.input(
          'float32',
          Array.from({ length: 1025 }, (_, n) => n / 1024),
        ),
        random: numbers(4, () => random.bits()).subarray(1),
      });
      const answers: number[] = [];
      for (const lengths of [[], [0, 3, 1], [9, 2, 30]]) {
        let end = 0;
        const ends = Uint32Array.from(lengths, (length) => {
          end += length;
          return end;
        });
        const tokens = numbers(end, () => random.below(words)).subarray(1);
        const rates = canary.input(
          'float32',
          lengths.map(() => (random.signed() + 1) / 16),
          5,
        );
        training.train(tokens, ends, rates);
        extend(answers, training.rows());
      }
      training.free();
      canary.check();
      return answers;
    },
  };
}

function glove(beginning: string, { words, stride }: (typeof SHAPES)[number]): Case {
  const name = `glove: ${beginning}, ${words} x ${stride}`;
  return {
    name,
    run(backend: Backend) {
      const random = new Random(name);
      const canary = new Canary();
      const training = backend.openGlove({
        words,
        stride,
        rows: canary.input('float32', draw(random, beginning, 2 * words * stride), 3),
        biases: canary.input('float32', draw(random, beginning, 2 * words), 1),
      });
      const answers: number[] = [];
      for (const count of [0, 1, 50]) {
        const list = () => Uint32Array.of(7, ...Array.from({ length: count }, () => random.below(words))).subarray(1);
        const floats = () => canary.input('float32', draw(random, 'large rows', count), 2);
        const cells: GloveCells = { words: list(), contexts: list(), logs: floats(), weights: floats() };
        training.train(cells, 0.05);
        extend(answers, training.rows());
      }
      training.free();
      canary.check();
      return answers;
    },
  };
}

function draw(random: Random, beginning: string, length: number): Float32Array {
  return Float32Array.from({ length }, () => BEGINNINGS[beginning](random));
}
