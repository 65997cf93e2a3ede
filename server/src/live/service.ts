/** The service without HTTP: a store, and in memory what it holds, by namespace. */
import { modelFromBytes } from 'kindred/recommend';
import { named, Refusal } from '../errors.js';
import { KeyRing } from '../keys/key-ring.js';
import { Jobs } from '../models/jobs.js';
import type { LiveModel } from '../models/live-model.js';
import { saveModel } from '../models/snapshots.js';
import type { StoredEvent } from '../schema/behaviour.js';
import type { Store } from '../store/contract.js';
import { Tenant } from './tenant.js';

export const DEFAULT_NAMESPACE = 'default';

/** What a crash may lose of the questions that comparisons count. */
const COUNT_EVERY_MS = 5000;

/** Rows that are read of the store at a time. */
const PAGE = 5000;

export class Service {
  readonly store: Store;
  readonly keys: KeyRing;
  readonly jobs = new Jobs();
  readonly tenants = new Map<string, Tenant>();

  #counting: NodeJS.Timeout | undefined;

  private constructor(store: Store, keys: KeyRing) {
    this.store = store;
    this.keys = keys;
  }

  /** Loads all that the store holds: models from their newest files, and the events after them. */
  static async open(store: Store): Promise<Service> {
    const service = new Service(store, await KeyRing.load(store));
    const namespaces = await store.namespaces();
    if (!namespaces.includes(DEFAULT_NAMESPACE)) {
      await store.write({ kind: 'put-namespace', namespace: DEFAULT_NAMESPACE });
      namespaces.push(DEFAULT_NAMESPACE);
    }
    for (const name of namespaces) service.tenants.set(name, await loadTenant(store, name));
    service.#counting = setInterval(() => void service.countQuestions(), COUNT_EVERY_MS).unref();
    return service;
  }

  /** @throws Refusal UNKNOWN_NAME */
  tenant(name: string): Tenant {
    return named(this.tenants, 'namespace', name);
  }

  async createNamespace(name: string): Promise<{ namespace: string; asOf: number }> {
    const { seq } = await this.store.write({ kind: 'put-namespace', namespace: name });
    if (!this.tenants.has(name)) this.tenants.set(name, new Tenant(name));
    this.tenant(name).reach(seq);
    return { namespace: name, asOf: seq };
  }

  async deleteNamespace(name: string): Promise<{ asOf: number }> {
    const tenant = this.tenant(name);
    if (name === DEFAULT_NAMESPACE) throw new Refusal('CONFLICT', `The namespace ${name} is always there.`);
    this.tenants.delete(name);
    tenant.close();
    const { seq } = await this.store.write({ kind: 'delete-namespace', namespace: name });
    return { asOf: seq };
  }

  /** Writes how often users of split scenarios were answered. */
  async countQuestions(): Promise<void> {
    for (const tenant of this.tenants.values()) await tenant.questions.flush(this.store, tenant.name);
  }

  /** All events of a namespace behind a number, in order. */
  eventsAfter(tenant: Tenant, after: number): Promise<StoredEvent[]> {
    return eventsAfter(this.store, tenant.name, after);
  }

  /** Ends jobs, writes the state of models to the store, and closes it. */
  async close(): Promise<void> {
    clearInterval(this.#counting);
    await this.jobs.close();
    await this.countQuestions();
    for (const tenant of this.tenants.values()) {
      for (const model of tenant.models.values()) {
        model.catchUp();
        if (model.live && model.unsaved > 0) await saveModel(this.store, tenant, model);
      }
      tenant.close();
    }
    await this.store.close();
  }
}

async function loadTenant(store: Store, name: string): Promise<Tenant> {
  const tenant = new Tenant(name);
  for (const definition of await store.definitions(name)) tenant.define(definition);
  for await (const item of pages(
    (after: string | undefined) => store.items(name, { after, limit: PAGE }),
    (row) => row.item,
  )) {
    tenant.catalogue.put(item);
  }
  for (const item of await store.itemsOfEvents(name)) tenant.catalogue.meet(item);
  for (const [index, live] of tenant.indexes) {
    let after = 0;
    for (;;) {
      const rows = await store.vectors(name, index, { after, limit: PAGE });
      if (rows.length === 0) break;
      live.put(rows);
      after = rows[rows.length - 1].place;
    }
  }
  for (const model of tenant.models.values()) await loadModel(store, tenant, model);
  tenant.reach(await store.latest());
  return tenant;
}

/** A model from its file that answers, and the events after it. Without one, a model that is live learns all events. */
async function loadModel(store: Store, tenant: Tenant, model: LiveModel): Promise<void> {
  const version = (await store.versions(tenant.name, model.name)).find(({ active }) => active);
  const file = version && (await store.file(tenant.name, model.name, version.version));
  const later = await eventsAfter(store, tenant.name, version?.asOf ?? 0);
  if (version && file) {
    model.replace(modelFromBytes(file), version.version, version.asOf, later);
    model.trainedAt = version.trainedAt;
  } else model.take(later);
  model.catchUp();
}

async function eventsAfter(store: Store, namespace: string, after: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const read = (from: number | undefined) => store.events(namespace, { after: from ?? after, limit: PAGE });
  for await (const event of pages(read, ({ seq }) => seq)) events.push(event);
  return events;
}

async function* pages<Row, Key>(
  read: (after: Key | undefined) => Promise<Row[]>,
  keyOf: (row: Row) => Key,
): AsyncGenerator<Row> {
  let after: Key | undefined;
  for (;;) {
    const rows = await read(after);
    yield* rows;
    if (rows.length < PAGE) return;
    after = keyOf(rows[rows.length - 1]);
  }
}
