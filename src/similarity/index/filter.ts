/** Which rows a search may answer with, decided before the top-k and never after. */
import { isNumberArray, kindOf, refuseDetached } from '../../arguments/arrays.js';
import { readList } from '../../arguments/choices.js';
import { readId, refuseTwin } from '../../arguments/ids.js';
import { type OptionNames, reading, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import type { Roster } from '../rows/roster.js';

/**
 * - an iterable of ids: only these (unknown ones admit nothing);
 * - `{ deny: ids }`: all but these;
 * - a predicate on the id, called once for each row, that answers true or false;
 * - a Uint8Array by position (the order of `ids()`): one byte per row, nonzero admits, or one bit per row, least
 *   significant first, told apart by its length.
 *
 * Lists of ids may be Int32Array, Uint32Array or Float64Array. Other typed arrays could be meant as either, and are refused.
 * An id of the other type than the index has, such as `'7'` for 7, is refused too.
 */
export type Filter<Id extends string | number> =
  | Iterable<Id>
  | { readonly deny: Iterable<Id> }
  | ((id: Id) => boolean)
  | Uint8Array;

const DENY: OptionNames<{ deny: unknown }> = { deny: true };
const EXPECTED = 'an iterable of ids, { deny: ids }, a function or a Uint8Array';

/**
 * One byte per slot, nonzero admits; undefined if every row is admitted. A caller's code runs meanwhile.
 * @throws KindredError INVALID_ARGUMENT if the filter is none, DIMENSION_MISMATCH for a bitmap of another length
 */
export function admitMask<Id extends string | number>(
  roster: Roster<Id>,
  filter: Filter<Id> | undefined,
): Uint8Array | undefined {
  if (filter === undefined) return roster.alive;
  if (typeof filter === 'function') return fromPredicate(roster, filter);
  if (ArrayBuffer.isView(filter)) {
    if (isBitmap(filter)) return fromBitmap(roster, filter);
    refuseUndecided(filter);
  }
  if (typeof filter !== 'object' || filter === null) throw refusal('filter', filter, EXPECTED);
  if (reading('filter', () => Symbol.iterator in filter)) return fromAllowed(roster, filter as Iterable<Id>);
  if (!reading('filter', () => 'deny' in filter)) throw refusal('filter', filter, EXPECTED);
  const { deny } = readObject(filter as { deny: Iterable<Id> }, '{ deny: ids }', DENY);
  if (ArrayBuffer.isView(deny)) refuseUndecided(deny);
  return fromDenied(roster, deny);
}

/** The ids of the rows that pass. @throws KindredError as `admitMask`; INVALID_ARGUMENT if there is no filter */
export function admittedIds<Id extends string | number>(roster: Roster<Id>, filter: Filter<Id>): Id[] {
  // Left out by mistake, it would admit every row.
  if (filter === undefined) throw refusal('filter', filter, EXPECTED);
  const mask = admitMask(roster, filter);
  const ids: Id[] = [];
  roster.each((id, slot) => {
    if (mask === undefined || mask[slot] !== 0) ids.push(id);
  });
  return ids;
}

/** Also one of another realm (an iframe, a vm), which instanceof would take for a list of ids. */
function isBitmap(filter: ArrayBufferView): filter is Uint8Array {
  return kindOf(filter) === 'Uint8Array';
}

/** Ids or a mask? Only for some kinds there is no doubt. */
function refuseUndecided(filter: ArrayBufferView): void {
  if (isNumberArray(filter) && /^(Int32|Uint32|Float64)Array$/.test(kindOf(filter))) return;
  const advice = 'a bitmap by position is a Uint8Array, and ids come as Array.from(ids)';
  throw new KindredError('INVALID_ARGUMENT', `a filter cannot be a ${kindOf(filter)}: ${advice}`);
}

function fromAllowed<Id extends string | number>(roster: Roster<Id>, ids: Iterable<Id>): Uint8Array {
  const mask = new Uint8Array(roster.slots);
  for (const slot of slotsOf(roster, ids, 'filter')) mask[slot] = 1;
  return mask;
}

function fromDenied<Id extends string | number>(roster: Roster<Id>, ids: Iterable<Id>): Uint8Array {
  const mask = roster.alive?.slice() ?? new Uint8Array(roster.slots).fill(1);
  for (const slot of slotsOf(roster, ids, 'filter.deny')) mask[slot] = 0;
  return mask;
}

/** The slots of those ids that are there. */
function slotsOf<Id extends string | number>(roster: Roster<Id>, ids: Iterable<Id>, name: string): number[] {
  const slots: number[] = [];
  for (const id of readList(ids, name)) {
    readId(id, `an id in ${name}`);
    const slot = roster.slot(id);
    if (slot !== undefined) slots.push(slot);
    else refuseTwin(id, name, (twin) => roster.slot(twin as Id) !== undefined);
  }
  return slots;
}

function fromPredicate<Id extends string | number>(roster: Roster<Id>, admits: (id: Id) => boolean): Uint8Array {
  const mask = new Uint8Array(roster.slots);
  roster.each((id, slot) => {
    const answer: unknown = admits(id);
    if (answer === true) mask[slot] = 1;
    else if (answer !== false) throw noAnswer(id, answer);
  });
  return mask;
}

function noAnswer(id: unknown, answer: unknown): KindredError {
  const isPromise = typeof answer === 'object' && answer !== null && reading('filter', () => 'then' in answer);
  const hint = isPromise ? ': a filter cannot wait, so find out before the search which ids to admit' : '';
  const message = `a filter must answer true or false, and for id ${show(id)} it answered ${show(answer)}${hint}`;
  return new KindredError('INVALID_ARGUMENT', message);
}

function fromBitmap<Id extends string | number>(roster: Roster<Id>, bitmap: Uint8Array): Uint8Array {
  const { size } = roster;
  refuseDetached(bitmap, 'filter');
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
