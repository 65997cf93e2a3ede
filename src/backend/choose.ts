/** Picks the backend: the best candidate that opens and passes its self-test, or the one asked for. */
import { candidates, cpuFeatures, examine, requestedBackend, tellOfFall } from '#backend';
import { KindredError } from '../errors.js';
import type { Backend, Candidate } from './contract/backend.js';
import { pairsInUse } from './pairs-in-use.js';

export interface CandidateInfo {
  readonly name: Backend['name'];
  readonly level: string;
  /** Whether it opens here and, where something has asked for it, passed its self-test. */
  readonly ok: boolean;
  /** Why not; empty if ok. */
  readonly reason: string;
}

export interface BackendInfo {
  readonly name: Backend['name'];
  readonly level: string;
  /** Threads that a search may use. */
  readonly threads: number;
  /** Vector extensions of this CPU, as compilers spell them; empty where nothing tells (no addon, browsers). */
  readonly cpuFeatures: readonly string[];
  /** Every candidate for this platform, best first. Those that nobody asked for were probed, not used. */
  readonly candidates: readonly CandidateInfo[];
}

/** What was opened, and of it what was examined. */
const opened = new Map<Candidate, Backend | Error>();
const examined = new Map<Candidate, Backend | Error>();
let chosen: Backend | undefined;

/** The backend used where none is named: `KINDRED_BACKEND` if set (Node), else the best that works here. */
export function defaultBackend(): Backend {
  chosen ??= choose();
  return chosen;
}

/**
 * Makes a backend ready before it is needed, without holding the thread, and also where only a promise may compile
 * WebAssembly. What was made before keeps the backend that it has.
 * @example
 * (await ready()).name === backendInfo().name; // true
 */
export async function ready(): Promise<BackendInfo> {
  if (requestedBackend()) return backendInfo();
  for (const candidate of candidates) {
    // Those that need no promise say why they cannot run when they are opened.
    await candidate.prepare?.().catch(() => undefined);
    forgetFailure(candidate);
    if (!(tryOpen(candidate) instanceof Error)) break;
  }
  chosen = choose();
  return backendInfo();
}

/** The best of what can run by now becomes the default, also where another one is. */
export function chooseAgain(): void {
  candidates.forEach(forgetFailure);
  chosen = choose();
}

let told = false;

function choose(): Backend {
  const requested = requestedBackend();
  const backend = requested ? openBackend(requested) : firstThatOpens(candidates);
  if (!requested && !told) tellOfFall(backend, (candidate) => describe(candidate).reason);
  told = true;
  pairsInUse.kernels = backend;
  return backend;
}

/**
 * Opens a backend by name: `native`, `native/avx2`, `wasm`, `wasm/simd`, `reference`. Without a level, the
 * best one that works. Several can be open at once.
 * @throws KindredError BACKEND_UNAVAILABLE listing every candidate and why it cannot run here.
 * @example
 * const plain = openBackend('reference');
 * const index = VectorIndex.from([[1, 0], [0, 1]], { backend: plain });
 * index.search([1, 0], 1); // [{ id: 0, score: 1 }]
 */
export function openBackend(name: string): Backend {
  if (name !== undefined && typeof name !== 'string') {
    throw new KindredError('INVALID_ARGUMENT', `the name of a backend is a text such as 'wasm', not a ${typeof name}`);
  }
  const wanted = candidates.filter((each) => name === each.name || name === nameOf(each));
  return firstThatOpens(wanted, name);
}

/** Whatever a Proxy throws when it is asked, it is none. */
function isBackend(backend: Backend): boolean {
  try {
    return typeof backend?.openCorpus === 'function';
  } catch {
    return false;
  }
}

/** A backend as callers give one: itself, its name, or nothing for the default. */
export function readBackend(backend: Backend | string | undefined): Backend {
  if (backend === undefined) return defaultBackend();
  if (typeof backend === 'string') return openBackend(backend);
  if (isBackend(backend)) return backend;
  throw new KindredError(
    'INVALID_ARGUMENT',
    `backend must be a name or what openBackend returns, not ${typeof backend}`,
  );
}

/**
 * What is running, and what else was tried.
 * @example
 * const { candidates } = backendInfo();
 * candidates.at(-1)?.name; // 'reference'
 */
export function backendInfo(): BackendInfo {
  const { name, level, threads } = defaultBackend();
  return { name, level, threads, cpuFeatures: cpuFeatures(), candidates: candidates.map(describe) };
}

function firstThatOpens(wanted: readonly Candidate[], name?: string): Backend {
  for (const candidate of wanted) {
    const backend = tryOpen(candidate);
    if (!(backend instanceof Error)) return backend;
  }
  const tried = candidates.map((each) => {
    const { ok, reason } = describe(each);
    return `  ${nameOf(each)}: ${ok ? 'available' : reason}`;
  });
  const asked = name === undefined ? 'No backend' : `The backend ${JSON.stringify(name)}`;
  throw new KindredError('BACKEND_UNAVAILABLE', `${asked} cannot be used here. Candidates:\n${tried.join('\n')}`);
}

/** Opens and examines a candidate once; later calls get the same backend, or the same error. */
function tryOpen(candidate: Candidate): Backend | Error {
  let result = examined.get(candidate);
  if (result === undefined) {
    result = find(candidate);
    try {
      if (!(result instanceof Error) && result.name !== 'reference') examine(result);
    } catch (error) {
      result = asError(error);
    }
    examined.set(candidate, result);
  }
  return result;
}

/** Opens a candidate once. Its examination, most of the time that this takes, waits until somebody wants it. */
function find(candidate: Candidate): Backend | Error {
  let result = opened.get(candidate);
  if (result === undefined) {
    try {
      result = candidate.open();
    } catch (error) {
      result = asError(error);
    }
    opened.set(candidate, result);
  }
  return result;
}

function forgetFailure(candidate: Candidate): void {
  if (!((examined.get(candidate) ?? opened.get(candidate)) instanceof Error)) return;
  examined.delete(candidate);
  opened.delete(candidate);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function describe(candidate: Candidate): CandidateInfo {
  const result = examined.get(candidate) ?? opened.get(candidate) ?? probe(candidate);
  const failed = result instanceof Error;
  return { name: candidate.name, level: candidate.level, ok: !failed, reason: failed ? result.message : '' };
}

/** Tells whether a candidate would open; those that cannot tell for less are opened. */
function probe(candidate: Candidate): Backend | Error | undefined {
  if (!candidate.probe) return find(candidate);
  try {
    candidate.probe();
    return undefined;
  } catch (error) {
    return asError(error);
  }
}

function nameOf({ name, level }: Candidate): string {
  return `${name}/${level}`;
}
