/** Neighbours and products of sparse rows. */
import type { Backend } from '../contract/backend.js';
import { finishNeighbors, openNeighbors, sparseTopK } from '../reference/sparse.js';
import * as wasmNeighbors from '../wasm/sparse/neighbors.js';
import { sparseTopK as wasmSparseTopK } from '../wasm/sparse/products.js';
import { families } from './registry.js';

/** The same backend, with these kernels in hand. */
export function withSparse(backend: Backend): Backend {
  families.sparse ??= {
    plain: {
      sparseNeighbors: (matrix, options) => finishNeighbors(openNeighbors(matrix, options)),
      openNeighbors,
      sparseTopK,
    },
    wasm: (module) => ({
      sparseNeighbors: (matrix, options) => wasmNeighbors.sparseNeighbors(module, matrix, options),
      openNeighbors: (matrix, options) => wasmNeighbors.openNeighbors(module, matrix, options),
      sparseTopK: (weights, lists, options) => wasmSparseTopK(module, weights, lists, options),
    }),
  };
  return backend;
}
