/** Corpora large enough to be encoded: a filter reads the encoding first, and no bit of any answer shows it. */
import type { Backend, Corpus, Metric, TopRequest } from '../../../../src/backend/contract/backend.js';
import { fromElements } from '../../../../src/similarity/dtype.js';
import { type Case, extendTop, METRICS } from '../case.js';
import { ENCODED_ROWS } from '../encoded-rows.js';
import { checkGraph, searchAlsoEncoded } from '../encoded-search.js';
import { Random } from '../random.js';
import { awkwardStored, DTYPES, drawQueries, kindsOf } from '../stored.js';
import { powerOfTwo } from '../vectors.js';

const ALL: TopRequest = { k: 10, minScore: Number.NEGATIVE_INFINITY };
const DIMENSIONS = [1, 15, 16, 17, 31, 33, 64, 100, 384];
const BATCHES = [1, 2, 3, 7, 8, 9, 16, 33, 70];

interface Trial {
  readonly backend: Backend;
  readonly metric: Metric;
  readonly random: Random;
  readonly answers: number[];
}

/**
 * Rows of one kind; queries are rows of the corpus, others of the kind, the mean and zero. Each kind meets each dimension in
 * one metric, and each metric in three dimensions: every pair of the three is there.
 */
const EVERY_DIMENSION = (kind: string) => (trial: Trial) => {
  const { random } = trial;
  for (const dim of thirdOf(DIMENSIONS, trial, Object.keys(ENCODED_ROWS).indexOf(kind))) {
    const rows = dim > 100 ? 545 : 610;
    const data = ENCODED_ROWS[kind](random, rows, dim);
    const corpus = open(trial, dim, data);
    const mean = Float32Array.from({ length: dim }, (_, column) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += data[row * dim + column] / rows;
      return sum;
    });
    const others = ENCODED_ROWS[kind](random, 13, dim);
    const queries = Float32Array.of(...data.subarray(7 * dim, 8 * dim), ...mean, ...new Float32Array(dim), ...others);
    search(trial, corpus, queries.subarray(0, dim), ALL);
    search(trial, corpus, queries.subarray(0, 3 * dim), { ...ALL, k: 1 });
    search(trial, corpus, queries, { ...ALL, k: 60 });
    corpus.free();
  }
};

const STORIES: Record<string, (trial: Trial) => void> = {
  'every k'(trial) {
    for (const kind of ['clustered', 'equal', 'uniform']) {
      const data = ENCODED_ROWS[kind](trial.random, 700, 33);
      const corpus = open(trial, 33, data);
      const queries = ENCODED_ROWS[kind](trial.random, 17, 33);
      for (const [n, k] of [1, 2, 10, 70, 87, 88, 100, 350, 699, 700, 900].entries()) {
        for (const count of thirdOf([1, 3, 17], trial, n)) {
          search(trial, corpus, queries.subarray(0, count * 33), { ...ALL, k });
        }
      }
      corpus.free();
    }
  },

  'every size of a batch, with masks and minScore'(trial) {
    const { random } = trial;
    for (const kind of ['clustered', 'around a distant mean']) {
      const dim = 40;
      const data = ENCODED_ROWS[kind](random, 900, dim);
      const corpus = open(trial, dim, data);
      const queries = ENCODED_ROWS[kind](random, 70, dim);
      const { scores } = corpus.search(queries.subarray(0, dim), ALL);
      for (const count of BATCHES) {
        const some = queries.subarray(0, count * dim);
        const admit = Uint8Array.from({ length: 900 }, () => random.below(2));
        search(trial, corpus, some, ALL);
        search(trial, corpus, some, { ...ALL, admit });
        search(trial, corpus, some, { k: 200, minScore: scores[5] });
      }
      corpus.free();
    }
  },

  'queries far larger and far smaller than the rows'(trial) {
    const { random } = trial;
    const [rows, dim] = [330, 9];
    for (const rowsAre of [-66, 0, 20, 40, 47]) {
      const data = ENCODED_ROWS.uniform(random, rows, dim).map((x) => x * powerOfTwo(rowsAre));
      const corpus = open(trial, dim, data);
      for (const queriesAre of [-140, -99, -60, -33, 60, 99]) {
        const queries = ENCODED_ROWS.uniform(random, 8, dim).map((x) => x * powerOfTwo(queriesAre));
        search(trial, corpus, queries, { ...ALL, k: 3 });
        search(trial, corpus, queries.subarray(0, dim), { ...ALL, k: 3 });
      }
      corpus.free();
    }
  },

  'masks that admit few, blocks, all but one'(trial) {
    const { random } = trial;
    const [rows, dim] = [900, 20];
    const corpus = open(trial, dim, ENCODED_ROWS.clustered(random, rows, dim));
    const queries = ENCODED_ROWS.clustered(random, 18, dim);
    const masks: ((slot: number) => boolean)[] = [
      () => false,
      (slot) => slot === 0,
      (slot) => slot === rows - 1,
      (slot) => slot !== 450,
      (slot) => slot % 2 === 1,
      (slot) => slot >= 32 && slot < 64,
      (slot) => slot >= 896,
      () => random.below(50) === 0,
    ];
    for (const admits of masks) {
      const admit = Uint8Array.from({ length: rows }, (_, slot) => (admits(slot) ? 1 + random.below(255) : 0));
      for (const count of [1, 5, 18]) search(trial, corpus, queries.subarray(0, count * dim), { ...ALL, admit });
    }
    corpus.free();
  },

  'minScore at, above and below real scores'(trial) {
    const dim = 24;
    const data = ENCODED_ROWS['with enormous ones among them'](trial.random, 640, dim);
    const corpus = open(trial, dim, data);
    for (const count of [1, 16]) {
      const queries = data.slice(0, count * dim);
      const { scores } = corpus.search(queries.subarray(0, dim), { ...ALL, k: 30 });
      for (const score of [0, 1, 2, 9, 15, 29].map((n) => scores[n])) {
        search(trial, corpus, queries, { k: 300, minScore: score });
        search(trial, corpus, queries, { k: 300, minScore: score + Math.abs(score) * Number.EPSILON });
      }
      for (const minScore of [0, Number.POSITIVE_INFINITY]) search(trial, corpus, queries, { k: 300, minScore });
    }
    corpus.free();
  },

  'the life of an encoding'(trial) {
    const { random } = trial;
    const dim = 19;
    const corpus = open(trial, dim, ENCODED_ROWS.clustered(random, 650, dim));
    const look = () => {
      for (const count of [1, 4, 20]) {
        // With part of the rows encoded first, then with all of them.
        corpus.encoder?.encode(64);
        search(trial, corpus, ENCODED_ROWS.clustered(random, count, dim), { ...ALL, k: 25 });
      }
    };
    look();
    trial.answers.push(corpus.append(ENCODED_ROWS.uniform(random, 101, dim)));
    look();
    for (const slot of [0, 31, 32, 330, 640, corpus.size - 1]) {
      trial.answers.push(Number(corpus.overwrite(slot, ENCODED_ROWS.uniform(random, 1, dim))));
    }
    search(trial, corpus, ENCODED_ROWS.uniform(random, 18, dim), ALL);
    for (const slot of [5, 700]) corpus.overwrite(slot, new Float32Array(dim).fill(1e30));
    look();
    corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => (slot < 200 || slot % 11 !== 0 ? 1 : 0)));
    look();
    for (let rows = 0; rows < 3; rows++) {
      trial.answers.push(corpus.append(ENCODED_ROWS['around a distant mean'](random, 900, dim)));
      look();
    }
    corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => (slot < 520 ? 1 : 0)));
    look();
    corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => (slot < 40 ? 1 : 0)));
    look();
    trial.answers.push(corpus.append(ENCODED_ROWS.clustered(random, 600, dim)));
    look();
    corpus.compact(new Uint8Array(corpus.size));
    look();
    corpus.free();
  },

  'rows of every dtype'(trial) {
    const { backend, metric, random } = trial;
    for (const dtype of DTYPES) {
      for (const kind of kindsOf(dtype)) {
        const dim = 33;
        const corpus = backend.openCorpus(dim, metric, { dtype });
        trial.answers.push(corpus.append(awkwardStored(random, dtype, kind, 600, dim)));
        for (const count of [1, 5, 17]) {
          const queries = drawQueries(random, dtype, kind, count * dim);
          extendTop(trial.answers, searchAlsoEncoded(corpus, queries, { ...ALL, k: 20 }));
        }
        corpus.overwrite(100, awkwardStored(random, dtype, kind, 1, dim));
        const queries = drawQueries(random, dtype, kind, 17 * dim);
        extendTop(trial.answers, searchAlsoEncoded(corpus, queries, { ...ALL, k: 20 }));
        corpus.free();
      }
    }
  },

  // Blocks of columns, strips, and a few rows behind them.
  'every row of every kind': (trial) => everyRow(trial, 330, Object.keys(ENCODED_ROWS)),
  'every row of every kind, many of them': (trial) =>
    everyRow(trial, 2085, thirdOf(Object.keys(ENCODED_ROWS), trial, 0)),

  'every row, with masks, minScore, and every k'(trial) {
    const { random } = trial;
    const [rows, dim] = [1200, 24];
    const data = ENCODED_ROWS.clustered(random, rows, dim);
    const corpus = open(trial, dim, data);
    const { scores } = corpus.search(data.subarray(0, dim), ALL);
    for (const k of [1, 2, 100, 300, 301, 1200]) checkGraph(corpus, data, { ...ALL, k });
    for (const minScore of [scores[0], scores[5], 0, Number.POSITIVE_INFINITY]) {
      checkGraph(corpus, data, { k: 9, minScore });
    }
    const masks: ((slot: number) => boolean)[] = [
      () => false,
      (slot) => slot === 40,
      (slot) => slot >= 1190,
      (slot) => slot < 600,
      (slot) => slot % 3 !== 0,
      () => random.below(40) === 0,
    ];
    for (const admits of masks) {
      const admit = Uint8Array.from({ length: rows }, (_, slot) => (admits(slot) ? 1 + random.below(255) : 0));
      checkGraph(corpus, data, { ...ALL, admit });
    }
    corpus.free();
  },

  'every row of every dtype and of few rows'(trial) {
    const { backend, metric, random } = trial;
    for (const dtype of DTYPES) {
      for (const kind of kindsOf(dtype)) {
        const many = thirdOf(kindsOf(dtype), trial, 0).includes(kind);
        for (const rows of [1, 31, 32, 33, ...(many ? [1060] : [])]) {
          const dim = 21;
          const corpus = backend.openCorpus(dim, metric, { dtype });
          trial.answers.push(corpus.append(awkwardStored(random, dtype, kind, rows, dim)));
          checkGraph(corpus, fromElements(corpus.read(0, corpus.size), dtype), { ...ALL, k: 5 });
          corpus.free();
        }
      }
    }
  },

  'several chunks of long rows'(trial) {
    for (const kind of trial.metric === 'dot' ? ['sorted by cluster'] : ['clustered']) {
      const dim = 1100;
      const corpus = open(trial, dim, ENCODED_ROWS[kind](trial.random, 2085, dim));
      for (const count of [1, 8]) search(trial, corpus, ENCODED_ROWS[kind](trial.random, count, dim), ALL);
      corpus.overwrite(2000, new Float32Array(dim).fill(0.1));
      search(trial, corpus, ENCODED_ROWS[kind](trial.random, 2, dim), ALL);
      corpus.free();
    }
  },
};

/** Too much for an emulated machine. */
const HEAVY = [
  'several chunks of long rows',
  'every row of every kind, many of them',
  'every row, with masks, minScore, and every k',
  'every row of every dtype and of few rows',
];

export const encodedCases: readonly Case[] = METRICS.flatMap((metric) => [
  ...Object.keys(ENCODED_ROWS).map((kind) => caseOf(metric, `rows ${kind}`, EVERY_DIMENSION(kind))),
  ...Object.entries(STORIES).map(([story, tell]) => caseOf(metric, story, tell)),
]);

function caseOf(metric: Metric, story: string, tell: (trial: Trial) => void): Case {
  const name = `${metric} encoded search: ${story}`;
  return {
    name,
    heavy: HEAVY.includes(story),
    run(backend) {
      const answers: number[] = [];
      tell({ backend, metric, random: new Random(name), answers });
      return answers;
    },
  };
}

/** What one metric takes of `values`, so that the three take all of them. `shift` gives each another share. */
function thirdOf<T>(values: readonly T[], { metric }: Trial, shift: number): T[] {
  return values.filter((_, n) => (n + shift) % METRICS.length === METRICS.indexOf(metric));
}

function everyRow(trial: Trial, rows: number, kinds: readonly string[]): void {
  const dim = 17;
  for (const kind of kinds) {
    const data = ENCODED_ROWS[kind](trial.random, rows, dim);
    const corpus = open(trial, dim, data);
    checkGraph(corpus, data, { ...ALL, k: 11 });
    corpus.free();
  }
}

function open(trial: Trial, dim: number, data: Float32Array): Corpus {
  const corpus = trial.backend.openCorpus(dim, trial.metric);
  trial.answers.push(corpus.append(data));
  return corpus;
}

function search(trial: Trial, corpus: Corpus, queries: Float32Array, options: TopRequest): void {
  const asked = queries.slice();
  extendTop(trial.answers, searchAlsoEncoded(corpus, asked, options));
  if (asked.some((x, i) => !Object.is(x, queries[i]))) throw new Error('a search changed its queries');
}
