/**
 * Where browsers and edge runtimes look for a backend, best first. The one file that differs from candidates.node.ts.
 */
import type { Candidate } from './contract/backend.js';
import { referenceCandidates } from './reference/index.js';
import { wasmCandidates } from './wasm/index.js';

export const candidates: readonly Candidate[] = [...wasmCandidates, ...referenceCandidates];

/** Nothing outside the program names a backend here; `openBackend` does. */
export function requestedBackend(): string | undefined {
  return undefined;
}

/** A browser does not tell. */
export function cpuFeatures(): readonly string[] {
  return [];
}
