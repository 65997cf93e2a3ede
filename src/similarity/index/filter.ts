/** Which rows a search may answer with, decided before the top-k and never after. */
import { refusal } from '../../arguments/refuse.js';
import { KindredError } from '../../errors.js';
import type { Roster } from '../rows/roster.js';

/**
 * - an iterable of ids: only these (unknown ones admit nothing);
 * - `{ deny: ids }`: all but these;
 * - a predicate on the id, called once for each row;
 * - a Uint8Array by position (the order of `ids()`): one byte per row, nonzero admits, or one bit per row, least
 *   significant first, told apart by its length.
 */
export type Filter<Id extends string | number> =
  | Iterable<Id>
  | { readonly deny: Iterable<Id> }
  | ((id: Id) => boolean)
  | Uint8Array;

/**
 * One byte per slot, nonzero admits; undefined if every row is admitted.
 * @throws KindredError INVALID_ARGUMENT if the filter is none, or adds or deletes rows while it is asked.
 */
export function admitMask<Id extends string | number>(
  roster: Roster<Id>,
  filter: Filter<Id> | undefined,
): Uint8Array | undefined {
  const { slots, deleted } = roster;
  const mask = readFilter(roster, filter);
  if (roster.slots === slots && roster.deleted === deleted) return mask;
  throw new KindredError('INVALID_ARGUMENT', 'a filter must not add or delete rows of the index it filters');
}

function readFilter<Id extends string | number>(
  roster: Roster<Id>,
  filter: Filter<Id> | undefined,
): Uint8Array | undefined {
  if (filter === undefined) return roster.alive;
  if (isBytes(filter)) return fromBitmap(roster, filter);
  if (typeof filter === 'function') return fromPredicate(roster, filter);
  if (typeof filter === 'object' && filter !== null) {
    if (Symbol.iterator in filter) return fromAllowed(roster, filter);
    if ('deny' in filter && isIterableOfIds(filter.deny)) return fromDenied(roster, filter.deny);
  }
  throw refusal('filter', filter, 'an iterable of ids, { deny: ids }, a function or a Uint8Array');
}

/** Also a Uint8Array of another realm (an iframe, a vm), which instanceof would take for a list of ids. */
function isBytes(filter: unknown): filter is Uint8Array {
  return ArrayBuffer.isView(filter) && Object.prototype.toString.call(filter) === '[object Uint8Array]';
}

function isIterableOfIds(ids: unknown): boolean {
  return typeof ids === 'object' && ids !== null && Symbol.iterator in ids;
}

function fromAllowed<Id extends string | number>(roster: Roster<Id>, ids: Iterable<Id>): Uint8Array {
  const mask = new Uint8Array(roster.slots);
  for (const id of ids) {
    const slot = roster.slot(id);
    if (slot !== undefined) mask[slot] = 1;
  }
  return mask;
}

function fromDenied<Id extends string | number>(roster: Roster<Id>, ids: Iterable<Id>): Uint8Array {
  const mask = roster.alive?.slice() ?? new Uint8Array(roster.slots).fill(1);
  for (const id of ids) {
    const slot = roster.slot(id);
    if (slot !== undefined) mask[slot] = 0;
  }
  return mask;
}

function fromPredicate<Id extends string | number>(roster: Roster<Id>, admits: (id: Id) => boolean): Uint8Array {
  const mask = new Uint8Array(roster.slots);
  roster.each((id, slot) => {
    if (admits(id)) mask[slot] = 1;
  });
  return mask;
}

function fromBitmap<Id extends string | number>(roster: Roster<Id>, bitmap: Uint8Array): Uint8Array {
  const { size } = roster;
  const bytesForBits = Math.ceil(size / 8);
  if (bitmap.length !== size && bitmap.length !== bytesForBits) {
    throw new KindredError(
      'DIMENSION_MISMATCH',
      `a bitmap filter for ${size} rows has ${size} bytes (one per row) or ${bytesForBits} (one bit per row), not ${bitmap.length}`,
    );
  }
  const isByBit = bitmap.length !== size;
  if (!isByBit && roster.deleted === 0) return bitmap;
  const mask = new Uint8Array(roster.slots);
  let position = 0;
  roster.each((_, slot) => {
    mask[slot] = isByBit ? (bitmap[position >> 3] >> (position & 7)) & 1 : bitmap[position];
    position++;
  });
  return mask;
}
