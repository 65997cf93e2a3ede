/** Interactions as plain ids and arrays, for files and for workers; everything is checked on the way back. */
import { readChoice, readIterable } from '../../arguments/choices.js';
import { EXPECTED_ID } from '../../arguments/ids.js';
import { reading } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { KindredError } from '../../errors.js';
import type { Duplicates } from './gather.js';
import { type Id, IdMap } from './ids.js';
import type { Held } from './preprocess.js';
import { reportOf } from './report.js';
import { TIME_UNITS, type TimeUnit } from './time.js';

/**
 * Users x items in CSR form: the items of user u are `indices[indptr[u]]` to `indices[indptr[u + 1] - 1]`, ascending.
 */
export interface InteractionsParts<U extends Id = Id, I extends Id = Id> {
  readonly users: readonly U[];
  readonly items: readonly I[];
  /** As many as users and one more, from 0. */
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
  /** One for each value, NaN where there is none. */
  readonly times?: Float64Array | undefined;
  /** What times are in, if that is known. */
  readonly timeUnit?: TimeUnit | undefined;
  readonly duplicates: Duplicates;
}

/** @throws KindredError INVALID_ARGUMENT for arrays that are no such matrix, and for ids that are none or repeat. */
export function readParts<U extends Id, I extends Id>(parts: InteractionsParts<U, I>): Held<U, I> {
  if (typeof parts !== 'object' || parts === null) throw refusal('the parts', parts, 'what toParts gives');
  const { indptr, indices, values, times, timeUnit } = reading('the parts', () => ({ ...parts }));
  if (timeUnit !== undefined) readChoice(timeUnit, 'timeUnit', TIME_UNITS);
  const users = uniqueIds('user', parts.users);
  const items = uniqueIds('item', parts.items);
  const [rows, columns] = [users.ids.length, items.ids.length];
  if (!(indptr instanceof Uint32Array && indices instanceof Uint32Array && values instanceof Float32Array)) {
    throw unfit('indptr and indices must be Uint32Array, values Float32Array');
  }
  if (times !== undefined && !(times instanceof Float64Array && times.length === indices.length)) {
    throw unfit(`times must be a Float64Array of ${indices.length} numbers`);
  }
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || indptr[rows] !== indices.length) {
    throw unfit(`indptr must have ${rows + 1} offsets from 0 to ${indices.length}, for ${rows} users`);
  }
  if (values.length !== indices.length) throw unfit(`there are ${values.length} values for ${indices.length} items`);
  for (let row = 0; row < rows; row++) {
    if (indptr[row + 1] < indptr[row]) throw unfit(`indptr falls after row ${row}`);
    for (let entry = indptr[row]; entry < indptr[row + 1]; entry++) {
      if (indices[entry] >= columns || (entry > indptr[row] && indices[entry] <= indices[entry - 1])) {
        throw unfit(`the items of row ${row} must ascend, each below ${columns}`);
      }
      if (!Number.isFinite(values[entry])) throw unfit(`values[${entry}] is ${values[entry]}`);
      if (times && !Number.isFinite(times[entry]) && !Number.isNaN(times[entry])) {
        throw unfit(`times[${entry}] is ${times[entry]}`);
      }
    }
  }
  return {
    users,
    items,
    matrix: { rows, columns, indptr, indices, values },
    times,
    timeUnit,
    report: reportOf(indices.length),
  };
}

/** @throws KindredError INVALID_ARGUMENT for what is no id. */
export function idMapOf<T extends Id>(what: 'user' | 'item', ids: Iterable<T>): IdMap<T> {
  const map = new IdMap<T>(what);
  for (const id of readIterable(ids, `${what}s`)) {
    // Parts of a file may hold what records no longer can.
    if (typeof id === 'string' || Number.isFinite(id)) map.intern(id);
    else throw refusal(`ids among ${what}s`, id, EXPECTED_ID);
  }
  return map;
}

function uniqueIds<T extends Id>(what: 'user' | 'item', ids: readonly T[]): IdMap<T> {
  const map = idMapOf(what, ids);
  if (map.ids.length !== ids.length) throw unfit(`some ${what}s are there twice`);
  return map;
}

function unfit(complaint: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', `The parts of the interactions do not fit together: ${complaint}.`);
}
