/** The order of scores, and the k-th of them, found a little at a time. */
import type { Pauses } from '../../turns/steps.js';

/** Sorted at once, and merged or handed over between two turns: a millisecond or two. */
const RUN = 4096;
const STEP = 2 ** 15;

/** Places of the first `count` scores, the largest first, equal ones as they come: a merge sort of short runs. */
export function* sortedOrder(scores: Float64Array, count: number): Pauses<Uint32Array> {
  let from = new Uint32Array(count);
  for (let first = 0; first < count; first += RUN) {
    const end = Math.min(count, first + RUN);
    for (let n = first; n < end; n++) from[n] = n;
    from.subarray(first, end).sort((x, y) => scores[y] - scores[x] || x - y);
    yield undefined;
  }
  let to = new Uint32Array(count);
  for (let run = RUN; run < count; run *= 2) {
    let done = 0;
    for (let first = 0; first < count; first += 2 * run) {
      const middle = Math.min(count, first + run);
      const end = Math.min(count, middle + run);
      for (let left = first, right = middle; done < end; ) {
        const stop = Math.min(end, done + STEP);
        for (; done < stop; done++) {
          const isLeft = right >= end || (left < middle && scores[from[left]] >= scores[from[right]]);
          to[done] = isLeft ? from[left++] : from[right++];
        }
        yield undefined;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/**
 * The `k`-th largest of at least `k` scores, none of them NaN, and how many are above it. Hoare's selection with
 * three parts, around the middle of nine scores. Moves `scores` about.
 */
export function* largest(scores: Float64Array, k: number): Pauses<{ readonly score: number; readonly above: number }> {
  let [low, high] = [0, scores.length];
  for (;;) {
    const pivot = middleOf(scores, low, high);
    // Above the pivot, equal to it, not looked at, below it.
    let [equal, next, below] = [low, low, high];
    while (next < below) {
      for (let looks = 0; next < below && looks < STEP; looks++) {
        const score = scores[next];
        if (score > pivot) {
          scores[next++] = scores[equal];
          scores[equal++] = score;
        } else if (score < pivot) {
          scores[next] = scores[--below];
          scores[below] = score;
        } else next++;
      }
      yield undefined;
    }
    if (k <= equal) high = equal;
    else if (k > below) low = below;
    else return { score: pivot, above: equal };
  }
}

/** The middle of nine scores that lie evenly from `low` to `high`. */
function middleOf(scores: Float64Array, low: number, high: number): number {
  const some = Float64Array.from({ length: 9 }, (_, n) => scores[low + Math.floor(((high - low - 1) * n) / 8)]);
  return some.sort()[4];
}
