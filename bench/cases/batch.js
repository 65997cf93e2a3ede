/** Case `batch`: many queries in one call. */
import { digest, TOLERANCE } from '../check.js';
import { loadPeer } from '../peers/load.js';
import {
  checkedQueries,
  expectAsGood,
  expectExact,
  K,
  loadSearch,
  openIndex,
  prepareSearch,
  pythonSearch,
  separate,
  tensorflowSearch,
} from '../search.js';

function sizeOf(queries, rows, dim) {
  const label = `${queries.toLocaleString('en')} queries, ${rows.toLocaleString('en')} x ${dim}`;
  return { label, rows, dim, queries };
}

export const batch = {
  name: 'batch',
  about: `many queries in one call, exact top ${K} by cosine, time of the whole batch`,
  checked:
    `kindred: rows and scores of 16 queries bit for bit against the reference, and all of them alike on every level; ` +
    `others: the 16 within ${TOLERANCE}`,
  sizes: (isQuick) =>
    isQuick
      ? [sizeOf(50, 2000, 384)]
      : [sizeOf(200, 20_000, 384), sizeOf(1000, 20_000, 384), sizeOf(200, 100_000, 768), sizeOf(1000, 100_000, 768)],
  prepare: prepareSearch,
  contenders: ({ levels }) => [
    ...levels.map((level) => ({ name: `kindred ${level}`, isKindred: true, open: (input) => kindred(input, level) })),
    {
      name: 'numpy Q @ X.T alone, 1 thread',
      needs: ['numpy'],
      open: (input) => pythonSearch(input, 'batch_product'),
    },
    {
      name: 'numpy Q @ X.T + argpartition, 1 thread',
      needs: ['numpy'],
      open: (input) => pythonSearch(input, 'batch_numpy'),
    },
    {
      name: 'faiss IndexFlatIP, 1 thread',
      needs: ['numpy', 'faiss'],
      open: (input) => pythonSearch(input, 'batch_faiss'),
    },
    { name: 'usearch exactSearch, 1 thread', needs: ['usearch'], open: usearch },
    { name: 'hnswlib-node BruteforceSearch, one by one', needs: ['hnswlib-node'], open: hnswlib },
    {
      name: 'tfjs-wasm matMul + topk, 1 thread',
      needs: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'],
      open: tensorflow,
    },
  ],
};

function kindred(input, level) {
  const { index, queries } = openIndex(input, level);
  return {
    run: () => index.searchBatch(queries, K),
    check({ counts, positions, scores }) {
      expectExact(input, positions, scores);
      return digest(counts, positions, scores);
    },
  };
}

async function usearch(input) {
  const { exactSearch, MetricKind } = await loadPeer('usearch');
  const { rows, queries } = loadSearch(input);
  return {
    run: () => exactSearch(rows, queries, input.size.dim, K, MetricKind.IP, 1),
    check({ keys, distances }) {
      expectAsGood(
        input,
        keys,
        distances.map((distance) => 1 - distance),
      );
    },
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
  };
}

async function tensorflow(input) {
  const { search, queries } = await tensorflowSearch(input);
  return {
    run: () => search(queries),
    check: ({ positions, scores }) => expectAsGood(input, positions, scores),
  };
}
