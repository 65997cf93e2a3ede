/** What an evaluation found, as plain data: what reports hold, and tables and pages show. */
import type { Id } from '../../data/ids.js';
import type { PopularityDecile } from '../catalogue.js';
import type { Bootstrap } from '../intervals.js';
import type { Relevance } from '../metrics.js';
import type { EvaluationMetric } from '../options.js';
import type { EvaluationCounts, SkippedUsers } from '../test-users.js';

export interface Measurement {
  readonly metric: EvaluationMetric;
  /** Length of the list; absent for rmse, mae and logLoss. */
  readonly k?: number;
  /** NaN if it is defined for no user. */
  readonly value: number;
  /**
   * Bounds of the bootstrap interval over users; absent without bootstrap, and for coverage and gini, which no user has
   * alone.
   */
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
  /**
   * `full`: every item not in the user's history was ranked. `candidates`: only those given, so the numbers are not
   * comparable.
   */
  readonly ranking: 'full' | 'candidates';
  /** Whether users were judged by a history the model was not trained on. */
  readonly foldIn: boolean;
  readonly excludeSeen: boolean;
  readonly relevance: Relevance;
  readonly minValue?: number | undefined;
  readonly bootstrap?: Bootstrap | undefined;
}

/** The findings on one model. */
export interface Findings<U extends Id = string> {
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
  /** What a reader should know before believing the numbers. */
  readonly warnings: readonly string[];
  /**
   * One measurement by its name, such as `ndcg@10`.
   * @throws KindredError INVALID_ARGUMENT naming those that were measured.
   */
  measurement(name: string): Measurement;
  /**
   * How training data and recommendations spread over the catalogue; empty without training data and for candidates.
   */
  popularity(k?: number): readonly PopularityDecile[];
}
