/**
 * The conformance cases without a test framework, for machines that have none: emulated ones, foreign Node versions,
 * a browser page.
 */
import type { Backend } from '../../../src/backend/contract/backend.js';
import { type CaseResult, runAll } from './case.js';
import { lightCases } from './cases.js';

export interface LevelReport {
  readonly level: string;
  readonly hash: string;
  /** Cases whose answers differ from the reference, or `all` where only the hash of the whole is known. */
  readonly differing: readonly string[];
}

let ofReference: CaseResult[] | undefined;

/** Compares one backend with the reference case by case, or with the hash that the reference gave elsewhere. The reference runs once. */
export function runLevel(level: string, backend: Backend, expected: Backend | string): LevelReport {
  if (typeof expected !== 'string') ofReference ??= runAll(lightCases, expected);
  const results = (backend === expected && ofReference) || runAll(lightCases, backend);
  const hash = results[results.length - 1].hash;
  if (typeof expected === 'string') return { level, hash, differing: hash === expected ? [] : ['all'] };
  const differing = results.filter((result, i) => result.hash !== ofReference?.[i].hash).map(({ name }) => name);
  return { level, hash, differing };
}
