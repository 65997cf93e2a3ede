/** Puts and tells what users and items are. */
import { Refusal } from '../errors.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import type { ItemAnswer } from '../schema/behaviour.js';
import type { Page, Properties, Written } from '../schema/common.js';
import type { StoredItem } from '../store/contract.js';

export async function putItems({ store }: Service, tenant: Tenant, items: readonly StoredItem[]): Promise<Written> {
  const { seq } = await store.write({ kind: 'put-items', namespace: tenant.name, items });
  for (const item of items) tenant.catalogue.put(item);
  tenant.reach(seq);
  return { asOf: seq };
}

/** @throws Refusal UNKNOWN_ID */
export function getItem(tenant: Tenant, item: string): ItemAnswer {
  const found = tenant.catalogue.get(item);
  if (found === undefined) throw new Refusal('UNKNOWN_ID', `There is no item ${JSON.stringify(item)}.`);
  return found;
}

export async function putUser(
  { store }: Service,
  tenant: Tenant,
  user: string,
  properties: Properties,
): Promise<Written> {
  const { seq } = await store.write({ kind: 'put-user', namespace: tenant.name, user, properties });
  tenant.reach(seq);
  return { asOf: seq };
}

/** @throws Refusal UNKNOWN_ID */
export async function getUser({ store }: Service, tenant: Tenant, user: string) {
  const found = await store.user(tenant.name, user);
  if (found === undefined) throw new Refusal('UNKNOWN_ID', `There is no user ${JSON.stringify(user)}.`);
  return { ...found, events: await store.countEventsOfUser(tenant.name, user) };
}

export async function listUsers({ store }: Service, tenant: Tenant, page: Page) {
  return { users: await store.users(tenant.name, page) };
}
