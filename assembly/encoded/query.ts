/**
 * A query under way: its transformed, rounded elements, its threshold, the lower bounds it has seen and its candidates.
 * One QUERY record per query.
 */
import {
  CANDIDATE_SLOT,
  CANDIDATE_UPPER_F64,
  QUERY_CANDIDATES,
  QUERY_CANDIDATES_COUNT,
  QUERY_CANDIDATES_MAX,
  QUERY_COARSE_COUNT,
  QUERY_FINE_COUNT,
  QUERY_LOWERS,
  QUERY_LOWERS_COUNT,
  QUERY_LOWERS_MAX,
  QUERY_NORM_F64,
  QUERY_OFFSET_F64,
  QUERY_THRESHOLD_F64,
  ROUNDING_REST_F64,
  ROUNDING_STEP_F64,
  ROUNDING_TOTAL,
} from '../../src/backend/wasm/module/abi';
import { CANDIDATE_BYTES, FLOAT64, QUERY_COARSE, QUERY_FINE, QUERY_HEAD_BYTES, QUERY_SIFT } from '../abi';
import { integersTotal, lostSquares, roundQuery } from '../lanes/codes';
import { MULTIPLIES_BYTES } from '../lanes/integer';
import { SIFT_LIMIT, SIFT_OFFSET } from '../lanes/integer-tiles';
import { normBound, scaleFor, thresholdOf } from './certificate';
import { dim, half, largest, metric, squares, transform, twiceMean } from './strips';

/** What g of the k-th best score is certain to reach. */
export function threshold(query: usize): f64 {
  return load<f64>(query, QUERY_THRESHOLD_F64);
}

export function raiseThreshold(query: usize, to: f64): void {
  if (to > load<f64>(query, QUERY_THRESHOLD_F64)) store<f64>(query, to, QUERY_THRESHOLD_F64);
}

/** `B` of the derivation, and `V`. */
export function offsetOf(query: usize): f64 {
  return load<f64>(query, QUERY_OFFSET_F64);
}

export function normOf(query: usize): f64 {
  return load<f64>(query, QUERY_NORM_F64);
}

/** Step `t`, residual bound `f` and the sum of `z`, of a rounding: QUERY_FINE, QUERY_COARSE or QUERY_SIFT. */
export function stepOf(query: usize, rounding: usize): f64 {
  return load<f64>(query + rounding, ROUNDING_STEP_F64);
}

export function restOf(query: usize, rounding: usize): f64 {
  return load<f64>(query + rounding, ROUNDING_REST_F64);
}

export function totalOf(query: usize, rounding: usize): i32 {
  return load<i32>(query + rounding, ROUNDING_TOTAL);
}

export function fineElements(query: usize): usize {
  return query + QUERY_HEAD_BYTES;
}

export function coarseWide(query: usize): usize {
  return query + QUERY_HEAD_BYTES + half * 4;
}

export function coarseNarrow(query: usize): usize {
  return query + QUERY_HEAD_BYTES + half * 8;
}

export function siftElements(query: usize): usize {
  return query + QUERY_HEAD_BYTES + half * 10;
}

/** Bounds what rounding meets on the query's side: `Y`. */
export function sizeOf(query: usize, rest: f64): f64 {
  return normOf(query) + rest + twiceMean;
}

/** Rows left after the coarse stage, and after the fine one. */
export function countCoarse(query: usize, rows: u32): void {
  store<u32>(query, load<u32>(query, QUERY_COARSE_COUNT) + rows, QUERY_COARSE_COUNT);
}

export function countFine(query: usize, rows: u32): void {
  store<u32>(query, load<u32>(query, QUERY_FINE_COUNT) + rows, QUERY_FINE_COUNT);
}

/** Makes a record ready: `values` are the query's f64 elements, `work` takes as many and 31 more. */
export function openQuery(query: usize, values: usize, querySquares: f64, minScore: f64, work: usize): void {
  memory.fill(query, 0, QUERY_HEAD_BYTES);
  store<f64>(query, thresholdOf(metric, minScore), QUERY_THRESHOLD_F64);
  store<f64>(query, transform(FLOAT64, values, Math.sqrt(querySquares), true, work), QUERY_OFFSET_F64);
  store<f64>(query, normBound(squares, dim), QUERY_NORM_F64);
  // Elements past the end are 0, as they are in rows.
  memory.fill(work + dim * 8, 0, (2 * half - dim) * 8);
  // Sixteen bits, or as many as keep every sum of a row within int32.
  const limit = Math.min(32512, Math.floor(2147483647 / (128 * <f64>dim)));
  round(query, QUERY_FINE, work, limit, fineElements(query), 0, 0);
  round(query, QUERY_COARSE, work, 127, coarseWide(query), coarseNarrow(query), 0);
  if (MULTIPLIES_BYTES) round(query, QUERY_SIFT, work, SIFT_LIMIT, 0, siftElements(query), SIFT_OFFSET);
}

function round(
  query: usize,
  rounding: usize,
  values: usize,
  limit: f64,
  wide: usize,
  narrow: usize,
  offset: i32,
): void {
  const step = scaleFor(largest, limit);
  roundQuery(values, half, step, wide, narrow, offset);
  store<f64>(query + rounding, step, ROUNDING_STEP_F64);
  store<f64>(query + rounding, normBound(lostSquares, dim), ROUNDING_REST_F64);
  store<i32>(query + rounding, integersTotal, ROUNDING_TOTAL);
}

/** Then gives it room: for the `lowersMax` largest lower bounds (f64), and for candidates. */
export function giveRoom(query: usize, lowers: usize, lowersMax: usize, candidates: usize, candidatesMax: usize): void {
  store<u32>(query, <u32>lowers, QUERY_LOWERS);
  store<u32>(query, <u32>lowersMax, QUERY_LOWERS_MAX);
  store<u32>(query, <u32>candidates, QUERY_CANDIDATES);
  store<u32>(query, <u32>candidatesMax, QUERY_CANDIDATES_MAX);
}

/** Takes note that a row reaches `lower` for certain: `k` such rows are a threshold. */
export function noteLower(query: usize, lower: f64): void {
  const heap: usize = load<u32>(query, QUERY_LOWERS);
  const k: usize = load<u32>(query, QUERY_LOWERS_MAX);
  let size: usize = load<u32>(query, QUERY_LOWERS_COUNT);
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
    store<u32>(query, <u32>size, QUERY_LOWERS_COUNT);
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
  store<u32>(query, 0, QUERY_LOWERS_COUNT);
}

/** Keeps a row for its canonical score. There is room, or `isFull` would have said so. */
export function keepCandidate(query: usize, upper: f64, slot: usize): void {
  const count: usize = load<u32>(query, QUERY_CANDIDATES_COUNT);
  const at = <usize>load<u32>(query, QUERY_CANDIDATES) + count * CANDIDATE_BYTES;
  store<f64>(at, upper, CANDIDATE_UPPER_F64);
  store<u32>(at, <u32>slot, CANDIDATE_SLOT);
  store<u32>(query, <u32>(count + 1), QUERY_CANDIDATES_COUNT);
}

/** Whether another strip might not fit, candidates that the threshold has passed having been let go. */
export function isFull(query: usize, more: usize): bool {
  const capacity: usize = load<u32>(query, QUERY_CANDIDATES_MAX);
  if (<usize>load<u32>(query, QUERY_CANDIDATES_COUNT) + more <= capacity) return false;
  prune(query);
  return <usize>load<u32>(query, QUERY_CANDIDATES_COUNT) * 2 + more > capacity;
}

function prune(query: usize): void {
  const candidates: usize = load<u32>(query, QUERY_CANDIDATES);
  const T = threshold(query);
  const end = candidates + <usize>load<u32>(query, QUERY_CANDIDATES_COUNT) * CANDIDATE_BYTES;
  let to = candidates;
  for (let at = candidates; at != end; at += CANDIDATE_BYTES) {
    if (load<f64>(at, CANDIDATE_UPPER_F64) < T) continue;
    memory.copy(to, at, CANDIDATE_BYTES);
    to += CANDIDATE_BYTES;
  }
  store<u32>(query, <u32>((to - candidates) / CANDIDATE_BYTES), QUERY_CANDIDATES_COUNT);
}

/** Lets go what the threshold has passed and puts the rest in order of falling upper bound (heap sort). */
export function orderCandidates(query: usize): void {
  prune(query);
  const candidates: usize = load<u32>(query, QUERY_CANDIDATES);
  const count: usize = load<u32>(query, QUERY_CANDIDATES_COUNT);
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
  return load<f64>(candidates + n * CANDIDATE_BYTES, CANDIDATE_UPPER_F64);
}

function slotAt(candidates: usize, n: usize): u32 {
  return load<u32>(candidates + n * CANDIDATE_BYTES, CANDIDATE_SLOT);
}

function put(candidates: usize, n: usize, upper: f64, slot: u32): void {
  store<f64>(candidates + n * CANDIDATE_BYTES, upper, CANDIDATE_UPPER_F64);
  store<u32>(candidates + n * CANDIDATE_BYTES, slot, CANDIDATE_SLOT);
}
