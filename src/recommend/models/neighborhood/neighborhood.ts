/** What ItemKnn and UserKnn share: similarities, scores as sums over neighbours, and changes without a refit. */
import type { SparseRows, TopRows } from '../../../backend/contract/backend.js';
import { withSparse } from '../../../backend/families/sparse.js';
import { KindredError } from '../../../errors.js';
import { runAtOnce } from '../../../turns/steps.js';
import { type CsrArrays, rowOf, type SparseRow, transpose, valueAt } from '../../data/csr.js';
import type { Id } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import { type Gone, Model, type Person, type ScoreTerms } from '../model.js';
import type { ModelParts } from '../model-file/layout.js';
import type { ItemReason, UserReason } from '../recommender.js';
import type { RankRequest } from '../request.js';
import { RowSimilarity, weightedSum } from '../row-similarity.js';
import { bestFor, type Scored } from '../scored.js';
import { Biases } from './biases.js';
import { findNeighbors, type NeighborSettings, updateNeighbors, withoutRow } from './neighbor-lists.js';
import type { NeighborhoodSettings } from './options.js';
import { CANDIDATES_PER_NEIGHBOR, sumUp } from './ratings.js';
import { Weights } from './weighting.js';

/** Rows of the votes that speak for someone, ascending, with a weight each. */
export type Evidence = SparseRow;

/**
 * A score is a sum over rows of the evidence by ascending row, in float64:
 * - implicit: `Σ weight(row) · votes[row][item]`;
 * - explicit: see `sumUp`, where one of weight and vote is a similarity and the other a deviation from what was expected.
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
  #votes: CsrArrays | undefined;
  #scoring: CsrArrays | undefined;
  #biases: Biases | undefined;
  #items: RowSimilarity | undefined;
  #users: RowSimilarity | undefined;

  protected constructor(interactions: Interactions<U, I>, lists: CsrArrays, settings: NeighborhoodSettings) {
    super(interactions);
    this.settings = settings;
    this.lists = lists;
  }

  /** The rows that speak for someone, and their weights. */
  protected abstract evidence(person: Person): Evidence;
  /** What each row says about items. */
  protected abstract makeVotes(): CsrArrays;
  /** For explicit feedback: whether votes are the similarities (else the weights are). */
  protected abstract readonly votesAreSimilarities: boolean;

  override get predicts(): 'scores' | 'ratings' {
    return this.settings.feedback === 'explicit' ? 'ratings' : 'scores';
  }

  protected get votes(): CsrArrays {
    this.#votes ??= this.makeVotes();
    return this.#votes;
  }

  /** The lists as scores have them: those of `normalize`. */
  protected get scoringLists(): CsrArrays {
    this.#scoring ??= this.settings.normalize === 'l1' ? normalized(this.lists) : this.lists;
    return this.#scoring;
  }

  /** The similarities of one row to its neighbours, as scores have them. */
  protected scaled(similarities: Float64Array): Float64Array {
    return this.settings.normalize === 'l1' ? sharesOfSum(similarities) : similarities;
  }

  /** For explicit feedback, and to centre. */
  protected get biases(): Biases {
    this.#biases ??= new Biases(this.interactions);
    return this.#biases;
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

  #ratings({ profile }: Person, evidence: Evidence, items: number): Float64Array {
    const { indptr, indices, values } = this.votes;
    const ends = new Uint32Array(items + 1);
    for (const row of evidence.indices) for (let p = indptr[row]; p < indptr[row + 1]; p++) ends[indices[p] + 1]++;
    for (let item = 0; item < items; item++) ends[item + 1] += ends[item];
    const next = ends.slice();
    const voices = { similarities: new Float64Array(ends[items]), products: new Float64Array(ends[items]) };
    evidence.indices.forEach((row, n) => {
      const weight = evidence.values[n];
      for (let p = indptr[row]; p < indptr[row + 1]; p++) {
        const at = next[indices[p]]++;
        voices.similarities[at] = this.votesAreSimilarities ? values[p] : weight;
        voices.products[at] = weight * values[p];
      }
    });
    const { neighbors } = this.settings;
    const bias = this.biases.ofUser(profile);
    return Float64Array.from({ length: items }, (_, item) => {
      if (ends[item + 1] === ends[item]) return Number.NaN;
      const expected = this.biases.expected(bias, item);
      return sumUp(voices, ends[item], ends[item + 1], neighbors, expected, this.biases).score;
    });
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
    const voices = {
      similarities: Float64Array.from(spoken, ({ weight, vote }) => (this.votesAreSimilarities ? vote : weight)),
      products: Float64Array.from(spoken, ({ weight, vote }) => weight * vote),
    };
    const expected = this.biases.expected(this.biases.ofUser(person.profile), item);
    const { base, score } = sumUp(voices, 0, spoken.length, this.settings.neighbors, expected, this.biases);
    const terms = spoken.map(({ position }, n) => ({ position, contribution: voices.products[n] }));
    return { score, base, terms };
  }

  protected override rank(person: Person, request: RankRequest): Scored[] {
    if (this.settings.feedback === 'explicit') return super.rank(person, request);
    const sums = weightedSum(this.evidence(person), this.votes, this.interactions.items.length);
    // What nobody speaks for has a sum of 0.
    const minScore = Math.max(request.minScore, Number.MIN_VALUE);
    return bestFor(person.profile, sums, { ...request, minScore });
  }

  protected override rankMany(users: Uint32Array, request: RankRequest): TopRows {
    if (this.settings.feedback === 'explicit') return super.rankMany(users, request);
    const { k, minScore, admit, excludeSeen } = request;
    const { columns, indptr, indices } = this.interactions.byUser();
    const lists = { ...this.votes, rows: this.votes.indptr.length - 1, columns, values: float64(this.votes.values) };
    return withSparse(this.settings.backend).sparseTopK(takeRows(this.evidenceOfUsers(), users, lists.rows), lists, {
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

  /** The lists of what is left, as a fit would find them: `side` is that of the rows that are compared. */
  protected listsWithout(
    left: Interactions<U, I>,
    { side, position }: Gone,
    own: Gone['side'],
    compared: (interactions: Interactions<Id, Id>, settings: NeighborhoodSettings) => SparseRows,
  ): CsrArrays {
    const settings = keptNeighbors(this.settings);
    // The number of all items decides every weight.
    if (side === 'item' && this.settings.weighting !== 'none') {
      return runAtOnce(findNeighbors(compared(left, this.settings), settings));
    }
    // First without what they had, so that all others are where they were, and then without the empty place.
    const emptied = withoutEntries(this.interactions, { side, position });
    const change = { before: compared(this.interactions, this.settings), after: compared(emptied, this.settings) };
    const lists = updateNeighbors(this.lists, change, settings);
    return side === own ? withoutRow(lists, position) : lists;
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

/** Items x users, weighted or centred. */
export function comparedItems(interactions: Interactions<Id, Id>, settings: NeighborhoodSettings): SparseRows {
  if (settings.weighting === 'none' && !settings.centre) return interactions.byItem();
  return transpose(comparedUsers(interactions, settings));
}

/** Users x items, weighted or centred. */
export function comparedUsers(interactions: Interactions<Id, Id>, settings: NeighborhoodSettings): SparseRows {
  if (settings.centre) {
    return { ...interactions.byUser(), values: Float32Array.from(new Biases(interactions).residualsOfAll()) };
  }
  if (settings.weighting === 'none') return interactions.byUser();
  return weightsOf(interactions, settings).ofUsers(interactions.byUser());
}

/** A row as it is compared: rounded to float32, as the rows of all are. */
export function singles({ indices, values }: SparseRow): SparseRow {
  return { indices, values: Float32Array.from(values) };
}

/** What decides the lists that are kept: for explicit feedback they are longer than what counts. */
export function keptNeighbors(settings: NeighborhoodSettings): NeighborSettings {
  const { neighbors, similarity, shrinkage, overlap, minSupport, threads, backend, feedback } = settings;
  const kept = feedback === 'explicit' ? Math.min(CANDIDATES_PER_NEIGHBOR * neighbors, 2 ** 32 - 1) : neighbors;
  return { neighbors: kept, similarity, shrinkage, overlap, minSupport, threads, backend };
}

/**
 * Whether a file is of the time before ratings were centred: its lists are too short, and of another similarity. It holds
 * all that a model is fitted to.
 */
export function isOutdated({ feedback, centre }: Readonly<Record<string, unknown>>): boolean {
  return feedback === 'explicit' && centre === undefined;
}

/** All users and items, without the entries of one of them. */
function withoutEntries<U extends Id, I extends Id>(
  interactions: Interactions<U, I>,
  { side, position }: Gone,
): Interactions<U, I> {
  const { indptr, indices } = interactions.byUser();
  const isLeft = Uint8Array.from(indices, (item, entry) => {
    const isGone = side === 'item' ? item === position : entry >= indptr[position] && entry < indptr[position + 1];
    return isGone ? 0 : 1;
  });
  return interactions.select(isLeft);
}

function normalized({ indptr, indices, values }: CsrArrays): CsrArrays {
  const shares = new Float64Array(values.length);
  for (let row = 0; row + 1 < indptr.length; row++) {
    const own = float64(values).subarray(indptr[row], indptr[row + 1]);
    shares.set(sharesOfSum(own), indptr[row]);
  }
  return { indptr, indices, values: shares };
}

/** Each part of its sum, added in order. */
function sharesOfSum(similarities: Float64Array): Float64Array {
  let sum = 0;
  for (const similarity of similarities) sum += similarity;
  return similarities.map((similarity) => similarity / sum);
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
      if (!isNext || !(values[p] > 0 && values[p] <= 1))
        throw refuse(`${indices[p]} with ${values[p]} where row ${row} goes on`);
    }
  }
  return { indptr, indices, values };
}

/** Some rows of a matrix, in any order and any number of times. */
function takeRows({ indptr, indices, values }: CsrArrays, rows: Uint32Array, columns: number) {
  const count = indptr.length - 1;
  if (rows.length === count && rows.every((row, n) => row === n)) {
    return { rows: count, columns, indptr, indices, values: float64(values) };
  }
  const starts = new Uint32Array(rows.length + 1);
  rows.forEach((row, n) => {
    starts[n + 1] = starts[n] + indptr[row + 1] - indptr[row];
  });
  const size = starts[rows.length];
  const taken = { indices: new Uint32Array(size), values: new Float64Array(values.length === 0 ? 0 : size) };
  rows.forEach((row, n) => {
    taken.indices.set(indices.subarray(indptr[row], indptr[row + 1]), starts[n]);
    if (values.length > 0) taken.values.set(values.subarray(indptr[row], indptr[row + 1]), starts[n]);
  });
  return { rows: rows.length, columns, indptr: starts, ...taken };
}

/** Of a matrix of which only the structure is asked for. */
const NO_VALUES = new Float64Array();

function float64(values: Float32Array | Float64Array): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}
