/** What can be asked of an evaluation, checked, with the defaults filled in. */
import { readChoice, readFlag, readFunction, readIterable, readText } from '../../arguments/choices.js';
import { readK, readNumber, readSeed } from '../../arguments/numbers.js';
import { type OptionNames, reading, readObject } from '../../arguments/objects.js';
import { refusal } from '../../arguments/refuse.js';
import { KindredError } from '../../errors.js';
import type { Progress } from '../../turns/progress.js';
import { TURN_OPTIONS, type TurnOptions } from '../../turns/steps.js';
import type { Id } from '../data/ids.js';
import { Interactions, requireInteractions } from '../data/interactions.js';
import type { Recommendation, Recommendations } from '../models/recommendations.js';
import type { Profile, RecommendAllOptions, RecommendOptions } from '../models/recommender.js';
import { CATALOGUE_METRICS, type CatalogueMetric } from './catalogue.js';
import type { Bootstrap, BootstrapOptions } from './intervals.js';
import { RANKING_METRICS, type RankingMetric, type Relevance } from './metrics.js';

/**
 * Metrics of predicted values, pooled over every test interaction of the evaluated users whose item the model knows:
 *
 * - `rmse` = sqrt(mean((predict(u, i) - value)²)) and `mae` = mean(|predict(u, i) - value|), for models that predict
 *   ratings.
 * - `logLoss` = mean(-ln p) with p the probability given to what happened: predict(u, i) if the interaction is
 *   relevant, 1 - predict(u, i) if not; natural logarithm, p kept at least 1e-15 away from 0. For models that predict
 *   probabilities. An interaction is relevant if its value is at least `minValue`, or above 0 if no `minValue` is
 *   given.
 */
export const RATING_METRICS = ['rmse', 'mae', 'logLoss'] as const;
export type RatingMetric = (typeof RATING_METRICS)[number];

export type EvaluationMetric = RankingMetric | CatalogueMetric | RatingMetric;

/** Metrics of which less is better. */
export const LOWER_IS_BETTER: ReadonlySet<EvaluationMetric> = new Set<EvaluationMetric>(['gini', ...RATING_METRICS]);

const RELEVANCES = ['binary', 'graded', 'exponential'] as const satisfies readonly Relevance[];
const WITHOUT_HISTORY = ['skip', 'include'] as const;

const DEFAULT_RANKING: readonly RankingMetric[] = ['precision', 'recall', 'hitRate', 'ndcg', 'map', 'mrr'];

/** The part of a `Recommender` that an evaluation uses. Only `recommend` is needed. */
export interface Evaluable<U extends Id = string, I extends Id = string> {
  recommend(user: U, options?: RecommendOptions<I>): readonly Recommendation<I>[];
  /** Used with `foldIn`. */
  recommendFor?(profile: Profile<I>, options?: RecommendOptions<I>): readonly Recommendation<I>[];
  /** Used instead of `recommend` where it can be: faster. */
  recommendAll?(options?: RecommendAllOptions<U, I>): Recommendations<U, I>;
  /** Used for rmse, mae and logLoss. */
  predict?(user: U, item: I): number;
  /**
   * What `predict` gives: rmse and mae are refused unless these are `ratings`, logLoss unless they are `probabilities`.
   * Absent, it is taken to give what the metrics need.
   */
  readonly predicts?: 'ratings' | 'probabilities' | 'scores' | undefined;
  /** What it learned from. Tells which users and items are known, what is seen, and how popular items are. */
  readonly interactions?: Interactions<U, I> | undefined;
}

/** What a segment is chosen by. */
export interface UserFacts {
  /** How many items the user has in the training data, or in `foldIn`. 0 if there is no training data to look into. */
  readonly history: number;
  /** How many relevant items the user has in the test data. */
  readonly relevant: number;
}

export interface EvaluateOptions<U extends Id = string, I extends Id = string> extends TurnOptions<EvaluationProgress> {
  /** What the model is called in reports. Default the name of its class. */
  readonly name?: string | undefined;
  /**
   * Lengths of the list at which metrics are computed. Default 10. The first one given is what tables and charts show.
   */
  readonly k?: number | readonly number[] | undefined;
  /**
   * Default precision, recall, hitRate, ndcg, map, mrr and, for full ranking with training data, coverage, novelty,
   * diversity, gini.
   */
  readonly metrics?: readonly EvaluationMetric[] | undefined;
  /**
   * Ranks these items only, given per user: the sampled protocol, and the report says so. By default every item is
   * ranked. Sampled results must not be compared with full ranking; they can even order models differently (Krichene
   * and Rendle, "On Sampled Metrics for Item Recommendation", KDD 2020). Users for whom there is no list are skipped.
   * Name the held-out items too: what is not a candidate is not found. The order of a list does not matter.
   */
  readonly candidates?: ReadonlyMap<U, Iterable<I>> | ((user: U) => Iterable<I> | undefined) | undefined;
  /** The training data. Default the `interactions` of the model. */
  readonly train?: Interactions<U, I> | undefined;
  /**
   * The history of test users whom the model was not trained on (strong generalisation): their lists come from
   * `recommendFor` this history. Users without one are skipped as without history.
   */
  readonly foldIn?: Interactions<U, I> | undefined;
  /** Leaves items of a user's history out of lists, and out of what is relevant. Default true. */
  readonly excludeSeen?: boolean | undefined;
  /**
   * What a relevant item is worth to ndcg: 1 (`binary`, default), its value (`graded`), or 2^value - 1 (`exponential`).
   */
  readonly relevance?: Relevance | undefined;
  /**
   * Only test interactions of at least this value are relevant. Default: all, or those above 0 for graded relevance.
   */
  readonly minValue?: number | undefined;
  /** Whether users without history are skipped (default) or count with what the model falls back on. */
  readonly withoutHistory?: 'skip' | 'include' | undefined;
  /** How intervals are computed; `false` for none. */
  readonly bootstrap?: false | BootstrapOptions | undefined;
  /** Groups users for a breakdown; undefined leaves a user out. Default by size of history; `false` for none. */
  readonly segments?: false | ((user: U, facts: UserFacts) => string | undefined) | undefined;
}

export const EVALUATE_OPTIONS: OptionNames<EvaluateOptions> = {
  name: true,
  k: true,
  metrics: true,
  candidates: true,
  train: true,
  foldIn: true,
  excludeSeen: true,
  relevance: true,
  minValue: true,
  withoutHistory: true,
  bootstrap: true,
  segments: true,
  ...TURN_OPTIONS,
};
const BOOTSTRAP_OPTIONS: OptionNames<BootstrapOptions> = { samples: true, seed: true, level: true };

/** That every option is one; what they are is checked against a model. @throws KindredError INVALID_ARGUMENT */
export function readEvaluateOptions<U extends Id, I extends Id>(options: EvaluateOptions<U, I>): EvaluateOptions<U, I> {
  return readObject(options, '{ k: 10 }', EVALUATE_OPTIONS);
}

/** `users` while lists are made and scored, then `intervals`. */
export type EvaluationProgress = Progress<'users' | 'intervals'>;

/** Checked options with the defaults filled in. */
export interface Settings<U extends Id, I extends Id> {
  readonly name: string;
  /** Ascending. */
  readonly cutoffs: readonly number[];
  readonly primary: number;
  readonly ranking: readonly RankingMetric[];
  readonly catalogue: readonly CatalogueMetric[];
  readonly rating: readonly RatingMetric[];
  readonly candidates: ((user: U) => Iterable<I> | undefined) | undefined;
  readonly train: Interactions<U, I> | undefined;
  readonly foldIn: Interactions<U, I> | undefined;
  readonly excludeSeen: boolean;
  readonly relevance: Relevance;
  readonly minValue: number | undefined;
  readonly includeWithoutHistory: boolean;
  readonly bootstrap: Bootstrap | undefined;
  readonly segments: ((user: U, facts: UserFacts) => string | undefined) | undefined;
  /** Every label there can be, in the order in which to show them; absent for segments of the caller's own. */
  readonly segmentOrder: readonly string[] | undefined;
}

/** @throws KindredError INVALID_ARGUMENT, INVALID_K */
export function readSettings<U extends Id, I extends Id>(
  model: Evaluable<U, I>,
  test: Interactions<U, I>,
  given: EvaluateOptions<U, I>,
): Settings<U, I> {
  const options = readEvaluateOptions(given);
  if (reading('the model', () => typeof model?.recommend !== 'function'))
    throw refusal('the model', model, 'a recommender, with a method recommend');
  requireInteractions(test, 'test');
  const { candidates, foldIn, excludeSeen = true, relevance = 'binary', minValue, withoutHistory = 'skip' } = options;
  const train = options.train ?? (model.interactions instanceof Interactions ? model.interactions : undefined);
  if (train !== undefined) requireInteractions(train, 'train');
  if (foldIn !== undefined) requireInteractions(foldIn, 'foldIn');
  if (foldIn && typeof model.recommendFor !== 'function') {
    throw new KindredError('INVALID_ARGUMENT', 'foldIn needs a model with recommendFor, and this one has none');
  }
  const { cutoffs, primary } = readCutoffs(options.k);
  const beyondAccuracy = train !== undefined && !candidates;
  const metrics = readMetrics(options.metrics ?? [...DEFAULT_RANKING, ...(beyondAccuracy ? CATALOGUE_METRICS : [])]);
  const settings = {
    name: readName(options.name, model),
    cutoffs,
    primary,
    ranking: RANKING_METRICS.filter((metric) => metrics.has(metric)),
    catalogue: CATALOGUE_METRICS.filter((metric) => metrics.has(metric)),
    rating: RATING_METRICS.filter((metric) => metrics.has(metric)),
    candidates: readCandidates(candidates),
    train,
    foldIn,
    excludeSeen: readFlag(excludeSeen, 'excludeSeen'),
    relevance: readChoice(relevance, 'relevance', RELEVANCES),
    minValue: minValue === undefined ? undefined : readNumber(minValue, 'minValue'),
    includeWithoutHistory: readChoice(withoutHistory, 'withoutHistory', WITHOUT_HISTORY) === 'include',
    bootstrap: readBootstrap(options.bootstrap),
    segments: readSegments(options.segments, train ?? foldIn),
    segmentOrder: options.segments === undefined ? HISTORY_LABELS : undefined,
  };
  if (settings.catalogue.length > 0 && !train) {
    throw new KindredError('INVALID_ARGUMENT', `${settings.catalogue[0]} needs the training data: pass it as train`);
  }
  for (const metric of settings.rating) requirePredictions(metric, model);
  if (settings.rating.length > 0 && foldIn) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${settings.rating[0]} needs users known to the model: leave out foldIn`,
    );
  }
  return settings;
}

/** @throws KindredError INVALID_ARGUMENT */
function requirePredictions<U extends Id, I extends Id>(metric: RatingMetric, model: Evaluable<U, I>): void {
  if (typeof model.predict !== 'function') {
    throw new KindredError('INVALID_ARGUMENT', `${metric} needs a model with predict`);
  }
  const needed = metric === 'logLoss' ? 'probabilities' : 'ratings';
  const { predicts = needed } = model;
  if (predicts === needed) return;
  const instead = needed === 'ratings' ? ", as ItemKnn and UserKnn do with feedback: 'explicit'" : '';
  const name = model.constructor?.name || 'this model';
  const message = `${metric} needs a model that predicts ${needed}${instead}; ${name} predicts ${predicts}`;
  throw new KindredError('INVALID_ARGUMENT', message);
}

/** @throws KindredError INVALID_ARGUMENT, INVALID_K */
export function readBootstrap(options: false | BootstrapOptions | undefined): Bootstrap | undefined {
  if (options === false) return undefined;
  const { samples = 1000, seed = 1, level = 0.95 } = readObject(options ?? {}, '{ samples: 1000 }', BOOTSTRAP_OPTIONS);
  return {
    samples: readK(samples, 'bootstrap.samples'),
    seed: readSeed(seed, 'bootstrap.seed'),
    level: readNumber(level, 'bootstrap.level', { above: 0, below: 1 }),
  };
}

/** Splits a name such as `ndcg@10`. @throws KindredError INVALID_ARGUMENT, INVALID_K */
export function parseMetric(name: string): { metric: EvaluationMetric; k: number | undefined } {
  const [metric, k, ...rest] = String(name).split('@');
  readMetrics([metric as EvaluationMetric]);
  const pooled = (RATING_METRICS as readonly string[]).includes(metric);
  if (rest.length > 0 || (pooled && k !== undefined)) throw refusal('the metric', name, 'such as ndcg@10 or rmse');
  return {
    metric: metric as EvaluationMetric,
    k: k === undefined ? undefined : readK(/^\d+$/.test(k) ? Number(k) : Number.NaN),
  };
}

export const ALL_METRICS: readonly EvaluationMetric[] = [...RANKING_METRICS, ...CATALOGUE_METRICS, ...RATING_METRICS];

function readMetrics(metrics: readonly EvaluationMetric[]): ReadonlySet<EvaluationMetric> {
  const given = new Set(
    Array.from(readIterable(metrics, 'metrics'), (each) => readChoice(each, 'the metric', ALL_METRICS)),
  );
  if (given.size === 0) throw new KindredError('INVALID_ARGUMENT', 'metrics must name at least one, and is empty');
  return given;
}

function readCutoffs(k: number | readonly number[] = 10): { cutoffs: number[]; primary: number } {
  const given = typeof k === 'number' ? [k] : [...readIterable(k, 'k')];
  if (given.length === 0) throw new KindredError('INVALID_K', 'k must be a length or several, and is an empty list');
  const read = given.map((each) => readK(each));
  return { cutoffs: [...new Set(read)].sort((a, b) => a - b), primary: read[0] };
}

function readName(name: string | undefined, model: object): string {
  if (name === undefined) return model.constructor?.name || 'model';
  return readText(name, 'name');
}

function readCandidates<U extends Id, I extends Id>(
  candidates: EvaluateOptions<U, I>['candidates'],
): Settings<U, I>['candidates'] {
  if (candidates === undefined || typeof candidates === 'function') return candidates;
  if (candidates instanceof Map) return (user) => candidates.get(user);
  throw refusal('candidates', candidates, 'a function from a user to items, or a Map');
}

function readSegments<U extends Id, I extends Id>(
  segments: EvaluateOptions<U, I>['segments'],
  history: Interactions<U, I> | undefined,
): Settings<U, I>['segments'] {
  if (segments === false) return undefined;
  if (segments !== undefined) return readFunction(segments, 'segments');
  return history ? (_, facts) => sizeOfHistory(facts.history) : undefined;
}

/** Sizes of history, each label from the size that is named first. */
const HISTORY_FROM = [0, 1, 3, 6, 11, 21, 51, 101];
const HISTORY_LABELS = [
  'no history',
  'history of 1-2',
  'history of 3-5',
  'history of 6-10',
  'history of 11-20',
  'history of 21-50',
  'history of 51-100',
  'history of 101 and more',
];

function sizeOfHistory(size: number): string {
  return HISTORY_LABELS[HISTORY_FROM.findLastIndex((from) => size >= from)];
}
