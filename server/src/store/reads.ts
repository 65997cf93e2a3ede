/** The names of all reads. */
import type { Reads } from './contract.js';

const ALL: { readonly [Name in keyof Reads]: true } = {
  latest: true,
  namespaces: true,
  definitions: true,
  events: true,
  keyedEvents: true,
  eventsOfUser: true,
  countEvents: true,
  countEventsOfUser: true,
  itemsOfEvents: true,
  eventsOfAnswers: true,
  questions: true,
  items: true,
  user: true,
  users: true,
  vectors: true,
  versions: true,
  file: true,
  keys: true,
};

export const READS = Object.keys(ALL) as readonly (keyof Reads)[];
