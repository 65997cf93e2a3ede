/** Every backend that opens here answers every case with the bits of the reference. */
import { beforeAll, describe, expect, it } from 'vitest';
import { reference } from '../../src/backend/reference/index.js';
import { listAbsentLevels, openLevels } from '../fixtures/levels.js';
import { describeUnless, nativeLevelsOfThisCpu, noAddon } from '../fixtures/machine.js';
import { difference } from './case.js';
import { cases } from './cases.js';

describe('conformance', () => {
  const expected = new Map<string, number[]>();
  beforeAll(() => {
    for (const { name, run } of cases) expected.set(name, run(reference));
  });

  listAbsentLevels();

  for (const { label, backend } of openLevels) {
    describe(label, () => {
      for (const { name, run } of cases) {
        it(name, () => expect(difference(run(backend), expected.get(name) as number[])).toBeUndefined());
      }
    });
  }
});

describe('what must open', () => {
  const labels = openLevels.map(({ label }) => label);

  it.each(['wasm/simd', 'wasm/scalar', 'reference'])('%s', (label) => expect(labels).toContain(label));

  describeUnless(noAddon(), 'every native level that this CPU has', () => {
    it.each(nativeLevelsOfThisCpu())('native/%s', (level) => expect(labels).toContain(`native/${level}`));
  });
});

describe('after free', () => {
  it.each(openLevels.map(({ label, backend }) => [label, backend] as const))(
    '%s throws instead of answering',
    (_, backend) => {
      const corpus = backend.openCorpus(2, 'dot');
      corpus.append(Float32Array.of(1, 2));
      corpus.free();
      const all = { k: 1, minScore: Number.NEGATIVE_INFINITY };
      expect(() => corpus.search(Float32Array.of(1, 1), all)).toThrow();
      expect(() => corpus.append(Float32Array.of(1, 1))).toThrow();
      expect(() => corpus.overwrite(0, Float32Array.of(1, 1))).toThrow();
      expect(() => corpus.read(0)).toThrow();
      expect(() => corpus.compact(Uint8Array.of(1))).toThrow();
    },
  );
});
