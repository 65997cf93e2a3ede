/** Who answers under the name of a scenario, and how the answer is signed. */
import { named, Refusal } from '../errors.js';
import type { Tenant } from '../live/tenant.js';
import type { LiveModel } from '../models/live-model.js';
import { type Chosen, choose } from './split.js';

export interface Asker extends Chosen {
  readonly model: LiveModel;
}

/** The scenario as it answers who asks, and its model, which has taken in what the caller insists on. */
export function asking(tenant: Tenant, name: string, { user, asOf = 0 }: { user?: string; asOf?: number }): Asker {
  const chosen = choose(name, named(tenant.scenarios, 'scenario', name), user);
  const model = named(tenant.models, 'model', chosen.scenario.model);
  if (asOf > tenant.seq) {
    throw new Refusal('CONFLICT', `asOf is ${asOf}, and the last write was ${tenant.seq}.`);
  }
  if (model.asOf(tenant.seq) < asOf) model.catchUp();
  return { ...chosen, model };
}

export function signature(tenant: Tenant, { model, arm }: Asker) {
  const who = { asOf: model.asOf(tenant.seq), model: model.name, version: model.version };
  return arm === undefined ? who : { ...who, arm };
}
