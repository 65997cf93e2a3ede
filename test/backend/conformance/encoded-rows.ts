/** Rows that the bounds of an encoding find hard, or easy: drawn without any function whose rounding an engine may choose. */
import type { Random } from './random.js';
import { powerOfTwo } from './vectors.js';

export type DrawRows = (random: Random, rows: number, dim: number) => Float32Array;

/** About normal: four uniform numbers added. */
const bell = (random: Random) => (random.signed() + random.signed() + random.signed() + random.signed()) / 2;

const filled = (rows: number, dim: number, element: (row: number, column: number) => number) => {
  const data = new Float32Array(rows * dim);
  for (let i = 0; i < data.length; i++) data[i] = element(Math.floor(i / dim), i % dim);
  return data;
};

/** Rows around `count` centres, `cluster` of them telling which one a row belongs to. */
const clusters = (count: number, cluster: (row: number, rows: number, random: Random) => number): DrawRows => {
  return (random, rows, dim) => {
    const centres = filled(count, dim, () => bell(random));
    let row = -1;
    let centre = 0;
    return filled(rows, dim, (r, column) => {
      if (r !== row) centre = cluster(r, rows, random);
      row = r;
      return centres[centre * dim + column] + bell(random) / 8;
    });
  };
};

export const ENCODED_ROWS: Record<string, DrawRows> = {
  uniform: (random, rows, dim) => filled(rows, dim, () => random.signed()),
  clustered: clusters(12, (_row, _rows, random) => random.below(12)),
  'sorted by cluster': clusters(12, (row, rows) => Math.floor((row * 12) / rows)),
  equal: (random, rows, dim) => {
    const row = filled(1, dim, () => random.signed());
    return filled(rows, dim, (_, column) => row[column]);
  },
  'one-hot': (random, rows, dim) => {
    const data = new Float32Array(rows * dim);
    for (let r = 0; r < rows; r++) data[r * dim + random.below(dim)] = random.below(2) === 0 ? 1 : -2;
    return data;
  },
  'each of one value': (_random, rows, dim) => filled(rows, dim, (row) => (row % 9) - 4),
  'with enormous ones among them': (random, rows, dim) =>
    filled(rows, dim, (row) => random.signed() * (row % 37 === 5 ? powerOfTwo(40) : 1)),
  'of 1e-30 and 1e30': (random, rows, dim) =>
    filled(rows, dim, (row) => random.signed() * [1e-30, 1, 1e30, 0][row % 4] * (random.below(5) === 0 ? 1e-6 : 1)),
  'one ulp apart': (random, rows, dim) => {
    const row = filled(1, dim, () => random.signed());
    const data = filled(rows, dim, (_, column) => row[column]);
    const bits = new Uint32Array(data.buffer);
    for (let r = 0; r < rows; r++) bits[r * dim + random.below(dim)] += random.below(2);
    return data;
  },
  'around a distant mean': (random, rows, dim) => filled(rows, dim, (_, column) => 1000 + (column % 7) + bell(random)),
  'with outlier elements': (random, rows, dim) =>
    filled(rows, dim, (_, column) => bell(random) * (column % 40 === 3 ? 64 : 1)),
  'half of them zero': (random, rows, dim) => {
    let zero = false;
    return filled(rows, dim, (_, column) => {
      if (column === 0) zero = random.below(2) === 0;
      return zero ? 0 : random.signed();
    });
  },
};
