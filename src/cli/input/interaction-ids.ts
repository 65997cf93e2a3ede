/** Users and items that people type: known, or refused with what they may have meant. */
import { nearSpellings } from '../../arguments/near-spellings.js';
import { KindredError } from '../../index.js';
import type { Id, Interactions } from '../../recommend/index.js';

/** The user so named. A model of the library's may have numbers for ids: they are found as they are written. */
export function userNamed(interactions: Interactions, user: string, file: string): string {
  return known('user', user, interactions, file);
}

/** The item so named. */
export function itemNamed(interactions: Interactions, item: string, file: string): string {
  return known('item', item, interactions, file);
}

/** @throws KindredError UNKNOWN_ID */
function known(what: 'user' | 'item', text: string, interactions: Interactions, file: string): string {
  const has = (id: Id) => (what === 'user' ? interactions.hasUser(id) : interactions.hasItem(id));
  if (has(text)) return text;
  const number = Number(text);
  // The type says text because a command reads texts; what a model file holds is known to the model alone.
  if (String(number) === text && has(number)) return number as Id as string;
  throw new KindredError(
    'UNKNOWN_ID',
    `no ${what} of ${file} is named ${JSON.stringify(text)}; ${hint(what, text, interactions)}`,
  );
}

function hint(what: 'user' | 'item', id: string, interactions: Interactions): string {
  if (what === 'item' && interactions.hasUser(id)) return 'a user is';
  if (what === 'user' && interactions.hasItem(id)) return 'an item is';
  const names = (what === 'user' ? interactions.users : interactions.items).map(String);
  const near = nearSpellings(id, names).map((each) => JSON.stringify(each));
  if (near.length > 0) return `did you mean ${near.join(', ')}?`;
  const first = names.slice(0, 2).map((each) => JSON.stringify(each));
  return first.length > 0 ? `it has ${names.length}, such as ${first.join(', ')}` : 'it has none';
}
