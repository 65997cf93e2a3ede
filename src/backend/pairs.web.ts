/**
 * Pairs in browsers and edge runtimes: in plain TypeScript until something else opens a backend. A page that compares a
 * few vectors then loads no kernels at all.
 */
import { type PairKernels, pairsInUse } from './pairs-in-use.js';
import { plainCosine, plainDot, plainSquaredDistance } from './plain/sums.js';

const PLAIN: PairKernels = {
  pairFrom: Number.POSITIVE_INFINITY,
  dot: plainDot,
  cosine: plainCosine,
  euclidean: (a, b) => Math.sqrt(plainSquaredDistance(a, b)),
};

export function openPairs(): PairKernels {
  pairsInUse.kernels ??= PLAIN;
  return pairsInUse.kernels;
}
