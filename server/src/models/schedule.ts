/** Trains models anew when their definitions say so. */
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import type { Job } from '../schema/jobs.js';
import type { Shared } from '../store/contract.js';
import type { LiveModel } from './live-model.js';
import { trainModel } from './versions.js';

const LOOK_EVERY_MS = 1000;

/** @returns what ends it. */
export function startSchedule(service: Service): () => void {
  const timer = setInterval(() => trainWhatIsDue(service, Date.now()), LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

export function trainWhatIsDue(service: Service, now: number): void {
  for (const tenant of service.tenants.values()) {
    for (const model of tenant.models.values()) {
      if (!isDue(model, now) || service.jobs.isRunning(tenant.name, model.name)) continue;
      if (service.store.shared) void trainOnce(service, service.store.shared, tenant, model).catch(() => {});
      else train(service, tenant, model, now);
    }
  }
}

function isDue({ definition, trainedAt, waiting, waitingTried }: LiveModel, now: number): boolean {
  const { everySeconds = Number.POSITIVE_INFINITY, everyEvents = Number.POSITIVE_INFINITY } = definition.retrain ?? {};
  return now - trainedAt >= everySeconds * 1000 || waiting - waitingTried >= everyEvents;
}

function train(service: Service, tenant: Tenant, model: LiveModel, now: number): Job {
  // Also where it fails: the next try is as far away as the next training would be.
  model.trainedAt = now;
  model.waitingTried = model.waiting;
  return trainModel(service, tenant, model.name);
}

/** Of the processes that find it due, the one that holds its name trains it, unless another just has. */
async function trainOnce(service: Service, shared: Shared, tenant: Tenant, model: LiveModel): Promise<void> {
  const release = await shared.hold(`train ${JSON.stringify([tenant.name, model.name])}`);
  if (release === undefined) return;
  try {
    await shared.catchUp();
    const isThere = service.tenants.get(tenant.name) === tenant && tenant.models.get(model.name) === model;
    if (!isThere || !isDue(model, Date.now()) || service.jobs.isRunning(tenant.name, model.name)) return;
    await service.jobs.wait(train(service, tenant, model, Date.now()).job);
  } finally {
    await release();
  }
}
