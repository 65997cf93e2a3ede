/** Alternating least squares, as the contract words it: every step rounded to float32. */
import { KindredError } from '../../errors.js';
import type { Als, AlsSetup, AlsSide, AlsSolve, SparseRows } from '../contract/backend.js';

const LANES = 16;
const GRAM_BLOCK = 256;
const NOTHING = new Float32Array(0);
const round = Math.fround;

export class ReferenceAls implements Als {
  readonly #stride: number;
  readonly #sides: Record<AlsSide, Side>;

  constructor({ stride, byUser, byItem, users, items, userL2, itemL2 }: AlsSetup) {
    this.#stride = stride;
    this.#sides = {
      users: { cells: byUser, l2: userL2, factors: users.slice(), gram: NOTHING },
      items: { cells: byItem, l2: itemL2, factors: items.slice(), gram: NOTHING },
    };
  }

  gram(of: AlsSide): Float32Array {
    const side = held(this.#sides[of]);
    side.gram = gramMatrix(side.factors, this.#stride);
    return side.gram.slice();
  }

  solve(side: AlsSide, first: number, last: number, how: AlsSolve): void {
    const { cells, l2, factors } = held(this.#sides[side]);
    const other = this.#sides[side === 'users' ? 'items' : 'users'];
    const stride = this.#stride;
    for (let row = first; row < last; row++) {
      const [begin, end] = [cells.indptr[row], cells.indptr[row + 1]];
      const rows = Array.from(cells.indices.subarray(begin, end), (n) =>
        other.factors.subarray(n * stride, (n + 1) * stride),
      );
      const x = factors.subarray(row * stride, (row + 1) * stride);
      solveRow({ rows, weights: cells.values.subarray(begin, end), gram: other.gram, l2: l2[row] }, x, how);
    }
  }

  factors(of: AlsSide): Float32Array {
    return held(this.#sides[of]).factors.slice();
  }

  free(): void {
    for (const side of [this.#sides.users, this.#sides.items]) side.factors = NOTHING;
    this.#sides.users.freed = this.#sides.items.freed = true;
  }
}

interface Side {
  readonly cells: SparseRows;
  readonly l2: Float32Array;
  factors: Float32Array;
  gram: Float32Array;
  freed?: boolean;
}

function held(side: Side): Side {
  if (side.freed) refuseFreedAls();
  return side;
}

/** @throws KindredError DISPOSED */
export function refuseFreedAls(): never {
  throw new KindredError('DISPOSED', 'the memory of this factorisation was given back');
}

export function gramMatrix(factors: Float32Array, stride: number): Float32Array {
  const rows = factors.length / stride;
  const gram = new Float32Array(stride * stride);
  const total = new Float64Array(stride * stride);
  const sums = new Float32Array(stride * stride);
  for (let begin = 0; begin < rows; begin += GRAM_BLOCK) {
    sums.fill(0);
    for (let row = begin; row < Math.min(begin + GRAM_BLOCK, rows); row++) {
      const y = factors.subarray(row * stride, (row + 1) * stride);
      for (let a = 0; a < stride; a++) for (let b = a; b < stride; b++) sums[a * stride + b] += round(y[a] * y[b]);
    }
    for (let n = 0; n < total.length; n++) total[n] += sums[n];
  }
  for (let a = 0; a < stride; a++) {
    for (let b = a; b < stride; b++) gram[a * stride + b] = gram[b * stride + a] = total[a * stride + b];
  }
  return gram;
}

/** One row's cells: those of the other side, what they weigh beyond 1, the Gram matrix of all of the other side. */
export interface AlsRow {
  readonly rows: readonly Float32Array[];
  readonly weights: ArrayLike<number>;
  readonly gram: Float32Array;
  readonly l2: number;
}

/** Solves for one row, `x`, in place. A model uses it for profiles that were not there when it was trained. */
export function solveRow(cells: AlsRow, x: Float32Array, { steps, tolerance, cold }: AlsSolve): void {
  const empty = cells.rows.length === 0;
  if (cold || empty) x.fill(0);
  if (empty) return;
  const residual = timesGram(cells, x).map((product) => 0 - product);
  cells.rows.forEach((y, n) => {
    const missing = round(cells.weights[n] * dot(y, x));
    addScaled(residual, round(round(1 + cells.weights[n]) - missing), y);
  });
  const p = residual.slice();
  let squares = dot(residual, residual);
  const enough = round(tolerance * squares);
  for (let step = 0; step < steps && squares > enough; step++) {
    const product = timesGram(cells, p);
    cells.rows.forEach((y, n) => {
      addScaled(product, round(cells.weights[n] * dot(y, p)), y);
    });
    const curvature = dot(p, product);
    if (!(curvature > 0)) return;
    const length = round(squares / curvature);
    addScaled(x, length, p);
    for (let i = 0; i < x.length; i++) residual[i] -= round(length * product[i]);
    const left = dot(residual, residual);
    const turn = round(left / squares);
    for (let i = 0; i < x.length; i++) p[i] = residual[i] + round(turn * p[i]);
    squares = left;
  }
}

function timesGram({ gram, l2 }: AlsRow, p: Float32Array): Float32Array {
  const sums = new Float32Array(p.length);
  for (let m = 0; m < p.length; m++) addScaled(sums, p[m], gram.subarray(m * p.length, (m + 1) * p.length));
  addScaled(sums, l2, p);
  return sums;
}

function addScaled(sums: Float32Array, factor: number, row: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += round(factor * row[i]);
}

/** Sixteen float32 lanes, folded in halves. */
function dot(a: Float32Array, b: Float32Array): number {
  const lanes = new Float32Array(LANES);
  for (let i = 0; i < a.length; i++) lanes[i % LANES] += round(a[i] * b[i]);
  for (let half = LANES / 2; half >= 1; half /= 2) {
    for (let j = 0; j < half; j++) lanes[j] += lanes[j + half];
  }
  return lanes[0];
}
