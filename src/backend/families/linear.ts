/** The inverse of a Gram matrix, and products with dense matrices. */
import type { Backend } from '../contract/backend.js';
import { denseTopK, ReferenceGramInverse } from '../reference/linear.js';
import { WasmGramInverse } from '../wasm/linear.js';
import { denseTopK as wasmDenseTopK } from '../wasm/sparse/products.js';
import { families } from './registry.js';

/** The same backend, with these kernels in hand. */
export function withLinear(backend: Backend): Backend {
  families.linear ??= {
    plain: { openGramInverse: (matrix, l2) => new ReferenceGramInverse(matrix, l2), denseTopK },
    wasm: (module) => ({
      openGramInverse: (matrix, l2) => new WasmGramInverse(module, matrix, l2),
      denseTopK: (weights, dense, options) => wasmDenseTopK(module, weights, dense, options),
    }),
  };
  return backend;
}
