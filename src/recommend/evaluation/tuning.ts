/** Finds good options of a model: trains it with many, evaluates each on validation data, and says which did best. */
import { readChoice, readFunction } from '../../arguments/choices.js';
import { readK, readSeed } from '../../arguments/numbers.js';
import { type OptionNames, reading, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';
import type { Progress } from '../../turns/progress.js';
import { readTurnOptions, TURN_OPTIONS, type TurnOptions } from '../../turns/steps.js';
import type { Id } from '../data/ids.js';
import { Interactions, requireInteractions } from '../data/interactions.js';
import { evaluateAsync } from './evaluate.js';
import { type Evaluable, type EvaluateOptions, LOWER_IS_BETTER, parseMetric, readEvaluateOptions } from './options.js';
import type { EvaluationReport } from './report/report.js';
import { align } from './report/table.js';
import { nameOf, showMeasurement } from './report/wording.js';
import { type Choice, gridOf, randomChoices, type SearchSpace, sizeOfGrid } from './search-space.js';

/** How a model is made: a class such as `ItemKnn`, or a function. */
export type Fit<U extends Id, I extends Id, Options, Fitted extends Evaluable<U, I>> =
  | ((interactions: Interactions<U, I>, options: Options) => Fitted | Promise<Fitted>)
  | ModelClass<U, I, Options, Fitted>;

/** A class with `fit`, and `fitAsync` if it has one, which is then used. */
export interface ModelClass<U extends Id, I extends Id, Options, Fitted extends Evaluable<U, I>> {
  fit(interactions: Interactions<U, I>, options: Options): Fitted;
  fitAsync?(interactions: Interactions<U, I>, options: Options): Promise<Fitted>;
}

/** `onProgress` is told after every trial; `signal` ends a training too if the model's `fitAsync` heeds one. */
export interface TuneOptions<U extends Id = string, I extends Id = string, Options = Choice>
  extends TurnOptions<TuningProgress<Options>> {
  /** What models learn from. With `split`, what is split. */
  readonly train: Interactions<U, I>;
  /** What they are judged by. It must not be the test data: the best of many trials looks better there than it is. */
  readonly validation?: Interactions<U, I> | undefined;
  /** Instead of `validation`: makes both from `train`. */
  readonly split?:
    | ((interactions: Interactions<U, I>) => { train: Interactions<U, I>; test: Interactions<U, I> })
    | undefined;
  /** What to make best, such as `ndcg@10` (default) or `rmse`. Of rmse, mae, logLoss and gini, less is better. */
  readonly metric?: string | undefined;
  /** `grid` tries every combination (default), `random` draws `trials` of them. */
  readonly search?: 'grid' | 'random' | undefined;
  /** Default 20. For a grid, the most combinations that it may have: a larger one is refused. */
  readonly trials?: number | undefined;
  /** An integer from 0 to 2^53 - 1. Default 1. */
  readonly seed?: number | undefined;
  /** Options that every trial has. */
  readonly fixed?: NoInfer<Options> | undefined;
  /** How trials are evaluated; `k` and `metrics` follow from `metric` unless given. */
  readonly evaluate?: Omit<EvaluateOptions<U, I>, 'signal' | 'onProgress' | 'name'> | undefined;
}

const TUNE_OPTIONS: OptionNames<TuneOptions> = {
  train: true,
  validation: true,
  split: true,
  metric: true,
  search: true,
  trials: true,
  seed: true,
  fixed: true,
  evaluate: true,
  ...TURN_OPTIONS,
};

export interface TuningProgress<Options = Choice> extends Progress<'trials'> {
  readonly trial: Trial<Id, Options>;
}

export interface Trial<U extends Id = string, Options = Choice> {
  /** From 1, in the order tried. */
  readonly number: number;
  /** Of the space only; `fixed` ones are the same for all. */
  readonly options: Options;
  /** The metric; NaN if the trial failed. */
  readonly score: number;
  readonly report?: EvaluationReport<U>;
  /** What training or evaluating threw. */
  readonly error?: Error;
  /** Training and evaluating, in seconds. */
  readonly seconds: number;
}

/** What a search found. */
export class Tuning<U extends Id, I extends Id, Options, Fitted extends Evaluable<U, I>> {
  readonly metric: string;
  /** Best first, equal ones in the order tried; those that failed last. */
  readonly trials: readonly Trial<U, Options>[];
  /** Options of the best trial together with the fixed ones. */
  readonly bestOptions: Options;
  readonly #fit: (interactions: Interactions<U, I>, options: Options) => Promise<Fitted>;
  readonly #all: () => Interactions<U, I>;

  constructor(
    metric: string,
    trials: readonly Trial<U, Options>[],
    fixed: Options | undefined,
    fit: (interactions: Interactions<U, I>, options: Options) => Promise<Fitted>,
    all: () => Interactions<U, I>,
  ) {
    this.metric = metric;
    this.trials = trials;
    this.bestOptions = { ...fixed, ...trials[0].options } as Options;
    this.#fit = fit;
    this.#all = all;
  }

  get best(): Trial<U, Options> {
    return this.trials[0];
  }

  /** Trains a model with the best options: on training and validation data together, or on what is given. */
  async refit(interactions: Interactions<U, I> = this.#all()): Promise<Fitted> {
    return await this.#fit(interactions, this.bestOptions);
  }

  toString(): string {
    const names = [...new Set(this.trials.flatMap(({ options }) => Object.keys(options as object)))];
    const rows = this.trials.map(({ number, options, report, error, seconds }) => [
      String(number),
      ...names.map((name) => showOption((options as Choice)[name])),
      report ? showMeasurement(report.measurement(this.metric)) : `failed: ${error?.message}`,
      seconds.toFixed(1),
    ]);
    return `${align([['trial', ...names, this.metric, 'seconds'], ...rows])}\n`;
  }

  toJSON() {
    const trials = this.trials.map(({ number, options, score, report, error, seconds }) => {
      const outcome = report ? { measurement: report.measurement(this.metric) } : { error: error?.message };
      return { number, options, score, seconds, ...outcome };
    });
    return { metric: this.metric, bestOptions: this.bestOptions, trials };
  }
}

/**
 * Trains and evaluates a model for combinations of options. The same arguments and seed try the same combinations in
 * the same order. A trial that fails is listed with its error and does not end the search.
 * @throws KindredError INVALID_ARGUMENT or INVALID_K for the arguments, and INVALID_ARGUMENT if every trial fails, with
 * the first error as its cause; the signal's reason if it aborts.
 * @example
 * const records = ['Ann', 'Ben', 'Cas'].flatMap((user) => [...'abcd'].map((item, time) => ({ user, item, time })));
 * const train = Interactions.from(records);
 * const tuning = await tune(ItemKnn, { neighbors: [1, 20] }, { train, split: leaveLastOut(), metric: 'recall@1' });
 * tuning.trials.length; // 2
 */
export async function tune<U extends Id, I extends Id, Options extends object, Fitted extends Evaluable<U, I>>(
  fit: Fit<U, I, Options, Fitted>,
  space: SearchSpace<Options>,
  given: TuneOptions<U, I, Options>,
): Promise<Tuning<U, I, Options, Fitted>> {
  const options = readObject(given, '{ train, validation }', TUNE_OPTIONS);
  const fitter = readFit(fit);
  const { train, validation } = readData(options);
  const { metric, choices, evaluation } = readSearch(space, options);
  const { signal, fixed, onProgress } = options;
  const trials: Trial<U, Options>[] = [];
  for (const [n, choice] of choices.entries()) {
    signal?.throwIfAborted();
    const start = performance.now();
    const result = await attempt(async () => {
      const model = await fitter(train, {
        ...fixed,
        ...choice,
        ...(signal && fitter.takesSignal && { signal }),
      } as Options);
      const report = await evaluateAsync(model, validation, { ...evaluation, ...(signal && { signal }) });
      return scored(report, metric);
    }, signal);
    const seconds = (performance.now() - start) / 1000;
    const trial: Trial<U, Options> = { number: n + 1, options: choice as Options, seconds, ...result };
    trials.push(trial);
    onProgress?.({ phase: 'trials', done: n + 1, total: choices.length, trial });
  }
  const failed = trials.find(({ error }) => error);
  if (failed && trials.every(({ error }) => error)) {
    const message = `All ${trials.length} trials failed; the first: ${failed.error?.message}`;
    throw new KindredError('INVALID_ARGUMENT', message, { cause: failed.error });
  }
  const sign = LOWER_IS_BETTER.has(parseMetric(metric).metric) ? 1 : -1;
  const rank = ({ score, error }: Trial<U, Options>) => (error ? Number.POSITIVE_INFINITY : sign * score);
  trials.sort((a, b) => (rank(a) === rank(b) ? a.number - b.number : rank(a) - rank(b)));
  return new Tuning(metric, trials, fixed, fitter, () => together(train, validation));
}

/** Times are in the unit they were in. */
function together<U extends Id, I extends Id>(train: Interactions<U, I>, validation: Interactions<U, I>) {
  const inMilliseconds = validation.timeUnit === 'milliseconds';
  return train.add(validation.records(), inMilliseconds ? { timeFormat: 'milliseconds' } : {}) as Interactions<U, I>;
}

interface Fitter<U extends Id, I extends Id, Options, Fitted> {
  (interactions: Interactions<U, I>, options: Options): Promise<Fitted>;
  /** Whether the options may carry a signal: only a model's own `fitAsync` is known to take one. */
  readonly takesSignal: boolean;
}

function readFit<U extends Id, I extends Id, Options, Fitted extends Evaluable<U, I>>(
  fit: Fit<U, I, Options, Fitted>,
): Fitter<U, I, Options, Fitted> {
  const model = fit as Partial<ModelClass<U, I, Options, Fitted>>;
  const methods = reading('the model', () => ({ fit: model?.fit, fitAsync: model?.fitAsync }));
  if (typeof methods.fitAsync === 'function') {
    const fitAsync = methods.fitAsync.bind(model);
    return Object.assign(async (data: Interactions<U, I>, options: Options) => await fitAsync(data, options), {
      takesSignal: true,
    });
  }
  const plain = typeof methods.fit === 'function' ? methods.fit.bind(model) : fit;
  if (typeof plain !== 'function') throw refusal('the model', fit, 'a class with fit, or a function that fits');
  return Object.assign(async (data: Interactions<U, I>, options: Options) => await plain(data, options), {
    takesSignal: false,
  });
}

function readData<U extends Id, I extends Id, Options>({ train, validation, split }: TuneOptions<U, I, Options>) {
  requireInteractions(train, 'train');
  if (split !== undefined) readFunction(split, 'split');
  if ((validation === undefined) === (split === undefined)) {
    throw new KindredError('INVALID_ARGUMENT', 'tune needs validation or split, and not both');
  }
  if (validation === undefined) {
    const halves = split?.(train);
    if (halves?.train instanceof Interactions && halves.test instanceof Interactions) {
      return { train: halves.train, validation: halves.test };
    }
    throw refusal('what split returns', halves, '{ train, test }');
  }
  requireInteractions(validation, 'validation');
  return { train, validation };
}

function readSearch<U extends Id, I extends Id, Options>(
  space: SearchSpace<Options>,
  options: TuneOptions<U, I, Options>,
) {
  const { metric = 'ndcg@10', search = 'grid', trials = 20, seed = 1 } = options;
  const parsed = parseMetric(metric);
  const k = parsed.k ?? 10;
  const name = ['rmse', 'mae', 'logLoss'].includes(parsed.metric) ? metric : nameOf({ metric: parsed.metric, k });
  const evaluation = {
    k,
    metrics: [parsed.metric],
    segments: false as const,
    ...readEvaluateOptions(options.evaluate ?? {}),
  };
  readTurnOptions(options);
  readSeed(seed);
  readK(trials, 'trials');
  readChoice(search, 'search', ['grid', 'random']);
  const given = space as SearchSpace<Choice>;
  const size = sizeOfGrid(given);
  if (search === 'grid' && size > trials) {
    const instead = `make the grid smaller, set trials: ${size}, or search: 'random'`;
    const message = `The grid has ${size} combinations and trials is ${trials}: ${instead}`;
    throw new KindredError('INVALID_ARGUMENT', message);
  }
  const choices = search === 'grid' ? gridOf(given) : randomChoices(given, trials, seed);
  return { metric: name, choices, evaluation };
}

function scored<U extends Id>(report: EvaluationReport<U>, metric: string) {
  const score = report.value(metric);
  if (Number.isNaN(score)) {
    throw new KindredError('INVALID_ARGUMENT', `${metric} is not defined for any of the ${report.users.length} users.`);
  }
  return { score, report };
}

/** The outcome or the error, but an abort ends everything. */
async function attempt<Outcome extends { score: number }>(
  act: () => Promise<Outcome>,
  signal: AbortSignal | undefined,
): Promise<Outcome | { score: number; error: Error }> {
  try {
    return await act();
  } catch (error) {
    signal?.throwIfAborted();
    return { score: Number.NaN, error: error instanceof Error ? error : new Error(show(error)) };
  }
}

function showOption(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : show(value);
}
