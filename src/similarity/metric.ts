/** What similarity means. */
import { readChoice } from '../arguments/choices.js';
import type { Metric } from '../backend/contract/backend.js';

const METRICS: readonly Metric[] = ['cosine', 'dot', 'euclidean'];

/** Checks a metric's name: `cosine` if not given. */
export function readMetric(metric: Metric | undefined): Metric {
  return metric === undefined ? 'cosine' : readChoice(metric, 'metric', METRICS);
}
