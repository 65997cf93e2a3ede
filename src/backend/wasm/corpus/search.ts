/**
 * Exact top-k over the rows of a corpus: filtered where an encoding helps, else a scan per query or a block of queries.
 */
import type { Floats, SearchCounts, TopRequest, TopRows } from '../../contract/backend.js';
import { emptyTopRows } from '../../reference/best.js';
import { packedBytes } from '../dense/packing.js';
import { FLAT, TALL } from '../module/abi.js';
import { bestBytes, copyBest, openBest, takeBest } from '../module/best.js';
import { HIGHEST_SCORES } from '../module/codes.js';
import { Layout } from '../module/memory.js';
import type { Costs } from './costs.js';
import type { EncodedRows } from './encoded.js';
import { canPay, FilteredSearch } from './filter.js';
import { admitted, rowBlocks, type StoredRange, takeRows, writeRows } from './stored-rows.js';

/** Packed queries stay in a cache while the rows stream past. */
const PACKED_BYTES = 2 ** 20;
/** Bounds the heaps of the queries under way where `k` is large. */
const BEST_BYTES = 2 ** 24;

export interface Found {
  readonly answer: TopRows;
  readonly counts: SearchCounts;
}

/** @param way goes this way, where it can be gone; else what pays. */
export function search(
  stored: StoredRange,
  encoded: EncodedRows | undefined,
  queries: Floats,
  request: TopRequest,
  costs: Costs,
  way?: 'scan' | 'batch' | 'filter',
): Found {
  const { dim, first, last } = stored;
  const count = queries.length / dim;
  const answer = emptyTopRows(count, Math.min(request.k, last - first));
  if (answer.stride === 0 || request.minScore > HIGHEST_SCORES[stored.metric]) {
    return { answer, counts: { queries: count, rows: last - first, scored: 0 } };
  }
  const filters =
    way === undefined
      ? encoded && canPay(stored, encoded, request, costs.part) && encoded.history.pays()
      : way === 'filter';
  if (encoded && encoded.rows > 0 && filters) {
    const filtered = new FilteredSearch(stored, encoded, queries, request, answer, way === 'filter');
    if (filtered.hasRoom) {
      const counts = filtered.run();
      // Rows that were scored before a query gave up count once.
      const scored = Math.min(
        counts.scored + filtered.givenUp.length * admitted(stored, request),
        count * (last - first),
      );
      searchSome(stored, queries, filtered.givenUp, request, answer, costs.batch);
      return { answer, counts: { ...counts, scored } };
    }
  }
  searchAll(
    stored,
    queries,
    request,
    answer,
    way === 'scan' ? Number.POSITIVE_INFINITY : way === 'batch' ? 1 : costs.batch,
  );
  return { answer, counts: { queries: count, rows: last - first, scored: count * admitted(stored, request) } };
}

/** Scores every row for some of the queries. */
function searchSome(
  stored: StoredRange,
  queries: Floats,
  which: readonly number[],
  request: TopRequest,
  answer: TopRows,
  fewest: number,
): void {
  if (which.length === 0) return;
  const { dim } = stored;
  const some = queries.slice(0, which.length * dim);
  which.forEach((q, n) => {
    some.set(queries.subarray(q * dim, (q + 1) * dim), n * dim);
  });
  const found = emptyTopRows(which.length, answer.stride);
  searchAll(stored, some, request, found, fewest);
  which.forEach((q, n) => {
    answer.counts[q] = found.counts[n];
    for (const cells of ['positions', 'scores'] as const) {
      answer[cells].set(found[cells].subarray(n * answer.stride, (n + 1) * answer.stride), q * answer.stride);
    }
  });
}

/** Scores every row, query by query if there are fewer than `fewest`. */
function searchAll(stored: StoredRange, queries: Floats, request: TopRequest, answer: TopRows, fewest: number): void {
  const { dim } = stored;
  const count = queries.length / dim;
  const block = queriesPerBlock(count, dim, answer.stride, fewest);
  for (let q = 0; q < count; q += block || 1) {
    const some = queries.subarray(q * dim, Math.min(count, q + (block || 1)) * dim);
    if (block === 0) searchOne(stored, some, request, answer, q);
    else searchBatch(stored, some, request, answer, q);
  }
}

/** 0 if so few queries fit or are there that each is better scanned for by itself. */
function queriesPerBlock(count: number, dim: number, stride: number, fewest: number): number {
  const cached = Math.max(8, Math.floor(PACKED_BYTES / packedBytes(1, 1, dim)));
  const block = Math.min(count, cached, Math.floor(BEST_BYTES / bestBytes(stride)));
  return block < fewest ? 0 : block;
}

function searchOne(stored: StoredRange, query: Floats, request: TopRequest, answer: TopRows, to: number): void {
  const { space, dim } = stored;
  const layout = new Layout(stored.scratchAt);
  const rows = takeRows(layout, stored, request);
  const queryAt = layout.take(dim * 8);
  const squaresAt = layout.take(8);
  const best = takeBest(layout, 1, answer.stride);
  space.reach(layout.end);
  writeRows(rows, stored, request);
  openBest(space, best, 1, answer.stride);
  space.f64.set(query, queryAt / 8);
  space.kernels.measure64(queryAt, 1, dim, squaresAt);
  const squares = space.f64[squaresAt / 8];
  for (const [first, last] of rowBlocks(stored.first, stored.last)) {
    space.kernels.scan(rows.record, first, last, queryAt, squares, 0, best);
  }
  copyBest(space, best, answer, to);
}

function searchBatch(stored: StoredRange, queries: Floats, request: TopRequest, answer: TopRows, to: number): void {
  const { space, dim } = stored;
  const count = queries.length / dim;
  const layout = new Layout(stored.scratchAt);
  const rows = takeRows(layout, stored, request);
  const queriesAt = layout.take(queries.byteLength);
  const squaresAt = layout.take(count * 8);
  const packedAt = layout.take(packedBytes(count, FLAT, dim));
  const panelAt = layout.take(packedBytes(TALL, TALL, dim));
  const best = takeBest(layout, count, answer.stride);
  space.reach(layout.end);
  writeRows(rows, stored, request);
  openBest(space, best, count, answer.stride);
  space.write(queriesAt, queries);
  const kernels = space.kernelsFor(queries);
  kernels.measure(queriesAt, count, dim, squaresAt);
  kernels.pack(queriesAt, count, dim, packedAt);
  for (const [first, last] of rowBlocks(stored.first, stored.last)) {
    space.kernels.scanBatch(rows.record, first, last, packedAt, squaresAt, panelAt, best);
  }
  copyBest(space, best, answer, to);
}
