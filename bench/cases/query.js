/** Case `query`: the ten rows most similar to one query, exactly. */
import { TOLERANCE } from '../check.js';
import { loadPeer } from '../peers/load.js';
import { bestOf, rowNorms, simpleDot, unrolledDot } from '../plain.js';
import {
  expectAsGoodOneByOne,
  expectExact,
  fitsTensorflow,
  indexContenders,
  isEncoded,
  K,
  loadSearch,
  manyThreads,
  openIndex,
  prepareSearch,
  pythonContenders,
  pythonSearch,
  searchNote,
  searchWork,
  separate,
  tensorflowSearch,
} from '../search.js';
import { shape, sizesOf } from '../sizes.js';

/** Queries take turns. */
const QUERIES = 32;

function sizeOf(rows, dim, data = 'clustered') {
  return { rows, dim, data, queries: QUERIES };
}

export const query = {
  name: 'query',
  about: `one query, exact top ${K} by cosine`,
  checked:
    `kindred: rows and scores of 16 queries bit for bit against the reference; ` +
    `others: the same scores within ${TOLERANCE}`,
  sizes: (options) =>
    sizesOf(
      options.quick
        ? [sizeOf(2000, 384)]
        : [
            ...[sizeOf(10_000, 768), sizeOf(20_000, 384), sizeOf(100_000, 768), sizeOf(1_000_000, 768)],
            ...['anisotropic', 'outliers'].map((data) => sizeOf(100_000, 768, data)),
            sizeOf(1_000_000, 768, 'gaussian'),
          ],
      { ...options, queries: undefined },
      shape,
    ),
  prepare: prepareSearch,
  contenders: ({ levels, size, threads }) => [
    ...indexContenders({ levels, size, threads }, kindredQuery),
    { name: 'plain loop', open: (input) => plainQuery(input, simpleDot) },
    { name: 'plain loop, 4 sums', open: (input) => plainQuery(input, unrolledDot) },
    ...pythonContenders('numpy X @ q + argpartition', ['numpy'], threads, (input, count) =>
      pythonSearch(input, 'query_numpy', count),
    ),
    ...pythonContenders('faiss IndexFlatIP', ['numpy', 'faiss'], threads, (input, count) =>
      pythonSearch(input, 'query_faiss', count),
    ),
    ...threads.map((count) => ({
      name: `usearch exactSearch, ${manyThreads(count)}`,
      needs: ['usearch'],
      threads: count,
      open: (input) => usearch(input, count),
    })),
    { name: 'hnswlib-node BruteforceSearch', needs: ['hnswlib-node'], open: hnswlib },
    { name: 'simsimd dot a row', needs: ['simsimd'], open: simsimd },
    ...(fitsTensorflow(size)
      ? [
          {
            name: 'tfjs-wasm matMul + topk, 1 thread',
            needs: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
            open: tensorflowQuery,
          },
        ]
      : []),
  ],
};

/** One query after the other on an index opened with these options. */
export function kindredQuery(input, level, options) {
  const { index, queries } = openIndex(input, level, options);
  const each = separate(queries, index.dim);
  return {
    run: inTurn(each, (one) => index.search(one, K)),
    check() {
      const hits = each.slice(0, 16).flatMap((one) => index.search(one, K));
      expectExact(
        input,
        hits.map(({ id }) => id),
        hits.map(({ score }) => score),
      );
    },
    work: searchWork(input.size, 1, isEncoded(index)),
    note: () => searchNote(index),
  };
}

function inTurn(queries, search) {
  let turn = 0;
  return () => {
    turn = (turn + 1) % queries.length;
    return search(queries[turn]);
  };
}

/** A peer that answers one query with `{ positions, scores }`. */
export function oneByOne(input, queries, search) {
  return {
    run: inTurn(queries, search),
    check: () => expectAsGoodOneByOne(input, queries, search),
    work: searchWork(input.size, 1),
  };
}

/** The cosine with the rows' norms computed beforehand, and a sorted list of the best. */
export function plainQuery(input, dot) {
  const { dim, rows: count } = input.size;
  const { rows, queries } = loadSearch(input);
  const norms = rowNorms(rows, dim);
  return oneByOne(input, separate(queries, dim), (one) => {
    const norm = Math.sqrt(dot(one, 0, one, 0, dim));
    return bestOf((row) => dot(one, 0, rows, row * dim, dim) / (norm * norms[row]), count, K);
  });
}

async function usearch(input, threads) {
  const { exactSearch, MetricKind } = await loadPeer('usearch');
  const { dim } = input.size;
  const { rows, queries } = loadSearch(input);
  return oneByOne(input, separate(queries, dim), (one) => {
    const { keys, distances } = exactSearch(rows, one, dim, K, MetricKind.IP, threads);
    return { positions: keys, scores: distances.map((distance) => 1 - distance) };
  });
}

async function hnswlib(input) {
  const { BruteforceSearch } = await loadPeer('hnswlib-node');
  const { dim, rows: count } = input.size;
  const { rows, queries } = loadSearch(input);
  const index = new BruteforceSearch('ip', dim);
  index.initIndex(count);
  for (let row = 0; row < count; row++) index.addPoint(Array.from(rows.subarray(row * dim, (row + 1) * dim)), row);
  // It takes plain arrays only; they are made outside of the time.
  const arrays = separate(queries, dim).map((one) => Array.from(one));
  return oneByOne(input, arrays, (one) => {
    const { neighbors, distances } = index.searchKnn(one, K);
    return { positions: neighbors, scores: distances.map((distance) => 1 - distance) };
  });
}

/** It has no search: its dot in a loop. The rows have length 1, so the dot is the cosine. */
async function simsimd(input) {
  const { dot } = await loadPeer('simsimd');
  const { dim, rows: count } = input.size;
  const { rows, queries } = loadSearch(input);
  const views = Array.from({ length: count }, (_, row) => rows.subarray(row * dim, (row + 1) * dim));
  return oneByOne(input, separate(queries, dim), (one) => bestOf((row) => dot(one, views[row]), count, K));
}

export async function tensorflowQuery(input) {
  const { search, queries } = await tensorflowSearch(input);
  return oneByOne(input, separate(queries, input.size.dim), search);
}
