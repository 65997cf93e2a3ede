/** The state of a model as a file. */
import { createHash } from 'node:crypto';
import { Refusal } from '../errors.js';
import type { Tenant } from '../live/tenant.js';
import type { Snapshot, Store } from '../store/contract.js';
import type { LiveModel } from './live-model.js';

/** Versions that are kept to go back to. */
export const VERSIONS_KEPT = 3;

/** Times that files are made anew, because others were written meanwhile. */
const TRIES = 5;

/** Writes files that go by those there are: makes them anew where others came first. */
export async function onLatestFiles<T>({ store }: { readonly store: Store }, write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'CONFLICT' || tries === TRIES) throw error;
      await store.shared?.catchUp();
    }
  }
}

/** Writes the state of a live model, so that a start has few events to take in. */
export async function saveModel(store: Store, tenant: Tenant, model: LiveModel): Promise<void> {
  model.catchUp();
  const { namespace, known, ...snapshot } = { namespace: tenant.name, known: tenant.seq, ...snapshotOf(tenant, model) };
  const { unsaved } = model;
  model.unsaved = 0;
  const change =
    model.version > 0
      ? ({ kind: 'save-version', namespace, known, ...snapshot } as const)
      : ({
          kind: 'add-version',
          namespace,
          known,
          ...snapshot,
          trainedAt: model.trainedAt,
          keep: VERSIONS_KEPT,
        } as const);
  try {
    const outcome = await store.write(change);
    if ('version' in outcome) model.version = outcome.version;
    tenant.reach(outcome.seq);
  } catch (error) {
    model.unsaved += unsaved;
    throw error;
  }
}

export function snapshotOf(tenant: Tenant, model: LiveModel, of = model.model): Snapshot {
  const file = of.toBytes();
  return { model: model.name, version: model.version, asOf: model.asOf(tenant.seq), digest: digestOf(file), file };
}

export function digestOf(file: Uint8Array): string {
  return createHash('sha256').update(file).digest('hex');
}
