/** dot, cosine and euclidean of two vectors. */
import type { Backend, Floats } from '../../../../src/backend/contract/backend.js';
import { Canary, type FloatType } from '../canary.js';
import type { Case } from '../case.js';
import { Random } from '../random.js';
import { DIMENSIONS, draw, FLOAT_TYPES, KINDS, powerOfTwo, RELATIONS } from '../vectors.js';

const KERNELS = ['dot', 'cosine', 'euclidean'] as const;
type Kernel = (typeof KERNELS)[number];

export const pairCases: readonly Case[] = KERNELS.flatMap((kernel) => [
  ...FLOAT_TYPES.flatMap((type) => Object.keys(KINDS[type]).map((kind) => everyDimension(kernel, type, kind))),
  ...FLOAT_TYPES.map((type) => notFinite(kernel, type)),
  edgesOfSafeRange(kernel),
]);

/** Every relation at every dimension; the offsets run through all residues of a 64-byte line. */
function everyDimension(kernel: Kernel, type: FloatType, kind: string): Case {
  const name = `${kernel} of two ${kind} ${type} vectors`;
  return {
    name,
    run(backend) {
      const random = new Random(name);
      const answers: number[] = [];
      for (const dim of DIMENSIONS) {
        const canary = new Canary();
        const values = draw(random, type, kind, dim);
        const unrelated = draw(random, type, kind, dim);
        for (const relate of Object.values(RELATIONS)) {
          const a = canary.input(type, values, random.below(16));
          const b = canary.input(type, relate(values, type, unrelated), random.below(16));
          answers.push(call(backend, kernel, a, b));
        }
        canary.check();
      }
      return answers;
    },
  };
}

/** The caller looks closer after a NaN, so a NaN or infinity anywhere must lead to one, or to infinity. */
function notFinite(kernel: Kernel, type: FloatType): Case {
  return {
    name: `${kernel} of ${type} vectors that hold NaN or infinity`,
    run(backend) {
      const random = new Random(type);
      const answers: number[] = [];
      for (const dim of [1, 8, 16, 17, 31, 33, 100]) {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          for (const at of new Set([0, dim >> 1, dim - 1])) {
            const a = draw(random, type, 'uniform', dim);
            const b = draw(random, type, 'uniform', dim);
            a[at] = bad;
            const canary = new Canary();
            const [left, right] = [canary.input(type, a, at), canary.input(type, b, dim)];
            answers.push(call(backend, kernel, left, right), call(backend, kernel, right, left));
            canary.check();
          }
        }
      }
      return answers;
    },
  };
}

/** cosine is NaN just outside [2^-900, 2^900] and a number just inside. */
function edgesOfSafeRange(kernel: Kernel): Case {
  return {
    name: `${kernel} of float64 vectors at the edges of the safe range`,
    run(backend) {
      const [low, high] = [powerOfTwo(-450), powerOfTwo(450)];
      const factors = [1 - Number.EPSILON, 1, 1 + Number.EPSILON];
      const values = [low, high].flatMap((edge) => factors.map((factor) => Float64Array.of(edge * factor)));
      return values.flatMap((a) => values.map((b) => call(backend, kernel, a, b)));
    },
  };
}

function call(backend: Backend, kernel: Kernel, a: Floats, b: Floats): number {
  return backend[kernel](a, b);
}
