/** Graphs of rows that no filter tells apart score each pair once: the bits of a search for each row, whatever happens between. */
import { describe, expect, it } from 'vitest';
import type { Corpus, Dtype, GraphInParts, TopRequest } from '../../../src/backend/contract/backend.js';
import { reference as plainly } from '../../../src/backend/reference/index.js';
import { VectorIndex } from '../../../src/index.js';
import { fromElements, toElements } from '../../../src/similarity/dtype.js';
import { remembered as reference } from '../../fixtures/remembered.js';
import { ENCODED_ROWS } from '../conformance/encoded-rows.js';
import { encodeAll } from '../conformance/encoded-search.js';
import { Random } from '../conformance/random.js';
import { ALL, expectSameAnswer, levels, METRICS } from './checks.js';

const KINDS: Readonly<Record<string, (random: Random, rows: number, dim: number) => Float32Array>> = {
  ...ENCODED_ROWS,
  near: (random, rows, dim) =>
    Float32Array.from({ length: rows * dim }, (_, i) => 1 + (i % dim) + 1e-4 * random.signed()),
  'of many zeros': (random, rows, dim) => {
    const data = Float32Array.from({ length: rows * dim }, () => random.signed());
    return data.map((value, i) => (Math.floor(i / dim) % 10 < 3 ? 0 : value));
  },
};

const inBytes = (value: number) => Math.max(-128, Math.min(127, Math.round(100 * value)));

/** The graph, whatever the costs say. */
function opened(corpus: Corpus, request: TopRequest): GraphInParts {
  corpus.way = 'batch';
  const graph = corpus.openGraph(request);
  if (graph === undefined || graph === 'undecided' || graph.kind !== 'in-parts') throw new Error('there is no graph');
  return graph;
}

/** Answers of all blocks are those of the reference, whose rows are the same; the slots are all that take part, in order. */
function expectGraph(graph: GraphInParts, expected: Corpus, dtype: Dtype, request: TopRequest, advance: boolean): void {
  const slots: number[] = [];
  for (let block = 0; block < graph.blocks; block++) {
    const of = graph.rows(block);
    slots.push(...of);
    if (advance) while (!graph.advance(block));
    const queries = [...of].flatMap((slot) => [...fromElements(expected.read(slot), dtype)]);
    const asked = dtype === 'float64' ? Float64Array.from(queries) : Float32Array.from(queries);
    const found = graph.search(block);
    expectSameAnswer(found, expected.search(asked, request));
    expectSameAnswer(graph.search(block), found);
    expect(graph.counted).toMatchObject({ queries: of.length, rows: expected.size });
  }
  const all = Array.from({ length: expected.size }, (_, slot) => slot);
  expect(slots).toEqual(all.filter((slot) => request.admit?.[slot] !== 0));
  graph.free();
  graph.free();
  expect(() => graph.search(0)).toThrow(TypeError);
}

describe.each(levels.map((each) => [each.level, each.open()] as const))('%s', (_, backend) => {
  it.each(METRICS)('%s: rows of every kind and dtype, at the edges of panels, parts and blocks', (metric) => {
    const random = new Random(`graphs ${metric}`);
    const kinds = Object.keys(KINDS);
    const shapes = [
      [1, 3],
      [2, 1],
      [5, 16],
      [64, 17],
      [67, 33],
      [130, 1030],
      [1023, 2],
      [1030, 5],
    ] as const;
    for (const [n, [rows, dim]] of shapes.entries()) {
      for (const dtype of ['float32', 'float64', 'float16', 'bfloat16', 'int8'] as const) {
        if (rows > 1000 && dtype !== (n % 2 === 0 ? 'float32' : 'int8')) continue;
        // Other kinds have rows that are too long for it.
        const kind = dtype === 'float16' ? 'near' : kinds[random.below(kinds.length)];
        const values = KINDS[kind](random, rows, dim);
        const data = toElements(dtype === 'int8' ? values.map(inBytes) : values, dtype, dim);
        const request = { ...ALL, k: [1, 3, rows, rows + 5][random.below(rows > 200 ? 2 : 4)] };
        const [ours, theirs] = [backend, reference].map((each) => {
          const corpus = each.openCorpus(dim, metric, { dtype });
          expect(corpus.append(data)).toBe(-1);
          return corpus;
        });
        expectGraph(opened(ours, request), theirs, dtype, request, n % 2 === 0);
      }
    }
  });

  it.each(METRICS)('%s: masks and least scores', (metric) => {
    const random = new Random(`masks of graphs ${metric}`);
    const [rows, dim] = [300, 6];
    for (const kind of ['equal', 'near', 'of many zeros', 'uniform']) {
      const data = KINDS[kind](random, rows, dim);
      const [ours, theirs] = [backend, reference].map((each) => {
        const corpus = each.openCorpus(dim, metric);
        corpus.append(data);
        return corpus;
      });
      const { scores } = theirs.search(data.subarray(0, dim), { ...ALL, k: 20 });
      for (const minScore of [scores[0], scores[12]]) {
        if (metric !== 'dot' && minScore > 1) continue;
        const request = { k: 9, minScore };
        expectGraph(opened(ours, request), theirs, 'float32', request, false);
      }
      for (const admits of [() => true, (slot: number) => slot % 3 !== 0, (slot: number) => slot >= 290, () => false]) {
        const request = { ...ALL, admit: Uint8Array.from({ length: rows }, (_, slot) => (admits(slot) ? 255 : 0)) };
        expectGraph(opened(ours, request), theirs, 'float32', request, true);
      }
    }
  });

  it('it sees rows as they were, whatever changes and whoever searches between its parts', () => {
    const random = new Random('graphs of changing rows');
    const [rows, dim] = [1500, 8];
    const data = KINDS.near(random, rows, dim);
    const [ours, theirs] = [backend, reference].map((each) => {
      const corpus = each.openCorpus(dim, 'cosine');
      corpus.append(data);
      return corpus;
    });
    const request = { ...ALL, k: 4 };
    const graph = opened(ours, request);
    graph.advance(0);
    ours.overwrite(3, new Float32Array(dim).fill(7));
    graph.advance(0);
    ours.search(data.subarray(0, 8 * dim), { ...ALL, k: 900 });
    ours.overwrite(1400, new Float32Array(dim).fill(-1));
    graph.advance(0);
    ours.compact(Uint8Array.from({ length: rows }, (_, slot) => slot % 2));
    ours.append(data);
    expectGraph(graph, theirs, 'float32', request, true);
  });

  it('decides by what searches of some rows left', () => {
    const dim = 32;
    const random = new Random('which graphs');
    for (const [kind, given] of [
      ['near', 'in-parts'],
      ['equal', 'in-parts'],
      ['clustered', undefined],
    ] as const) {
      const corpus = backend.openCorpus(dim, 'cosine');
      const data = KINDS[kind](random, 2048, dim);
      corpus.append(data);
      encodeAll(corpus);
      if (!corpus.encoder?.state) return;
      expect(corpus.openGraph(ALL)).toBe('undecided');
      corpus.search(data.subarray(0, 64 * dim), ALL);
      const graph = corpus.openGraph(ALL);
      expect(typeof graph === 'object' ? graph.kind : graph, kind).toBe(given);
      corpus.overwrite(0, data.subarray(0, dim));
      expect(corpus.openGraph(ALL)).toBe('undecided');
      corpus.free();
    }
  });

  it('an index answers alike at once and in turns, after deletions and changes', async () => {
    const random = new Random('graphs of an index');
    const [rows, dim] = [1600, 24];
    const data = KINDS.near(random, rows, dim);
    const graphs = await Promise.all(
      [backend, plainly].map(async (each) => {
        using index = VectorIndex.from(data, { dim, backend: each });
        for (let id = 0; id < rows; id += 7) index.delete(id);
        index.upsert(5, new Float32Array(dim).fill(1));
        const now = index.neighborGraph(5);
        const later = index.neighborGraphAsync(5);
        index.upsert(6, new Float32Array(dim).fill(-1));
        expect([...(await later)]).toEqual([...now]);
        return [...now];
      }),
    );
    expect(graphs[0]).toEqual(graphs[1]);
  });
});
