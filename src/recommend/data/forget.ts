/** Takes a user or an item out of interactions: the id, and all that hangs on it. Those behind move up by one. */
import { type Id, IdMap, quote } from './ids.js';
import type { Held } from './preprocess.js';
import { type InteractionsReport, withDropped } from './report.js';

export function withoutUser<U extends Id, I extends Id>(held: Held<U, I>, row: number): Held<U, I> {
  const { matrix, times } = held;
  const [start, end] = [matrix.indptr[row], matrix.indptr[row + 1]];
  const keep = (_: unknown, entry: number) => entry < start || entry >= end;
  const indptr = matrix.indptr
    .filter((_, n) => n !== row)
    .map((offset, n) => (n >= row ? offset - (end - start) : offset));
  return {
    ...held,
    users: without('user', held.users, row),
    matrix: {
      rows: matrix.rows - 1,
      columns: matrix.columns,
      indptr,
      indices: matrix.indices.filter(keep),
      values: matrix.values.filter(keep),
    },
    times: times?.filter(keep),
    report: forgotten(held.report, held.users.ids[row], matrix.indices.length - (end - start)),
  };
}

export function withoutItem<U extends Id, I extends Id>(held: Held<U, I>, column: number): Held<U, I> {
  const { matrix, times } = held;
  const keep = (_: unknown, entry: number) => matrix.indices[entry] !== column;
  const indptr = new Uint32Array(matrix.rows + 1);
  for (let row = 0, kept = 0; row < matrix.rows; row++) {
    for (let entry = matrix.indptr[row]; entry < matrix.indptr[row + 1]; entry++) kept += keep(0, entry) ? 1 : 0;
    indptr[row + 1] = kept;
  }
  return {
    ...held,
    items: without('item', held.items, column),
    matrix: {
      rows: matrix.rows,
      columns: matrix.columns - 1,
      indptr,
      indices: matrix.indices.filter(keep).map((item) => (item > column ? item - 1 : item)),
      values: matrix.values.filter(keep),
    },
    times: times?.filter(keep),
    report: forgotten(held.report, held.items.ids[column], indptr[matrix.rows]),
  };
}

/** A map of its own: the old one would keep the id. */
function without<T extends Id>(what: 'user' | 'item', ids: IdMap<T>, position: number): IdMap<T> {
  return new IdMap<T>(
    what,
    ids.ids.filter((_, n) => n !== position),
  );
}

/** The account of what is left; examples of bad rows that name the id go too. */
function forgotten(report: InteractionsReport, id: Id, kept: number): InteractionsReport {
  const examples = report.examples.filter(({ message }) => !message.includes(quote(id)));
  return { ...withDropped(report, kept, 'forgotten'), examples };
}
