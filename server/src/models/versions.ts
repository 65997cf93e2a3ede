/** Models by name: defined, trained, evaluated, rolled back. */
import { modelFromBytes } from 'kindred/recommend';
import { named, Refusal } from '../errors.js';
import type { Service } from '../live/service.js';
import type { Gone, Tenant } from '../live/tenant.js';
import type { Job } from '../schema/jobs.js';
import type { EvaluateInput, ModelAnswer, ModelInput } from '../schema/models.js';
import { checkDefinition } from './fit.js';
import type { LiveModel } from './live-model.js';
import { digestOf, onLatestFiles, VERSIONS_KEPT } from './snapshots.js';
import type { Trained } from './thread.js';

/** Stores a definition. Where there are events already, a training begins. @throws KindredError for its options */
export async function defineModel(
  service: Service,
  tenant: Tenant,
  name: string,
  definition: ModelInput,
): Promise<ModelAnswer> {
  await checkDefinition(definition);
  const known = tenant.models.get(name);
  if (known && JSON.stringify(known.definition) === JSON.stringify(definition))
    return describeModel(service, tenant, name);
  if (known) await service.store.write({ kind: 'undefine', namespace: tenant.name, thing: 'model', name });
  const change = { thing: 'model', name, body: definition } as const;
  const { seq } = await service.store.write({ kind: 'define', namespace: tenant.name, ...change });
  tenant.define(change);
  tenant.reach(seq);
  const counts = await service.store.countEvents(tenant.name);
  if (counts.length > 0) trainModel(service, tenant, name);
  return describeModel(service, tenant, name);
}

export async function describeModel({ store }: Service, tenant: Tenant, name: string): Promise<ModelAnswer> {
  const model = named(tenant.models, 'model', name);
  const interactions = model.isTrained ? model.model.interactions : undefined;
  return {
    model: name,
    definition: { ...model.definition },
    version: model.isTrained ? model.version : null,
    live: model.live,
    asOf: model.isTrained ? model.asOf(tenant.seq) : null,
    waiting: model.waiting,
    users: interactions?.users.length ?? 0,
    items: interactions?.items.length ?? 0,
    versions: await store.versions(tenant.name, name),
  };
}

/** Begins a training from all that the store holds. Answers go on, and events that come meanwhile are taken in after it. */
export function trainModel(service: Service, tenant: Tenant, name: string): Job {
  const model = named(tenant.models, 'model', name);
  const stopKeeping = model.keepEvents();
  const gone: Gone[] = [];
  tenant.forgetting.add(gone);
  const job = service.jobs.start(taskOf(service, tenant, model), (trained) =>
    install(service, tenant, model, trained, gone),
  );
  void service.jobs.wait(job.job).then(() => {
    stopKeeping();
    tenant.forgetting.delete(gone);
  });
  return job;
}

export function evaluateModel(service: Service, tenant: Tenant, name: string, evaluate: EvaluateInput): Job {
  const model = named(tenant.models, 'model', name);
  return service.jobs.start({ ...taskOf(service, tenant, model), evaluate }, async () => ({}));
}

async function install(
  service: Service,
  tenant: Tenant,
  model: LiveModel,
  trained: Trained,
  gone: readonly Gone[],
): Promise<object> {
  const { asOf } = trained;
  const trainedAt = Date.now();
  const { fitted, digest, version, seq } = await onLatestFiles(service, async () => {
    const isThere = service.tenants.get(tenant.name) === tenant && tenant.models.get(model.name) === model;
    if (!isThere) throw new Refusal('UNKNOWN_NAME', 'The model was changed meanwhile.');
    let fitted = modelFromBytes(trained.file);
    for (const { side, id, seq } of gone) {
      if (seq <= asOf) continue;
      if (side === 'user' && fitted.interactions.hasUser(id)) fitted = fitted.forget(id);
      if (side === 'item' && fitted.interactions.hasItem(id)) fitted = fitted.forgetItem(id);
    }
    const file = gone.length === 0 ? trained.file : fitted.toBytes();
    const digest = gone.length === 0 ? trained.digest : digestOf(file);
    const snapshot = { model: model.name, asOf, digest, file, trainedAt, keep: VERSIONS_KEPT, known: tenant.seq };
    const written = await service.store.write({ kind: 'add-version', namespace: tenant.name, ...snapshot });
    return { ...written, fitted, digest };
  });
  model.replace(fitted, version, asOf);
  model.trainedAt = trainedAt;
  tenant.reach(seq);
  return { version, asOf, digest };
}

/** Answers from an earlier version, with the events since then taken in. @throws Refusal UNKNOWN_NAME */
export async function rollBack(service: Service, tenant: Tenant, name: string, version: number): Promise<ModelAnswer> {
  const { store } = service;
  const model = named(tenant.models, 'model', name);
  const stopKeeping = model.keepEvents();
  try {
    const { seq } = await store.write({ kind: 'activate-version', namespace: tenant.name, model: name, version });
    const file = (await store.file(tenant.name, name, version)) as Uint8Array;
    const { asOf, trainedAt } = (await store.versions(tenant.name, name)).find((each) => each.version === version) ?? {
      asOf: 0,
      trainedAt: 0,
    };
    model.replace(modelFromBytes(file), version, asOf, await service.eventsAfter(tenant, asOf));
    model.trainedAt = trainedAt;
    model.catchUp();
    tenant.reach(seq);
  } finally {
    stopKeeping();
  }
  return describeModel(service, tenant, name);
}

function taskOf({ store }: Service, tenant: Tenant, { name, definition }: LiveModel) {
  return { location: store.location, namespace: tenant.name, name, definition };
}
