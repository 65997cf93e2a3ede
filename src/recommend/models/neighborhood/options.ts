/** Options of ItemKnn and UserKnn. */
import { readK, readNumber } from '../../../arguments/numbers.js';
import { readObject } from '../../../arguments/objects.js';
import type { Similarity } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import {
  COMPUTE_OPTIONS,
  type ComputeOptions,
  choice,
  integer,
  number,
  readOptions,
  type SettingsOf,
  withDefault,
} from '../options.js';
import type { Bm25Options, Weighting } from './weighting.js';

export interface NeighborhoodOptions extends ComputeOptions {
  /** Nearest neighbours kept for each item (or user), a positive integer. Default 50. */
  readonly neighbors?: number | undefined;
  /**
   * How alike two items (or users) are: the `cosine` of their values (default); the overlap of who has them as
   * `jaccard` or `dice`, whatever the values; or `pearson`, the correlation of their values. Only those above 0 make
   * neighbours.
   */
  readonly similarity?: Similarity | undefined;
  /** Weights values before they are compared, which needs values >= 0; votes stay as they are. Default `none`. */
  readonly weighting?: Weighting | undefined;
  /** Parameters of the weighting `bm25`. */
  readonly bm25?: Bm25Options | undefined;
  /**
   * Added to the denominator of the similarity, >= 0: similarities that rest on little evidence shrink towards 0 (after
   * Bell and Koren, "Scalable Collaborative Filtering with Jointly Derived Neighborhood Interpolation Weights", ICDM
   * 2007, section 2.2). Default 0. In the units of the denominator: for cosine and pearson of the product of two norms,
   * for jaccard and dice of counts.
   */
  readonly shrinkage?: number | undefined;
  /**
   * Takes norms (and for pearson means) over everything that both have (`full`, default; what one does not have counts
   * as 0, for pearson as its mean), or only over what they have in common (`corated`, the textbook's correlation of
   * ratings).
   */
  readonly overlap?: 'full' | 'corated' | undefined;
  /** Users (or items) that two must have in common at least to be neighbours, a positive integer. Default 1. */
  readonly minSupport?: number | undefined;
  /**
   * `implicit` (default): a score is the sum of the neighbours' votes, which ranks. `explicit`: values are ratings, and
   * a score is the rating expected, a mean and the neighbours' mean deviation from theirs.
   */
  readonly feedback?: 'implicit' | 'explicit' | undefined;
}

const OPTIONS = {
  neighbors: withDefault(50, readK),
  similarity: choice('cosine', 'jaccard', 'dice', 'pearson'),
  weighting: choice('none', 'bm25', 'tfidf'),
  bm25: readBm25,
  shrinkage: number(0, { from: 0 }),
  overlap: choice('full', 'corated'),
  minSupport: integer(1, 1, 2 ** 32 - 1),
  feedback: choice('implicit', 'explicit'),
  ...COMPUTE_OPTIONS,
};

/** Checked options with the defaults filled in. */
export type NeighborhoodSettings = SettingsOf<typeof OPTIONS>;

/** @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else. */
export function readNeighborhoodOptions(options: NeighborhoodOptions): NeighborhoodSettings {
  const settings = readOptions(options, OPTIONS, '{ neighbors: 50 }');
  const { similarity, overlap, weighting, bm25 } = settings;
  if (overlap === 'corated' && (similarity === 'jaccard' || similarity === 'dice')) {
    const reason = 'over what two have in common, all are equal';
    throw new KindredError('INVALID_ARGUMENT', `overlap 'corated' means nothing to '${similarity}': ${reason}`);
  }
  if (bm25 !== undefined && weighting !== 'bm25') {
    throw new KindredError('INVALID_ARGUMENT', `bm25 needs weighting: 'bm25', and weighting is '${weighting}'`);
  }
  return settings;
}

/** Kept as it is given, since that is what stands in model files. */
function readBm25(given: unknown): Bm25Options | undefined {
  if (given === undefined) return undefined;
  const { k1, b } = readObject(given as Bm25Options, 'bm25: { k1: 1.2, b: 0.75 }');
  if (k1 !== undefined) readNumber(k1, 'bm25.k1', { above: 0 });
  if (b !== undefined) readNumber(b, 'bm25.b', { from: 0, to: 1 });
  return given as Bm25Options;
}
