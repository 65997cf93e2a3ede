/** Users like one: all of them, those whom a filter lets through, or those whom the user is not connected with. */

import { parseFilter } from '../filter/parse.js';
import { select } from '../filter/select.js';
import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import type { PeopleYouMayKnowInput, SimilarUsersAnswer, SimilarUsersInput } from '../schema/scenarios.js';
import { asking, signature } from './asker.js';

/** Users whose properties are read together. */
const AT_ONCE = 100;
const EVENTS = 5000;

export function similarUsers(service: Service, tenant: Tenant, name: string, asked: SimilarUsersInput) {
  return people(service, tenant, name, asked, new Set());
}

/** Whom an event of the user names as its item is connected, until a later event with him has the value 0 or less. */
export async function peopleYouMayKnow(
  service: Service,
  tenant: Tenant,
  name: string,
  { connections, ...asked }: PeopleYouMayKnowInput,
): Promise<SimilarUsersAnswer> {
  return people(service, tenant, name, asked, await connectedWith(service, tenant, asked.user, connections));
}

async function people(
  { store }: Service,
  tenant: Tenant,
  name: string,
  asked: SimilarUsersInput,
  out: ReadonlySet<string>,
): Promise<SimilarUsersAnswer> {
  const chosen = asking(tenant, name, asked);
  const { k = chosen.scenario.k, minScore = -Infinity, filter } = asked;
  const tree = filter === undefined ? undefined : parseFilter(filter);
  const isWhole = tree === undefined && out.size === 0;
  const all = chosen.model.similarUsers(
    asked.user,
    isWhole ? k : Math.max(1, chosen.model.model.interactions.users.length),
  );
  const found = all.filter(({ user, score }) => score >= minScore && !out.has(user));
  const signed = signature(tenant, chosen);
  if (tree === undefined) return { users: found.slice(0, k), ...signed };
  const users: typeof found = [];
  for (let from = 0; from < found.length && users.length < k; from += AT_ONCE) {
    const some = found.slice(from, from + AT_ONCE);
    const known = await Promise.all(some.map(({ user }) => store.user(tenant.name, user)));
    const passes = select(
      tree,
      known.map((each) => each?.properties ?? {}),
    );
    users.push(...some.filter((_, at) => passes[at] === 1));
  }
  return { users: users.slice(0, k), ...signed };
}

async function connectedWith(
  { store }: Service,
  tenant: Tenant,
  user: string,
  types: readonly string[],
): Promise<ReadonlySet<string>> {
  const connected = new Set<string>();
  for (let after: number | undefined, isWhole = false; !isWhole; ) {
    const page = await store.eventsOfUser(tenant.name, user, { after, limit: EVENTS });
    for (const { item, type, value } of page) {
      if (!types.includes(type)) continue;
      if (value > 0) connected.add(item);
      else connected.delete(item);
    }
    after = page.at(-1)?.seq;
    isWhole = page.length < EVENTS;
  }
  return connected;
}
