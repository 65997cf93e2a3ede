/** What an index stores: narrowing rows to its element type, widening them back, and saying why a row cannot be stored. */
import { readChoice } from '../arguments/choices.js';
import type { Dtype, Elements, Floats } from '../backend/contract/backend.js';
import { DTYPES, widen as widenStored } from '../backend/reference/elements.js';
import { LARGEST_SQUARES, SMALLEST_SQUARES } from '../backend/reference/score.js';
import { KindredError } from '../errors.js';
import { toBFloat16, toFloat16 } from './half.js';
import { type NamePlace, narrow, refuseNonFinite, rowAndColumn, widen } from './vectors.js';

/** Bytes of a stored element. */
export const ELEMENT_BYTES: Record<Dtype, number> = { float32: 4, float64: 8, float16: 2, bfloat16: 2, int8: 1 };

/** Checks an element type's name. */
export function readDtype(dtype: unknown): Dtype {
  return dtype === undefined ? 'float32' : readChoice(dtype, 'dtype', DTYPES);
}

/**
 * Rows as they are stored: rounded to nearest once, ties to even. What is beyond the range turns infinite, which the backend
 * refuses. int8 never rounds. Errors call the first row `first`.
 * @throws KindredError for a value that is no int8, naming its place.
 */
export function toElements(given: Floats, dtype: Dtype, dim: number, first = 0): Elements {
  switch (dtype) {
    case 'float32':
      return narrow(given);
    case 'float64':
      return widen(given);
    case 'float16':
      return toFloat16(given);
    case 'bfloat16':
      return toBFloat16(given);
    case 'int8':
      return toInt8(given, dim, first);
  }
}

/** Stored elements as numbers, exactly: float64 as they are, all others as float32. */
export function fromElements(stored: Elements, dtype: Dtype): Floats {
  return widenStored(dtype, stored);
}

/**
 * Queries as a corpus of this element type takes them; the first of them has the number `first`.
 * @throws KindredError naming a query that no search could score
 */
export function toQueries(given: Floats, dtype: Dtype, dim: number, first = 0): Floats {
  const place: NamePlace = (query, element) => `query ${first + query}, element ${element}`;
  const queries = dtype === 'float64' ? widen(given) : narrow(given);
  refuseNonFinite(queries, dim, given, place);
  if (queries instanceof Float64Array) {
    for (let q = 0; q * dim < queries.length; q++) {
      refuseExtreme(queries.subarray(q * dim, (q + 1) * dim), `query ${first + q}`);
    }
  }
  return queries;
}

/** Throws for the row that a backend would not store: `given` as it came, `stored` as it was handed over. Errors call row 0 `first`. */
export function refuseRow(row: number, given: Floats, stored: Elements, dtype: Dtype, dim: number, first = 0): never {
  const from = row * dim;
  const values = fromElements(stored.subarray(from, from + dim), dtype);
  const place: NamePlace = (_, column) => rowAndColumn(first + row, column);
  refuseNonFinite(values, dim, given.subarray(from, from + dim), place, dtype);
  if (values instanceof Float64Array) refuseExtreme(values, `row ${first + row}`);
  throw new KindredError('NOT_FINITE', `row ${first + row} cannot be stored as ${dtype}`);
}

/** float64 whose squares leave the range of float64 has no exact score; float32 cannot do that. */
function refuseExtreme(values: Float64Array, what: string): void {
  let squares = 0;
  let isZero = true;
  for (const value of values) {
    squares += value * value;
    if (value !== 0) isZero = false;
  }
  if (isZero || (squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES)) return;
  throw new KindredError(
    'NOT_FINITE',
    `${what} has a sum of squares of ${squares}, expected 0 or 2^-900 to 2^900: scale the vectors`,
  );
}

function toInt8(given: Floats, dim: number, first: number): Int8Array {
  const stored = Int8Array.from(given);
  for (let i = 0; i < given.length; i++) {
    if (stored[i] === given[i]) continue;
    const place = rowAndColumn(first + Math.floor(i / dim), i % dim);
    const code = Number.isFinite(given[i]) ? 'INVALID_ARGUMENT' : 'NOT_FINITE';
    throw new KindredError(code, `${place} is ${given[i]}, but an int8 index takes integers from -128 to 127`);
  }
  return stored;
}
