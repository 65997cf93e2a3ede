/** Makes what the configuration names: models, scenarios and indexes of the namespace default. */

import { Refusal } from '../errors.js';
import { defineIndex, requireSameShape } from '../indexes/operations.js';
import { checkScenario, defineScenario } from '../live/definitions.js';
import { DEFAULT_NAMESPACE, type Service } from '../live/service.js';
import { checkDefinition } from '../models/fit.js';
import { defineModel } from '../models/versions.js';
import type { Config } from './schema.js';

type Named = Pick<Config, 'models' | 'scenarios' | 'indexes'>;

/** What is there already as it is to be, stays. @throws Refusal, KindredError for what cannot be; then nothing is made */
export async function applyConfig(service: Service, config: Named): Promise<void> {
  const tenant = service.tenant(DEFAULT_NAMESPACE);
  await checkNamed(service, config);
  for (const [name, model] of Object.entries(config.models)) await defineModel(service, tenant, name, model);
  for (const [name, scenario] of Object.entries(config.scenarios)) {
    await defineScenario(service, tenant, name, scenario);
  }
  for (const [name, index] of Object.entries(config.indexes)) await defineIndex(service, tenant, name, index);
}

async function checkNamed(service: Service, { models, scenarios, indexes }: Named): Promise<void> {
  const tenant = service.tenant(DEFAULT_NAMESPACE);
  const known = new Map<string, unknown>([...tenant.models, ...Object.entries(models)]);
  for (const [name, model] of Object.entries(models)) await at(`models.${name}`, () => checkDefinition(model));
  for (const [name, scenario] of Object.entries(scenarios)) {
    await at(`scenarios.${name}`, () => checkScenario(tenant, known, scenario));
  }
  for (const [name, index] of Object.entries(indexes)) {
    await at(`indexes.${name}`, () => requireSameShape(tenant, name, index));
  }
}

/** Tells where in the configuration something cannot be. */
async function at(place: string, check: () => unknown): Promise<void> {
  try {
    await check();
  } catch (error) {
    const { message } = error as Error;
    throw new Refusal('INVALID_REQUEST', `${place}: ${message}`, [{ at: place, message }]);
  }
}
