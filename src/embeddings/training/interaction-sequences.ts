/** What people did as sentences for Word2Vec: item2vec. */
import { type Interactions, requireInteractions } from '../../recommend/data/interactions.js';
import type { Word } from '../words/word.js';

/**
 * For each user the items, oldest first, as a sentence whose words are items (Barkan and Koenigstein, "Item2Vec",
 * 2016, who leave order aside: with a `window` as long as the longest history this does too). Items without a time
 * come first; equal times, and interactions that have none at all, are in order of the items' first appearance.
 *
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea', time: 1 }, { user: 'Ann', item: 'milk', time: 2 }, { user: 'Ben', item: 'tea', time: 1 },
 * ]);
 * const items = Word2Vec.fit(interactionSequences(interactions), { window: 20, minCount: 1, sample: 0 });
 * items.words; // ['tea', 'milk']
 */
export function* interactionSequences<U extends Word, I extends Word>(
  interactions: Interactions<U, I>,
): Generator<I[], void, void> {
  const given: unknown = interactions;
  requireInteractions(given);
  const never = Number.NEGATIVE_INFINITY;
  let user: U | undefined;
  let history: { item: I; time: number }[] = [];
  const sequence = () => history.sort((a, b) => (a.time === b.time ? 0 : a.time - b.time)).map(({ item }) => item);
  for (const record of interactions.records()) {
    if (record.user !== user && history.length > 0) {
      yield sequence();
      history = [];
    }
    user = record.user;
    history.push({ item: record.item, time: record.time ?? never });
  }
  if (history.length > 0) yield sequence();
}
