/** One query or many, as a caller gives them, against an index. */
import { readInteger, readK } from '../../arguments/numbers.js';
import { show } from '../../arguments/show.js';
import type { Floats } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { toQueries } from '../dtype.js';
import type { StoredRows } from '../rows/stored-rows.js';
import { areNumbers, readRow, readRows, settled, shapeOf, type Vector, type Vectors } from '../vectors.js';
import { admitMask } from './filter.js';
import { type Hit, Hits, hitsOf } from './hits.js';
import { BLOCK_ELEMENTS, BLOCK_NUMBERS, type QueryReader, searchBlocks, searchUnbounded } from './search-blocks.js';
import {
  type AsyncSearchOptions,
  checkCells,
  isBounded,
  page,
  type Request,
  readRequest,
  type SearchOptions,
} from './search-options.js';

/** Options were read by `readSearch`. */
export function searchBatch<Id extends string | number>(
  rows: StoredRows<Id>,
  queries: Vectors,
  asked: SearchOptions<Id>,
): Hits<Id> {
  const { reader, request, isUnbounded } = prepare(rows, queries, asked);
  const { corpus, roster, underWay, kept } = rows;
  const found = isUnbounded
    ? underWay.run(corpus, searchUnbounded(reader, request))
    : underWay.search(
        corpus,
        underWay.asking(() => reader.read(0, reader.count)),
        request,
      );
  return new Hits(page(found, request.offset), roster.naming(), kept.metric);
}

/** Options were read by `readAsyncSearch`. */
export async function searchBatchAsync<Id extends string | number>(
  rows: StoredRows<Id>,
  queries: Vectors,
  { signal, ...asked }: AsyncSearchOptions<Id>,
): Promise<Hits<Id>> {
  signal?.throwIfAborted();
  const { reader, request, isUnbounded } = prepare(rows, queries, asked);
  const own = { ...request, admit: request.admit?.slice() };
  // Taken now: rows may come and go before the answer does.
  const naming = rows.roster.naming();
  const found = await rows.start((_, { searching }) => {
    const steps = isUnbounded ? searchUnbounded : searchBlocks;
    return steps(searching.kind === 'elsewhere' ? reader : copying(reader), own);
  }, signal);
  return new Hits(page(found, request.offset), naming, rows.kept.metric);
}

/** One query, now. Options were read by `readSearch`. */
export function search<Id extends string | number>(
  rows: StoredRows<Id>,
  query: Vector,
  asked: SearchOptions<Id>,
): Hit<Id>[] {
  const { dim, dtype, metric } = rows.kept;
  if (asked.groupBy !== undefined) return searchBatch(rows, [query], asked).row(0);
  const request = readRequest(asked, rows);
  checkCells(1, request.k);
  const queries = rows.underWay.asking(() => toQueries(readRow(query, dim), dtype, dim));
  const { corpus, roster, underWay } = rows;
  return hitsOf(page(underWay.search(corpus, queries, request), request.offset), roster.naming(), metric);
}

/** The hits of a search for a row, itself left out. */
export interface NeighborSearch<Id extends string | number> {
  readonly query: Floats;
  readonly asked: AsyncSearchOptions<Id>;
  /** Drops the row itself, or, if equal rows came before it, the one too many, and cuts the page. */
  cut(hits: Hit<Id>[]): Hit<Id>[];
}

/** What to search for in place of a row. @throws KindredError UNKNOWN_ID, INVALID_K */
export function asNeighborSearch<Id extends string | number>(
  rows: StoredRows<Id>,
  id: Id,
  asked: AsyncSearchOptions<Id>,
): NeighborSearch<Id> {
  const slot = rows.roster.slot(id);
  if (slot === undefined) {
    throw new KindredError('UNKNOWN_ID', `there is no row with id ${show(id)} among the ${rows.size} of this index`);
  }
  const query = rows.read(slot);
  // It would take the place of another row of its group.
  if (asked.groupBy !== undefined) return { query, asked: withoutId(rows, id, asked), cut: (hits) => hits };
  const offset = readInteger(asked.offset ?? 0, 'offset', 0);
  const k = asked.k === undefined && isBounded(asked) ? rows.size : Math.min(readK(asked.k), rows.size);
  const others = (hits: Hit<Id>[]) => hits.filter((hit) => hit.id !== id).slice(offset, offset + k);
  return { query, asked: { ...asked, offset: 0, k: Math.min(offset, rows.size) + k + 1 }, cut: others };
}

/** The same search with a filter that leaves out one row besides. */
function withoutId<Id extends string | number>(
  { roster, underWay }: StoredRows<Id>,
  id: Id,
  asked: AsyncSearchOptions<Id>,
): AsyncSearchOptions<Id> {
  const admit = underWay.asking(() => admitMask(roster, asked.filter));
  const bitmap = new Uint8Array(roster.size);
  let position = 0;
  roster.each((each, slot) => {
    bitmap[position++] = each !== id && (admit === undefined || admit[slot] !== 0) ? 1 : 0;
  });
  return { ...asked, filter: bitmap };
}

function prepare<Id extends string | number>(
  rows: StoredRows<Id>,
  queries: Vectors,
  asked: SearchOptions<Id>,
): { reader: QueryReader; request: Request<Id>; isUnbounded: boolean } {
  const { dim, dtype } = rows.kept;
  const given = settled(queries);
  const { rows: count } = shapeOf(given, dim);
  const request = readRequest(asked, rows);
  const isUnbounded = request.groups !== undefined || (count > 1 && asked.k === undefined);
  if (!isUnbounded) checkCells(count, request.k);
  const read = (first: number, last: number) => toQueries(readRows(given, dim, first, last), dtype, dim, first);
  const elements = areNumbers(given) ? BLOCK_NUMBERS : BLOCK_ELEMENTS;
  return { reader: { count, dim, elements, read }, request, isUnbounded };
}

/** For a search put off until there is time for it: the caller's arrays may change before. */
function copying(reader: QueryReader): QueryReader {
  return { ...reader, read: (first, last) => reader.read(first, last).slice() };
}
