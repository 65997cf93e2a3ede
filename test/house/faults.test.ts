/** The seeded faults still fit the sources, are many, and are in every layer. Whether tests notice them, `npm run test:faults` tells. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../fixtures/machine.js';

interface Fault {
  readonly name: string;
  readonly file: string;
  readonly first: string;
  readonly slow?: string;
}

const { readCatalogue } = await import(join(checkout, 'test/faults/catalogue.js'));

describe('the seeded faults', async () => {
  const faults: Fault[] = await readCatalogue(checkout);

  it('are at least 80', () => expect(faults.length).toBeGreaterThanOrEqual(80));

  it.each([
    ...['native/addon/', 'native/encoding/', 'native/linear/', 'native/matrix/', 'native/order/'],
    ...['native/rows/', 'native/search/', 'native/search/passes/', 'native/sparse/', 'native/training/'],
    ...['native/isa/generic/', 'native/isa/scalar/', 'native/isa/avx2/', 'native/isa/avx512/', 'native/isa/amx/'],
    ...['native/isa/neon/', 'native/isa/neon_i8mm/'],
    ...[
      'assembly/',
      'src/backend/wasm/',
      'src/similarity/index/',
      'src/similarity/index-file/',
      'src/files/',
      'src/io/',
    ],
    ...[
      'src/recommend/data/',
      'src/recommend/models/',
      'src/recommend/evaluation/',
      'src/embeddings/',
      'src/cli/',
      'server/src/',
    ],
  ])('are in %s', (layer) => {
    expect(faults.some(({ file }) => file.startsWith(layer))).toBe(true);
  });

  it('name tests that are there', () => {
    const tests = readdirSync(join(checkout, 'test'), { encoding: 'utf8', recursive: true })
      .map((file) => `test/${file.replaceAll('\\', '/')}`)
      .filter((file) => file.endsWith('.test.ts'));
    for (const { name, first, slow } of faults) {
      for (const part of first.split(' ')) {
        const named = tests.filter((file) => file.includes(part));
        expect(named, `${name}: ${part}`).not.toEqual([]);
        if (slow === undefined) expect(named.some((file) => !file.startsWith('test/slow/'))).toBe(true);
      }
    }
  });
});
