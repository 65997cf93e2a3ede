/** A corpus through its life, and every way to search it. */
import type { Backend, Corpus, Floats, Metric, TopRequest } from '../../../../src/backend/contract/backend.js';
import { Canary } from '../canary.js';
import { type Case, extend, extendTop, METRICS } from '../case.js';
import { searchAlsoEncoded } from '../encoded-search.js';
import { Random } from '../random.js';
import { awkwardRows, DIMENSIONS, draw, KINDS, nudged } from '../vectors.js';

const ROWS: readonly number[] = [0, 1, 2, 3, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1025];
const ALL: TopRequest = { k: 10, minScore: Number.NEGATIVE_INFINITY };

/** What a case works with: one metric, one seed, and where answers go. */
interface Trial {
  readonly backend: Backend;
  readonly metric: Metric;
  readonly random: Random;
  readonly answers: number[];
}

const STORIES: Record<string, (trial: Trial) => void> = {
  'every number of rows and k'(trial) {
    for (const rows of ROWS) {
      const queries = awkwardRows(trial.random, 'float32', 'uniform', 3, 24);
      withCorpus(trial, 24, awkwardRows(trial.random, 'float32', 'uniform', rows, 24), (corpus) => {
        for (const k of new Set([1, 2, 10, Math.max(1, rows - 1), Math.max(1, rows), rows + 7])) {
          search(trial, corpus, queries, { ...ALL, k });
        }
      });
    }
  },

  'every dimension'(trial) {
    for (const dim of DIMENSIONS) {
      const queries = draw(trial.random, 'float32', 'uniform', 2 * dim);
      withCorpus(trial, dim, awkwardRows(trial.random, 'float32', 'uniform', 37, dim), (corpus) =>
        search(trial, corpus, queries, ALL),
      );
    }
  },

  'every kind of value'(trial) {
    for (const kind of Object.keys(KINDS.float32)) {
      const rows = awkwardRows(trial.random, 'float32', kind, 70, 21);
      const queries = Float64Array.of(...draw(trial.random, 'float32', kind, 42), ...rows.subarray(210, 231));
      withCorpus(trial, 21, rows, (corpus) => search(trial, corpus, queries, { ...ALL, k: 70 }));
    }
  },

  'values of every kind in one corpus'(trial) {
    const kinds = Object.keys(KINDS.float32);
    const rows = kinds.flatMap((kind) => [...awkwardRows(trial.random, 'float32', kind, 20, 18)]);
    withCorpus(trial, 18, rows, (corpus) => {
      for (const kind of kinds) search(trial, corpus, draw(trial.random, 'float32', kind, 36), { ...ALL, k: 55 });
    });
  },

  'equal rows come in order of position'(trial) {
    const row = draw(trial.random, 'float32', 'uniform', 17);
    const equal = Array.from({ length: 300 }, (_, i) => [...row.map((x) => (i % 100 === 99 ? -x : x))]).flat();
    withCorpus(trial, 17, equal, (corpus) => {
      for (const k of [1, 10, 99, 100, 298, 300]) search(trial, corpus, row, { ...ALL, k });
    });
  },

  'rows one ulp apart'(trial) {
    const row = draw(trial.random, 'float32', 'uniform', 33);
    const near = Array.from({ length: 200 }, () => [...nudged(row, 'float32', trial.random.below(33))]).flat();
    withCorpus(trial, 33, near, (corpus) => {
      for (const k of [1, 20, 200]) search(trial, corpus, row, { ...ALL, k });
    });
  },

  'minScore at, above and below real scores'(trial) {
    const rows = awkwardRows(trial.random, 'float32', 'uniform', 150, 20);
    const queries = Float64Array.of(...draw(trial.random, 'float32', 'uniform', 20), ...rows.subarray(0, 20));
    withCorpus(trial, 20, rows, (corpus) => {
      const { scores } = corpus.search(Float32Array.from(queries), { ...ALL, k: 40 });
      const thresholds = [...scores].flatMap((score) => [score, score + Math.abs(score) * Number.EPSILON]);
      for (const minScore of [...thresholds, 0, Number.POSITIVE_INFINITY]) {
        search(trial, corpus, queries, { k: 60, minScore });
      }
    });
  },

  'masks admit before top-k is taken'(trial) {
    const queries = draw(trial.random, 'float32', 'uniform', 3 * 12);
    const rows = 259;
    withCorpus(trial, 12, awkwardRows(trial.random, 'float32', 'uniform', rows, 12), (corpus) => {
      const masks: ((slot: number) => boolean)[] = [
        () => false,
        () => true,
        (slot) => slot === 0,
        (slot) => slot === rows - 1,
        (slot) => slot % 2 === 1,
        (slot) => slot >= 32 && slot < 64,
        () => trial.random.below(2) === 0,
        () => trial.random.below(50) === 0,
      ];
      for (const admits of masks) {
        const mask = Array.from({ length: rows }, (_, slot) => (admits(slot) ? 1 + trial.random.below(255) : 0));
        for (const minScore of [Number.NEGATIVE_INFINITY, -0.25]) {
          const canary = new Canary();
          const admit = canary.mask(mask, trial.random.below(16));
          search(trial, corpus, queries, { k: 15, minScore, admit });
          canary.check();
        }
      }
    });
  },

  'a batch answers as its queries one by one'(trial) {
    for (const [count, rows, dim] of [
      [0, 5, 3],
      [1, 40, 7],
      [5, 130, 16],
      [70, 130, 19],
      [257, 520, 48],
      [33, 65, 257],
    ]) {
      const queries = awkwardRows(trial.random, 'float32', 'uniform', count, dim);
      withCorpus(trial, dim, awkwardRows(trial.random, 'float32', 'uniform', rows, dim), (corpus) => {
        search(trial, corpus, queries, ALL);
        for (let q = 0; q < Math.min(count, 5); q++)
          search(trial, corpus, queries.subarray(q * dim, (q + 1) * dim), ALL);
      });
    }
  },

  'a corpus larger than caches and blocks'(trial) {
    for (const [rows, dim] of [
      [4099, 40],
      [1025, 769],
      [20001, 3],
    ]) {
      withCorpus(trial, dim, awkwardRows(trial.random, 'float32', 'uniform', rows, dim), (corpus) =>
        search(trial, corpus, draw(trial.random, 'float32', 'uniform', 2 * dim), { ...ALL, k: 100 }),
      );
    }
  },

  'append, overwrite, read and compact'(trial) {
    const dim = 13;
    const corpus = trial.backend.openCorpus(dim, trial.metric);
    const look = () => {
      trial.answers.push(corpus.size, corpus.dim);
      for (let slot = 0; slot < corpus.size; slot++) extend(trial.answers, corpus.read(slot));
      search(trial, corpus, draw(trial.random, 'float32', 'uniform', 2 * dim), { ...ALL, k: 25 });
    };
    const append = (rows: number) => {
      const canary = new Canary();
      const values = awkwardRows(trial.random, 'float32', 'uniform', rows, dim);
      trial.answers.push(corpus.append(canary.input('float32', values, trial.random.below(16))));
      canary.check();
    };
    for (const rows of [0, 1, 2, 30, 31, 1, 0, 190]) append(rows);
    look();
    for (const slot of [0, 1, 31, 32, 64, corpus.size - 1]) {
      const row = draw(trial.random, 'float32', 'uniform', dim);
      trial.answers.push(Number(corpus.overwrite(slot, new Canary().input('float32', row, slot))));
    }
    look();
    for (const keeps of [(slot: number) => slot % 3 !== 1, (slot: number) => slot > 40, () => true, () => false]) {
      const canary = new Canary();
      corpus.compact(
        canary.mask(
          Array.from({ length: corpus.size }, (_, slot) => (keeps(slot) ? 7 : 0)),
          3,
        ),
      );
      canary.check();
      look();
      append(20);
      look();
    }
    corpus.free();
  },

  'rows with NaN or infinity are refused whole'(trial) {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      withCorpus(trial, 19, draw(trial.random, 'float32', 'uniform', 3 * 19), (corpus) => {
        for (const at of [0, 18, 19, 40 * 19 - 1, 33 * 19 + 16]) {
          const rows = draw(trial.random, 'float32', 'uniform', 40 * 19);
          rows[at] = bad;
          trial.answers.push(corpus.append(Float32Array.from(rows)), corpus.size);
          const row = draw(trial.random, 'float32', 'uniform', 19);
          row[at % 19] = bad;
          trial.answers.push(Number(corpus.overwrite(1, Float32Array.from(row))));
        }
        extend(trial.answers, corpus.read(1));
        search(trial, corpus, draw(trial.random, 'float32', 'uniform', 19), ALL);
      });
    }
  },

  'rows are copies, going in and coming out'(trial) {
    const corpus = trial.backend.openCorpus(4, trial.metric);
    const rows = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    corpus.append(rows);
    rows.fill(0);
    corpus.read(0).fill(9);
    const row = Float32Array.of(4, 3, 2, 1);
    corpus.overwrite(1, row);
    row.fill(0);
    extend(trial.answers, [...corpus.read(0), ...corpus.read(1)]);
    search(trial, corpus, [1, 1, 1, 2], ALL);
    corpus.free();
  },

  'several corpora at once'(trial) {
    const open = [3, 16, 50].map((dim) => trial.backend.openCorpus(dim, trial.metric));
    for (let round = 0; round < 6; round++) {
      for (const corpus of open) {
        corpus.append(Float32Array.from(awkwardRows(trial.random, 'float32', 'uniform', 40, corpus.dim)));
        search(trial, corpus, draw(trial.random, 'float32', 'uniform', corpus.dim), ALL);
      }
      if (round === 3) open.splice(1, 1)[0].free();
    }
    for (const corpus of open) corpus.free();
  },
};

export const corpusCases: readonly Case[] = METRICS.flatMap((metric) =>
  Object.entries(STORIES).map(([story, tell]) => {
    const name = `${metric} search: ${story}`;
    return {
      name,
      run(backend) {
        const answers: number[] = [];
        tell({ backend, metric, random: new Random(name), answers });
        return answers;
      },
    };
  }),
);

function withCorpus(trial: Trial, dim: number, rows: ArrayLike<number>, use: (corpus: Corpus) => void): void {
  const corpus = trial.backend.openCorpus(dim, trial.metric);
  const canary = new Canary();
  trial.answers.push(corpus.append(canary.input('float32', rows, trial.random.below(16))));
  canary.check();
  use(corpus);
  corpus.free();
}

function search(trial: Trial, corpus: Corpus, queries: ArrayLike<number>, options: TopRequest): void {
  const canary = new Canary();
  const asked = canary.input('float32', queries, trial.random.below(16)) as Floats;
  extendTop(trial.answers, searchAlsoEncoded(corpus, asked, options));
  canary.check();
}
