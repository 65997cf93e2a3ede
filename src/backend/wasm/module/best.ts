/** Where kernels keep the best rows of several queries: a BEST record, whose arrays are those of `TopRows`. */
import type { TopRows } from '../../contract/backend.js';
import { BEST_HEAD_BYTES, BEST_QUERIES, BEST_STRIDE } from './abi.js';
import type { Layout, Space } from './memory.js';

/** Bytes of the best `stride` rows of one query: a float64 score and a u32 position each, a u32 count. */
export function bestBytes(stride: number): number {
  return stride * 12 + 4;
}

/** The address of room for `queries` heaps. */
export function takeBest(layout: Layout, queries: number, stride: number): number {
  return layout.take(BEST_HEAD_BYTES + queries * bestBytes(stride));
}

/** Begins with empty heaps, for no more queries than there is room for. Cells past a count hold 0. */
export function openBest(space: Space, best: number, queries: number, stride: number): void {
  space.writeWords(best, [
    [BEST_QUERIES, queries],
    [BEST_STRIDE, stride],
  ]);
  const at = best + BEST_HEAD_BYTES;
  space.u8.fill(0, at, at + queries * bestBytes(stride));
}

/** Puts the heaps in order and copies them out as the answers from number `first` on. */
export function copyBest(space: Space, best: number, answer: TopRows, first: number): void {
  copyOrdered(space, best, 0, space.word(best + BEST_QUERIES), answer, first);
}

/** Puts `count` heaps in order, from that of query `from` on, and copies them out. */
export function copyOrdered(
  space: Space,
  best: number,
  from: number,
  count: number,
  answer: TopRows,
  first: number,
): void {
  space.kernels.sortSome(best, from, from + count);
  copySome(space, best, from, count, answer, first);
}

/** Copies out `count` heaps that are in order, from that of query `from` on. */
export function copySome(
  space: Space,
  best: number,
  from: number,
  count: number,
  answer: TopRows,
  first: number,
): void {
  const { stride } = answer;
  const queries = space.word(best + BEST_QUERIES);
  const scores = (best + BEST_HEAD_BYTES) / 8;
  const positions = (scores + queries * stride) * 2;
  const counts = positions + queries * stride;
  const cells = [from * stride, (from + count) * stride] as const;
  answer.scores.set(space.f64.subarray(scores + cells[0], scores + cells[1]), first * stride);
  answer.positions.set(space.u32.subarray(positions + cells[0], positions + cells[1]), first * stride);
  answer.counts.set(space.u32.subarray(counts + from, counts + from + count), first);
}
