/** Adds up what the lists of all users are worth, and makes the report of it. */
import { KindredError } from '../../errors.js';
import type { Steps } from '../../turns/steps.js';
import { rowOf } from '../data/csr.js';
import { type Id, quote } from '../data/ids.js';
import type { Interactions } from '../data/interactions.js';
import { CatalogueCounter } from './catalogue.js';
import { bootstrap, type Column, columnOf, estimate, type Interval, usersOf } from './intervals.js';
import { type List, orUnknown } from './lists.js';
import { ListScorer, RANKING_METRICS } from './metrics.js';
import {
  ALL_METRICS,
  type Evaluable,
  type EvaluationMetric,
  type EvaluationProgress,
  type Settings,
} from './options.js';
import type { Measurement, Segment } from './report/findings.js';
import { EvaluationReport } from './report/report.js';
import { describeSkipped } from './report/wording.js';
import type { TestUser, TestUsers } from './test-users.js';

export class Tally<U extends Id, I extends Id> {
  readonly #model: Evaluable<U, I>;
  readonly #test: Interactions<U, I>;
  readonly #settings: Settings<U, I>;
  readonly #testUsers: TestUsers<U, I>;
  readonly #scorer: ListScorer;
  readonly #catalogue: CatalogueCounter | undefined;
  readonly #users: U[] = [];
  readonly #segmentOf: (string | undefined)[] = [];
  /** By name, such as `ndcg@10`: a value for each evaluated user, in the first cells. */
  readonly #values = new Map<string, Float64Array>();
  /** The number of predictions for each evaluated user. */
  readonly #predictions: Float64Array;

  constructor(model: Evaluable<U, I>, test: Interactions<U, I>, settings: Settings<U, I>, testUsers: TestUsers<U, I>) {
    this.#model = model;
    this.#test = test;
    this.#settings = settings;
    this.#testUsers = testUsers;
    this.#scorer = new ListScorer(settings.cutoffs);
    const { train, cutoffs, rating } = settings;
    if (train) {
      const { indptr, rows } = train.byUser();
      let active = 0;
      for (let user = 0; user < rows; user++) if (indptr[user + 1] > indptr[user]) active++;
      this.#catalogue = new CatalogueCounter(train.byItem(), active, cutoffs);
    }
    for (const name of this.#perUserNames()) this.#values.set(name, new Float64Array(test.users.length));
    this.#predictions = new Float64Array(rating.length > 0 ? test.users.length : 0);
  }

  take(person: TestUser<U, I>, list: List): void {
    const { skipped, counts } = this.#testUsers;
    if (typeof list === 'string') {
      skipped[list]++;
      return;
    }
    this.#testUsers.count(person);
    const number = this.#users.push(person.user) - 1;
    this.#segmentOf.push(
      this.#settings.segments?.(person.user, { history: person.history, relevant: person.relevant.length }),
    );
    const seen = new Set(person.seen);
    for (const item of list) if (seen.has(item)) counts.recommendedSeen++;
    this.#rank(number, person, list);
    this.#weigh(number, list);
    if (this.#settings.rating.length > 0) this.#predict(number, person);
  }

  *report(): Steps<EvaluationReport<U>, EvaluationProgress> {
    const { name, cutoffs, primary, bootstrap: intervals } = this.#settings;
    if (this.#users.length === 0) {
      const { skipped } = this.#testUsers;
      const advice =
        skipped.allSeen > 0 ? ' Test on interactions that the training data does not have: split before training.' : '';
      throw new KindredError('INVALID_ARGUMENT', `No user can be evaluated: ${describeSkipped(skipped)}.${advice}`);
    }
    const columns = this.#columns();
    const segments = this.#segments();
    const groups = [undefined, ...segments.map(({ rows }) => rows)];
    const total = groups.length * (intervals?.samples ?? 0);
    const measured: Measurement[][] = [];
    for (const [done, rows] of groups.entries()) {
      let found: Interval[] | undefined;
      if (intervals) {
        const drawing = bootstrap([...columns.values()], intervals, rows);
        for (let step = drawing.next(); !found; step = drawing.next()) {
          if (step.done) found = step.value;
          else yield { phase: 'intervals', done: done * intervals.samples + step.value, total };
        }
      }
      measured.push(measurementsOf(columns, rows, found));
    }
    const [overall, ...bySegment] = measured;
    return new EvaluationReport<U>({
      name,
      cutoffs,
      primary,
      ranking: this.#settings.candidates ? 'candidates' : 'full',
      foldIn: this.#settings.foldIn !== undefined,
      excludeSeen: this.#settings.excludeSeen,
      relevance: this.#settings.relevance,
      minValue: this.#settings.minValue,
      bootstrap: intervals,
      users: this.#users,
      skipped: this.#testUsers.skipped,
      counts: this.#testUsers.counts,
      columns,
      measurements: [...overall, ...this.#ofCatalogue()].sort(
        (a, b) => ALL_METRICS.indexOf(a.metric) - ALL_METRICS.indexOf(b.metric),
      ),
      segments: segments.map(({ label, rows }, n): Segment => {
        return { label, users: rows.length, measurements: bySegment[n] };
      }),
      deciles: cutoffs.map((_, cutoff) => (this.#settings.candidates ? [] : (this.#catalogue?.deciles(cutoff) ?? []))),
    });
  }

  #rank(number: number, { relevant, gains }: TestUser<U, I>, list: Uint32Array): void {
    const { ranking, cutoffs } = this.#settings;
    const store = (metric: EvaluationMetric, cutoff: number, value: number) => {
      this.#valuesOf(`${metric}@${cutoffs[cutoff]}`)[number] = value;
    };
    if (relevant.length === 0) {
      for (const metric of ranking) for (const cutoff of cutoffs.keys()) store(metric, cutoff, Number.NaN);
      return;
    }
    const gain = new Map(Array.from(relevant, (item, n) => [item, gains[n]]));
    const ranked = Float64Array.from(list, (item) => gain.get(item) ?? 0);
    const ideal = Float64Array.from(gains).sort().reverse();
    this.#scorer.score(ranked, list.length, ideal, (cutoff, values) => {
      for (const metric of ranking) store(metric, cutoff, values[RANKING_METRICS.indexOf(metric)]);
    });
  }

  #weigh(number: number, list: Uint32Array): void {
    const { cutoffs, catalogue } = this.#settings;
    if (!this.#catalogue) return;
    const novelty = new Float64Array(cutoffs.length);
    const diversity = new Float64Array(cutoffs.length);
    this.#catalogue.take(list, list.length, novelty, catalogue.includes('diversity') ? diversity : undefined);
    cutoffs.forEach((k, cutoff) => {
      if (catalogue.includes('novelty')) this.#valuesOf(`novelty@${k}`)[number] = novelty[cutoff];
      if (catalogue.includes('diversity')) this.#valuesOf(`diversity@${k}`)[number] = diversity[cutoff];
    });
  }

  #predict(number: number, { user, row, profile }: TestUser<U, I>): void {
    const { rating, minValue } = this.#settings;
    const { counts } = this.#testUsers;
    const { indices, values } = rowOf(this.#test.byUser(), row);
    indices.forEach((position, n) => {
      const item = this.#test.items[position];
      if (profile || !this.#testUsers.knows(item)) {
        counts.unpredicted++;
        return;
      }
      const value = orUnknown(() => this.#model.predict?.(user, item) ?? Number.NaN);
      if (value === 'unknown') {
        counts.unpredicted++;
        return;
      }
      if (!Number.isFinite(value)) {
        const which = `for user ${quote(user)} and item ${quote(item)}`;
        throw new KindredError('NOT_FINITE', `The model predicts ${value} ${which}; expected a finite number.`);
      }
      counts.predicted++;
      this.#predictions[number]++;
      const isRelevant = minValue === undefined ? values[n] > 0 : values[n] >= minValue;
      for (const metric of rating) this.#valuesOf(metric)[number] += lossOf[metric](value, values[n], isRelevant);
    });
  }

  #columns(): Map<string, Column> {
    const count = this.#users.length;
    const columns = new Map<string, Column>();
    for (const [name, values] of this.#values) {
      const own = values.slice(0, count);
      const isPooled = (this.#settings.rating as readonly string[]).includes(name);
      const weights = this.#predictions.slice(0, count);
      columns.set(name, isPooled ? { sums: own, weights, root: name === 'rmse' } : columnOf(own));
    }
    return columns;
  }

  #ofCatalogue(): Measurement[] {
    const { cutoffs, catalogue } = this.#settings;
    const counter = this.#catalogue;
    if (!counter) return [];
    return cutoffs.flatMap((k, cutoff) => {
      const coverage: Measurement = { metric: 'coverage', k, value: counter.coverage(cutoff) };
      const gini: Measurement = { metric: 'gini', k, value: counter.gini(cutoff) };
      return [coverage, gini].filter(({ metric }) => (catalogue as readonly EvaluationMetric[]).includes(metric));
    });
  }

  /** In the order of size of history if that is what they are, else as first met. */
  #segments(): { label: string; rows: Uint32Array }[] {
    const rows = new Map<string, number[]>();
    this.#segmentOf.forEach((label, row) => {
      if (label === undefined) return;
      const members = rows.get(label);
      if (members) members.push(row);
      else rows.set(label, [row]);
    });
    const segments = [...rows].map(([label, members]) => ({ label, rows: Uint32Array.from(members) }));
    const order = this.#settings.segmentOrder;
    return order ? segments.sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label)) : segments;
  }

  #valuesOf(name: string): Float64Array {
    return this.#values.get(name) as Float64Array;
  }

  #perUserNames(): string[] {
    const { ranking, catalogue, rating, cutoffs } = this.#settings;
    const perUser = [...ranking, ...catalogue.filter((metric) => metric === 'novelty' || metric === 'diversity')];
    return [...perUser.flatMap((metric) => cutoffs.map((k) => `${metric}@${k}`)), ...rating];
  }
}

const SMALLEST_PROBABILITY = 1e-15;

const lossOf = {
  rmse: (predicted: number, value: number) => (predicted - value) ** 2,
  mae: (predicted: number, value: number) => Math.abs(predicted - value),
  logLoss: (predicted: number, _: number, isRelevant: boolean) => {
    if (predicted < 0 || predicted > 1) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `logLoss is for models that predict probabilities, and this one predicts ${predicted}; expected 0 to 1.`,
      );
    }
    return -Math.log(Math.max(SMALLEST_PROBABILITY, isRelevant ? predicted : 1 - predicted));
  },
};

function measurementsOf(
  columns: ReadonlyMap<string, Column>,
  rows: Uint32Array | undefined,
  intervals: readonly Interval[] | undefined,
): Measurement[] {
  return [...columns].map(([name, column], n) => {
    const [metric, k] = name.split('@');
    const value = estimate(column, rows);
    const measured = { metric: metric as EvaluationMetric, value, users: usersOf(column, rows) };
    return { ...measured, ...(k && { k: Number(k) }), ...intervals?.[n] };
  });
}
