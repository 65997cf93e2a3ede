/** Where kernels keep the best rows of several queries: the arrays of `TopRows`, one after the other. */
import type { TopRows } from '../contract/backend.js';
import type { BestArguments } from './module/kernels.js';
import type { Layout, Space } from './module/memory.js';

/** Bytes of the best `stride` rows of one query: a float64 score and a u32 position each, a u32 count. */
export function bestBytes(stride: number): number {
  return stride * 12 + 4;
}

/** Room for `queries` heaps. */
export function takeBest(layout: Layout, queries: number, stride: number): BestArguments {
  return [layout.take(queries * bestBytes(stride)), queries, stride];
}

/** Empties the heaps, so that cells past a count hold 0. */
export function clearBest(space: Space, [at, queries, stride]: BestArguments): void {
  space.u8.fill(0, at, at + queries * bestBytes(stride));
}

/** Puts the heaps in order and copies them out as the answers from number `first` on. */
export function copyBest(space: Space, best: BestArguments, answer: TopRows, first: number): void {
  const [at, queries, stride] = best;
  space.kernels.sortAll(...best);
  const cells = queries * stride;
  const scores = at / 8;
  const positions = scores * 2 + cells * 2;
  const counts = positions + cells;
  answer.scores.set(space.f64.subarray(scores, scores + cells), first * stride);
  answer.positions.set(space.u32.subarray(positions, positions + cells), first * stride);
  answer.counts.set(space.u32.subarray(counts, counts + queries), first);
}
