/** `npm run bench:costs`: where one way to search overtakes another; with --write, into the tables of the code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { backendInfo, openBackend } from 'kindred';
import { expectSameBits } from './check.js';
import { vectorsOf } from './data.js';
import { threeDigits } from './report/table.js';

const NATIVE_TABLE = fileURLToPath(new URL('../native/isa/costs.h', import.meta.url));
const WASM_TABLE = fileURLToPath(new URL('../src/backend/wasm/corpus/costs.ts', import.meta.url));
const K = 10;
/** More are left out with --quick. */
const QUICK_ROWS = 1000;
/** A pair of ways is timed in turns for so long, at least so often, and the fastest time of each counts. */
const MILLISECONDS = 150;
const TURNS = 5;
/** Vectors by size. */
const made = new Map();

const HELP = `npm run bench:costs -- [options]

Times the ways to search against each other on one thread, for every level that runs here, and prints from where on each is
the faster one: the numbers of native/isa/costs.h and src/backend/wasm/corpus/costs.ts. Keep the machine quiet meanwhile.

Options
  --level TEXT  only levels whose name contains TEXT, e.g. --level native/avx2
  --quick       one turn of everything, of few rows: shows that it runs, not what pays
  --write       rewrites the rows of these levels in the two files; build again after that
  --help        this text`;

const QUERIES = [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 32, 48, 64, 96];
const SIFTED = ['planes', 'half-codes', 'codes'];
const SHORT_AND_LONG = [
  [20_000, 128],
  [50_000, 768],
];

/**
 * From how many queries on a way beats the others, for each of the lengths of native/isa/costs.h, on rows that no
 * cache holds.
 */
function byLength(way, others) {
  const lengths = { ' below 96': 64, ' below 192': 128, ' below 512': 384, '': 768 };
  return Object.fromEntries(
    Object.entries(lengths).map(([length, dim]) => [
      `${way}${length}`,
      { ways: [way], others, queries: QUERIES, shapes: [[Math.max(100_000, 32e6 / dim), dim]], encoded: true },
    ]),
  );
}

/**
 * The numbers of a table: where `ways` become faster than `others` as one thing grows, on the whole over all `shapes`
 * (rows, elements). `lengths` are as in native/isa/costs.h.
 */
const NATIVE = {
  tiles: { ways: ['tiles'], others: ['scan'], queries: QUERIES, shapes: SHORT_AND_LONG },
  floats: { ways: ['floats'], others: ['scan', 'tiles'], queries: QUERIES, shapes: SHORT_AND_LONG },
  ...byLength('half-codes', ['planes']),
  ...byLength('codes', ['planes', 'half-codes']),
  rows: { ways: SIFTED, others: ['scan'], rows: [128, 256, 512, 1024, 2048, 4096], dims: [128, 768], encoded: true },
  elements: { ways: SIFTED, others: ['scan'], dims: [16, 32, 48, 64, 96, 128], rows: 16_384, encoded: true },
  part: { ways: SIFTED, others: ['scan'], parts: [2, 4, 8, 16, 32, 64, 128], shapes: [[20_000, 384]], encoded: true },
  pairs: {
    ways: ['pairs'],
    others: ['codes'],
    dims: [32, 64, 96, 128, 192, 256],
    rows: 16_384,
    encoded: true,
    all: true,
  },
};
const WASM = {
  batch: { ...NATIVE.tiles, ways: ['batch'] },
  rows: { ...NATIVE.rows, ways: ['filter'] },
  part: { ...NATIVE.part, ways: ['filter'] },
};

const { level: wanted, quick, write, help } = readOptions();
if (help) console.log(HELP);
else main();

function readOptions() {
  try {
    return parseArgs({
      options: {
        level: { type: 'string', default: '' },
        quick: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error.message}\nnpm run bench:costs -- --help lists what there is.`);
    process.exit(2);
  }
}

function main() {
  const levels = backendInfo()
    .candidates.filter(({ ok, name }) => ok && name !== 'reference')
    .map(({ name, level }) => `${name}/${level}`)
    .filter((level) => level.includes(wanted));
  if (levels.length === 0) {
    console.error(`no level that runs here has ${JSON.stringify(wanted)} in its name`);
    process.exit(2);
  }
  for (const level of levels) {
    const found = measureLevel(level);
    console.log(
      `${level}: ${Object.entries(found)
        .map(([name, value]) => `${name} ${value ?? 'never'}`)
        .join(', ')}\n`,
    );
    if (write) writeRow(level, found);
  }
}

function measureLevel(level) {
  const backend = openBackend(level);
  const found = {};
  for (const [name, comparison] of Object.entries(level.startsWith('wasm/') ? WASM : NATIVE)) {
    const ways = comparison.ways.filter((way) => canGo(backend, way));
    const points =
      ways.length === 0
        ? []
        : pointsOf(comparison)
            .map(({ at, cases }) => {
              const ratios = cases.map((each) => ratioOf(backend, { ...comparison, ways }, each));
              return { at, ratio: Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length) };
            })
            .filter(({ ratio }) => Number.isFinite(ratio));
    found[name] = startOf(points);
    if (points.length === 0) continue;
    console.log(`  ${name}: time of ${ways.join(' or ')} relative to ${comparison.others.join(' or ')}`);
    console.log(`    ${points.map(({ at, ratio }) => `${at}: ${threeDigits(ratio)}`).join('  ')}`);
  }
  return found;
}

/** What grows, and the sizes at each of its values. */
function pointsOf({ queries, rows, dims, parts, shapes }) {
  const casesOf = (counts, lengths, more) =>
    counts.flatMap((count) => lengths.map((dim) => ({ count, dim, many: 1, k: K, ...more })));
  const overShapes = (more) => shapes.flatMap(([count, dim]) => casesOf([count], [dim], more(count)));
  if (queries) return queries.filter(isTimed).map((many) => ({ at: many, cases: overShapes(() => ({ many })) }));
  if (parts)
    return parts.map((part) => ({ at: part, cases: overShapes((count) => ({ k: Math.floor(count / part) })) }));
  return Array.isArray(rows)
    ? rows.map((count) => ({ at: count, cases: casesOf([count], dims) }))
    : dims.map((dim) => ({ at: dim, cases: casesOf([rows], [dim]) }));
}

/** With --quick every third number of queries does. */
function isTimed(_, n) {
  return !quick || n % 3 === 0;
}

/** The first point from which on the ratio is below 1 for good; undefined if there is none. */
function startOf(points) {
  const last = points.findLastIndex(({ ratio }) => ratio >= 1);
  return points[last + 1]?.at;
}

/** Made once: that takes longer than searching them. */
function vectors(count, dim, seed = 0) {
  const key = `${count} ${dim} ${seed}`;
  if (!made.has(key)) made.set(key, vectorsOf('clustered', count, dim, seed));
  return made.get(key);
}

/** The time of the best of `ways` relative to the best of `others`, in turns; NaN where there is nothing to go by. */
function ratioOf(backend, { ways, others, encoded, all }, { count: rows, dim, many, k }) {
  const count = quick ? Math.min(rows, QUICK_ROWS) : rows;
  const corpus = backend.openCorpus(dim, 'cosine', { threads: 1 });
  try {
    corpus.append(vectors(count, dim));
    corpus.way = wayOf(ways[0]);
    while (encoded && corpus.encoder.encode(Number.MAX_SAFE_INTEGER) > 0);
    if (encoded && corpus.encoder.state === undefined) return Number.NaN;
    const best = new Map([...ways, ...others].map((way) => [way, Number.POSITIVE_INFINITY]));
    const queries = vectors(many, dim, 1);
    let right;
    const start = performance.now();
    for (let turn = 0; turn === 0 || (!quick && (turn < TURNS || performance.now() - start < MILLISECONDS)); turn++) {
      for (const [way, fastest] of best) {
        corpus.way = wayOf(way);
        const before = performance.now();
        const { positions, scores } = all
          ? neighborsOfAll(corpus, way, k)
          : corpus.search(queries, { k, minScore: Number.NEGATIVE_INFINITY });
        best.set(way, Math.min(fastest, performance.now() - before));
        right ??= { positions, scores };
        if (turn > 0) continue;
        expectSameBits('rows found', positions, right.positions);
        expectSameBits('scores found', scores, right.scores);
      }
    }
    const fastestOf = (some) => Math.min(...some.map((way) => best.get(way)));
    return fastestOf(ways) / fastestOf(others);
  } finally {
    corpus.free();
  }
}

/** `pairs` is no way to search, but one to go through the codes. */
function wayOf(way) {
  return way === 'pairs' ? 'codes' : way;
}

/** The neighbours of every row: each pair computed once, or a search for each row. */
function neighborsOfAll(corpus, way, k) {
  const request = { k, minScore: Number.NEGATIVE_INFINITY };
  const positions = new Uint32Array(corpus.size * k);
  const scores = new Float64Array(corpus.size * k);
  const take = (rows, found) =>
    rows.forEach((row, n) => {
      positions.set(found.positions.subarray(n * k, (n + 1) * k), row * k);
      scores.set(found.scores.subarray(n * k, (n + 1) * k), row * k);
    });
  if (way === 'pairs') {
    const graph = corpus.openGraph(request);
    for (let block = 0; block < graph.blocks; block++) take(graph.rows(block), graph.search(block));
    graph.free();
    return { positions, scores };
  }
  const step = 1024;
  for (let first = 0; first < corpus.size; first += step) {
    const rows = Uint32Array.from({ length: Math.min(step, corpus.size - first) }, (_, n) => first + n);
    take(rows, corpus.search(corpus.read(first, rows.length), request));
  }
  return { positions, scores };
}

/** Whether a level has the kernels of a way; without, it would go another. */
function canGo(backend, way) {
  if (backend.name === 'wasm' || ['scan', 'tiles'].includes(way)) return true;
  // A level with little use for it keeps no pairs: the table says so.
  if (way === 'pairs') return !rowOf(readFileSync(NATIVE_TABLE, 'utf8'), backend.level).numbers.endsWith('kNever');
  if (way.endsWith('codes')) return backend.openCorpus(1, 'dot').ways.includes(way);
  const corpus = backend.openCorpus(32, 'cosine', {});
  corpus.append(vectors(64, 32));
  corpus.way = 'planes';
  corpus.encoder.encode(64);
  const filters = corpus.encoder.state !== undefined;
  corpus.free();
  return filters;
}

/** The line of a level in native/isa/costs.h: `constexpr Costs kAvx2Costs = {...};`. */
function rowOf(text, level) {
  const words = level.split('-').map((word) => word[0].toUpperCase() + word.slice(1));
  const name = `k${words.join('')}Costs`;
  const [line, numbers] = new RegExp(`^constexpr Costs ${name} = \\{(.*)\\};.*$`, 'm').exec(text);
  return { line, name, numbers };
}

function writeRow(backend, found) {
  const [family, level] = backend.split('/');
  const note = `// ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, ${new Date().toISOString().slice(0, 10)}`;
  if (family === 'native') {
    const text = readFileSync(NATIVE_TABLE, 'utf8');
    const { line, name } = rowOf(text, level);
    const at = (each) => found[each] ?? 'kNever';
    const of = (way) => {
      const lengths = Object.keys(NATIVE).filter((each) => each === way || each.startsWith(`${way} below`));
      return `{${lengths.map(at).join(', ')}}`;
    };
    const numbers = [
      at('tiles'),
      at('floats'),
      of('half-codes'),
      of('codes'),
      at('rows'),
      at('elements'),
      at('part'),
      at('pairs'),
    ];
    writeFileSync(NATIVE_TABLE, text.replace(line, `constexpr Costs ${name} = {${numbers.join(', ')}};  ${note}`));
    return;
  }
  const text = readFileSync(WASM_TABLE, 'utf8');
  const numbers = Object.keys(WASM).map((each) => `${each}: ${found[each] ?? 'Number.POSITIVE_INFINITY'}`);
  const key = level.includes('-') ? `'${level}'` : level;
  const row = new RegExp(`^  '?${level}'?: \\{.*$`, 'm');
  writeFileSync(WASM_TABLE, text.replace(row, `  ${key}: { ${numbers.join(', ')} }, ${note}`));
}
