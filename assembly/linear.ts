/**
 * The inverse of a Gram matrix in place, by panels of rows, and products of sparse rows with a dense matrix. The caller walks the
 * panels (src/backend/wasm/linear.ts); each element sees its products in the order of contract.ts.
 *
 * `matrix` has `stride` x `stride` float64 and zeros below its diagonal; `stride`, and every row and column that bounds a panel or
 * a chunk, is a multiple of TALL and WIDE. Rows `first` to `end` are the panel.
 */
import { offer, worstScore } from './best';
import { addWeighted, subtractProducts, TALL, WIDE } from './lanes-linear';

/** What is being computed: G = UᵀU, V = U⁻¹, or P = VVᵀ (of which minus P is left behind). */
const FACTOR: u32 = 0;
const INVERT: u32 = 1;
const MULTIPLY: u32 = 2;

let phaseNow: u32 = 0;
let matrixAt: usize = 0;
let rowBytes: usize = 0;
let strideNow: usize = 0;
let firstRow: usize = 0;
let endRow: usize = 0;
/** The panel packed, what it held before it was overwritten (from its first column on), and a strip of the other side. */
let leftAt: usize = 0;
let panelAt: usize = 0;
let rightAt: usize = 0;
/** What the pivot of each row must be larger than. */
let leastPivotsAt: usize = 0;
/** The triangle by which a tile is solved. */
const coefficients: usize = memory.data(16 * 8, 16);
const NONE: i32 = -1;

/** Names the matrix and the buffers; stays in force until it is called again. */
export function placeInverse(
  matrix: usize,
  stride: usize,
  left: usize,
  panel: usize,
  right: usize,
  leastPivots: usize,
): void {
  matrixAt = matrix;
  strideNow = stride;
  rowBytes = stride * 8;
  leftAt = left;
  panelAt = panel;
  rightAt = right;
  leastPivotsAt = leastPivots;
}

/** Rows `from` to `to` of G. `starts`, `entries` and `owners` say for each column which entries hold it, and their rows. */
export function addGram(
  from: usize,
  to: usize,
  size: usize,
  l2: f64,
  indptr: usize,
  indices: usize,
  values: usize,
  starts: usize,
  entries: usize,
  owners: usize,
): void {
  for (let i = from; i < to; i++) {
    const sums = matrixAt + i * rowBytes;
    memory.fill(sums, 0, rowBytes);
    if (i >= size) {
      store<f64>(sums + i * 8, 1);
      store<f64>(leastPivotsAt + i * 8, 0);
      continue;
    }
    const last: usize = load<u32>(starts + i * 4, 4);
    for (let at: usize = load<u32>(starts + i * 4); at < last; at++) {
      const end: usize = load<u32>(indptr + <usize>load<u32>(owners + at * 4) * 4, 4);
      let p: usize = load<u32>(entries + at * 4);
      const value = <f64>load<f32>(values + p * 4);
      for (; p < end; p++) {
        const sum = sums + <usize>load<u32>(indices + p * 4) * 8;
        store<f64>(sum, load<f64>(sum) + value * <f64>load<f32>(values + p * 4));
      }
    }
    const diagonal = load<f64>(sums + i * 8) + l2;
    store<f64>(sums + i * 8, diagonal);
    // 2^-52: the unit of rounding.
    store<f64>(leastPivotsAt + i * 8, diagonal * (<f64>size * (1.0 / 4503599627370496.0)));
  }
}

/** Begins a panel: its own rows are needed until it is finished, and overwritten before. */
export function beginPanel(phase: u32, first: usize, end: usize): void {
  phaseNow = phase;
  firstRow = first;
  endRow = end;
  if (phase == FACTOR) return;
  const bytes: usize = (strideNow - first) * 8;
  for (let i = first; i < end; i++) {
    const from = matrixAt + i * rowBytes + first * 8;
    memory.copy(panelAt + (i - first) * bytes, from, bytes);
    memory.fill(from, 0, bytes);
    if (phase == INVERT) store<f64>(matrixAt + i * rowBytes + i * 8, 1);
  }
}

/** Row number k of the panel in the order in which it is solved: from below while inverting. */
function solvedRow(k: usize): usize {
  return phaseNow == INVERT ? endRow - 1 - k : firstRow + k;
}

function rowStep(): isize {
  return phaseNow == INVERT ? -(<isize>rowBytes) : <isize>rowBytes;
}

/** The panel loses the products from..to: of rows, or while inverting and multiplying of columns. */
export function subtractChunk(from: usize, to: usize): void {
  packLeft(from, to, false);
  const depth = to - from;
  const least = phaseNow == INVERT && from > firstRow ? from : firstRow;
  const last = phaseNow == MULTIPLY ? to : strideNow;
  const rows = endRow - firstRow;
  for (let column = least; column < last; column += WIDE) {
    packRight(column, from, to);
    for (let tile: usize = 0; tile < rows; tile += TALL) {
      const c = matrixAt + solvedRow(tile) * rowBytes + column * 8;
      subtractProducts(leftAt + tile * depth * 8, rightAt, depth, c, rowStep());
    }
  }
}

/** left[tile][k][r]: what row r of a tile is multiplied by for the k-th product. Solving, products count rows as they are solved. */
function packLeft(from: usize, to: usize, isSolving: bool): void {
  const columns = strideNow - firstRow;
  const rows = endRow - firstRow;
  let out = leftAt;
  for (let tile: usize = 0; tile < rows; tile += TALL) {
    for (let k: usize = 0; k < to - from; k++) {
      for (let r: usize = 0; r < TALL; r++, out += 8) {
        const i = solvedRow(tile + r);
        let at: usize;
        if (phaseNow == FACTOR) at = matrixAt + (from + k) * rowBytes + i * 8;
        else {
          const column = isSolving ? solvedRow(k) : phaseNow == INVERT ? to - 1 - k : from + k;
          at = panelAt + ((i - firstRow) * columns + column - firstRow) * 8;
        }
        store<f64>(out, load<f64>(at));
      }
    }
  }
}

/** right[k][c]: what column c of a strip is multiplied by. */
function packRight(column: usize, from: usize, to: usize): void {
  const depth = to - from;
  if (phaseNow == MULTIPLY) {
    const isOwn = column < endRow;
    const bytes: usize = isOwn ? (strideNow - firstRow) * 8 : rowBytes;
    let at = isOwn
      ? panelAt + (column - firstRow) * bytes + (from - firstRow) * 8
      : matrixAt + column * rowBytes + from * 8;
    for (let c: usize = 0; c < WIDE; c++, at += bytes) {
      for (let k: usize = 0; k < depth; k++) store<f64>(rightAt + (k * WIDE + c) * 8, load<f64>(at + k * 8));
    }
    return;
  }
  for (let k: usize = 0; k < depth; k++) {
    const i = phaseNow == INVERT ? to - 1 - k : from + k;
    memory.copy(rightAt + k * WIDE * 8, matrixAt + i * rowBytes + column * 8, WIDE * 8);
  }
}

/** Solves the panel against its own block. Returns the row whose pivot is too small or not finite, or -1. */
export function solvePanel(): i32 {
  if (phaseNow == FACTOR) {
    const failed = factorDiagonal();
    if (failed != NONE) return failed;
  } else packLeft(0, endRow - firstRow, true);
  const rows = endRow - firstRow;
  for (let column = phaseNow == FACTOR ? endRow : firstRow; column < strideNow; column += WIDE) {
    for (let tile: usize = 0; tile < rows; tile += TALL) {
      const left = leftAt + tile * rows * 8;
      loadCoefficients(left + tile * TALL * 8);
      solveTile(left, tile, matrixAt + solvedRow(tile) * rowBytes + column * 8);
    }
  }
  return NONE;
}

/** A tile of the strip that `right` holds, once `depth` rows are known; it becomes the next TALL rows of it. */
function solveTile(left: usize, depth: usize, at: usize): void {
  const own = rightAt + depth * WIDE * 8;
  const step = rowStep();
  for (let r: usize = 0; r < TALL; r++) memory.copy(own + r * WIDE * 8, at + <isize>r * step, WIDE * 8);
  subtractProducts(left, rightAt, depth, own, <isize>(WIDE * 8));
  substitute(own);
  for (let r: usize = 0; r < TALL; r++) memory.copy(at + <isize>r * step, own + r * WIDE * 8, WIDE * 8);
}

/** Forward substitution: row r loses the earlier rows times its coefficients, and is divided by its own. */
function substitute(tile: usize): void {
  for (let r: usize = 0; r < TALL; r++) {
    for (let c: usize = 0; c < WIDE; c++) {
      const at = tile + (r * WIDE + c) * 8;
      let value = load<f64>(at);
      for (let q: usize = 0; q < r; q++) {
        value -= load<f64>(coefficients + (r * TALL + q) * 8) * load<f64>(tile + (q * WIDE + c) * 8);
      }
      store<f64>(at, value / load<f64>(coefficients + (r * TALL + r) * 8));
    }
  }
}

/** left[k][r] of the tile's own rows, turned around. */
function loadCoefficients(square: usize): void {
  for (let r: usize = 0; r < TALL; r++) {
    for (let q: usize = 0; q <= r; q++) {
      store<f64>(coefficients + (r * TALL + q) * 8, load<f64>(square + (q * TALL + r) * 8));
    }
  }
}

/** The panel's own block of U, a row of tiles at a time; left behind packed for the strips to its right. */
function factorDiagonal(): i32 {
  const rows = endRow - firstRow;
  for (let tile: usize = 0; tile < rows; tile += TALL) {
    const top = matrixAt + (firstRow + tile) * rowBytes;
    const left = leftAt + tile * rows * 8;
    const columnOfTile = (firstRow + tile) * 8;
    for (let k: usize = 0; k < tile; k++) {
      memory.copy(left + k * TALL * 8, matrixAt + (firstRow + k) * rowBytes + columnOfTile, TALL * 8);
    }
    for (let column = tile; column < rows; column += WIDE) {
      const at = (firstRow + column) * 8;
      for (let k: usize = 0; k < tile; k++) {
        memory.copy(rightAt + k * WIDE * 8, matrixAt + (firstRow + k) * rowBytes + at, WIDE * 8);
      }
      if (column != tile) {
        solveTile(left, tile, top + at);
        continue;
      }
      const own = rightAt + tile * WIDE * 8;
      for (let r: usize = 0; r < TALL; r++) memory.copy(own + r * WIDE * 8, top + r * rowBytes + at, WIDE * 8);
      subtractProducts(left, rightAt, tile, own, <isize>(WIDE * 8));
      const failed = factorSquare(own, leastPivotsAt + columnOfTile);
      if (failed != NONE) return <i32>(firstRow + tile) + failed;
      for (let r: usize = 0; r < TALL; r++) memory.copy(top + r * rowBytes + at, own + r * WIDE * 8, WIDE * 8);
      memory.copy(left + tile * TALL * 8, own, TALL * TALL * 8);
      loadCoefficients(own);
    }
  }
  return NONE;
}

/** The Cholesky factor of a square of TALL, which is WIDE too, in place; zeros below. */
function factorSquare(square: usize, leastPivots: usize): i32 {
  for (let r: usize = 0; r < TALL; r++) {
    for (let c: usize = 0; c < TALL; c++) {
      const at = square + (r * WIDE + c) * 8;
      if (c < r) {
        store<f64>(at, 0);
        continue;
      }
      let sum = load<f64>(at);
      for (let k: usize = 0; k < r; k++) {
        sum -= load<f64>(square + (k * WIDE + r) * 8) * load<f64>(square + (k * WIDE + c) * 8);
      }
      if (c > r) store<f64>(at, sum / load<f64>(square + (r * WIDE + r) * 8));
      else if (sum > load<f64>(leastPivots + r * 8) && sum < Infinity) store<f64>(at, sqrt<f64>(sum));
      else return <i32>r;
    }
  }
  return NONE;
}

/** The best columns of `count` rows of weights times `dense`, whose rows have `columns` float32, an even number of which are real or 0. */
export function topDenseColumns(
  count: usize,
  columns: usize,
  real: usize,
  indptr: usize,
  indices: usize,
  weights: usize,
  dense: usize,
  excludedStarts: usize,
  excluded: usize,
  admit: usize,
  above: f64,
  minScore: f64,
  sums: usize,
  best: usize,
  queries: usize,
  stride: usize,
): void {
  for (let row: usize = 0; row < count; row++) {
    memory.fill(sums, 0, columns * 8);
    const last: usize = load<u32>(indptr + row * 4, 4);
    for (let p: usize = load<u32>(indptr + row * 4); p < last; p++) {
      const from = dense + <usize>load<u32>(indices + p * 4) * columns * 4;
      addWeighted(sums, from, <f64>load<f32>(weights + p * 4), columns);
    }
    if (excludedStarts != 0) {
      const end: usize = load<u32>(excludedStarts + row * 4, 4);
      for (let p: usize = load<u32>(excludedStarts + row * 4); p < end; p++) {
        store<f64>(sums + <usize>load<u32>(excluded + p * 4) * 8, NaN);
      }
    }
    let worst = worstScore(best, queries, stride, row);
    for (let j: usize = 0; j < real; j++) {
      const sum = load<f64>(sums + j * 8);
      // Columns come in ascending order, so one that ties the worst has lost.
      if (!(sum > above && sum >= minScore && sum > worst)) continue;
      if (admit != 0 && load<u8>(admit + j) == 0) continue;
      offer(best, queries, stride, row, <u32>j, sum);
      worst = worstScore(best, queries, stride, row);
    }
  }
}
