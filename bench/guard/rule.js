/** When two builds differ: the rule of guard.js, on samples that both gave in one run. */
import { quantile, summarize } from '../measure.js';

/** Medians closer than this say nothing. */
export const THRESHOLD = 0.1;

/**
 * One round: `slower` or `faster` if the medians differ by more than the threshold and the quartile ranges do not
 * overlap, else `same`.
 */
export function verdict(base, head, threshold = THRESHOLD) {
  const [a, b] = [summarize(base), summarize(head)];
  if (b.median > a.median * (1 + threshold) && b.quartiles[0] > a.quartiles[1]) return 'slower';
  if (a.median > b.median * (1 + threshold) && a.quartiles[0] > b.quartiles[1]) return 'faster';
  return 'same';
}

/** What all rounds say together: a change counts only if every round saw it, and there were at least two. */
export function confirmed(verdicts) {
  const [first] = verdicts;
  return verdicts.length > 1 && verdicts.every((each) => each === first) ? first : 'same';
}

/** The sample in the middle of one process: what that process reports. */
export function middle(samples) {
  return quantile(Float64Array.from(samples).sort(), 0.5);
}
