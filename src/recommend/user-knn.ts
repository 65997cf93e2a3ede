/** What people like you have. */
import { rowOf, type SparseLists, type SparseRow } from './csr.js';
import type { Id } from './ids.js';
import type { Interactions } from './interactions.js';
import { Neighborhood, neighborLists, type Settings, settle } from './neighborhood.js';
import type { NeighborhoodOptions, UserReason } from './recommender.js';

/**
 * User-based collaborative filtering: an item scores by who has it among the users most alike.
 *
 *     score(u, i) = Σ s(u, v) · value(v, i)    over v among the `neighbors` nearest users of u
 *     s(u, v) = dot(u, v) / (norm(u) · norm(v) + shrinkage)    over all items, those with neither counting as 0
 *
 * added in float64 by ascending position of `v`, so that the score has the same bits everywhere. A plain
 * sum of votes: Herlocker et al., "An Algorithmic Framework for Performing Collaborative Filtering", SIGIR 1999, without
 * the means and the division, which serve to guess ratings rather than to rank.
 *
 * For a profile from outside the nearest users are found on the spot. A known user with that very profile
 * then counts among them, as anyone else would.
 */
export class UserKnn<U extends Id = string, I extends Id = string> extends Neighborhood<U, I, UserReason<U>> {
  readonly #neighbors: number;
  readonly #nearest: SparseLists;

  private constructor(interactions: Interactions<U, I>, nearest: SparseLists, settings: Settings) {
    super(interactions, interactions.byUser(), settings.shrinkage);
    this.#neighbors = settings.neighbors;
    this.#nearest = nearest;
  }

  /**
   * Learns the nearest users of every user. Holds `neighbors` entries per user, never users x users.
   * @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else.
   */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions = {},
  ): UserKnn<U, I> {
    const settings = settle(interactions, options);
    const nearest = neighborLists(interactions.byUser(), settings, 'row');
    return new UserKnn(interactions, nearest, settings);
  }

  protected override evidence(profile: SparseRow, user?: number): SparseRow {
    if (user !== undefined) return rowOf(this.#nearest, user);
    const nearest = this.userCosine().nearestTo(profile, this.#neighbors);
    nearest.sort((a, b) => a.position - b.position);
    return {
      indices: Uint32Array.from(nearest, ({ position }) => position),
      values: Float64Array.from(nearest, ({ score }) => score),
    };
  }

  protected override reason(row: number, contribution: number): UserReason<U> {
    return { user: this.interactions.users[row], contribution };
  }
}
