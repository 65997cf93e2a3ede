/** Trains models anew when their definitions say so. */
import type { Service } from '../live/service.js';
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
      const { everySeconds = Number.POSITIVE_INFINITY, everyEvents = Number.POSITIVE_INFINITY } =
        model.definition.retrain ?? {};
      const isDue = now - model.trainedAt >= everySeconds * 1000 || model.waiting >= everyEvents;
      if (isDue && !service.jobs.isRunning(tenant.name, model.name)) {
        // Also where it fails: the next try is as far away as the next training would be.
        model.trainedAt = now;
        trainModel(service, tenant, model.name);
      }
    }
  }
}
