/** Rows with ids and properties that filters choose among; what a filter chose is remembered until a row changes. */
import type { Properties } from '../schema/common.js';
import { parseFilter } from './parse.js';
import { select } from './select.js';

/** Filters whose answers are kept. */
const KEPT = 32;

export class FilterableRows {
  readonly #rowOf = new Map<string, number>();
  readonly #ids: (string | undefined)[] = [];
  readonly #properties: (Properties | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #chosen = new Map<string, readonly string[]>();

  get size(): number {
    return this.#rowOf.size;
  }

  has(id: string): boolean {
    return this.#rowOf.has(id);
  }

  get(id: string): Properties | undefined {
    const row = this.#rowOf.get(id);
    return row === undefined ? undefined : this.#properties[row];
  }

  ids(): IterableIterator<string> {
    return this.#rowOf.keys();
  }

  set(id: string, properties: Properties): void {
    const row = this.#rowOf.get(id) ?? this.#free.pop() ?? this.#ids.length;
    this.#rowOf.set(id, row);
    this.#ids[row] = id;
    this.#properties[row] = properties;
    this.#chosen.clear();
  }

  delete(id: string): void {
    const row = this.#rowOf.get(id);
    if (row === undefined) return;
    this.#rowOf.delete(id);
    this.#ids[row] = undefined;
    this.#properties[row] = undefined;
    this.#free.push(row);
    this.#chosen.clear();
  }

  /** The ids of the rows that pass every one of these filters. @throws Refusal INVALID_REQUEST for one that is none */
  select(filters: readonly string[]): readonly string[] {
    const text = filters.length === 1 ? filters[0] : filters.map((each) => `(${each})`).join(' and ');
    const known = this.#chosen.get(text);
    if (known !== undefined) return known;
    // Each is read alone first, so that no bracket of one closes that of another.
    const trees = filters.map(parseFilter);
    const bitmap = select({ is: 'and', parts: trees }, this.#properties);
    const ids = this.#ids.filter((_, row) => bitmap[row] === 1) as string[];
    if (this.#chosen.size >= KEPT) this.#chosen.delete(this.#chosen.keys().next().value as string);
    this.#chosen.set(text, ids);
    return ids;
  }
}
