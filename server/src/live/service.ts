/** The service without HTTP: a store, and in memory what it holds, by namespace. */
import { named, Refusal } from '../errors.js';
import { Jobs } from '../jobs/jobs.js';
import { KeyRing } from '../keys/key-ring.js';
import { saveModel } from '../models/snapshots.js';
import type { StoredEvent } from '../schema/behaviour.js';
import type { Store } from '../store/contract.js';
import { eventsAfter } from './loading.js';
import { listenerOf, loadTenants } from './news.js';
import { Tenant } from './tenant.js';

export const DEFAULT_NAMESPACE = 'default';

/** What a crash may lose of the questions that comparisons count. */
const COUNT_EVERY_MS = 5000;

export class Service {
  readonly store: Store;
  readonly keys: KeyRing;
  readonly jobs = new Jobs();
  readonly tenants = new Map<string, Tenant>();
  /** Reads the configuration again, where the service was started with one. Answers what changed, by name. */
  reloadConfiguration: () => Promise<{ readonly changed: string[] }> = async () => ({ changed: [] });

  #counting: NodeJS.Timeout | undefined;

  private constructor(store: Store, keys: KeyRing) {
    this.store = store;
    this.keys = keys;
  }

  /** Loads all that the store holds: models from their newest files, and the events after them. */
  static async open(store: Store): Promise<Service> {
    if (!(await store.namespaces()).includes(DEFAULT_NAMESPACE)) {
      await store.write({ kind: 'put-namespace', namespace: DEFAULT_NAMESPACE });
    }
    return store.moment(async (reads) => {
      const service = new Service(store, await KeyRing.load(store, reads));
      for (const tenant of await loadTenants(reads)) service.tenants.set(tenant.name, tenant);
      store.shared?.follow(await reads.latest(), listenerOf(service));
      service.#counting = setInterval(() => void service.countQuestions(), COUNT_EVERY_MS).unref();
      return service;
    });
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
    const { seq } = await this.store.write({ kind: 'delete-namespace', namespace: name });
    this.tenants.delete(name);
    this.jobs.leave(name);
    tenant.close();
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

  /** The number of the last write there is, which is known here then. @throws Refusal UNAVAILABLE */
  latest(): Promise<number> {
    return this.store.shared?.catchUp() ?? this.store.latest();
  }

  /** Takes in what other processes wrote, if a caller has heard of a write that is not known here. */
  async catchUp(tenant: Tenant, atLeast: number): Promise<void> {
    if (atLeast > tenant.seq && this.store.shared) tenant.reach(await this.store.shared.catchUp());
  }

  /** Ends jobs, writes the state of models to the store, and closes it. */
  async close(): Promise<void> {
    clearInterval(this.#counting);
    await this.jobs.close();
    await this.countQuestions();
    for (const tenant of this.tenants.values()) {
      for (const model of tenant.models.values()) {
        model.catchUp();
        // Where it cannot be written, the next start takes in the events instead.
        if (model.live && model.unsaved > 0) await saveModel(this.store, tenant, model).catch(() => {});
      }
      tenant.close();
    }
    await this.store.close();
  }
}
