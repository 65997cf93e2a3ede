/** What an evaluation found: numbers with intervals, who was left out, and how to show it. */
import { KindredError } from '../../errors.js';
import type { Id } from '../data/ids.js';
import type { PopularityDecile } from './catalogue.js';
import { type HtmlOptions, toHtml } from './html.js';
import { type Bootstrap, type Column, userValue } from './intervals.js';
import type { Relevance } from './metrics.js';
import { type Metric, parseMetric } from './options.js';
import type { EvaluationCounts, SkippedUsers } from './people.js';
import { formatReport } from './table.js';

export interface Measurement {
  readonly metric: Metric;
  /** Length of the list; absent for rmse, mae and logLoss. */
  readonly k?: number;
  /** NaN if it is defined for no user. */
  readonly value: number;
  /** Bounds of the bootstrap interval over users; absent without bootstrap, and for coverage and gini, which no user has alone. */
  readonly low?: number;
  readonly high?: number;
  /** For how many users it is defined; absent for coverage and gini. */
  readonly users?: number;
}

/** The same for some of the users. */
export interface Segment {
  readonly label: string;
  readonly users: number;
  readonly measurements: readonly Measurement[];
}

/** How lists were made and judged. */
export interface Protocol {
  /** `full`: every item not in the user's history was ranked. `candidates`: only those given, so the numbers are not comparable. */
  readonly ranking: 'full' | 'candidates';
  /** Whether users were judged by a history the model was not trained on. */
  readonly foldIn: boolean;
  readonly excludeSeen: boolean;
  readonly relevance: Relevance;
  readonly minValue?: number | undefined;
  readonly bootstrap?: Bootstrap | undefined;
}

/** Everything in a report, as JSON: no per-user values. NaN is null. */
export interface ReportJson extends Protocol {
  readonly name: string;
  readonly cutoffs: readonly number[];
  readonly users: number;
  readonly skipped: SkippedUsers;
  readonly counts: Readonly<EvaluationCounts>;
  readonly warnings: readonly string[];
  readonly measurements: readonly Measurement[];
  readonly segments: readonly Segment[];
  readonly popularity: readonly { readonly k: number; readonly deciles: readonly PopularityDecile[] }[];
}

interface Contents<U extends Id> extends Protocol {
  readonly name: string;
  readonly cutoffs: readonly number[];
  readonly primary: number;
  readonly users: readonly U[];
  readonly skipped: SkippedUsers;
  readonly counts: Readonly<EvaluationCounts>;
  readonly columns: ReadonlyMap<string, Column>;
  readonly measurements: readonly Measurement[];
  readonly segments: readonly Segment[];
  readonly deciles: readonly (readonly PopularityDecile[])[];
}

export class EvaluationReport<U extends Id = string> {
  /** What the model is called. */
  readonly name: string;
  readonly protocol: Protocol;
  /** Lengths of the list, ascending. */
  readonly cutoffs: readonly number[];
  /** The length that tables and charts show where they show one: the first that was asked for. */
  readonly primary: number;
  /** Everyone who counts, in the order of the test data. */
  readonly users: readonly U[];
  readonly skipped: SkippedUsers;
  readonly counts: Readonly<EvaluationCounts>;
  readonly measurements: readonly Measurement[];
  readonly segments: readonly Segment[];
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #deciles: Contents<U>['deciles'];

  constructor(contents: Contents<U>) {
    const { ranking, foldIn, excludeSeen, relevance, minValue, bootstrap } = contents;
    this.protocol = { ranking, foldIn, excludeSeen, relevance, minValue, bootstrap };
    this.name = contents.name;
    this.cutoffs = contents.cutoffs;
    this.primary = contents.primary;
    this.users = contents.users;
    this.skipped = contents.skipped;
    this.counts = contents.counts;
    this.measurements = contents.measurements;
    this.segments = contents.segments;
    this.#columns = contents.columns;
    this.#deciles = contents.deciles;
  }

  /**
   * One measurement by its name, such as `ndcg@10`, `rmse`, or `ndcg` for the first length asked for.
   * @throws KindredError INVALID_ARGUMENT naming those that were measured.
   */
  measurement(name: string): Measurement {
    const { metric, k = this.primary } = parseMetric(name);
    const found = this.measurements.find((each) => each.metric === metric && (each.k ?? k) === k);
    if (found) return found;
    const measured = this.measurements.map(nameOf).join(', ');
    throw new KindredError('INVALID_ARGUMENT', `${name} was not measured; expected one of ${measured}.`);
  }

  /** The value of a measurement. */
  value(name: string): number {
    return this.measurement(name).value;
  }

  /** A user's own value for everyone in `users`, NaN where it is not defined. @throws KindredError INVALID_ARGUMENT for coverage and gini. */
  perUser(name: string): Float64Array {
    const column = this.column(name);
    return Float64Array.from(this.users, (_, row) => userValue(column, row));
  }

  /** What `perUser` is made of. */
  column(name: string): Column {
    const measured = nameOf(this.measurement(name));
    const column = this.#columns.get(measured);
    if (column) return column;
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${measured} is of all users together; expected a metric that each has.`,
    );
  }

  /** How training data and recommendations spread over the catalogue; empty without training data and for candidates. */
  popularity(k: number = this.primary): readonly PopularityDecile[] {
    return this.#deciles[this.cutoffs.indexOf(k)] ?? [];
  }

  /** What a reader should know before believing the numbers. */
  get warnings(): string[] {
    const { counts, protocol, users } = this;
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

  /** A table for the terminal. */
  toString(): string {
    return formatReport(this);
  }

  /** A page of HTML with charts that needs nothing else; `toHtml` makes one of several models. Needs the package `echarts`. */
  async toHtml(options?: HtmlOptions): Promise<string> {
    return await toHtml([this], options);
  }

  /** The report without the values of single users. NaN becomes null in JSON. */
  toJSON(): ReportJson {
    const { name, cutoffs, protocol, skipped, counts, warnings, measurements, segments } = this;
    return {
      name,
      ...protocol,
      cutoffs,
      users: this.users.length,
      skipped,
      counts,
      warnings,
      measurements,
      segments,
      popularity: cutoffs.map((k, n) => ({ k, deciles: this.#deciles[n] ?? [] })),
    };
  }
}

/** Such as `ndcg@10`. */
export function nameOf({ metric, k }: Pick<Measurement, 'metric' | 'k'>): string {
  return k === undefined ? metric : `${metric}@${k}`;
}

/** Such as `12 without test items, 3 unknown to the model`; `nobody` if nobody was skipped. */
export function describeSkipped(skipped: SkippedUsers): string {
  const reasons: [number, string][] = [
    [skipped.noTestItems, 'without test items'],
    [skipped.nothingRelevant, 'with nothing relevant to find'],
    [skipped.unknown, 'unknown to the model'],
    [skipped.noHistory, 'without history'],
    [skipped.noCandidates, 'without candidates'],
  ];
  const given = reasons.filter(([count]) => count > 0);
  return given.length === 0 ? 'nobody skipped' : given.map(([count, why]) => `${group(count)} ${why}`).join(', ');
}

/** A count with its thousands set apart, the same in every locale. */
export function group(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function plural(count: number, what: string): string {
  return `${group(count)} ${what}${count === 1 ? '' : 's'}`;
}
