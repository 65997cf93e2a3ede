/** Damaged, forged and foreign files: each is refused with CORRUPT_FILE, and nothing worse happens. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KindredError, VectorIndex } from '../../../src/index.js';
import { encoded, full, refusal, refusalIfAny } from '../../fixtures/damaged-file.js';
import { forged, partOf, partsOf, sealed, viewOf, withSection } from '../../fixtures/index-file.js';
import { backends, isSlow } from '../../fixtures/plain-rows.js';

const plain = VectorIndex.from(
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  { ids: ['a', 'b', 'c'], backend: 'reference' },
).toBytes();

describe('damage', () => {
  it('whole, the files are good', () => {
    const names = partsOf(full).map(({ name }) => name);
    expect(names).toEqual(['MODL', 'IDS_', 'ROWS', 'SQRS', 'ENCO']);
    for (const backend of [...backends, encoded]) {
      expect(VectorIndex.fromBytes(plain, { backend }).size).toBe(3);
    }
    expect(VectorIndex.fromBytes(full, { backend: encoded }).ids()).toHaveLength(32);
    expect(sealed(full.slice())).toEqual(full);
  });

  it('at the end: every shorter file is refused, on every backend', () => {
    for (let length = 0; length < full.length; length++) refusal(full.subarray(0, length), encoded);
    for (const backend of backends) {
      for (let length = 0; length < plain.length; length++) refusal(plain.subarray(0, length), backend);
    }
  });

  it('at the end: a longer file is refused', () => {
    for (const more of [1, 63, 64, 1000]) {
      const longer = new Uint8Array(full.length + more);
      longer.set(full);
      expect(refusal(longer)).toContain(
        `found a length of ${full.length} bytes at byte 16, but there are ${longer.length}`,
      );
    }
  });

  it('anywhere: every single flipped bit is refused', () => {
    for (const bytes of [plain, full]) {
      for (let at = 0; at < bytes.length; at++) {
        // Behind the head all bits of a byte meet the same checksum: one of the eight stands for them.
        const bits = at < 256 || isSlow ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8];
        for (const bit of bits) {
          bytes[at] ^= 1 << bit;
          refusal(bytes, encoded);
          bytes[at] ^= 1 << bit;
        }
      }
    }
  });

  it('anywhere: on every backend, with values that are told from which row they are', () => {
    for (const backend of backends) {
      const bad = plain.slice();
      const { at } = partOf(bad, 'ROWS');
      viewOf(bad).setFloat32(at + 12, Number.NaN, true);
      expect(refusal(bad, backend)).toBe(
        `index file: found a value that is not finite or out of range in row 1, at byte ${at + 8}`,
      );
      viewOf(bad).setFloat32(at + 12, 4.5, true);
      expect(refusal(bad, backend)).toMatch(`damage in section ROWS, bytes ${at} to ${at + 24}: its checksum is 0x`);
    }
  });

  it('of any size: random bytes, random changes, other files', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void refusal(bytes)),
      { numRuns: isSlow ? 3000 : 200 },
    );
    const magic = full.subarray(0, 12);
    const tail = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(tail, (bytes) => void refusal(Buffer.concat([magic, bytes]))),
      { numRuns: isSlow ? 3000 : 200 },
    );
    expect(refusal(new Uint8Array())).toContain('found the end of the file at byte 0; a kindred index begins with');
    expect(refusal(new TextEncoder().encode('{"dim":3}'))).toContain(
      'found 0x7b at byte 0; a kindred index begins with \\x89KND',
    );
    // As a transfer as text would have it.
    expect(refusal(Buffer.from(Buffer.from(plain).toString('utf8')))).toContain('0xef at byte 0');
  });
});

describe('forgery with right checksums', () => {
  const edit = (at: number, bytes: number[] | ((view: DataView) => void)) =>
    forged(full, (view, copy) => (typeof bytes === 'function' ? bytes(view) : copy.set(bytes, at)));
  const u64 = (at: number, value: bigint) => edit(0, (view) => view.setBigUint64(at, value, true));
  const u32 = (at: number, value: number) => edit(0, (view) => view.setUint32(at, value, true));

  it('any byte of header and table may have any value', () => {
    const head = partsOf(full)[0].at;
    for (let at = 0; at < head; at++) {
      for (const value of [0, 1, 2, 5, 63, 64, 127, 128, 255]) refusalIfAny(edit(at, [value]));
    }
  });

  it('any part of the head may have any numbers (property)', () => {
    const head = partsOf(full)[0].at;
    const numbers = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n),
    );
    const changes = fc.array(fc.tuple(fc.nat(head / 4 - 2), numbers), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (all) => {
        refusalIfAny(
          forged(full, (view) =>
            all.forEach(([word, value]) => {
              // Behind the version, which has its own refusal.
              view.setBigUint64(Math.max(16, word * 4), value, true);
            }),
          ),
        );
      }),
      { numRuns: isSlow ? 5000 : 600 },
    );
  });

  it('any part of the contents may have any bytes (property)', () => {
    const { at } = partsOf(full)[0];
    const change = fc.tuple(fc.nat(full.length - at - 9), fc.uint8Array({ minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        refusalIfAny(
          forged(full, (_, copy) => changes.forEach(([offset, bytes]) => void copy.set(bytes, at + offset))),
        );
      }),
      { numRuns: isSlow ? 5000 : 600 },
    );
  });

  it('lengths near 2^53 and 2^64 are compared before anything is set aside', () => {
    for (const value of [
      2n ** 32n,
      2n ** 53n - 64n,
      2n ** 53n - 1n,
      2n ** 53n,
      2n ** 53n + 2n,
      2n ** 63n,
      2n ** 64n - 64n,
      2n ** 64n - 1n,
    ]) {
      for (const { entry } of partsOf(full)) {
        expect(refusal(u64(entry + 16, value))).toMatch(/length \d+ of section \d/);
        expect(refusal(u64(entry + 8, value))).toMatch(/offset \d+ of section \d/);
      }
      expect(refusal(u64(16, value))).toContain('a length of');
      expect(refusal(u64(32, value))).toMatch(/rows at byte 32|bytes of ids|bytes of rows/);
    }
    expect(refusal(u64(32, 2n ** 32n - 1n))).toMatch('bytes of rows');
    expect(refusal(u32(28, 2 ** 32 - 1))).toMatch('bytes of rows');
  });

  it('sections that overlap, leave gaps, come twice or are missing are refused', () => {
    const [model, ids, rows] = partsOf(full);
    expect(refusal(u64(ids.entry + 8, BigInt(model.at)))).toContain('expected');
    expect(refusal(u64(rows.entry + 8, BigInt(rows.at + 64)))).toContain(`expected ${rows.at}`);
    expect(refusal(edit(ids.entry, [0x4d, 0x4f, 0x44, 0x4c]))).toContain('a second "MODL" section');
    const rename = (entry: number) =>
      forged(full, (view, copy) => {
        copy.set([0x6e, 0x65, 0x77, 0x31], entry);
        view.setUint32(entry + 4, 0, true);
      });
    expect(refusal(rename(ids.entry))).toContain('no section "IDS_"');
    expect(refusal(rename(rows.entry))).toContain('no section "ROWS"');
    expect(refusal(rename(partOf(full, 'SQRS').entry))).toContain('no section "SQRS"');
    expect(refusal(u32(24, 0))).toMatch(/where there must be zeros|the last section ends/);
    expect(refusal(u32(24, 65))).toContain('65 sections at byte 24; at most 64');
    expect(refusal(u32(24, 2 ** 32 - 1))).toContain('4294967295 sections');
  });

  it('what a later version may add is skipped or refused, as it says itself', () => {
    const content = new TextEncoder().encode('of the future');
    expect(VectorIndex.fromBytes(withSection(full, 'NEW1', false, content), { backend: encoded }).size).toBe(32);
    expect(refusal(withSection(full, 'NEW1', true, content))).toContain(
      'the section "NEW1" at byte 224, which only a newer kindred can read',
    );
    expect(refusal(u32(partOf(full, 'ROWS').entry + 4, 3))).toContain('flags 0x03 of section 2 ("ROWS")');
    expect(refusal(u32(8, 2))).toContain(
      'format version 2 at byte 8, but version 1 can be read: it was written by a newer kindred',
    );
    expect(refusal(u32(8, 0))).toContain('format version 0');
  });

  it('codes that nobody knows are refused', () => {
    expect(refusal(edit(40, [3]))).toContain('metric 3 at byte 40');
    expect(refusal(edit(41, [5]))).toContain('element type 5 at byte 41');
    expect(refusal(edit(50, [1]))).toContain('0x01 at byte 50, where there must be zeros');
    expect(refusal(u32(28, 0))).toContain('dimension 0 at byte 28');
    expect(refusal(edit(40, [1]))).toContain('in an index by dot; only cosine has them');
  });

  it('a huge dimension of no rows costs nothing', () => {
    const none = new VectorIndex({ dim: 1, metric: 'dot', backend: 'reference' }).toBytes();
    for (const backend of backends) {
      const huge = forged(none, (view) => view.setUint32(28, 2 ** 32 - 1, true));
      try {
        VectorIndex.fromBytes(huge, { backend }).dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(KindredError);
      }
    }
  });
});

describe('forged contents with right checksums', () => {
  const section = (name: string, change: (view: DataView, at: number) => void, source = full) => {
    const { at } = partOf(source, name);
    return forged(source, (view) => change(view, at));
  };
  const ids = (change: (view: DataView, at: number) => void) => refusal(section('IDS_', change, plain));
  const { at: idsAt } = partOf(plain, 'IDS_');

  it('ids', () => {
    expect(ids((view, at) => view.setUint8(at + 29, 0x61))).toContain('id "a" is given twice');
    expect(ids((view, at) => view.setUint32(at, 3, true))).toContain(`ids of kind 3 at byte ${idsAt}`);
    expect(ids((view, at) => view.setUint32(at, 0, true))).toContain('3 ids of kind 0 need 16');
    expect(ids((view, at) => view.setUint32(at, 1, true))).toContain('3 ids of kind 1 need 40');
    expect(ids((view, at) => view.setUint32(at + 4, 2, true))).toContain('text encoding 2');
    expect(ids((view, at) => view.setUint32(at + 4, 1, true))).toContain('an id of 1 bytes in UTF-16 for row 0');
    expect(ids((view, at) => view.setBigUint64(at + 8, 2n ** 63n, true))).toContain('the next number');
    expect(ids((view, at) => view.setUint32(at + 16, 2, true))).toContain('an id of 1 bytes for row 2');
    expect(ids((view, at) => view.setUint32(at + 16, 0xfffffffe, true))).toContain(
      'an id of 4294967294 bytes for row 0',
    );
    expect(ids((view, at) => view.setUint32(at + 16, 0xffffffff, true))).toContain('an id of 8 bytes for row 0');
    expect(ids((view, at) => view.setUint32(at + 24, 0, true))).toContain('1 bytes after the last id');
    expect(ids((view, at) => view.setUint8(at + 28, 0xff))).toContain(`no UTF-8 for row 0, at byte ${idsAt + 28}`);
    const numbers = VectorIndex.from([[1], [2], [3]], { ids: [7, 8, 9], backend: 'reference' }).toBytes();
    for (const [value, message] of [
      [Number.NaN, 'NaN as the id of row 1'],
      [Number.NEGATIVE_INFINITY, '-Infinity as the id'],
      [9, 'id 9 is given twice'],
    ] as const) {
      expect(refusal(section('IDS_', (view, at) => view.setFloat64(at + 24, value, true), numbers))).toContain(message);
    }
    expect(refusal(section('IDS_', (view, at) => view.setFloat64(at + 24, 2 ** 40, true), numbers))).toContain(
      'but there are ids up to 1099511627776',
    );
    expect(refusal(section('IDS_', (view, at) => view.setUint32(at + 8, 9, true), numbers))).toContain(
      'the next number 9',
    );
    const numbered = VectorIndex.from([[1], [2], [3]], { backend: 'reference' }).toBytes();
    expect(refusal(section('IDS_', (view, at) => view.setUint32(at + 8, 2, true), numbered))).toContain(
      'the next number 2',
    );
  });

  it('rows and sums of squares', () => {
    const wide = VectorIndex.from(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: 'float64', backend: 'reference' },
    ).toBytes();
    const half = VectorIndex.from(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: 'float16', backend: 'reference' },
    ).toBytes();
    for (const backend of backends) {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(
          refusal(
            section('ROWS', (view, at) => view.setFloat32(at + 20, bad, true), plain),
            backend,
          ),
        ).toContain('row 2');
      }
      expect(
        refusal(
          section('ROWS', (view, at) => view.setFloat64(at + 16, 1e200, true), wide),
          backend,
        ),
      ).toContain('row 1');
      expect(
        refusal(
          section('ROWS', (view, at) => view.setUint16(at + 4, 0x7c01, true), half),
          backend,
        ),
      ).toContain('row 1');
      const otherSquares = section('SQRS', (view, at) => view.setFloat64(at + 8, 6, true), plain);
      expect(VectorIndex.fromBytes(otherSquares, { backend }).search([1, 0], 1)).toEqual(
        VectorIndex.fromBytes(plain, { backend }).search([1, 0], 1),
      );
      expect(refusal(otherSquares, backend, true)).toContain('sum of squares 6 of row 1');
      for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
        expect(
          refusal(
            section('SQRS', (view, at) => view.setFloat64(at + 8, bad, true), plain),
            backend,
          ),
        ).toContain(`sum of squares ${bad} of row 1`);
      }
    }
  });

  it('the model tag', () => {
    expect(refusal(section('MODL', (view, at) => view.setUint8(at, 0xff)))).toContain('a model tag that is no UTF-8');
    const { entry } = partOf(full, 'MODL');
    expect(refusal(forged(full, (view) => view.setUint32(entry + 16, 0, true)))).toMatch('offset');
  });
});
