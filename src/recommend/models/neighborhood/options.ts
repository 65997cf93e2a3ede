/** Options of ItemKnn and UserKnn. */
import { readFlag } from '../../../arguments/choices.js';
import { readK, readNumber } from '../../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../../arguments/objects.js';
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
  /**
   * Nearest neighbours of each item (or user) that count, a positive integer. Default 50. For explicit feedback these
   * are, for each score, the nearest of those who have the item, found among the ten times as many that are kept.
   */
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
   * a score is the rating expected: the biases of user and item, and how far the neighbours' ratings are from theirs.
   */
  readonly feedback?: 'implicit' | 'explicit' | undefined;
  /**
   * `l1` divides the similarities of each item (or user) to its neighbours by their sum, so that a score is the share
   * of the neighbourhood that speaks for it: an item that is a little like everything no longer comes first. For
   * implicit feedback only. Default `none`.
   */
  readonly normalize?: 'none' | 'l1' | undefined;
  /**
   * Compares not values but how far they are from what was expected by the biases of user and item. Default true for
   * explicit feedback compared by its values without weighting, else false.
   */
  readonly centre?: boolean | undefined;
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
  normalize: choice('none', 'l1'),
  centre: (given: unknown, name: string) => (given === undefined ? undefined : readFlag(given, name)),
  ...COMPUTE_OPTIONS,
};

/** Checked options with the defaults filled in. */
export interface NeighborhoodSettings extends Omit<SettingsOf<typeof OPTIONS>, 'centre'> {
  readonly centre: boolean;
}

/** @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else. */
export function readNeighborhoodOptions(
  options: NeighborhoodOptions,
  others?: Readonly<Record<string, true>>,
): NeighborhoodSettings {
  const settings = readOptions(options, OPTIONS, '{ neighbors: 50 }', others);
  const { similarity, overlap, weighting, bm25, feedback, normalize } = settings;
  const looksAtValues = weighting === 'none' && (similarity === 'cosine' || similarity === 'pearson');
  if (overlap === 'corated' && (similarity === 'jaccard' || similarity === 'dice')) {
    const reason = 'over what two have in common, all are equal';
    throw new KindredError('INVALID_ARGUMENT', `overlap 'corated' means nothing to '${similarity}': ${reason}`);
  }
  if (bm25 !== undefined && weighting !== 'bm25') {
    throw new KindredError('INVALID_ARGUMENT', `bm25 needs weighting: 'bm25', and weighting is '${weighting}'`);
  }
  if (settings.centre && !looksAtValues) {
    const given = weighting === 'none' ? `similarity '${similarity}'` : `weighting '${weighting}'`;
    throw new KindredError(
      'INVALID_ARGUMENT',
      `centre means nothing to ${given}, and needs 'cosine' or 'pearson' alone`,
    );
  }
  if (normalize === 'l1' && feedback === 'explicit') {
    const reason = 'ratings expected are divided by the similarities anyway';
    throw new KindredError('INVALID_ARGUMENT', `normalize 'l1' means nothing to feedback 'explicit': ${reason}`);
  }
  return { ...settings, centre: settings.centre ?? (feedback === 'explicit' && looksAtValues) };
}

const BM25: OptionNames<Bm25Options> = { k1: true, b: true };

/** Without defaults, since that is what stands in model files. */
function readBm25(given: unknown): Bm25Options | undefined {
  if (given === undefined) return undefined;
  const { k1, b } = readObject(given as Bm25Options, 'bm25: { k1: 1.2, b: 0.75 }', BM25);
  if (k1 !== undefined) readNumber(k1, 'bm25.k1', { above: 0 });
  if (b !== undefined) readNumber(b, 'bm25.b', { from: 0, to: 1 });
  return { ...(k1 !== undefined && { k1 }), ...(b !== undefined && { b }) };
}
