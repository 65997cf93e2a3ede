/**
 * Takes in what other processes wrote. All that it needs is read first, as of one moment; then memory changes in one go,
 * so that no answer is made of half of it.
 */

import type { Jobs } from '../jobs/jobs.js';
import type { KeyRing } from '../keys/key-ring.js';
import type { AsyncReads, Listener, News, NewsReads } from '../store/contract.js';
import { loadModel, loadTenant } from './loading.js';
import { Tenant } from './tenant.js';

/** What is in memory. */
interface Memory {
  readonly tenants: Map<string, Tenant>;
  readonly keys: KeyRing;
  readonly jobs: Pick<Jobs, 'leave'>;
}

type Step = () => void;

export function listenerOf(memory: Memory): Listener {
  return {
    takeIn: async (news, after, latest, reads) => {
      const steps: Step[] = [];
      for (const group of groupsOf(news)) steps.push(await stepOf(memory, group, reads));
      for (const namespace of namesOf(news, ['put-items'])) {
        const items = await reads.itemsSince(namespace, after);
        steps.push(() => {
          for (const item of items) memory.tenants.get(namespace)?.catalogue.put(item);
        });
      }
      steps.push(...(await vectorSteps(memory, news, after, reads)));
      if (news.some(({ kind }) => kind === 'put-key' || kind === 'delete-key')) {
        const keys = await reads.keys();
        steps.push(() => memory.keys.replace(keys));
      }
      for (const step of steps) step();
      // Files go by models that the steps may have made.
      for (const [namespace, model] of versionsOf(news)) await takeVersion(memory, namespace, model, reads);
      for (const tenant of memory.tenants.values()) tenant.reach(latest);
    },
    startOver: async (latest, reads) => {
      const tenants = await loadTenants(reads);
      memory.keys.replace(await reads.keys());
      for (const tenant of memory.tenants.values()) tenant.close();
      memory.tenants.clear();
      for (const tenant of tenants) {
        // Back to what the store is, also where that is less than before.
        tenant.seq = latest;
        memory.tenants.set(tenant.name, tenant);
      }
    },
  };
}

export async function loadTenants(reads: AsyncReads): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  for (const name of await reads.namespaces()) tenants.push(await loadTenant(reads, name));
  return tenants;
}

/** Writes of events that stand together, as one. */
function groupsOf(news: readonly News[]): News[] {
  const groups: News[] = [];
  for (const each of news) {
    const last = groups.at(-1);
    const goesOn = last?.kind === 'add-events' && each.kind === 'add-events' && last.namespace === each.namespace;
    if (goesOn) groups[groups.length - 1] = { ...last, seq: each.seq };
    else groups.push(each);
  }
  return groups;
}

async function stepOf(memory: Memory, news: News, reads: NewsReads): Promise<Step> {
  const { kind, namespace = '', first, seq, side, id, thing, name, body } = news;
  const tenantOf = () => memory.tenants.get(namespace);
  switch (kind) {
    case 'put-namespace':
      return () => {
        if (!memory.tenants.has(namespace)) memory.tenants.set(namespace, new Tenant(namespace));
      };
    case 'delete-namespace':
      return () => {
        tenantOf()?.close();
        memory.tenants.delete(namespace);
        memory.jobs.leave(namespace);
      };
    case 'add-events': {
      const events = await reads.events(namespace, { after: first - 1, limit: seq - first + 1 });
      return () => tenantOf()?.take(events.filter((event) => event.seq <= seq));
    }
    case 'forget':
      return () => {
        if (side !== undefined && id !== undefined) tenantOf()?.forget({ side, id, seq });
      };
    case 'define':
      return () => {
        if (thing !== undefined && name !== undefined) tenantOf()?.define({ thing, name, body });
      };
    case 'undefine':
      return () => {
        if (thing !== undefined && name !== undefined) tenantOf()?.undefine(thing, name);
      };
    default:
      return () => {};
  }
}

/** Of each index, what has gone and then what there is, in the order of places: so that ties stand as everywhere. */
async function vectorSteps(memory: Memory, news: readonly News[], after: number, reads: NewsReads): Promise<Step[]> {
  const gone = new Map<string, Set<string>>();
  for (const { kind, namespace, index, ids = [] } of news) {
    if (kind !== 'put-vectors' && kind !== 'delete-vectors') continue;
    const key = JSON.stringify([namespace, index]);
    const known = gone.get(key) ?? new Set();
    for (const id of ids) known.add(id);
    gone.set(key, known);
  }
  const steps: Step[] = [];
  for (const [key, ids] of gone) {
    const [namespace, index] = JSON.parse(key) as [string, string];
    const rows = await reads.vectorsSince(namespace, index, after);
    steps.push(() => {
      const live = memory.tenants.get(namespace)?.indexes.get(index);
      live?.delete([...ids].filter((id) => live.rows.has(id)));
      if (rows.length > 0) live?.put(rows);
    });
  }
  return steps;
}

function namesOf(news: readonly News[], kinds: readonly News['kind'][]): Set<string> {
  return new Set(news.filter(({ kind }) => kinds.includes(kind)).map(({ namespace = '' }) => namespace));
}

/** Models whose files changed. */
function versionsOf(news: readonly News[]): [namespace: string, model: string][] {
  const keys = new Set(
    news
      .filter(({ kind }) => kind === 'add-version' || kind === 'save-version' || kind === 'activate-version')
      .map(({ namespace, model }) => JSON.stringify([namespace, model])),
  );
  return [...keys].map((key) => JSON.parse(key));
}

async function takeVersion(memory: Memory, namespace: string, name: string, reads: NewsReads): Promise<void> {
  const tenant = memory.tenants.get(namespace);
  const model = tenant?.models.get(name);
  if (tenant === undefined || model === undefined) return;
  const active = (await reads.versions(namespace, name)).find((version) => version.active);
  if (active === undefined) return;
  // The state of a model that is live is what is in memory already.
  if (model.live && active.version === model.version) {
    model.unsaved = 0;
    return;
  }
  const stopKeeping = model.keepEvents();
  const install = await loadModel(reads, tenant, model);
  if (tenant.models.get(name) === model) install();
  stopKeeping();
}
