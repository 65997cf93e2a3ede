/** Items like those you have. */
import type { Backend } from '../../../backend/contract/backend.js';
import { runAtOnce, runInTurns, type Steps } from '../../../turns/steps.js';
import { type CsrArrays, rowOf, type SparseRow } from '../../data/csr.js';
import type { Id } from '../../data/ids.js';
import { type Interactions, requireInteractions } from '../../data/interactions.js';
import type { InteractionRecord, RecordOptions } from '../../data/making.js';
import type { Person } from '../model.js';
import { fromBytes, type LoadModelOptions, load, type ModelParts } from '../model-file.js';
import type { ItemReason, TrainingOptions } from '../recommender.js';
import { findNeighbors, transposeLists, updateNeighbors } from './neighbor-lists.js';
import { comparedItems, listsOfParts, meanOf, Neighborhood } from './neighborhood.js';
import { type NeighborhoodOptions, readNeighborhoodOptions } from './options.js';

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
 * With `feedback: 'explicit'` the score is the rating expected, by the same neighbours' deviations from their means:
 *
 *     score(u, i) = mean(i) + Σ s(i, j) · (rating(u, j) - mean(j)) / Σ s(i, j)
 *
 * Sarwar et al., "Item-Based Collaborative Filtering Recommendation Algorithms", WWW 2001, section 3.2; with means,
 * Ning, Desrosiers and Karypis, "A Comprehensive Survey of Neighborhood-Based Recommendation Methods", 2015, section
 * 2.3.1. Where no neighbour was rated the score is mean(i), and such items are not recommended.
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
  #means: Float64Array | undefined;

  /**
   * Learns the nearest items of every item. Holds `neighbors` entries per item, never items x items.
   * @throws KindredError INVALID_K for `neighbors`, INVALID_ARGUMENT for anything else.
   */
  static fit<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions = {},
  ): ItemKnn<U, I> {
    return runAtOnce(ItemKnn.#training(interactions, options));
  }

  /** The same without holding up other events; `onProgress` and `signal` as in TrainingOptions. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions & TrainingOptions = {},
  ): Promise<ItemKnn<U, I>> {
    return runInTurns(ItemKnn.#training(interactions, options), options);
  }

  static *#training<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: NeighborhoodOptions,
  ): Steps<ItemKnn<U, I>> {
    requireInteractions(interactions);
    const settings = readNeighborhoodOptions(options);
    const lists = yield* findNeighbors(comparedItems(interactions, settings), settings);
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
    return new ItemKnn(interactions, listsOfParts(parts, interactions.items.length), settings);
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

  /**
   * A model that knows nothing this user did, equal to one fitted anew to `interactions.forget(user)`.
   * @throws KindredError UNKNOWN_ID
   */
  forget(user: U): ItemKnn<U, I> {
    return this.#changed(this.interactions.forget(user));
  }

  #changed<V extends Id, J extends Id>(interactions: Interactions<V, J>): ItemKnn<V, J> {
    const after = comparedItems(interactions, this.settings);
    const change = { before: comparedItems(this.interactions, this.settings), after };
    return new ItemKnn(interactions, updateNeighbors(this.lists, change, this.settings), this.settings);
  }

  protected override evidence({ profile }: Person): SparseRow {
    if (this.settings.feedback === 'implicit') return profile;
    const values = Float64Array.from(profile.values, (rating, n) => rating - this.#meanOf(profile.indices[n]));
    return { indices: profile.indices, values };
  }

  protected override evidenceOfUsers(): CsrArrays {
    return this.interactions.byUser();
  }

  /** By neighbour: the lists of the items in a profile then name every item that those items speak for. */
  protected override makeVotes(): CsrArrays {
    return transposeLists(this.lists);
  }

  protected override baseOf(_: Person, item: number): number {
    return this.#meanOf(item);
  }

  protected override reasonAt(position: number, contribution: number): ItemReason<I> {
    return { item: this.interactions.items[position], contribution };
  }

  protected override toParts(): ModelParts {
    return this.partsWithName('ItemKnn');
  }

  #meanOf(item: number): number {
    const byItem = this.interactions.byItem();
    this.#means ??= Float64Array.from(
      { length: byItem.rows },
      (_, row) => meanOf(rowOf(byItem, row).values) ?? this.mean,
    );
    return this.#means[item];
  }
}
