/** What can be recommended: the items of a namespace, which of them are hidden, and when they expire. */
import { FilterableRows } from '../filter/rows.js';
import type { ItemAnswer } from '../schema/behaviour.js';
import type { StoredItem } from '../store/contract.js';

export class Catalogue {
  readonly #rows = new FilterableRows();
  readonly #hidden = new Set<string>();
  readonly #expires = new Map<string, number>();
  #sorted: string[] | undefined;
  /** What must not be recommended, until something changes or the next one expires. */
  #withheld: { readonly items: readonly string[]; readonly until: number } | undefined;

  get size(): number {
    return this.#rows.size;
  }

  put({ item, properties, hidden, expires }: StoredItem): void {
    if (!this.#rows.has(item)) this.#sorted = undefined;
    this.#withheld = undefined;
    this.#rows.set(item, properties);
    if (hidden) this.#hidden.add(item);
    else this.#hidden.delete(item);
    if (expires === null) this.#expires.delete(item);
    else this.#expires.set(item, expires);
  }

  /** An item that only events know has no properties. */
  meet(item: string): void {
    if (this.#rows.has(item)) return;
    this.#rows.set(item, {});
    this.#sorted = undefined;
  }

  delete(item: string): void {
    this.#rows.delete(item);
    this.#hidden.delete(item);
    this.#expires.delete(item);
    this.#sorted = undefined;
    this.#withheld = undefined;
  }

  get(item: string): ItemAnswer | undefined {
    const properties = this.#rows.get(item);
    if (properties === undefined) return undefined;
    return { item, properties, hidden: this.#hidden.has(item), expires: this.#expires.get(item) ?? null };
  }

  /** Items by id, from behind one. */
  list({ after = '', limit }: { after?: string | undefined; limit: number }): ItemAnswer[] {
    this.#sorted ??= [...this.#rows.ids()].sort();
    const from = lowerBound(this.#sorted, after);
    return this.#sorted.slice(from, from + limit).map((item) => this.get(item) as ItemAnswer);
  }

  /** Ids of items that must not be recommended at this moment. */
  withheld(now: number): readonly string[] {
    if (this.#withheld === undefined || this.#withheld.until <= now) {
      const items = [...this.#hidden];
      let until = Number.POSITIVE_INFINITY;
      for (const [item, end] of this.#expires) {
        if (end <= now) items.push(item);
        else until = Math.min(until, end);
      }
      this.#withheld = { items, until };
    }
    return this.#withheld.items;
  }

  /** Ids of items that pass filters; undefined if there are none to pass. @throws Refusal INVALID_REQUEST */
  select(filters: readonly string[]): readonly string[] | undefined {
    return filters.length === 0 ? undefined : this.#rows.select(filters);
  }
}

/** The first place whose text is behind another. */
function lowerBound(sorted: readonly string[], after: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
