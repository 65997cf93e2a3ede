/**
 * Where browsers and edge runtimes look for a backend, best first. With pairs.web.ts the only file that differs from
 * its twin for Node. One level is in hand, which all browsers run; `init` of kindred/wasm brings the others.
 */
import { briefSelfTest } from './brief-self-test.js';
import type { Backend, Candidate } from './contract/backend.js';
import { plainCandidate } from './plain/index.js';
import { wasmCandidate } from './wasm/levels.js';
import { packed as simd } from './wasm/module/binaries/simd.js';

const inHand = wasmCandidate('simd', simd);

export const candidates: readonly Candidate[] = [
  wasmCandidate('relaxed-simd'),
  inHand,
  wasmCandidate('scalar'),
  plainCandidate,
];

export { briefSelfTest as examine };

/** Nothing outside the program names a backend here; `openBackend` does. */
export function requestedBackend(): string | undefined {
  return undefined;
}

/** A browser does not tell. */
export function cpuFeatures(): readonly string[] {
  return [];
}

/** Says on the console that WebAssembly cannot run, and why. */
export function tellOfFall({ name }: Backend, reasonOf: (candidate: Candidate) => string): void {
  if (name !== 'plain' || (globalThis as { KINDRED_QUIET?: unknown }).KINDRED_QUIET) return;
  console.warn(`kindred: running on plain JavaScript, several times slower than WebAssembly: ${reasonOf(inHand)}`);
}
