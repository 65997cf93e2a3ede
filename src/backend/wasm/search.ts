/** Exact top-k over the rows of a corpus: a scan per query, or four rows by two queries at a time. */
import type { Metric, SearchOptions, TopRows } from '../contract.js';
import { emptyTopRows } from '../reference/best.js';
import { bestBytes, clearBest, copyBest, takeBest } from './best.js';
import { FLAT, METRIC_CODES, packedBytes, type SearchArguments, TALL } from './kernels.js';
import { Layout, type Space } from './memory.js';

/** Rows per call of a kernel. An engine swaps in its optimised code between calls, never within one. */
const ROWS_PER_CALL = 1024;
/** From this many queries on, packing rows and queries for register blocks costs less than it saves. */
const BATCH_QUERIES = 8;
/** Packed queries stay in a cache while the rows stream past. */
const PACKED_BYTES = 2 ** 20;
/** Bounds the heaps of the queries under way where `k` is large. */
const BEST_BYTES = 2 ** 24;

/** Rows in `space`, and where its scratch memory begins. `normsAt` is read by the cosine only. */
export interface StoredRows {
  readonly space: Space;
  readonly dim: number;
  readonly metric: Metric;
  readonly size: number;
  readonly rowsAt: number;
  readonly normsAt: number;
  readonly scratchAt: number;
}

export function search(stored: StoredRows, queries: Float32Array, options: SearchOptions): TopRows {
  const { dim, size } = stored;
  const count = queries.length / dim;
  const answer = emptyTopRows(count, Math.min(options.k, size));
  if (answer.stride === 0) return answer;
  const block = queriesPerBlock(count, dim, answer.stride);
  for (let first = 0; first < count; first += block) {
    const some = queries.subarray(first * dim, Math.min(count, first + block) * dim);
    if (block === 1) searchOne(stored, some, options, answer, first);
    else searchBatch(stored, some, options, answer, first);
  }
  return answer;
}

function queriesPerBlock(count: number, dim: number, stride: number): number {
  const cached = Math.max(BATCH_QUERIES, Math.floor(PACKED_BYTES / packedBytes(1, 1, dim)));
  const block = Math.min(count, cached, Math.floor(BEST_BYTES / bestBytes(stride)));
  return block < BATCH_QUERIES ? 1 : block;
}

function searchOne(
  stored: StoredRows,
  query: Float32Array,
  options: SearchOptions,
  answer: TopRows,
  first: number,
): void {
  const { space, dim } = stored;
  const layout = new Layout(stored.scratchAt);
  const admitAt = takeAdmit(layout, stored, options);
  const queryAt = layout.take(dim * 8);
  const normAt = layout.take(8);
  const best = takeBest(layout, 1, answer.stride);
  space.reach(layout.end);
  writeAdmit(admitAt, stored, options);
  clearBest(space, best);
  space.f64.set(query, queryAt / 8);
  space.kernels.measure64(queryAt, 1, dim, normAt);
  const norm = space.f64[normAt / 8];
  for (const rows of rowBlocks(stored, admitAt, options)) {
    space.kernels.scan(...rows, queryAt, norm, 0, ...best);
  }
  copyBest(space, best, answer, first);
}

function searchBatch(
  stored: StoredRows,
  queries: Float32Array,
  options: SearchOptions,
  answer: TopRows,
  first: number,
): void {
  const { space, dim } = stored;
  const count = queries.length / dim;
  const layout = new Layout(stored.scratchAt);
  const admitAt = takeAdmit(layout, stored, options);
  const queriesAt = layout.take(queries.length * 4);
  const normsAt = layout.take(count * 8);
  const packedAt = layout.take(packedBytes(count, FLAT, dim));
  const panelAt = layout.take(packedBytes(TALL, TALL, dim));
  const best = takeBest(layout, count, answer.stride);
  space.reach(layout.end);
  writeAdmit(admitAt, stored, options);
  clearBest(space, best);
  space.f32.set(queries, queriesAt / 4);
  space.kernels.measure32(queriesAt, count, dim, normsAt);
  space.kernels.pack32(queriesAt, count, dim, packedAt);
  for (const rows of rowBlocks(stored, admitAt, options)) {
    space.kernels.scanBatch(...rows, packedAt, normsAt, panelAt, ...best);
  }
  copyBest(space, best, answer, first);
}

/** The rows of each call, in order. */
function* rowBlocks(stored: StoredRows, admitAt: number, { minScore }: SearchOptions): Generator<SearchArguments> {
  const { dim, metric, size, rowsAt, normsAt } = stored;
  for (let row = 0; row < size; row += ROWS_PER_CALL) {
    const end = Math.min(size, row + ROWS_PER_CALL);
    yield [METRIC_CODES[metric], rowsAt, normsAt, dim, row, end, admitAt, minScore];
  }
}

/** The address of the admit mask, or 0, which kernels take for none. */
function takeAdmit(layout: Layout, { size }: StoredRows, { admit }: SearchOptions): number {
  return admit ? layout.take(size) : 0;
}

function writeAdmit(at: number, { space, size }: StoredRows, { admit }: SearchOptions): void {
  if (admit) space.u8.set(admit.subarray(0, size), at);
}
