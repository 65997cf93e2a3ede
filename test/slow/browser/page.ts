/** What the tested page runs: the conformance cases on the browser build, in the page itself or in a worker. */
import { backendInfo, openBackend } from '../../../dist/index.js';
import { runLevel } from '../../backend/conformance/bare.js';

export interface PageReport {
  readonly chosen: string;
  readonly candidates: readonly { readonly label: string; readonly reason: string; readonly hash: string }[];
  /** Levels and the cases in which they differ from the reference. */
  readonly differing: readonly string[];
}

function report(): PageReport {
  const info = backendInfo();
  const differing: string[] = [];
  const candidates = info.candidates.map(({ name, level, ok, reason }) => {
    const label = name === 'reference' ? name : `${name}/${level}`;
    if (!ok) return { label, reason, hash: '' };
    const result = runLevel(label, openBackend(label), openBackend('reference'));
    differing.push(...result.differing.map((each) => `${label}: ${each}`));
    return { label, reason, hash: result.hash };
  });
  return { chosen: info.name === 'reference' ? info.name : `${info.name}/${info.level}`, candidates, differing };
}

declare const WorkerGlobalScope: { new (): object } | undefined;

const inWorker = typeof WorkerGlobalScope !== 'undefined' && globalThis instanceof WorkerGlobalScope;
if (inWorker) globalThis.postMessage(report());
else Object.assign(globalThis, { report });
