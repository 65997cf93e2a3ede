/** The wasm backend: the contract on the kernels of assembly/, wherever WebAssembly runs. */
import type { Backend } from '../contract/backend.js';
import { familiesOf } from '../families/registry.js';
import { WasmCorpus } from './corpus/corpus.js';
import { COSTS } from './corpus/costs.js';
import { matrix } from './dense/matrix.js';
import { scorePair, scorePairs } from './dense/pairs.js';
import { Scratch } from './module/memory.js';

export type WasmLevel = keyof typeof COSTS;

/** Measured by bench case `pair`: below this dimension the call costs more than the loop. */
const PAIR_FROM: Readonly<Record<WasmLevel, number>> = { 'relaxed-simd': 96, simd: 96, scalar: 128 };

export function wasmBackend(level: WasmLevel, module: WebAssembly.Module): Backend {
  const scratch = new Scratch(module);
  return {
    name: 'wasm',
    level,
    pairFrom: PAIR_FROM[level],
    dot: (a, b) => scorePair(scratch, 'dot', a, b),
    cosine: (a, b) => scorePair(scratch, 'cosine', a, b),
    euclidean: (a, b) => 0 - scorePair(scratch, 'euclidean', a, b),
    pairs: (metric, a, b, out) => scorePairs(scratch, metric, a, b, out),
    matrix: (metric, a, b, out) => matrix(scratch, metric, a, b, out),
    threads: 1,
    openMapped: undefined,
    openCorpus: (dim, metric, options) => new WasmCorpus(module, COSTS[level], dim, metric, options),
    ...familiesOf(({ wasm }) => wasm(module)),
  };
}
