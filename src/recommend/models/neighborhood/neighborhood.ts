/** What ItemKnn and UserKnn share: options, similarities, scores as sums over neighbours, and changes without a refit. */
import { readBackend } from '../../../backend/choose.js';
import type { Backend, Similarity, SparseRows, TopRows } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import { readK } from '../../../similarity/top-k.js';
import { type CsrArrays, rowOf, type SparseRow, transpose, valueAt } from '../../data/csr.js';
import { type Id, quote } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import { Model, type Person, type RankRequest, requireInteractions, type ScoreTerms } from '../model.js';
import type { ModelParts } from '../model-file.js';
import type { ItemReason, UserReason } from '../recommender.js';
import { RowSimilarity, weightedSum } from '../row-similarity.js';
import type { Scored } from '../scored.js';
import type { NeighborSettings } from './neighbor-lists.js';
import { type Bm25Options, type Weighting, Weights } from './weighting.js';

/** Options of the neighbourhood models. */
export interface NeighborhoodOptions {
  /** Nearest neighbours kept for each item (or user), a positive integer. Default 50. */
  readonly neighbors?: number | undefined;
  /**
   * How alike two items (or users) are: the `cosine` of their values (default); the overlap of who has them as `jaccard` or `dice`,
   * whatever the values; or `pearson`, the correlation of their values. Only those above 0 make neighbours.
   */
  readonly similarity?: Similarity | undefined;
  /** Weights values before they are compared, which needs values >= 0; votes stay as they are. Default `none`. */
  readonly weighting?: Weighting | undefined;
  /** Parameters of the weighting `bm25`. */
  readonly bm25?: Bm25Options | undefined;
  /**
   * Added to the denominator of the similarity, >= 0: similarities that rest on little evidence shrink towards 0
   * (after Bell and Koren, "Scalable Collaborative Filtering with Jointly Derived Neighborhood Interpolation Weights",
   * ICDM 2007, section 2.2). Default 0. In the units of the denominator: for cosine and pearson of the product of two norms,
   * for jaccard and dice of counts.
   */
  readonly shrinkage?: number | undefined;
  /**
   * Takes norms (and for pearson means) over everything that both have (`full`, default; what one does not have counts as 0, for
   * pearson as its mean), or only over what they have in common (`corated`, the textbook's correlation of ratings).
   */
  readonly overlap?: 'full' | 'corated' | undefined;
  /** Users (or items) that two must have in common at least to be neighbours, a positive integer. Default 1. */
  readonly minSupport?: number | undefined;
  /**
   * `implicit` (default): a score is the sum of the neighbours' votes, which ranks. `explicit`: values are ratings, and a score is
   * the rating expected, a mean and the neighbours' mean deviation from theirs.
   */
  readonly feedback?: 'implicit' | 'explicit' | undefined;
  /** Threads that computing neighbours may use, where the backend has them. Default all cores; no answer depends on it. */
  readonly threads?: number | undefined;
  /** Computes the neighbours. Default the best that runs here; the answers have the same bits on all. */
  readonly backend?: Backend | string | undefined;
}

/** Checked options with the defaults filled in. */
export interface Settings extends NeighborSettings {
  readonly similarity: Similarity;
  readonly weighting: Weighting;
  readonly bm25: Bm25Options | undefined;
  readonly shrinkage: number;
  readonly overlap: 'full' | 'corated';
  readonly minSupport: number;
  readonly feedback: 'implicit' | 'explicit';
}

/** Rows of the votes that speak for someone, ascending, with a weight each. */
export type Evidence = SparseRow;

/**
 * A score is a sum over rows of the evidence by ascending row, in float64:
 * - implicit: `Σ weight(row) · votes[row][item]`;
 * - explicit: `base + Σ weight(row) · votes[row][item] / Σ similarity`, each term divided before it is added, where one of
 *   weight and vote is a similarity and the other a deviation from a mean.
 *
 * Only items that some row speaks for are recommended; for implicit feedback they score above 0.
 */
export abstract class Neighborhood<
  U extends Id,
  I extends Id,
  Reason extends ItemReason<I> | UserReason<U>,
> extends Model<U, I, Reason> {
  protected readonly settings: Settings;
  /** The nearest neighbours of every row that is compared, in ascending position. */
  protected readonly lists: CsrArrays;
  /** The mean of all ratings: what is expected of people and items of whom nothing is known. */
  protected readonly mean: number;
  #votes: CsrArrays | undefined;
  #items: RowSimilarity | undefined;
  #users: RowSimilarity | undefined;

  protected constructor(interactions: Interactions<U, I>, lists: CsrArrays, settings: Settings) {
    super(interactions);
    this.settings = settings;
    this.lists = lists;
    this.mean = meanOf(interactions.byUser().values) ?? 0;
  }

  /** The rows that speak for someone, and their weights. */
  protected abstract evidence(person: Person): Evidence;
  /** What each row says about items. */
  protected abstract makeVotes(): CsrArrays;
  /** For explicit feedback: whether votes are the similarities (else the weights are). */
  protected abstract readonly votesAreSimilarities: boolean;
  /** For explicit feedback: what is expected of an item before any neighbour is asked. */
  protected abstract baseOf(person: Person, item: number): number;

  protected get votes(): CsrArrays {
    this.#votes ??= this.makeVotes();
    return this.#votes;
  }

  protected override scoresFor(person: Person): Float64Array {
    const evidence = this.evidence(person);
    const items = this.interactions.items.length;
    if (this.settings.feedback === 'explicit') return this.#ratings(person, evidence, items);
    const scores = weightedSum(evidence, this.votes, items);
    // A loop: a mixture asks for everybody's every score.
    for (let item = 0; item < items; item++) if (!(scores[item] > 0)) scores[item] = Number.NaN;
    return scores;
  }

  #ratings(person: Person, evidence: Evidence, items: number): Float64Array {
    const { indptr, indices, values } = this.votes;
    const totals = new Float64Array(items);
    evidence.indices.forEach((row, n) => {
      for (let p = indptr[row]; p < indptr[row + 1]; p++) {
        totals[indices[p]] += this.votesAreSimilarities ? values[p] : evidence.values[n];
      }
    });
    const scores = totals.map((total, item) => (total > 0 ? this.baseOf(person, item) : Number.NaN));
    evidence.indices.forEach((row, n) => {
      const weight = evidence.values[n];
      for (let p = indptr[row]; p < indptr[row + 1]; p++) {
        scores[indices[p]] += (weight * values[p]) / totals[indices[p]];
      }
    });
    return scores;
  }

  protected override termsOf(person: Person, item: number): ScoreTerms {
    const { indices, values } = this.evidence(person);
    const spoken = Array.from(indices, (row, n) => {
      return { position: row, weight: values[n], vote: valueAt(rowOf(this.votes, row), item) };
    }).filter((each): each is typeof each & { vote: number } => each.vote !== undefined);
    if (this.settings.feedback === 'implicit') {
      const terms = spoken.map(({ position, weight, vote }) => ({ position, contribution: weight * vote }));
      return { score: terms.reduce((sum, { contribution }) => sum + contribution, 0), terms };
    }
    const base = this.baseOf(person, item);
    const total = spoken.reduce((sum, { weight, vote }) => sum + (this.votesAreSimilarities ? vote : weight), 0);
    if (!(total > 0)) return { score: base, base, terms: [] };
    const terms = spoken.map(({ position, weight, vote }) => ({ position, contribution: (weight * vote) / total }));
    return { score: terms.reduce((sum, { contribution }) => sum + contribution, base), base, terms };
  }

  protected override rankMany(users: Uint32Array, request: RankRequest): TopRows {
    if (this.settings.feedback === 'explicit') return super.rankMany(users, request);
    const { k, minScore, admit, excludeSeen } = request;
    const { columns, indptr, indices } = this.interactions.byUser();
    const lists = { ...this.votes, rows: this.votes.indptr.length - 1, columns, values: float64(this.votes.values) };
    return this.settings.backend.sparseTopK(takeRows(this.evidenceOfUsers(), users, lists.rows), lists, {
      ...{ k: Math.max(1, k), admit, above: 0, minScore, threads: this.settings.threads },
      exclude: excludeSeen ? takeRows({ indptr, indices, values: NO_VALUES }, users, columns) : undefined,
    });
  }

  /** `evidence` of every known user. */
  protected abstract evidenceOfUsers(): CsrArrays;

  protected override nearestItems(item: number, k: number): Scored[] {
    return this.itemSimilarity().nearest(item, k);
  }

  protected override nearestUsers(user: number, k: number): Scored[] {
    return this.userSimilarity().nearest(user, k);
  }

  protected override itemSimilarities(item: number, others: Uint32Array): Float64Array {
    return this.itemSimilarity().between(item, others);
  }

  protected itemSimilarity(): RowSimilarity {
    this.#items ??= new RowSimilarity(comparedItems(this.interactions, this.settings), this.settings);
    return this.#items;
  }

  protected userSimilarity(): RowSimilarity {
    this.#users ??= new RowSimilarity(comparedUsers(this.interactions, this.settings), this.settings);
    return this.#users;
  }

  protected partsWithName(name: string): ModelParts {
    const { neighbors, similarity, weighting, bm25, shrinkage, overlap, minSupport, feedback } = this.settings;
    return {
      name,
      options: { neighbors, similarity, weighting, bm25, shrinkage, overlap, minSupport, feedback },
      arrays: { indptr: this.lists.indptr, indices: this.lists.indices, values: float64(this.lists.values) },
    };
  }
}

/** The weights that a model with these settings gives to values before it compares them. */
export function weightsOf(interactions: Interactions<Id, Id>, { weighting, bm25 }: Settings): Weights {
  return new Weights(interactions.byItem(), weighting, bm25);
}

/** Items x users, weighted. */
export function comparedItems(interactions: Interactions<Id, Id>, settings: Settings): SparseRows {
  if (settings.weighting === 'none') return interactions.byItem();
  return transpose(comparedUsers(interactions, settings));
}

/** Users x items, weighted. */
export function comparedUsers(interactions: Interactions<Id, Id>, settings: Settings): SparseRows {
  if (settings.weighting === 'none') return interactions.byUser();
  return weightsOf(interactions, settings).ofUsers(interactions.byUser());
}

/** The lists that a file holds, for so many rows. @throws KindredError CORRUPT_FILE if they are none. */
export function listsOfParts({ arrays }: Pick<ModelParts, 'arrays'>, rows: number): CsrArrays {
  const { indptr, indices, values } = arrays;
  const refuse = (found: string) => new KindredError('CORRUPT_FILE', `The lists of neighbours have ${found}.`);
  if (!(indptr instanceof Uint32Array && indices instanceof Uint32Array && values instanceof Float64Array)) {
    throw refuse('arrays of another kind');
  }
  if (
    indptr.length !== rows + 1 ||
    indptr[0] !== 0 ||
    indptr[rows] !== indices.length ||
    values.length !== indices.length
  ) {
    throw refuse(`other lengths than ${rows} rows need`);
  }
  for (let row = 0; row < rows; row++) {
    if (indptr[row + 1] < indptr[row]) throw refuse(`an end before the beginning in row ${row}`);
    for (let p = indptr[row]; p < indptr[row + 1]; p++) {
      const isNext = indices[p] < rows && (p === indptr[row] || indices[p] > indices[p - 1]);
      if (!isNext || !(values[p] > 0)) throw refuse(`${indices[p]} with ${values[p]} where row ${row} goes on`);
    }
  }
  return { indptr, indices, values };
}

/** The mean, added in float64 in order; undefined if there is nothing. */
export function meanOf(values: Float32Array | Float64Array): number | undefined {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? undefined : sum / values.length;
}

/** Some rows of a matrix, in any order and any number of times. */
function takeRows({ indptr, indices, values }: CsrArrays, rows: Uint32Array, columns: number) {
  const all = { rows: indptr.length - 1, columns, indptr, indices, values: float64(values) };
  if (rows.length === all.rows && rows.every((row, n) => row === n)) return all;
  const starts = new Uint32Array(rows.length + 1);
  rows.forEach((row, n) => {
    starts[n + 1] = starts[n] + indptr[row + 1] - indptr[row];
  });
  const size = starts[rows.length];
  const taken = { indices: new Uint32Array(size), values: new Float64Array(values.length === 0 ? 0 : size) };
  rows.forEach((row, n) => {
    taken.indices.set(indices.subarray(indptr[row], indptr[row + 1]), starts[n]);
    if (values.length > 0) taken.values.set(all.values.subarray(indptr[row], indptr[row + 1]), starts[n]);
  });
  return { rows: rows.length, columns, indptr: starts, ...taken };
}

/** Of a matrix of which only the structure is asked for. */
const NO_VALUES = new Float64Array();

function float64(values: Float32Array | Float64Array): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

const CHOICES = {
  similarity: ['cosine', 'jaccard', 'dice', 'pearson'],
  weighting: ['none', 'bm25', 'tfidf'],
  overlap: ['full', 'corated'],
  feedback: ['implicit', 'explicit'],
} as const;

/** @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else. */
export function settle(interactions: unknown, options: NeighborhoodOptions): Settings {
  requireInteractions(interactions);
  if (typeof options !== 'object' || options === null) {
    throw new KindredError('INVALID_ARGUMENT', `The options are ${quote(options)}; expected { neighbors, ... }.`);
  }
  const { neighbors = 50, similarity = 'cosine', weighting = 'none', bm25, shrinkage = 0, overlap = 'full' } = options;
  const { minSupport = 1, feedback = 'implicit', threads = 0, backend } = options;
  for (const [name, given] of Object.entries({ similarity, weighting, overlap, feedback })) {
    const choices: readonly string[] = CHOICES[name as keyof typeof CHOICES];
    if (choices.includes(given)) continue;
    const expected = choices.map(quote).join(', ');
    throw new KindredError('INVALID_ARGUMENT', `${name} is ${quote(given)}; expected one of ${expected}.`);
  }
  if (overlap === 'corated' && (similarity === 'jaccard' || similarity === 'dice')) {
    const reason = 'over what two have in common, all are equal';
    throw new KindredError('INVALID_ARGUMENT', `overlap 'corated' means nothing to ${quote(similarity)}: ${reason}.`);
  }
  requireNumber('shrinkage', shrinkage, 'a finite number >= 0', (x) => x >= 0);
  requireNumber('minSupport', minSupport, 'a positive integer', (x) => Number.isInteger(x) && x > 0 && x < 2 ** 32);
  requireNumber('threads', threads, 'an integer >= 0', (x) => Number.isInteger(x) && x >= 0);
  if (bm25 !== undefined) {
    if (weighting !== 'bm25' || typeof bm25 !== 'object' || bm25 === null) {
      throw new KindredError('INVALID_ARGUMENT', "bm25 is { k1, b }, and needs weighting: 'bm25'.");
    }
    requireNumber('bm25.k1', bm25.k1 ?? 1, 'a finite number > 0', (x) => x > 0);
    requireNumber('bm25.b', bm25.b ?? 1, 'a number from 0 to 1', (x) => x >= 0 && x <= 1);
  }
  return {
    ...{ neighbors: readK(neighbors, 'neighbors'), similarity, weighting, bm25, shrinkage, overlap, minSupport },
    ...{ feedback, threads, backend: readBackend(backend) },
  };
}

function requireNumber(name: string, given: unknown, expected: string, fits: (given: number) => boolean): void {
  if (typeof given === 'number' && Number.isFinite(given) && fits(given)) return;
  throw new KindredError('INVALID_ARGUMENT', `${name} is ${quote(given)}; expected ${expected}.`);
}
