/** Search and storage of the wasm backend, with sizes chosen around its blocks and its memory. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { KindredError } from '../../../src/errors.js';
import { remembered as reference } from '../../fixtures/remembered.js';
import {
  ALL,
  AWKWARD_DIMS,
  expectBits,
  expectSameAnswer,
  expectSameSearch,
  generator,
  levels,
  METRICS,
  misaligned,
} from './checks.js';

const PAGE_BYTES = 65536;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(levels)('$name/$level', (candidate) => {
  const backend = candidate.open();

  describe('search', () => {
    test('at every awkward dimension, one query and a batch', () => {
      const random = generator(8);
      for (const dim of AWKWARD_DIMS) {
        for (const metric of METRICS) {
          const data = misaligned(Float32Array, 23 * dim, random);
          expectSameSearch(backend, metric, dim, data, data.subarray(dim, 2 * dim), ALL);
          expectSameSearch(backend, metric, dim, data, data.subarray(0, 9 * dim), ALL);
        }
      }
    });

    test('at row and query counts around the blocks', () => {
      const random = generator(9);
      for (const rows of [1, 2, 3, 4, 5, 1023, 1024, 1025, 2051]) {
        const data = misaligned(Float32Array, rows * 3, random);
        for (const queries of [0, 1, 2, 7, 8, 9, 10, 11]) {
          expectSameSearch(backend, 'cosine', 3, data, misaligned(Float32Array, queries * 3, random), ALL);
        }
      }
    });

    test('with more queries than one block of them holds', () => {
      const random = generator(10);
      const data = misaligned(Float32Array, 30 * 1500, random);
      // 1500 floats: 87 queries to a block, the last block of one or of three queries.
      for (const queries of [88, 177]) {
        const wanted = misaligned(Float32Array, queries * 1500, random);
        for (const metric of METRICS) expectSameSearch(backend, metric, 1500, data, wanted, ALL);
      }
    });

    test('ties and duplicates go by position, for any k', () => {
      const random = generator(11);
      const data = Float32Array.from({ length: 500 * 4 }, () => Math.floor(random() * 3) - 1);
      for (const metric of METRICS) {
        for (const k of [1, 2, 10, 499, 500, 501, 10_000]) {
          for (const queries of [1, 9]) {
            const wanted = data.subarray(0, queries * 4);
            expectSameSearch(backend, metric, 4, data, wanted, { ...ALL, k });
          }
        }
      }
      const same = new Float32Array(200 * 5).fill(0.7);
      expectSameSearch(backend, 'cosine', 5, same, same.subarray(0, 5), ALL);
    });

    test('admits by mask and by minimum score before it counts to k', () => {
      const random = generator(12);
      const data = Float32Array.from({ length: 1500 * 6 }, () => Math.floor(random() * 9) - 4);
      for (const metric of METRICS) {
        const scores = METRICS.indexOf(metric) === 0 ? [0.5, 1, 1.1] : metric === 'dot' ? [7, 1e9] : [-3, 0, 1];
        for (const minScore of [Number.NEGATIVE_INFINITY, ...scores]) {
          for (const share of [0, 0.01, 0.5, 1]) {
            const admit = Uint8Array.from({ length: 1500 }, () =>
              random() < share ? 1 + Math.floor(random() * 255) : 0,
            );
            for (const queries of [1, 9]) {
              const wanted = data.subarray(0, queries * 6);
              expectSameSearch(backend, metric, 6, data, wanted, { k: 7, minScore, admit });
            }
          }
        }
      }
    });

    test('of tiny, huge and zero rows and queries', () => {
      const scales = [0, 1e-45, 1e-30, 1, 1e30, 3e38];
      const random = generator(13);
      const data = Float32Array.from(
        { length: 60 * 18 },
        (_, i) => scales[Math.floor(i / 18) % 6] * (2 * random() - 1),
      );
      for (const metric of METRICS) {
        for (let q = 0; q < 6; q++) {
          expectSameSearch(backend, metric, 18, data, data.subarray(q * 18, (q + 1) * 18), { ...ALL, k: 60 });
        }
        expectSameSearch(backend, metric, 18, data, data.subarray(0, 12 * 18), { ...ALL, k: 60 });
      }
    });

    test('of an empty corpus finds nothing', () => {
      const corpus = backend.openCorpus(3, 'cosine');
      const found = corpus.search(Float32Array.of(1, 2, 3, 4, 5, 6), ALL);
      expect([found.stride, found.counts.length, found.positions.length]).toEqual([0, 2, 0]);
    });

    // Which queries share a block is decided before any kernel is called.
    test.runIf(candidate.level === 'simd')('with huge k keeps its memory bounded', () => {
      const corpus = backend.openCorpus(1, 'dot');
      const rows = 50_000;
      corpus.append(Float32Array.from({ length: rows }, (_, i) => i % 1000));
      // 600 kB of best rows a query: 34 queries at once would take 19.5 MiB.
      const found = corpus.search(new Float32Array(34).fill(1), { ...ALL, k: rows });
      expect(found.stride).toBe(rows);
      expect([...found.positions.subarray(33 * rows, 33 * rows + 3)]).toEqual([999, 1999, 2999]);
      expect(corpus.bytes).toBeLessThan(18 * 2 ** 20);
    });
  });

  describe('corpus', () => {
    test('follows the reference through any history of calls', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 40 }),
          fc.constantFrom(...METRICS),
          histories(),
          (dim, metric, history) => {
            const ours = backend.openCorpus(dim, metric);
            const theirs = reference.openCorpus(dim, metric);
            const random = generator(14);
            for (const { act, count } of history) {
              const rows = misaligned(Float32Array, count * dim, random);
              if (act === 'append') expect(ours.append(rows)).toBe(theirs.append(rows));
              if (act === 'spoil' && count > 0) {
                rows[Math.floor(random() * rows.length)] = random() < 0.5 ? Number.NaN : Number.POSITIVE_INFINITY;
                expect(ours.append(rows)).toBe(theirs.append(rows));
                if (ours.size > 0)
                  expect(ours.overwrite(0, rows.subarray(0, dim))).toBe(theirs.overwrite(0, rows.subarray(0, dim)));
              }
              if (act === 'overwrite' && ours.size > 0 && count > 0) {
                const slot = Math.floor(random() * ours.size);
                expect(ours.overwrite(slot, rows.subarray(0, dim))).toBe(theirs.overwrite(slot, rows.subarray(0, dim)));
              }
              if (act === 'compact') {
                const keep = Uint8Array.from({ length: ours.size }, () => (random() < 0.3 ? 0 : 2));
                ours.compact(keep);
                theirs.compact(keep);
              }
              expect(ours.size).toBe(theirs.size);
              for (let slot = 0; slot < ours.size; slot++) expectBits(ours.read(slot), theirs.read(slot));
              for (const queries of [1, 8]) {
                const wanted = misaligned(Float32Array, queries * dim, random);
                expectSameAnswer(ours.search(wanted, ALL), theirs.search(wanted, ALL));
              }
            }
          },
        ),
        { numRuns: 30 },
      );
    });

    test('grows over many small appends and keeps every row', () => {
      const random = generator(15);
      const ours = backend.openCorpus(37, 'cosine');
      const theirs = reference.openCorpus(37, 'cosine');
      for (let n = 0; n < 1500; n++) {
        const row = misaligned(Float32Array, 37, random);
        ours.append(row);
        theirs.append(row);
        if (n % 300 === 0) expectSameAnswer(ours.search(row, ALL), theirs.search(row, ALL));
      }
      const wanted = misaligned(Float32Array, 9 * 37, random);
      expectSameAnswer(ours.search(wanted, ALL), theirs.search(wanted, ALL));
      expect(ours.bytes).toBeLessThan(1500 * 37 * 4 * 1.5 + 4 * PAGE_BYTES);
    });

    test('reads past no end of memory, wherever a page ends', () => {
      // Stretches of memory begin at multiples of four elements, so that none is passed over.
      for (let dim = PAGE_BYTES / 4 - 2000; dim <= PAGE_BYTES / 4; dim += 3) {
        const corpus = backend.openCorpus(dim, 'dot');
        expect(corpus.append(new Float32Array(dim).fill(1))).toBe(-1);
      }
    });

    test('refuses NaN and infinity wherever they are, leaving no trace', () => {
      const random = generator(16);
      for (const metric of METRICS) {
        for (const poison of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const corpus = backend.openCorpus(17, metric);
          const fine = misaligned(Float32Array, 3 * 17, random);
          corpus.append(fine);
          for (const at of [0, 15, 16, 17, 50]) {
            const poor = fine.slice();
            poor[at] = poison;
            expect(corpus.append(poor)).toBe(Math.floor(at / 17));
          }
          expect(corpus.overwrite(1, new Float32Array(17).fill(poison))).toBe(false);
          expect(corpus.size).toBe(3);
          const theirs = reference.openCorpus(17, metric);
          theirs.append(fine);
          for (const wanted of [fine.subarray(0, 17), new Float32Array(8 * 17).fill(1)]) {
            expectSameAnswer(corpus.search(wanted, ALL), theirs.search(wanted, ALL));
          }
        }
      }
    });

    test('gives memory back when most rows go', () => {
      const random = generator(17);
      const corpus = backend.openCorpus(64, 'cosine');
      const rows = misaligned(Float32Array, 10_000 * 64, random);
      corpus.append(rows);
      const before = corpus.bytes;
      expect(before).toBeGreaterThanOrEqual(10_000 * (64 * 4 + 8));
      corpus.compact(Uint8Array.from({ length: 10_000 }, (_, slot) => (slot % 100 === 7 ? 1 : 0)));
      expect(corpus.size).toBe(100);
      expect(corpus.bytes).toBeLessThan(before / 10);
      for (const n of [0, 1, 99]) {
        const slot = 100 * n + 7;
        const row = rows.slice(slot * 64, (slot + 1) * 64);
        expectBits(corpus.read(n), row);
        expect(corpus.search(row, { ...ALL, k: 1 }).positions[0]).toBe(n);
      }
      corpus.compact(new Uint8Array(100));
      expect(corpus.size).toBe(0);
      expect(corpus.append(rows.subarray(0, 128))).toBe(-1);
      expect(corpus.size).toBe(2);
    });

    test('is untouched by a memory that cannot grow', () => {
      const random = generator(18);
      const corpus = backend.openCorpus(100, 'cosine');
      const rows = misaligned(Float32Array, 300 * 100, random);
      corpus.append(rows);
      const wanted = rows.subarray(0, 100);
      const before = corpus.search(wanted, ALL);
      vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
        throw new RangeError('no more');
      });
      const refusal = () => corpus.append(rows);
      expect(refusal).toThrow(KindredError);
      expect(refusal).toThrow(/memory cannot grow: \d+ bytes are needed, \d+ are held/);
      expect(corpus.size).toBe(300);
      expectSameAnswer(corpus.search(wanted, ALL), before);
      vi.restoreAllMocks();
      expect(corpus.append(rows)).toBe(-1);
      expect(corpus.size).toBe(600);
      expectBits(corpus.read(599), rows.slice(299 * 100));
    });

    test('takes just enough where memory cannot grow generously', () => {
      const corpus = backend.openCorpus(1000, 'dot');
      const rows = new Float32Array(100 * 1000).fill(1);
      corpus.append(rows);
      const grow = WebAssembly.Memory.prototype.grow;
      const allowedPages = 1;
      vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(function (this: WebAssembly.Memory, pages) {
        if (pages > allowedPages) throw new RangeError('no more');
        return grow.call(this, pages);
      });
      expect(corpus.append(rows.subarray(0, 3000))).toBe(-1);
      expect(corpus.size).toBe(103);
      expect(corpus.bytes).toBeLessThan(103 * 4000 + 3 * PAGE_BYTES);
    });

    test('refuses what passes 4 GiB', () => {
      const corpus = backend.openCorpus(2 ** 30, 'dot');
      expect(() => corpus.overwrite(0, new Float32Array(1))).toThrow(/memory cannot grow.*4294967296/);
    });

    test('throws DISPOSED once freed, and can be freed again', () => {
      const corpus = backend.openCorpus(2, 'dot');
      corpus.append(Float32Array.of(1, 2));
      corpus.free();
      corpus.free();
      const row = Float32Array.of(1, 2);
      const calls = [
        () => corpus.append(row),
        () => corpus.overwrite(0, row),
        () => corpus.read(0),
        () => corpus.compact(Uint8Array.of(1)),
        () => corpus.search(row, ALL),
      ];
      for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
      expect([corpus.size, corpus.bytes]).toEqual([0, 0]);
    });

    test('corpora do not share memory', () => {
      const [a, b] = [backend.openCorpus(2, 'dot'), backend.openCorpus(2, 'dot')];
      a.append(Float32Array.of(1, 2));
      b.append(Float32Array.of(3, 4, 5, 6));
      b.free();
      expect([a.size, ...a.read(0)]).toEqual([1, 1, 2]);
    });
  });
});

/** A history of calls on a corpus. */
function histories() {
  const call = fc.record({
    act: fc.constantFrom('append', 'spoil', 'overwrite', 'compact'),
    count: fc.integer({ min: 0, max: 60 }),
  });
  return fc.array(call, { minLength: 1, maxLength: 12 });
}
