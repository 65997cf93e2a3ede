/** How sure a mean over users is: bootstrap intervals, and a test whether two means differ. */
import { Random } from '../data/random.js';

/** One metric of every evaluated user: the metric is Σ sums / Σ weights, or the root of that. */
export interface Column {
  readonly sums: Float64Array;
  /** What each user counts: absent if everyone counts 1, and 0 for a user for whom the metric is not defined. */
  readonly weights?: Float64Array | undefined;
  /** Whether the metric is the square root of the quotient, as rmse is. */
  readonly root?: boolean | undefined;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** How many resamples of the users, a positive integer. Default 1000. */
  readonly samples?: number | undefined;
  /** An integer from 0 to 2^53 - 1; the same seed gives the same intervals. Default 1. */
  readonly seed?: number | undefined;
  /** The confidence level, between 0 and 1. Default 0.95. */
  readonly level?: number | undefined;
}

export type Bootstrap = { readonly [Name in keyof BootstrapOptions]-?: number };

/** A column of values, NaN where a user has none. */
export function columnOf(values: Float64Array): Column {
  if (!values.some(Number.isNaN)) return { sums: values };
  return {
    sums: values.map((value) => (Number.isNaN(value) ? 0 : value)),
    weights: values.map((value) => (Number.isNaN(value) ? 0 : 1)),
  };
}

/** The metric over all users, or over those named by their rows; NaN if it is defined for none of them. */
export function estimate(column: Column, rows?: Uint32Array): number {
  const { sums, weights } = column;
  const all = rows ?? Uint32Array.from(sums.keys());
  let sum = 0;
  let weight = 0;
  for (const row of all) {
    sum += sums[row];
    weight += weights ? weights[row] : 1;
  }
  return quotient(column, sum, weight);
}

/** A user's own value, NaN where there is none. */
export function userValue(column: Column, row: number): number {
  return quotient(column, column.sums[row], column.weights ? column.weights[row] : 1);
}

/** For how many users the metric is defined. */
export function usersOf({ sums, weights }: Column, rows?: Uint32Array): number {
  if (!weights) return rows ? rows.length : sums.length;
  const some = rows ? rows.filter((row) => weights[row] > 0) : weights.filter((weight) => weight > 0);
  return some.length;
}

/**
 * The percentile interval of each column's metric: users are drawn with replacement, as many as there are, and the
 * metric is computed for the draw (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3). The
 * draws are shared by the columns, so the columns of one call vary together. Yields after some draws, with how many are
 * done.
 */
export function* bootstrap(
  columns: readonly Column[],
  { samples, seed, level }: Bootstrap,
  rows?: Uint32Array,
): Generator<number, Interval[], void> {
  const draws = drawing(rows ?? Uint32Array.from({ length: columns[0]?.sums.length ?? 0 }, (_, row) => row), seed);
  const resampled = columns.map(() => new Float64Array(samples));
  for (let sample = 0; sample < samples; sample++) {
    const draw = draws();
    columns.forEach((column, n) => {
      resampled[n][sample] = resample(column, draw);
    });
    if (sample % SAMPLES_A_STEP === SAMPLES_A_STEP - 1) yield sample + 1;
  }
  return resampled.map((values) => percentiles(values, level));
}

/** What two columns of the same users differ by. */
export interface PairedDifference extends Interval {
  /** The metric of the first minus that of the second. */
  readonly difference: number;
  /** Two-sided; see `pairedDifference`. */
  readonly pValue: number;
  /**
   * The mean difference per user in its standard deviations (Cohen's d for paired samples); 0 if users do not differ.
   */
  readonly effect: number;
}

/**
 * The interval is the paired bootstrap's: one draw of users for both columns. The p-value is that of a paired
 * randomization test (Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information
 * Retrieval Evaluation", CIKM 2007): if the two were alike, each user's two values might as well be swapped, so it is
 * the share of random swaps, the observed assignment counted as one of them, that give a difference at least as large.
 * Only users for whom both columns are defined take part.
 */
export function pairedDifference(
  first: Column,
  second: Column,
  { samples, seed, level }: Bootstrap,
  permutations: number,
): PairedDifference {
  const rows = Uint32Array.from(first.sums.keys()).filter((row) => isDefined(first, row) && isDefined(second, row));
  const draws = drawing(rows, seed);
  const resampled = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const draw = draws();
    resampled[sample] = resample(first, draw) - resample(second, draw);
  }
  return {
    difference: estimate(first, rows) - estimate(second, rows),
    ...percentiles(resampled, level),
    pValue: swapTest(first, second, rows, seed, permutations),
    effect: effectSize(rows, (row) => userValue(first, row) - userValue(second, row)),
  };
}

const SAMPLES_A_STEP = 20;
/** Differences this much smaller than the observed one, relatively, are rounding and count as equal to it. */
const ROUNDING = 1e-12;

/** Two numbers per user who differs, so that a swap is an index and not a branch. */
function swapTest(first: Column, second: Column, rows: Uint32Array, seed: number, permutations: number): number {
  const sums = pairsOf(rows, first.sums, second.sums);
  const weight = rows.reduce((sum, row) => sum + (first.weights ? first.weights[row] : 1), 0);
  if (sums.pairs.length === 0 || weight === 0) return 1;
  const difference = (a: number, b: number) => Math.abs(quotient(first, a, weight) - quotient(first, b, weight));
  const observed = total(sums, () => 0);
  const threshold = difference(...observed) * (1 - ROUNDING);
  const random = new Random(seed);
  let extreme = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    let bits = 0;
    const swapped = total(sums, (n) => {
      if (n % 32 === 0) bits = random.next();
      return (bits >>> (n % 32)) & 1;
    });
    if (difference(...swapped) >= threshold) extreme++;
  }
  return (extreme + 1) / (permutations + 1);
}

interface Pairs {
  /** Of users who do not differ, for the first and the second alike. */
  readonly same: number;
  readonly pairs: Float64Array;
}

function pairsOf(rows: Uint32Array, a: Float64Array, b: Float64Array): Pairs {
  const differing = rows.filter((row) => a[row] !== b[row]);
  const pairs = new Float64Array(2 * differing.length);
  differing.forEach((row, n) => {
    pairs[2 * n] = a[row];
    pairs[2 * n + 1] = b[row];
  });
  return { same: rows.reduce((sum, row) => sum + (a[row] === b[row] ? a[row] : 0), 0), pairs };
}

function total({ same, pairs }: Pairs, swapAt: (pair: number) => number): [first: number, second: number] {
  let first = same;
  let second = same;
  for (let n = 0; 2 * n < pairs.length; n++) {
    const swap = swapAt(n);
    first += pairs[2 * n + swap];
    second += pairs[2 * n + 1 - swap];
  }
  return [first, second];
}

function effectSize(rows: Uint32Array, differenceAt: (row: number) => number): number {
  const differences = Float64Array.from(rows, differenceAt);
  const mean = differences.reduce((sum, each) => sum + each, 0) / rows.length;
  const squares = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return squares > 0 ? mean / Math.sqrt(squares / (rows.length - 1)) : 0;
}

/** Each call draws as many of the rows as there are, with replacement, into one array. */
function drawing(rows: Uint32Array, seed: number): () => Uint32Array {
  const random = new Random(seed);
  const draw = new Uint32Array(rows.length);
  return () => {
    for (let n = 0; n < draw.length; n++) draw[n] = rows[Math.floor(random.next() * 2 ** -32 * rows.length)];
    return draw;
  };
}

function resample(column: Column, draw: Uint32Array): number {
  const { sums, weights } = column;
  let sum = 0;
  for (let n = 0; n < draw.length; n++) sum += sums[draw[n]];
  if (!weights) return quotient(column, sum, draw.length);
  let weight = 0;
  for (let n = 0; n < draw.length; n++) weight += weights[draw[n]];
  return quotient(column, sum, weight);
}

function quotient({ root }: Column, sum: number, weight: number): number {
  const mean = weight > 0 ? sum / weight : Number.NaN;
  return root ? Math.sqrt(mean) : mean;
}

function isDefined({ weights }: Column, row: number): boolean {
  return !weights || weights[row] > 0;
}

/**
 * The middle `level` of the values, interpolated linearly, in such a way that negated values give the negated interval.
 */
function percentiles(values: Float64Array, level: number): Interval {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const last = sorted.length - 1;
  if (last < 0) return { low: Number.NaN, high: Number.NaN };
  const place = (last * (1 - level)) / 2;
  const n = Math.floor(place);
  const next = Math.min(n + 1, last);
  const part = place - n;
  return {
    low: sorted[n] + part * (sorted[next] - sorted[n]),
    high: sorted[last - n] - part * (sorted[last - n] - sorted[last - next]),
  };
}
