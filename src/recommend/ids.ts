/** From ids to positions and back: the one place that knows which ids exist, and says so when one does not. */
import { KindredError } from '../errors.js';

/** A user's or an item's own name. The string `'7'` and the number `7` are two different ids. */
export type Id = string | number;

const NAMED_AT_MOST = 5;

export class IdMap<T extends Id> {
  /** Every id, in order of first appearance: `ids[position]`. */
  readonly ids: T[] = [];
  readonly #what: 'user' | 'item';
  readonly #positions = new Map<Id, number>();

  constructor(what: 'user' | 'item', ids: Iterable<T> = []) {
    this.#what = what;
    for (const id of ids) this.intern(id);
  }

  has(id: Id): boolean {
    return this.#positions.has(id);
  }

  /** The position of an id, which is given the next one if it is new. */
  intern(id: T): number {
    const known = this.#positions.get(id);
    if (known !== undefined) return known;
    this.#positions.set(id, this.ids.length);
    return this.ids.push(id) - 1;
  }

  /** @throws KindredError UNKNOWN_ID */
  position(id: T): number {
    const position = this.#positions.get(id);
    if (position === undefined) throw this.#unknown([id]);
    return position;
  }

  /** @throws KindredError UNKNOWN_ID naming the ids that are not known, not only the first. */
  positions(ids: Iterable<T>): number[] {
    const positions: number[] = [];
    const unknown: T[] = [];
    for (const id of ids) {
      const position = this.#positions.get(id);
      if (position === undefined) unknown.push(id);
      else positions.push(position);
    }
    if (unknown.length > 0) throw this.#unknown(unknown);
    return positions;
  }

  #unknown(ids: readonly T[]): KindredError {
    const named = ids.slice(0, NAMED_AT_MOST).map(quote).join(', ');
    const more = ids.length > NAMED_AT_MOST ? ` and ${ids.length - NAMED_AT_MOST} more` : '';
    const twin = this.#twinOf(ids[0]);
    const hint = twin === undefined ? '' : ` There is ${quote(twin)}, a ${typeof twin}: ids keep their type.`;
    return new KindredError(
      'UNKNOWN_ID',
      `Unknown ${this.#what}${ids.length > 1 ? 's' : ''} ${named}${more}; expected one of the ${this.ids.length} ${this.#what}s in the interactions.${hint}`,
    );
  }

  /** The id that looks the same and is of the other type, if there is one: the usual slip with ids out of a CSV. */
  #twinOf(id: Id): Id | undefined {
    if (typeof id !== 'string' && typeof id !== 'number') return undefined;
    const twin = typeof id === 'string' ? Number(id) : String(id);
    return this.has(twin) ? twin : undefined;
  }
}

export function quote(id: unknown): string {
  return typeof id === 'string' ? JSON.stringify(id) : String(id);
}
