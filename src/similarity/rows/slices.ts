/** A search where only the caller's thread can search: in slices, between which the event loop runs. */
import type {
  Floats,
  FrozenRows,
  SearchCounts,
  SearchingInParts,
  TopRequest,
  TopRows,
} from '../../backend/contract/backend.js';
import { copyTopRows, emptyTopRows, mergeTopRows } from '../../backend/reference/best.js';
import { nextTurn } from '../../turns/turn.js';
import { addQueries, addRows } from './search-counts.js';

/** What a slice should take. */
const SLICE_MS = 4;
const SLICE_QUERIES_MAX = 1024;
/** Enough for a kernel of many queries; more would leave a part too few rows. */
const SHARING_QUERIES = 32;
/** Slots between which a corpus can be parted are multiples of this (contract.ts). */
const PART_ROWS = 1024;

/** What searches find, and what they did. */
export interface Found {
  readonly answer: TopRows;
  readonly counts: SearchCounts | undefined;
}

/** A search as the caller asked for it. `isWaitedFor` is asked after every turn of the event loop. */
interface Asked {
  readonly rows: FrozenRows;
  readonly searching: SearchingInParts;
  readonly queries: Floats;
  readonly request: TopRequest;
  isWaitedFor(): boolean;
}

export class Slices {
  /** Pairs of a query and a row that a slice takes; found out as slices go by. */
  #pairs = PART_ROWS;

  /** The best rows for each query; undefined once nobody waits for them. */
  async search(asked: Asked): Promise<Found | undefined> {
    const { queries, request } = asked;
    const { dim, size } = asked.rows;
    const count = queries.length / dim;
    const answer = emptyTopRows(count, Math.min(request.k, size));
    let counts: SearchCounts | undefined;
    for (let first = 0, last = 0; first < count; first = last) {
      last = Math.min(count, first + this.#together(size, asked.searching.isEncoded));
      const found = await this.#searchParts({ ...asked, queries: queries.subarray(first * dim, last * dim) });
      if (!found) return undefined;
      copyTopRows(found.answer, answer, first);
      counts = addQueries(counts, found.counts);
    }
    return { answer, counts };
  }

  /** Queries to search for together: those that a slice has time for, or more where they share the reading of rows. */
  #together(size: number, isEncoded: boolean): number {
    const whole = Math.floor(this.#pairs / size);
    // A filter gains more from what the parts before have found, which is the case for a query alone.
    const sharing = isEncoded ? 1 : Math.min(SHARING_QUERIES, Math.floor(this.#pairs / PART_ROWS));
    return Math.min(SLICE_QUERIES_MAX, Math.max(whole, sharing));
  }

  /** The best rows for some queries, a part of the rows at a time. */
  async #searchParts(asked: Asked): Promise<Found | undefined> {
    const { dim, size } = asked.rows;
    const { k, minScore } = asked.request;
    const count = asked.queries.length / dim;
    const answer = emptyTopRows(count, Math.min(k, size));
    let counts: SearchCounts | undefined;
    let first = 0;
    do {
      await nextTurn();
      if (!asked.isWaitedFor()) return undefined;
      const last = this.#endOfPart(first, size, count);
      const isFull = count === 1 && answer.counts[0] === answer.stride && answer.stride > 0;
      const least = isFull ? Math.max(minScore, answer.scores[answer.stride - 1]) : minScore;
      const found = this.#searchPart({ ...asked, request: { ...asked.request, minScore: least } }, first, last);
      mergeTopRows(found.answer, answer);
      counts = addRows(counts, found.counts);
      first = last;
    } while (first < size);
    return { answer, counts };
  }

  #endOfPart(first: number, size: number, queries: number): number {
    const rows = this.#pairs / queries;
    return first + rows >= size ? size : Math.min(size, first + Math.max(1, Math.floor(rows / PART_ROWS)) * PART_ROWS);
  }

  /** Searches now, and learns how long it takes. */
  #searchPart({ searching, queries, request }: Asked, first: number, last: number): Found {
    const begin = performance.now();
    const answer = searching.search(queries, request, first, last);
    const took = performance.now() - begin;
    const pairs = answer.counts.length * (last - first);
    // The rest of a search says little: it is smaller than was meant.
    if (took > 1.5 * SLICE_MS) this.#pairs = Math.max(PART_ROWS, (pairs * SLICE_MS) / took);
    else if (took < SLICE_MS / 2 && 2 * pairs > this.#pairs) this.#pairs *= 2;
    return { answer, counts: searching.lastSearch };
  }
}
