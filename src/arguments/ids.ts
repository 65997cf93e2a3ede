/** Names that callers give to rows, users, items and words. */
import { KindredError } from '../errors.js';
import { refusal } from './refuse.js';
import { show } from './show.js';

export type AnyId = string | number;

/** What errors say of it. */
export const EXPECTED_ID = 'a string or a number from -(2^53 - 1) to 2^53 - 1';

/** Beyond 2^53 two integers are one number, so that two rows would share an id. NaN equals nothing. */
export function isId(id: unknown): id is AnyId {
  return typeof id === 'string' || (typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER);
}

/** @throws KindredError INVALID_ARGUMENT */
export function readId(id: unknown, name = 'an id'): AnyId {
  if (isId(id)) return id;
  throw refusal(name, id, EXPECTED_ID);
}

/** For a look-up, which finds no other id: those that cannot be one are a mistake. @throws KindredError INVALID_ARGUMENT */
export function checkIdKind(id: unknown): void {
  if (typeof id !== 'string' && typeof id !== 'number') throw refusal('an id', id, EXPECTED_ID);
}

/**
 * Refuses an id that is there under the other type only: the string `'7'` for the number 7, which nothing would match.
 * @throws KindredError INVALID_ARGUMENT
 */
export function refuseTwin(id: AnyId, name: string, isThere: (id: AnyId) => boolean): void {
  const twin = typeof id === 'number' ? String(id) : id.trim() === '' ? Number.NaN : Number(id);
  if (String(twin) !== String(id) || !isThere(twin)) return;
  const message = `${name} has ${show(id)}, but the index has ${show(twin)}, a ${typeof twin}: ids keep their type`;
  throw new KindredError('INVALID_ARGUMENT', message);
}
