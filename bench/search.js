/** What the cases `query` and `batch` share: data, the right answers, and how an answer is examined. */
import { openBackend, VectorIndex } from 'kindred';
import { expectNear, expectSameBits } from './check.js';
import { readRaw, writeRaw, writeVectors } from './data.js';
import { loadTensorflow } from './peers/load.js';
import { askPython } from './python.js';

export const K = 10;

/** Queries whose answers are examined in full; the reference takes its time. */
const CHECKED_QUERIES = 16;

export function checkedQueries({ queries }) {
  return Math.min(queries, CHECKED_QUERIES);
}

/** Writes rows, queries and what the reference backend finds for the first queries. */
export function prepareSearch(size, folder) {
  const { rows, queries } = loadSearch({ size, folder });
  const corpus = openBackend('reference').openCorpus(size.dim, 'cosine');
  corpus.append(rows);
  const first = queries.subarray(0, checkedQueries(size) * size.dim);
  const { positions, scores } = corpus.search(first, { k: K, minScore: Number.NEGATIVE_INFINITY });
  writeRaw(folder, expectedName(size, 'positions.u32'), positions);
  writeRaw(folder, expectedName(size, 'scores.f64'), scores);
}

export function loadSearch({ size, folder }) {
  return {
    rows: readRaw(folder, rowsName(size, folder), Float32Array),
    queries: readRaw(folder, queriesName(size, folder), Float32Array),
  };
}

function rowsName({ rows, dim }, folder) {
  return writeVectors(folder, rows, dim);
}

function queriesName({ queries, dim }, folder) {
  return writeVectors(folder, queries, dim, 1);
}

function expectedName({ rows, dim, queries }, what) {
  return `search-${rows}x${dim}-${queries}-${what}`;
}

/** kindred's answers to the first queries, flat: the same rows and the same bits as the reference. */
export function expectExact({ size, folder }, positions, scores) {
  const cells = checkedQueries(size) * K;
  expectSameBits(
    'rows found',
    positions.slice(0, cells),
    readRaw(folder, expectedName(size, 'positions.u32'), Uint32Array),
  );
  expectSameBits(
    'scores found',
    scores.slice(0, cells),
    readRaw(folder, expectedName(size, 'scores.f64'), Float64Array),
  );
}

/**
 * A peer's answers: the score at each rank is right within the tolerance, and so is the true score of the row given
 * there (rows that float32 cannot tell apart may change places), and no row is given twice.
 */
export function expectAsGood(input, positions, scores) {
  const { size, folder } = input;
  const { dim } = size;
  const cells = checkedQueries(size) * K;
  const expected = readRaw(folder, expectedName(size, 'scores.f64'), Float64Array);
  expectNear('scores found', Array.from(scores).slice(0, cells), expected);
  const { rows, queries } = loadSearch(input);
  const reference = openBackend('reference');
  const trueScores = Array.from({ length: cells }, (_, cell) => {
    const query = Math.floor(cell / K);
    const row = Number(positions[cell]);
    return reference.cosine(
      queries.subarray(query * dim, (query + 1) * dim),
      rows.subarray(row * dim, (row + 1) * dim),
    );
  });
  expectNear('true scores of the rows found', trueScores, expected);
  for (let query = 0; query < cells / K; query++) {
    const found = new Set(Array.from(positions).slice(query * K, (query + 1) * K));
    if (found.size !== K) throw new Error(`query ${query} was given a row twice`);
  }
}

/** `expectAsGood` for a peer that answers one query at a time with `{ positions, scores }`. */
export function expectAsGoodOneByOne(input, queries, answerTo) {
  const answers = queries.slice(0, checkedQueries(input.size)).map(answerTo);
  expectAsGood(
    input,
    answers.flatMap((each) => Array.from(each.positions)),
    answers.flatMap((each) => Array.from(each.scores)),
  );
}

/** Each query alone in its buffer. */
export function separate(queries, dim) {
  return Array.from({ length: queries.length / dim }, (_, q) => queries.slice(q * dim, (q + 1) * dim));
}

export function openIndex(input, level) {
  const { rows, queries } = loadSearch(input);
  return { index: VectorIndex.from(rows, { dim: input.size.dim, backend: level }), queries };
}

export function pythonSearch({ size, folder, isQuick }, task) {
  const { samples, positions, scores } = askPython({
    task,
    folder,
    dim: size.dim,
    k: K,
    quick: isQuick,
    checked: checkedQueries(size),
    rows: rowsName(size, folder),
    queries: queriesName(size, folder),
  });
  expectAsGood({ size, folder }, positions, scores);
  return { samples };
}

/** A function from queries (flat) to their best rows; the corpus is a tensor that stays in its memory. */
export async function tensorflowSearch(input) {
  const { rows: count, dim } = input.size;
  const tf = await loadTensorflow();
  const { rows, queries } = loadSearch(input);
  // Stored transposed: many times as fast as asking matMul to transpose.
  const corpus = tf.tidy(() => tf.transpose(tf.tensor2d(rows, [count, dim])));
  const search = (some) => {
    // Tensors leave tidy and are read outside of it: it walks whatever it returns, element by element.
    const { values, indices } = tf.tidy(() =>
      tf.topk(tf.matMul(tf.tensor2d(some, [some.length / dim, dim]), corpus), K),
    );
    const answer = { positions: indices.dataSync(), scores: values.dataSync() };
    tf.dispose([values, indices]);
    return answer;
  };
  return { search, queries };
}
