/** Training of ImplicitAls: users and items in turn, a block of rows at a time. */
import type { AlsSetup, AlsSide, AlsSolve, Backend, SparseRows } from '../../../backend/contract/backend.js';
import { withAls } from '../../../backend/families/als.js';
import { KindredError } from '../../../errors.js';
import { type Pauses, runAtOnce, type Steps } from '../../../turns/steps.js';
import { ENTRIES_AT_ONCE, transpose, transposing } from '../../data/csr.js';
import { quote } from '../../data/ids.js';
import type { Interactions } from '../../data/interactions.js';
import { Random } from '../../data/random.js';
import { type AlsSettings, l2OfRows, weigh } from './options.js';

/** What is learned. Rows of `users` and `items` have `factors` elements, those of `gram` `strideOf(factors)`. */
export interface AlsFactors {
  readonly users: Float32Array;
  readonly items: Float32Array;
  /** The Gram matrix of the items' factors, which solving for someone new needs. */
  readonly gram: Float32Array;
  /** See `l2OfRows`: of the users. */
  readonly meanTotal: number;
}

/**
 * How users are solved for at the end, and whoever comes later: from zero until nothing changes, so that a profile
 * alone decides what someone's factors are.
 */
export const TO_THE_END: AlsSolve = { steps: 200, tolerance: 1e-12, cold: true };

/** Elements of the other side's rows that one step of the training reads: a few milliseconds of work. */
const STEP_ELEMENTS = 2 ** 22;
/** Standard deviation of the products of two rows of factors to begin with. */
const INITIAL_SPREAD = 0.1;
/** Gaussians drawn between two pauses. */
const DRAWN_AT_ONCE = 2 ** 12;
const LANES = 16;

/** Elements that kernels give a row of factors, the last ones 0. */
export function strideOf(factors: number): number {
  return Math.ceil(factors / LANES) * LANES;
}

export function* factorise(
  interactions: Interactions<never, never>,
  settings: AlsSettings,
  backend: Backend,
  threads: number,
): Steps<AlsFactors> {
  const stride = strideOf(settings.factors);
  const byUser = yield* weighing(interactions, settings);
  const byItem = yield* transposing(byUser);
  const { l2: userL2, meanTotal } = l2OfRows(byUser, settings);
  yield undefined;
  const { l2: itemL2 } = l2OfRows(byItem, settings);
  const users = new Float32Array(byUser.rows * stride);
  const items = yield* drawItems(byItem, stride, settings);
  const setup: AlsSetup = { stride, byUser, byItem, users, items, userL2, itemL2, threads };
  const als = withAls(backend).openAls(setup);
  try {
    yield undefined;
    const { iterations, cgSteps, factors } = settings;
    const total = iterations * (byUser.rows + byItem.rows) + byUser.rows;
    let done = 0;
    function* half(side: AlsSide, how: AlsSolve): Steps<void> {
      als.gram(side === 'users' ? 'items' : 'users');
      for (const [first, last] of blocksOf(side === 'users' ? byUser : byItem, stride)) {
        als.solve(side, first, last, how);
        done += last - first;
        yield { phase: 'factors', done, total };
      }
    }
    const warm = { steps: cgSteps, tolerance: 0, cold: false };
    for (let iteration = 0; iteration < iterations; iteration++) {
      yield* half('users', warm);
      yield* half('items', warm);
    }
    yield* half('users', TO_THE_END);
    const learned = [als.factors('users'), als.factors('items')].map((rows) => narrow(rows, stride, factors));
    refuseNonFinite(learned);
    return { users: learned[0], items: learned[1], gram: als.gram('items'), meanTotal };
  } finally {
    als.free();
  }
}

/** The users' factors, and all that hangs on them, of a model whose items have these factors. */
export function solveUsers(
  interactions: Interactions<never, never>,
  items: Float32Array,
  settings: AlsSettings,
  backend: Backend,
  threads: number,
): AlsFactors {
  const stride = strideOf(settings.factors);
  const byUser = runAtOnce(weighing(interactions, settings));
  const byItem = transpose(byUser);
  const { l2: userL2, meanTotal } = l2OfRows(byUser, settings);
  const users = new Float32Array(byUser.rows * stride);
  const itemL2 = new Float32Array(byItem.rows).fill(1);
  const wide = widen(items, stride, settings.factors);
  const als = withAls(backend).openAls({ stride, byUser, byItem, users, items: wide, userL2, itemL2, threads });
  try {
    const gram = als.gram('items');
    if (byUser.rows > 0) als.solve('users', 0, byUser.rows, TO_THE_END);
    return { users: narrow(als.factors('users'), stride, settings.factors), items, gram, meanTotal };
  } finally {
    als.free();
  }
}

/** Items begin at random, users at zero: they are solved for first. Items that nobody has are and stay at zero. */
function* drawItems(
  { rows, indptr }: SparseRows,
  stride: number,
  { factors, seed }: AlsSettings,
): Pauses<Float32Array> {
  const random = new Random(seed);
  const spread = INITIAL_SPREAD / Math.sqrt(factors);
  const items = new Float32Array(rows * stride);
  const rowsAtOnce = Math.ceil(DRAWN_AT_ONCE / factors);
  for (let row = 0; row < rows; row++) {
    const isHad = indptr[row + 1] > indptr[row];
    for (let f = 0; f < factors; f++) {
      // Drawn anyway, so that all others begin where they would.
      const drawn = spread * random.gaussian();
      items[row * stride + f] = isHad ? drawn : 0;
    }
    if (row % rowsAtOnce === rowsAtOnce - 1) yield undefined;
  }
  return items;
}

/** users x items: what each cell weighs beyond 1. */
function* weighing(interactions: Interactions<never, never>, settings: AlsSettings): Pauses<SparseRows> {
  const { rows, columns, indptr, indices, values } = interactions.byUser();
  const starts = new Uint32Array(rows + 1);
  const columnOf = new Uint32Array(indices.length);
  const weights = new Float32Array(indices.length);
  let pause = ENTRIES_AT_ONCE;
  for (let user = 0; user < rows; user++) {
    if (indptr[user] >= pause) {
      pause = indptr[user] + ENTRIES_AT_ONCE;
      yield undefined;
    }
    const row = {
      indices: indices.subarray(indptr[user], indptr[user + 1]),
      values: values.subarray(indptr[user], indptr[user + 1]),
    };
    const name = (item: number) =>
      `The interaction of user ${quote(interactions.users[user])} with item ${quote(interactions.items[item])}`;
    const cells = weigh(row, settings, name);
    columnOf.set(cells.indices, starts[user]);
    weights.set(cells.values, starts[user]);
    starts[user + 1] = starts[user] + cells.indices.length;
  }
  const size = starts[rows];
  return { rows, columns, indptr: starts, indices: columnOf.subarray(0, size), values: weights.subarray(0, size) };
}

/** Ranges of rows that take about equally long. */
function* blocksOf({ rows, indptr }: SparseRows, stride: number): Generator<[first: number, last: number]> {
  let first = 0;
  for (let row = 0; row < rows; row++) {
    // A row without many cells still has its products with the Gram matrix.
    const work = (indptr[row + 1] - indptr[first] + (row + 1 - first) * stride) * stride;
    if (work < STEP_ELEMENTS && row + 1 < rows) continue;
    yield [first, row + 1];
    first = row + 1;
  }
}

/** Rows without the elements that only kernels need. */
function narrow(rows: Float32Array, stride: number, factors: number): Float32Array {
  if (stride === factors) return rows;
  const narrowed = new Float32Array((rows.length / stride) * factors);
  for (let row = 0; row * stride < rows.length; row++) {
    narrowed.set(rows.subarray(row * stride, row * stride + factors), row * factors);
  }
  return narrowed;
}

function widen(rows: Float32Array, stride: number, factors: number): Float32Array {
  const wide = new Float32Array((rows.length / factors) * stride);
  for (let row = 0; row * factors < rows.length; row++) {
    wide.set(rows.subarray(row * factors, (row + 1) * factors), row * stride);
  }
  return wide;
}

function refuseNonFinite(learned: readonly Float32Array[]): void {
  for (const rows of learned) {
    for (let n = 0; n < rows.length; n++) {
      if (Number.isFinite(rows[n])) continue;
      throw new KindredError(
        'NOT_FINITE',
        'The factors left the range of float32: confidences this large cannot be learned from. Try a smaller alpha.',
      );
    }
  }
}
