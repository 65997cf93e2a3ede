/** Every row's nearest others: the k-nearest-neighbour graph, a block of rows at a time. */
import { readK } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import type { GraphTask, TopRequest, TopRows } from '../../backend/contract/backend.js';
import { emptyTopRows } from '../../backend/reference/best.js';
import { type Abortable, readSignal } from '../../turns/abort.js';
import { type OnProgress, readOnProgress } from '../../turns/progress.js';
import type { IndexProgress } from '../rows/index-options.js';
import type { Roster } from '../rows/roster.js';
import type { RowsView } from '../rows/rows-view.js';
import type { IndexWork } from '../rows/under-way.js';
import { admitMask, type Filter } from './filter.js';
import { Hits } from './hits.js';
import { blockRows } from './search-blocks.js';
import { checkCells, readLeastScore } from './search-options.js';

export interface NeighborGraphOptions<Id extends string | number> {
  /** Neighbours wanted per row. */
  readonly k: number;
  /** Only neighbours scoring at least this. */
  readonly minScore?: number | undefined;
  /** For `euclidean`, in place of `minScore`: only neighbours at most this far away, at least 0. */
  readonly maxDistance?: number | undefined;
  /** Only neighbours that pass. Every row is asked for its neighbours, whether it passes or not. */
  readonly filter?: Filter<Id> | undefined;
  /** Told after every block of rows how many are done. It must not change the index. */
  readonly onProgress?: OnProgress<IndexProgress> | undefined;
}

export interface AsyncNeighborGraphOptions<Id extends string | number> extends NeighborGraphOptions<Id>, Abortable {}

const GRAPH_OPTIONS: OptionNames<NeighborGraphOptions<never>> = {
  k: true,
  minScore: true,
  maxDistance: true,
  filter: true,
  onProgress: true,
};
const ASYNC_GRAPH_OPTIONS: OptionNames<AsyncNeighborGraphOptions<never>> = { ...GRAPH_OPTIONS, signal: true };

/** A number alone is k. @throws KindredError INVALID_ARGUMENT */
export function readNeighborGraph<Id extends string | number>(
  options: number | NeighborGraphOptions<Id>,
): NeighborGraphOptions<Id> {
  if (typeof options !== 'object' || options === null) return { k: options };
  return readObject(options, '{ k: 10 }', GRAPH_OPTIONS);
}

/** @throws KindredError INVALID_ARGUMENT */
export function readAsyncNeighborGraph<Id extends string | number>(
  options: number | AsyncNeighborGraphOptions<Id>,
): AsyncNeighborGraphOptions<Id> {
  if (typeof options !== 'object' || options === null) return { k: options };
  const asked = readObject(options, '{ k: 10 }', ASYNC_GRAPH_OPTIONS);
  readSignal(asked.signal);
  return asked;
}

/** Asks for `k + 1` rows of each, and leaves out the row itself. Options were read by `readNeighborGraph`. */
export function* neighborGraph<Id extends string | number>(
  rows: RowsView<Id>,
  roster: Roster<Id>,
  asked: NeighborGraphOptions<Id>,
): IndexWork<Hits<Id>> {
  const wanted = readK(asked.k);
  const onProgress = readOnProgress(asked.onProgress);
  const { naming, kept } = rows;
  const minScore = readLeastScore(asked, kept.metric);
  const total = rows.size;
  // A caller's bitmap may change between two blocks.
  const admit = admitMask(roster, asked.filter)?.slice();
  const others = Math.min(wanted, Math.max(0, total - 1));
  checkCells(total, others);
  const answer = emptyTopRows(total, others);
  const request = { k: answer.stride + 1, minScore, admit };

  let done = 0;
  const take: Take = (slots, found) => {
    slots.forEach((slot, q) => {
      copyOthers(found, q, slot, answer, naming.positions?.[slot] ?? slot);
    });
    done += slots.length;
    onProgress?.({ done, total, phase: 'search' });
  };
  if (answer.stride > 0) {
    // A row that is asked for but not admitted would have pairs of one direction.
    const graph = asked.filter === undefined ? yield* openGraph(rows, request) : undefined;
    yield* graph ? byGraph(graph, take) : bySearches(rows, request, take);
  } else if (total > 0) {
    onProgress?.({ done: total, total, phase: 'search' });
  }
  return new Hits(answer, naming, kept.metric);
}

type Take = (slots: Uint32Array, found: TopRows) => void;

/** Rows that show whether a graph is faster, and how many there are for each of them at least. */
const SAMPLE = 64;
const ROWS_PER_SAMPLE = 16;

function* openGraph<Id extends string | number>(
  rows: RowsView<Id>,
  request: TopRequest,
): IndexWork<GraphTask | undefined> {
  let graph = rows.rows.openGraph(request);
  if (graph === 'undecided' && rows.size >= SAMPLE * ROWS_PER_SAMPLE) {
    yield { queries: rows.sampleLiving(SAMPLE), request, isTrial: true };
    graph = rows.rows.openGraph(request);
  }
  return graph === 'undecided' ? undefined : graph;
}

/** Each pair computed once. */
function* byGraph(graph: GraphTask, take: Take): IndexWork<void> {
  try {
    for (let block = 0; block < graph.blocks; block++) {
      const slots = graph.rows(block);
      if (slots.length > 0) take(slots, yield { graph, block });
    }
  } finally {
    graph.free();
  }
}

/** A search for every row. */
function* bySearches<Id extends string | number>(rows: RowsView<Id>, request: TopRequest, take: Take): IndexWork<void> {
  const block = blockRows(request.k, rows.kept.dim);
  const end = rows.slots;
  for (let first = 0; first < end; first += block) {
    const { slots, queries } = rows.readLiving(first, Math.min(block, end - first));
    if (slots.length > 0) take(Uint32Array.from(slots), yield { queries, request });
  }
}

/** Copies the rows that query `q` found to row `to` of the answer, without `self` or, if that was not among them, the last. */
function copyOthers(found: TopRows, q: number, self: number, answer: TopRows, to: number): void {
  let count = 0;
  for (let n = 0; n < found.counts[q] && count < answer.stride; n++) {
    const from = q * found.stride + n;
    if (found.positions[from] === self) continue;
    answer.positions[to * answer.stride + count] = found.positions[from];
    answer.scores[to * answer.stride + count] = found.scores[from];
    count++;
  }
  answer.counts[to] = count;
}
