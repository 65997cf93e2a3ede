/** A linear autoencoder in closed form: what each item says about every other. */
import { refusal } from '../../arguments/refuse.js';
import type { Backend, SparseRows, TopRows } from '../../backend/contract/backend.js';
import { withLinear } from '../../backend/families/linear.js';
import { KindredError } from '../../errors.js';
import { runAtOnce, runInTurns, type Steps, TURN_OPTIONS } from '../../turns/steps.js';
import { rowOf, type SparseRow } from '../data/csr.js';
import type { Id } from '../data/ids.js';
import { type Interactions, requireInteractions } from '../data/interactions.js';
import { type Gone, Model, type Person, type ScoreTerms } from './model.js';
import type { ModelParts } from './model-file/layout.js';
import { fromBytes, type LoadModelOptions, load } from './model-file/load.js';
import { COMPUTE_OPTIONS, type ComputeOptions, number, readOptions, type SettingsOf, withDefault } from './options.js';
import type { ItemReason, TrainingOptions } from './recommender.js';
import type { RankRequest } from './request.js';
import { bestOf, type Scored, writeRow } from './scored.js';

/** What `Ease.fit` can be told. */
export interface EaseOptions extends ComputeOptions {
  /**
   * Regularisation, positive: Steck's lambda, in the units of the number of users who have an item. More of it makes
   * for smaller weights and fewer far-fetched ones. Default 500.
   */
  readonly l2?: number | undefined;
  /** Refuses to train if that takes more bytes than this: 12 for each pair of items. Default 8 GiB. */
  readonly maxBytes?: number | undefined;
}

const OPTIONS = {
  l2: number(500, { above: 0 }),
  maxBytes: withDefault(8 * 2 ** 30, (given, name) => {
    if (typeof given === 'number' && given > 0) return given;
    throw refusal(name, given, 'a positive number');
  }),
  ...COMPUTE_OPTIONS,
};
type EaseSettings = SettingsOf<typeof OPTIONS>;

/** Float64 while the matrix is inverted and float32 for the weights, which are there together for a moment. */
const BYTES_PER_PAIR = 12;
/** Products between two looks at the clock, at least; a backend does no less than one of its blocks. */
const STEP_PRODUCTS = 2 ** 22;
const ROWS_WRITTEN_AT_ONCE = 64;

/**
 * Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019: the item weights B, with nothing on the
 * diagonal, that best reproduce everybody's row X(u) as X(u)·B. With `P = (XᵀX + l2·I)⁻¹` they are (equation 8)
 *
 *     B(j, i) = -P(j, i) / P(i, i),    B(i, i) = 0
 *     score(u, i) = Σ value(u, j) · B(j, i)    over j in the profile of u
 *
 * Weights are computed in float64 and kept as float32; scores add up in float64 by ascending position of `j`. Both have
 * the same bits on every backend. Scores may be negative: an item can speak against another. Values count as they are,
 * so that ratings are better turned into 1 where only the fact matters.
 *
 * `similarItems(item)` is what `recommendFor([item])` says: the items it speaks for most, by its row of B.
 *
 * By its nature the model holds a weight for every pair of items: 4 n² bytes for n items, 12 n² while it is trained
 * (3.4 GB for 17,000 items), and training takes n³ operations. Many more items are a matter for ItemKnn or ImplicitAls.
 * @example
 * const interactions = Interactions.from([
 *   { user: 'Ann', item: 'tea' }, { user: 'Ben', item: 'tea' }, { user: 'Ben', item: 'milk' },
 * ]);
 * Ease.fit(interactions, { l2: 1 }).recommend('Ann'); // [{ item: 'milk', score: 0.33... }]
 */
export class Ease<U extends Id = string, I extends Id = string> extends Model<U, I, ItemReason<I>> {
  readonly #l2: number;
  /** Row by row, items x items. */
  readonly #weights: Float32Array;
  readonly #backend: Backend;
  readonly #threads: number;

  private constructor(
    interactions: Interactions<U, I>,
    weights: Float32Array,
    settings: Omit<EaseSettings, 'maxBytes'>,
  ) {
    super(interactions);
    this.#l2 = settings.l2;
    this.#weights = weights;
    this.#backend = settings.backend;
    this.#threads = settings.threads;
  }

  /**
   * Learns the weights.
   * @throws KindredError INVALID_ARGUMENT for options, if the matrix takes more than `maxBytes` or than there is, or if
   * `l2` is too small for these values to be told apart in float64.
   */
  static fit<U extends Id, I extends Id>(interactions: Interactions<U, I>, options: EaseOptions = {}): Ease<U, I> {
    return runAtOnce(Ease.#training(interactions, readEaseOptions(options)));
  }

  /** The same, a few milliseconds at a time. Errors as for `fit`; rejects with the signal's reason. */
  static async fitAsync<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    options: EaseOptions & TrainingOptions = {},
  ): Promise<Ease<U, I>> {
    return runInTurns(Ease.#training(interactions, readEaseOptions(options, TURN_OPTIONS)), options);
  }

  static *#training<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    settings: EaseSettings,
  ): Steps<Ease<U, I>> {
    requireInteractions(interactions);
    const matrix = interactions.byUser();
    const task = allocated(matrix.columns, settings, () => {
      return withLinear(settings.backend).openGramInverse(matrix, settings.l2, { threads: settings.threads });
    });
    try {
      while (task.done < task.total) {
        task.advance(STEP_PRODUCTS);
        yield { phase: 'inverse', done: task.done, total: task.total };
      }
      const { size } = task;
      const weights = allocated(size, settings, () => new Float32Array(size * size));
      for (let first = 0; first < size; first += ROWS_WRITTEN_AT_ONCE) {
        const last = Math.min(size, first + ROWS_WRITTEN_AT_ONCE);
        task.weights(first, last, weights.subarray(first * size, last * size));
        yield { phase: 'weights', done: last, total: size };
      }
      return new Ease<U, I>(interactions as Interactions<U, I>, weights, settings);
    } finally {
      task.free();
    }
  }

  /**
   * A model out of the bytes that `toBytes` gave, on any platform.
   * @throws KindredError CORRUPT_FILE naming what was found and where; MODEL_MISMATCH for a model of another class.
   */
  static fromBytes<U extends Id = string, I extends Id = string>(
    bytes: Uint8Array,
    options: LoadModelOptions = {},
  ): Ease<U, I> {
    return fromBytes('Ease', bytes, options, Ease.fromParts<U, I>);
  }

  /** A model out of a file that `save` wrote. Node only. Errors as for `fromBytes`, and the system's own. */
  static async load<U extends Id = string, I extends Id = string>(
    path: string | URL,
    options: LoadModelOptions = {},
  ): Promise<Ease<U, I>> {
    return load('Ease', path, options, Ease.fromParts<U, I>);
  }

  /** A model from what `parts` wrote. @throws KindredError CORRUPT_FILE if the weights are not those of these items. */
  static fromParts<U extends Id, I extends Id>(
    interactions: Interactions<U, I>,
    { options, arrays }: Pick<ModelParts, 'options' | 'arrays'>,
    backend?: Backend | string,
  ): Ease<U, I> {
    const settings = readEaseOptions({ ...options, backend });
    const { weights } = arrays;
    const items = interactions.items.length;
    if (!(weights instanceof Float32Array) || weights.length !== items * items) {
      const given = `${weights?.constructor.name ?? 'nothing'}(${weights?.length ?? 0})`;
      throw new KindredError(
        'CORRUPT_FILE',
        `The weights of Ease are ${given}; expected Float32Array(${items * items}).`,
      );
    }
    const wrong = weights.findIndex((weight) => !Number.isFinite(weight));
    if (wrong >= 0) throw new KindredError('CORRUPT_FILE', `Weight ${wrong} of Ease is ${weights[wrong]}, no number.`);
    return new Ease(interactions, weights, settings);
  }

  /**
   * Ids and histories go, and of an item its weights. The weights that are left were learned from everybody together:
   * fit anew to the model's `interactions` for those that a model would have that never knew of either.
   */
  protected override without(interactions: Interactions<U, I>, { side, position }: Gone): Ease<U, I> {
    const settings = { l2: this.#l2, backend: this.#backend, threads: this.#threads };
    if (side === 'user') return new Ease(interactions, this.#weights, settings);
    const items = this.interactions.items.length;
    const left = this.#weights.filter((_, cell) => Math.floor(cell / items) !== position && cell % items !== position);
    return new Ease(interactions, left, settings);
  }

  /** B(from, to): how much having one item says for another. @throws KindredError UNKNOWN_ID */
  weight(from: I, to: I): number {
    const row = this.interactions.itemPosition(from);
    return this.#row(row)[this.interactions.itemPosition(to)];
  }

  protected override scoresFor({ profile }: Person): Float64Array {
    const scores = new Float64Array(this.interactions.items.length);
    // Of whom nothing is known, nothing is said.
    if (profile.indices.length === 0) return scores.fill(Number.NaN);
    // Four rows a turn, each added in order as one at a time would: sums are read and written a quarter as often.
    const { indices, values } = profile;
    let n = 0;
    for (; n + 4 <= indices.length; n += 4) {
      const [a, b, c, d] = [
        this.#row(indices[n]),
        this.#row(indices[n + 1]),
        this.#row(indices[n + 2]),
        this.#row(indices[n + 3]),
      ];
      const [va, vb, vc, vd] = [values[n], values[n + 1], values[n + 2], values[n + 3]];
      for (let i = 0; i < scores.length; i++) scores[i] = scores[i] + va * a[i] + vb * b[i] + vc * c[i] + vd * d[i];
    }
    for (; n < indices.length; n++) {
      const weights = this.#row(indices[n]);
      const value = values[n];
      for (let i = 0; i < scores.length; i++) scores[i] += value * weights[i];
    }
    // Nobody who has one of these items has that one: the weights between them are 0.
    for (let i = 0; i < scores.length; i++) if (scores[i] === 0) scores[i] = Number.NaN;
    return scores;
  }

  protected override termsOf({ profile }: Person, item: number): ScoreTerms {
    const terms = Array.from(profile.indices, (position, n) => {
      return { position, contribution: profile.values[n] * this.#row(position)[item] };
    });
    return { score: terms.reduce((sum, { contribution }) => sum + contribution, 0), terms };
  }

  protected override reasonAt(position: number, contribution: number): ItemReason<I> {
    return { item: this.interactions.items[position], contribution };
  }

  protected override nearestItems(item: number, k: number): Scored[] {
    const weights = Float64Array.from(this.#row(item));
    return bestOf(weights, k, (other) => other !== item && weights[other] > 0);
  }

  protected override rankMany(users: Uint32Array, request: RankRequest): TopRows {
    const profiles = gatherRows(this.interactions.byUser(), users);
    const items = profiles.columns;
    const answer = withLinear(this.#backend).denseTopK(
      profiles,
      { data: this.#weights, rows: items, dim: items },
      {
        k: Math.max(1, request.k),
        exclude: request.excludeSeen ? profiles : undefined,
        admit: request.admit,
        above: Number.NEGATIVE_INFINITY,
        minScore: request.minScore,
        threads: this.#threads,
      },
    );
    users.forEach((user, n) => {
      // The kernel has scores of 0 where `scoresFor` has none.
      const scores = answer.scores.subarray(n * answer.stride, n * answer.stride + answer.counts[n]);
      if (scores.includes(0)) writeRow(answer, n, this.rank({ profile: rowOf(profiles, n), user }, request));
    });
    return answer;
  }

  protected override toParts(): ModelParts {
    return { name: 'Ease', options: { l2: this.#l2 }, arrays: { weights: this.#weights } };
  }

  #row(item: number): Float32Array {
    const items = this.interactions.items.length;
    return this.#weights.subarray(item * items, (item + 1) * items);
  }
}

/** @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
function readEaseOptions(options: EaseOptions, others?: Readonly<Record<string, true>>): EaseSettings {
  return readOptions(options, OPTIONS, '{ l2: 500 }', others);
}

/** Asks for memory, so that the lack of it is told in terms of the data. */
function allocated<T>(items: number, { maxBytes, backend }: EaseSettings, allocate: () => T): T {
  const bytes = BYTES_PER_PAIR * items * items;
  const needs = `Ease weighs every pair of ${items} items, which takes ${gibibytes(bytes)} while it is trained`;
  const instead = 'Use fewer items, such as those with enough users, or ItemKnn or ImplicitAls';
  if (bytes > maxBytes) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${needs}; maxBytes is ${gibibytes(maxBytes)}. ${instead}, or more maxBytes.`,
    );
  }
  try {
    return allocate();
  } catch (cause) {
    // Engines and addon say RangeError, the memory of WebAssembly says it with this code.
    const isMemory = cause instanceof RangeError || (cause as KindredError)?.code === 'INVALID_ARGUMENT';
    if (!isMemory) throw cause;
    throw new KindredError('INVALID_ARGUMENT', `${needs}; the ${backend.name} backend cannot get it. ${instead}.`, {
      cause,
    });
  }
}

function gibibytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes} bytes` : `${bytes} bytes (${(bytes / 2 ** 30).toPrecision(3)} GiB)`;
}

/** These rows in this order. */
function gatherRows(matrix: SparseRows, rows: Uint32Array): SparseRows {
  const isWhole = rows.length === matrix.rows && rows.every((row, n) => row === n);
  if (isWhole) return matrix;
  const indptr = new Uint32Array(rows.length + 1);
  rows.forEach((row, n) => {
    indptr[n + 1] = indptr[n] + matrix.indptr[row + 1] - matrix.indptr[row];
  });
  const indices = new Uint32Array(indptr[rows.length]);
  const values = new Float32Array(indptr[rows.length]);
  rows.forEach((row, n) => {
    const entries: SparseRow = rowOf(matrix, row);
    indices.set(entries.indices, indptr[n]);
    values.set(entries.values, indptr[n]);
  });
  return { rows: rows.length, columns: matrix.columns, indptr, indices, values };
}
