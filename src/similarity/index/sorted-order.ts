/** The order of scores, best first, found a little at a time: a merge sort of short runs. */

/** Sorted at once, and merged or handed over between two turns: a millisecond or two. */
const RUN = 4096;
const STEP = 2 ** 15;

/** Places of the first `count` scores, the largest first, equal ones as they come. */
export function* sortedOrder(scores: Float64Array, count: number): Generator<undefined, Uint32Array, unknown> {
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
