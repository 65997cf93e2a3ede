/**
 * The inverse of a Gram matrix in place, by panels of rows. The caller walks the panels (src/backend/wasm/linear.ts);
 * each element sees its products in the order of the contract.
 *
 * `matrix` has `stride` x `stride` float64 and zeros below its diagonal; `stride`, and every row and column that bounds
 * a panel or a chunk, is a multiple of TILE. Rows `first` to `end` are the panel.
 */
import { FACTOR, INVERT, MULTIPLY, TILE } from './abi';
import { subtractProducts } from './lanes/tiles';

/**
 * What is being computed: G = UᵀU (FACTOR), V = U⁻¹ (INVERT), or P = VVᵀ (MULTIPLY), of which minus P is left behind.
 */
let phaseNow: u32 = 0;
let matrixAt: usize = 0;
let rowBytes: usize = 0;
let strideNow: usize = 0;
let firstRow: usize = 0;
let endRow: usize = 0;
/**
 * The panel packed, what it held before it was overwritten (from its first column on), and a strip of the other side.
 */
let leftAt: usize = 0;
let panelAt: usize = 0;
let rightAt: usize = 0;
/** What the pivot of each row must be larger than. */
let leastPivotsAt: usize = 0;
/** The sparse matrix X, and for each of its columns which entries hold it, and their rows. */
let sizeNow: usize = 0;
let l2Now: f64 = 0;
let indptr: usize = 0;
let indices: usize = 0;
let values: usize = 0;
let starts: usize = 0;
let entries: usize = 0;
let owners: usize = 0;
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

/** Names the sparse matrix, of `size` columns, whose Gram matrix is meant. */
export function placeGram(
  size: usize,
  l2: f64,
  indptrAt: usize,
  indicesAt: usize,
  valuesAt: usize,
  startsAt: usize,
  entriesAt: usize,
  ownersAt: usize,
): void {
  sizeNow = size;
  l2Now = l2;
  indptr = indptrAt;
  indices = indicesAt;
  values = valuesAt;
  starts = startsAt;
  entries = entriesAt;
  owners = ownersAt;
}

/** Rows `from` to `to` of G. */
export function addGram(from: usize, to: usize): void {
  for (let i = from; i < to; i++) {
    const sums = matrixAt + i * rowBytes;
    memory.fill(sums, 0, rowBytes);
    if (i >= sizeNow) {
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
    const diagonal = load<f64>(sums + i * 8) + l2Now;
    store<f64>(sums + i * 8, diagonal);
    // 2^-52: the unit of rounding.
    store<f64>(leastPivotsAt + i * 8, diagonal * (<f64>sizeNow * (1.0 / 4503599627370496.0)));
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
  for (let column = least; column < last; column += TILE) {
    packRight(column, from, to);
    for (let tile: usize = 0; tile < rows; tile += TILE) {
      const c = matrixAt + solvedRow(tile) * rowBytes + column * 8;
      subtractProducts(leftAt + tile * depth * 8, rightAt, depth, c, rowStep());
    }
  }
}

/**
 * left[tile][k][r]: what row r of a tile is multiplied by for the k-th product. Solving, products count rows as they
 * are solved.
 */
function packLeft(from: usize, to: usize, isSolving: bool): void {
  const columns = strideNow - firstRow;
  const rows = endRow - firstRow;
  let out = leftAt;
  for (let tile: usize = 0; tile < rows; tile += TILE) {
    for (let k: usize = 0; k < to - from; k++) {
      for (let r: usize = 0; r < TILE; r++, out += 8) {
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
    for (let c: usize = 0; c < TILE; c++, at += bytes) {
      for (let k: usize = 0; k < depth; k++) store<f64>(rightAt + (k * TILE + c) * 8, load<f64>(at + k * 8));
    }
    return;
  }
  for (let k: usize = 0; k < depth; k++) {
    const i = phaseNow == INVERT ? to - 1 - k : from + k;
    memory.copy(rightAt + k * TILE * 8, matrixAt + i * rowBytes + column * 8, TILE * 8);
  }
}

/** Solves the panel against its own block. Returns the row whose pivot is too small or not finite, or -1. */
export function solvePanel(): i32 {
  if (phaseNow == FACTOR) {
    const failed = factorDiagonal();
    if (failed != NONE) return failed;
  } else packLeft(0, endRow - firstRow, true);
  const rows = endRow - firstRow;
  for (let column = phaseNow == FACTOR ? endRow : firstRow; column < strideNow; column += TILE) {
    for (let tile: usize = 0; tile < rows; tile += TILE) {
      const left = leftAt + tile * rows * 8;
      loadCoefficients(left + tile * TILE * 8);
      solveTile(left, tile, matrixAt + solvedRow(tile) * rowBytes + column * 8);
    }
  }
  return NONE;
}

/** A tile of the strip that `right` holds, once `depth` rows are known; it becomes the next TILE rows of it. */
function solveTile(left: usize, depth: usize, at: usize): void {
  const own = rightAt + depth * TILE * 8;
  const step = rowStep();
  for (let r: usize = 0; r < TILE; r++) memory.copy(own + r * TILE * 8, at + <isize>r * step, TILE * 8);
  subtractProducts(left, rightAt, depth, own, <isize>(TILE * 8));
  substitute(own);
  for (let r: usize = 0; r < TILE; r++) memory.copy(at + <isize>r * step, own + r * TILE * 8, TILE * 8);
}

/** Forward substitution: row r loses the earlier rows times its coefficients, and is divided by its own. */
function substitute(tile: usize): void {
  for (let r: usize = 0; r < TILE; r++) {
    for (let c: usize = 0; c < TILE; c++) {
      const at = tile + (r * TILE + c) * 8;
      let value = load<f64>(at);
      for (let q: usize = 0; q < r; q++) {
        value -= load<f64>(coefficients + (r * TILE + q) * 8) * load<f64>(tile + (q * TILE + c) * 8);
      }
      store<f64>(at, value / load<f64>(coefficients + (r * TILE + r) * 8));
    }
  }
}

/** left[k][r] of the tile's own rows, turned around. */
function loadCoefficients(square: usize): void {
  for (let r: usize = 0; r < TILE; r++) {
    for (let q: usize = 0; q <= r; q++) {
      store<f64>(coefficients + (r * TILE + q) * 8, load<f64>(square + (q * TILE + r) * 8));
    }
  }
}

/** The panel's own block of U, a row of tiles at a time; left behind packed for the strips to its right. */
function factorDiagonal(): i32 {
  const rows = endRow - firstRow;
  for (let tile: usize = 0; tile < rows; tile += TILE) {
    const top = matrixAt + (firstRow + tile) * rowBytes;
    const left = leftAt + tile * rows * 8;
    const columnOfTile = (firstRow + tile) * 8;
    for (let k: usize = 0; k < tile; k++) {
      memory.copy(left + k * TILE * 8, matrixAt + (firstRow + k) * rowBytes + columnOfTile, TILE * 8);
    }
    for (let column = tile; column < rows; column += TILE) {
      const at = (firstRow + column) * 8;
      for (let k: usize = 0; k < tile; k++) {
        memory.copy(rightAt + k * TILE * 8, matrixAt + (firstRow + k) * rowBytes + at, TILE * 8);
      }
      if (column != tile) {
        solveTile(left, tile, top + at);
        continue;
      }
      const own = rightAt + tile * TILE * 8;
      for (let r: usize = 0; r < TILE; r++) memory.copy(own + r * TILE * 8, top + r * rowBytes + at, TILE * 8);
      subtractProducts(left, rightAt, tile, own, <isize>(TILE * 8));
      const failed = factorSquare(own, leastPivotsAt + columnOfTile);
      if (failed != NONE) return <i32>(firstRow + tile) + failed;
      for (let r: usize = 0; r < TILE; r++) memory.copy(top + r * rowBytes + at, own + r * TILE * 8, TILE * 8);
      memory.copy(left + tile * TILE * 8, own, TILE * TILE * 8);
      loadCoefficients(own);
    }
  }
  return NONE;
}

/** The Cholesky factor of a square of TILE in place; zeros below. */
function factorSquare(square: usize, leastPivots: usize): i32 {
  for (let r: usize = 0; r < TILE; r++) {
    for (let c: usize = 0; c < TILE; c++) {
      const at = square + (r * TILE + c) * 8;
      if (c < r) {
        store<f64>(at, 0);
        continue;
      }
      let sum = load<f64>(at);
      for (let k: usize = 0; k < r; k++) {
        sum -= load<f64>(square + (k * TILE + r) * 8) * load<f64>(square + (k * TILE + c) * 8);
      }
      if (c > r) store<f64>(at, sum / load<f64>(square + (r * TILE + r) * 8));
      else if (sum > load<f64>(leastPivots + r * 8) && sum < Infinity) store<f64>(at, sqrt<f64>(sum));
      else return <i32>r;
    }
  }
  return NONE;
}
