/**
 * A query under way: its transformed, rounded elements, its threshold, the lower bounds it has seen and its candidates. One record
 * per query, laid out here and by src/backend/wasm/corpus/filter.ts.
 */
import { normBound, scaleFor, thresholdOf } from './certificate';
import { dim, half, largestOf, metric, quantised, squaresOf, transform, twiceMean } from './encoded';
import { narrowIndex, wideIndex } from './lanes-integer';
import { FLOAT64 } from './widen';

/** Bytes before the rounded elements: int16 for the fine stage, then int16 and int8 for the coarse one. */
export const HEADER_BYTES: usize = 128;
/** A candidate: an upper bound (f64) and its slot (u32). */
export const CANDIDATE_BYTES: usize = 16;

/** What g of the k-th best score is certain to reach. */
export function threshold(query: usize): f64 {
  return load<f64>(query);
}

export function raiseThreshold(query: usize, to: f64): void {
  if (to > load<f64>(query)) store<f64>(query, to);
}

/** `B` of the derivation, and `V`. */
export function offsetOf(query: usize): f64 {
  return load<f64>(query, 8);
}

export function normOf(query: usize): f64 {
  return load<f64>(query, 16);
}

/** Step `t`, residual bound `f` and the sum of `z`, of the fine rounding and of the coarse one. */
export function fineStep(query: usize): f64 {
  return load<f64>(query, 24);
}

export function fineRest(query: usize): f64 {
  return load<f64>(query, 32);
}

export function fineTotal(query: usize): i32 {
  return load<i32>(query, 40);
}

export function coarseStep(query: usize): f64 {
  return load<f64>(query, 48);
}

export function coarseRest(query: usize): f64 {
  return load<f64>(query, 56);
}

export function coarseTotal(query: usize): i32 {
  return load<i32>(query, 64);
}

export function fineElements(query: usize): usize {
  return query + HEADER_BYTES;
}

export function coarseWide(query: usize): usize {
  return query + HEADER_BYTES + half * 4;
}

export function coarseNarrow(query: usize): usize {
  return query + HEADER_BYTES + half * 8;
}

/** Bounds what rounding meets on the query's side: `Y`. */
export function sizeOf(query: usize, rest: f64): f64 {
  return normOf(query) + rest + twiceMean;
}

/** Rows left after the coarse stage, and after the fine one. */
export function countCoarse(query: usize, rows: u32): void {
  store<u32>(query, load<u32>(query, 72) + rows, 72);
}

export function countFine(query: usize, rows: u32): void {
  store<u32>(query, load<u32>(query, 76) + rows, 76);
}

/**
 * Makes a record ready: `values` are its f64 elements, `work` takes as many. Lower bounds go to `lowers` (`k` f64), candidates to
 * `candidates` (`capacity` of them).
 */
export function openQuery(
  query: usize,
  values: usize,
  norm: f64,
  minScore: f64,
  lowers: usize,
  k: usize,
  candidates: usize,
  capacity: usize,
  work: usize,
): void {
  memory.fill(query, 0, HEADER_BYTES + half * 10);
  store<f64>(query, thresholdOf(metric, minScore));
  store<f64>(query, transform(FLOAT64, values, norm, true, work), 8);
  store<f64>(query, normBound(squaresOf(work), dim), 16);
  roundFine(query, work);
  roundCoarse(query, work);
  store<u32>(query, <u32>lowers, 80);
  store<u32>(query, <u32>k, 84);
  store<u32>(query, 0, 88);
  store<u32>(query, <u32>candidates, 92);
  store<u32>(query, <u32>capacity, 96);
  store<u32>(query, 0, 100);
}

/** Sixteen bits, or as many as keep every sum of a row within int32. */
function roundFine(query: usize, values: usize): void {
  const limit = Math.min(32512, Math.floor(2147483647 / (128 * <f64>dim)));
  const step = scaleFor(largestOf(values), limit);
  const to = fineElements(query);
  let squares: f64 = 0;
  let total: i32 = 0;
  for (let j: usize = 0; j < dim; j++) {
    const b = load<f64>(values + j * 8);
    const z = quantised(b, step, limit);
    const left = b - step * <f64>z;
    squares += left * left;
    total += z;
    store<i16>(to + groupOf(j) * 64 + wideIndex(withinGroup(j)) * 2, <i16>z);
  }
  store<f64>(query, step, 24);
  store<f64>(query, normBound(squares, dim), 32);
  store<i32>(query, total, 40);
}

function roundCoarse(query: usize, values: usize): void {
  const step = scaleFor(largestOf(values), 127);
  let squares: f64 = 0;
  let total: i32 = 0;
  for (let j: usize = 0; j < dim; j++) {
    const b = load<f64>(values + j * 8);
    const z = quantised(b, step, 127);
    const left = b - step * <f64>z;
    squares += left * left;
    total += z;
    store<i16>(coarseWide(query) + groupOf(j) * 64 + wideIndex(withinGroup(j)) * 2, <i16>z);
    store<i8>(coarseNarrow(query) + groupOf(j) * 32 + narrowIndex(withinGroup(j)), <i8>z);
  }
  store<f64>(query, step, 48);
  store<f64>(query, normBound(squares, dim), 56);
  store<i32>(query, total, 64);
}

/** The group of 32 elements that element `j` belongs to, and its place there: see assembly/lanes-integer.ts. */
function groupOf(j: usize): usize {
  return (j < half ? j : j - half) / 16;
}

function withinGroup(j: usize): usize {
  return j < half ? j % 16 : 16 + ((j - half) % 16);
}

/** Takes note that a row reaches `lower` for certain: `k` such rows are a threshold. */
export function noteLower(query: usize, lower: f64): void {
  const heap: usize = load<u32>(query, 80);
  const k: usize = load<u32>(query, 84);
  let size: usize = load<u32>(query, 88);
  if (size < k) {
    if (!(lower > -Infinity)) return;
    let n = size;
    while (n > 0) {
      const parent = (n - 1) >> 1;
      if (load<f64>(heap + parent * 8) <= lower) break;
      store<f64>(heap + n * 8, load<f64>(heap + parent * 8));
      n = parent;
    }
    store<f64>(heap + n * 8, lower);
    size++;
    store<u32>(query, <u32>size, 88);
  } else {
    if (!(lower > load<f64>(heap))) return;
    let n: usize = 0;
    for (;;) {
      let child: usize = 2 * n + 1;
      if (child >= size) break;
      if (child + 1 < size && load<f64>(heap + child * 8 + 8) < load<f64>(heap + child * 8)) child++;
      if (load<f64>(heap + child * 8) >= lower) break;
      store<f64>(heap + n * 8, load<f64>(heap + child * 8));
      n = child;
    }
    store<f64>(heap + n * 8, lower);
  }
  if (size == k) raiseThreshold(query, load<f64>(heap));
}

/** Forgets the lower bounds but keeps the threshold: rows that are met again must not count twice. */
export function forgetLowers(query: usize): void {
  store<u32>(query, 0, 88);
}

/** Keeps a row for its canonical score. There is room, or `isFull` would have said so. */
export function keepCandidate(query: usize, upper: f64, slot: usize): void {
  const count: usize = load<u32>(query, 100);
  const at = <usize>load<u32>(query, 92) + count * CANDIDATE_BYTES;
  store<f64>(at, upper);
  store<u32>(at, <u32>slot, 8);
  store<u32>(query, <u32>(count + 1), 100);
}

/** Whether another strip might not fit, candidates that the threshold has passed having been let go. */
export function isFull(query: usize, more: usize): bool {
  const capacity: usize = load<u32>(query, 96);
  if (<usize>load<u32>(query, 100) + more <= capacity) return false;
  prune(query);
  return <usize>load<u32>(query, 100) * 2 + more > capacity;
}

function prune(query: usize): void {
  const candidates: usize = load<u32>(query, 92);
  const T = threshold(query);
  const end = candidates + <usize>load<u32>(query, 100) * CANDIDATE_BYTES;
  let to = candidates;
  for (let at = candidates; at != end; at += CANDIDATE_BYTES) {
    if (load<f64>(at) < T) continue;
    store<f64>(to, load<f64>(at));
    store<u32>(to, load<u32>(at, 8), 8);
    to += CANDIDATE_BYTES;
  }
  store<u32>(query, <u32>((to - candidates) / CANDIDATE_BYTES), 100);
}

/** Lets go what the threshold has passed and puts the rest in order of falling upper bound (heap sort). */
export function orderCandidates(query: usize): void {
  prune(query);
  const candidates: usize = load<u32>(query, 92);
  const count: usize = load<u32>(query, 100);
  for (let n = count / 2; n > 0; n--)
    sinkCandidate(candidates, count, n - 1, at(candidates, n - 1), slotAt(candidates, n - 1));
  for (let size = count; size > 1; ) {
    size--;
    const upper = at(candidates, size);
    const slot = slotAt(candidates, size);
    put(candidates, size, at(candidates, 0), slotAt(candidates, 0));
    sinkCandidate(candidates, size, 0, upper, slot);
  }
}

/** Places a candidate at or below place `n` of a heap whose root has the smallest bound. */
function sinkCandidate(candidates: usize, size: usize, n: usize, upper: f64, slot: u32): void {
  for (;;) {
    let child: usize = 2 * n + 1;
    if (child >= size) break;
    if (child + 1 < size && at(candidates, child + 1) < at(candidates, child)) child++;
    if (!(at(candidates, child) < upper)) break;
    put(candidates, n, at(candidates, child), slotAt(candidates, child));
    n = child;
  }
  put(candidates, n, upper, slot);
}

function at(candidates: usize, n: usize): f64 {
  return load<f64>(candidates + n * CANDIDATE_BYTES);
}

function slotAt(candidates: usize, n: usize): u32 {
  return load<u32>(candidates + n * CANDIDATE_BYTES, 8);
}

function put(candidates: usize, n: usize, upper: f64, slot: u32): void {
  store<f64>(candidates + n * CANDIDATE_BYTES, upper);
  store<u32>(candidates + n * CANDIDATE_BYTES, slot, 8);
}
