/** Case `wasm`: what runs in a browser, side by side. */
import { TOLERANCE } from '../check.js';
import { loadHnswlibWasm } from '../peers/load.js';
import { simpleDot, unrolledDot } from '../plain.js';
import { checkedQueries, expectAsGood, K, loadSearch, prepareSearch, searchWork, separate } from '../search.js';
import { count, shape, sizesOf } from '../sizes.js';
import { kindredBatch, tensorflowBatch } from './batch.js';
import { kindredQuery, oneByOne, plainQuery, tensorflowQuery } from './query.js';

/** Where one query is timed, so many take turns. */
const QUERIES = 32;

export const wasm = {
  name: 'wasm',
  about: `exact top ${K} by cosine in WebAssembly and plain JavaScript`,
  checked:
    `kindred: rows and scores of 16 queries bit for bit against the reference; ` +
    `others: the same scores within ${TOLERANCE}`,
  sizes(options) {
    const [rows, dim, data] = [options.quick ? 2000 : 20_000, 384, 'clustered'];
    const one = { ...options, queries: undefined };
    return [
      ...sizesOf([{ rows, dim, data, queries: QUERIES, isSingle: true }], one, (size) => `one query, ${shape(size)}`),
      ...sizesOf(
        [{ rows, dim, data, queries: options.quick ? 20 : 200, isSingle: false }],
        options,
        (size) => `${count(size.queries)} queries, ${shape(size)}`,
      ),
    ];
  },
  prepare: prepareSearch,
  contenders({ levels, size: { isSingle } }) {
    const needs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'];
    const kindred = isSingle ? kindredQuery : kindredBatch;
    return [
      ...[...levels.filter((level) => level.startsWith('wasm')), 'reference'].flatMap((level) =>
        (level.startsWith('wasm') ? ['auto', 'none'] : ['auto']).map((encode) => ({
          name: `kindred ${level}${encode === 'none' ? ', encode none' : ''}`,
          isKindred: true,
          open: (input) => kindred(input, level, { encode, threads: 1 }),
        })),
      ),
      ...(isSingle
        ? [
            { name: 'plain loop', open: (input) => plainQuery(input, simpleDot) },
            { name: 'plain loop, 4 sums', open: (input) => plainQuery(input, unrolledDot) },
          ]
        : []),
      { name: 'tfjs-wasm matMul + topk', needs, open: isSingle ? tensorflowQuery : tensorflowBatch },
      { name: 'hnswlib-wasm BruteforceSearch', needs: ['hnswlib-wasm'], open: hnswlib },
    ];
  },
};

/** It takes one query at a time. */
async function hnswlib(input) {
  const { BruteforceSearch } = await loadHnswlibWasm();
  const { rows: many, dim, isSingle } = input.size;
  const { rows, queries } = loadSearch(input);
  const index = new BruteforceSearch('ip', dim);
  index.initIndex(many);
  for (let row = 0; row < many; row++) index.addPoint(rows.subarray(row * dim, (row + 1) * dim), row);
  const search = (one) => {
    const { neighbors, distances } = index.searchKnn(one, K, undefined);
    return { positions: neighbors, scores: distances.map((distance) => 1 - distance) };
  };
  const each = separate(queries, dim);
  if (isSingle) return oneByOne(input, each, search);
  return {
    run: () => each.map(search),
    check(answers) {
      const checked = answers.slice(0, checkedQueries(input.size));
      expectAsGood(
        input,
        checked.flatMap(({ positions }) => positions),
        checked.flatMap(({ scores }) => scores),
      );
    },
    work: searchWork(input.size, each.length),
  };
}
