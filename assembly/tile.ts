/**
 * Rows packed for a register block, and the sums of four rows with two: each loaded value is used two or four
 * times, where a lone sum uses it once.
 *
 * A block of 4 x 2 pairs leaves room in sixteen registers for one accumulator per pair, yet a canonical sum has
 * sixteen lanes. So rows are packed by lane: a panel of R rows holds, for `Vec` after `Vec` of lanes, the elements
 * of those lanes step by step, the R rows interleaved. The tile then finishes one `Vec` of lanes of all eight
 * pairs before it takes up the next, and folds at the end.
 */
import { FLAT, LANES, TALL } from './abi';
import { maskOf, total, VEC_BYTES, VECS, WIDTH, widen, widenMasked, zero } from './lanes/float64';
import { fold, plus } from './sums';

const PAIRS: usize = TALL * FLAT;

/** Lane sums of one tile: written, folded and forgotten within one call. */
const LANE_SUMS: usize = memory.data(<i32>(LANES * PAIRS * 8), 16);

/** Steps of LANES elements that cover a row. */
export function stepsOf(dim: usize): usize {
  return (dim + LANES - 1) / LANES;
}

export function panelBytes(height: usize, dim: usize): usize {
  return stepsOf(dim) * LANES * 8 * height;
}

/** Writes one row of T as row `r` of a panel of `height` rows; lanes past the row's end hold 0. */
export function packRow<T>(row: usize, dim: usize, panel: usize, height: usize, r: usize): void {
  const perLanes = stepsOf(dim) * height * VEC_BYTES;
  const tail = dim % LANES;
  const end = row + (dim - tail) * sizeof<T>();
  let to = panel + r * VEC_BYTES;
  while (row != end) {
    packStep<T>(row, to, perLanes * (2 / WIDTH));
    if (WIDTH == 1) packStep<T>(row + sizeof<T>(), to + perLanes, perLanes * 2);
    row += LANES * sizeof<T>();
    to += height * VEC_BYTES;
  }
  if (tail != 0) {
    let mask = maskOf<T>(tail);
    for (let v: usize = 0; v < VECS; v++) {
      store<Vec>(to, widenMasked<T>(row, mask));
      row += WIDTH * sizeof<T>();
      mask += WIDTH * sizeof<T>();
      to += perLanes;
    }
  }
}

/** Eight `Vec`s, two elements apart, go `apart` bytes from each other. */
function packStep<T>(row: usize, to: usize, apart: usize): void {
  store<Vec>(to, widen<T>(row, 0));
  to += apart;
  store<Vec>(to, widen<T>(row, 1));
  to += apart;
  store<Vec>(to, widen<T>(row, 2));
  to += apart;
  store<Vec>(to, widen<T>(row, 3));
  to += apart;
  store<Vec>(to, widen<T>(row, 4));
  to += apart;
  store<Vec>(to, widen<T>(row, 5));
  to += apart;
  store<Vec>(to, widen<T>(row, 6));
  to += apart;
  store<Vec>(to, widen<T>(row, 7));
}

/** Packs `rows` rows that follow one another into flat panels. Rows of the last panel that are none hold anything. */
export function packFlat<T>(from: usize, rows: usize, dim: usize, panels: usize): void {
  for (let r: usize = 0; r < rows; r++) {
    packRow<T>(from + r * dim * sizeof<T>(), dim, panels + (r / FLAT) * panelBytes(FLAT, dim), FLAT, r % FLAT);
  }
}

/** The sum of row `r` of the tall panel with row `c` of the flat one goes to `sums[r * FLAT + c]`. */
export function tile<Term>(tall: usize, flat: usize, steps: usize, sums: usize): void {
  for (let to = LANE_SUMS; to != LANE_SUMS + VECS * PAIRS * VEC_BYTES; to += PAIRS * VEC_BYTES) {
    let sum00 = zero(),
      sum01 = zero(),
      sum10 = zero(),
      sum11 = zero();
    let sum20 = zero(),
      sum21 = zero(),
      sum30 = zero(),
      sum31 = zero();
    const end = tall + steps * TALL * VEC_BYTES;
    while (tall != end) {
      const flat0 = load<Vec>(flat);
      const flat1 = load<Vec>(flat + VEC_BYTES);
      const tall0 = load<Vec>(tall);
      sum00 = plus<Term>(sum00, tall0, flat0);
      sum01 = plus<Term>(sum01, tall0, flat1);
      const tall1 = load<Vec>(tall + VEC_BYTES);
      sum10 = plus<Term>(sum10, tall1, flat0);
      sum11 = plus<Term>(sum11, tall1, flat1);
      const tall2 = load<Vec>(tall + 2 * VEC_BYTES);
      sum20 = plus<Term>(sum20, tall2, flat0);
      sum21 = plus<Term>(sum21, tall2, flat1);
      const tall3 = load<Vec>(tall + 3 * VEC_BYTES);
      sum30 = plus<Term>(sum30, tall3, flat0);
      sum31 = plus<Term>(sum31, tall3, flat1);
      tall += TALL * VEC_BYTES;
      flat += FLAT * VEC_BYTES;
    }
    store<Vec>(to, sum00);
    store<Vec>(to + VEC_BYTES, sum01);
    store<Vec>(to + 2 * VEC_BYTES, sum10);
    store<Vec>(to + 3 * VEC_BYTES, sum11);
    store<Vec>(to + 4 * VEC_BYTES, sum20);
    store<Vec>(to + 5 * VEC_BYTES, sum21);
    store<Vec>(to + 6 * VEC_BYTES, sum30);
    store<Vec>(to + 7 * VEC_BYTES, sum31);
  }
  for (let pair: usize = 0; pair < PAIRS; pair++) {
    const at = LANE_SUMS + pair * VEC_BYTES;
    let sum = total(foldLanes(at));
    if (WIDTH == 1) sum += total(foldLanes(at + PAIRS * VEC_BYTES));
    store<f64>(sums + pair * 8, sum);
  }
}

/** The lanes of one pair folded into one `Vec`: all of them, or those of one parity (see `sum`). */
function foldLanes(at: usize): Vec {
  const apart: usize = (2 / WIDTH) * PAIRS * VEC_BYTES;
  return fold(
    load<Vec>(at),
    load<Vec>(at + apart),
    load<Vec>(at + 2 * apart),
    load<Vec>(at + 3 * apart),
    load<Vec>(at + 4 * apart),
    load<Vec>(at + 5 * apart),
    load<Vec>(at + 6 * apart),
    load<Vec>(at + 7 * apart),
  );
}
