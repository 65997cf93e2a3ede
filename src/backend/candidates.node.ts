/**
 * Where Node, Bun and Deno look for a backend, best first. With pairs.node.ts the only file that differs from its twin
 * for the web.
 */
import type { Backend, Candidate } from './contract/backend.js';
import { withEveryFamily } from './families/all.js';
import { cpuFeatures, nativeCandidates } from './native/index.js';
import { plainCandidate } from './plain/index.js';
import { reference, referenceCandidates } from './reference/index.js';
import { selfTest } from './self-test.js';
import { wasmCandidate } from './wasm/levels.js';
import { packed as relaxedSimd } from './wasm/module/binaries/relaxed-simd.js';
import { packed as scalar } from './wasm/module/binaries/scalar.js';
import { packed as simd } from './wasm/module/binaries/simd.js';

export { cpuFeatures, selfTest as examine };

withEveryFamily(reference);

export const candidates: readonly Candidate[] = [
  ...nativeCandidates,
  wasmCandidate('relaxed-simd', relaxedSimd),
  wasmCandidate('simd', simd),
  wasmCandidate('scalar', scalar),
  plainCandidate,
  ...referenceCandidates,
];

/** The user's override; an empty value counts as none. */
export function requestedBackend(): string | undefined {
  return environment('KINDRED_BACKEND');
}

/** Says in one line on standard error that nothing native was found, why, and what to do. */
export function tellOfFall({ name, level }: Backend, reasonOf: (candidate: Candidate) => string): void {
  if (name === 'native' || environment('KINDRED_QUIET') || wasTold()) return;
  const line = `kindred: running on ${name}/${level}, slower than natively: ${oneLine(reasonOf(nativeCandidates[0]))}.`;
  process.stderr.write(`${line} KINDRED_QUIET=1 silences this.\n`);
}

/** A worker thread does not repeat what its parent has said. */
function wasTold(): boolean {
  const key = 'kindred: told of a fall';
  try {
    const { getEnvironmentData, setEnvironmentData } = process.getBuiltinModule('worker_threads');
    if (getEnvironmentData(key)) return true;
    setEnvironmentData(key, true);
  } catch {
    // Not every runtime has them.
  }
  return false;
}

/** Deno may forbid to read the environment. */
function environment(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replace(/\.$/, '');
}
