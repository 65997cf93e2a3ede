/** Rules that raise or lower items by their properties: each adds to the score, and says how much. */
import type { Catalogue } from '../live/catalogue.js';
import type { BoostRule, Reason } from '../schema/scenarios.js';

interface Scored {
  readonly item: string;
  readonly score: number;
  readonly fallback?: 'popularity';
}
/** A score with what rules have added to it, and the model's own. */
export type Boosted<T> = T & { readonly own: number; readonly boosts: readonly Reason[] };

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/**
 * What each rule adds to the score that a model gave to an item, in the order of the rules: `times` adds its excess over
 * 1 of the size of the score, so that it raises scores below zero too, and `plus` adds itself.
 */
export function boostsOf(catalogue: Catalogue, rules: readonly BoostRule[]): (scored: Scored) => Reason[] {
  const sifted = rules.map((rule) => ({ ...rule, items: setOf(catalogue.select([rule.filter]) ?? []) }));
  return ({ item, score }) =>
    sifted
      .filter(({ items }) => items.has(item))
      .map(({ filter, times, plus }) => ({
        boost: filter,
        contribution: plus ?? ((times ?? 1) - 1) * Math.abs(score),
      }));
}

/** Best first. Equal scores keep the order of the model, and what is only popular stays behind what it knows. */
export function boosted<T extends Scored>(
  catalogue: Catalogue,
  found: readonly T[],
  rules: readonly BoostRule[],
): Boosted<T>[] {
  const of = boostsOf(catalogue, rules);
  const all = found.map((each) => {
    const boosts = of(each);
    return { ...each, score: withBoosts(each.score, boosts), own: each.score, boosts };
  });
  const rank = ({ fallback }: Scored) => (fallback === undefined ? 0 : 1);
  return all.sort((a, b) => rank(a) - rank(b) || b.score - a.score);
}

export function withBoosts(score: number, boosts: readonly Reason[]): number {
  return boosts.reduce((sum, { contribution }) => sum + contribution, score);
}

/** Lists of what a filter chose are remembered, and so are these. */
function setOf(items: readonly string[]): ReadonlySet<string> {
  const known = sets.get(items);
  if (known !== undefined) return known;
  const set = new Set(items);
  sets.set(items, set);
  return set;
}
