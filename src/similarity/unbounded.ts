/** A batch of which every row that reaches minScore is wanted: block by block, so that it takes the room of what is found. */
import type { SearchOptions as CorpusSearch, Floats, TopRows } from '../backend/contract.js';
import { emptyTopRows } from '../backend/reference/best.js';
import { blockRows } from './neighbor-graph.js';
import { checkCells } from './options.js';
import type { Steps } from './under-way.js';

/** The answers to `queries`; room for as many rows each as the query has that finds most. @throws KindredError INVALID_K */
export function* searchUnbounded(queries: Floats, dim: number, request: CorpusSearch): Steps<TopRows> {
  const count = queries.length / dim;
  const block = blockRows(request.k, dim);
  const rows: { positions: Uint32Array; scores: Float64Array }[] = [];
  for (let first = 0; first < count; first += block) {
    const found: TopRows = yield { queries: queries.subarray(first * dim, (first + block) * dim), request };
    found.counts.forEach((length, q) => {
      const at = q * found.stride;
      rows.push({
        positions: found.positions.slice(at, at + length),
        scores: found.scores.slice(at, at + length),
      });
    });
  }
  const most = rows.reduce((largest, { scores }) => Math.max(largest, scores.length), 0);
  checkCells(count, most);
  const answer = emptyTopRows(count, most);
  rows.forEach(({ positions, scores }, q) => {
    answer.counts[q] = scores.length;
    answer.positions.set(positions, q * most);
    answer.scores.set(scores, q * most);
  });
  return answer;
}
