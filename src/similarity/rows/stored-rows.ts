/** The rows of an index in their backend's memory, under their ids: everything that changes them. */
import { readList } from '../../arguments/choices.js';
import type { Corpus, Elements, Floats, FrozenRows } from '../../backend/contract/backend.js';
import { allocate } from '../../backend/reference/elements.js';
import { KindredError } from '../../errors.js';
import type { OnProgress } from '../../turns/progress.js';
import type { Steps } from '../../turns/steps.js';
import { fromElements, refuseRow, toElements } from '../dtype.js';
import type { Matrix, Vectors } from '../vectors.js';
import { adding } from './adding.js';
import { EncodingDue } from './encoding-due.js';
import type { IndexProgress, RowsKept } from './index-options.js';
import { Roster } from './roster.js';
import { RowsView } from './rows-view.js';
import { RowsSnapshot } from './snapshot.js';
import { type IndexWork, UnderWay } from './under-way.js';

export class StoredRows<Id extends string | number> {
  readonly kept: RowsKept;
  readonly underWay = new UnderWay();
  #corpus: Corpus | undefined;
  #roster: Roster<Id>;
  readonly #encoding = new EncodingDue();
  /** Searches and saves that read the rows as they were: while there are some, rows are not moved without need. */
  #readers = 0;

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

  /** Does work on the rows now. */
  run<Result>(work: (view: RowsView<Id>) => IndexWork<Result>): Result {
    const { corpus } = this;
    return this.underWay.run(corpus, work(new RowsView(this.kept, corpus, this.#roster)));
  }

  /** Does work on the rows as they are now, while they go on changing. @throws the signal's reason */
  start<Result>(
    work: (view: RowsView<Id>, frozen: FrozenRows) => IndexWork<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    signal?.throwIfAborted();
    const frozen = this.corpus.freeze();
    this.#readers++;
    const steps = work(new RowsView(this.kept, frozen, this.#roster), frozen);
    return this.underWay.start(frozen, steps, signal).finally(() => this.#readers--);
  }

  /** Adds rows under ids, or under the next numbers; all of them or none. */
  append(rows: Matrix<Floats>, ids: Iterable<Id> | undefined, onProgress: OnProgress<IndexProgress> | undefined): void {
    const { dim, dtype } = this.kept;
    const given = ids === undefined ? checkDim(rows, dim) : readIdsOf(rows, ids, dim);
    const { corpus } = this;
    if (given) this.#roster.check(given);
    const first = given ? 0 : this.#roster.nextNumbers(rows.rows);
    const elements = toElements(rows.data, dtype, dim);
    this.underWay.beforeChange();
    const bad = corpus.append(elements);
    if (bad >= 0) refuseRow(bad, rows.data, elements, dtype, dim);
    if (given) this.#roster.add(given);
    else this.#roster.addNumbers(first, rows.rows);
    this.#encode(rows.rows, onProgress);
  }

  /**
   * The same a few rows at a time: they are there once all of them are. The vectors must not change meanwhile.
   * @throws KindredError also ABORTED if the index is cleared meanwhile
   */
  *appending(vectors: Vectors, ids: Iterable<Id> | undefined): Steps<void, IndexProgress> {
    const { corpus, roster, kept } = this;
    const beforeChange = () => {
      if (this.corpus !== corpus) {
        throw new KindredError('ABORTED', 'the index was cleared while rows were being added: none of them is in it');
      }
      this.underWay.beforeChange();
    };
    try {
      const asking = <Result>(ask: () => Result) => this.underWay.asking(ask);
      yield* adding({ corpus, roster, kept, encoding: this.#encoding, asking, beforeChange }, vectors, ids);
    } finally {
      // Those of rows that were given up.
      if (this.#corpus === corpus) this.#compactIfWorthIt();
    }
  }

  /** Replaces the row in a slot. */
  overwrite(slot: number, data: Floats): void {
    const { dim, dtype } = this.kept;
    const { corpus } = this;
    const row: Elements = toElements(data, dtype, dim);
    this.underWay.beforeChange();
    if (!corpus.overwrite(slot, row)) refuseRow(0, data, row, dtype, dim);
    this.#encode(1, undefined);
  }

  /** Replaces rows under ids that are there and adds the others, all of them or none. */
  putAll(rows: Matrix<Floats>, ids: Iterable<Id>): void {
    const { dim, dtype } = this.kept;
    const given = readIdsOf(rows, ids, dim);
    const { corpus } = this;
    this.#roster.checkPut(given);
    const elements = toElements(rows.data, dtype, dim);
    this.underWay.beforeChange();
    const rowOf = (n: number) => elements.subarray(n * dim, (n + 1) * dim);
    const before: { slot: number; row: Elements }[] = [];
    const refuse = (bad: number): never => {
      for (const { slot, row } of before) corpus.overwrite(slot, row);
      refuseRow(bad, rows.data, elements, dtype, dim);
    };
    const fresh: number[] = [];
    for (const [n, id] of given.entries()) {
      const slot = this.#roster.slot(id);
      if (slot === undefined) {
        fresh.push(n);
        continue;
      }
      before.push({ slot, row: corpus.read(slot) });
      if (!corpus.overwrite(slot, rowOf(n))) refuse(n);
    }
    const added = allocate(dtype, fresh.length * dim);
    fresh.forEach((n, place) => {
      (added as Float32Array).set(rowOf(n) as Float32Array, place * dim);
    });
    const bad = fresh.length === 0 ? -1 : corpus.append(added);
    if (bad >= 0) refuse(fresh[bad]);
    this.#roster.add(fresh.map((n) => given[n]));
    this.#encode(given.length, undefined);
  }

  /** Removes rows that are there. Returns how many. */
  deleteAll(ids: readonly Id[]): number {
    if (ids.length === 0) return 0;
    this.underWay.beforeChange();
    for (const id of ids) this.#roster.delete(id);
    this.#compactIfWorthIt();
    return ids.length;
  }

  /** Encodes what a loaded index came without. */
  encodeLoaded(): void {
    this.#encode(this.corpus.size, undefined);
  }

  /** The same a few rows at a time. */
  *encodingLoaded(): Steps<void, IndexProgress> {
    if (this.kept.encodes) yield* this.#encoding.inTurns(this.corpus, this.corpus.size);
  }

  /** Gets rid of deleted rows, unless somebody reads them or others are on their way in. */
  tidy(): void {
    if (this.#roster.deleted > 0 && this.#readers === 0 && this.#roster.coming === 0) this.#compact();
  }

  /** The rows as they are now, to be given back by `free`. */
  snapshot(): RowsSnapshot {
    const frozen = this.corpus.freeze();
    this.#readers++;
    return new RowsSnapshot(frozen, this.kept.dtype, this.#roster.alive, () => {
      frozen.free();
      this.#readers--;
    });
  }

  /**
   * Removes a row, and moves the others together once a third of all is gone. Where that would copy them, since somebody still
   * reads them as they were, half must be gone. Returns whether it was there.
   */
  delete(id: Id): boolean {
    this.#checkOpen();
    if (this.#roster.slot(id) === undefined) return false;
    this.underWay.beforeChange();
    this.#roster.delete(id);
    this.#compactIfWorthIt();
    return true;
  }

  clear(): void {
    const { corpus } = this;
    this.underWay.beforeChange();
    corpus.free();
    this.#corpus = openCorpus(this.kept);
    this.#roster = new Roster<Id>();
    this.#encoding.reset();
  }

  /** Ends what is under way. */
  dispose(): void {
    this.underWay.beforeChange();
    this.underWay.end(new KindredError('DISPOSED', 'this index was disposed of before the answer was there'));
    this.#corpus?.free();
    this.#corpus = undefined;
    this.#roster = new Roster<Id>();
  }

  #compactIfWorthIt(): void {
    if (this.#roster.wantsCompaction(this.#readers > 0 ? 2 : 3)) this.#compact();
  }

  #compact(): void {
    const { alive } = this.#roster;
    if (!alive) return;
    this.underWay.beforeChange();
    this.corpus.compact(alive);
    this.#roster.compact();
    this.#encode(this.corpus.size, undefined);
  }

  #encode(changed: number, onProgress: OnProgress<IndexProgress> | undefined): void {
    if (this.kept.encodes) this.#encoding.afterChange(() => this.#corpus, changed, onProgress);
  }

  #checkOpen(): Corpus {
    if (this.#corpus === undefined) throw new KindredError('DISPOSED', 'this index was disposed of and holds nothing');
    return this.#corpus;
  }
}

/** The caller's code may run here for the last time: what it does to the index, or to the vectors, comes before. */
function readIdsOf<Id>(rows: Matrix<Floats>, ids: Iterable<Id>, dim: number): Id[] {
  checkDim(rows, dim);
  const given = readList(ids, 'ids');
  if (rows.data.length < rows.rows * dim) {
    throw new KindredError('INVALID_ARGUMENT', 'the memory of the vectors was transferred while the ids were read');
  }
  if (given.length !== rows.rows) {
    throw new KindredError('DIMENSION_MISMATCH', `${rows.rows} vectors came with ${given.length} ids`);
  }
  return given;
}

function checkDim(rows: Matrix<Floats>, dim: number): undefined {
  if (rows.rows === 0 || rows.dim === dim) return;
  throw new KindredError('DIMENSION_MISMATCH', `the vectors have ${rows.dim} elements, this index takes ${dim}`);
}

function openCorpus({ backend, dim, metric, dtype, threads }: RowsKept): Corpus {
  return backend.openCorpus(dim, metric, { dtype, threads });
}
