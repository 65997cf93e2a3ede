/** Makes what the configuration names: models, scenarios and indexes of the namespace default. */

import { defineIndex } from '../indexes/operations.js';
import { defineScenario } from '../live/definitions.js';
import { DEFAULT_NAMESPACE, type Service } from '../live/service.js';
import { defineModel } from '../models/versions.js';
import type { Config } from './schema.js';

/** What is there already as it is to be, stays. @throws Refusal, KindredError for what cannot be */
export async function applyConfig(service: Service, { models, scenarios, indexes }: Config): Promise<void> {
  const tenant = service.tenant(DEFAULT_NAMESPACE);
  for (const [name, model] of Object.entries(models)) await defineModel(service, tenant, name, model);
  for (const [name, scenario] of Object.entries(scenarios)) await defineScenario(service, tenant, name, scenario);
  for (const [name, index] of Object.entries(indexes)) await defineIndex(service, tenant, name, index);
}
