/** What ItemKnn and UserKnn share: both add up weighted sparse rows, one row per neighbour. */
import { readBackend } from '../backend/choose.js';
import type { Backend, SparseRows, TopRows } from '../backend/contract.js';
import { KindredError } from '../errors.js';
import { readK } from '../similarity/top-k.js';
import { offsets, rowOf, type SparseLists, type SparseRow, sortEntries, valueAt } from './csr.js';
import { mergeValues, toFloat32 } from './gather.js';
import { type Id, quote } from './ids.js';
import { Interactions } from './interactions.js';
import {
  DEFAULT_K,
  type Explanation,
  type ItemReason,
  type NeighborhoodOptions,
  type Profile,
  type Recommendation,
  type Recommender,
  type RecommendOptions,
  requireIterable,
  type SimilarItem,
  type SimilarUser,
  type UserReason,
} from './recommender.js';
import { bestOf, SparseCosine, weightedSum } from './sparse-cosine.js';

/**
 * score(item) = Σ weight(row) · votes[row][item] over the rows of the evidence, in float64 by ascending row.
 * A model says which rows speak for someone (`evidence`) and what a row is called (`reason`).
 */
export abstract class Neighborhood<U extends Id, I extends Id, Reason extends ItemReason<I> | UserReason<U>>
  implements Recommender<U, I>
{
  protected readonly interactions: Interactions<U, I>;
  protected readonly shrinkage: number;
  readonly #votes: SparseLists;
  #itemCosine: SparseCosine | undefined;
  #userCosine: SparseCosine | undefined;

  protected constructor(interactions: Interactions<U, I>, votes: SparseLists, shrinkage: number) {
    this.interactions = interactions;
    this.shrinkage = shrinkage;
    this.#votes = votes;
  }

  /** The rows that speak for a profile, and their weights. `user` is set if it is that known user's own. */
  protected abstract evidence(profile: SparseRow, user?: number): SparseRow;
  protected abstract reason(row: number, contribution: number): Reason;

  recommend(user: U, options: RecommendOptions<I> = {}): Recommendation<I>[] {
    const position = this.interactions.userPosition(user);
    return this.#recommend(this.#profileOf(position), position, options);
  }

  recommendFor(profile: Profile<I>, options: RecommendOptions<I> = {}): Recommendation<I>[] {
    return this.#recommend(readProfile(profile, this.interactions), undefined, options);
  }

  similarItems(item: I, k: number = DEFAULT_K): SimilarItem<I>[] {
    const nearest = this.itemCosine().nearest(this.interactions.itemPosition(item), readK(k));
    return nearest.map(({ position, score }) => ({ item: this.interactions.items[position], score }));
  }

  similarUsers(user: U, k: number = DEFAULT_K): SimilarUser<U>[] {
    const nearest = this.userCosine().nearest(this.interactions.userPosition(user), readK(k));
    return nearest.map(({ position, score }) => ({ user: this.interactions.users[position], score }));
  }

  predict(user: U, item: I): number {
    return this.explain(user, item).score;
  }

  explain(userOrProfile: U | Profile<I>, item: I): Explanation<Reason> {
    const column = this.interactions.itemPosition(item);
    const evidence = this.#evidenceOf(userOrProfile);
    let score = 0;
    const parts: { row: number; contribution: number }[] = [];
    for (let n = 0; n < evidence.indices.length; n++) {
      const row = evidence.indices[n];
      const contribution = evidence.values[n] * (valueAt(rowOf(this.#votes, row), column) ?? 0);
      score += contribution;
      if (contribution !== 0) parts.push({ row, contribution });
    }
    parts.sort((a, b) => b.contribution - a.contribution || a.row - b.row);
    return { score, reasons: parts.map(({ row, contribution }) => this.reason(row, contribution)) };
  }

  protected itemCosine(): SparseCosine {
    const { interactions, shrinkage } = this;
    this.#itemCosine ??= new SparseCosine(interactions.byItem(), interactions.byUser(), shrinkage);
    return this.#itemCosine;
  }

  protected userCosine(): SparseCosine {
    const { interactions, shrinkage } = this;
    this.#userCosine ??= new SparseCosine(interactions.byUser(), interactions.byItem(), shrinkage);
    return this.#userCosine;
  }

  #recommend(profile: SparseRow, user: number | undefined, options: RecommendOptions<I>): Recommendation<I>[] {
    if (typeof options !== 'object' || options === null) {
      throw new KindredError(
        'INVALID_ARGUMENT',
        `The options are ${quote(options)}; expected { k, excludeSeen, ... }.`,
      );
    }
    const { k = DEFAULT_K, excludeSeen = true, items, minScore = 0 } = options;
    readK(k);
    if (typeof minScore !== 'number' || Number.isNaN(minScore)) {
      throw new KindredError('INVALID_ARGUMENT', `minScore is ${quote(minScore)}; expected a number.`);
    }
    const all = this.interactions.items;
    const admitted = new Uint8Array(all.length).fill(items ? 0 : 1);
    if (items) for (const item of this.interactions.itemPositions(requireIterable('items', items))) admitted[item] = 1;
    if (excludeSeen) for (const item of profile.indices) admitted[item] = 0;
    const scores = weightedSum(this.evidence(profile, user), this.#votes, all.length);
    const admits = (item: number) => admitted[item] === 1 && scores[item] > 0 && scores[item] >= minScore;
    return bestOf(scores, k, admits).map(({ position, score }) => ({ item: all[position], score }));
  }

  #evidenceOf(userOrProfile: U | Profile<I>): SparseRow {
    if (typeof userOrProfile === 'object') return this.evidence(readProfile(userOrProfile, this.interactions));
    const user = this.interactions.userPosition(userOrProfile);
    return this.evidence(this.#profileOf(user), user);
  }

  #profileOf(user: number): SparseRow {
    return rowOf(this.interactions.byUser(), user);
  }
}

/** Checked options with the defaults filled in. */
export interface Settings {
  readonly neighbors: number;
  readonly shrinkage: number;
  readonly backend: Backend;
}

/** @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else. */
export function settle(interactions: unknown, options: NeighborhoodOptions): Settings {
  const { neighbors = 50, similarity = 'cosine', shrinkage = 0, backend } = options;
  if (!(interactions instanceof Interactions)) {
    throw new KindredError('INVALID_ARGUMENT', 'fit expects Interactions; make them with Interactions.from(records).');
  }
  if (similarity !== 'cosine') {
    throw new KindredError('INVALID_ARGUMENT', `similarity is ${quote(similarity)}; expected 'cosine'.`);
  }
  if (!(Number.isFinite(shrinkage) && shrinkage >= 0)) {
    throw new KindredError('INVALID_ARGUMENT', `shrinkage is ${quote(shrinkage)}; expected a finite number >= 0.`);
  }
  return { neighbors: readK(neighbors, 'neighbors'), shrinkage, backend: readBackend(backend) };
}

/**
 * The nearest neighbours of every row, as lists in ascending position. By `neighbor`, turned around: list `j` says which
 * rows count `j` among their nearest.
 */
export function neighborLists(matrix: SparseRows, settings: Settings, by: 'row' | 'neighbor'): SparseLists {
  const { neighbors: k, shrinkage, backend } = settings;
  const { rows, neighbors, scores } = entriesOf(backend.sparseNeighbors(matrix, { k, shrinkage }));
  const [lists, members] = by === 'row' ? [rows, neighbors] : [neighbors, rows];
  const order = sortEntries(lists, matrix.rows, members, matrix.rows);
  return {
    indptr: offsets(lists, matrix.rows),
    indices: order.map((entry) => members[entry]),
    values: Float64Array.from(order, (entry) => scores[entry]),
  };
}

function entriesOf({ stride, counts, positions, scores }: TopRows) {
  const size = counts.reduce((sum, count) => sum + count, 0);
  const entries = { rows: new Uint32Array(size), neighbors: new Uint32Array(size), scores: new Float64Array(size) };
  let end = 0;
  counts.forEach((count, row) => {
    entries.rows.fill(row, end, end + count);
    entries.neighbors.set(positions.subarray(row * stride, row * stride + count), end);
    entries.scores.set(scores.subarray(row * stride, row * stride + count), end);
    end += count;
  });
  return entries;
}

/** A profile from outside as a row of users x items. */
function readProfile<U extends Id, I extends Id>(profile: Profile<I>, interactions: Interactions<U, I>): SparseRow {
  const given = requireIterable<I | readonly [I, number]>('The profile', profile);
  const entries = Array.from(given, (entry) => (typeof entry === 'object' && entry ? entry : ([entry, 1] as const)));
  const positions = interactions.itemPositions(entries.map(([item]) => item));
  const values = new Map<number, number>();
  entries.forEach(([item, value], n) => {
    const where = () => `The profile's item ${quote(item)}`;
    const single = toFloat32(value, where);
    const earlier = values.get(positions[n]);
    const merged = earlier === undefined ? single : mergeValues(interactions.duplicates, earlier, single, where);
    values.set(positions[n], merged);
  });
  const ascending = Uint32Array.from(values.keys()).sort();
  return { indices: ascending, values: Float32Array.from(ascending, (item) => values.get(item) as number) };
}
