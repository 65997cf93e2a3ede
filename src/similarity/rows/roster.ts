/** Whose rows an index holds: ids by slot and slots by id, deleted slots included until they are compacted away. */
import { checkIdKind, readId } from '../../arguments/ids.js';
import { show } from '../../arguments/show.js';
import { KindredError } from '../../errors.js';

/** Below this many deleted slots compaction is not worth a thought. */
const FEW_DELETED = 32;

/** How slots are called outside: see `Roster.naming`. */
export interface Naming<Id extends string | number> {
  /** The first slots, each called by its own number. */
  readonly numbered: number;
  /** Ids of the slots behind them, at least; perhaps of later ones too. */
  readonly ids: readonly Id[];
  readonly positions: Uint32Array | undefined;
}

/** The id of a slot. */
export function idOf<Id extends string | number>({ numbered, ids }: Naming<Id>, slot: number): Id {
  return slot < numbered ? (slot as Id) : ids[slot - numbered];
}

/** Rows on their way in: their ids are taken, but nobody finds them before all are there. */
export interface Coming<Id extends string | number> {
  readonly ids: Set<Id>;
  /** Stretches of slots, each from its first to behind its last. */
  readonly slots: [first: number, last: number][];
  readonly before: { readonly nextNumber: number; readonly hasStrings: boolean };
  noted: number;
}

/**
 * A slot is a row's place in the backend's memory; a position is its place among the rows that are there, so the two
 * differ only while deleted slots remain. Rows that are numbered from 0 have their slot as their id, and take no room here;
 * a map is kept of those from the first other id on.
 */
export class Roster<Id extends string | number> {
  #slots = 0;
  #deleted = 0;
  #alive: Uint8Array | undefined;
  /** Slots, from the first on, whose id is the slot. */
  #numbered = 0;
  /** Ids of the slots behind those, and their slots, deleted ones among them until another row has the id. */
  #ids: Id[] = [];
  #slotOf = new Map<Id, number>();
  #hasStrings = false;
  #nextNumber = 0;
  #positions: Uint32Array | undefined;
  /** Rows on their way in. */
  readonly #coming = new Set<Coming<Id>>();
  /** Ids ever noted, to tell whether anything came since. */
  #noted = 0;

  /** Rows that are there. */
  get size(): number {
    return this.#slots - this.#deleted;
  }

  /** Slots in use, deleted ones included, and those of rows on their way in. */
  get slots(): number {
    return this.#slots;
  }

  /** Slots without a row that is there. */
  get deleted(): number {
    return this.#deleted;
  }

  /** Slots of rows on their way in, which count as deleted. */
  get coming(): number {
    let rows = 0;
    for (const { slots } of this.#coming) for (const [first, last] of slots) rows += last - first;
    return rows;
  }

  /** One byte per slot, nonzero if the row is there; undefined while nothing is deleted. Not to be changed. */
  get alive(): Uint8Array | undefined {
    return this.#deleted === 0 ? undefined : this.#alive?.subarray(0, this.#slots);
  }

  /** Whether more than one of so many slots is deleted, so that moving the rest together pays. */
  wantsCompaction(share: number): boolean {
    return this.#deleted > FEW_DELETED && this.#deleted * share > this.#slots && this.#coming.size === 0;
  }

  /** The number of the next row that comes without an id, where all ids are numbers. */
  get nextNumber(): number {
    return this.#nextNumber;
  }

  /** Goes on numbering where a saved index had stopped: `next` is no less than `nextNumber`. */
  numberFrom(next: number): void {
    this.#nextNumber = next;
  }

  /** @throws KindredError INVALID_ARGUMENT for what can be no id */
  slot(id: Id): number | undefined {
    checkIdKind(id);
    const slot = this.#slotOf.get(id) ?? this.#asSlot(id);
    return slot === undefined || this.#alive?.[slot] === 0 ? undefined : slot;
  }

  /** The id of a slot that is there. */
  id(slot: number): Id {
    return slot < this.#numbered ? (slot as Id) : this.#ids[slot - this.#numbered];
  }

  /** Ids of the rows that are there, in the order of their positions. */
  list(): Id[] {
    const ids: Id[] = [];
    this.each((id) => {
      ids.push(id);
    });
    return ids;
  }

  each(visit: (id: Id, slot: number) => void): void {
    const alive = this.alive;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (!alive || alive[slot] === 1) visit(this.id(slot), slot);
    }
  }

  /**
   * Ids and positions by slot as they are now; positions undefined where they equal the slots. Later changes to the roster
   * leave what was handed out as it is.
   */
  naming(): Naming<Id> {
    return { numbered: this.#numbered, ids: this.#ids, positions: this.#positionsBySlot() };
  }

  #positionsBySlot(): Uint32Array | undefined {
    const alive = this.alive;
    if (!alive) return undefined;
    if (!this.#positions) {
      this.#positions = new Uint32Array(this.#slots);
      for (let slot = 1; slot < this.#slots; slot++)
        this.#positions[slot] = this.#positions[slot - 1] + alive[slot - 1];
    }
    return this.#positions;
  }

  /** Checks that `ids` can be added, all of them or none. @throws KindredError DUPLICATE_ID, INVALID_ARGUMENT */
  check(ids: readonly Id[]): void {
    for (const id of ids) readId(id);
    const fresh = new Set<Id>();
    for (const id of ids) {
      this.#checkFree(id, fresh);
      fresh.add(id);
    }
  }

  /** Checks that `ids` can be put, each once, whether it is there or not. @throws KindredError DUPLICATE_ID, INVALID_ARGUMENT */
  checkPut(ids: readonly Id[]): void {
    const given = new Set<Id>();
    for (const id of ids) {
      readId(id);
      if (this.slot(id) === undefined) this.#checkFree(id, given);
      else if (given.has(id)) throw new KindredError('DUPLICATE_ID', `id ${show(id)} is given twice`);
      given.add(id);
    }
  }

  /** Numbers for `count` rows that came without ids. @throws KindredError INVALID_ARGUMENT beside string ids */
  nextNumbers(count: number): number {
    if (this.#hasStrings) {
      throw new KindredError('INVALID_ARGUMENT', `this index has string ids: pass ids for the ${count} new rows too`);
    }
    // The sum could itself be rounded back into range.
    if (count > 0 && this.#nextNumber > Number.MAX_SAFE_INTEGER - (count - 1)) {
      const reason = `the highest id is ${this.#nextNumber - 1}, and ${count} more would pass 2^53`;
      throw new KindredError('INVALID_ARGUMENT', `rows cannot be numbered on: ${reason}: pass ids for them`);
    }
    return this.#nextNumber;
  }

  /** Adds checked ids in new slots at the end. */
  add(ids: readonly Id[]): void {
    for (const id of ids) {
      this.#name(id, this.#slots);
      this.#grow(1);
      this.#note(id);
    }
  }

  /** Adds `count` rows numbered from `first`, as `nextNumbers` gave it. */
  addNumbers(first: number, count: number): void {
    if (this.#numbered < this.#slots || first !== this.#slots) {
      this.add(Array.from({ length: count }, (_, n) => (first + n) as Id));
    } else {
      this.#numbered += count;
      this.#grow(count);
      this.#nextNumber = Math.max(this.#nextNumber, this.#slots);
    }
  }

  /** Announces rows that come a few at a time: `take` their ids, `addComing` each, and at last `show` them. */
  expect(): Coming<Id> {
    const before = { nextNumber: this.#nextNumber, hasStrings: this.#hasStrings };
    const coming: Coming<Id> = { ids: new Set(), slots: [], before, noted: this.#noted };
    this.#coming.add(coming);
    return coming;
  }

  /** Takes ids for rows that come. @throws KindredError DUPLICATE_ID, INVALID_ARGUMENT */
  take(coming: Coming<Id>, ids: readonly Id[]): void {
    for (const id of ids) {
      readId(id);
      this.#checkFree(id, coming.ids);
      coming.ids.add(id);
      this.#note(id);
    }
    coming.noted = this.#noted;
  }

  /** Takes the next numbers for rows that come, and returns the first. */
  takeNumbers(coming: Coming<Id>, count: number): number {
    const first = this.nextNumbers(count);
    if (count > 0) this.#note((first + count - 1) as Id);
    coming.noted = this.#noted;
    return first;
  }

  /** Adds some of the rows that come, in new slots at the end that nobody finds: under ids, or under numbers from the first. */
  addComing(coming: Coming<Id>, ids: readonly Id[] | number, count: number): void {
    const first = this.#slots;
    const noted = this.#noted;
    if (typeof ids === 'number') this.addNumbers(ids, count);
    else this.add(ids);
    if (coming.noted === noted) coming.noted = this.#noted;
    this.#alive ??= new Uint8Array(this.#slots).fill(1);
    this.#alive.fill(0, first, this.#slots);
    this.#deleted += count;
    coming.slots.push([first, this.#slots]);
  }

  /** All rows that come are there. */
  show(coming: Coming<Id>): void {
    for (const [first, last] of coming.slots) {
      this.#alive?.fill(1, first, last);
      this.#deleted -= last - first;
    }
    this.#positions = undefined;
    this.#coming.delete(coming);
  }

  /** Gives up rows that come, if they are not there: their slots are those of deleted rows. */
  giveUp(coming: Coming<Id>): void {
    if (!this.#coming.delete(coming) || coming.noted !== this.#noted) return;
    this.#nextNumber = coming.before.nextNumber;
    this.#hasStrings = coming.before.hasStrings;
  }

  delete(id: Id): boolean {
    const slot = this.slot(id);
    if (slot === undefined) return false;
    this.#alive ??= new Uint8Array(this.#slots).fill(1);
    this.#alive[slot] = 0;
    this.#slotOf.delete(id);
    this.#deleted++;
    this.#positions = undefined;
    return true;
  }

  /** Forgets the deleted slots, as the backend has done. */
  compact(): void {
    const ids = this.list();
    this.#slots = ids.length;
    this.#numbered = 0;
    this.#ids = [];
    this.#slotOf = new Map();
    for (const [slot, id] of ids.entries()) this.#name(id, slot);
    this.#deleted = 0;
    this.#alive = undefined;
    this.#positions = undefined;
  }

  #grow(count: number): void {
    const slots = this.#slots + count;
    if (this.#alive && this.#alive.length < slots) {
      const larger = new Uint8Array(Math.max(slots, 2 * this.#alive.length));
      larger.set(this.#alive);
      this.#alive = larger;
    }
    this.#alive?.fill(1, this.#slots, slots);
    this.#slots = slots;
    this.#positions = undefined;
  }

  #asSlot(id: Id): number | undefined {
    return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < this.#numbered ? id : undefined;
  }

  /** Gives an id to the slot behind all that have one. */
  #name(id: Id, slot: number): void {
    if (id === slot && this.#numbered === slot) {
      this.#numbered++;
      return;
    }
    this.#ids.push(id);
    this.#slotOf.set(id, slot);
  }

  /** @param given before, in the same call. */
  #checkFree(id: Id, given: ReadonlySet<Id>): void {
    if (given.has(id)) throw new KindredError('DUPLICATE_ID', `id ${show(id)} is given twice`);
    if (this.slot(id) !== undefined) {
      throw new KindredError(
        'DUPLICATE_ID',
        `id ${show(id)} is in the index already: use upsert to replace its vector`,
      );
    }
    for (const { ids } of this.#coming) {
      if (ids.has(id)) throw new KindredError('DUPLICATE_ID', `id ${show(id)} is being added already`);
    }
  }

  #note(id: Id): void {
    this.#noted++;
    if (typeof id === 'string') this.#hasStrings = true;
    else if (Number.isSafeInteger(id)) this.#nextNumber = Math.max(this.#nextNumber, (id as number) + 1);
  }
}
