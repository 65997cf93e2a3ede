/** The native backend: the contract over the C++ addon, one candidate per instruction set. */

import { KindredError } from '../../errors.js';
import type { Backend, Candidate, Floats, Metric, Rows } from '../contract/backend.js';
import { finishNeighbors } from '../reference/sparse.js';
import { type AddonKernels, loadAddon, type PairKernel } from './addon.js';
import { NativeAls } from './als.js';
import { NativeCorpus } from './corpus.js';
import { NativeGlove, NativeSkipGram } from './embedding.js';
import { denseTopK, NativeGramInverse } from './linear.js';
import { openNeighbors, sparseTopK } from './sparse.js';

/** Measured by bench case `pair`: below this dimension the call costs more than the loop. */
const PAIR_FROM = 32;

/** The levels that a build for this architecture has; which of them can run is found out on opening. */
const LEVELS: Partial<Record<string, string[]>> = {
  x64: ['amx', 'avx512-vnni', 'avx512', 'avx2-vnni', 'avx2', 'scalar'],
  arm64: ['neon-i8mm', 'neon-dotprod', 'neon', 'scalar'],
};

export const nativeCandidates: Candidate[] = (LEVELS[process.arch] ?? ['scalar']).map((level) => ({
  name: 'native',
  level,
  open: () => openNative(level),
}));

/** Vector extensions of this CPU, as compilers spell them; none if there is no addon to ask. */
export function cpuFeatures(): readonly string[] {
  try {
    return loadAddon().features();
  } catch {
    return [];
  }
}

function openNative(level: string): Backend {
  const addon = loadAddon();
  const found = addon.levels().find((each) => each.level === level);
  if (found === undefined) throw new Error(`this build of the addon has no level ${level}`);
  if (found.obstacle !== '') throw new Error(found.obstacle);
  return nativeBackend(level, addon.open(level), addon.cores());
}

function nativeBackend(level: string, kernels: AddonKernels, threads: number): Backend {
  return {
    name: 'native',
    level,
    pairFrom: PAIR_FROM,
    dot(a: Floats, b: Floats): number {
      return pair(a, b, kernels.dotFloat32, kernels.dotFloat64);
    },
    cosine(a: Floats, b: Floats): number {
      return pair(a, b, kernels.cosineFloat32, kernels.cosineFloat64);
    },
    euclidean(a: Floats, b: Floats): number {
      return pair(a, b, kernels.euclideanFloat32, kernels.euclideanFloat64);
    },
    pairs(metric: Metric, a: Rows, b: Rows, out: Float64Array): void {
      kernels.pairs(metric, a, b, out);
    },
    matrix(metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array, threads = 0): number {
      return kernels.matrix(metric, a, b, out, threads);
    },
    threads,
    openCorpus: (dim, metric, options = {}) => new NativeCorpus(kernels, dim, metric, options),
    openMapped: (path, rows) => NativeCorpus.map(kernels, path, rows),
    openGramInverse: (rows, l2, options) => new NativeGramInverse(kernels, rows, l2, options?.threads),
    denseTopK: (weights, dense, options) => denseTopK(kernels, weights, dense, options),
    openSkipGram: (setup) => new NativeSkipGram(kernels, setup),
    openGlove: (setup) => new NativeGlove(kernels, setup),
    openAls: (setup) => new NativeAls(kernels, setup),
    sparseNeighbors: (matrix, options) => finishNeighbors(openNeighbors(kernels, matrix, options)),
    openNeighbors: (matrix, options) => openNeighbors(kernels, matrix, options),
    sparseTopK: (weights, lists, options) => sparseTopK(kernels, weights, lists, options),
  };
}

/** Calls the kernel for the operands' class. The addon trusts this check: a second one would cost a third of a short pair. */
function pair(a: Floats, b: Floats, float32: PairKernel<Float32Array>, float64: PairKernel<Float64Array>): number {
  if (a.length === b.length) {
    if (a instanceof Float32Array && b instanceof Float32Array) return float32(a, b);
    if (a instanceof Float64Array && b instanceof Float64Array) return float64(a, b);
  }
  const given = `${nameOf(a)} and ${nameOf(b)}`;
  throw new KindredError(
    'DIMENSION_MISMATCH',
    `a pair is two Float32Array or two Float64Array of one length, not ${given}`,
  );
}

function nameOf(x: Floats): string {
  return `${x?.constructor?.name}(${x?.length})`;
}
