/** Events as lines of JSON: taken in groups, a bad line refused by its number. */

import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import { EventInput, type LinesTaken } from '../schema/behaviour.js';
import { describeIssues } from '../schema/complaints.js';
import { readJson } from '../schema/json.js';
import { takeEvents } from './events.js';

/** Lines that are stored by one write. */
const GROUP = 500;
/** Refusals that are told one by one. */
const TOLD = 100;

export async function takeLines(service: Service, tenant: Tenant, lines: AsyncIterable<string>): Promise<LinesTaken> {
  const taken = { asOf: tenant.seq, accepted: 0, duplicates: 0, refused: 0, errors: [] as LinesTaken['errors'] };
  let group: EventInput[] = [];
  let line = 0;
  const store = async () => {
    if (group.length === 0) return;
    const { asOf, accepted, duplicates } = await takeEvents(service, tenant, group);
    taken.asOf = asOf;
    taken.accepted += accepted;
    taken.duplicates += duplicates;
    group = [];
  };
  for await (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    const read = readEvent(text);
    if (typeof read !== 'string') group.push(read);
    else {
      taken.refused++;
      if (taken.errors.length < TOLD) taken.errors.push({ line, detail: read });
    }
    if (group.length >= GROUP) await store();
  }
  await store();
  return taken;
}

/** An event, or what is wrong with it. */
function readEvent(text: string): EventInput | string {
  try {
    const { success, data, error } = EventInput.safeParse(readJson(text));
    return success
      ? data
      : describeIssues(error.issues)
          .map(({ at, message }) => `${at}: ${message}`)
          .join('; ');
  } catch (error) {
    return (error as Error).message;
  }
}
