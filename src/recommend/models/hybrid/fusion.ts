/** What each model of a mixture adds to a score: scaled scores, or reciprocal ranks. */
import { choice, number, readOptions, type SettingsOf } from '../options.js';

export interface HybridOptions {
  /** `weighted` (default) adds scores; `rrf` adds reciprocal ranks, which needs no common scale. */
  readonly method?: 'weighted' | 'rrf' | undefined;
  /**
   * How `weighted` brings each model's scores to one scale, for one person: `minmax` (default) takes those of the items
   * that the person does not have linearly to 0..1 (all to 1 if they are equal); `zscore` to mean 0 and standard
   * deviation 1 (all to 0); `none` takes them as they are.
   */
  readonly normalize?: 'minmax' | 'zscore' | 'none' | undefined;
  /** The constant of `rrf`, a finite number >= 0: the larger, the less the first places stand out. Default 60. */
  readonly rankConstant?: number | undefined;
}

const OPTIONS = {
  method: choice('weighted', 'rrf'),
  normalize: choice('minmax', 'zscore', 'none'),
  rankConstant: number(60, { from: 0 }),
};

/** Checked options with the defaults filled in. */
export type Fusion = SettingsOf<typeof OPTIONS>;

/** @throws KindredError INVALID_ARGUMENT */
export function readFusion(options: HybridOptions, others?: Readonly<Record<string, true>>): Fusion {
  return readOptions(options, OPTIONS, "{ method: 'weighted' }", others);
}

/**
 * What each model adds to the score of every item, for someone who has the items `seen`. Scores are NaN where a model
 * cannot rank an item, and so is what it adds.
 */
export function contributionsOf(
  scores: readonly Float64Array[],
  weights: readonly number[],
  seen: Uint32Array,
  { method, normalize, rankConstant }: Fusion,
): Float64Array[] {
  const isSeen = new Uint8Array(scores[0].length);
  for (const item of seen) isSeen[item] = 1;
  // Everybody's every score comes along here: loops, because callbacks take several times as long.
  if (method === 'rrf') {
    return scores.map((each, n) => {
      const ranks = ranksOf(each, isSeen);
      for (let item = 0; item < ranks.length; item++) ranks[item] = weights[n] / (rankConstant + ranks[item]);
      return ranks;
    });
  }
  const weighted = (scaled: Float64Array, n: number) => {
    for (let item = 0; item < scaled.length; item++) scaled[item] *= weights[n];
    return scaled;
  };
  if (normalize === 'none') return scores.map((each, n) => weighted(each.slice(), n));
  if (normalize === 'minmax') return scores.map((each) => toUnitRange(each, isSeen)).map(weighted);
  const isRanked = scores[0].map((_, item) => (scores.some((each) => !Number.isNaN(each[item])) ? 1 : 0));
  return scores.map((each) => standardised(each, isSeen, isRanked)).map(weighted);
}

/** Of the scores that a model has for items that are not seen. */
function rangeOf(scores: Float64Array, isSeen: Uint8Array): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let item = 0; item < scores.length; item++) {
    // Comparing leaves NaN out.
    if (isSeen[item] !== 0) continue;
    if (scores[item] < low) low = scores[item];
    if (scores[item] > high) high = scores[item];
  }
  return { low, high };
}

function toUnitRange(scores: Float64Array, isSeen: Uint8Array): Float64Array {
  const { low, high } = rangeOf(scores, isSeen);
  const scaled = new Float64Array(scores.length);
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item];
    scaled[item] = Number.isNaN(score) ? score : high > low ? (score - low) / (high - low) : 1;
  }
  return scaled;
}

/** Items that some model ranks but not this one get the least that this one gives. */
function standardised(scores: Float64Array, isSeen: Uint8Array, isRanked: Float64Array): Float64Array {
  const open = scores.filter((score, item) => isSeen[item] === 0 && !Number.isNaN(score));
  const { low, high } = rangeOf(scores, isSeen);
  const mean = open.reduce((sum, score) => sum + score, 0) / open.length;
  const deviation = Math.sqrt(open.reduce((sum, score) => sum + (score - mean) ** 2, 0) / open.length);
  // Asked of the range, because the mean of equal scores may be off by a rounding.
  const scale = (score: number) => (high > low ? (score - mean) / deviation : 0);
  return scores.map((score, item) => {
    if (!Number.isNaN(score)) return scale(score);
    return isRanked[item] === 1 ? scale(low) : Number.NaN;
  });
}

/** For every item, 1 and how many items that are not seen come before it; NaN where there is no score. */
function ranksOf(scores: Float64Array, isSeen: Uint8Array): Float64Array {
  const ranks = new Float64Array(scores.length).fill(Number.NaN);
  let rank = 1;
  const order = descending(scores);
  for (let n = 0; n < order.length; n++) {
    ranks[order[n]] = rank;
    if (isSeen[order[n]] === 0) rank++;
  }
  return ranks;
}

const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;

/**
 * The positions of all scores but NaN, highest first, equal ones ascending. A radix sort of their bits: everybody's
 * every score is sorted, and a sort that compares took most of the time.
 */
function descending(scores: Float64Array): Uint32Array {
  const count = scores.length;
  const words = new Uint32Array(new Float64Array(scores).buffer);
  const [low, high] = IS_LITTLE_ENDIAN ? [0, 1] : [1, 0];
  const lows = new Uint32Array(count);
  const highs = new Uint32Array(count);
  let order = new Uint32Array(count);
  let size = 0;
  for (let item = 0; item < count; item++) {
    const score = scores[item];
    if (Number.isNaN(score)) continue;
    order[size++] = item;
    // Of positive numbers all bits but the sign are turned: then larger ones, and all before negative ones, come first.
    const isNegative = score < 0;
    // -0 equals 0 but has other bits.
    lows[item] = isNegative ? words[2 * item + low] : ~words[2 * item + low];
    highs[item] = isNegative ? words[2 * item + high] : ~words[2 * item + high] & 0x7fffffff;
  }
  order = order.subarray(0, size);
  let next = new Uint32Array(size);
  const digits = new Uint16Array(count);
  const starts = new Uint32Array(DIGITS + 1);
  for (let bit = 0; bit < 64; bit += DIGIT_BITS) {
    starts.fill(0);
    for (let n = 0; n < size; n++) {
      const item = order[n];
      let digit = bit < 32 ? lows[item] >>> bit : highs[item] >>> (bit - 32);
      if (bit < 32 && bit + DIGIT_BITS > 32) digit |= highs[item] << (32 - bit);
      digits[item] = digit & (DIGITS - 1);
      starts[digits[item] + 1]++;
    }
    for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1] += starts[digit];
    for (let n = 0; n < size; n++) next[starts[digits[order[n]]]++] = order[n];
    [order, next] = [next, order];
  }
  return order;
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
