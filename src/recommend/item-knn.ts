/** Items like those you have. */
import type { SparseRow } from './csr.js';
import type { Id } from './ids.js';
import type { Interactions } from './interactions.js';
import { Neighborhood, neighborLists, settle } from './neighborhood.js';
import type { ItemReason, NeighborhoodOptions } from './recommender.js';

/**
 * Item-based collaborative filtering: an item scores by its similarity to what the user has.
 *
 *     score(u, i) = Σ s(i, j) · value(u, j)    over j in the profile of u and among the `neighbors` nearest items of i
 *     s(i, j) = dot(i, j) / (norm(i) · norm(j) + shrinkage)    over all users, those with neither counting as 0
 *
 * added in float64 by ascending position of `j`, so that the score has the same bits everywhere. The plain sum
 * (not divided by Σ s) is what ranks well for top-n lists: Deshpande and Karypis, "Item-Based Top-N Recommendation
 * Algorithms", TOIS 22(1), 2004, section 4; Sarwar et al., "Item-Based Collaborative Filtering Recommendation
 * Algorithms", WWW 2001, section 3.
 */
export class ItemKnn<U extends Id = string, I extends Id = string> extends Neighborhood<U, I, ItemReason<I>> {
  /**
   * Learns the nearest items of every item. Holds `neighbors` entries per item, never items x items.
   * @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else.
   */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions = {},
  ): ItemKnn<U, I> {
    const settings = settle(interactions, options);
    // By neighbour: the lists of the items in a profile then name every item that those items speak for.
    const votes = neighborLists(interactions.byItem(), settings, 'neighbor');
    return new ItemKnn(interactions, votes, settings.shrinkage);
  }

  protected override evidence(profile: SparseRow): SparseRow {
    return profile;
  }

  protected override reason(row: number, contribution: number): ItemReason<I> {
    return { item: this.interactions.items[row], contribution };
  }
}
