/** Alternating least squares: Gram matrices and half steps. */
import type { AlsSide, AlsSolve, Backend } from '../../../../src/backend/contract/backend.js';
import { transpose } from '../../../../src/recommend/data/csr.js';
import { drawMatrix } from '../../../fixtures/sparse.js';
import { type Case, extend } from '../case.js';
import { Random } from '../random.js';
import { powerOfTwo } from '../vectors.js';

/** [users, items, stride, chance in 64 that a cell is filled]: strides around the widest registers, rows without cells. */
const SHAPES = [
  [1, 1, 16, 64],
  [3, 40, 16, 50],
  [40, 7, 32, 20],
  [17, 300, 48, 4],
  [290, 23, 64, 6],
  [30, 70, 80, 10],
  [20, 20, 128, 30],
  [12, 33, 144, 16],
];

const WEIGHTS: Record<string, (random: Random) => number> = {
  'all one': () => 1,
  'from 1 to 200': (random) => 1 + random.below(200),
  'far apart': (random) => (1.5 + random.signed()) * powerOfTwo(random.below(30) - 15),
};

const ALL_STEPS: AlsSolve = { steps: 3, tolerance: 0, cold: false };
const UNTIL_SOLVED: AlsSolve = { steps: 40, tolerance: 1e-9, cold: true };

export const alsCases: readonly Case[] = Object.keys(WEIGHTS).map((weights) => {
  const name = `alternating least squares: weights ${weights}`;
  return {
    name,
    run(backend: Backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const shape of SHAPES) factorise(answers, backend, random, shape, WEIGHTS[weights]);
      return answers;
    },
  };
});

function factorise(
  answers: number[],
  backend: Backend,
  random: Random,
  [users, items, stride, chance]: readonly number[],
  weight: (random: Random) => number,
): void {
  // Every sixth user has nothing.
  const isFilled = (user: number) => user % 6 !== 5 && random.below(64) < chance;
  const byUser = drawMatrix(random, users, items, isFilled, weight);
  const als = backend.openAls({
    stride,
    byUser,
    byItem: transpose(byUser),
    users: drawFactors(random, users, stride),
    items: drawFactors(random, items, stride),
    userL2: Float32Array.from({ length: users }, () => 0.01 + random.below(100) / 7),
    itemL2: Float32Array.from({ length: items }, () => 0.01 + random.below(100) / 7),
    threads: 1 + random.below(3),
  });
  const half = (side: AlsSide, rows: number, how: AlsSolve) => {
    extend(answers, als.gram(side === 'users' ? 'items' : 'users'));
    const middle = random.below(rows + 1);
    als.solve(side, 0, middle, how);
    als.solve(side, middle, rows, how);
    extend(answers, als.factors(side));
  };
  half('users', users, ALL_STEPS);
  half('items', items, ALL_STEPS);
  half('items', items, { ...ALL_STEPS, steps: 1 });
  half('users', users, UNTIL_SOLVED);
  als.free();
}

/** Of both signs; every fifth element is 0. */
function drawFactors(random: Random, rows: number, stride: number): Float32Array {
  return Float32Array.from({ length: rows * stride }, () => (random.below(5) === 0 ? 0 : random.signed()));
}
