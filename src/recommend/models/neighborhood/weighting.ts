/** TF-IDF and BM25: entries count for less the more others share their column. */
import type { SparseRows } from '../../../backend/contract/backend.js';
import { KindredError } from '../../../errors.js';
import type { SparseRow } from '../../data/csr.js';

export type Weighting = 'none' | 'bm25' | 'tfidf';

/**
 * Parameters of Okapi BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
 * 3.2.
 */
export interface Bm25Options {
  /** How soon more of the same stops to count, > 0. Default 1.2. */
  readonly k1?: number | undefined;
  /** How much long rows are held back, from 0 to 1. Default 0.75. */
  readonly b?: number | undefined;
}

/**
 * Weights for a matrix of items x users, each item being a document whose terms are users, as is usual for
 * neighbourhoods (Ferrari Dacrema et al., "A Troubling Analysis of Reproducibility and Progress in Recommender Systems
 * Research", TOIS 2021). With `N` items, `n(u)` of them the user's, the length `L(i)` of an item the sum of its values,
 * and `idf(u) = ln(N / (1 + n(u)))`:
 *
 *     tfidf = sqrt(value) · idf(u)
 *     bm25 = value · (k1 + 1) / (k1 · (1 - b + b · L(i) / mean of all L) + value) · idf(u)
 *
 * in float64 from left to right, rounded to float32. The logarithm is one of our own, so that all engines agree.
 */
export class Weights {
  readonly #weighting: Weighting;
  readonly #k1: number;
  readonly #items: number;
  /** Per item: `k1 · (1 - b + b · L(i) / mean)`. */
  readonly #norms: Float64Array;

  /** @throws KindredError INVALID_ARGUMENT if a value is negative. */
  constructor(byItem: SparseRows, weighting: Weighting, { k1 = 1.2, b = 0.75 }: Bm25Options = {}) {
    const { rows, indptr, values } = byItem;
    this.#weighting = weighting;
    this.#k1 = k1;
    this.#items = rows;
    this.#norms = new Float64Array(rows);
    if (weighting === 'none') return;
    requirePositive(values);
    let total = 0;
    for (let item = 0; item < rows; item++) {
      for (let p = indptr[item]; p < indptr[item + 1]; p++) this.#norms[item] += values[p];
      total += this.#norms[item];
    }
    const mean = total / rows;
    this.#norms = this.#norms.map((length) => k1 * (1 - b + (mean === 0 ? 0 : (b * length) / mean)));
  }

  /** The weighted users x items matrix; the matrix itself where nothing is weighted. */
  ofUsers(byUser: SparseRows): SparseRows {
    if (this.#weighting === 'none') return byUser;
    const values = new Float32Array(byUser.indptr[byUser.rows]);
    for (let user = 0; user < byUser.rows; user++) {
      const [begin, end] = [byUser.indptr[user], byUser.indptr[user + 1]];
      const idf = this.#idf(end - begin);
      for (let p = begin; p < end; p++) values[p] = this.#weigh(byUser.values[p], byUser.indices[p], idf);
    }
    return { ...byUser, values };
  }

  /** A weighted profile. @throws KindredError INVALID_ARGUMENT if a value is negative. */
  ofProfile(profile: SparseRow): SparseRow {
    if (this.#weighting === 'none' || profile.indices.length === 0) return profile;
    requirePositive(profile.values);
    const idf = this.#idf(profile.indices.length);
    const values = Float32Array.from(profile.values, (value, n) => this.#weigh(value, profile.indices[n], idf));
    return { indices: profile.indices, values };
  }

  #idf(items: number): number {
    return logarithm(this.#items / (1 + items));
  }

  #weigh(value: number, item: number, idf: number): number {
    if (this.#weighting === 'tfidf') return Math.sqrt(value) * idf;
    // A value of 0 counts for nothing, also where b = 1 makes the denominator 0.
    return value === 0 ? 0 : ((value * (this.#k1 + 1)) / (this.#norms[item] + value)) * idf;
  }
}

function requirePositive(values: Float32Array | Float64Array): void {
  const wrong = values.find((value) => value < 0);
  if (wrong === undefined) return;
  throw new KindredError('INVALID_ARGUMENT', `A value is ${wrong}; weighting needs values >= 0.`);
}

/**
 * The natural logarithm of a finite number >= 0 by basic arithmetic alone, which every engine rounds alike (Math.log is
 * free to differ in the last bit): `ln(m · 2^e) = e ln 2 + 2 (s + s³/3 + s⁵/5 + ...)` with `s = (m - 1) / (m + 1)`, m
 * near 1.
 */
export function logarithm(x: number): number {
  if (!(x > 0)) return Number.NEGATIVE_INFINITY;
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > Math.SQRT2; exponent++) mantissa /= 2;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  const s = (mantissa - 1) / (mantissa + 1);
  let series = 0;
  // Smallest first; s² < 0.03, so the terms left out are below the last bit.
  for (let power = 23; power >= 1; power -= 2) series = series * s * s + 1 / power;
  return exponent * Math.LN2 + 2 * s * series;
}
