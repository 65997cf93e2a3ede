/** One query or many, as a caller gives them, against an index. */
import { readK } from '../../arguments/numbers.js';
import { show } from '../../arguments/show.js';
import type { TopRequest } from '../../backend/contract/backend.js';
import { KindredError } from '../../errors.js';
import { toQueries } from '../dtype.js';
import type { StoredRows } from '../rows/stored-rows.js';
import { areNumbers, readRows, settled, shapeOf, type Vectors } from '../vectors.js';
import { type Hit, Hits } from './hits.js';
import { BLOCK_ELEMENTS, BLOCK_NUMBERS, type QueryReader, searchBlocks, searchUnbounded } from './search-blocks.js';
import { type AsyncSearchOptions, checkCells, isBounded, readRequest, type SearchOptions } from './search-options.js';

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
  return new Hits(found, roster.naming(), kept.metric);
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
  return new Hits(found, naming, rows.kept.metric);
}

/** What to search for in place of a row: its vector, and one more. @throws KindredError UNKNOWN_ID, INVALID_K */
export function asNeighborSearch<Id extends string | number>(
  rows: StoredRows<Id>,
  id: Id,
  asked: AsyncSearchOptions<Id>,
) {
  const slot = rows.roster.slot(id);
  if (slot === undefined) {
    throw new KindredError('UNKNOWN_ID', `there is no row with id ${show(id)} among the ${rows.size} of this index`);
  }
  const k = asked.k === undefined && isBounded(asked) ? rows.size : Math.min(readK(asked.k), rows.size);
  return { query: rows.read(slot), wider: { ...asked, k: k + 1 } };
}

/** Drops the row itself, or, if equal rows came before it, the one too many. */
export function withoutSelf<Id extends string | number>(hits: Hit<Id>[], id: Id, kPlusOne: number): Hit<Id>[] {
  return hits.filter((hit) => hit.id !== id).slice(0, kPlusOne - 1);
}

function prepare<Id extends string | number>(
  rows: StoredRows<Id>,
  queries: Vectors,
  asked: SearchOptions<Id>,
): { reader: QueryReader; request: TopRequest; isUnbounded: boolean } {
  const { dim, dtype } = rows.kept;
  const given = settled(queries);
  const { rows: count } = shapeOf(given, dim);
  const request = readRequest(asked, rows);
  const isUnbounded = count > 1 && asked.k === undefined;
  if (!isUnbounded) checkCells(count, request.k);
  const read = (first: number, last: number) => toQueries(readRows(given, dim, first, last), dtype, dim, first);
  const elements = areNumbers(given) ? BLOCK_NUMBERS : BLOCK_ELEMENTS;
  return { reader: { count, dim, elements, read }, request, isUnbounded };
}

/** For a search put off until there is time for it: the caller's arrays may change before. */
function copying(reader: QueryReader): QueryReader {
  return { ...reader, read: (first, last) => reader.read(first, last).slice() };
}
