/** Filtered search of the wasm backend: whatever is encoded, answers have the bits of the reference. */
import { describe, expect, test } from 'vitest';
import type { Backend, Corpus, Dtype, Encoding, Metric, TopRequest } from '../../../src/backend/contract/backend.js';
import { reference } from '../../../src/backend/reference/index.js';
import { remembered } from '../../fixtures/remembered.js';
import { difference } from '../conformance/case.js';
import { corpusCases } from '../conformance/cases/corpus-cases.js';
import { adopt, encodingOf } from '../conformance/encoded-search.js';
import { ALL, expectBits, expectSameAnswer, generator, levels, METRICS } from './checks.js';

type Draw = (rows: number, dim: number, random: () => number) => Float32Array;

const gaussian = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Rows as kind as they come, and as adverse. */
const KINDS: Record<string, Draw> = {
  uniform: (rows, dim, random) => Float32Array.from({ length: rows * dim }, () => 2 * random() - 1),
  clustered(rows, dim, random) {
    const centres = Float32Array.from({ length: 20 * dim }, () => gaussian(random));
    return Float32Array.from({ length: rows * dim }, (_, i) => {
      const centre = Math.floor(i / dim) % 20;
      return centres[centre * dim + (i % dim)] + 0.3 * gaussian(random);
    });
  },
  'around a mean': (rows, dim, random) =>
    Float32Array.from({ length: rows * dim }, (_, i) => 5 + (i % dim) / dim + gaussian(random)),
  'with outlier dimensions': (rows, dim, random) =>
    Float32Array.from({ length: rows * dim }, (_, i) => gaussian(random) * ((i % dim) % 40 === 3 ? 50 : 1)),
  equal: (rows, dim) => Float32Array.from({ length: rows * dim }, (_, i) => Math.sin(i % dim)),
  'one-hot': (rows, dim, random) => {
    const data = new Float32Array(rows * dim);
    for (let r = 0; r < rows; r++) data[r * dim + Math.floor(random() * dim)] = random() < 0.5 ? 1 : -2;
    return data;
  },
  'of 1e-30 and 1e30': (rows, dim, random) =>
    Float32Array.from({ length: rows * dim }, (_, i) => {
      const scale = [1e-30, 1, 1e30, 0][Math.floor(i / dim) % 4];
      return scale * (2 * random() - 1) * (random() < 0.2 ? 1e-6 : 1);
    }),
  'one ulp apart'(rows, dim, random) {
    const row = Float32Array.from({ length: dim }, () => gaussian(random));
    const data = Float32Array.from({ length: rows * dim }, (_, i) => row[i % dim]);
    const bits = new Uint32Array(data.buffer);
    for (let r = 0; r < rows; r++) bits[r * dim + Math.floor(random() * dim)] += random() < 0.5 ? 1 : 0;
    return data;
  },
};

function openBoth(backend: Backend, dim: number, metric: Metric, data: Float32Array): [Corpus, Corpus] {
  const [ours, theirs] = [backend.openCorpus(dim, metric), remembered.openCorpus(dim, metric)];
  for (const corpus of [ours, theirs]) expect(corpus.append(data)).toBe(-1);
  return [ours, theirs];
}

function encodeAll(corpus: Corpus): void {
  for (let calls = 0; (corpus.encoder?.encode(512) ?? 0) > 0; calls++)
    if (calls > 1000) throw new Error('encode never ends');
}

function expectSame(ours: Corpus, theirs: Corpus, queries: Float32Array, options: TopRequest): void {
  const one = queries.subarray(0, ours.dim);
  expectSameAnswer(ours.search(one, options), theirs.search(one, options));
  expectSameAnswer(ours.search(queries, options), theirs.search(queries, options));
}

describe.each(levels)('$name/$level', (candidate) => {
  const backend = candidate.open();
  const filters = candidate.level !== 'scalar';

  // Each kind at each dimension, by one metric: each metric meets every kind and every dimension.
  describe.runIf(filters).each([...Object.keys(KINDS).entries()])('rows %i, %s', (number, kind) => {
    test.each([...[1, 2, 15, 16, 17, 31, 33, 64, 100, 384, 1000].entries()])('of dimension %i, %i', (place, dim) => {
      const random = generator(dim);
      const rows = dim > 300 ? 513 : 1100;
      const data = KINDS[kind](rows, dim, random);
      const queries = Float32Array.from([...data.subarray(7 * dim, 9 * dim), ...KINDS[kind](3, dim, random)]);
      const metric = METRICS[(number + place) % METRICS.length];
      const [ours, theirs] = openBoth(backend, dim, metric, data);
      encodeAll(ours);
      expect(ours.encoder?.state?.rows).toBe(filters ? rows - (rows % 32) : undefined);
      expectSame(ours, theirs, queries, { ...ALL, k: 10 });
      expect(ours.lastSearch).toMatchObject({ queries: 5, rows });
      expect(ours.lastSearch?.fine === undefined).toBe(!filters);
    });
  });

  test.each([0, 1, 31, 32, 33, 511, 512, 513, 3000])('%i rows, any k', (rows) => {
    const dim = 33;
    for (const kind of ['clustered', 'equal']) {
      const random = generator(rows);
      const data = KINDS[kind](rows, dim, random);
      const queries = KINDS.clustered(4, dim, random);
      for (const metric of METRICS) {
        const [ours, theirs] = openBoth(backend, dim, metric, data);
        encodeAll(ours);
        expect(ours.encoder?.state?.rows).toBe(filters && rows >= 512 ? rows - (rows % 32) : undefined);
        for (const k of [1, 2, 60, rows >> 3, rows - 1, rows, rows + 5]) {
          if (k > 0) expectSame(ours, theirs, queries, { ...ALL, k });
        }
      }
    }
  });

  test('a minimum score and a mask', () => {
    const [dim, rows] = [48, 1500];
    const random = generator(3);
    const data = KINDS.clustered(rows, dim, random);
    const queries = data.slice(100 * dim, 104 * dim);
    const masks = [
      new Uint8Array(rows),
      Uint8Array.from({ length: rows }, (_, r) => (r >= 640 && r < 800 ? 255 : 0)),
      Uint8Array.from({ length: rows }, () => (random() < 0.5 ? 7 : 0)),
      Uint8Array.from({ length: rows }, () => (random() < 0.01 ? 1 : 0)),
      undefined,
    ];
    for (const metric of METRICS) {
      const [ours, theirs] = openBoth(backend, dim, metric, data);
      encodeAll(ours);
      const kth = theirs.search(queries.subarray(0, dim), { ...ALL, k: 60 }).scores;
      for (const admit of masks) {
        for (const minScore of [Number.NEGATIVE_INFINITY, kth[59], kth[30], kth[0], 1e9]) {
          for (const k of [5, 200, rows]) expectSame(ours, theirs, queries, { k, minScore, admit });
        }
      }
      expect(ours.search(queries, { k: 5, minScore: 0, admit: undefined }).stride).toBe(5);
    }
  });

  test('many queries, in more than one block', () => {
    const random = generator(4);
    for (const [rows, dim, count, k] of [
      [1200, 40, 300, 3],
      [700, 17, 33, 80],
    ]) {
      const data = KINDS.clustered(rows, dim, random);
      const queries = KINDS.uniform(count, dim, random);
      for (const metric of METRICS) {
        const [ours, theirs] = openBoth(backend, dim, metric, data);
        encodeAll(ours);
        expectSame(ours, theirs, queries, { ...ALL, k });
      }
    }
  });

  test('more rows that tie than candidates fit', () => {
    const [dim, rows] = [8, 6000];
    const data = KINDS.equal(rows, dim, generator(5));
    for (const metric of METRICS) {
      const [ours, theirs] = openBoth(backend, dim, metric, data);
      encodeAll(ours);
      expectSame(ours, theirs, data.slice(0, 4 * dim), { ...ALL, k: 20 });
    }
  });

  test('changed, moved and added rows', () => {
    const dim = 36;
    for (const metric of METRICS) {
      const random = generator(6);
      const [ours, theirs] = openBoth(backend, dim, metric, KINDS.clustered(1000, dim, random));
      const queries = KINDS.clustered(3, dim, random);
      for (let round = 0; round < 12; round++) {
        for (let n = 0; n < 5; n++) {
          const slot = Math.floor(random() * ours.size);
          const row = n === 0 ? queries.slice(0, dim) : KINDS.uniform(1, dim, random);
          for (const corpus of [ours, theirs]) corpus.overwrite(slot, row);
        }
        expectSame(ours, theirs, queries, ALL);
        if (round % 3 === 0) encodeAll(ours);
        if (round % 4 === 1) {
          const cut = Math.floor(random() * ours.size);
          const keep = Uint8Array.from({ length: ours.size }, (_, slot) => (slot > cut && random() < 0.2 ? 0 : 1));
          for (const corpus of [ours, theirs]) corpus.compact(keep);
        }
        expectSame(ours, theirs, queries, ALL);
        if (round % 4 === 2) {
          const more = KINDS.clustered(round === 6 ? 4000 : 77, dim, random);
          for (const corpus of [ours, theirs]) corpus.append(more);
        }
        expectSame(ours, theirs, queries, ALL);
        if (round % 2 === 0) expect(ours.encoder?.encode(40)).toBeGreaterThanOrEqual(0);
        expectSame(ours, theirs, queries, ALL);
      }
    }
  });

  test('every stored type', () => {
    const rows = 600;
    const dtypes: Dtype[] = ['float32', 'float64', 'float16', 'bfloat16', 'int8'];
    // Each type meets every dimension, and every metric.
    for (const [number, dtype] of dtypes.entries()) {
      for (const [place, dim] of [1, 7, 32, 65].entries()) {
        const random = generator(dim);
        const draw = (count: number) => elements(dtype, count * dim, random);
        const queries =
          dtype === 'float64'
            ? Float64Array.from({ length: 3 * dim }, () => gaussian(random) / 3)
            : Float32Array.from({ length: 3 * dim }, () => gaussian(random));
        for (const metric of [METRICS[(number + place) % METRICS.length]]) {
          const [ours, theirs] = [backend, remembered].map((each) => each.openCorpus(dim, metric, { dtype }));
          const [data, more, row] = [draw(rows), draw(45), draw(1)];
          for (const corpus of [ours, theirs]) corpus.append(data);
          expect(ours.dtype).toBe(dtype);
          expectBits(ours.read(3, 5), data.slice(3 * dim, 8 * dim));
          for (const step of ['plain', 'encoded', 'changed'] as const) {
            if (step === 'encoded') encodeAll(ours);
            if (step === 'changed') {
              for (const corpus of [ours, theirs]) {
                corpus.append(more);
                corpus.overwrite(100, row);
              }
            }
            for (const wanted of [queries.subarray(0, dim), queries, repeated(queries, 4)]) {
              expectSameAnswer(ours.search(wanted, ALL), theirs.search(wanted, ALL));
            }
          }
        }
      }
    }
  });

  test('refuses rows that are not finite, whatever their type', () => {
    const bad: [Dtype, Uint16Array | Float64Array][] = [
      ['float16', Uint16Array.of(0x3c00, 0x7bff, 0x7c00, 0)],
      ['float16', Uint16Array.of(0x3c00, 0x7bff, 0xfe01, 0)],
      ['bfloat16', Uint16Array.of(0x3f80, 0x7f7f, 0x7f80, 0)],
      ['bfloat16', Uint16Array.of(0x3f80, 0x7f7f, 0xffc1, 0)],
      ['float64', Float64Array.of(0, -0, 1e-140, 0)],
      ['float64', Float64Array.of(1, 2, 1e140, 0)],
      ['float64', Float64Array.of(1, 2, 5e-324, 0)],
      ['float64', Float64Array.of(1, 2, Number.NaN, 0)],
    ];
    for (const [dtype, data] of bad) {
      const corpus = backend.openCorpus(2, 'cosine', { dtype });
      expect(corpus.append(data)).toBe(1);
      expect(corpus.size).toBe(0);
      expect(corpus.append(data.slice(0, 2))).toBe(-1);
      expect(corpus.overwrite(0, data.slice(2))).toBe(false);
    }
  });

  test.runIf(filters)('float64 rows near the ends of their range', () => {
    const [dim, rows] = [24, 640];
    const random = generator(9);
    for (const scales of [[1e-134], [1e134], [1e-134, 1, 1e134, 0]]) {
      const data = Float64Array.from(
        { length: rows * dim },
        (_, i) => scales[Math.floor(i / dim) % scales.length] * gaussian(random),
      );
      for (const metric of METRICS) {
        const [ours, theirs] = [backend, remembered].map((each) => {
          const corpus = each.openCorpus(dim, metric, { dtype: 'float64' });
          expect(corpus.append(data)).toBe(-1);
          return corpus;
        });
        encodeAll(ours);
        const queries = data.slice(0, 4 * dim);
        expectSameAnswer(ours.search(queries, ALL), theirs.search(queries, ALL));
        expectSameAnswer(ours.search(queries.slice(0, dim), ALL), theirs.search(queries.slice(0, dim), ALL));
      }
    }
  });

  test('holds a byte per value and sixteen per row beside the rows', () => {
    const [rows, dim] = [8192, 64];
    const corpus = backend.openCorpus(dim, 'cosine');
    corpus.append(KINDS.uniform(rows, dim, generator(7)));
    encodeAll(corpus);
    const pages = 6 * 65536;
    expect(corpus.bytes).toBeLessThan(rows * (dim * 4 + dim + 16) + pages);
    corpus.compact(Uint8Array.from({ length: rows }, (_, slot) => (slot < 600 ? 1 : 0)));
    expect(corpus.bytes).toBeLessThan(rows * 16 * 4);
    expect(corpus.encoder?.state?.rows).toBe(filters ? 576 : undefined);
  });

  test.runIf(filters)('chooses the mode that bounds best, anew when the corpus has become another', () => {
    const dim = 100;
    const modeOf = (kind: string) => {
      const corpus = backend.openCorpus(dim, 'cosine');
      corpus.append(KINDS[kind](2000, dim, generator(8)));
      encodeAll(corpus);
      return corpus.encoder?.state?.mode;
    };
    expect(['clustered', 'around a mean', 'with outlier dimensions'].map(modeOf)).toEqual([
      'raw',
      'centred',
      'rotated',
    ]);
    const random = generator(10);
    const [ours, theirs] = openBoth(backend, dim, 'cosine', KINDS.uniform(600, dim, random));
    encodeAll(ours);
    expect(ours.encoder?.state).toEqual({ mode: 'raw', rows: 576 });
    for (const corpus of [ours, theirs]) corpus.append(KINDS['around a mean'](6000, dim, generator(8)));
    encodeAll(ours);
    expect(ours.encoder?.state).toEqual({ mode: 'centred', rows: 6592 });
    expectSame(ours, theirs, KINDS['around a mean'](3, dim, random), ALL);
  });

  test.runIf(filters)('chooses anew when as many rows have changed as there were', () => {
    const [rows, dim] = [640, 100];
    const [ours, theirs] = openBoth(backend, dim, 'cosine', KINDS.uniform(rows, dim, generator(7)));
    encodeAll(ours);
    expect(ours.encoder?.state).toEqual({ mode: 'raw', rows });
    const others = KINDS['around a mean'](rows, dim, generator(8));
    for (const [from, to, mode] of [
      [0, rows - 1, 'raw'],
      [rows - 1, rows, 'centred'],
    ] as const) {
      for (let slot = from; slot < to; slot++) {
        for (const corpus of [ours, theirs]) corpus.overwrite(slot, others.subarray(slot * dim, (slot + 1) * dim));
      }
      encodeAll(ours);
      expect(ours.encoder?.state).toEqual({ mode, rows });
      expectSame(ours, theirs, KINDS['around a mean'](3, dim, generator(9)), ALL);
    }
  });

  // The conformance run encodes before it searches; Node 20 does not offer it this level.
  describe.runIf(candidate.level === 'relaxed-simd')('encoded before every search, conforms', () => {
    test.each(corpusCases)('$name', ({ run }) => {
      expect(difference(run(encodingFirst(backend)), run(reference))).toBeUndefined();
    });
  });

  describe.runIf(filters)('an encoding', () => {
    const [rows, dim] = [700, 70];
    const data = KINDS['with outlier dimensions'](rows, dim, generator(11));
    const encoded = (): Encoding => {
      const corpus = backend.openCorpus(dim, 'cosine');
      corpus.append(data);
      encodeAll(corpus);
      return encodingOf(corpus) as Encoding;
    };

    test('has the documented shape and is true', () => {
      const { mode, mean, rows: whole, strips, offsets, high, low } = encoded();
      expect([mode, whole, mean.length, strips.length, offsets.length]).toEqual(['rotated', 672, dim, 105, 672]);
      expect([high.length, low.length]).toEqual([672 * 48, 672 * 48]);
    });

    test('moves to another corpus with the same rows', () => {
      const [ours, theirs] = openBoth(backend, dim, 'cosine', data);
      adopt(ours, encoded());
      expect(ours.encoder?.state).toEqual({ mode: 'rotated', rows: 672 });
      expectSame(ours, theirs, data.slice(0, 3 * dim), ALL);
      expect(ours.lastSearch?.fine).toBeDefined();
      expect(encodingOf(ours)).toEqual(encoded());
      ours.overwrite(100, data.subarray(0, dim));
      expect(encodingOf(ours)?.rows).toBe(96);
    });

    test('that is none is refused, and the corpus keeps its own', () => {
      const [ours, theirs] = openBoth(backend, dim, 'cosine', data);
      encodeAll(ours);
      const fine = encoded();
      const broken: Partial<Record<keyof Encoding, unknown>>[] = [
        { mode: 'folded' },
        { rows: 671 },
        { rows: 704 },
        { rows: -32 },
        { mean: fine.mean.slice(1) },
        { mean: fine.mean.map(() => Number.NaN) },
        { strips: fine.strips.slice(5) },
        { strips: fine.strips.map((cell) => -cell) },
        { strips: fine.strips.map(() => Number.POSITIVE_INFINITY) },
        { strips: fine.strips.map((cell, i) => (i % 5 === 2 ? cell / 2 : cell)) },
        { strips: fine.strips.map((cell, i) => (i % 5 === 3 ? cell / 2 : cell)) },
        { strips: fine.strips.map((cell, i) => (i % 5 === 4 ? cell / 2 : cell)) },
        { offsets: fine.offsets.slice(1) },
        { offsets: fine.offsets.map(() => 2) },
        { offsets: fine.offsets.map((offset) => offset / 2 + 0.1) },
        { high: fine.high.slice(1) },
        { low: fine.low.slice(1) },
        { high: fine.high.map((byte) => byte ^ 0x80) },
        { mode: 'centred' },
      ];
      for (const part of broken) {
        expect(() => adopt(ours, { ...fine, ...part } as Encoding), Object.keys(part).join()).toThrow(
          expect.objectContaining({ code: 'CORRUPT_FILE' }),
        );
      }
      expectSame(ours, theirs, data.slice(0, 3 * dim), ALL);
    });
  });
});

/** A backend whose corpora encode whatever they can before they search. */
function encodingFirst(backend: Backend): Backend {
  return {
    ...backend,
    openCorpus(...args) {
      const corpus = backend.openCorpus(...args);
      const search = corpus.search.bind(corpus);
      corpus.search = (queries, options) => {
        encodeAll(corpus);
        return search(queries, options);
      };
      return corpus;
    },
  };
}

function elements(dtype: Dtype, length: number, random: () => number) {
  const zeroOr = (value: number) => (random() < 0.05 ? 0 : value);
  switch (dtype) {
    case 'float64':
      return Float64Array.from({ length }, () => zeroOr(gaussian(random) / 3));
    case 'float16':
      // Any sign, mantissa and exponent, subnormals among them, but that of infinity.
      return Uint16Array.from({ length }, () => Math.floor(random() * 0x7c00) | (random() < 0.5 ? 0x8000 : 0));
    case 'bfloat16':
      return Uint16Array.from(
        { length },
        () => (0x3e00 + Math.floor(random() * 0x200)) | (random() < 0.5 ? 0x8000 : 0),
      );
    case 'int8':
      return Int8Array.from({ length }, () => Math.floor(random() * 256) - 128);
    default:
      return Float32Array.from({ length }, () => zeroOr(gaussian(random)));
  }
}

function repeated<T extends Float32Array | Float64Array>(values: T, times: number): T {
  const all = new (values.constructor as new (length: number) => T)(values.length * times);
  for (let n = 0; n < times; n++) all.set(values, n * values.length);
  return all;
}
