/**
 * The plain backend: rows and pairs in TypeScript at the speed that engines give to loops, for pages and runtimes that
 * forbid WebAssembly. What only models need it has from the reference.
 */
import type { Candidate, Floats, Metric, Rows } from '../contract/backend.js';
import { familiesOf } from '../families/registry.js';
import { scoreOfSum } from '../reference/score.js';
import { PlainCorpus } from './corpus.js';
import { dotAt, plainCosine, plainDot, plainSquaredDistance, squaredDistanceAt } from './sums.js';

export const plainCandidate: Candidate = {
  name: 'plain',
  level: 'javascript',
  open: () => ({
    name: 'plain',
    level: 'javascript',
    dot: plainDot,
    cosine: plainCosine,
    euclidean: (a, b) => Math.sqrt(plainSquaredDistance(a, b)),
    pairs,
    matrix,
    pairFrom: Number.POSITIVE_INFINITY,
    threads: 1,
    openMapped: undefined,
    openCorpus: (dim, metric, options) => new PlainCorpus(dim, metric, options),
    ...familiesOf(({ plain }) => plain),
  }),
};

function pairs(metric: Metric, a: Rows, b: Rows, out: Float64Array): void {
  for (let i = 0; i < b.rows; i++) {
    const [x, y] = [rowOf(a, a.rows === 1 ? 0 : i), rowOf(b, i)];
    if (metric === 'cosine') out[i] = plainCosine(x, y);
    else out[i] = metric === 'dot' ? plainDot(x, y) : 0 - Math.sqrt(plainSquaredDistance(x, y));
  }
}

/** Rows of `b` that a row of `a` meets before the next does, so that they stay in a cache. */
const TILE_ROWS = 32;

function matrix(metric: Metric, a: Rows, b: Rows | undefined, out: Float32Array): number {
  const other = b ?? a;
  const squaresA = squaresOf(a);
  const squaresB = b ? squaresOf(b) : squaresA;
  const bad = (b ? [...squaresA, ...squaresB] : squaresA).findIndex((squares) => !Number.isFinite(squares));
  if (bad >= 0) return bad;
  const { dim } = a;
  const sumAt = metric === 'euclidean' ? squaredDistanceAt : dotAt;
  for (let first = 0; first < other.rows; first += TILE_ROWS) {
    const last = Math.min(first + TILE_ROWS, other.rows);
    for (let i = 0; i < (b ? a.rows : last); i++) {
      for (let j = b ? first : Math.max(i, first); j < last; j++) {
        const sum = sumAt(a.data, i * dim, other.data, j * dim, dim);
        const score = scoreOfSum(metric, sum, squaresA[i], squaresB[j]);
        out[i * other.rows + j] = score;
        if (!b) out[j * other.rows + i] = score;
      }
    }
  }
  return -1;
}

function squaresOf(rows: Rows): number[] {
  return Array.from({ length: rows.rows }, (_, i) => {
    const at = i * rows.dim;
    return dotAt(rows.data, at, rows.data, at, rows.dim);
  });
}

function rowOf({ data, dim }: Rows, i: number): Floats {
  return data.subarray(i * dim, (i + 1) * dim);
}
