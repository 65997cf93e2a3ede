/** Rows that a filter cannot tell apart, on every level that opens here: answers are those of a level that never filters. */
import { describe, expect, it } from 'vitest';
import { type Metric, VectorIndex } from '../../../src/index.js';
import { backends, levels } from '../../fixtures/plain-rows.js';

const ROWS = 1100;
const DIM = 20;

/** Numbers in [0, 1) from a fixed sequence. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const next = sequence(5);
const vector = () => Array.from({ length: DIM }, () => next() - 0.5);
const near = (to: readonly number[], size: number) => to.map((x) => x + size * (next() - 0.5));
const [one, ...others] = Array.from({ length: 9 }, vector);

/** Each kind of rows, and the metrics it is tried with. */
const kinds: readonly [kind: string, metrics: readonly Metric[], row: (r: number) => readonly number[]][] = [
  ['near-equal rows', ['cosine', 'dot'], () => near(one, 1e-4)],
  ['equal rows', ['dot', 'euclidean'], () => one],
  ['equal directions', ['cosine'], (r) => one.map((x) => x * (1 + (r % 13)))],
  ['zero rows', ['cosine'], () => one.map(() => 0)],
  ['some zero rows', ['cosine', 'dot'], (r) => (r % 3 === 0 ? one.map(() => 0) : vector())],
  ['few distinct rows', ['dot'], (r) => others[r % 7]],
  ['constant columns', ['cosine'], () => one.map((_, j) => (j < 3 ? 1e-3 * next() : 5))],
  ['one-hot rows', ['euclidean'], () => one.map((_, j) => (j === Math.floor(next() * 3) ? 1 : 0))],
  ['tight clusters', ['cosine'], () => near(others[Math.floor(next() * 8)], 1e-6)],
  ['strips with a far row', ['euclidean'], (r) => (r % 32 === 5 ? vector().map((x) => 1e4 * x) : vector())],
];

/** Scores every row, by tiles of its own. */
const PLAIN = 'wasm/scalar';

/** The best level of each backend always, the others in turn. */
const cases = kinds
  .flatMap(([kind, metrics, row]) => metrics.map((metric) => ({ kind, metric, row })))
  .map((each, n) => ({
    ...each,
    tried: levels.filter(
      (level, l) => level !== PLAIN && level !== 'reference' && (backends.includes(level) || (n + l) % 3 === 0),
    ),
  }));

function answers(index: VectorIndex<number>, queries: readonly (readonly number[])[], metric: Metric) {
  const graph = index.neighborGraph(7);
  const found = index.searchBatch(queries, 12);
  const high = metric === 'cosine' ? 1 : 0;
  return {
    graph: [graph.counts, graph.positions, graph.scores],
    batch: [found.counts, found.positions, found.scores],
    one: index.search(queries[0], 9),
    unbounded: index.search(queries[1], { k: ROWS, minScore: high - 1e-3 }).length,
    limited: index.similarPairs({ limit: 700 }),
    high: index.similarPairs({ limit: 50, minScore: high }),
    tooHigh: metric === 'cosine' ? index.similarPairs({ minScore: 1.5 }) : [],
  };
}

describe.each(cases)('$kind by $metric', ({ metric, row, tried }) => {
  const rows = Array.from({ length: ROWS }, (_, r) => row(r));
  const queries = [...rows.slice(0, 40), vector(), one.map(() => 0), near(one, 1e-4)];
  const gone = [3, 64, 65, 1090];
  const indexOn = (backend: string) => {
    const index = VectorIndex.from(rows, { metric, backend });
    for (const id of gone) index.delete(id);
    return index as VectorIndex<number>;
  };
  const expected = answers(indexOn(PLAIN), queries, metric);

  it.each(tried)('on %s', (backend) => {
    const index = indexOn(backend);
    expect(answers(index, queries, metric)).toEqual(expected);
    // What the first answers taught it changes none.
    expect(index.searchBatch(queries, 12).scores).toEqual(expected.batch[2]);
  });
});
