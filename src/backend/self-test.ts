/** A small numeric examination that every backend passes before it is used: a build that miscounts is refused. */
import type { Backend, Floats, Metric } from './contract/backend.js';
import { reference } from './reference/index.js';
import { METRICS } from './reference/score.js';

/** A tail alone, and two blocks of 16 lanes with a tail. More would be felt at every start. */
const DIMENSIONS = [1, 37];
const ROWS = 12;

/** Throws an error that names the first answer whose bits differ from the reference. */
export function selfTest(backend: Backend): void {
  for (const dim of DIMENSIONS) {
    const data = pseudoRandom(ROWS * dim);
    examinePairs(backend, data, dim);
    examinePairs(
      backend,
      Float64Array.from(data, (x) => x / 3),
      dim,
    );
    for (const metric of METRICS) examineSearch(backend, data, dim, metric);
  }
  examineEncoded(backend);
  examineSparse(backend);
  examineLinear(backend);
  examineAls(backend);
}

/** Enough rows to be encoded, and more queries than any level takes one by one: the same answers with and without. */
function examineEncoded(backend: Backend): void {
  const [rows, dim, queries] = [512, 65, 17];
  const data = pseudoRandom(rows * dim);
  const options = { k: 5, minScore: Number.NEGATIVE_INFINITY };
  const corpus = backend.openCorpus(dim, 'cosine');
  if (corpus.encoder) {
    corpus.append(data);
    const search = () =>
      [1, queries].flatMap((count) => {
        const { positions, scores } = corpus.search(data.subarray(0, count * dim), options);
        return [...positions, ...scores];
      });
    const expected = search();
    corpus.encoder.encode(rows);
    expectSame('a search of encoded rows', search(), expected);
  }
  corpus.free();
}

function examinePairs(backend: Backend, data: Floats, dim: number): void {
  const a = data.subarray(0, dim);
  const b = data.subarray(dim, 2 * dim);
  for (const kernel of ['dot', 'cosine', 'euclidean'] as const) {
    expectSame(`${kernel} at dimension ${dim}`, [backend[kernel](a, b)], [reference[kernel](a, b)]);
  }
  const rows = { data, rows: ROWS, dim };
  for (const metric of METRICS) {
    const out = new Float32Array(ROWS * ROWS);
    const expected = new Float32Array(ROWS * ROWS);
    backend.matrix(metric, rows, undefined, out);
    reference.matrix(metric, rows, undefined, expected);
    expectSame(`${metric} matrix at dimension ${dim}`, out, expected);
  }
}

function examineSearch(backend: Backend, data: Float32Array, dim: number, metric: Metric): void {
  const options = { k: 5, minScore: Number.NEGATIVE_INFINITY };
  const [answer, expected] = [backend, reference].map((each) => {
    const corpus = each.openCorpus(dim, metric);
    corpus.append(data);
    // Alone and among enough others that a backend may treat them as a batch.
    const found = [corpus.search(data.subarray(0, dim), options), corpus.search(data, options)];
    corpus.free();
    return found.flatMap(({ counts, positions, scores }) => [...counts, ...positions, ...scores]);
  });
  expectSame(`${metric} search at dimension ${dim}`, answer, expected);
}

function examineSparse(backend: Backend): void {
  const indptr = Uint32Array.of(0, 2, 4, 6);
  const indices = Uint32Array.of(0, 1, 1, 2, 0, 2);
  const matrix = { rows: 3, columns: 3, indptr, indices, values: pseudoRandom(6).map(Math.abs) };
  const lists = { ...matrix, values: Float64Array.from(matrix.values) };
  const [answer, expected] = [backend, reference].map((each) => {
    const near = each.sparseNeighbors(matrix, { k: 2, shrinkage: 0.5 });
    const top = each.sparseTopK(matrix, lists, { k: 2, above: 0, minScore: 0.1 });
    return [near, top].flatMap(({ counts, positions, scores }) => [...counts, ...positions, ...scores]);
  });
  expectSame('sparse rows', answer, expected);
}

/** An inverse of more than one tile, and a product with it. */
function examineLinear(backend: Backend): void {
  const [rows, columns] = [3, 27];
  const indptr = Uint32Array.of(0, columns, 2 * columns, 3 * columns);
  const indices = Uint32Array.from({ length: rows * columns }, (_, n) => n % columns);
  const matrix = { rows, columns, indptr, indices, values: pseudoRandom(rows * columns) };
  const [answer, expected] = [backend, reference].map((each) => {
    const task = each.openGramInverse(matrix, 0.5);
    task.advance(Number.POSITIVE_INFINITY);
    const weights = new Float32Array(columns * columns);
    task.weights(0, columns, weights);
    task.free();
    const dense = { data: weights, rows: columns, dim: columns };
    const { positions, scores } = each.denseTopK(matrix, dense, { k: 4, above: 0, minScore: 0 });
    return [...weights, ...positions, ...scores];
  });
  expectSame('the inverse of a Gram matrix', answer, expected);
}

/** One half step of each side. */
function examineAls(backend: Backend): void {
  const [indptr, indices, stride] = [Uint32Array.of(0, 2, 3), Uint32Array.of(0, 1, 1), 16];
  const byItem = { rows: 2, columns: 2, indptr: Uint32Array.of(0, 1, 3), indices: Uint32Array.of(0, 0, 1) };
  const [answer, expected] = [backend, reference].map((each) => {
    const als = each.openAls({
      stride,
      byUser: { rows: 2, columns: 2, indptr, indices, values: Float32Array.of(1, 2, 3) },
      byItem: { ...byItem, values: Float32Array.of(1, 2, 3) },
      users: new Float32Array(2 * stride),
      items: pseudoRandom(2 * stride),
      userL2: Float32Array.of(1, 2),
      itemL2: Float32Array.of(3, 4),
    });
    for (const side of ['users', 'items'] as const) {
      als.gram(side === 'users' ? 'items' : 'users');
      als.solve(side, 0, 2, { steps: 2, tolerance: 0, cold: false });
    }
    const factors = [...als.factors('users'), ...als.factors('items')];
    als.free();
    return factors;
  });
  expectSame('alternating least squares', answer, expected);
}

function expectSame(what: string, answer: ArrayLike<number>, expected: ArrayLike<number>): void {
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(answer[i], expected[i])) {
      throw new Error(`self-test failed: ${what} gave ${answer[i]} where ${expected[i]} is right`);
    }
  }
}

/** Values in [-1, 1) from a linear congruential generator (Numerical Recipes constants). */
function pseudoRandom(count: number): Float32Array {
  const values = new Float32Array(count);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}
