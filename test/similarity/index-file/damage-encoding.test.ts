/** Forged encodings with right checksums: each is refused with CORRUPT_FILE or does no harm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend, Corpus } from '../../../src/backend/contract/backend.js';
import { KindredError, openBackend, VectorIndex } from '../../../src/index.js';
import { encoded, full, refusal, refusalIfAny } from '../../fixtures/damaged-file.js';
import { encodingBackend, forged, partOf, partsOf } from '../../fixtures/index-file.js';
import { backends, isSlow, levels } from '../../fixtures/plain-rows.js';

describe('a forged encoding', () => {
  const changed = (change: (view: DataView, at: number) => void) => {
    const { at } = partOf(full, 'ENCO');
    return forged(full, (view) => change(view, at));
  };

  it('of wrong form is refused', () => {
    const strips = 64 + 64;
    const bad = (change: (view: DataView, at: number) => void) => refusal(changed(change), encoded);
    expect(bad((view, at) => view.setUint32(at + 4, 3, true))).toContain('encoding mode 3');
    expect(bad((view, at) => view.setUint32(at + 4, 0, true))).toContain('in the mean of mode raw');
    for (const rows of [31, 33, 64, 0, 2 ** 31]) {
      expect(bad((view, at) => view.setUint32(at + 8, rows, true))).toMatch(/encoded rows|bytes of encoding/);
    }
    expect(bad((view, at) => view.setBigUint64(at + 8, 2n ** 53n, true))).toContain('encoded rows');
    expect(bad((view, at) => view.setUint8(at + 20, 1))).toContain('where there must be zeros');
    expect(bad((view, at) => view.setFloat64(at + 64, Number.NaN, true))).toContain('NaN in the mean');
    ['scale', 'unit', 'fine', 'coarse', 'reach'].forEach((name, i) => {
      for (const value of [
        Number.NaN,
        -1,
        -5e-324,
        Number.NEGATIVE_INFINITY,
        ...(i < 2 ? [Number.POSITIVE_INFINITY] : []),
      ]) {
        expect(bad((view, at) => view.setFloat64(at + strips + 8 * i, value, true))).toContain(
          `${value} as ${name} of strip 0`,
        );
      }
    });
    expect(bad((view, at) => view.setFloat32(at + 192 + 4 * 31, Number.NaN, true))).toContain(
      'offset NaN of encoded row 31',
    );
    // Another revision of the encoding is nothing to be refused, but nothing to be used either.
    const { backend, adopted } = encodingBackend(undefined);
    VectorIndex.fromBytes(
      changed((view, at) => view.setUint32(at, 2, true)),
      { backend },
    );
    expect(adopted).toEqual([]);
    expect(
      refusal(
        forged(full, (view) => view.setUint32(partOf(full, 'ENCO').entry + 16, 63, true)),
        encoded,
      ),
    ).toMatch(/bytes of encoding|ends the file/);
  });

  it('may have any bytes: a backend that takes it neither crashes nor hangs', () => {
    for (const backend of backends) {
      const rows = Array.from({ length: 700 }, (_, r) =>
        Float32Array.from({ length: 20 }, (_, i) => Math.sin(r * i + r)),
      );
      const source = VectorIndex.from(rows, { backend }).toBytes();
      if (!partsOf(source).some(({ name }) => name === 'ENCO')) continue;
      const { at, length } = partOf(source, 'ENCO');
      const change = fc.tuple(fc.nat(length - 9), fc.uint8Array({ minLength: 1, maxLength: 8 }));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 20 }), (changes) => {
          const bytes = forged(source, (_, copy) => {
            for (const [offset, values] of changes) copy.set(values, at + offset);
          });
          refusalIfAny(bytes, backend);
          // Not taken over, it does no harm at all.
          try {
            const verified = VectorIndex.fromBytes(bytes, { backend, verify: true });
            expect(verified.search(rows[3], 4)).toEqual(VectorIndex.fromBytes(source, { backend }).search(rows[3], 4));
          } catch (error) {
            if (!(error instanceof KindredError)) throw error;
          }
        }),
        { numRuns: isSlow ? 300 : 40 },
      );
    }
  });

  it.each(levels)('on %s: hostile bounds and codes of rows that no sample met harm no pass', (name) => {
    const [rows, dim] = [2000, 200];
    const data = Float32Array.from({ length: rows * dim }, (_, i) => Math.sin(i * i) + Math.cos(i / dim));
    if (openBackend(name).openCorpus(dim, 'cosine').encoder === undefined) return;
    const source = VectorIndex.from(data, { dim, backend: name }).toBytes();
    if (!partsOf(source).some((part) => part.name === 'ENCO')) return;
    const { at } = partOf(source, 'ENCO');
    const strips = Math.floor(rows / 32);
    const mean = 64;
    const bounds = mean + Math.ceil((dim * 8) / 64) * 64;
    const offsets = bounds + Math.ceil((strips * 40) / 64) * 64;
    const codes = offsets + Math.ceil((strips * 32 * 4) / 64) * 64;
    const hostile = [0, 1e-300, 1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY, 5e-324];
    const strip = fc.record({
      number: fc.nat(strips - 1),
      bounds: fc.array(fc.constantFrom(...hostile), { minLength: 5, maxLength: 5 }),
      offset: fc.constantFrom(0, 1, -1, 3e38, -3e38, 1e-45),
      code: fc.nat(255),
    });
    const backend = openBackend(name);
    let passed = 0;
    fc.assert(
      fc.property(fc.array(strip, { minLength: 1, maxLength: 3 }), (changes) => {
        const bytes = forged(source, (view, copy) => {
          for (const { number, bounds: five, offset, code } of changes) {
            for (const [n, value] of five.entries()) {
              // A scale and a unit are finite.
              const known = n < 2 && value === Number.POSITIVE_INFINITY ? 1 : value;
              view.setFloat64(at + bounds + number * 40 + n * 8, known, true);
            }
            view.setFloat32(at + offsets + number * 128, offset, true);
            copy.fill(code, at + codes + number * 32 * 112, at + codes + (number + 1) * 32 * 112);
          }
        });
        let corpus: Corpus | undefined;
        const openCorpus: Backend['openCorpus'] = (...args) => {
          const opened = backend.openCorpus(...args);
          // Later ones compute norms to compare with.
          corpus ??= opened;
          return opened;
        };
        try {
          const index = VectorIndex.fromBytes(bytes, { backend: { ...backend, openCorpus } });
          for (const way of [undefined, ...(corpus?.ways ?? [])]) {
            if (corpus) corpus.way = way;
            for (const count of [1, 5, 20]) {
              const { counts } = index.searchBatch(data.subarray(0, count * dim), 7);
              expect(counts.every((found) => found <= 7)).toBe(true);
            }
          }
          index.neighborGraph(3);
          passed++;
        } catch (error) {
          if (!(error instanceof KindredError) || error.code !== 'CORRUPT_FILE') throw error;
        }
      }),
      { numRuns: isSlow ? 40 : 8 },
    );
    // Most forgeries lie where no sample looks; else this would have tested nothing.
    if (name.startsWith('native')) expect(passed).toBeGreaterThan(0);
  });
});
