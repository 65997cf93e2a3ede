/** The state of a model as a file. */
import { createHash } from 'node:crypto';
import type { Tenant } from '../live/tenant.js';
import type { Snapshot, Store } from '../store/contract.js';
import type { LiveModel } from './live-model.js';

/** Versions that are kept to go back to. */
export const VERSIONS_KEPT = 3;

/** Writes the state of a live model, so that a start has few events to take in. */
export async function saveModel(store: Store, tenant: Tenant, model: LiveModel): Promise<void> {
  model.catchUp();
  const { namespace, ...snapshot } = { namespace: tenant.name, ...snapshotOf(tenant, model) };
  model.unsaved = 0;
  if (model.version > 0) {
    await store.write({ kind: 'save-version', namespace, ...snapshot });
    return;
  }
  const change = { ...snapshot, trainedAt: model.trainedAt, keep: VERSIONS_KEPT };
  model.version = (await store.write({ kind: 'add-version', namespace, ...change })).version;
}

export function snapshotOf(tenant: Tenant, model: LiveModel, of = model.model): Snapshot {
  const file = of.toBytes();
  return { model: model.name, version: model.version, asOf: model.asOf(tenant.seq), digest: digestOf(file), file };
}

export function digestOf(file: Uint8Array): string {
  return createHash('sha256').update(file).digest('hex');
}
