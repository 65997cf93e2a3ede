/** What the tested page runs: conformance cases on the browser build, in the page itself or in a worker. */
import { backendInfo, openBackend } from 'kindred';
import { reference } from '../../../src/backend/reference/index.js';
import { init } from 'kindred/wasm';
import { type CaseResult, runAll } from '../../backend/conformance/case.js';
import { lightCases } from '../../backend/conformance/cases.js';

export interface PageReport {
  readonly chosen: string;
  readonly candidates: readonly { readonly label: string; readonly reason: string; readonly hash: string }[];
  /** Levels and the cases in which they differ from the reference. */
  readonly differing: readonly string[];
}

/** What a page runs that asks how wasm was loaded, and not for every case. */
const someCases = lightCases.filter((_, n) => n % 8 === 0);

async function report(cases = someCases): Promise<PageReport> {
  // The level that the engine is best at, and one that a page does not carry; a policy may forbid both.
  await init();
  await init(fetch('/scalar.wasm')).catch(() => undefined);
  const info = backendInfo();
  const differing: string[] = [];
  const right = runAll(cases, reference);
  const candidates = info.candidates.map(({ name, level, ok, reason }) => {
    const label = `${name}/${level}`;
    if (!ok) return { label, reason, hash: '' };
    const results: CaseResult[] = runAll(cases, openBackend(label));
    for (const [n, { name, hash }] of results.entries()) {
      if (hash !== right[n].hash) differing.push(`${label}: ${name}`);
    }
    return { label, reason, hash: results[results.length - 1].hash };
  });
  return { chosen: `${info.name}/${info.level}`, candidates, differing };
}

declare const WorkerGlobalScope: { new (): object } | undefined;

const inWorker = typeof WorkerGlobalScope !== 'undefined' && globalThis instanceof WorkerGlobalScope;
if (inWorker) report().then((done) => globalThis.postMessage(done));
else Object.assign(globalThis, { report, reportOnAll: () => report(lightCases) });
