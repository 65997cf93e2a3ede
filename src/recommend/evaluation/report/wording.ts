/** How findings are said in words and numbers, the same in reports, tables and pages. */
import type { Id } from '../../data/ids.js';
import type { SkippedUsers } from '../test-users.js';
import type { Findings, Measurement } from './findings.js';

/** Such as `ndcg@10`. */
export function nameOf({ metric, k }: Pick<Measurement, 'metric' | 'k'>): string {
  return k === undefined ? metric : `${metric}@${k}`;
}

export function namesOf<U extends Id>({ measurements, primary }: Findings<U>): string[] {
  return measurements.filter(({ k }) => k === undefined || k === primary).map(nameOf);
}

/** How lists were made, in a sentence. */
export function describeProtocol<U extends Id>({ protocol }: Findings<U>): string {
  const { ranking, foldIn, excludeSeen, relevance, minValue } = protocol;
  const ranked = ranking === 'full' ? 'Full ranking of all items' : 'SAMPLED: ranking of given candidates only';
  const seen = excludeSeen ? "items of the user's history left out" : "items of the user's history included";
  const relevant =
    minValue === undefined ? `${relevance} relevance` : `${relevance} relevance of values >= ${minValue}`;
  return `${ranked}, ${seen}, ${relevant}${foldIn ? ', users not trained on (fold-in)' : ''}.`;
}

/** Such as `12 without test items, 3 unknown to the model`; `nobody` if nobody was skipped. */
export function describeSkipped(skipped: SkippedUsers): string {
  const reasons: [number, string][] = [
    [skipped.noTestItems, 'without test items'],
    [skipped.nothingRelevant, 'with nothing relevant to find'],
    [skipped.allSeen, 'with nothing to find that is not in the training data already'],
    [skipped.unknown, 'unknown to the model'],
    [skipped.noHistory, 'without history'],
    [skipped.noCandidates, 'without candidates'],
  ];
  const given = reasons.filter(([count]) => count > 0);
  return given.length === 0 ? 'nobody skipped' : given.map(([count, why]) => `${group(count)} ${why}`).join(', ');
}

/** What a reader should know before believing the numbers. */
export function warningsOf({ counts, protocol, users }: Pick<Findings<Id>, 'counts' | 'protocol' | 'users'>): string[] {
  const said = [
    protocol.ranking === 'candidates' &&
      'Sampled candidates were ranked, not all items: not comparable with a full ranking.',
    counts.alreadySeen > 0 &&
      `${plural(counts.alreadySeen, 'test interaction')} left out because the user already had the item in training.`,
    counts.relevantUnknown > 0 &&
      `${plural(counts.relevantUnknown, 'relevant test interaction')} of ${group(counts.relevant)} with an item that nobody has in training: counted, and hardly to be found.`,
    counts.unknownCandidates > 0 &&
      `${plural(counts.unknownCandidates, 'candidate')} left out because the model does not know the item.`,
    counts.recommendedSeen > 0 &&
      `${plural(counts.recommendedSeen, 'recommendation')} of items that the user already has: the model does not exclude what is seen.`,
    counts.unpredicted > 0 &&
      `${plural(counts.unpredicted, 'test interaction')} without a prediction because the model does not know the user or the item.`,
    users.length < 30 && `Only ${plural(users.length, 'user')}: intervals of so few are not reliable.`,
  ];
  return said.filter((each) => each !== false);
}

export function showValue(measurement: Pick<Measurement, 'value'> | undefined): string {
  return measurement ? showNumber(measurement.value) : '';
}

/** Such as `0.1234 [0.1200, 0.1270]`. */
export function showMeasurement(measurement: Measurement | undefined): string {
  if (measurement?.low === undefined || measurement.high === undefined) return showValue(measurement);
  return `${showNumber(measurement.value)} [${showNumber(measurement.low)}, ${showNumber(measurement.high)}]`;
}

/** Four digits after the point up to 10, so that columns line up; fewer beyond. */
export function showNumber(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value.toFixed(Math.abs(value) < 10 ? 4 : 2);
}

export function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

/** A count with its thousands set apart, the same in every locale. */
export function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function plural(count: number, what: string): string {
  return `${group(count)} ${what}${count === 1 ? '' : 's'}`;
}
