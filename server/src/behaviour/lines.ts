/** Events as lines of JSON: taken in groups, a bad line refused by its number. */

import type { Service } from '../live/service.js';
import type { Tenant } from '../live/tenant.js';
import { EventInput, type LinesTaken, plainEvent } from '../schema/behaviour.js';
import { describeIssues } from '../schema/complaints.js';
import { readJson } from '../schema/json.js';
import { takeEvents } from './events.js';

/** Lines that are stored by one write. */
const GROUP = 1000;
/** Refusals that are told one by one. */
const TOLD = 100;

export async function takeLines(service: Service, tenant: Tenant, lines: AsyncIterable<string>): Promise<LinesTaken> {
  const taken = { asOf: tenant.seq, accepted: 0, duplicates: 0, refused: 0, errors: [] as LinesTaken['errors'] };
  let group: EventInput[] = [];
  let line = 0;
  // One group is stored while the next is read.
  let storing = Promise.resolve();
  const store = async () => {
    await storing;
    const events = group;
    group = [];
    if (events.length > 0) storing = storeGroup(events);
    // Who awaits it next hears of a failure.
    storing.catch(() => {});
  };
  const storeGroup = async (events: readonly EventInput[]) => {
    const { asOf, accepted, duplicates } = await takeEvents(service, tenant, events);
    taken.asOf = asOf;
    taken.accepted += accepted;
    taken.duplicates += duplicates;
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
  await storing;
  return taken;
}

/** An event, or what is wrong with it. */
function readEvent(text: string): EventInput | string {
  try {
    const given = readJson(text);
    const plain = plainEvent(given);
    if (plain !== undefined) return plain;
    const { success, data, error } = EventInput.safeParse(given);
    return success
      ? data
      : describeIssues(error.issues)
          .map(({ at, message }) => `${at}: ${message}`)
          .join('; ');
  } catch (error) {
    return (error as Error).message;
  }
}
