/** Scenarios are put and taken away; models and indexes are taken away. */
import { named, Refusal } from '../errors.js';
import { filtersOf, modelsOf } from '../scenarios/split.js';
import type { Written } from '../schema/common.js';
import type { ScenarioInput } from '../schema/scenarios.js';
import type { Thing } from '../store/contract.js';
import type { Service } from './service.js';
import type { Tenant } from './tenant.js';

/** @throws Refusal UNKNOWN_NAME for a model that is not there, INVALID_REQUEST for a filter that is none */
export async function defineScenario({ store }: Service, tenant: Tenant, name: string, body: ScenarioInput) {
  checkScenario(tenant, tenant.models, body);
  const change = { thing: 'scenario', name, body } as const;
  const { seq } = await store.write({ kind: 'define', namespace: tenant.name, ...change });
  tenant.define(change);
  tenant.reach(seq);
  return { scenario: name, ...body };
}

/** @param models those that there are, or will be. */
export function checkScenario(tenant: Tenant, models: ReadonlyMap<string, unknown>, body: ScenarioInput): void {
  for (const model of modelsOf(body)) named(models, 'model', model);
  tenant.catalogue.select(filtersOf(body));
}

/** @throws Refusal UNKNOWN_NAME; CONFLICT for a model that a scenario asks */
export async function undefine({ store }: Service, tenant: Tenant, thing: Thing, name: string): Promise<Written> {
  const things = { model: tenant.models, scenario: tenant.scenarios, index: tenant.indexes }[thing];
  named(things as ReadonlyMap<string, unknown>, thing, name);
  const asking = [...tenant.scenarios].filter(([, each]) => thing === 'model' && modelsOf(each).includes(name));
  if (asking.length > 0) {
    throw new Refusal(
      'CONFLICT',
      `The model ${JSON.stringify(name)} is asked by the scenario ${JSON.stringify(asking[0][0])}.`,
    );
  }
  const { seq } = await store.write({ kind: 'undefine', namespace: tenant.name, thing, name });
  tenant.undefine(thing, name);
  tenant.reach(seq);
  return { asOf: seq };
}
