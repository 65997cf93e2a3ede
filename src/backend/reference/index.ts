/** The reference backend: the contract as plain TypeScript. The oracle of the tests, the last resort of users. */
import type { Backend, Candidate, Floats, Metric, Rows } from '../contract/backend.js';
import { ReferenceAls } from './als.js';
import { ReferenceCorpus } from './corpus.js';
import { dot, squaredDistance } from './dot.js';
import { ReferenceGlove, ReferenceSkipGram } from './embedding.js';
import { denseTopK, ReferenceGramInverse } from './linear.js';
import { cosineOf, LARGEST_SQUARES, SMALLEST_SQUARES, score } from './score.js';
import { finishNeighbors, openNeighbors, sparseTopK } from './sparse.js';

export const reference: Backend = {
  name: 'reference',
  level: 'plain',
  pairFrom: Number.POSITIVE_INFINITY,
  dot,
  cosine,
  euclidean: (a, b) => Math.sqrt(squaredDistance(a, b)),
  pairs,
  matrix,
  threads: 1,
  openMapped: undefined,
  openCorpus: (dim, metric, options = {}) => new ReferenceCorpus(dim, metric, options),
  sparseNeighbors: (rows, options) => finishNeighbors(openNeighbors(rows, options)),
  openNeighbors,
  sparseTopK,
  openGramInverse: (rows, l2) => new ReferenceGramInverse(rows, l2),
  denseTopK,
  openSkipGram: (setup) => new ReferenceSkipGram(setup),
  openGlove: (setup) => new ReferenceGlove(setup),
  openAls: (setup) => new ReferenceAls(setup),
};

export const referenceCandidates: Candidate[] = [{ name: 'reference', level: 'plain', open: () => reference }];

function cosine(a: Floats, b: Floats): number {
  const squaresA = dot(a, a);
  const squaresB = dot(b, b);
  const safe = (squares: number) => squares >= SMALLEST_SQUARES && squares <= LARGEST_SQUARES;
  if (!safe(squaresA) || !safe(squaresB)) return Number.NaN;
  return cosineOf(dot(a, b), squaresA, squaresB);
}

function pairs(metric: Metric, a: Rows, b: Rows, out: Float64Array): void {
  for (let i = 0; i < b.rows; i++) {
    const x = row(a, a.rows === 1 ? 0 : i);
    const y = row(b, i);
    out[i] = metric === 'cosine' ? cosine(x, y) : score(metric, x, 0, y, 0);
  }
}

function matrix(metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array): number {
  const left = rowsOf(a);
  const right = b ? rowsOf(b) : left;
  const squaresA = left.map((x) => dot(x, x));
  const squaresB = b ? right.map((y) => dot(y, y)) : squaresA;
  const bad = (b ? [...squaresA, ...squaresB] : squaresA).findIndex((squares) => !Number.isFinite(squares));
  if (bad >= 0) return bad;
  left.forEach((x, i) => {
    right.forEach((y, j) => {
      out[i * right.length + j] = score(metric, x, squaresA[i], y, squaresB[j]);
    });
  });
  return -1;
}

function rowsOf(rows: Rows): Floats[] {
  return Array.from({ length: rows.rows }, (_, i) => row(rows, i));
}

function row({ data, dim }: Rows, i: number): Floats {
  return data.subarray(i * dim, (i + 1) * dim);
}
