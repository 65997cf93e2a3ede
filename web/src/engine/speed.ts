/** The same question to every backend that this browser can run: how long, and whether the bits are the same. */
import { backendInfo, openBackend, VectorIndex } from 'kindred';
import { init } from 'kindred/wasm';
import type { Task } from './calls.js';
import { DIM, fingerprint, K, makeQueries, makeRows, QUERIES, ROWS } from './speed-question.js';

export interface Timing {
  readonly label: string;
  /** Of one query, the median; absent where the backend cannot run here. */
  readonly milliseconds?: number;
  readonly hash?: string;
  readonly reason?: string;
}

export const speedTasks = {
  /** Kernels that a page does not carry. They are compiled where the browser can. */
  readKernels: (async ({ modules }) => {
    for (const bytes of modules) await init(bytes).catch(() => undefined);
    const { name, level } = backendInfo();
    return { backend: level ? `${name}/${level}` : name };
  }) satisfies Task<{ modules: readonly Uint8Array[] }, { backend: string }>,

  measure: (async (_, report) => {
    const rows = makeRows();
    const queries = makeQueries();
    const timings: Timing[] = [];
    for (const { name, level, ok, reason } of backendInfo().candidates) {
      const label = level && name !== 'reference' ? `${name}/${level}` : name;
      const timing = ok ? await timingOf(label, rows, queries) : { label, reason };
      timings.push(timing);
      report(timing);
    }
    return timings;
  }) satisfies Task<Record<string, never>, readonly Timing[], Timing>,
};

async function timingOf(label: string, rows: Float32Array, queries: Float32Array): Promise<Timing> {
  using index = await VectorIndex.fromAsync({ data: rows, rows: ROWS, dim: DIM }, { backend: openBackend(label) });
  const all = index.searchBatch({ data: queries, rows: QUERIES, dim: DIM }, K);
  const hash = fingerprint(all.positions, all.scores);
  const times: number[] = [];
  for (let n = 0; n < QUERIES; n++) {
    const query = queries.subarray(n * DIM, (n + 1) * DIM);
    const begun = performance.now();
    index.search(query, K);
    times.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { label, milliseconds: times.sort((a, b) => a - b)[QUERIES >> 1], hash };
}
