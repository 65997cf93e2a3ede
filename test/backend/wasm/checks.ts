/** Checks and data shared by the tests of the wasm backend: every answer must have the bits of the reference. */
import { setFlagsFromString } from 'node:v8';
import { expect } from 'vitest';
import { candidates } from '../../../src/backend/candidates.node.js';
import type {
  Backend,
  Floats,
  Metric,
  Rows,
  SparseRows,
  TopRequest,
  TopRows,
} from '../../../src/backend/contract/backend.js';
import { remembered as reference } from '../../fixtures/remembered.js';
import { drawMatrix } from '../../fixtures/sparse.js';

// Node 20 knows the relaxed instructions but does not offer them unasked.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

/** Every level of the backend: all of them must open here. */
export const levels = candidates.filter(({ name }) => name === 'wasm');

export { METRICS } from '../../../src/backend/reference/score.js';
export const TYPES = [Float32Array, Float64Array] as const;
export const AWKWARD_DIMS = [...Array.from({ length: 70 }, (_, i) => i + 1), 127, 128, 129, 384];
export const ALL = { k: 10, minScore: Number.NEGATIVE_INFINITY };

export function expectSamePair(backend: Backend, a: Floats, b: Floats): void {
  for (const kernel of ['dot', 'cosine', 'euclidean'] as const) {
    const [ours, theirs] = [backend[kernel](a, b), reference[kernel](a, b)];
    if (!Object.is(ours, theirs)) expect.fail(`${kernel} of ${a.length} elements: ${ours}, reference ${theirs}`);
  }
}

export function expectSameMatrix(backend: Backend, metric: Metric, a: Rows, b: Rows | undefined): void {
  const cells = a.rows * (b ?? a).rows;
  const ours = new Float32Array(cells + 1).fill(42);
  const theirs = ours.slice();
  expect(backend.matrix(metric, a, b, ours)).toBe(-1);
  reference.matrix(metric, a, b, theirs);
  expectBits(ours, theirs);
}

export function expectSameSearch(
  backend: Backend,
  metric: Metric,
  dim: number,
  data: Float32Array,
  queries: Float32Array,
  options: TopRequest,
): void {
  const [ours, theirs] = [backend, reference].map((each) => {
    const corpus = each.openCorpus(dim, metric);
    corpus.append(data);
    return corpus.search(queries, options);
  });
  expectSameAnswer(ours, theirs);
}

export function expectSameNeighbors(backend: Backend, matrix: SparseRows, k: number, shrinkage: number): void {
  const options = { k, shrinkage };
  expectSameAnswer(backend.sparseNeighbors(matrix, options), reference.sparseNeighbors(matrix, options));
}

export function expectSameAnswer(ours: TopRows, theirs: TopRows): void {
  expect(ours.stride).toBe(theirs.stride);
  expectBits(ours.counts, theirs.counts);
  expectBits(ours.positions, theirs.positions);
  expectBits(ours.scores, theirs.scores);
}

export function expectBits(ours: ArrayLike<number>, theirs: ArrayLike<number>): void {
  expect(ours.length).toBe(theirs.length);
  for (let i = 0; i < ours.length; i++) {
    if (!Object.is(ours[i], theirs[i])) expect.fail(`cell ${i} is ${ours[i]}, reference ${theirs[i]}`);
  }
}

/** Values in [-1, 1) that start one element into their buffer, so float32 lie at an odd multiple of 4 bytes. */
export function misaligned<T extends typeof Float32Array | typeof Float64Array>(
  Type: T,
  length: number,
  random: () => number,
): InstanceType<T> {
  const values = new Type(length + 1).map(() => 2 * random() - 1);
  return values.subarray(1) as InstanceType<T>;
}

export function rowsOf<T extends typeof Float32Array | typeof Float64Array>(
  Type: T,
  rows: number,
  dim: number,
  random: () => number,
): Rows<InstanceType<T>> {
  return { data: misaligned(Type, rows * dim + 3, random), rows, dim };
}

export function sparse(
  rows: number,
  columns: number,
  density: number,
  random: () => number,
  value: () => number,
): SparseRows {
  return drawMatrix(random, rows, columns, () => random() < density, value);
}

/** Mulberry32: uniform values in [0, 1) that are the same on every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
