/** Training of word vectors. */
import type { Backend } from '../contract/backend.js';
import { ReferenceGlove, ReferenceSkipGram } from '../reference/embedding.js';
import { WasmGlove, WasmSkipGram } from '../wasm/training/embedding.js';
import { families } from './registry.js';

/** The same backend, with these kernels in hand. */
export function withEmbedding(backend: Backend): Backend {
  families.embedding ??= {
    plain: {
      openSkipGram: (setup) => new ReferenceSkipGram(setup),
      openGlove: (setup) => new ReferenceGlove(setup),
    },
    wasm: (module) => ({
      openSkipGram: (setup) => new WasmSkipGram(module, setup),
      openGlove: (setup) => new WasmGlove(module, setup),
    }),
  };
  return backend;
}
