/** Frozen rows where one thread both changes and searches them: a row that changes is first kept as it was. */
import type {
  Elements,
  Floats,
  FrozenRows,
  GraphTask,
  SearchCounts,
  SearchingInParts,
  TopRequest,
  TopRows,
  Undecided,
} from '../contract/backend.js';
import { mergeTopRows } from './best.js';

/** What is found among some rows. */
export interface FoundInPart {
  readonly answer: TopRows;
  readonly counts: SearchCounts | undefined;
}

/** The rows that are frozen, as they are by now: those of a slot may have changed, but none has moved. */
export interface LiveRows {
  readonly dim: number;
  /** Whether an encoded copy sifts them. */
  readonly isEncoded: boolean;
  /** A copy. */
  read(slot: number, count: number): Elements;
  /** The best of the slots `first .. last`. */
  search(queries: Floats, request: TopRequest, first: number, last: number): FoundInPart;
  /** The graph of rows that were frozen; absent where there is none. */
  openGraph?(frozen: FrozenRows, request: TopRequest): GraphTask | Undecided | undefined;
  /** The best of rows that are not stored, numbered from 0; whether they are admitted is not asked. */
  searchOthers(rows: readonly Elements[], queries: Floats, request: TopRequest): FoundInPart;
}

/** The frozen rows that somebody still reads, of one place where rows are stored. */
export class FrozenRowsOf {
  readonly #rows: LiveRows;
  readonly #held = new Set<RowsInParts>();

  constructor(rows: LiveRows) {
    this.#rows = rows;
  }

  get areHeld(): boolean {
    return this.#held.size > 0;
  }

  freeze(size: number): FrozenRows {
    const frozen = new RowsInParts(this.#rows, size, () => this.#held.delete(frozen));
    this.#held.add(frozen);
    return frozen;
  }

  /** To be called before a row is replaced. */
  beforeOverwrite(slot: number): void {
    let before: Elements | undefined;
    for (const frozen of this.#held) {
      if (!frozen.needs(slot)) continue;
      before ??= this.#rows.read(slot, 1);
      frozen.keep(slot, before);
    }
  }
}

class RowsInParts implements FrozenRows {
  readonly dim: number;
  readonly size: number;
  readonly searching: SearchingInParts;
  readonly #rows: LiveRows;
  readonly #release: () => void;
  /** Rows that have changed since, as they were. */
  readonly #kept = new Map<number, Elements>();
  /** One byte per slot, 0 if the row has changed; undefined before that is asked. */
  #unchanged: Uint8Array | undefined;
  #lastSearch: SearchCounts | undefined;
  #isFreed = false;

  constructor(rows: LiveRows, size: number, release: () => void) {
    this.#rows = rows;
    this.dim = rows.dim;
    this.size = size;
    this.#release = release;
    const lastSearch = () => this.#lastSearch;
    this.searching = {
      kind: 'in-parts',
      search: (...asked) => this.#search(...asked),
      get isEncoded() {
        return rows.isEncoded;
      },
      get lastSearch() {
        return lastSearch();
      },
    };
  }

  /** Whether the row in this slot is one of these and has not changed yet. */
  needs(slot: number): boolean {
    return slot < this.size && !this.#kept.has(slot);
  }

  keep(slot: number, row: Elements): void {
    this.#kept.set(slot, row);
    if (this.#unchanged) this.#unchanged[slot] = 0;
  }

  read(slot: number, count = 1): Elements {
    this.#checkHeld();
    const rows = this.#rows.read(slot, count);
    if (this.#kept.size === 0) return rows;
    for (let r = 0; r < count; r++) {
      const before = this.#kept.get(slot + r);
      if (before) rows.set(before, r * this.dim);
    }
    return rows;
  }

  openGraph(request: TopRequest): GraphTask | Undecided | undefined {
    this.#checkHeld();
    return this.#rows.openGraph?.(this, request);
  }

  free(): void {
    this.#isFreed = true;
    this.#kept.clear();
    this.#release();
  }

  /** Unchanged rows where they are stored, and beside them those that were kept. */
  #search(queries: Floats, request: TopRequest, first: number, last: number): TopRows {
    this.#checkHeld();
    const kept = this.#keptIn(first, last);
    const admit = kept.length === 0 ? request.admit : this.#admitUnchanged(request.admit, first, last);
    const { answer, counts } = this.#rows.search(queries, { ...request, admit }, first, last);
    this.#lastSearch = counts;
    const others = kept.filter((slot) => request.admit?.[slot] !== 0);
    if (others.length === 0) return answer;
    const rows = others.map((slot) => this.#kept.get(slot) as Elements);
    const found = this.#rows.searchOthers(rows, queries, { k: request.k, minScore: request.minScore });
    for (const [cell, other] of found.answer.positions.entries()) found.answer.positions[cell] = others[other];
    mergeTopRows(found.answer, answer);
    this.#lastSearch = counts && {
      ...counts,
      coarse: counts.coarse === undefined ? undefined : counts.coarse + (found.counts?.scored ?? 0),
      fine: counts.fine === undefined ? undefined : counts.fine + (found.counts?.scored ?? 0),
      scored: counts.scored + (found.counts?.scored ?? 0),
    };
    return answer;
  }

  /** Slots among `first .. last` whose rows have changed, in order. */
  #keptIn(first: number, last: number): number[] {
    const slots: number[] = [];
    for (const slot of this.#kept.keys()) if (slot >= first && slot < last) slots.push(slot);
    return slots.sort((a, b) => a - b);
  }

  #admitUnchanged(admit: Uint8Array | undefined, first: number, last: number): Uint8Array {
    if (!this.#unchanged) {
      this.#unchanged = new Uint8Array(this.size).fill(1);
      for (const slot of this.#kept.keys()) this.#unchanged[slot] = 0;
    }
    if (!admit) return this.#unchanged;
    const both = admit.slice(0, last);
    for (let slot = first; slot < last; slot++) if (this.#unchanged[slot] === 0) both[slot] = 0;
    return both;
  }

  #checkHeld(): void {
    if (this.#isFreed) throw new TypeError('these frozen rows were freed');
  }
}
