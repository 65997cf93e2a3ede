/** Users and items that people type: known, or refused with what they may have meant. */
import { KindredError } from '../index.js';
import type { Interactions } from '../recommend/index.js';
import { nearSpellings } from './near-spellings.js';

export function requireUser(interactions: Interactions, user: string, file: string): void {
  if (!interactions.hasUser(user)) throw unknown('user', user, interactions, file);
}

export function requireItem(interactions: Interactions, item: string, file: string): void {
  if (!interactions.hasItem(item)) throw unknown('item', item, interactions, file);
}

function unknown(what: 'user' | 'item', id: string, interactions: Interactions, file: string): KindredError {
  return new KindredError(
    'UNKNOWN_ID',
    `no ${what} of ${file} is named ${JSON.stringify(id)}; ${hint(what, id, interactions)}`,
  );
}

function hint(what: 'user' | 'item', id: string, interactions: Interactions): string {
  if (what === 'item' && interactions.hasUser(id)) return 'a user is';
  if (what === 'user' && interactions.hasItem(id)) return 'an item is';
  const known = what === 'user' ? interactions.users : interactions.items;
  const near = nearSpellings(id, known).map((each) => JSON.stringify(each));
  if (near.length > 0) return `did you mean ${near.join(', ')}?`;
  const first = known.slice(0, 2).map((each) => JSON.stringify(each));
  return first.length > 0 ? `it has ${known.length}, such as ${first.join(', ')}` : 'it has none';
}
