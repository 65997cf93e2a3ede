/** Takes in what people do: stored first, then answered with. */
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import { saveModel } from '../models/snapshots.js';
import type { EventInput, EventsTaken } from '../schema/behaviour.js';

/** Events after which the state of a model is written anew, so that a start takes in no more of them. */
const SAVE_AFTER = 50_000;

/** @returns when the events are on the disk, and every answer from now on can know of them. */
export async function takeEvents(service: Service, tenant: Tenant, given: readonly EventInput[]): Promise<EventsTaken> {
  const now = Date.now();
  const events = given.map((event) => ({ ...event, time: event.time ?? now }));
  const { seq, events: added } = await service.store.write({ kind: 'add-events', namespace: tenant.name, events });
  tenant.take(added);
  tenant.reach(seq);
  saveWhereDue(service, tenant);
  return { asOf: seq, accepted: added.length, duplicates: given.length - added.length };
}

function saveWhereDue({ store }: Service, tenant: Tenant): void {
  for (const model of tenant.models.values()) {
    if (!model.live || model.unsaved < SAVE_AFTER) continue;
    // Where it fails, the next event tries again; nothing is lost meanwhile.
    saveModel(store, tenant, model).catch(() => {
      model.unsaved = SAVE_AFTER;
    });
  }
}
