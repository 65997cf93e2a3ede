/** Options of ImplicitAls: checked, with the defaults filled in, and what follows from them for one row. */
import { readSeed } from '../../../arguments/numbers.js';
import { refusal } from '../../../arguments/refuse.js';
import type { Backend, SparseRows } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import type { CsrArrays, SparseRow } from '../../data/csr.js';
import {
  COMPUTE_OPTIONS,
  type ComputeOptions,
  choice,
  integer,
  number,
  type OptionReader,
  readOptions,
  type SettingsOf,
  withDefault,
} from '../options.js';

export interface ImplicitAlsOptions extends ComputeOptions {
  /** Numbers that describe a user or an item, 1 to 1024. Default 64. */
  readonly factors?: number | undefined;
  /** How much surer of an interaction than of its absence: see `confidence`. Positive. Default 20. */
  readonly alpha?: number | undefined;
  /**
   * The confidence in a cell of value v, where a cell without interaction has 1: `linear` is `1 + alpha * v` (equation
   * 3.1 of Hu, Koren and Volinsky), `log` is `1 + alpha * ln(1 + v / epsilon)` (their equation 6). Default `linear`.
   */
  readonly confidence?: 'linear' | 'log' | undefined;
  /** Of confidence `log`, positive. Default 1. */
  readonly epsilon?: number | undefined;
  /**
   * Regularisation, positive: what keeps the factors of those with little history small. Sparse data wants more.
   * Default 100.
   */
  readonly l2?: number | undefined;
  /**
   * From 0, where `l2` is every row's, to 1, where it grows in proportion to how much is known: a row whose cells have
   * confidences that add up to T has `l2 * (T / mean T of its side) ** frequencyScaling`. Up to a constant for each
   * side, which `l2` makes up for, this is the scaling of Rendle, Krichene, Zhang and Koren, "Revisiting the
   * Performance of iALS on Item Recommendation Benchmarks", RecSys 2022. Default 1.
   */
  readonly frequencyScaling?: number | undefined;
  /** How often users and then items are solved for. Default 15. */
  readonly iterations?: number | undefined;
  /** Steps of conjugate gradients in each, from where the last iteration ended. Default 3. */
  readonly cgSteps?: number | undefined;
  /** An integer from 0 on, for the random factors to begin with. Default 0. */
  readonly seed?: number | undefined;
}

const MAX_FACTORS = 1024;
/**
 * Beyond this float32 has too few digits left for the cells without interaction, and sums over many cells could leave
 * its range.
 */
const MAX_WEIGHT = 2 ** 20;
const MAX_L2 = 2 ** 40;

const OPTIONS = {
  factors: integer(64, 1, MAX_FACTORS),
  alpha: positive(20),
  confidence: choice('linear', 'log'),
  epsilon: positive(1),
  l2: positive(100, MAX_L2),
  frequencyScaling: number(1, { from: 0, to: 1 }),
  iterations: integer(15, 1, 1e6),
  cgSteps: integer(3, 1, 1e6),
  seed: withDefault(0, readSeed),
  ...COMPUTE_OPTIONS,
};

/** What a model keeps of its options. */
export type AlsSettings = Omit<SettingsOf<typeof OPTIONS>, keyof ComputeOptions>;

/** @throws KindredError INVALID_ARGUMENT, BACKEND_UNAVAILABLE */
export function readAlsOptions(
  options: ImplicitAlsOptions,
  others?: Readonly<Record<string, true>>,
): {
  settings: AlsSettings;
  backend: Backend;
  threads: number;
} {
  const { backend, threads, ...settings } = readOptions(options, OPTIONS, '{ factors: 64 }', others);
  return { settings, backend, threads };
}

function positive(fallback: number, most = 2 ** 100): OptionReader<number> {
  return withDefault(fallback, (given, name) => {
    if (typeof given === 'number' && given >= 2 ** -100 && given <= most) return given;
    throw refusal(name, given, `a positive number, at most 2^${Math.log2(most)}`);
  });
}

/**
 * What each cell weighs beyond the 1 of every cell; cells of value 0 say nothing and are left out.
 * @throws KindredError INVALID_ARGUMENT naming a negative value, or one whose confidence is above 2^20.
 */
export function weigh(
  { indices, values }: SparseRow,
  settings: AlsSettings,
  nameOf: (item: number) => string,
): { readonly indices: Uint32Array; readonly values: Float32Array } {
  const { alpha, epsilon, confidence } = settings;
  const weights = new Float32Array(values.length);
  let bad = -1;
  for (let n = 0; n < values.length; n++) {
    weights[n] = alpha * (confidence === 'log' ? Math.log1p(values[n] / epsilon) : values[n]);
    if (bad < 0 && !(values[n] >= 0 && weights[n] <= MAX_WEIGHT)) bad = n;
  }
  if (bad >= 0) {
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${nameOf(indices[bad])} has the value ${values[bad]}; ImplicitAls takes values >= 0 (how much someone ` +
        'did, not how much it was liked) for which alpha makes a confidence of at most 2^20.',
    );
  }
  if (!values.includes(0)) return { indices, values: weights };
  return { indices: indices.filter((_, n) => values[n] > 0), values: weights.filter((_, n) => values[n] > 0) };
}

/** The confidences of a row added up, those of cells without interaction included. */
export function totalConfidence(weights: ArrayLike<number>, cells: number): number {
  let total = cells;
  for (let n = 0; n < weights.length; n++) total += weights[n];
  return total;
}

/** The regularisation of a row whose confidences add up to `total`. */
export function l2Of({ l2, frequencyScaling }: AlsSettings, total: number, meanTotal: number): number {
  return Math.fround(l2 * (total / meanTotal) ** frequencyScaling);
}

/** The regularisation of every row of one side, and the mean total that it rests on. */
export function l2OfRows(cells: SparseRows, settings: AlsSettings): { l2: Float32Array; meanTotal: number } {
  const { rows, columns, indptr, values } = cells satisfies CsrArrays;
  const totals = Float64Array.from({ length: rows }, (_, row) =>
    totalConfidence(values.subarray(indptr[row], indptr[row + 1]), columns),
  );
  const meanTotal = totals.reduce((sum, total) => sum + total, 0) / Math.max(1, rows);
  return { l2: Float32Array.from(totals, (total) => l2Of(settings, total, meanTotal)), meanTotal };
}
