/** The rows of an index in their backend's memory, under their ids: everything that changes them. */
import { readList } from '../../arguments/choices.js';
import type { Corpus, Elements, Floats } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import type { OnProgress } from '../../turns/progress.js';
import { fromElements, refuseRow, toElements } from '../dtype.js';
import type { Matrix } from '../vectors.js';
import type { IndexProgress, RowsKept } from './index-options.js';
import { Roster } from './roster.js';
import { type RowsSnapshot, RowsSnapshots } from './snapshot.js';
import { UnderWay } from './under-way.js';

/** Rows encoded between two reports of progress. */
const ENCODE_STEP = 16_384;
/** Rows that wait before an index begins to encode them, unless it is small: single rows would each pay for a strip. */
const ENCODE_WAITING = 1024;
const ENCODE_WAITING_SHARE = 16;

export class StoredRows<Id extends string | number> {
  readonly kept: RowsKept;
  readonly underWay = new UnderWay();
  /** Saves that are still reading rows. */
  readonly snapshots = new RowsSnapshots();
  #corpus: Corpus | undefined;
  #roster: Roster<Id>;
  /** Rows added or changed since the last encoding. */
  #changed = 0;

  /** Takes over a corpus that is filled already and the ids of its rows, or begins with none. */
  constructor(kept: RowsKept, corpus: Corpus = openCorpus(kept), roster: Roster<Id> = new Roster<Id>()) {
    this.kept = kept;
    this.#corpus = corpus;
    this.#roster = roster;
  }

  /** @throws KindredError DISPOSED */
  get corpus(): Corpus {
    return this.#checkOpen();
  }

  /** Ids of the rows. @throws KindredError DISPOSED */
  get roster(): Roster<Id> {
    this.#checkOpen();
    return this.#roster;
  }

  /** Rows that are there: none after disposal. */
  get size(): number {
    return this.#roster.size;
  }

  /** A row as numbers. */
  read(slot: number): Floats {
    return fromElements(this.corpus.read(slot), this.kept.dtype);
  }

  /** The living rows among the slots `first .. first + count` as queries, and their slots. */
  readLiving(first: number, count: number): { slots: number[]; queries: Floats } {
    const { dim, dtype } = this.kept;
    const { alive } = this.#roster;
    const queries = fromElements(this.corpus.read(first, count), dtype);
    const slots: number[] = [];
    for (let slot = first; slot < first + count; slot++) {
      if (alive && alive[slot] === 0) continue;
      const from = slot - first;
      if (slots.length < from) queries.copyWithin(slots.length * dim, from * dim, (from + 1) * dim);
      slots.push(slot);
    }
    return { slots, queries: queries.subarray(0, slots.length * dim) };
  }

  /** Adds rows under ids, or under the next numbers; all of them or none. */
  append(rows: Matrix<Floats>, ids: Iterable<Id> | undefined, onProgress: OnProgress<IndexProgress> | undefined): void {
    const { dim, dtype } = this.kept;
    if (rows.rows > 0 && rows.dim !== dim) {
      throw new KindredError('DIMENSION_MISMATCH', `the vectors have ${rows.dim} elements, this index takes ${dim}`);
    }
    // The caller's code may run here for the last time: what it does to the index, or to the vectors, comes before.
    const given = ids === undefined ? undefined : readList(ids, 'ids');
    if (rows.data.length < rows.rows * dim) {
      throw new KindredError('INVALID_ARGUMENT', 'the memory of the vectors was transferred while the ids were read');
    }
    const { corpus } = this;
    if (given !== undefined && given.length !== rows.rows) {
      throw new KindredError('DIMENSION_MISMATCH', `${rows.rows} vectors came with ${given.length} ids`);
    }
    if (given) this.#roster.check(given);
    const first = given ? 0 : this.#roster.nextNumbers(rows.rows);
    const elements = toElements(rows.data, dtype, dim);
    this.underWay.finish();
    const bad = corpus.append(elements);
    if (bad >= 0) refuseRow(bad, rows.data, elements, dtype, dim);
    if (given) this.#roster.add(given);
    else this.#roster.addNumbers(first, rows.rows);
    this.#encodeWhenWorthIt(rows.rows, onProgress);
  }

  /** Replaces the row in a slot. */
  overwrite(slot: number, data: Floats): void {
    const { dim, dtype } = this.kept;
    const { corpus } = this;
    const row: Elements = toElements(data, dtype, dim);
    this.underWay.finish();
    this.snapshots.beforeOverwrite(corpus, slot);
    if (!corpus.overwrite(slot, row)) refuseRow(0, data, row, dtype, dim);
    this.#encodeWhenWorthIt(1, undefined);
  }

  /** Encodes what a loaded index came without. */
  encodeLoaded(): void {
    this.#encodeWhenWorthIt(this.corpus.size, undefined);
  }

  /**
   * The rows as they are now, to be given back to `snapshots.done`. Deleted ones are first got rid of, since an encoding has no
   * gaps; while another snapshot is read that must wait.
   */
  snapshot(): RowsSnapshot {
    const { corpus } = this;
    if (this.#roster.alive && !this.snapshots.hold(corpus)) {
      this.underWay.finish();
      this.#compact(corpus, this.#roster.alive);
    }
    return this.snapshots.take(corpus, this.#roster.alive);
  }

  /** Removes a row, and moves the others together once a third of all is gone. Returns whether it was there. */
  delete(id: Id): boolean {
    const { corpus } = this;
    if (this.#roster.slot(id) === undefined) return false;
    this.underWay.finish();
    this.#roster.delete(id);
    if (this.#roster.wantsCompaction && this.#roster.alive && !this.snapshots.hold(corpus)) {
      this.#compact(corpus, this.#roster.alive);
    }
    return true;
  }

  clear(): void {
    const { corpus } = this;
    this.underWay.finish();
    this.snapshots.free(corpus);
    this.#corpus = openCorpus(this.kept);
    this.#roster = new Roster<Id>();
    this.#changed = 0;
  }

  dispose(): void {
    this.underWay.finish();
    if (this.#corpus) this.snapshots.free(this.#corpus);
    this.#corpus = undefined;
    this.#roster = new Roster<Id>();
  }

  #compact(corpus: Corpus, alive: Uint8Array): void {
    corpus.compact(alive);
    this.#roster.compact();
    this.#encodeWhenWorthIt(corpus.size, undefined);
  }

  #checkOpen(): Corpus {
    if (this.#corpus === undefined) throw new KindredError('DISPOSED', 'this index was disposed of and holds nothing');
    return this.#corpus;
  }

  /** Encodes all rows that wait once they are many enough, so that rows that come one by one cost little each. */
  #encodeWhenWorthIt(changed: number, onProgress: OnProgress<IndexProgress> | undefined): void {
    const { corpus } = this;
    const { encoder } = corpus;
    if (changed === 0 || !this.kept.encodes || !encoder) return;
    this.#changed += changed;
    if (this.#changed < Math.min(ENCODE_WAITING, corpus.size / ENCODE_WAITING_SHARE)) return;
    let left = encoder.encode(ENCODE_STEP);
    // What came first may be much more than what was added: an encoding that no longer fits is made anew.
    const total = left === 0 ? this.#changed : left + ENCODE_STEP;
    this.#changed = 0;
    onProgress?.({ done: total - left, total, phase: 'encode' });
    while (left > 0 && this.#corpus === corpus) {
      const before = left;
      left = encoder.encode(ENCODE_STEP);
      if (left >= before) return;
      onProgress?.({ done: total - left, total, phase: 'encode' });
    }
  }
}

function openCorpus({ backend, dim, metric, dtype, threads }: RowsKept): Corpus {
  return backend.openCorpus(dim, metric, { dtype, threads });
}
