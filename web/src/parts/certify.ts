/** The idea of the search in its smallest form: rows in a few bits, an interval for each score, and who is left. */

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** What the score is. A search computes it only for rows that are left. */
  readonly score: number;
  readonly isLeft: boolean;
}

export interface Sifted {
  readonly intervals: readonly Interval[];
  /** The k-th best lower end: who cannot reach it cannot be among the best k. */
  readonly threshold: number;
}

/**
 * With x = s·q + e for a row of length 1 and a query y of length 1, Cauchy and Schwarz say that
 * |<x, y> - <s·q, y>| is at most the length of e. The length of e is stored beside q.
 * @param bits of each value of q, from 2 to 8
 */
export function sift(rows: readonly Float32Array[], query: Float32Array, bits: number, k: number): Sifted {
  const y = unit(query);
  const most = 2 ** (bits - 1) - 1;
  const bounds = rows.map((row) => {
    const x = unit(row);
    const scale = Math.max(...x.map(Math.abs)) / most;
    const rounded = x.map((value) => scale * Math.round(value / scale));
    const error = Math.hypot(...x.map((value, n) => value - rounded[n]));
    const estimate = dot(rounded, y);
    return { low: estimate - error, high: Math.min(1, estimate + error), score: dot(x, y) };
  });
  const threshold = bounds.map(({ low }) => low).sort((a, b) => b - a)[k - 1];
  return { threshold, intervals: bounds.map((bound) => ({ ...bound, isLeft: bound.high >= threshold })) };
}

function unit(row: Float32Array): number[] {
  const length = Math.hypot(...row);
  return [...row].map((value) => value / length);
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, n) => sum + value * b[n], 0);
