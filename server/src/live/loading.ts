/** Brings into memory what a store holds: a namespace, and the model that answers. */
import { modelFromBytes } from 'kindred/recommend';
import type { LiveModel } from '../models/live-model.js';
import type { StoredEvent } from '../schema/behaviour.js';
import type { AsyncReads } from '../store/contract.js';
import { Tenant } from './tenant.js';

/** Rows that are read of the store at a time. */
const PAGE = 5000;

export async function loadTenant(reads: AsyncReads, name: string): Promise<Tenant> {
  const tenant = new Tenant(name);
  for (const definition of await reads.definitions(name)) tenant.define(definition);
  for await (const item of pages(
    (after: string | undefined) => reads.items(name, { after, limit: PAGE }),
    (row) => row.item,
  )) {
    tenant.catalogue.put(item);
  }
  for (const item of await reads.itemsOfEvents(name)) tenant.catalogue.meet(item);
  for (const [index, live] of tenant.indexes) {
    let after = 0;
    for (;;) {
      const rows = await reads.vectors(name, index, { after, limit: PAGE });
      if (rows.length === 0) break;
      live.put(rows);
      after = rows[rows.length - 1].place;
    }
  }
  for (const model of tenant.models.values()) (await loadModel(reads, tenant, model))();
  tenant.reach(await reads.latest());
  return tenant;
}

/**
 * A model from its file that answers, and the events after it. Without one, a model that is live learns all events.
 * @returns what makes it answer
 */
export async function loadModel(reads: AsyncReads, tenant: Tenant, model: LiveModel): Promise<() => void> {
  const version = (await reads.versions(tenant.name, model.name)).find(({ active }) => active);
  const file = version && (await reads.file(tenant.name, model.name, version.version));
  const later = await eventsAfter(reads, tenant.name, version?.asOf ?? 0);
  return () => {
    if (version && file) {
      model.replace(modelFromBytes(file), version.version, version.asOf, later);
      model.trainedAt = version.trainedAt;
    } else model.take(later);
    model.catchUp();
  };
}

/** All events of a namespace behind a number, in order. */
export async function eventsAfter(reads: AsyncReads, namespace: string, after: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  const read = (from: number | undefined) => reads.events(namespace, { after: from ?? after, limit: PAGE });
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
