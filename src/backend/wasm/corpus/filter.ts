/**
 * A search that reads the encoded rows first and computes the canonical scores of the few that are left
 * (docs/internals/exactness.md, "What a search does with it"). Encoded rows and rows live in two memories: candidates
 * travel from the one to the other.
 */
import type { Floats, SearchCounts, TopRequest, TopRows } from '../../contract/backend.js';
import * as abi from '../module/abi.js';
import { CANDIDATE_BYTES, STRIP_ROWS } from '../module/abi.js';
import { bestBytes, copyBest, openBest, takeBest } from '../module/best.js';
import { METRIC_CODES } from '../module/codes.js';
import { Layout } from '../module/memory.js';
import type { EncodedRows } from './encoded.js';
import {
  admitted,
  type PlacedRows,
  rowBlocks,
  type StoredRange,
  takeAdmit,
  takeRows,
  writeAdmit,
  writeRows,
} from './stored-rows.js';

/** Where fewer than one row in so many is admitted, everything is scored at once. */
const SMALLEST_SHARE = 64;
/** Strips per call of a kernel. An engine swaps in its optimised code between calls, never within one. */
const STRIPS_PER_CALL = 32;
/**
 * A first stage takes half to 0.7 of the time of the next one, and pays if it leaves less than this: for one query, and for
 * many, whose fine stage for a row by itself takes as long as five rows of a tile. While it does not, one call in so many
 * tries it again, for thresholds rise.
 */
const PAYING_SHARE = 0.2;
const PAYING_SHARE_OF_MANY = 0.08;
const CALLS_PER_TRIAL = 8;
/** Strips that a first threshold comes from. */
const FEWEST_SEEDS = 16;
const MOST_SEEDS = 64;
/**
 * A query that the filter leaves more than one row in so many for gives it up: scoring a row by itself takes as long as a
 * dozen rows of a tile. Few rows tell nothing.
 */
const GIVE_UP_SHARE = 8;
const GIVE_UP_ROWS = 64;
/** Bounds the memory of the queries under way, and their number, so that they stay in a cache. */
const BLOCK_BYTES = 2 ** 24;
const BLOCK_QUERIES = 256;

/**
 * Whether a filter pays where it tells rows apart.
 * @param part a filter pays while no more than one row in so many is wanted.
 */
export function canPay(
  stored: Pick<StoredRange, 'first' | 'last'>,
  encoded: EncodedRows,
  request: TopRequest,
  part: number,
): boolean {
  if (encoded.rows === 0 || encoded.staleStrips * 2 > encoded.strips) return false;
  const rows = admitted(stored, request);
  if (rows * SMALLEST_SHARE < stored.last - stored.first) return false;
  return request.k * part <= rows || request.minScore !== Number.NEGATIVE_INFINITY;
}

/** Addresses in the memory of the rows. */
interface PlacesHere {
  readonly rows: PlacedRows;
  readonly queriesAt: number;
  readonly squaresAt: number;
  readonly candidatesAt: number;
  readonly bestAt: number;
  readonly end: number;
}

/** Addresses in the memory of the encoded rows. */
interface PlacesThere {
  readonly admitAt: number;
  readonly recordsAt: number;
  readonly lowersAt: number;
  readonly candidatesAt: number;
  readonly valuesAt: number;
  readonly workAt: number;
  readonly panelsAt: number;
  readonly end: number;
}

/** One call: its operands, its blocks and their addresses in both memories. */
export class FilteredSearch {
  /** Whether both memories can hold what a block needs. */
  readonly hasRoom: boolean;
  readonly #stored: StoredRange;
  readonly #encoded: EncodedRows;
  /** The encoded strips among the rows to search. */
  readonly #firstStrip: number;
  readonly #lastStrip: number;
  readonly #queries: Floats;
  readonly #request: TopRequest;
  readonly #answer: TopRows;
  readonly #count: number;
  readonly #block: number;
  readonly #capacity: number;
  readonly #recordBytes: number;
  readonly #here: PlacesHere;
  readonly #there: PlacesThere;
  /** Rows scored one by one beyond which a query gives up. */
  readonly #most: number;
  /** Of each query of the block. */
  readonly #tried: Uint32Array;
  readonly #givenUp: number[] = [];
  #usedCoarse = false;
  #coarse = 0;
  #fine = 0;
  #scored = 0;

  /** @param isAskedFor goes on however many rows are left: who asked for this way wants to see where it leads. */
  constructor(
    stored: StoredRange,
    encoded: EncodedRows,
    queries: Floats,
    request: TopRequest,
    answer: TopRows,
    isAskedFor: boolean,
  ) {
    this.#stored = stored;
    this.#encoded = encoded;
    this.#lastStrip = Math.min(encoded.strips, Math.floor(stored.last / STRIP_ROWS));
    this.#firstStrip = Math.min(this.#lastStrip, stored.first / STRIP_ROWS);
    this.#queries = queries;
    this.#request = request;
    this.#answer = answer;
    this.#count = queries.length / stored.dim;
    this.#capacity = 2 * answer.stride + (this.#count === 1 ? 4096 : 512);
    this.#recordBytes = abi.QUERY_HEAD_BYTES + Math.ceil((encoded.half * abi.QUERY_BYTES_PER_PLANE_BYTE) / 16) * 16;
    const perQuery =
      bestBytes(answer.stride) +
      answer.stride * 8 +
      this.#capacity * CANDIDATE_BYTES +
      this.#recordBytes +
      stored.dim * 8;
    this.#block = Math.max(1, Math.min(this.#count, BLOCK_QUERIES, Math.floor(BLOCK_BYTES / perQuery)));
    const most = Math.max((stored.last - stored.first) / GIVE_UP_SHARE, 4 * answer.stride, GIVE_UP_ROWS);
    this.#most = isAskedFor ? Number.POSITIVE_INFINITY : most;
    this.#tried = new Uint32Array(this.#block);
    this.#here = this.#placesHere();
    this.#there = this.#placesThere();
    this.hasRoom = stored.space.tryReach(this.#here.end) && encoded.space.tryReach(this.#there.end);
  }

  /** Queries that the filter could not answer, in order; known when it has run. */
  get givenUp(): readonly number[] {
    return this.#givenUp;
  }

  run(): SearchCounts {
    const { first, last } = this.#stored;
    const { space, rows, staleAt } = this.#encoded;
    const { admitAt, panelsAt } = this.#there;
    writeRows(this.#here.rows, this.#stored, this.#request);
    writeAdmit(space, admitAt, { first, last: Math.min(last, rows) }, this.#request);
    space.kernels.placeSweep(admitAt, staleAt, panelsAt);
    for (let q = 0; q < this.#count; q += this.#block) {
      this.#searchBlock(q, Math.min(this.#block, this.#count - q));
    }
    this.#encoded.history.gaveUp(this.#givenUp.length / this.#count, this.#count);
    const coarse = this.#usedCoarse ? this.#coarse : undefined;
    return { queries: this.#count, rows: last - first, coarse, fine: this.#fine, scored: this.#scored };
  }

  #placesHere(): PlacesHere {
    const { dim } = this.#stored;
    const layout = new Layout(this.#stored.scratchAt);
    const rows = takeRows(layout, this.#stored, this.#request);
    const queriesAt = layout.take(this.#block * dim * 8);
    const squaresAt = layout.take(this.#block * 8);
    const candidatesAt = layout.take(this.#capacity * CANDIDATE_BYTES);
    const bestAt = takeBest(layout, this.#block, this.#answer.stride);
    return { rows, queriesAt, squaresAt, candidatesAt, bestAt, end: layout.end };
  }

  #placesThere(): PlacesThere {
    const { dim } = this.#stored;
    const layout = new Layout(this.#encoded.scratchAt);
    const admitAt = takeAdmit(layout, this.#stored, this.#request);
    const recordsAt = layout.take(this.#block * this.#recordBytes);
    const lowersAt = layout.take(this.#block * this.#answer.stride * 8);
    const candidatesAt = layout.take(this.#block * this.#capacity * CANDIDATE_BYTES);
    const valuesAt = layout.take(dim * 8);
    const workAt = layout.take(2 * this.#encoded.half * 8);
    const panelsAt = layout.take(STRIP_ROWS * 4 * this.#encoded.half);
    return { admitAt, recordsAt, lowersAt, candidatesAt, valuesAt, workAt, panelsAt, end: layout.end };
  }

  #searchBlock(first: number, count: number): void {
    const { space, dim } = this.#stored;
    const { queriesAt, squaresAt, bestAt } = this.#here;
    openBest(space, bestAt, count, this.#answer.stride);
    this.#tried.fill(0);
    space.f64.set(this.#queries.subarray(first * dim, (first + count) * dim), queriesAt / 8);
    space.kernels.measure64(queriesAt, count, dim, squaresAt);
    for (let q = 0; q < count; q++) {
      this.#scanRest(q);
      this.#open(q);
    }
    this.#sweep(count);
    for (let q = 0; q < count; q++) {
      if (this.#hasGivenUp(q)) this.#givenUp.push(first + q);
      else this.#score(q);
      this.#coarse += this.#word(q, abi.QUERY_COARSE_COUNT);
      this.#fine += this.#word(q, abi.QUERY_FINE_COUNT);
    }
    copyBest(space, bestAt, this.#answer, first);
  }

  /** Scores the rows that are not encoded, or not in a whole strip of these: those after the last one, and changed ones. */
  #scanRest(q: number): void {
    for (let strip = this.#firstStrip, left = this.#encoded.staleStrips; left > 0 && strip < this.#lastStrip; strip++) {
      if (!this.#encoded.isStale(strip)) continue;
      this.#scan(q, strip * STRIP_ROWS, (strip + 1) * STRIP_ROWS);
      left--;
    }
    const { first, last } = this.#stored;
    this.#scan(q, Math.max(first, this.#lastStrip * STRIP_ROWS), last);
  }

  #scan(q: number, first: number, last: number): void {
    if (first >= last) return;
    const { kernels } = this.#stored.space;
    const { rows, bestAt } = this.#here;
    for (const [from, to] of rowBlocks(first, last)) {
      kernels.scan(rows.record, from, to, this.#queryAt(q), this.#squaresOf(q), q, bestAt);
    }
    this.#scored += last - first;
  }

  /** Prepares the record of a query and finds a first threshold for it. */
  #open(q: number): void {
    const { space } = this.#encoded;
    const { dim } = this.#stored;
    const { stride } = this.#answer;
    const { lowersAt, candidatesAt, valuesAt, workAt } = this.#there;
    const record = this.#recordAt(q);
    const query = this.#queryAt(q);
    space.u8.set(this.#stored.space.u8.subarray(query, query + dim * 8), valuesAt);
    space.kernels.openQuery(record, valuesAt, this.#squaresOf(q), this.#request.minScore, workAt);
    const candidates = candidatesAt + q * this.#capacity * CANDIDATE_BYTES;
    space.kernels.giveRoom(record, lowersAt + q * stride * 8, stride, candidates, this.#capacity);
    this.#raise(q);
    const seeds = Math.min(MOST_SEEDS, Math.max(FEWEST_SEEDS, Math.ceil((stride * 8) / STRIP_ROWS)));
    if (seeds * 4 <= this.#lastStrip - this.#firstStrip) {
      space.kernels.seedThreshold(record, this.#firstStrip, this.#lastStrip, seeds);
    }
  }

  #sweep(count: number): void {
    const { space } = this.#encoded;
    // Unpacking pays from the second query on. Only products of bytes sift for many queries faster than all bits do.
    const bytes = space.kernels.multipliesBytes() !== 0;
    const share = count === 1 ? PAYING_SHARE : PAYING_SHARE_OF_MANY;
    let pays = true;
    for (let strip = this.#firstStrip, call = 0; strip < this.#lastStrip; call++) {
      const last = Math.min(this.#lastStrip, strip + STRIPS_PER_CALL);
      const coarse = (count === 1 || bytes) && (pays || call % CALLS_PER_TRIAL === 0);
      const leftBefore = this.#left(count);
      const next = this.#sweepStrips(count, strip, last, coarse);
      if (coarse) {
        this.#usedCoarse = true;
        pays = this.#left(count) - leftBefore < share * (next - strip) * STRIP_ROWS * count;
      }
      if (next < last) this.#makeRoom(count);
      strip = next;
      if (this.#allGaveUp(count)) return;
    }
  }

  #sweepStrips(count: number, first: number, last: number, coarse: boolean): number {
    const { kernels } = this.#encoded.space;
    const { recordsAt } = this.#there;
    if (count === 1) return kernels.sweepOne(recordsAt, first, last, coarse);
    return kernels.sweepMany(recordsAt, this.#recordBytes, count, first, last, coarse);
  }

  /** Pairs left by the coarse stage so far. */
  #left(count: number): number {
    let left = 0;
    for (let q = 0; q < count; q++) left += this.#word(q, abi.QUERY_COARSE_COUNT);
    return left;
  }

  /** Scores the candidates of every query that is nearly full, which raises its threshold. */
  #makeRoom(count: number): void {
    for (let q = 0; q < count; q++) {
      if (this.#word(q, abi.QUERY_CANDIDATES_COUNT) * 2 + STRIP_ROWS <= this.#capacity) continue;
      this.#score(q);
      if (this.#tried[q] > this.#most) this.#giveUp(q);
    }
  }

  /** No row reaches the threshold any more. */
  #giveUp(q: number): void {
    this.#encoded.space.f64[(this.#recordAt(q) + abi.QUERY_THRESHOLD_F64) / 8] = Number.POSITIVE_INFINITY;
  }

  #hasGivenUp(q: number): boolean {
    return this.#encoded.space.f64[(this.#recordAt(q) + abi.QUERY_THRESHOLD_F64) / 8] === Number.POSITIVE_INFINITY;
  }

  #allGaveUp(count: number): boolean {
    for (let q = 0; q < count; q++) if (!this.#hasGivenUp(q)) return false;
    return true;
  }

  /** Computes the canonical scores of a query's candidates, best first, until no other can matter. */
  #score(q: number): void {
    const from = this.#encoded.space;
    const to = this.#stored.space;
    const { rows, candidatesAt, bestAt } = this.#here;
    from.kernels.orderCandidates(this.#recordAt(q));
    const count = this.#word(q, abi.QUERY_CANDIDATES_COUNT);
    const at = this.#there.candidatesAt + q * this.#capacity * CANDIDATE_BYTES;
    to.u8.set(from.u8.subarray(at, at + count * CANDIDATE_BYTES), candidatesAt);
    const query = [this.#queryAt(q), this.#squaresOf(q), q] as const;
    const tried = to.kernels.scanCandidates(rows.record, candidatesAt, count, ...query, bestAt);
    this.#tried[q] += tried;
    this.#scored += tried;
    from.writeWords(this.#recordAt(q), [[abi.QUERY_CANDIDATES_COUNT, 0]]);
    this.#raise(q);
  }

  /** The worst row kept so far is a threshold, too. */
  #raise(q: number): void {
    const metric = METRIC_CODES[this.#stored.metric];
    const threshold = this.#stored.space.kernels.worstThreshold(metric, this.#here.bestAt, q);
    const cell = (this.#recordAt(q) + abi.QUERY_THRESHOLD_F64) / 8;
    const { f64 } = this.#encoded.space;
    if (threshold > f64[cell]) f64[cell] = threshold;
  }

  #queryAt(q: number): number {
    return this.#here.queriesAt + q * this.#stored.dim * 8;
  }

  #squaresOf(q: number): number {
    return this.#stored.space.f64[this.#here.squaresAt / 8 + q];
  }

  #recordAt(q: number): number {
    return this.#there.recordsAt + q * this.#recordBytes;
  }

  #word(q: number, offset: number): number {
    return this.#encoded.space.word(this.#recordAt(q) + offset);
  }
}
