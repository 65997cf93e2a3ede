/** What people like you have. */
import type { Backend } from '../../../backend/contract/backend.js';
import { runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../../turns/steps.js';
import { type CsrArrays, rowOf, type SparseRow } from '../../data/csr.js';
import type { Id } from '../../data/ids.js';
import { type Interactions, requireInteractions } from '../../data/interactions.js';
import type { InteractionRecord, RecordOptions } from '../../data/making.js';
import type { Gone, Person } from '../model.js';
import type { ModelParts } from '../model-file/layout.js';
import { fromBytes, type LoadModelOptions, load } from '../model-file/load.js';
import type { TrainingOptions, UserReason } from '../recommender.js';
import { findNeighbors, updateNeighbors } from './neighbor-lists.js';
import {
  comparedUsers,
  isOutdated,
  keptNeighbors,
  listsOfParts,
  Neighborhood,
  singles,
  weightsOf,
} from './neighborhood.js';
import { type NeighborhoodOptions, type NeighborhoodSettings, readNeighborhoodOptions } from './options.js';
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
 *     score(u, i) = b(u, i) + Σ s(u, v) · (rating(v, i) - b(v, i)) / (2 + Σ s(u, v))
 *
 * over the `neighbors` users nearest to u among those who rated i, with b the mean of all ratings and the biases of user
 * and item, and s the similarity of the deviations from b (`centre`). Scores stay within the scale of the ratings seen.
 * Resnick et al., "GroupLens: An Open Architecture for Collaborative Filtering of Netnews", CSCW 1994; Herlocker et
 * al., "An Algorithmic Framework for Performing Collaborative Filtering", SIGIR 1999; with biases, Koren, "Factor in the
 * Neighbors", TKDD 4(1), 2010. Where no neighbour rated the item the score is b(u, i), and such items are not
 * recommended.
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
    return runAtOnce(UserKnn.#training(interactions, readNeighborhoodOptions(options)));
  }

  /** The same without holding up other events; `onProgress` and `signal` as in TrainingOptions. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions & TrainingOptions = {},
  ): Promise<UserKnn<U, I>> {
    return runInTurns(UserKnn.#training(interactions, readNeighborhoodOptions(options, TURN_OPTIONS)), options);
  }

  static *#training<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    settings: NeighborhoodSettings,
  ): Steps<UserKnn<U, I>> {
    requireInteractions(interactions);
    const compared = comparedUsers(interactions, settings);
    yield undefined;
    const lists = yield* findNeighbors(compared, keptNeighbors(settings));
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
    const lists = listsOfParts(parts, interactions.users.length);
    if (isOutdated(parts.options)) return runAtOnce(UserKnn.#training(interactions, settings));
    return new UserKnn(interactions, lists, settings);
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

  #changed<V extends Id, J extends Id>(interactions: Interactions<V, J>): UserKnn<V, J> {
    const after = comparedUsers(interactions, this.settings);
    const change = { before: comparedUsers(this.interactions, this.settings), after };
    const lists = updateNeighbors(this.lists, change, keptNeighbors(this.settings));
    return new UserKnn(interactions, lists, this.settings);
  }

  /**
   * Equal to a model fitted anew to what is left. Users are compared again as far as what they are compared by has changed.
   */
  protected override without(interactions: Interactions<U, I>, gone: Gone): UserKnn<U, I> {
    return new UserKnn(interactions, this.listsWithout(interactions, gone, 'user', comparedUsers), this.settings);
  }

  protected override evidence({ profile, user }: Person): SparseRow {
    if (user !== undefined) return rowOf(this.scoringLists, user);
    const { neighbors } = keptNeighbors(this.settings);
    const nearest = this.userSimilarity().nearestTo(this.#weigh(profile), neighbors);
    nearest.sort((a, b) => a.position - b.position);
    return {
      indices: Uint32Array.from(nearest, ({ position }) => position),
      values: this.scaled(Float64Array.from(nearest, ({ score }) => score)),
    };
  }

  #weigh(profile: SparseRow): SparseRow {
    if (this.settings.centre) return singles(this.biases.residuals(profile));
    this.#weights ??= weightsOf(this.interactions, this.settings);
    return this.#weights.ofProfile(profile);
  }

  protected override evidenceOfUsers(): CsrArrays {
    return this.scoringLists;
  }

  /** What each user has; for ratings, how far each is from what was expected. */
  protected override makeVotes(): CsrArrays {
    const { indptr, indices, values } = this.interactions.byUser();
    const isRated = this.settings.feedback === 'explicit';
    return { indptr, indices, values: isRated ? this.biases.residualsOfAll() : Float64Array.from(values) };
  }

  protected override reasonAt(position: number, contribution: number): UserReason<U> {
    return { user: this.interactions.users[position], contribution };
  }

  protected override toParts(): ModelParts {
    return this.partsWithName('UserKnn');
  }
}
