/** Interactions as plain ids and arrays, for files and for sending them to a worker; everything is checked on the way back. */
import { KindredError } from '../../errors.js';
import { type Duplicates, isId } from './gather.js';
import { type Id, IdMap, quote, requireIterable } from './ids.js';
import type { Held } from './preprocess.js';
import { reportOf } from './report.js';

/** Users x items in CSR form: the items of user u are `indices[indptr[u]]` to `indices[indptr[u + 1] - 1]`, ascending. */
export interface InteractionsParts<U extends Id = Id, I extends Id = Id> {
  readonly users: readonly U[];
  readonly items: readonly I[];
  /** As many as users and one more, from 0. */
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
  /** One for each value, NaN where there is none. */
  readonly times?: Float64Array | undefined;
  readonly duplicates: Duplicates;
}

/** @throws KindredError INVALID_ARGUMENT for arrays that are no such matrix, and for ids that are none or repeat. */
export function readParts<U extends Id, I extends Id>(parts: InteractionsParts<U, I>): Held<U, I> {
  if (typeof parts !== 'object' || parts === null) throw refusal(`they are ${quote(parts)}; expected an object`);
  const { indptr, indices, values, times } = parts;
  const users = uniqueIds('user', parts.users);
  const items = uniqueIds('item', parts.items);
  const [rows, columns] = [users.ids.length, items.ids.length];
  if (!(indptr instanceof Uint32Array && indices instanceof Uint32Array && values instanceof Float32Array)) {
    throw refusal('indptr and indices must be Uint32Array, values Float32Array');
  }
  if (times !== undefined && !(times instanceof Float64Array && times.length === indices.length)) {
    throw refusal(`times must be a Float64Array of ${indices.length} numbers`);
  }
  if (indptr.length !== rows + 1 || indptr[0] !== 0 || indptr[rows] !== indices.length) {
    throw refusal(`indptr must have ${rows + 1} offsets from 0 to ${indices.length}, for ${rows} users`);
  }
  if (values.length !== indices.length) throw refusal(`there are ${values.length} values for ${indices.length} items`);
  for (let row = 0; row < rows; row++) {
    if (indptr[row + 1] < indptr[row]) throw refusal(`indptr falls after row ${row}`);
    for (let entry = indptr[row]; entry < indptr[row + 1]; entry++) {
      if (indices[entry] >= columns || (entry > indptr[row] && indices[entry] <= indices[entry - 1])) {
        throw refusal(`the items of row ${row} must ascend, each below ${columns}`);
      }
      if (!Number.isFinite(values[entry])) throw refusal(`values[${entry}] is ${values[entry]}`);
      if (times && !Number.isFinite(times[entry]) && !Number.isNaN(times[entry])) {
        throw refusal(`times[${entry}] is ${times[entry]}`);
      }
    }
  }
  return { users, items, matrix: { rows, columns, indptr, indices, values }, times, report: reportOf(indices.length) };
}

/** @throws KindredError INVALID_ARGUMENT for what is no id. */
export function idMapOf<T extends Id>(what: 'user' | 'item', ids: Iterable<T>): IdMap<T> {
  const map = new IdMap<T>(what);
  for (const id of requireIterable(`The list of ${what}s`, ids)) {
    if (isId(id)) map.intern(id);
    else throw new KindredError('INVALID_ARGUMENT', `${what}s: ${quote(id)}; expected strings or finite numbers.`);
  }
  return map;
}

function uniqueIds<T extends Id>(what: 'user' | 'item', ids: readonly T[]): IdMap<T> {
  const map = idMapOf(what, ids);
  if (map.ids.length !== ids.length) throw refusal(`some ${what}s are there twice`);
  return map;
}

function refusal(complaint: string): KindredError {
  return new KindredError('INVALID_ARGUMENT', `The parts of the interactions do not fit together: ${complaint}.`);
}
