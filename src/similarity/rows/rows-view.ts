/** The rows of an index at one moment: what work on all of them reads. */
import type { Corpus, Floats } from '../../backend/contract/backend.js';
import { fromElements } from '../dtype.js';
import type { RowsKept } from './index-options.js';
import { idOf, type Naming, type Roster } from './roster.js';

/** A corpus while nothing changes it, or frozen rows. */
export type ReadableRows = Pick<Corpus, 'read' | 'openGraph' | 'size'>;

export class RowsView<Id extends string | number> {
  readonly kept: RowsKept;
  readonly rows: ReadableRows;
  /** One byte per slot, nonzero if the row is there; undefined if all are. Not to be changed. */
  readonly alive: Uint8Array | undefined;
  /** Rows that are there. */
  readonly size: number;
  /** Slots in use, deleted ones included. */
  readonly slots: number;
  readonly naming: Naming<Id>;

  constructor(kept: RowsKept, rows: ReadableRows, roster: Roster<Id>) {
    this.kept = kept;
    this.rows = rows;
    this.alive = roster.alive?.slice();
    this.size = roster.size;
    this.slots = roster.slots;
    this.naming = roster.naming();
  }

  /** The id of a slot. */
  id(slot: number): Id {
    return idOf(this.naming, slot);
  }

  /** A row as numbers. */
  read(slot: number): Floats {
    return fromElements(this.rows.read(slot, 1), this.kept.dtype);
  }

  /** Some living rows as queries, spread over all. There are no fewer. */
  sampleLiving(count: number): Floats {
    const { dim, dtype } = this.kept;
    const sample = fromElements(this.rows.read(0, count), dtype);
    for (let n = 0; n < count; n++) {
      let slot = Math.floor((n * this.slots) / count);
      while (this.alive && this.alive[slot] === 0) slot = (slot + 1) % this.slots;
      sample.set(this.read(slot), n * dim);
    }
    return sample;
  }

  /** The living rows among the slots `first .. first + count` as queries, and their slots. */
  readLiving(first: number, count: number): { slots: number[]; queries: Floats } {
    const { dim, dtype } = this.kept;
    const queries = fromElements(this.rows.read(first, count), dtype);
    const slots: number[] = [];
    for (let slot = first; slot < first + count; slot++) {
      if (this.alive && this.alive[slot] === 0) continue;
      const from = slot - first;
      if (slots.length < from) queries.copyWithin(slots.length * dim, from * dim, (from + 1) * dim);
      slots.push(slot);
    }
    return { slots, queries: queries.subarray(0, slots.length * dim) };
  }
}
