/** Case `costs`: from which size on the encoded copy pays, over a grid of rows, queries and dimensions. */
import { openBackend, VectorIndex } from 'kindred';
import { expectSameBits } from '../check.js';
import { readRaw, writeRaw, writeVectors } from '../data.js';
import { expectOptions, isEncoded, K, searchNote, searchWork } from '../search.js';
import { count, sizesOf } from '../sizes.js';
import { threeDigits } from '../table.js';

const GRID = {
  full: { rows: [1000, 4000, 16_000, 64_000], queries: [1, 8, 64, 512], dims: [128, 384, 768] },
  quick: { rows: [512, 2048], queries: [1, 8], dims: [64] },
};

/** Queries that the reference answers too. */
const CHECKED = 4;

export const costs = {
  name: 'costs',
  about: `exact top ${K} by cosine with an encoded copy and without, over a grid of sizes`,
  checked: `rows and scores of ${CHECKED} queries bit for bit against the reference`,
  /** Hundreds of processes: only where it is asked for by name. */
  onRequest: true,
  sizes(options) {
    const grid = options.quick ? GRID.quick : GRID.full;
    const sizes = grid.dims.flatMap((dim) => grid.queries.map((queries) => ({ dim, queries, data: 'clustered' })));
    const given = { ...options, rows: undefined };
    const counts = options.rows ?? grid.rows;
    return sizesOf(sizes, given, ({ dim, queries, data }) => {
      return `d = ${dim}, ${count(queries)} quer${queries === 1 ? 'y' : 'ies'}${data === 'clustered' ? '' : `, ${data}`}`;
    }).map((size) => ({ ...size, counts: counts.toSorted((a, b) => a - b) }));
  },

  prepare(size, folder) {
    const { rows, queries } = load({ size, folder }, size.counts.at(-1));
    const corpus = openBackend('reference').openCorpus(size.dim, 'cosine');
    const checked = queries.subarray(0, Math.min(CHECKED, size.queries) * size.dim);
    for (const [n, many] of size.counts.entries()) {
      corpus.append(rows.subarray((n > 0 ? size.counts[n - 1] : 0) * size.dim, many * size.dim));
      const { positions, scores } = corpus.search(checked, { k: K, minScore: Number.NEGATIVE_INFINITY });
      writeRaw(folder, expectedName(size, many, 'positions'), positions);
      writeRaw(folder, expectedName(size, many, 'scores'), scores);
    }
  },

  contenders: ({ levels, size, threads }) =>
    levels.flatMap((level, n) =>
      (n === 0 ? threads : [1]).flatMap((many) =>
        size.counts.flatMap((rows) =>
          ['auto', 'none'].map((encode) => ({
            name: nameOf({ level, threads: many, rows, encode }),
            isKindred: true,
            level,
            threads: many,
            open: (input) => search(input, { level, threads: many, rows, encode }),
          })),
        ),
      ),
    ),

  /** For each level, number of threads and size: where the two ways cross. */
  summary(results) {
    const series = new Map();
    for (const { size, contender, median } of results) {
      const { way, rows, encode } = parsed(contender);
      const key = `${size}; ${way}`;
      if (!series.has(key)) series.set(key, new Map());
      const byRows = series.get(key);
      byRows.set(rows, { ...byRows.get(rows), [encode]: median });
    }
    const lines = [...series].map(([key, byRows]) => {
      const points = [...byRows].map(([rows, { auto, none }]) => ({ rows, ratio: auto / none }));
      const known = points.filter(({ ratio }) => Number.isFinite(ratio));
      const ratios = known.map(({ rows, ratio }) => `${count(rows)}: ${threeDigits(ratio)}`).join(', ');
      return `  ${key}: ${known.length === 0 ? 'nothing to compare' : `${crossover(known)} (${ratios})`}`;
    });
    return ['', 'costs: time with the encoded copy relative to the time without, by rows', ...lines];
  },
};

function nameOf({ level, threads, rows, encode }) {
  return `kindred ${level}, ${threads} thread${threads === 1 ? '' : 's'}, ${count(rows)} rows, encode ${encode}`;
}

function parsed(contender) {
  const [, way, rows, encode] = /^kindred (.*), ([\d,]+) rows, encode (auto|none)$/.exec(contender) ?? [];
  return { way, rows: Number(rows?.replaceAll(',', '')), encode };
}

/**
 * Where the ratio falls below 1 for good, on a straight line between the logarithms of neighbouring points.
 * `points` ascend by rows: `{ rows, ratio }`.
 */
export function crossover(points) {
  const last = points.findLastIndex(({ ratio }) => ratio >= 1);
  if (last === points.length - 1) return 'encoded never faster';
  if (last === -1) return 'encoded always faster';
  const [a, b] = [points[last], points[last + 1]];
  const share = Math.log(a.ratio) / (Math.log(a.ratio) - Math.log(b.ratio));
  const rows = Math.exp(Math.log(a.rows) + share * (Math.log(b.rows) - Math.log(a.rows)));
  return `encoded faster from ${count(Number(rows.toPrecision(2)))} rows on`;
}

/** The first `many` rows: one file serves the whole column of the grid. */
function load({ size, folder }, many) {
  const name = writeVectors(folder, { ...size, rows: size.counts.at(-1) });
  const queries = writeVectors(folder, { ...size, rows: size.queries }, 1);
  return {
    rows: readRaw(folder, name, Float32Array, many * size.dim),
    queries: readRaw(folder, queries, Float32Array),
  };
}

function expectedName({ dim, queries, data }, many, what) {
  return `costs-${data}-${many}x${dim}-${queries}-${what}`;
}

function search(input, { level, threads, rows: many, encode }) {
  const { size, folder } = input;
  const { rows, queries } = load(input, many);
  const index = VectorIndex.from(rows, { dim: size.dim, backend: level, threads, encode });
  expectOptions(index, { threads, encode: 'none' });
  const expected = (what, ArrayType) => readRaw(folder, expectedName(size, many, what), ArrayType);
  const encoded = isEncoded(index);
  return {
    run: () => index.searchBatch(queries, K),
    check({ positions, scores }) {
      const rightPositions = expected('positions', Uint32Array);
      expectSameBits('rows found', positions.subarray(0, rightPositions.length), rightPositions);
      expectSameBits('scores found', scores.subarray(0, rightPositions.length), expected('scores', Float64Array));
    },
    work: searchWork({ rows: many, dim: size.dim }, size.queries, encoded),
    note: () => (encode === 'auto' ? searchNote(index) || 'not encoded' : ''),
  };
}
