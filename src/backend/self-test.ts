/** A small numeric examination that every backend passes before it is used: a build that miscounts is refused. */
import { type Answer, examineEncoded, expectSame, pseudoRandom, SEARCH } from './brief-self-test.js';
import type { Backend, Metric } from './contract/backend.js';
import { reference } from './reference/index.js';
import { METRICS } from './reference/score.js';

/** Few: what is examined is felt at every start. */
const ROWS = 12;

/** What a backend is asked, and a digest of the reference's answer, which so need not be computed at every start. */
export const EXAMINATIONS: readonly Examination[] = [
  { what: 'pairs and matrices of one element', digest: '9fb7bd2465f828da', ask: (backend) => pairs(backend, 1) },
  { what: 'pairs and matrices', digest: '8a6335264b6413b4', ask: (backend) => pairs(backend, 37) },
  {
    what: 'searches of one element',
    digest: 'ae229923096b7038',
    ask: (backend) => METRICS.flatMap((each) => search(backend, 1, each)),
  },
  {
    what: 'searches',
    digest: 'c534169410957e13',
    ask: (backend) => METRICS.flatMap((each) => search(backend, 37, each)),
  },
  { what: 'sparse rows', digest: '648adff8d78f77b8', ask: sparse },
  { what: 'the inverse of a Gram matrix', digest: '0784a51fb3cd6182', ask: inverse },
  { what: 'alternating least squares', digest: 'c9fa3342382b1d4c', ask: als },
];

export interface Examination {
  readonly what: string;
  readonly digest: string;
  ask(backend: Backend): Answer[];
}

/** Throws an error that names the first answer whose bits differ from the reference. */
export function selfTest(backend: Backend): void {
  for (const { what, digest, ask } of EXAMINATIONS) {
    const answers = ask(backend);
    if (digestOf(answers) !== digest) expectSame(what, answers, ask(reference));
  }
  examineEncoded(backend);
}

/** 64 bits of the numbers' own bits: two hashes of the kind FNV-1a, a word at a time. */
export function digestOf(answers: readonly Answer[]): string {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (const answer of answers) {
    for (const word of new Uint32Array(Float64Array.from(answer).buffer)) {
      a = Math.imul(a ^ word, 0x01000193);
      b = Math.imul(b ^ ((word << 16) | (word >>> 16)), 0x85ebca6b);
      b ^= b >>> 13;
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Of float32 and of float64. */
function pairs(backend: Backend, dim: number): Answer[] {
  const data = pseudoRandom(ROWS * dim);
  return [data, Float64Array.from(data, (x) => x / 3)].flatMap((values) => {
    const [a, b] = [values.subarray(0, dim), values.subarray(dim, 2 * dim)];
    const rows = { data: values, rows: ROWS, dim };
    const matrices = METRICS.map((metric) => {
      const out = new Float32Array(ROWS * ROWS);
      backend.matrix(metric, rows, undefined, out);
      return out;
    });
    return [[backend.dot(a, b), backend.cosine(a, b), backend.euclidean(a, b)], ...matrices];
  });
}

/** Alone and among enough others that a backend may treat them as a batch. */
function search(backend: Backend, dim: number, metric: Metric): Answer[] {
  const data = pseudoRandom(ROWS * dim);
  const corpus = backend.openCorpus(dim, metric);
  corpus.append(data);
  const found = [corpus.search(data.subarray(0, dim), SEARCH), corpus.search(data, SEARCH)];
  corpus.free();
  return found.flatMap(({ counts, positions, scores }) => [counts, positions, scores]);
}

function sparse(backend: Backend): Answer[] {
  const indptr = Uint32Array.of(0, 2, 4, 6);
  const indices = Uint32Array.of(0, 1, 1, 2, 0, 2);
  const matrix = { rows: 3, columns: 3, indptr, indices, values: pseudoRandom(6).map(Math.abs) };
  const lists = { ...matrix, values: Float64Array.from(matrix.values) };
  const near = backend.sparseNeighbors(matrix, { k: 2, shrinkage: 0.5 });
  const top = backend.sparseTopK(matrix, lists, { k: 2, above: 0, minScore: 0.1 });
  return [near, top].flatMap(({ counts, positions, scores }) => [counts, positions, scores]);
}

/** An inverse of more than one tile, and a product with it. */
function inverse(backend: Backend): Answer[] {
  const [rows, columns] = [3, 27];
  const indptr = Uint32Array.of(0, columns, 2 * columns, 3 * columns);
  const indices = Uint32Array.from({ length: rows * columns }, (_, n) => n % columns);
  const matrix = { rows, columns, indptr, indices, values: pseudoRandom(rows * columns) };
  const task = backend.openGramInverse(matrix, 0.5);
  task.advance(Number.POSITIVE_INFINITY);
  const weights = new Float32Array(columns * columns);
  task.weights(0, columns, weights);
  task.free();
  const dense = { data: weights, rows: columns, dim: columns };
  const { positions, scores } = backend.denseTopK(matrix, dense, { k: 4, above: 0, minScore: 0 });
  return [weights, positions, scores];
}

/** One half step of each side. */
function als(backend: Backend): Answer[] {
  const [indptr, indices, stride] = [Uint32Array.of(0, 2, 3), Uint32Array.of(0, 1, 1), 16];
  const byItem = { rows: 2, columns: 2, indptr: Uint32Array.of(0, 1, 3), indices: Uint32Array.of(0, 0, 1) };
  const task = backend.openAls({
    stride,
    byUser: { rows: 2, columns: 2, indptr, indices, values: Float32Array.of(1, 2, 3) },
    byItem: { ...byItem, values: Float32Array.of(1, 2, 3) },
    users: new Float32Array(2 * stride),
    items: pseudoRandom(2 * stride),
    userL2: Float32Array.of(1, 2),
    itemL2: Float32Array.of(3, 4),
  });
  for (const side of ['users', 'items'] as const) {
    task.gram(side === 'users' ? 'items' : 'users');
    task.solve(side, 0, 2, { steps: 2, tolerance: 0, cold: false });
  }
  const factors = [task.factors('users').slice(), task.factors('items').slice()];
  task.free();
  return factors;
}
