/** Alternating least squares. */
import type { Backend } from '../contract/backend.js';
import { ReferenceAls } from '../reference/als.js';
import { WasmAls } from '../wasm/training/als.js';
import { families } from './registry.js';

/** The same backend, with these kernels in hand. */
export function withAls(backend: Backend): Backend {
  families.als ??= {
    plain: { openAls: (setup) => new ReferenceAls(setup) },
    wasm: (module) => ({ openAls: (setup) => new WasmAls(module, setup) }),
  };
  return backend;
}
