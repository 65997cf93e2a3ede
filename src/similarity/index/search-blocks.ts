/** A batch searched block by block, so that no turn of the event loop reads or copies much. */
import type { Floats, TopRequest, TopRows } from '../../backend/contract/backend.js';
import { copyTopRows, emptyTopRows } from '../../backend/reference/best.js';
import type { IndexWork } from '../rows/under-way.js';
import { checkCells, type Request } from './search-options.js';

/** Queries as a caller gave them, read when they are needed. */
export interface QueryReader {
  readonly count: number;
  readonly dim: number;
  /** Elements that are read in a few milliseconds. */
  readonly elements: number;
  /** @throws KindredError naming a query that no search could score */
  read(first: number, last: number): Floats;
}

/** Enough queries for the backends' kernels, while answers of a block stay within a few MiB. */
const BLOCK_ROWS = 1024;
const BLOCK_CELLS = 2 ** 19;
export const BLOCK_ELEMENTS = 2 ** 19;
/** Of elements that come out of arrays of numbers, which takes several times as long. */
export const BLOCK_NUMBERS = 2 ** 17;

/** Queries to ask at once, so that neither queries nor answers of `width` cells each take much memory. */
export function blockRows(width: number, dim: number, elements = BLOCK_ELEMENTS): number {
  return Math.max(1, Math.floor(Math.min(BLOCK_ROWS, BLOCK_CELLS / width, elements / dim)));
}

/** The best rows for each query. */
export function* searchBlocks(queries: QueryReader, request: TopRequest): IndexWork<TopRows> {
  const { count, dim, elements } = queries;
  const block = blockRows(request.k, dim, elements);
  if (count <= block) return yield { queries: queries.read(0, count), request };
  let answer: TopRows | undefined;
  for (let first = 0; first < count; first += block) {
    const found = yield { queries: queries.read(first, Math.min(count, first + block)), request };
    answer ??= emptyTopRows(count, found.stride);
    copyTopRows(found, answer, first);
  }
  return answer as TopRows;
}

/**
 * Every row that reaches minScore, or the best of each group, for each query: in the room of what is found, as many cells each
 * as the query has that finds most. @throws KindredError INVALID_K
 */
export function* searchUnbounded<Id extends string | number>(
  reader: QueryReader,
  { wanted, groups, ...request }: Request<Id>,
): IndexWork<TopRows> {
  const { count, dim, elements } = reader;
  const block = blockRows(request.k, dim, elements);
  const blocks: TopRows[] = [];
  let widest = 0;
  for (let first = 0; first < count; first += block) {
    const queries = reader.read(first, Math.min(count, first + block));
    const found = yield { queries, request };
    const kept = trimmed(groups ? yield* groups.cut(found, queries, request, wanted) : found);
    widest = Math.max(widest, kept.stride);
    // Each query has as many cells as that which found most.
    checkCells(count, widest);
    blocks.push(kept);
  }
  const answer = emptyTopRows(count, widest);
  let first = 0;
  for (const each of blocks) {
    copyTopRows(each, answer, first);
    first += each.counts.length;
  }
  return answer;
}

/** The same answers with as few cells as hold them. */
function trimmed(found: TopRows): TopRows {
  const stride = found.counts.reduce((most, each) => Math.max(most, each), 0);
  const answer = emptyTopRows(found.counts.length, stride);
  copyTopRows(found, answer, 0);
  return answer;
}
