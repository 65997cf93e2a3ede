/** From ids to positions and back: the one place that knows which ids exist, and says so when one does not. */
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';

/** A user's or an item's own name. The string `'7'` and the number `7` are two different ids. */
export type Id = string | number;

const NAMED_AT_MOST = 5;
/** Engines copy texts as short as this anyway. */
const SHORT = 12;

export class IdMap<T extends Id> {
  /** Every id, in order of first appearance: `ids[position]`. */
  readonly ids: T[];
  readonly #what: 'user' | 'item';
  /** Shared with the maps that grew out of this one: what lies beyond `ids` belongs to one of those. */
  #positions: Map<Id, number>;

  constructor(what: 'user' | 'item', ids: Iterable<T> = []) {
    this.#what = what;
    this.ids = [];
    this.#positions = new Map();
    for (const id of ids) this.intern(id);
  }

  /** A map that begins with these ids and grows by itself. Nothing is copied but the list, until both have grown. */
  extended<V extends Id>(): IdMap<T | V> {
    const extended = new IdMap<T | V>(this.#what);
    (extended as { ids: (T | V)[] }).ids = this.ids.slice();
    extended.#positions = this.#positions;
    return extended;
  }

  has(id: Id): boolean {
    return this.#find(id) !== undefined;
  }

  /** The position of an id, which is given the next one if it is new. */
  intern(id: T): number {
    const known = this.#find(id);
    if (known !== undefined) return known;
    if (this.#positions.size !== this.ids.length) {
      this.#positions = new Map(this.ids.map((each, position) => [each, position]));
    }
    const own = typeof id === 'string' && id.length > SHORT ? copyOf(id) : id;
    this.#positions.set(own, this.ids.length);
    return this.ids.push(own as T) - 1;
  }

  #find(id: Id): number | undefined {
    const position = this.#positions.get(id);
    return position !== undefined && position < this.ids.length ? position : undefined;
  }

  /** @throws KindredError UNKNOWN_ID */
  position(id: T): number {
    const position = this.#find(id);
    if (position === undefined) throw this.#unknown([id]);
    return position;
  }

  /** @throws KindredError UNKNOWN_ID naming the ids that are not known, not only the first. */
  positions(ids: Iterable<T>): number[] {
    const positions: number[] = [];
    const unknown: T[] = [];
    for (const id of ids) {
      const position = this.#find(id);
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

/** A part cut out of a long text may keep all of it in memory; this one does not. */
function copyOf(text: string): string {
  return ` ${text}`.slice(1);
}

/** An id or a field as messages name it: whole, because a part may be another's too. */
export function quote(id: unknown): string {
  return typeof id === 'string' ? JSON.stringify(id) : show(id);
}
