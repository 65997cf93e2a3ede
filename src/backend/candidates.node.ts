/** Where Node, Bun and Deno look for a backend, best first. The one file that differs from candidates.web.ts. */
import type { Candidate } from './contract/backend.js';
import { cpuFeatures, nativeCandidates } from './native/index.js';
import { referenceCandidates } from './reference/index.js';
import { wasmCandidates } from './wasm/index.js';

export { cpuFeatures };

export const candidates: readonly Candidate[] = [...nativeCandidates, ...wasmCandidates, ...referenceCandidates];

/** The user's override; an empty value counts as none. */
export function requestedBackend(): string | undefined {
  return process.env.KINDRED_BACKEND || undefined;
}
