/** Sums of squares as an index file keeps them. */
import type { Backend, Elements } from '../../backend/contract/backend.js';
import { fromElements } from '../dtype.js';
import type { Shape } from './layout.js';

/** The canonical dot of each row with itself, as every backend computes it. */
export function squaresOf(
  backend: Backend,
  { dim, dtype }: Pick<Shape, 'dim' | 'dtype'>,
  elements: Elements,
): Float64Array {
  const rows = { data: fromElements(elements, dtype), rows: elements.length / dim, dim };
  const squares = new Float64Array(rows.rows);
  backend.pairs('dot', rows, rows, squares);
  return squares;
}
