/** What ItemKnn and UserKnn share: similarities, scores as sums over neighbours, and changes without a refit. */
import type { SparseRows, TopRows } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import { type CsrArrays, rowOf, type SparseRow, transpose, valueAt } from '../../data/csr.js';
import type { Id } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import { Model, type Person, type ScoreTerms } from '../model.js';
import type { ModelParts } from '../model-file.js';
import type { ItemReason, UserReason } from '../recommender.js';
import type { RankRequest } from '../request.js';
import { RowSimilarity, weightedSum } from '../row-similarity.js';
import type { Scored } from '../scored.js';
import type { NeighborhoodSettings } from './options.js';
import { Weights } from './weighting.js';

/** Rows of the votes that speak for someone, ascending, with a weight each. */
export type Evidence = SparseRow;

/**
 * A score is a sum over rows of the evidence by ascending row, in float64:
 * - implicit: `Σ weight(row) · votes[row][item]`;
 * - explicit: `base + Σ weight(row) · votes[row][item] / Σ similarity`, each term divided before it is added, where one
 *   of weight and vote is a similarity and the other a deviation from a mean.
 *
 * Only items that some row speaks for are recommended; for implicit feedback they score above 0.
 */
export abstract class Neighborhood<
  U extends Id,
  I extends Id,
  Reason extends ItemReason<I> | UserReason<U>,
> extends Model<U, I, Reason> {
  protected readonly settings: NeighborhoodSettings;
  /** The nearest neighbours of every row that is compared, in ascending position. */
  protected readonly lists: CsrArrays;
  /** The mean of all ratings: what is expected of people and items of whom nothing is known. */
  protected readonly mean: number;
  #votes: CsrArrays | undefined;
  #items: RowSimilarity | undefined;
  #users: RowSimilarity | undefined;

  protected constructor(interactions: Interactions<U, I>, lists: CsrArrays, settings: NeighborhoodSettings) {
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
    const { threads, backend, ...options } = this.settings;
    return {
      name,
      options,
      arrays: { indptr: this.lists.indptr, indices: this.lists.indices, values: float64(this.lists.values) },
    };
  }
}

/** The weights that a model with these settings gives to values before it compares them. */
export function weightsOf(interactions: Interactions<Id, Id>, { weighting, bm25 }: NeighborhoodSettings): Weights {
  return new Weights(interactions.byItem(), weighting, bm25);
}

/** Items x users, weighted. */
export function comparedItems(interactions: Interactions<Id, Id>, settings: NeighborhoodSettings): SparseRows {
  if (settings.weighting === 'none') return interactions.byItem();
  return transpose(comparedUsers(interactions, settings));
}

/** Users x items, weighted. */
export function comparedUsers(interactions: Interactions<Id, Id>, settings: NeighborhoodSettings): SparseRows {
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
