/**
 * The nearest rows of every row by canonical scores: each pair is scored once, by tiles, and offered to both of its rows. Some
 * rows are columns at a time, all rows from the first of them on come in order. So every row is offered others in ascending
 * order, and one that only ties the worst kept has lost.
 */
import {
  GRAPH_BARS,
  GRAPH_BEST,
  GRAPH_COLUMN_SQUARES,
  GRAPH_COLUMNS,
  GRAPH_DIM,
  GRAPH_DTYPE,
  GRAPH_FIRST,
  GRAPH_LEASTS,
  GRAPH_METRIC,
  GRAPH_MIN_SCORE_F64,
  GRAPH_PACKED,
  GRAPH_PANEL,
  GRAPH_ROW_SQUARES,
  GRAPH_ROWS,
  GRAPH_SCRATCH,
  GRAPH_SLOTS,
} from '../src/backend/wasm/module/abi';
import { COSINE, FLAT, FLOAT64, TALL } from './abi';
import { offer, worstScore } from './best';
import { measureRows, squaresAt, tileOf, tileSum } from './dense';
import { highestScore, isBelow, leastFor, score } from './score';
import { packRow, panelBytes } from './tile';
import { rowAt } from './widen';

/** Packs `count` rows of a GRAPH record as its columns from number `at` on. */
export function packColumns(graph: usize, at: usize, count: usize): void {
  const dim: usize = load<u32>(graph, GRAPH_DIM);
  const packed: usize = load<u32>(graph, GRAPH_PACKED);
  for (let r: usize = 0; r < count; r++) {
    packInto(graph, r, packed + ((at + r) / FLAT) * panelBytes(FLAT, dim), FLAT, (at + r) % FLAT);
  }
  const squares: usize = load<u32>(graph, GRAPH_COLUMN_SQUARES);
  measureInto(graph, count, squares + at * 8);
}

/** Scores `count` rows, the first of which has place `first`, with the columns up to each row itself. */
export function scorePairs(graph: usize, first: usize, count: usize): void {
  if (areAnswered(graph, first, count)) return;
  const metric = load<u32>(graph, GRAPH_METRIC);
  const dim: usize = load<u32>(graph, GRAPH_DIM);
  const panel: usize = load<u32>(graph, GRAPH_PANEL);
  const firstColumn: usize = load<u32>(graph, GRAPH_FIRST);
  const columns: usize = load<u32>(graph, GRAPH_COLUMNS);
  measureInto(graph, count, load<u32>(graph, GRAPH_ROW_SQUARES));
  for (let i: usize = 0; i < count; i += TALL) {
    const held = min<usize>(TALL, count - i);
    for (let r: usize = 0; r < held; r++) {
      packInto(graph, i + r, panel, TALL, r);
      raiseBar(graph, first + i + r, squaresAt(metric, load<u32>(graph, GRAPH_ROW_SQUARES), i + r));
    }
    const needed = min(columns, first + i + held - firstColumn);
    let flat: usize = load<u32>(graph, GRAPH_PACKED);
    for (let c: usize = 0; c < needed; c += FLAT) {
      tileOf(metric, panel, flat, dim);
      flat += panelBytes(FLAT, dim);
      offerTile(graph, first, i, held, c, min<usize>(FLAT, needed - c));
    }
  }
}

/** Offers the scores of rows from number `i` on with `wide` columns from number `c` on. */
function offerTile(graph: usize, first: usize, i: usize, held: usize, c: usize, wide: usize): void {
  const metric = load<u32>(graph, GRAPH_METRIC);
  const bars: usize = load<u32>(graph, GRAPH_BARS);
  const leasts: usize = load<u32>(graph, GRAPH_LEASTS);
  const slots: usize = load<u32>(graph, GRAPH_SLOTS);
  const rowSquares: usize = load<u32>(graph, GRAPH_ROW_SQUARES);
  const columnSquares: usize = load<u32>(graph, GRAPH_COLUMN_SQUARES);
  const firstColumn: usize = load<u32>(graph, GRAPH_FIRST);
  for (let n = c; n < c + wide; n++) {
    const column = firstColumn + n;
    const squaresOfColumn = squaresAt(metric, columnSquares, n);
    for (let r: usize = 0; r < held; r++) {
      const row = first + i + r;
      if (column > row) continue;
      const sum = tileSum(r, n - c);
      const squaresOfRow = squaresAt(metric, rowSquares, i + r);
      if (isBelow(load<f64>(leasts + column * 8), sum, squaresOfRow)) {
        if (isBelow(load<f64>(leasts + row * 8), sum, squaresOfColumn)) continue;
      }
      const value = score(metric, sum, squaresOfRow, squaresOfColumn);
      if (value > load<f64>(bars + column * 8)) {
        offerTo(graph, column, squaresOfColumn, load<u32>(slots + row * 4), value);
      }
      if (column != row && value > load<f64>(bars + row * 8)) {
        offerTo(graph, row, squaresOfRow, load<u32>(slots + column * 4), value);
      }
    }
  }
}

function offerTo(graph: usize, place: usize, squares: f64, slot: u32, value: f64): void {
  if (!(value >= load<f64>(graph, GRAPH_MIN_SCORE_F64))) return;
  offer(load<u32>(graph, GRAPH_BEST), place, slot, value);
  raiseBar(graph, place, squares);
}

/** Notes what the row at `place` wants of others. */
function raiseBar(graph: usize, place: usize, squares: f64): void {
  const bars: usize = load<u32>(graph, GRAPH_BARS);
  const leasts: usize = load<u32>(graph, GRAPH_LEASTS);
  const worst = worstScore(load<u32>(graph, GRAPH_BEST), place);
  const bar = max(load<f64>(graph, GRAPH_MIN_SCORE_F64), worst);
  store<f64>(bars + place * 8, worst);
  store<f64>(leasts + place * 8, leastFor(load<u32>(graph, GRAPH_METRIC), bar, squares));
}

/** Whether neither these rows nor the columns can find better ones than they have. */
function areAnswered(graph: usize, first: usize, count: usize): bool {
  const columns: usize = load<u32>(graph, GRAPH_COLUMNS);
  return reachHighest(graph, first, count) && reachHighest(graph, load<u32>(graph, GRAPH_FIRST), columns);
}

function reachHighest(graph: usize, first: usize, count: usize): bool {
  const highest = highestScore(load<u32>(graph, GRAPH_METRIC));
  const bars: usize = load<u32>(graph, GRAPH_BARS);
  for (let place = first; place < first + count; place++) {
    if (load<f64>(bars + place * 8) < highest) return false;
  }
  return true;
}

/** Packs row number `r` of a GRAPH record as row `to` of a panel. */
function packInto(graph: usize, r: usize, panel: usize, height: usize, to: usize): void {
  const dtype = load<u32>(graph, GRAPH_DTYPE);
  const dim: usize = load<u32>(graph, GRAPH_DIM);
  const row = rowAt(dtype, load<u32>(graph, GRAPH_ROWS), r, dim, load<u32>(graph, GRAPH_SCRATCH));
  if (dtype == FLOAT64) packRow<f64>(row, dim, panel, height, to);
  else packRow<f32>(row, dim, panel, height, to);
}

/** Sums of squares of the first `count` rows, where a score reads them. */
function measureInto(graph: usize, count: usize, squares: usize): void {
  if (load<u32>(graph, GRAPH_METRIC) != COSINE) return;
  const dim: usize = load<u32>(graph, GRAPH_DIM);
  const rows: usize = load<u32>(graph, GRAPH_ROWS);
  measureRows(load<u32>(graph, GRAPH_DTYPE), rows, count, dim, squares, load<u32>(graph, GRAPH_SCRATCH));
}
