/** What people like you have. */
import type { Backend } from '../../../backend/contract/backend.js';
import { runAtOnce, runInTurns, type Steps } from '../../../turns/steps.js';
import { type CsrArrays, rowOf, type SparseRow } from '../../data/csr.js';
import type { Id } from '../../data/ids.js';
import { type Interactions, requireInteractions } from '../../data/interactions.js';
import type { InteractionRecord, RecordOptions } from '../../data/making.js';
import type { Person } from '../model.js';
import { fromBytes, type LoadModelOptions, load, type ModelParts } from '../model-file.js';
import type { TrainingOptions, UserReason } from '../recommender.js';
import { findNeighbors, updateNeighbors } from './neighbor-lists.js';
import { comparedUsers, listsOfParts, meanOf, Neighborhood, weightsOf } from './neighborhood.js';
import { type NeighborhoodOptions, readNeighborhoodOptions } from './options.js';
import type { Weights } from './weighting.js';

/**
 * User-based collaborative filtering: an item scores by who has it among the users most alike.
 *
 *     score(u, i) = Σ s(u, v) · value(v, i)    over v among the `neighbors` nearest users of u
 *     s(u, v) = dot(u, v) / (norm(u) · norm(v) + shrinkage)    over all items, those with neither counting as 0
 *
 * added in float64 by ascending position of `v`, so that the score has the same bits everywhere. A plain sum of votes,
 * without the means and the division, which serve to guess ratings rather than to rank. Other similarities, and
 * weights: NeighborhoodOptions.
 *
 * With `feedback: 'explicit'` the score is the rating expected:
 *
 *     score(u, i) = mean(u) + Σ s(u, v) · (rating(v, i) - mean(v)) / Σ s(u, v)    over the neighbours v who rated i
 *
 * Resnick et al., "GroupLens: An Open Architecture for Collaborative Filtering of Netnews", CSCW 1994; Herlocker et
 * al., "An Algorithmic Framework for Performing Collaborative Filtering", SIGIR 1999. Where no neighbour rated the item
 * the score is mean(u), and such items are not recommended.
 *
 * For a profile from outside the nearest users are found on the spot. A known user with that very profile then counts
 * among them, as anyone else would.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * const model = UserKnn.fit(interactions);
 * model.similarUsers('Ann', 1); // [{ user: 'Ben', score: 0.7071... }]
 * model.explain('Ann', 'milk').reasons; // [{ user: 'Ben', contribution: 0.7071... }]
 */
export class UserKnn<U extends Id = string, I extends Id = string> extends Neighborhood<U, I, UserReason<U>> {
  protected override readonly votesAreSimilarities = false;
  #weights: Weights | undefined;

  /**
   * Learns the nearest users of every user. Holds `neighbors` entries per user, never users x users.
   * @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else.
   */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions = {},
  ): UserKnn<U, I> {
    return runAtOnce(UserKnn.#training(interactions, options));
  }

  /** The same without holding up other events; `onProgress` and `signal` as in TrainingOptions. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions & TrainingOptions = {},
  ): Promise<UserKnn<U, I>> {
    return runInTurns(UserKnn.#training(interactions, options), options);
  }

  static *#training<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions,
  ): Steps<UserKnn<U, I>> {
    requireInteractions(interactions);
    const settings = readNeighborhoodOptions(options);
    const lists = yield* findNeighbors(comparedUsers(interactions, settings), settings);
    return new UserKnn(interactions as Interactions<U, I>, lists, settings);
  }

  /**
   * A model out of the bytes that `toBytes` gave, on any platform.
   * @throws KindredError CORRUPT_FILE naming what was found and where; MODEL_MISMATCH for a model of another class.
   */
  static fromBytes<U extends Id = string, I extends Id = string>(
    bytes: Uint8Array,
    options: LoadModelOptions = {},
  ): UserKnn<U, I> {
    return fromBytes('UserKnn', bytes, options, UserKnn.fromParts<U, I>);
  }

  /** A model out of a file that `save` wrote. Node only. Errors as for `fromBytes`, and the system's own. */
  static async load<U extends Id = string, I extends Id = string>(
    path: string | URL,
    options: LoadModelOptions = {},
  ): Promise<UserKnn<U, I>> {
    return load('UserKnn', path, options, UserKnn.fromParts<U, I>);
  }

  /** The model that a file holds, whose `parts` these are. */
  static fromParts<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    parts: Pick<ModelParts, 'options' | 'arrays'>,
    backend?: Backend | string,
  ): UserKnn<U, I> {
    const settings = readNeighborhoodOptions({ ...parts.options, backend });
    return new UserKnn(interactions, listsOfParts(parts, interactions.users.length), settings);
  }

  /**
   * A model that knows these records too, equal to one fitted anew to `interactions.add(records, options)`. Only users
   * whose items changed are compared again, where that is enough.
   */
  add<V extends Id, J extends Id>(
    records: Iterable<InteractionRecord<V, J>>,
    options: RecordOptions = {},
  ): UserKnn<U | V, I | J> {
    return this.#changed(this.interactions.add(records, options));
  }

  /**
   * A model that knows nothing this user did, equal to one fitted anew to `interactions.forget(user)`.
   * @throws KindredError UNKNOWN_ID
   */
  forget(user: U): UserKnn<U, I> {
    return this.#changed(this.interactions.forget(user));
  }

  #changed<V extends Id, J extends Id>(interactions: Interactions<V, J>): UserKnn<V, J> {
    const change = {
      before: comparedUsers(this.interactions, this.settings),
      after: comparedUsers(interactions, this.settings),
    };
    return new UserKnn(interactions, updateNeighbors(this.lists, change, this.settings), this.settings);
  }

  protected override evidence({ profile, user }: Person): SparseRow {
    if (user !== undefined) return rowOf(this.lists, user);
    const nearest = this.userSimilarity().nearestTo(this.#weigh(profile), this.settings.neighbors);
    nearest.sort((a, b) => a.position - b.position);
    return {
      indices: Uint32Array.from(nearest, ({ position }) => position),
      values: Float64Array.from(nearest, ({ score }) => score),
    };
  }

  #weigh(profile: SparseRow): SparseRow {
    this.#weights ??= weightsOf(this.interactions, this.settings);
    return this.#weights.ofProfile(profile);
  }

  protected override evidenceOfUsers(): CsrArrays {
    return this.lists;
  }

  /** What each user has; for ratings, how far each is from the user's mean. */
  protected override makeVotes(): CsrArrays {
    const { rows, indptr, indices, values } = this.interactions.byUser();
    const deviations = Float64Array.from(values);
    if (this.settings.feedback === 'implicit') return { indptr, indices, values: deviations };
    for (let user = 0; user < rows; user++) {
      const mean = this.#meanOf(values.subarray(indptr[user], indptr[user + 1]));
      for (let p = indptr[user]; p < indptr[user + 1]; p++) deviations[p] -= mean;
    }
    return { indptr, indices, values: deviations };
  }

  protected override baseOf({ profile }: Person): number {
    return this.#meanOf(profile.values);
  }

  #meanOf(ratings: Float32Array | Float64Array): number {
    return meanOf(ratings) ?? this.mean;
  }

  protected override reasonAt(position: number, contribution: number): UserReason<U> {
    return { user: this.interactions.users[position], contribution };
  }

  protected override toParts(): ModelParts {
    return this.partsWithName('UserKnn');
  }
}
