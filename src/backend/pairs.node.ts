/** Pairs in Node, Bun and Deno: by the default backend. */
import { defaultBackend } from './choose.js';
import type { PairKernels } from './pairs-in-use.js';

export function openPairs(): PairKernels {
  return defaultBackend();
}
