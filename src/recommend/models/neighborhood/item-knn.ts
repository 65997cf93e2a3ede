/** Items like those you have. */
import type { Backend } from '../../../backend/contract/backend.js';
import { runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../../turns/steps.js';
import type { CsrArrays, SparseRow } from '../../data/csr.js';
import type { Id } from '../../data/ids.js';
import { type Interactions, requireInteractions } from '../../data/interactions.js';
import type { InteractionRecord, RecordOptions } from '../../data/making.js';
import type { Gone, Person } from '../model.js';
import type { ModelParts } from '../model-file/layout.js';
import { fromBytes, type LoadModelOptions, load } from '../model-file/load.js';
import type { ItemReason, TrainingOptions } from '../recommender.js';
import { findNeighbors, transposeLists, updateNeighbors } from './neighbor-lists.js';
import { comparedItems, isOutdated, keptNeighbors, listsOfParts, Neighborhood } from './neighborhood.js';
import { type NeighborhoodOptions, type NeighborhoodSettings, readNeighborhoodOptions } from './options.js';

/**
 * Item-based collaborative filtering: an item scores by its similarity to what the user has.
 *
 *     score(u, i) = Σ s(i, j) · value(u, j)    over j in the profile of u and among the `neighbors` nearest items of i
 *     s(i, j) = dot(i, j) / (norm(i) · norm(j) + shrinkage)    over all users, those with neither counting as 0
 *
 * added in float64 by ascending position of `j`, so that the score has the same bits everywhere. The plain sum (not
 * divided by Σ s) is what ranks well for top-n lists: Deshpande and Karypis, "Item-Based Top-N Recommendation
 * Algorithms", TOIS 22(1), 2004, section 4. Other similarities, and weights: NeighborhoodOptions.
 *
 * With `feedback: 'explicit'` the score is the rating expected:
 *
 *     score(u, i) = b(u, i) + Σ s(i, j) · (rating(u, j) - b(u, j)) / (2 + Σ s(i, j))
 *
 * over the `neighbors` items nearest to i among those that u rated, with b the mean of all ratings and the biases of user
 * and item, and s the similarity of the deviations from b (`centre`). Scores stay within the scale of the ratings seen.
 * Sarwar et al., "Item-Based Collaborative Filtering Recommendation Algorithms", WWW 2001, section 3.2; with biases,
 * Koren, "Factor in the Neighbors", TKDD 4(1), 2010, section 2.2. Where no neighbour was rated the score is b(u, i), and
 * such items are not recommended.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * const model = ItemKnn.fit(interactions, { neighbors: 20 });
 * model.recommend('Ann'); // [{ item: 'milk', score: 0.7071... }]
 * model.explain('Ann', 'milk').reasons; // [{ item: 'tea', contribution: 0.7071... }]
 */
export class ItemKnn<U extends Id = string, I extends Id = string> extends Neighborhood<U, I, ItemReason<I>> {
  protected override readonly votesAreSimilarities = true;

  /**
   * Learns the nearest items of every item. Holds `neighbors` entries per item, never items x items.
   * @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else.
   */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions = {},
  ): ItemKnn<U, I> {
    return runAtOnce(ItemKnn.#training(interactions, readNeighborhoodOptions(options)));
  }

  /** The same without holding up other events; `onProgress` and `signal` as in TrainingOptions. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions & TrainingOptions = {},
  ): Promise<ItemKnn<U, I>> {
    return runInTurns(ItemKnn.#training(interactions, readNeighborhoodOptions(options, TURN_OPTIONS)), options);
  }

  static *#training<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    settings: NeighborhoodSettings,
  ): Steps<ItemKnn<U, I>> {
    requireInteractions(interactions);
    const compared = comparedItems(interactions, settings);
    yield undefined;
    const lists = yield* findNeighbors(compared, keptNeighbors(settings));
    return new ItemKnn(interactions as Interactions<U, I>, lists, settings);
  }

  /**
   * A model out of the bytes that `toBytes` gave, on any platform.
   * @throws KindredError CORRUPT_FILE naming what was found and where; MODEL_MISMATCH for a model of another class.
   */
  static fromBytes<U extends Id = string, I extends Id = string>(
    bytes: Uint8Array,
    options: LoadModelOptions = {},
  ): ItemKnn<U, I> {
    return fromBytes('ItemKnn', bytes, options, ItemKnn.fromParts<U, I>);
  }

  /** A model out of a file that `save` wrote. Node only. Errors as for `fromBytes`, and the system's own. */
  static async load<U extends Id = string, I extends Id = string>(
    path: string | URL,
    options: LoadModelOptions = {},
  ): Promise<ItemKnn<U, I>> {
    return load('ItemKnn', path, options, ItemKnn.fromParts<U, I>);
  }

  /** The model that a file holds, whose `parts` these are. */
  static fromParts<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    parts: Pick<ModelParts, 'options' | 'arrays'>,
    backend?: Backend | string,
  ): ItemKnn<U, I> {
    const settings = readNeighborhoodOptions({ ...parts.options, backend });
    const lists = listsOfParts(parts, interactions.items.length);
    if (isOutdated(parts.options)) return runAtOnce(ItemKnn.#training(interactions, settings));
    return new ItemKnn(interactions, lists, settings);
  }

  /**
   * A model that knows these records too, equal to one fitted anew to `interactions.add(records, options)`. Only items
   * whose users changed are compared again, where that is enough.
   */
  add<V extends Id, J extends Id>(
    records: Iterable<InteractionRecord<V, J>>,
    options: RecordOptions = {},
  ): ItemKnn<U | V, I | J> {
    return this.#changed(this.interactions.add(records, options));
  }

  #changed<V extends Id, J extends Id>(interactions: Interactions<V, J>): ItemKnn<V, J> {
    const after = comparedItems(interactions, this.settings);
    const change = { before: comparedItems(this.interactions, this.settings), after };
    const lists = updateNeighbors(this.lists, change, keptNeighbors(this.settings));
    return new ItemKnn(interactions, lists, this.settings);
  }

  /**
   * Equal to a model fitted anew to what is left. Items are compared again as far as what they are compared by has changed.
   */
  protected override without(interactions: Interactions<U, I>, gone: Gone): ItemKnn<U, I> {
    return new ItemKnn(interactions, this.listsWithout(interactions, gone, 'item', comparedItems), this.settings);
  }

  protected override evidence({ profile }: Person): SparseRow {
    if (this.settings.feedback === 'implicit') return profile;
    return this.biases.residuals(profile);
  }

  protected override evidenceOfUsers(): CsrArrays {
    return this.interactions.byUser();
  }

  /** By neighbour: the lists of the items in a profile then name every item that those items speak for. */
  protected override makeVotes(): CsrArrays {
    return transposeLists(this.scoringLists);
  }

  protected override reasonAt(position: number, contribution: number): ItemReason<I> {
    return { item: this.interactions.items[position], contribution };
  }

  protected override toParts(): ModelParts {
    return this.partsWithName('ItemKnn');
  }
}
