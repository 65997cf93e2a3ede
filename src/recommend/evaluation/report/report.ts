/** The report of an evaluation: numbers with intervals, who was left out, and how to show it. */
import { KindredError } from '../../../errors.js';
import type { Id } from '../../data/ids.js';
import type { PopularityDecile } from '../catalogue.js';
import { type Column, userValue } from '../intervals.js';
import { parseMetric } from '../options.js';
import type { EvaluationCounts, SkippedUsers } from '../test-users.js';
import type { Findings, Measurement, Protocol, Segment } from './findings.js';
import { type HtmlOptions, toHtml } from './html.js';
import { formatReport } from './table.js';
import { nameOf, warningsOf } from './wording.js';

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

export class EvaluationReport<U extends Id = string> implements Findings<U> {
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

  /**
   * A user's own value for everyone in `users`, NaN where it is not defined.
   * @throws KindredError INVALID_ARGUMENT for coverage and gini.
   */
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

  /**
   * How training data and recommendations spread over the catalogue; empty without training data and for candidates.
   */
  popularity(k: number = this.primary): readonly PopularityDecile[] {
    return this.#deciles[this.cutoffs.indexOf(k)] ?? [];
  }

  /** What a reader should know before believing the numbers. */
  get warnings(): string[] {
    return warningsOf(this);
  }

  /** A table for the terminal. */
  toString(): string {
    return formatReport(this);
  }

  /**
   * A page of HTML with charts that needs nothing else; `toHtml` makes one of several models. Needs the package
   * `echarts`.
   */
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
