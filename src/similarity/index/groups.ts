/** Groups of rows, such as the parts of one document: of each only the best few are in an answer. */
import { readFunction } from '../../arguments/choices.js';
import { readK } from '../../arguments/numbers.js';
import { reading } from '../../arguments/objects.js';
import { show } from '../../arguments/show.js';
import type { Floats, TopRequest, TopRows } from '../../backend/contract/backend.js';
import { emptyTopRows } from '../../backend/reference/best.js';
import { KindredError } from '../../errors.js';
import { idOf, type Naming } from '../rows/roster.js';
import type { IndexWork } from '../rows/under-way.js';

/** What tells groups apart. */
export type GroupKey = string | number | boolean | bigint;

export interface Grouping<Id extends string | number> {
  readonly groupBy?: ((id: Id) => GroupKey) | undefined;
  readonly perGroup?: number | undefined;
}

/** Rows searched for at first, for each one wanted, and at least. */
const FIRST_FACTOR = 4;
const FIRST_MIN = 32;

/**
 * Cuts answers by groups, exactly: what is left is the beginning of the list of all rows, sorted and cut. A search looks
 * for somewhat more rows than are wanted. Where that was not enough, the next one leaves out the rows seen and the groups
 * that are full, so that a group of any size costs one more search.
 */
export class Groups<Id extends string | number> {
  readonly #groupBy: (id: Id) => GroupKey;
  readonly #perGroup: number;
  readonly #naming: Naming<Id>;
  readonly #numbers = new Map<GroupKey, number>();
  /** The group of each slot, from 1; 0 where it was not asked for. */
  readonly #groups: Uint32Array;

  constructor(groupBy: (id: Id) => GroupKey, perGroup: number, naming: Naming<Id>, slots: number) {
    this.#groupBy = groupBy;
    this.#perGroup = perGroup;
    this.#naming = naming;
    this.#groups = new Uint32Array(slots);
  }

  /** Rows to search for at first. */
  first(wanted: number): number {
    return Math.min(Math.max(FIRST_MIN, FIRST_FACTOR * wanted), Math.max(1, this.#groups.length));
  }

  /** The `wanted` best rows for each query, of what `request` has found and whatever else it takes. */
  *cut(found: TopRows, queries: Floats, request: TopRequest, wanted: number): IndexWork<TopRows> {
    const count = found.counts.length;
    const dim = queries.length / count;
    const answer = emptyTopRows(count, wanted);
    for (let q = 0; q < count; q++) {
      const taken = new Taken(wanted, this.#perGroup);
      taken.take(found, q, (slot) => this.#groupOf(slot));
      if (!taken.isFull && found.counts[q] === request.k) {
        yield* this.#goOn(taken, queries.slice(q * dim, (q + 1) * dim), request);
      }
      answer.counts[q] = taken.slots.length;
      answer.positions.set(taken.slots, q * wanted);
      answer.scores.set(taken.scores, q * wanted);
    }
    return answer;
  }

  /** Searches among the rows that are not seen yet and whose group is not full, until there are enough. */
  *#goOn(taken: Taken, query: Floats, request: TopRequest): IndexWork<void> {
    const admit = request.admit?.slice() ?? new Uint8Array(this.#groups.length).fill(1);
    for (let slot = 0; slot < admit.length; slot++) if (admit[slot] !== 0) this.#groupOf(slot);
    for (let k = request.k; ; k = Math.min(2 * k, admit.length)) {
      for (const slot of taken.seen) admit[slot] = 0;
      for (let slot = 0; slot < admit.length; slot++) if (taken.isGroupFull(this.#groups[slot])) admit[slot] = 0;
      const found = yield { queries: query, request: { ...request, k, admit } };
      taken.take(found, 0, (slot) => this.#groupOf(slot));
      if (taken.isFull || found.counts[0] < k) return;
    }
  }

  #groupOf(slot: number): number {
    if (this.#groups[slot] === 0) this.#groups[slot] = this.#numberOf(idOf(this.#naming, slot));
    return this.#groups[slot];
  }

  #numberOf(id: Id): number {
    const key: unknown = this.#groupBy(id);
    if (!isKey(key)) throw noKey(id, key);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** What one query has found, in order. */
class Taken {
  readonly slots: number[] = [];
  readonly scores: number[] = [];
  /** All rows looked at since the last search, taken or not. */
  seen: number[] = [];
  readonly #wanted: number;
  readonly #perGroup: number;
  readonly #inGroup = new Map<number, number>();

  constructor(wanted: number, perGroup: number) {
    this.#wanted = wanted;
    this.#perGroup = perGroup;
  }

  get isFull(): boolean {
    return this.slots.length === this.#wanted;
  }

  isGroupFull(group: number): boolean {
    return (this.#inGroup.get(group) ?? 0) >= this.#perGroup;
  }

  take(found: TopRows, q: number, groupOf: (slot: number) => number): void {
    this.seen = [];
    for (let n = 0; n < found.counts[q] && !this.isFull; n++) {
      const slot = found.positions[q * found.stride + n];
      this.seen.push(slot);
      const group = groupOf(slot);
      if (this.isGroupFull(group)) continue;
      this.#inGroup.set(group, (this.#inGroup.get(group) ?? 0) + 1);
      this.slots.push(slot);
      this.scores.push(found.scores[q * found.stride + n]);
    }
  }
}

/** Undefined if rows are not grouped. @throws KindredError INVALID_ARGUMENT, INVALID_K */
export function readGroups<Id extends string | number>(
  { groupBy, perGroup }: Grouping<Id>,
  naming: () => Naming<Id>,
  slots: number,
): Groups<Id> | undefined {
  if (groupBy === undefined) {
    if (perGroup === undefined) return undefined;
    throw new KindredError('INVALID_ARGUMENT', 'perGroup counts rows of a group: give { groupBy: (id) => key } too');
  }
  readFunction(groupBy, 'groupBy', 'a function from an id to the key of its group');
  return new Groups(groupBy, readK(perGroup ?? 1, 'perGroup'), naming(), slots);
}

function isKey(key: unknown): key is GroupKey {
  return ['string', 'boolean', 'bigint'].includes(typeof key) || (typeof key === 'number' && !Number.isNaN(key));
}

function noKey(id: unknown, key: unknown): KindredError {
  const isPromise = typeof key === 'object' && key !== null && reading('groupBy', () => 'then' in key);
  const hint = isPromise ? ': groupBy cannot wait, so find out before the search which groups there are' : '';
  const message = `groupBy must answer a string or a number, and for id ${show(id)} it answered ${show(key)}${hint}`;
  return new KindredError('INVALID_ARGUMENT', message);
}
