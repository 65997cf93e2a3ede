/** The examples of the repository as files of the page, and what Node says to the question of the speed view. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { backendInfo, VectorIndex } from '../../dist/index.js';
import { DIM, fingerprint, K, makeQueries, makeRows, QUERIES, ROWS } from '../src/engine/speed-question.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Name on the page -> file of the repository. */
const FILES = {
  'packages.csv.gz': 'examples/data/debian/interactions.csv.gz',
  'words.npy': 'examples/data/glove-4k/vectors.npy',
  'words.txt': 'examples/data/glove-4k/words.txt',
  'sections.npy': 'examples/data/minilm-docs-778/vectors.npy',
  'sections.tsv': 'examples/data/minilm-docs-778/titles.tsv',
  'scalar.wasm': 'wasm/scalar.wasm',
  'relaxed-simd.wasm': 'wasm/relaxed-simd.wasm',
};

/** @returns {import('vite').Plugin} */
export function exampleData() {
  return {
    name: 'example-data',
    apply: 'build',
    generateBundle() {
      for (const [name, file] of Object.entries(FILES)) {
        this.emitFile({ type: 'asset', fileName: `data/${name}`, source: readFileSync(`${root}${file}`) });
      }
      this.emitFile({ type: 'asset', fileName: 'data/node.json', source: JSON.stringify(answerOfNode()) });
    },
  };
}

function answerOfNode() {
  const { name, level } = backendInfo();
  const index = VectorIndex.from({ data: makeRows(), rows: ROWS, dim: DIM });
  const { positions, scores } = index.searchBatch({ data: makeQueries(), rows: QUERIES, dim: DIM }, K);
  return { backend: level ? `${name}/${level}` : name, hash: fingerprint(positions, scores) };
}
