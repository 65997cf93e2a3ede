/** Questions about all vectors of an index at once, as jobs: the nearest of each, and pairs that are nearly equal. */
import { named, Refusal } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import type { NearDuplicatesInput, NeighborGraphInput } from '../schema/indexes.js';
import type { Job } from '../schema/jobs.js';
import type { LiveIndex } from './live-index.js';

/** Of memory: a neighbour in the graph's arrays, and a pair as an object. */
const NEIGHBOR_BYTES = 16;
const PAIR_BYTES = 96;

/** @throws Refusal TOO_LARGE for a graph that memory has no room for, INVALID_REQUEST for a filter that is none */
export function startNeighborGraph(
  { jobs }: Service,
  tenant: Tenant,
  name: string,
  { k, minScore, filter: text }: NeighborGraphInput,
): Job {
  const index = named(tenant.indexes, 'index', name);
  requireRoom(index, k);
  const select = () => (text === undefined ? undefined : index.rows.select([text]));
  select();
  return jobs.startHere({ namespace: tenant.name, kind: 'neighbor-graph', index: name }, async (watch) => {
    const { onProgress, signal } = watch;
    // It may have grown while the job waited.
    const bytes = requireRoom(index, k);
    const asOf = tenant.seq;
    const { ids, hits } = await index.neighborGraph({ k, minScore, filter: select(), onProgress, signal });
    return { result: { asOf, lines: ids.length }, lines: { bytes, read } };

    function* read() {
      for (const [row, id] of ids.entries()) {
        yield { id, neighbors: hits.row(row).map(({ id, score }) => ({ id, score })) };
      }
    }
  });
}

export function startNearDuplicates(
  { jobs }: Service,
  tenant: Tenant,
  name: string,
  { minScore, limit }: NearDuplicatesInput,
): Job {
  const index = named(tenant.indexes, 'index', name);
  return jobs.startHere({ namespace: tenant.name, kind: 'near-duplicates', index: name }, async (watch) => {
    const { onProgress, signal } = watch;
    const asOf = tenant.seq;
    const pairs = await index.similarPairs({ minScore, limit, onProgress, signal });
    const result = { asOf, lines: pairs.length, isCut: pairs.length === limit };
    return { result, lines: { bytes: pairs.length * PAIR_BYTES, read } };

    function* read() {
      for (const { a, b, score } of pairs) yield { a, b, score };
    }
  });
}

/** What the graph needs. @throws Refusal TOO_LARGE */
function requireRoom({ size, name }: LiveIndex, k: number): number {
  const bytes = size * Math.min(k, Math.max(0, size - 1)) * NEIGHBOR_BYTES;
  if (bytes <= LIMITS.resultBytes) return bytes;
  const most = Math.floor(LIMITS.resultBytes / NEIGHBOR_BYTES / size);
  const message = `The graph of ${size} vectors of ${JSON.stringify(name)} with k ${k} needs ${bytes} bytes, and may have ${LIMITS.resultBytes}: ask for k up to ${most}.`;
  throw new Refusal('TOO_LARGE', message);
}
