/** Takes a person or a thing out of everything: the store, the models, and their files. */
import { Refusal } from '../errors.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import { onLatestFiles, saveModel, snapshotOf } from '../models/snapshots.js';
import { trainModel } from '../models/versions.js';
import type { Forgotten } from '../schema/behaviour.js';

/**
 * One write takes out the id, its properties and events, and replaces the model files that knew it; earlier versions go.
 * Live models then equal a training without it. Others keep what they had learned, without the id, until the training
 * that begins now.
 * @param by the id of the key that asked, for the audit
 * @throws Refusal UNKNOWN_ID
 */
export async function forget(
  service: Service,
  tenant: Tenant,
  side: 'user' | 'item',
  id: string,
  by: string,
): Promise<Forgotten> {
  const { store } = service;
  const { seq, events, knowing } = await onLatestFiles(service, async () => {
    const knowing = [...tenant.models.values()].filter((model) => model.knows(side, id));
    if (knowing.length === 0 && !(await isKnown(service, tenant, side, id))) {
      throw new Refusal('UNKNOWN_ID', `There is no ${side} ${JSON.stringify(id)}.`);
    }
    for (const model of knowing) {
      model.catchUp();
      // What it keeps the places of, a start without a file would not know.
      if (model.live && model.version === 0) await saveModel(store, tenant, model);
    }
    if (side === 'user') tenant.questions.forget(id);
    const known = tenant.seq;
    const snapshots = knowing
      .filter((model) => model.isTrained && model.version > 0)
      .map((model) => ({ model, snapshot: snapshotOf(tenant, model, model.without(side, id)) }))
      .map(({ model, snapshot }) => (model.live ? snapshot : { ...snapshot, asOf: model.trainedAsOf }));
    const change = { kind: 'forget', namespace: tenant.name, side, id, by, snapshots, known } as const;
    return { ...(await store.write(change)), knowing };
  });
  tenant.forget({ side, id, seq });
  tenant.reach(seq);
  for (const model of knowing) if (!model.live && model.isTrained) trainModel(service, tenant, model.name);
  return { asOf: seq, events, models: knowing.map(({ name }) => name) };
}

async function isKnown({ store }: Service, tenant: Tenant, side: 'user' | 'item', id: string): Promise<boolean> {
  if (side === 'item') return tenant.catalogue.get(id) !== undefined;
  await tenant.questions.flush(store, tenant.name);
  return (await store.user(tenant.name, id)) !== undefined;
}
