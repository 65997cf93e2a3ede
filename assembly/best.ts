/**
 * The best rows of several queries: for each a heap whose root is the worst row kept, sorted in place at the end.
 * `best` is the address of a BEST record: scores, positions and counts are the very arrays of `TopRows`.
 */
import { BEST_QUERIES, BEST_STRIDE } from '../src/backend/wasm/module/abi';
import { BEST_HEAD_BYTES } from './abi';

/** Offers a row to query `q`. Rows may come in any order. */
export function offer(best: usize, q: usize, position: u32, score: f64): void {
  const scores = scoresOf(best, q);
  const positions = positionsOf(best, q);
  const count = countOf(best, q);
  const size: usize = load<u32>(count);
  if (size < strideOf(best)) {
    store<u32>(count, <u32>(size + 1));
    rise(scores, positions, size, score, position);
  } else if (precedes(score, position, load<f64>(scores), load<u32>(positions))) {
    sink(scores, positions, size, score, position);
  }
}

/** The score of the worst row kept for query `q`; -Infinity while there is room for more. */
export function worstScore(best: usize, q: usize): f64 {
  const size: usize = load<u32>(countOf(best, q));
  return size < strideOf(best) ? -Infinity : load<f64>(scoresOf(best, q));
}

/** Puts the rows found for the queries `first .. last` in order, best first. */
export function sortSome(best: usize, first: usize, last: usize): void {
  for (let q = first; q < last; q++) sort(best, q);
}

/** Puts the rows of query `q` in order, best first. */
function sort(best: usize, q: usize): void {
  const scores = scoresOf(best, q);
  const positions = positionsOf(best, q);
  for (let size: usize = load<u32>(countOf(best, q)); size > 1; size--) {
    const last = size - 1;
    const score = load<f64>(scores + last * 8);
    const position = load<u32>(positions + last * 4);
    store<f64>(scores + last * 8, load<f64>(scores));
    store<u32>(positions + last * 4, load<u32>(positions));
    sink(scores, positions, last, score, position);
  }
}

/** The order contract: score descending, then position ascending. */
function precedes(scoreA: f64, positionA: u32, scoreB: f64, positionB: u32): bool {
  return scoreA > scoreB || (scoreA == scoreB && positionA < positionB);
}

/** Puts a row into the free place `n`, or where a better parent was that takes that place. */
function rise(scores: usize, positions: usize, n: usize, score: f64, position: u32): void {
  while (n > 0) {
    const parent = (n - 1) >> 1;
    if (!precedes(load<f64>(scores + parent * 8), load<u32>(positions + parent * 4), score, position)) break;
    store<f64>(scores + n * 8, load<f64>(scores + parent * 8));
    store<u32>(positions + n * 4, load<u32>(positions + parent * 4));
    n = parent;
  }
  store<f64>(scores + n * 8, score);
  store<u32>(positions + n * 4, position);
}

/** Replaces the root of a heap of `size` rows, worse children moving up. */
function sink(scores: usize, positions: usize, size: usize, score: f64, position: u32): void {
  let n: usize = 0;
  for (;;) {
    let child: usize = 2 * n + 1;
    if (child >= size) break;
    if (child + 1 < size && childPrecedes(scores, positions, child)) child++;
    const childScore = load<f64>(scores + child * 8);
    const childPosition = load<u32>(positions + child * 4);
    if (!precedes(score, position, childScore, childPosition)) break;
    store<f64>(scores + n * 8, childScore);
    store<u32>(positions + n * 4, childPosition);
    n = child;
  }
  store<f64>(scores + n * 8, score);
  store<u32>(positions + n * 4, position);
}

/** Whether child `n` precedes its sibling `n + 1`, which is then the worse one. */
function childPrecedes(scores: usize, positions: usize, n: usize): bool {
  return precedes(
    load<f64>(scores + n * 8),
    load<u32>(positions + n * 4),
    load<f64>(scores + n * 8 + 8),
    load<u32>(positions + n * 4 + 4),
  );
}

function strideOf(best: usize): usize {
  return load<u32>(best, BEST_STRIDE);
}

function scoresOf(best: usize, q: usize): usize {
  return best + BEST_HEAD_BYTES + q * strideOf(best) * 8;
}

function positionsOf(best: usize, q: usize): usize {
  const queries: usize = load<u32>(best, BEST_QUERIES);
  return best + BEST_HEAD_BYTES + (queries * 8 + q * 4) * strideOf(best);
}

function countOf(best: usize, q: usize): usize {
  const queries: usize = load<u32>(best, BEST_QUERIES);
  return best + BEST_HEAD_BYTES + queries * strideOf(best) * 12 + q * 4;
}
