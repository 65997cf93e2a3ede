/** Cases `graph` and `duplicates`: every row against every other of its own index. */
import { openBackend, VectorIndex } from 'kindred';
import { digest, expectNear, expectSameBits, TOLERANCE } from '../check.js';
import { readRaw, writeRaw, writeVectors } from '../data.js';
import { askPython } from '../peers/python.js';
import { expectOptions, expectRanked, indexContenders, isEncoded, K, pythonContenders, searchNote } from '../search.js';
import { count, shape, sizesOf } from '../sizes.js';
import { having } from '../unavailable.js';

/** Rows whose answers are examined, spread over all. */
const CHECKED_ROWS = 16;

/** Rows of one cluster have a cosine of about one half, others of about 0: this finds the closer half of a cluster. */
const MIN_SCORE = 0.5;

const sizes = (options) =>
  sizesOf([{ rows: options.quick ? 2000 : 20_000, dim: options.quick ? 384 : 768, data: 'clustered' }], options, shape);

export const graph = {
  name: 'graph',
  about: `the ${K} nearest others of every row by cosine`,
  checked:
    `kindred: the neighbours of ${CHECKED_ROWS} rows bit for bit against the reference, and all alike on every level; ` +
    `others: the ${CHECKED_ROWS} within ${TOLERANCE}`,
  sizes,
  prepare: (size, folder) => prepareRows(size, folder, { k: K + 1, minScore: Number.NEGATIVE_INFINITY }),
  contenders: ({ levels, size, threads }) => [
    ...indexContenders({ levels, size, threads }, kindredGraph),
    ...pythonContenders('numpy X @ X.T by blocks + argpartition', ['numpy'], threads, (input, many) =>
      pythonGraph(input, 'graph_numpy', many),
    ),
    ...pythonContenders('faiss IndexFlatIP', ['numpy', 'faiss'], threads, (input, many) =>
      pythonGraph(input, 'graph_faiss', many),
    ),
  ],
};

export const duplicates = {
  name: 'duplicates',
  about: `all pairs of rows with a cosine of at least ${MIN_SCORE}, best first`,
  checked:
    `kindred: the pairs of ${CHECKED_ROWS} rows bit for bit against the reference, and all alike on every level; ` +
    `others: the ${CHECKED_ROWS} within ${TOLERANCE}`,
  sizes,
  prepare: (size, folder) => prepareRows(size, folder, { k: size.rows, minScore: MIN_SCORE }),
  contenders: ({ levels, size, threads }) => [
    ...indexContenders({ levels, size, threads }, kindredPairs),
    ...pythonContenders('numpy X @ X.T by blocks, nonzero, sort', ['numpy'], threads, pythonPairs),
  ],
};

function checkedRows({ rows }) {
  return Array.from({ length: CHECKED_ROWS }, (_, n) => Math.round((n * (rows - 1)) / (CHECKED_ROWS - 1)));
}

function rowsOf({ size, folder }) {
  return readRaw(folder, writeVectors(folder, size), Float32Array);
}

/** What the reference finds for the checked rows, each itself left out: `[row, other, score]` one after the other. */
function prepareRows(size, folder, options) {
  const { dim } = size;
  const data = rowsOf({ size, folder });
  const corpus = openBackend('reference').openCorpus(dim, 'cosine');
  corpus.append(data);
  const cells = checkedRows(size).flatMap((row) => {
    const { counts, positions, scores } = corpus.search(data.subarray(row * dim, (row + 1) * dim), options);
    const hits = Array.from(positions.subarray(0, counts[0]), (other, n) => [row, other, scores[n]]);
    const others = hits.filter(([, other]) => other !== row);
    return Number.isFinite(options.minScore) ? others : others.slice(0, K);
  });
  writeRaw(folder, expectedName(size, options), Float64Array.from(cells.flat()));
}

function expectedName({ rows, dim, data }, { minScore }) {
  return `graph-${data}-${rows}x${dim}-${minScore}.f64`;
}

function expectedCells({ size, folder }, minScore) {
  const flat = readRaw(folder, expectedName(size, { minScore }), Float64Array);
  return Array.from({ length: flat.length / 3 }, (_, n) => flat.subarray(3 * n, 3 * n + 3));
}

/** Each pair once, as int8 or float32 products; the rows stay in some cache while a block meets them. */
function graphWork({ rows, dim }, encoded) {
  return { [encoded ? 'int8' : 'float32']: rows * rows * dim };
}

function openFull(input, level, options) {
  const index = VectorIndex.from(rowsOf(input), { dim: input.size.dim, backend: level, ...options });
  expectOptions(index, options);
  return index;
}

function kindredGraph(input, level, options) {
  const index = having('VectorIndex', openFull(input, level, options), 'neighborGraph');
  return {
    run: () => index.neighborGraph(K),
    check({ counts, positions, scores }) {
      const expected = expectedCells(input, Number.NEGATIVE_INFINITY);
      const cells = checkedRows(input.size).flatMap((row) => Array.from({ length: K }, (_, n) => row * K + n));
      const at = (array) => cells.map((cell) => array[cell]);
      const column = (n) => expected.map((each) => each[n]);
      expectSameBits('neighbours', at(positions), column(1));
      expectSameBits('their scores', at(scores), column(2));
      return digest(counts, positions, scores);
    },
    work: graphWork(input.size, isEncoded(index)),
    note: () => searchNote(index),
  };
}

function kindredPairs(input, level, options) {
  const index = having('VectorIndex', openFull(input, level, options), 'similarPairs');
  let found = 0;
  return {
    run: () => index.similarPairs({ minScore: MIN_SCORE }),
    check(pairs) {
      found = pairs.length;
      expectPairs(
        input,
        pairs.map(({ a, b, score }) => [a, b, score]),
        expectSameBits,
      );
      return digest(Float64Array.from(pairs.flatMap(({ a, b, score }) => [a, b, score])));
    },
    work: graphWork(input.size, isEncoded(index)),
    note: () => `${count(found)} pairs${searchNote(index) && `, ${searchNote(index)}`}`,
  };
}

/** The pairs of each checked row are those the reference found, and all pairs are in order. */
function expectPairs(input, pairs, expectScores, margin = 0) {
  if (pairs.some(([a, b, score], n) => a >= b || (n > 0 && score > pairs[n - 1][2]))) {
    throw new Error('pairs are not in the order of falling scores, the earlier row first');
  }
  const expected = expectedCells(input, MIN_SCORE);
  const keyOf = ([a, b]) => `${a} ${b}`;
  const scores = new Map(pairs.map((pair) => [keyOf(pair), pair[2]]));
  const right = expected.map(([row, other, score]) => [Math.min(row, other), Math.max(row, other), score]);
  const sure = right.filter(([, , score]) => score >= MIN_SCORE + margin);
  expectScores(
    'scores of the pairs',
    sure.map((pair) => scores.get(keyOf(pair)) ?? Number.NaN),
    sure.map(([, , score]) => score),
  );
  const known = new Set(right.map(keyOf));
  const checked = new Set(checkedRows(input.size));
  const extra = pairs.find(
    (pair) =>
      (checked.has(pair[0]) || checked.has(pair[1])) && !known.has(keyOf(pair)) && pair[2] >= MIN_SCORE + margin,
  );
  if (extra !== undefined) throw new Error(`rows ${keyOf(extra)} were given as a pair and are none`);
}

function ask({ size, folder, isQuick }, task, threads) {
  return askPython({
    task,
    folder,
    threads,
    dim: size.dim,
    k: K,
    minScore: MIN_SCORE,
    quick: isQuick,
    checkedRows: checkedRows(size),
    rows: writeVectors(folder, size),
  });
}

function pythonGraph(input, task, threads) {
  const { size } = input;
  const { samples, positions, scores, note } = ask(input, task, threads);
  const data = rowsOf(input);
  const reference = openBackend('reference');
  const row = (n) => data.subarray(n * size.dim, (n + 1) * size.dim);
  const rows = checkedRows(size);
  const expected = expectedCells(input, Number.NEGATIVE_INFINITY).map(([, , score]) => score);
  expectRanked(expected, positions, scores, (n, other) => reference.cosine(row(rows[n]), row(other)));
  return { samples, note, work: graphWork(size) };
}

function pythonPairs(input, threads) {
  const { samples, pairs, count: found, note } = ask(input, 'pairs_numpy', threads);
  expectPairs(input, pairs, expectNear, TOLERANCE);
  return { samples, work: graphWork(input.size), note: [`${count(found)} pairs`, note].filter(Boolean).join(', ') };
}
