/**
 * Recommenders that learn from who did what, and can say why.
 * @module kindred/recommend
 */

export type { Duplicates } from './data/gather.js';
export type { Id } from './data/ids.js';
export { Interactions } from './data/interactions.js';
export type {
  CsvOptions,
  Interaction,
  InteractionRecord,
  InteractionsOptions,
  JsonlOptions,
  ParquetOptions,
  RecordOptions,
} from './data/making.js';
export type { InteractionsParts } from './data/parts.js';
export type { KCore, PreprocessOptions } from './data/preprocess.js';
export type { CsvSource } from './data/readers/csv.js';
export type { TextEncoding } from './data/readers/encodings.js';
export type { FieldNames } from './data/readers/jsonl.js';
export type { AsyncBytes, ParquetSource } from './data/readers/parquet/read-parquet.js';
export type { TextSource } from './data/readers/text-blocks.js';
export type { BadRow, BadRowReason, DropReason, InteractionsReport, OnBadRow } from './data/report.js';
export {
  type ByUserOptions,
  byUser,
  type HoldoutOptions,
  holdout,
  type LeaveLastOutOptions,
  leaveLastOut,
  type Split,
  type SplitCounts,
  type Splitter,
  type TemporalOptions,
  temporal,
} from './data/splits.js';
export type { TimeFormat, TimeUnit } from './data/time.js';
export type { PopularityDecile } from './evaluation/catalogue.js';
export {
  type CompareModelsOptions,
  type CompareOptions,
  Comparison,
  compare,
  compareAsync,
  type MetricComparison,
} from './evaluation/compare.js';
export { evaluate, evaluateAsync } from './evaluation/evaluate.js';
export type { BootstrapOptions } from './evaluation/intervals.js';
export type { Relevance } from './evaluation/metrics.js';
export type {
  Evaluable,
  EvaluateOptions,
  EvaluationMetric,
  EvaluationProgress,
  UserFacts,
} from './evaluation/options.js';
export type { Charting } from './evaluation/report/charts.js';
export type { Findings, Measurement, Protocol, Segment } from './evaluation/report/findings.js';
export { type HtmlOptions, toHtml } from './evaluation/report/html.js';
export { EvaluationReport, type ReportJson } from './evaluation/report/report.js';
export { formatTable, type TableOptions } from './evaluation/report/table.js';
export type { Range, SearchSpace } from './evaluation/search-space.js';
export type { EvaluationCounts, SkippedUsers } from './evaluation/test-users.js';
export { type Trial, type TuneOptions, Tuning, type TuningProgress, tune } from './evaluation/tuning.js';
export { ImplicitAls } from './models/als/implicit-als.js';
export type { ImplicitAlsOptions } from './models/als/options.js';
export { Ease, type EaseOptions } from './models/ease.js';
export type { HybridOptions } from './models/hybrid/fusion.js';
export { Hybrid } from './models/hybrid/hybrid.js';
export type { HybridClass, HybridFitOptions, HybridMember } from './models/hybrid/members.js';
export { loadModel, modelFromBytes } from './models/load-model.js';
export type { AnyModel } from './models/model.js';
export type { LoadModelOptions } from './models/model-file/load.js';
export { ItemKnn } from './models/neighborhood/item-knn.js';
export type { NeighborhoodOptions } from './models/neighborhood/options.js';
export { UserKnn } from './models/neighborhood/user-knn.js';
export type { Bm25Options, Weighting } from './models/neighborhood/weighting.js';
export { Popularity, type PopularityOptions } from './models/popularity.js';
export { type Recommendation, Recommendations } from './models/recommendations.js';
export type {
  DiversityOptions,
  ExplainOptions,
  Explanation,
  ItemReason,
  ModelReason,
  Profile,
  RecommendAllAsyncOptions,
  RecommendAllOptions,
  Recommender,
  RecommendOptions,
  SimilarItem,
  SimilarUser,
  TrainingOptions,
  TrainingProgress,
  UserReason,
} from './models/recommender.js';
