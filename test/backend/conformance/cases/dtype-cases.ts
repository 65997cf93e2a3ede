/** A corpus of every dtype: each stored element is read as the number that it stands for, however it is read. */
import type {
  Backend,
  Corpus,
  Dtype,
  Elements,
  Floats,
  Metric,
  TopRequest,
} from '../../../../src/backend/contract/backend.js';
import { allocate } from '../../../../src/backend/reference/elements.js';
import { Canary } from '../canary.js';
import { type Case, extend, extendTop, METRICS } from '../case.js';
import { searchAlsoEncoded } from '../encoded-search.js';
import { Random } from '../random.js';
import { awkwardStored, DTYPES, drawQueries, drawStored, kindsOf, REFUSED } from '../stored.js';
import { DIMENSIONS, powerOfTwo } from '../vectors.js';

const ALL: TopRequest = { k: 10, minScore: Number.NEGATIVE_INFINITY };
/** Enough queries that a backend may treat them as a batch. */
const MANY = 13;

interface Trial {
  readonly backend: Backend;
  readonly metric: Metric;
  readonly dtype: Dtype;
  readonly random: Random;
  readonly answers: number[];
}

const STORIES: Record<string, (trial: Trial) => void> = {
  'every dimension'(trial) {
    const { random, dtype } = trial;
    const [kind] = kindsOf(dtype);
    for (const dim of DIMENSIONS) {
      const corpus = open(trial, dim, awkwardStored(random, dtype, kind, 21, dim));
      search(trial, corpus, drawQueries(random, dtype, kind, dim), ALL);
      search(trial, corpus, drawQueries(random, dtype, kind, MANY * dim), ALL);
      corpus.free();
    }
  },

  'every kind of value'(trial) {
    const { random, dtype } = trial;
    const kinds = kindsOf(dtype);
    for (const dim of [21, 32]) {
      const corpus = open(trial, dim, allocate(dtype, 0));
      for (const kind of kinds) append(trial, corpus, awkwardStored(random, dtype, kind, 17, dim));
      for (const kind of kinds) {
        const queries = drawQueries(random, dtype, kind, MANY * dim);
        search(trial, corpus, queries, { ...ALL, k: corpus.size });
        search(trial, corpus, queries.subarray(0, 2 * dim), { ...ALL, k: corpus.size });
      }
      corpus.free();
    }
  },

  'equal rows, and a query equal to them'(trial) {
    const { random, dtype } = trial;
    for (const kind of kindsOf(dtype)) {
      const seed = random.bits();
      const row = drawStored(new Random(seed), dtype, kind, 19);
      const rows = allocate(dtype, 90 * 19);
      for (let r = 0; r < 90; r++) if (r % 10 !== 9) rows.set(row, r * 19);
      const corpus = open(trial, 19, rows);
      for (const k of [1, 40, 81, 90])
        search(trial, corpus, drawQueries(new Random(seed), dtype, kind, 19), { ...ALL, k });
      corpus.free();
    }
  },

  'a batch answers as its queries one by one'(trial) {
    const { random, dtype } = trial;
    const [kind] = kindsOf(dtype);
    for (const [count, rows, dim] of [
      [9, 65, 16],
      [40, 130, 67],
    ]) {
      const queries = drawQueries(random, dtype, kind, count * dim);
      const corpus = open(trial, dim, awkwardStored(random, dtype, kind, rows, dim));
      const admit = Uint8Array.from({ length: rows }, () => random.below(3));
      search(trial, corpus, queries, { k: 7, minScore: Number.NEGATIVE_INFINITY, admit });
      search(trial, corpus, queries, ALL);
      for (let q = 0; q < 5; q++) search(trial, corpus, queries.subarray(q * dim, (q + 1) * dim), ALL);
      corpus.free();
    }
  },

  'append, overwrite, read and compact'(trial) {
    const { random, dtype } = trial;
    const [kind] = kindsOf(dtype);
    const dim = 13;
    const corpus = open(trial, dim, awkwardStored(random, dtype, kind, 0, dim));
    const look = () => {
      trial.answers.push(corpus.size);
      extend(trial.answers, corpus.read(0, corpus.size));
      for (const [slot, count] of [[0], [corpus.size - 1], [3, 0], [5, corpus.size - 6], [corpus.size, 0]]) {
        extend(trial.answers, corpus.read(slot, count));
      }
      search(trial, corpus, drawQueries(random, dtype, kind, 2 * dim), { ...ALL, k: 25 });
    };
    for (const rows of [1, 2, 30, 31, 0, 190]) append(trial, corpus, awkwardStored(random, dtype, kind, rows, dim));
    look();
    for (const slot of [0, 1, 31, 32, corpus.size - 1]) {
      const canary = new Canary();
      const row = canary.elements(drawStored(random, dtype, kind, dim), slot);
      trial.answers.push(Number(corpus.overwrite(slot, row)));
      canary.check();
    }
    look();
    corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => slot % 3));
    look();
    append(trial, corpus, awkwardStored(random, dtype, kind, 20, dim));
    look();
    corpus.free();
  },

  'rows are copies, going in and coming out'(trial) {
    const { random, dtype } = trial;
    const [kind] = kindsOf(dtype);
    const rows = drawStored(random, dtype, kind, 6 * 5);
    const corpus = open(trial, 5, rows);
    rows.fill(0);
    corpus.read(0, 6).fill(0);
    extend(trial.answers, corpus.read(0, 6));
    corpus.free();
  },

  'rows that no score can be had from are refused whole'(trial) {
    const { random, dtype } = trial;
    const [kind] = kindsOf(dtype);
    for (const bad of REFUSED[dtype]) {
      const corpus = open(trial, 19, drawStored(random, dtype, kind, 3 * 19));
      for (const at of [0, 15, 18, 19, 40 * 19 - 1, 33 * 19 + 16]) {
        const rows = drawStored(random, dtype, kind, 40 * 19);
        rows[at] = bad;
        trial.answers.push(corpus.append(rows), corpus.size);
        trial.answers.push(Number(corpus.overwrite(1, rows.slice(at - (at % 19), at - (at % 19) + 19))));
      }
      extend(trial.answers, corpus.read(1));
      search(trial, corpus, drawQueries(random, dtype, kind, 19), ALL);
      corpus.free();
    }
  },
};

/** The bounds of the squares are powers of two whose roots are too, so rows of one element meet them exactly. */
const SAFE_RANGE = (metric: Metric): Case => ({
  name: `${metric} float64 search: the edges of the range of squares`,
  run(backend) {
    const trial: Trial = { backend, metric, dtype: 'float64', random: new Random(metric), answers: [] };
    const [smallest, largest] = [powerOfTwo(-450), powerOfTwo(450)];
    const ulp = powerOfTwo(-52);
    const edges = [
      smallest,
      largest,
      smallest * (1 - ulp),
      smallest * (1 + ulp),
      largest * (1 + ulp),
      largest * (1 - ulp),
    ];
    for (const dim of [1, 3, 16, 35]) {
      const corpus = open(trial, dim, new Float64Array(0));
      for (const edge of [...edges, 0, -0, 4.9e-324, 1e-160, 1e-300]) {
        for (const at of new Set([0, dim - 1])) {
          const row = new Float64Array(dim);
          row[at] = edge;
          append(trial, corpus, row);
          trial.answers.push(corpus.size, Number(corpus.overwrite(0, row)));
        }
      }
      for (const edge of [smallest, largest, 0, 1]) {
        search(trial, corpus, new Float64Array(dim).fill(edge, 0, 1), { ...ALL, k: 30 });
      }
      corpus.free();
    }
    return trial.answers;
  },
});

/** A query of one 1 scores the stored element itself, so all of them are seen, in full registers and in tails. */
const EVERY_ELEMENT = (dtype: 'float16' | 'bfloat16' | 'int8'): Case => ({
  name: `dot ${dtype} search: every finite element`,
  run(backend) {
    const trial: Trial = { backend, metric: 'dot', dtype, random: new Random(dtype), answers: [] };
    const infinite = dtype === 'float16' ? 0x7c00 : 0x7f80;
    const finite = Array.from({ length: dtype === 'int8' ? 256 : 65536 }, (_, bits) => bits).filter(
      (bits) => dtype === 'int8' || (bits & infinite) !== infinite,
    );
    const dim = 31;
    const rows = Math.ceil(finite.length / dim);
    const stored = allocate(dtype, rows * dim);
    stored.set(finite);
    const corpus = open(trial, dim, stored);
    const unit = Float32Array.from({ length: dim * dim }, (_, i) => (i % (dim + 1) === 0 ? 1 : 0));
    search(trial, corpus, unit, { ...ALL, k: rows });
    for (const q of [0, 7, 15, 16, 23, 30]) {
      search(trial, corpus, unit.subarray(q * dim, (q + 1) * dim), { ...ALL, k: rows });
    }
    corpus.free();
    return trial.answers;
  },
});

export const dtypeCases: readonly Case[] = [
  ...METRICS.flatMap((metric) =>
    DTYPES.flatMap((dtype) =>
      Object.entries(STORIES).map(([story, tell]) => {
        const name = `${metric} ${dtype} search: ${story}`;
        return {
          name,
          run(backend: Backend) {
            const answers: number[] = [];
            tell({ backend, metric, dtype, random: new Random(name), answers });
            return answers;
          },
        };
      }),
    ),
  ),
  ...METRICS.map(SAFE_RANGE),
  ...(['float16', 'bfloat16', 'int8'] as const).map(EVERY_ELEMENT),
];

function open(trial: Trial, dim: number, rows: Elements): Corpus {
  const corpus = trial.backend.openCorpus(dim, trial.metric, { dtype: trial.dtype });
  if (corpus.dtype !== trial.dtype) throw new Error(`a corpus of ${trial.dtype} says that it is of ${corpus.dtype}`);
  append(trial, corpus, rows);
  return corpus;
}

function append(trial: Trial, corpus: Corpus, rows: Elements): void {
  const canary = new Canary();
  trial.answers.push(corpus.append(canary.elements(rows, trial.random.below(16))));
  canary.check();
}

function search(trial: Trial, corpus: Corpus, queries: Floats, options: TopRequest): void {
  const canary = new Canary();
  const asked = canary.elements(queries, trial.random.below(16)) as Floats;
  extendTop(trial.answers, searchAlsoEncoded(corpus, asked, options));
  canary.check();
}
