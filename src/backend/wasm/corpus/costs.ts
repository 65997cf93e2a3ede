/**
 * Where one way to search overtakes another, for each level: what `npm run bench:costs` measures, and rewrites with `--
 * --write`. They decide how fast a search is, never what it answers.
 */
export interface Costs {
  /** Queries from which packing rows and queries for register blocks costs less than it saves. */
  readonly batch: number;
  /** Rows from which sifting an encoded copy is faster than scoring every row. */
  readonly rows: number;
  /** A filter pays while no more than one row in so many is wanted. */
  readonly part: number;
}

/** A level without integer products never filters. */
export const COSTS: Readonly<Record<'scalar' | 'simd' | 'relaxed-simd', Costs>> = {
  scalar: { batch: 2, rows: Number.POSITIVE_INFINITY, part: Number.POSITIVE_INFINITY }, // AMD EPYC, 2026-11-24
  simd: { batch: 6, rows: 512, part: 16 }, // AMD EPYC, 2026-11-24
  'relaxed-simd': { batch: 6, rows: 512, part: 16 }, // not measured: as simd
};
