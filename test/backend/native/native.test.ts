/** The native backend where it differs from the others: snapshots, chunks and argument checks of the addon. */
import { describe, expect, it } from 'vitest';
import type { Dtype } from '../../../src/backend/contract/backend.js';
import { nativeCandidates } from '../../../src/backend/native/index.js';
import { reference } from '../../../src/backend/reference/index.js';
import { selfTest } from '../../../src/backend/self-test.js';
import { searchAsync } from '../../fixtures/processes/search-async.js';
import { checkGraph } from '../conformance/encoded-search.js';

const NO_FLOOR = Number.NEGATIVE_INFINITY;

function opened() {
  return nativeCandidates.flatMap((candidate) => {
    try {
      return [candidate.open()];
    } catch {
      return [];
    }
  });
}

/** `count` values in [-1, 1), the same for the same seed. */
function values(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Looking at every element with `toEqual` would take seconds. */
function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytes = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return bytes(a).equals(bytes(b));
}

const backends = opened();

const ARRAYS = [
  ['float32', Float32Array],
  ['float64', Float64Array],
  ['float16', Uint16Array],
  ['bfloat16', Uint16Array],
  ['int8', Int8Array],
] as const;

describe.skipIf(backends.length === 0)('native (skipped where no addon was built)', () => {
  for (const backend of backends) {
    describe(backend.level, () => {
      it('passes the self-test', () => selfTest(backend));

      it.each([1, 10, 11, 12, 40])('searches %i queries over several chunks like the reference', (queries) => {
        const dim = 1031; // 192 rows a chunk
        const rows = values(500 * dim);
        const asked = values(queries * dim, 7);
        const [answer, expected] = [backend, reference].map((each) => {
          const corpus = each.openCorpus(dim, 'cosine');
          for (let from = 0; from < 500; from += 100) corpus.append(rows.subarray(from * dim, (from + 100) * dim));
          return corpus.search(asked, { k: 7, minScore: NO_FLOOR });
        });
        expect(answer).toEqual(expected);
      });

      it('answers an asynchronous search from the rows as they were when it was asked', async () => {
        const dim = 64;
        const count = 20_000;
        const corpus = backend.openCorpus(dim, 'dot');
        corpus.append(values(count * dim));
        const query = values(dim, 3);
        const options = { k: 20, minScore: NO_FLOOR };
        const expected = corpus.search(query, options);
        const searches = Array.from({ length: 8 }, () => searchAsync(corpus, query, options));
        for (let slot = 0; slot < count; slot += 7) corpus.overwrite(slot, values(dim, slot + 1));
        corpus.append(values(1000 * dim, 9));
        corpus.compact(Uint8Array.from({ length: corpus.size }, (_, slot) => slot % 2));
        for (const answer of await Promise.all(searches)) expect(answer).toEqual(expected);
        expect(corpus.size).toBe((count + 1000) / 2);
      });

      it('ends a search under way cleanly when it is freed or aborted', async () => {
        const dim = 128;
        const corpus = backend.openCorpus(dim, 'dot');
        corpus.append(values(20_000 * dim));
        const query = values(dim, 3);
        const options = { k: 3, minScore: NO_FLOOR };
        const expected = corpus.search(query, options);
        const controller = new AbortController();
        const aborted = searchAsync(corpus, values(500 * dim, 5), options, controller.signal);
        controller.abort(new Error('enough'));
        await expect(aborted).rejects.toThrow('enough');
        const pending = searchAsync(corpus, query, options);
        corpus.free();
        expect(await pending).toEqual(expected);
        expect(() => corpus.search(query, options)).toThrow(/disposed/);
      });

      it('refuses wrong lengths and types instead of reading past an array', () => {
        const corpus = backend.openCorpus(4, 'dot');
        corpus.append(values(8));
        expect(() => corpus.append(values(7))).toThrow(/length 7, expected 4/);
        expect(() => corpus.overwrite(2, values(4))).toThrow(/slot 2/);
        expect(() => corpus.overwrite(0, values(5))).toThrow(/length 5/);
        expect(() => corpus.read(-1)).toThrow(/size/);
        expect(() => corpus.read(Number.NaN)).toThrow(/size/);
        expect(() => corpus.search(values(6), { k: 1, minScore: NO_FLOOR })).toThrow(/length|Invalid/);
        const admit = new Uint8Array(3);
        expect(() => corpus.search(values(4), { k: 1, minScore: NO_FLOOR, admit })).toThrow(/admit has length 3/);
        expect(() => backend.dot(values(4), values(5))).toThrow(/one length/);
        expect(() => backend.dot(values(4), new Float64Array(4))).toThrow(/one length/);
        expect(() => backend.dot([1, 2] as unknown as Float32Array, values(2))).toThrow(/pair/);
        expect(() => corpus.read(0.5)).toThrow(/size/);
        expect(() => corpus.read(2)).toThrow(/1 rows from slot 2/);
        expect(() => corpus.read(1, 2)).toThrow(/2 rows from slot 1/);
        expect(() => corpus.read(3, 0)).toThrow(/slot 3/);
        expect(() => corpus.read(0, -1)).toThrow(/count is no size/);
        expect(() => corpus.append(new Float64Array(4))).toThrow(/rows is of the wrong type/);
        expect(() => corpus.search(new Float64Array(4), { k: 1, minScore: NO_FLOOR })).toThrow(
          /queries is of the wrong type/,
        );
        expect(() => corpus.compact(new Float64Array(2) as unknown as Uint8Array)).toThrow(/keep is of the wrong type/);
        expect(() => corpus.compact(new Uint8Array(1))).toThrow(/keep has length 1, expected 2/);
        const file = {
          dim: 4,
          metric: 'dot',
          dtype: 'float32',
          rowsAt: 64,
          squares: undefined,
          fileBytes: 128,
        } as const;
        expect(() => backend.openMapped?.('rows', { ...file, rows: 5 })).toThrow(/do not fit the file/);
        expect(() => backend.openCorpus(4, 'dot', { dtype: 'int4' as Dtype })).toThrow(/int4/);
        expect(() => backend.openCorpus(4, 'dot', { threads: -1 })).toThrow(/threads is no size/);
        expect(() => backend.openCorpus(1.5, 'dot')).toThrow(/size/);
        expect(() => corpus.search(values(4), { k: 0, minScore: NO_FLOOR })).toThrow(/k must be positive/);
        const flat = { data: values(1), rows: 1, dim: 0 };
        expect(() => backend.matrix('dot', flat, undefined, new Float32Array(1))).toThrow(/dim must be positive/);
        const rows = { data: values(7), rows: 2, dim: 4 };
        expect(() => backend.matrix('dot', rows, undefined, new Float32Array(4))).toThrow(/past their array/);
        const crooked = {
          rows: 1,
          columns: 2,
          indptr: Uint32Array.of(0, 2),
          indices: Uint32Array.of(0, 9),
          values: Float32Array.of(1, 1),
        };
        expect(() => backend.sparseNeighbors(crooked, { k: 1, shrinkage: 0 })).toThrow(/below columns/);
      });

      it('finds the last of the best rows, also where each is in a strip that sets the first threshold', () => {
        const [dim, strips, k] = [64, 100, 5];
        const rows = new Float32Array(strips * 32 * dim);
        for (let slot = 0; slot < strips * 32; slot++) rows[slot * dim + 1 + (slot % (dim - 1))] = 1;
        // Every eighth strip is looked at first, spread evenly.
        const best = Array.from({ length: k }, (_, n) => Math.floor((n * strips) / 12) * 32 + 20);
        best.forEach((slot, n) => {
          rows[slot * dim] = 9 - n;
        });
        const corpus = backend.openCorpus(dim, 'dot');
        corpus.append(rows);
        const found = () => {
          const query = Float32Array.from({ length: dim }, (_, i) => (i === 0 ? 1 : 0));
          return [...corpus.search(query, { k, minScore: NO_FLOOR }).positions];
        };
        for (const way of corpus.ways ?? []) {
          corpus.way = way;
          while (corpus.encoder && corpus.encoder.encode(1024) > 0);
          expect(found(), way).toEqual(best);
        }
        // Codes of rows that moved are true of others.
        corpus.compact(Uint8Array.from({ length: strips * 32 }, (_, slot) => (slot === 1 ? 0 : 1)));
        expect(found()).toEqual(best.map((slot) => slot - 1));
        corpus.free();
      });

      it('finds the best row where other strips promise more, and it comes first or last', () => {
        const [dim, strips] = [32, 160];
        // Strips with one long row are encoded coarsely, so that any of their rows may be good.
        const coarse = Array.from({ length: 30 }, (_, n) => 7 + 5 * n);
        for (const best of [0, strips - 1]) {
          const rows = values(strips * 32 * dim).map((x) => x / 10);
          for (const strip of coarse) rows.set([5, 300], strip * 32 * dim);
          rows[(best * 32 + 3) * dim] = 10;
          const corpus = backend.openCorpus(dim, 'dot');
          corpus.append(rows);
          for (const way of corpus.ways) {
            corpus.way = way;
            while (corpus.encoder && corpus.encoder.encode(1024) > 0);
            for (const queries of [1, 4, 17]) {
              const some = Float32Array.from({ length: queries * dim }, (_, i) => (i % dim === 0 ? 1 + i / dim : 0));
              const { positions } = corpus.search(some, { k: 1, minScore: NO_FLOOR });
              expect(new Set(positions), `${way}, ${queries} queries`).toEqual(new Set([best * 32 + 3]));
            }
          }
          corpus.free();
        }
      });

      it('has a graph that knows a row alone behind the last strip, and what comes after few rows that suit all', () => {
        const dim = 64;
        for (const rows of [2080, 2081]) {
          const data = values(rows * dim, rows).map((x, i) => (i % dim === 0 ? 1 : x / 8));
          // By their dots these suit every row better than itself.
          for (const slot of [0, 1, 2, 3]) data[slot * dim] = 100 - slot;
          if (rows % 32 === 1) data[(rows - 1) * dim] = 50;
          const corpus = backend.openCorpus(dim, 'dot');
          corpus.append(data);
          for (const k of [4, 5, 6]) checkGraph(corpus, data, { k, minScore: NO_FLOOR });
          corpus.free();
        }
      });

      it('finds a long row behind short ones, although float32 loses its score', () => {
        const [dim, rows, long] = [32, 3000, 2500];
        const data = new Float32Array(rows * dim);
        for (let slot = 0; slot < rows; slot++) data[slot * dim] = 1;
        // Summed in this order by float32 it comes to 0, not 1.5.
        data.set([1.5, 2 ** 25, -(2 ** 25)], long * dim);
        const corpus = backend.openCorpus(dim, 'dot');
        corpus.append(data);
        for (const way of corpus.ways) {
          corpus.way = way;
          const { positions, scores } = corpus.search(new Float32Array(dim * 8).fill(1), { k: 1, minScore: NO_FLOOR });
          expect([...positions], way).toEqual(Array(8).fill(long));
          expect([...scores], way).toEqual(Array(8).fill(1.5));
        }
        corpus.free();
      });

      it('adds small integers as float64 where their sum leaves int32', () => {
        const columns = 40_000;
        const lengths = [columns, columns - 1, columns - 9];
        const indptr = Uint32Array.of(0, columns, 2 * columns - 1, 3 * columns - 10);
        const indices = Uint32Array.from(lengths.flatMap((length) => [...Array(length).keys()]));
        const matrix = { rows: 3, columns, indptr, indices, values: new Float32Array(indices.length).fill(255) };
        const options = { k: 2, shrinkage: 0 };
        expect(backend.sparseNeighbors(matrix, options)).toEqual(reference.sparseNeighbors(matrix, options));
      });

      it.each(ARRAYS)('takes rows of %s in no array but %o', (dtype, ArrayOfDtype) => {
        const corpus = backend.openCorpus(4, 'dot', { dtype });
        for (const [, Other] of ARRAYS) {
          if (Other === ArrayOfDtype) continue;
          expect(() => corpus.append(new Other(4))).toThrow(/rows is of the wrong type/);
        }
        expect(corpus.append(new ArrayOfDtype(8))).toBe(-1);
        expect(() => corpus.overwrite(1, new ArrayOfDtype(8))).toThrow(/length 8, expected 4/);
        expect(corpus.read(0, 2)).toEqual(new ArrayOfDtype(8));
        expect(corpus.read(2, 0)).toEqual(new ArrayOfDtype(0));
      });

      it.each(ARRAYS)('keeps rows of %s over several chunks', (dtype, ArrayOfDtype) => {
        const dim = 4099; // 64 to 255 rows a chunk
        const rows = new ArrayOfDtype(300 * dim);
        for (let i = 0; i < rows.length; i++) rows[i] = (i * i) % 101;
        const queries = dtype === 'float64' ? Float64Array.from(values(dim)) : values(dim);
        const [answer, expected] = [backend, reference].map((each) => {
          const corpus = each.openCorpus(dim, 'euclidean', { dtype });
          for (let from = 0; from < 300; from += 50) corpus.append(rows.subarray(from * dim, (from + 50) * dim));
          expect(sameBytes(corpus.read(1, 298), rows.subarray(dim, 299 * dim))).toBe(true);
          corpus.compact(Uint8Array.from({ length: 300 }, (_, slot) => slot % 2));
          expect(sameBytes(corpus.read(149), rows.subarray(299 * dim))).toBe(true);
          return corpus.search(queries, { k: 20, minScore: NO_FLOOR });
        });
        expect(answer).toEqual(expected);
      });

      it.each(ARRAYS)('holds little more than the bytes of rows of %s', (dtype, ArrayOfDtype) => {
        const rows = new ArrayOfDtype(10_000 * 100);
        for (const metric of ['cosine', 'dot', 'euclidean'] as const) {
          const corpus = backend.openCorpus(100, metric, { dtype });
          corpus.append(rows);
          // Room for rows to come is given back, so that what is left is what rows cost.
          corpus.compact(new Uint8Array(10_000).fill(1));
          expect(corpus.bytes).toBeGreaterThanOrEqual(rows.byteLength);
          expect(corpus.bytes).toBeLessThanOrEqual(rows.byteLength + 16 * 10_000);
        }
      });

      it('gives memory back when rows go', () => {
        const corpus = backend.openCorpus(256, 'cosine');
        corpus.append(values(10_000 * 256));
        const full = corpus.bytes;
        corpus.compact(Uint8Array.from({ length: 10_000 }, (_, slot) => (slot < 100 ? 1 : 0)));
        expect(corpus.bytes).toBeLessThan(full / 5);
      });
    });
  }
});

/** Of a and of b: more than one thread, more than one block on both sides, tiles that cross the diagonal, short edges. */
const SHAPES = [
  [1301, undefined, 3],
  [401, undefined, 33],
  [253, 397, 40],
  [1, 2500, 1000],
] as const;

describe.each(backends.map((backend) => [backend.level, backend] as const))('a matrix on threads, %s', (_, backend) => {
  it.each(SHAPES)('has the bits of one thread and of the reference: %i x %o, dim %i', (rows, others, dim) => {
    const a = { data: values(rows * dim), rows, dim };
    const b = others === undefined ? undefined : { data: values(others * dim, 2), rows: others, dim };
    for (const metric of ['cosine', 'euclidean'] as const) {
      const expected = new Float32Array(rows * (others ?? rows));
      expect(backend.matrix(metric, a, b, expected, 1)).toBe(-1);
      for (const threads of [2, 3, 7]) {
        const out = new Float32Array(expected.length).fill(Number.NaN);
        expect(backend.matrix(metric, a, b, out, threads)).toBe(-1);
        expect(sameBytes(out, expected)).toBe(true);
      }
      const right = b ?? a;
      const row = ({ data }: { data: Float32Array }, i: number) => data.subarray(i * dim, (i + 1) * dim);
      for (let cell = 0; cell < expected.length; cell += 211) {
        const [x, y] = [row(a, Math.floor(cell / right.rows)), row(right, cell % right.rows)];
        const score = metric === 'cosine' ? reference.cosine(x, y) : 0 - reference.euclidean(x, y);
        if (expected[cell] !== Math.fround(score))
          expect.unreachable(`cell ${cell} is ${expected[cell]}, not ${score}`);
      }
    }
  });
});
