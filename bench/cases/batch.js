/** Case `batch`: many queries in one call. */
import { digest, TOLERANCE } from '../check.js';
import { loadPeer } from '../peers/load.js';
import {
  checkedQueries,
  expectAsGood,
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
import { count, shape, sizesOf } from '../sizes.js';

function sizeOf(queries, rows, dim) {
  return { rows, dim, data: 'clustered', queries };
}

export const batch = {
  name: 'batch',
  about: `many queries in one call, exact top ${K} by cosine, time of the whole batch`,
  checked:
    `kindred: rows and scores of 16 queries bit for bit against the reference, and all of them alike on every level; ` +
    `others: the 16 within ${TOLERANCE}`,
  sizes: (options) =>
    sizesOf(
      options.quick
        ? [sizeOf(50, 2000, 384)]
        : [
            sizeOf(1000, 20_000, 384),
            ...[2, 8, 32, 200, 1000].map((queries) => sizeOf(queries, 100_000, 768)),
            sizeOf(1000, 1_000_000, 768),
          ],
      options,
      (size) => `${count(size.queries)} queries, ${shape(size)}`,
    ),
  prepare: prepareSearch,
  contenders: ({ levels, size, threads }) => [
    ...indexContenders({ levels, size, threads }, kindredBatch),
    ...pythonContenders('numpy Q @ X.T alone', ['numpy'], threads.slice(0, 1), (input, many) =>
      pythonSearch(input, 'batch_product', many),
    ).map((each) => ({ ...each, isPart: true })),
    ...pythonContenders('numpy Q @ X.T + argpartition', ['numpy'], threads, (input, many) =>
      pythonSearch(input, 'batch_numpy', many),
    ),
    ...pythonContenders('numpy Q @ X.T + argpartition, held to AVX2', ['numpy'], threads.slice(0, 1), (input, many) =>
      pythonSearch(input, 'batch_numpy', many, 'avx2'),
    ).map((each) => ({ ...each, hold: 'avx2' })),
    ...pythonContenders('faiss IndexFlatIP', ['numpy', 'faiss'], threads, (input, many) =>
      pythonSearch(input, 'batch_faiss', many),
    ),
    ...threads.map((many) => ({
      name: `usearch exactSearch, ${manyThreads(many)}`,
      needs: ['usearch'],
      threads: many,
      open: (input) => usearch(input, many),
    })),
    { name: 'hnswlib-node BruteforceSearch, one by one', needs: ['hnswlib-node'], open: hnswlib },
    ...(fitsTensorflow(size)
      ? [
          {
            name: 'tfjs-wasm matMul + topk, 1 thread',
            needs: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
            open: tensorflowBatch,
          },
        ]
      : []),
  ],
};

/** All queries at once on an index opened with these options. */
export function kindredBatch(input, level, options) {
  const { index, queries } = openIndex(input, level, options);
  return {
    run: () => index.searchBatch(queries, K),
    check({ counts, positions, scores }) {
      expectExact(input, positions, scores);
      return digest(counts, positions, scores);
    },
    work: searchWork(input.size, input.size.queries, isEncoded(index)),
    note: () => searchNote(index),
  };
}

async function usearch(input, threads) {
  const { exactSearch, MetricKind } = await loadPeer('usearch');
  const { rows, queries } = loadSearch(input);
  return {
    run: () => exactSearch(rows, queries, input.size.dim, K, MetricKind.IP, threads),
    check({ keys, distances }) {
      expectAsGood(
        input,
        keys,
        distances.map((distance) => 1 - distance),
      );
    },
    work: searchWork(input.size, input.size.queries),
  };
}

async function hnswlib(input) {
  const { BruteforceSearch } = await loadPeer('hnswlib-node');
  const { dim, rows: count } = input.size;
  const { rows, queries } = loadSearch(input);
  const index = new BruteforceSearch('ip', dim);
  index.initIndex(count);
  for (let row = 0; row < count; row++) index.addPoint(Array.from(rows.subarray(row * dim, (row + 1) * dim)), row);
  const arrays = separate(queries, dim).map((one) => Array.from(one));
  return {
    run: () => arrays.map((one) => index.searchKnn(one, K)),
    check(answers) {
      const checked = answers.slice(0, checkedQueries(input.size));
      expectAsGood(
        input,
        checked.flatMap(({ neighbors }) => neighbors),
        checked.flatMap(({ distances }) => distances.map((distance) => 1 - distance)),
      );
    },
    work: searchWork(input.size, input.size.queries),
  };
}

export async function tensorflowBatch(input) {
  const { search, queries } = await tensorflowSearch(input);
  return {
    run: () => search(queries),
    check: ({ positions, scores }) => expectAsGood(input, positions, scores),
    work: searchWork(input.size, input.size.queries),
  };
}
