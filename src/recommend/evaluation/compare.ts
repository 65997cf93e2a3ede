/** Whether one model is better than another, on the same users. */

import { readK } from '../../arguments/numbers.js';
import { type OptionNames, reading, readObject } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import type { Id } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import { evaluate, evaluateAsync } from './evaluate.js';
import { type BootstrapOptions, type PairedDifference, pairedDifference, userValue } from './intervals.js';
import {
  EVALUATE_OPTIONS,
  type Evaluable,
  type EvaluateOptions,
  type EvaluationMetric,
  LOWER_IS_BETTER,
  readBootstrap,
} from './options.js';
import { EvaluationReport } from './report/report.js';
import { align } from './report/table.js';
import { nameOf, showNumber } from './report/wording.js';

export interface CompareOptions {
  /** Resamples for the intervals. Default as in `evaluate`. */
  readonly bootstrap?: BootstrapOptions | undefined;
  /** Random swaps for the p-value, a positive integer; no p-value is below 1 / (permutations + 1). Default 10,000. */
  readonly permutations?: number | undefined;
}

const COMPARE_OPTIONS: OptionNames<CompareOptions> = { bootstrap: true, permutations: true };

/** One metric of two models. */
export interface MetricComparison extends PairedDifference {
  /** Such as `ndcg@10`. */
  readonly name: string;
  readonly metric: EvaluationMetric;
  readonly k?: number | undefined;
  readonly first: number;
  readonly second: number;
  /** Users for whom the first model does better, counting a metric such as rmse the other way around. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Which one is better where the interval leaves out 0. */
  readonly better: 'first' | 'second' | undefined;
}

/** Two models compared, metric by metric. Exchanging the models changes signs and sides, and nothing else. */
export class Comparison {
  readonly first: string;
  readonly second: string;
  readonly users: number;
  readonly level: number;
  readonly metrics: readonly MetricComparison[];

  constructor(first: string, second: string, users: number, level: number, metrics: readonly MetricComparison[]) {
    this.first = first;
    this.second = second;
    this.users = users;
    this.level = level;
    this.metrics = metrics;
  }

  /** One metric by its name, such as `ndcg@10`. @throws KindredError INVALID_ARGUMENT naming those compared. */
  metric(name: string): MetricComparison {
    const found = this.metrics.find((each) => each.name === name);
    if (found) return found;
    const compared = this.metrics.map((each) => each.name).join(', ');
    throw new KindredError('INVALID_ARGUMENT', `${show(name)} was not compared; expected one of ${compared}.`);
  }

  toString(): string {
    const head = ['', this.first, this.second, 'difference', 'interval', 'p', 'effect', 'wins/losses/ties'];
    const rows = this.metrics.map((each) => [
      each.name,
      showNumber(each.first),
      showNumber(each.second),
      signed(each.difference),
      `[${signed(each.low)}, ${signed(each.high)}]`,
      showProbability(each.pValue),
      signed(each.effect, 2),
      `${each.wins}/${each.losses}/${each.ties}`,
    ]);
    const level = Number((100 * this.level).toFixed(1));
    return `${align([head, ...rows])}\n\nDifference: ${this.first} minus ${this.second}, over ${this.users} users, paired. Interval: ${level} %, bootstrap. p: randomization test, not corrected for several metrics.\n`;
  }

  toJSON() {
    const { first, second, users, level, metrics } = this;
    return { first, second, users, level, metrics };
  }
}

/**
 * Compares two reports on the same users, or evaluates two models and compares those: per metric that every user has,
 * the difference with its paired bootstrap interval, the p-value of a paired randomization test, the effect size, and
 * for how many users which one wins. Coverage and gini are left out: no user has them alone.
 * @throws KindredError INVALID_ARGUMENT for reports on different users, lengths or protocols, and for options.
 * @example
 * const records = ['Ann', 'Ben', 'Cas'].flatMap((user) =>
 *   [...'abc'].map((item, time) => ({ user, item, time })),
 * );
 * const { train, test } = leaveLastOut()(Interactions.from([...records, { user: 'Dee', item: 'c', time: 0 }]));
 * const comparison = compare(ItemKnn.fit(train), Popularity.fit(train), test, { k: 1 });
 * console.log(String(comparison));
 */
export function compare<U extends Id>(
  first: EvaluationReport<U>,
  second: EvaluationReport<U>,
  options?: CompareOptions,
): Comparison;
export function compare<U extends Id, I extends Id>(
  first: Evaluable<U, I>,
  second: Evaluable<U, I>,
  test: Interactions<U, I>,
  options?: CompareModelsOptions<U, I>,
): Comparison;
export function compare<U extends Id, I extends Id>(
  first: EvaluationReport<U> | Evaluable<U, I>,
  second: EvaluationReport<U> | Evaluable<U, I>,
  testOrOptions?: Interactions<U, I> | CompareOptions,
  options?: CompareModelsOptions<U, I>,
): Comparison {
  const isReport = (each: unknown): each is EvaluationReport<U> =>
    reading('what is compared', () => each instanceof EvaluationReport);
  if (isReport(first) && isReport(second)) {
    const asked = readObject((testOrOptions ?? {}) as CompareOptions, '{ permutations: 10000 }', COMPARE_OPTIONS);
    return compareReports(first, second, asked);
  }
  if (isReport(first) || isReport(second)) {
    throw new KindredError('INVALID_ARGUMENT', 'compare got a report and a model; expected two of a kind.');
  }
  const test = testOrOptions as Interactions<U, I>;
  const { each, asked } = readModels(first, second, options);
  return compareReports(evaluate(first, test, each[0]), evaluate(second, test, each[1]), asked);
}

export interface CompareModelsOptions<U extends Id = string, I extends Id = string>
  extends Omit<EvaluateOptions<U, I>, 'name' | 'bootstrap'>,
    CompareOptions {
  /** What the two are called. Default the names of their classes, numbered if they are the same. */
  readonly names?: readonly [string, string] | undefined;
}

const { name: _, ...SHARED } = EVALUATE_OPTIONS;
const COMPARE_MODELS_OPTIONS: OptionNames<CompareModelsOptions> = { ...SHARED, ...COMPARE_OPTIONS, names: true };

/** Evaluates in slices, so that the event loop gets its turn. Rejects where `compare` throws. */
export async function compareAsync<U extends Id, I extends Id>(
  first: Evaluable<U, I>,
  second: Evaluable<U, I>,
  test: Interactions<U, I>,
  options: CompareModelsOptions<U, I> = {},
): Promise<Comparison> {
  const { each, asked } = readModels(first, second, options);
  const reports = [await evaluateAsync(first, test, each[0]), await evaluateAsync(second, test, each[1])];
  return compareReports(reports[0], reports[1], asked);
}

/** Segments and intervals of each model alone are not shown, so they are not computed. */
function readModels<U extends Id, I extends Id>(
  first: object,
  second: object,
  options: CompareModelsOptions<U, I> = {},
): { each: [EvaluateOptions<U, I>, EvaluateOptions<U, I>]; asked: CompareOptions } {
  const read = readObject(options, '{ k: 10 }', COMPARE_MODELS_OPTIONS);
  const { names, bootstrap, permutations, ...evaluation } = read;
  const own = [first?.constructor?.name ?? 'first', second?.constructor?.name ?? 'second'];
  const numbered = own[0] === own[1] ? [`${own[0]} 1`, `${own[1]} 2`] : own;
  const [a, b] = names ?? numbered;
  const shared = { ...evaluation, bootstrap: false, segments: false } as const;
  return {
    each: [
      { ...shared, name: a },
      { ...shared, name: b },
    ],
    asked: { bootstrap, permutations },
  };
}

function compareReports<U extends Id>(
  first: EvaluationReport<U>,
  second: EvaluationReport<U>,
  options: CompareOptions,
): Comparison {
  requireAlike(first, second);
  const settings = readBootstrap(options.bootstrap) ?? { samples: 1000, seed: 1, level: 0.95 };
  const permutations = readK(options.permutations ?? 10_000, 'permutations');
  const both = first.measurements.filter(
    (each) => each.users !== undefined && second.measurements.some((other) => nameOf(other) === nameOf(each)),
  );
  const metrics = both.map(({ metric, k }): MetricComparison => {
    const name = nameOf({ metric, ...(k !== undefined && { k }) });
    const columns = [first.column(name), second.column(name)] as const;
    const paired = pairedDifference(...columns, settings, permutations);
    const sign = LOWER_IS_BETTER.has(metric) ? -1 : 1;
    const counted = { wins: 0, losses: 0, ties: 0 };
    first.users.forEach((_, row) => {
      const difference = sign * (userValue(columns[0], row) - userValue(columns[1], row));
      if (difference > 0) counted.wins++;
      else if (difference < 0) counted.losses++;
      else if (difference === 0) counted.ties++;
    });
    const favours = sign * Math.sign(paired.low > 0 ? 1 : paired.high < 0 ? -1 : 0);
    return {
      name,
      metric,
      k,
      first: first.value(name),
      second: second.value(name),
      ...paired,
      ...counted,
      better: favours > 0 ? 'first' : favours < 0 ? 'second' : undefined,
    };
  });
  return new Comparison(first.name, second.name, first.users.length, settings.level, metrics);
}

function requireAlike<U extends Id>(first: EvaluationReport<U>, second: EvaluationReport<U>): void {
  const [a, b] = [new Set(first.users), new Set(second.users)];
  const different = [...a].filter((user) => !b.has(user)).length + [...b].filter((user) => !a.has(user)).length;
  if (different > 0 || first.users.some((user, row) => user !== second.users[row])) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${first.name} was evaluated on ${a.size} users and ${second.name} on ${b.size}, ${different} of them only by one; expected the same users in the same order.`,
    );
  }
  const { bootstrap: _, ...ours } = first.protocol;
  const { bootstrap: __, ...theirs } = second.protocol;
  for (const [name, value] of Object.entries(ours)) {
    const other = theirs[name as keyof typeof theirs];
    if (value === other) continue;
    throw new KindredError(
      'INVALID_ARGUMENT',
      `The reports differ in ${name}: ${show(value)} and ${show(other)}; expected one protocol for both.`,
    );
  }
  const counts = [first, second].map(({ counts }) => `${counts.relevant} relevant items`);
  if (counts[0] !== counts[1]) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${first.name} had to find ${counts[0]} and ${second.name} ${counts[1]}; expected the same test data.`,
    );
  }
  for (const name of ['rmse', 'mae', 'logLoss']) {
    const weights = [first, second].map((report) =>
      report.measurements.some(({ metric }) => metric === name) ? report.column(name).weights : undefined,
    );
    if (!weights[0] || !weights[1] || weights[0].every((weight, row) => weight === weights[1]?.[row])) continue;
    throw new KindredError(
      'INVALID_ARGUMENT',
      `The models predict different interactions; ${name} cannot be compared.`,
    );
  }
}

function signed(value: number, digits = 4): string {
  return Number.isNaN(value) ? '-' : `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(digits)}`;
}

function showProbability(value: number): string {
  return value < 0.0001 ? '<0.0001' : value.toFixed(4);
}
