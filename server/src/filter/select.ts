/** Finds the rows that pass a filter, as a bitmap: a byte for each row, 1 where it passes. */
import type { Properties } from '../schema/common.js';
import type { Comparison, Filter, Literal } from './parse.js';

type Value = Properties[string];
/** The properties of each row; undefined where there is no row. */
export type Rows = readonly (Properties | undefined)[];

export function select(filter: Filter, rows: Rows): Uint8Array {
  switch (filter.is) {
    case 'and':
      return filter.parts.map((part) => select(part, rows)).reduce(both);
    case 'or':
      return filter.parts.map((part) => select(part, rows)).reduce(either);
    case 'not':
      return inverse(select(filter.part, rows), rows);
    case 'exists':
      return where(rows, filter.field, () => true);
    case 'in': {
      const values = new Set<Literal>(filter.values);
      return where(rows, filter.field, (value) =>
        Array.isArray(value) ? value.some((each) => values.has(each)) : values.has(value),
      );
    }
    // What has no such property is not equal to anything.
    case '!=':
      return inverse(where(rows, filter.field, holds('=', filter.value)), rows);
    default:
      return where(rows, filter.field, holds(filter.is, filter.value));
  }
}

function where(rows: Rows, field: string, admits: (value: Value) => boolean): Uint8Array {
  const bitmap = new Uint8Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const properties = rows[row];
    if (properties !== undefined && Object.hasOwn(properties, field) && admits(properties[field])) bitmap[row] = 1;
  }
  return bitmap;
}

/** Only values of one type are compared. A list is equal to each text in it. */
function holds(sign: Exclude<Comparison, '!='>, wanted: Literal): (value: Value) => boolean {
  if (sign === '=') return (value) => (Array.isArray(value) ? value.some((each) => each === wanted) : value === wanted);
  const orders: Record<typeof sign, (order: number) => boolean> = {
    '<': (order) => order < 0,
    '<=': (order) => order <= 0,
    '>': (order) => order > 0,
    '>=': (order) => order >= 0,
  };
  return (value) => {
    if (typeof value !== typeof wanted || Array.isArray(value)) return false;
    return orders[sign](value < wanted ? -1 : value > wanted ? 1 : 0);
  };
}

function both(a: Uint8Array, b: Uint8Array): Uint8Array {
  for (let row = 0; row < a.length; row++) a[row] &= b[row];
  return a;
}

function either(a: Uint8Array, b: Uint8Array): Uint8Array {
  for (let row = 0; row < a.length; row++) a[row] |= b[row];
  return a;
}

function inverse(bitmap: Uint8Array, rows: Rows): Uint8Array {
  for (let row = 0; row < bitmap.length; row++) bitmap[row] = rows[row] === undefined ? 0 : 1 - bitmap[row];
  return bitmap;
}
