/** What searches that make one did in sum. */
import type { SearchCounts } from '../../backend/contract/backend.js';

/** The counts of two searches for different queries among the same rows. Either may be unknown. */
export function addQueries(a: SearchCounts | undefined, b: SearchCounts | undefined): SearchCounts | undefined {
  return a && b ? { ...addPairs(a, b), queries: a.queries + b.queries, rows: b.rows } : (a ?? b);
}

/** The counts of two searches for the same queries among different rows. */
export function addRows(a: SearchCounts | undefined, b: SearchCounts | undefined): SearchCounts | undefined {
  return a && b ? { ...addPairs(a, b), queries: b.queries, rows: a.rows + b.rows } : (a ?? b);
}

/** Where only one of them used a stage, that left all pairs of the other. */
function addPairs(a: SearchCounts, b: SearchCounts) {
  const left = (counts: SearchCounts, stage: 'coarse' | 'fine') => counts[stage] ?? counts.queries * counts.rows;
  const add = (stage: 'coarse' | 'fine') =>
    a[stage] === undefined && b[stage] === undefined ? undefined : left(a, stage) + left(b, stage);
  return { coarse: add('coarse'), fine: add('fine'), scored: a.scored + b.scored };
}
