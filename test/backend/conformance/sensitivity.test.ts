/** The suite can fail: backends with one small, plausible mistake each are all found out. */
import { describe, expect, it } from 'vitest';
import type { Backend, Corpus, CorpusOptions, Floats, Rows } from '../../../src/backend/contract/backend.js';
import { emptyTopRows } from '../../../src/backend/reference/best.js';
import { reference } from '../../../src/backend/reference/index.js';
import { type Case, difference } from './case.js';
import { cases } from './cases.js';

const dotInLanes = (lanes: number) => (a: Floats, b: Floats) => {
  const sums = new Float64Array(lanes);
  for (let i = 0; i < a.length; i++) sums[i % lanes] += a[i] * b[i];
  for (let half = lanes / 2; half >= 1; half /= 2) for (let j = 0; j < half; j++) sums[j] += sums[j + half];
  return sums[0];
};

/** Only what a float32 vector unit with flushed denormals would lose. */
const flushed = (a: Floats): Floats =>
  a instanceof Float32Array ? a.map((x) => (Math.abs(x) < 2 ** -126 ? 0 : x)) : a;

const withCorpus = (change: (corpus: Corpus) => Partial<Corpus>): Partial<Backend> => ({
  openCorpus(dim, metric, options) {
    const corpus = reference.openCorpus(dim, metric, options);
    const changed = change(corpus);
    return new Proxy(corpus, {
      get(target, key: keyof Corpus) {
        const value = changed[key] ?? target[key];
        return typeof value === 'function' ? value.bind(changed[key] ? changed : target) : value;
      },
    });
  },
});

/** The corpus, claiming the dtype that was asked for. */
const asDtype = (corpus: Corpus, { dtype = 'float32' }: CorpusOptions = {}): Corpus =>
  new Proxy(corpus, {
    get(target, key: keyof Corpus) {
      const value = target[key];
      if (key === 'dtype') return dtype;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const MISTAKES: Record<string, Partial<Backend>> = {
  'eight lanes instead of sixteen': { dot: dotInLanes(8) },
  'thirty-two lanes': { dot: dotInLanes(32) },
  'sums kept in float32': { dot: (a, b) => Math.fround(reference.dot(a, b)) },
  'denormals flushed to zero': { dot: (a, b) => reference.dot(flushed(a), flushed(b)) },
  'the last element left out from dimension 33': {
    euclidean: (a, b) =>
      reference.euclidean(a.subarray(0, Math.max(32, a.length - 1)), b.subarray(0, Math.max(32, a.length - 1))),
  },
  'cosine 0 where it must be NaN': { cosine: (a, b) => reference.cosine(a, b) || 0 },
  'cosine not clamped': {
    cosine: (a, b) => {
      const cosine = reference.cosine(a, b);
      const dot = reference.dot(a, b);
      return Number.isNaN(cosine) ? cosine : dot / (Math.sqrt(reference.dot(a, a)) * Math.sqrt(reference.dot(b, b)));
    },
  },
  'byteOffset ignored': {
    dot: (a, b) =>
      a instanceof Float32Array ? reference.dot(new Float32Array(a.buffer, 0, a.length), b) : reference.dot(a, b),
  },
  'one element written past the output': {
    pairs(metric, a, b, out) {
      reference.pairs(metric, a, b, out);
      new Float64Array(out.buffer, out.byteOffset)[out.length] = 0;
    },
  },
  'a matrix that reads the wrong operand on its border': {
    matrix: (metric, a, b, out) =>
      reference.matrix(metric, a, b && b.rows > 32 ? ({ ...b, data: a.data } as Rows) : b, out),
  },
  'the caller’s rows normalised in place': {
    matrix(metric, a, b, out) {
      const bad = reference.matrix(metric, a, b, out);
      if (a.rows > 0) a.data[0] /= 2;
      return bad;
    },
  },
  'minScore exclusive': withCorpus((corpus) => ({
    search: (queries, options) =>
      corpus.search(queries, { ...options, minScore: options.minScore + Math.abs(options.minScore) * Number.EPSILON }),
  })),
  'the mask ignored': withCorpus((corpus) => ({
    search: (queries, { k, minScore }) => corpus.search(queries, { k, minScore }),
  })),
  'ties by position descending': withCorpus((corpus) => ({
    search(queries, options) {
      const found = corpus.search(queries, options);
      const last = found.stride - 1;
      for (let q = 0; q < found.counts.length; q++) {
        const [first, second] = [q * found.stride, q * found.stride + 1];
        if (last > 0 && found.scores[first] === found.scores[second]) {
          found.positions.subarray(first, second + 1).reverse();
        }
      }
      return found;
    },
  })),
  'padded to k': withCorpus((corpus) => ({
    search(queries, options) {
      const found = corpus.search(queries, options);
      return corpus.size < options.k
        ? { ...emptyTopRows(found.counts.length, options.k), counts: found.counts }
        : found;
    },
  })),
  'the first rows of a refused append kept': withCorpus((corpus) => ({
    append(rows) {
      const bad = corpus.append(rows);
      if (bad > 0) corpus.append(rows.subarray(0, bad * corpus.dim));
      return bad;
    },
  })),
  'bfloat16 read as float16': {
    openCorpus: (dim, metric, options) =>
      asDtype(
        reference.openCorpus(dim, metric, options?.dtype === 'bfloat16' ? { dtype: 'float16' } : options),
        options,
      ),
  },
  'float16 subnormals flushed to zero': withCorpus((corpus) => ({
    append: (rows) =>
      corpus.append(
        corpus.dtype === 'float16' ? (rows as Uint16Array).map((x) => (x & 0x7c00 ? x : x & 0x8000)) : rows,
      ),
  })),
  'the most negative int8 clipped': withCorpus((corpus) => ({
    append: (rows) => corpus.append(rows instanceof Int8Array ? rows.map((x) => Math.max(x, -127)) : rows),
  })),
  'queries of float64 rows narrowed': withCorpus((corpus) => ({
    search: (queries, options) =>
      corpus.search(corpus.dtype === 'float64' ? Float64Array.from(queries, Math.fround) : queries, options),
  })),
  'float64 rows without a bound on their squares': withCorpus((corpus) => ({
    overwrite: (slot, row) => corpus.overwrite(slot, row) || corpus.dtype === 'float64',
  })),
  'one row read where several were wanted': withCorpus((corpus) => ({ read: (slot) => corpus.read(slot) })),
  'one more word of noise': {
    openSkipGram: (setup) => reference.openSkipGram({ ...setup, negative: setup.negative + 1 }),
  },
  'noise that never takes the alias': {
    openSkipGram: (setup) => reference.openSkipGram({ ...setup, accept: setup.accept.map(() => 2 ** 32 - 1) }),
  },
  'the generator begun anew in each call': {
    openSkipGram(setup) {
      const whole = reference.openSkipGram(setup);
      let rows = setup.input;
      return {
        ...whole,
        train(...work) {
          const part = reference.openSkipGram({ ...setup, input: rows });
          part.train(...work);
          rows = part.rows();
        },
        rows: () => rows,
        free: () => whole.free(),
      };
    },
  },
  'biases forgotten': {
    openGlove: (setup) => reference.openGlove({ ...setup, biases: setup.biases.map(() => 0) }),
  },
  'shrinkage forgotten': { sparseNeighbors: (matrix, { k }) => reference.sparseNeighbors(matrix, { k, shrinkage: 0 }) },
};

/** Which cases can notice a mistake in a kernel. */
const WATCHERS: Partial<Record<keyof Backend, RegExp>> = {
  dot: /^dot of .* vectors/,
  cosine: /^cosine of .* vectors/,
  euclidean: /^euclidean of .* vectors/,
  pairs: /^dot of .* rows/,
  matrix: /^dot matrix/,
  openCorpus: /^dot (\w+ )?search/,
  sparseNeighbors: /^sparse/,
  openSkipGram: /^skip-gram/,
  openGlove: /^glove/,
};

const expected = new Map<Case, number[]>();

describe('the conformance cases find', () => {
  it.each(Object.entries(MISTAKES))('%s', (_, mistake) => {
    const wrong: Backend = { ...reference, ...mistake };
    const watchers = Object.keys(mistake).flatMap((kernel) => casesLike(WATCHERS[kernel as keyof Backend]));
    expect(watchers.some((each) => finds(each, wrong))).toBe(true);
  });

  it('nothing in the reference', () => {
    const some = cases.filter((_, i) => i % 10 === 0);
    expect(some.filter((each) => finds(each, { ...reference }))).toEqual([]);
  });
});

function casesLike(name: RegExp | undefined): Case[] {
  return cases.filter((each) => name?.test(each.name));
}

function finds(each: Case, wrong: Backend): boolean {
  if (!expected.has(each)) expected.set(each, each.run(reference));
  try {
    return difference(each.run(wrong), expected.get(each) as number[]) !== undefined;
  } catch {
    return true;
  }
}
