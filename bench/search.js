/** What the cases `query` and `batch` share: data, the right answers, and how an answer is examined. */
import { openBackend, VectorIndex } from 'kindred';
import { expectNear, expectSameBits } from './check.js';
import { readRaw, writeRaw, writeVectors } from './data.js';
import { loadTensorflow } from './peers/load.js';
import { askPython } from './peers/python.js';
import { Unavailable } from './unavailable.js';

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

function rowsName(size, folder) {
  return writeVectors(folder, size);
}

function queriesName(size, folder) {
  return writeVectors(folder, { ...size, rows: size.queries }, 1);
}

function expectedName({ rows, dim, queries, data = 'clustered' }, what) {
  return `search-${data}-${rows}x${dim}-${queries}-${what}`;
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

/** A peer's answers to the first queries, flat. */
export function expectAsGood(input, positions, scores) {
  const { size, folder } = input;
  const { dim } = size;
  const { rows, queries } = loadSearch(input);
  const reference = openBackend('reference');
  const trueScore = (query, row) =>
    reference.cosine(queries.subarray(query * dim, (query + 1) * dim), rows.subarray(row * dim, (row + 1) * dim));
  const expected = readRaw(folder, expectedName(size, 'scores.f64'), Float64Array);
  expectRanked(expected, Array.from(positions), Array.from(scores), trueScore);
}

/**
 * A peer's lists of K rows, one after the other: the score at each rank is right within the tolerance, and so is the
 * true score of the row given there (rows that float32 cannot tell apart may change places), and no row is given
 * twice.
 */
export function expectRanked(expected, positions, scores, trueScore) {
  expectNear('scores found', scores.slice(0, expected.length), expected);
  const trueScores = Array.from(expected, (_, cell) => trueScore(Math.floor(cell / K), Number(positions[cell])));
  expectNear('true scores of the rows found', trueScores, expected);
  for (let start = 0; start < expected.length; start += K) {
    if (new Set(positions.slice(start, start + K).map(Number)).size !== K) {
      throw new Error(`query ${start / K} was given a row twice`);
    }
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

/** An index of the rows on one level; `options` are those of VectorIndex. */
export function openIndex(input, level, options = {}) {
  const { rows, queries } = loadSearch(input);
  const index = VectorIndex.from(rows, { dim: input.size.dim, backend: level, ...options });
  expectOptions(index, options);
  return { index, queries };
}

/** A build that does not know an option would be timed under a wrong name. */
export function expectOptions(index, { threads, encode }) {
  const stats = index.stats();
  if (threads > 1 && stats.threads !== threads) {
    throw new Unavailable(`searching with ${threads} threads is not available in this build`);
  }
  if (encode === 'none' && !('encoding' in stats)) {
    throw new Unavailable('an encoded copy, to go without, is not available in this build');
  }
}

/**
 * What a search of these queries cannot do without: rows read and multiply-adds, as float32 or in their encoded form.
 */
export function searchWork({ rows, dim }, queries, isEncoded = false) {
  const elements = rows * dim;
  return isEncoded
    ? { bytes: elements / 2, int8: 2 * queries * elements }
    : { bytes: 4 * elements, float32: 2 * queries * elements };
}

export function isEncoded(index) {
  return index.stats().encoding !== undefined;
}

/** How the last search went: the encoding, and the share of rows that each stage left. */
export function searchNote(index) {
  const { encoding, lastSearch } = index.stats();
  if (encoding === undefined) return '';
  const pairs = lastSearch ? lastSearch.queries * lastSearch.rows : 0;
  const share = (left) => `${((100 * left) / pairs).toPrecision(2)} %`;
  const stages = ['coarse', 'fine', 'scored'].filter((name) => pairs > 0 && lastSearch[name] !== undefined);
  return [encoding.mode, ...stages.map((name) => `${name} ${share(lastSearch[name])}`)].join(', ');
}

/** What most CPUs without the newest instructions are. They are timed at large sizes too, on any CPU that has them. */
const COMMON_LEVELS = ['native/avx512', 'native/avx2'];

/**
 * A contender for each way that an index can search: best levels first; the levels that others stand for only at
 * small sizes.
 */
export function indexContenders({ levels, size, threads }, open) {
  const contenders = [];
  const first = { native: findLevel(levels, 'native'), wasm: findLevel(levels, 'wasm') };
  // Memory of a wasm corpus ends at 4 GiB, and JavaScript takes minutes to fill it.
  const elements = size.rows * size.dim;
  const isLarge = elements > 2e7;
  const fitsWasm = size.rows * size.dim * 5 < 2 ** 31;
  for (const level of levels) {
    const isFirst = Object.values(first).includes(level);
    const isCommon = COMMON_LEVELS.includes(level) && elements <= 1e8;
    if ((isLarge && !isFirst && !isCommon) || (level.startsWith('wasm') && !fitsWasm)) continue;
    for (const count of level === first.native ? threads : [1]) {
      for (const encode of isFirst ? ['auto', 'none'] : ['auto']) {
        const name = [`kindred ${level}`, encode === 'none' ? 'encode none' : '', count > 1 ? `${count} threads` : ''];
        contenders.push({
          name: name.filter(Boolean).join(', '),
          isKindred: true,
          level,
          threads: count,
          open: (input) => open(input, level, { encode, threads: count }),
        });
      }
    }
  }
  return contenders;
}

function findLevel(levels, backend) {
  return levels.find((level) => level.startsWith(backend));
}

/** `1 thread`, `2 threads`. */
export function manyThreads(count) {
  return `${count} thread${count === 1 ? '' : 's'}`;
}

/** A Python peer, once for each number of threads. */
export function pythonContenders(name, needs, threads, open) {
  return threads.map((count) => ({
    name: `${name}, ${manyThreads(count)}`,
    needs,
    threads: count,
    open: (input) => open(input, count),
  }));
}

/** Whether a peer that holds the rows twice in wasm memory can take them. */
export function fitsTensorflow({ rows, dim }) {
  return rows * dim * 8 < 2 ** 30;
}

/** @param hold `avx2`: the peer uses nothing newer. */
export function pythonSearch({ size, folder, isQuick }, task, threads = 1, hold = undefined) {
  const { samples, positions, scores, note } = askPython({
    task,
    hold,
    folder,
    threads,
    dim: size.dim,
    k: K,
    quick: isQuick,
    checked: checkedQueries(size),
    rows: rowsName(size, folder),
    queries: queriesName(size, folder),
  });
  expectAsGood({ size, folder }, positions, scores);
  return { samples, note, work: searchWork(size, task.startsWith('query') ? 1 : size.queries) };
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
