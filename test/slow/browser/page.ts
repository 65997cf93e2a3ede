/** What the tested page runs: conformance cases on the browser build, in the page itself or in a worker. */
import { backendInfo, openBackend } from 'kindred';
import { Glove, Word2Vec } from 'kindred/embeddings';
import { Ease, ImplicitAls, Interactions, ItemKnn } from 'kindred/recommend';
import { init } from 'kindred/wasm';
import type { Backend } from '../../../src/backend/contract/backend.js';
import { reference } from '../../../src/backend/reference/index.js';
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

/** Models bring the kernels that they need, and a page without them has none. */
function useEveryModel(): void {
  const few = Interactions.from([1, 2, 3].flatMap((user) => [1, 2].map((item) => ({ user, item: user * item }))));
  for (const model of [ItemKnn, Ease, ImplicitAls]) model.fit(few);
  const sentences = Array.from({ length: 5 }, () => ['a', 'b', 'c']);
  Word2Vec.fit(sentences, { minCount: 1, dim: 2, epochs: 1 });
  Glove.fit(sentences, { minCount: 1, dim: 2, epochs: 1 });
}

async function report(cases = someCases): Promise<PageReport> {
  // The level that the engine is best at, and one that a page does not carry; a policy may forbid both.
  await init();
  await init(fetch('/scalar.wasm')).catch(() => undefined);
  useEveryModel();
  const info = backendInfo();
  const differing: string[] = [];
  const right = runAll(cases, reference as object as Backend);
  const candidates = info.candidates.map(({ name, level, ok, reason }) => {
    const label = `${name}/${level}`;
    if (!ok) return { label, reason, hash: '' };
    const results: CaseResult[] = runAll(cases, openBackend(label) as object as Backend);
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
