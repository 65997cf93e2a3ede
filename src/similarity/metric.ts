/** What similarity means. */
import { readChoice } from '../arguments/choices.js';
import type { Metric } from '../backend/contract/backend.js';
import { METRICS } from '../backend/reference/score.js';

/** Checks a metric's name: `cosine` if not given. */
export function readMetric(metric: Metric | undefined): Metric {
  return metric === undefined ? 'cosine' : readChoice(metric, 'metric', METRICS);
}
