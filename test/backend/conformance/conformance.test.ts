/** Every backend that opens here answers every case with the bits of the reference. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/backend/contract/backend.js';
import { reference } from '../../../src/backend/reference/index.js';
import { listAbsentLevels, openLevels } from '../../fixtures/levels.js';
import { describeUnless, nativeLevelsOfThisCpu, noAddon } from '../../fixtures/machine.js';
import { type Case, difference } from './case.js';
import { cases, denseCases, siftingCases } from './cases.js';

describe('conformance', () => {
  const answers = new Map<Case, number[]>();
  const expected = (of: Case) => {
    if (!answers.has(of)) answers.set(of, of.run(reference));
    return answers.get(of) as number[];
  };

  listAbsentLevels();

  // The plain backend has all but dense rows from the reference. Where nothing is sifted, long searches of encoded rows
  // are left to the slow tier.
  const casesFor = ({ name, level }: Backend) => {
    const own = name === 'plain' ? denseCases : cases;
    return name === 'plain' || level === 'scalar' ? own.filter((each) => !siftingCases.includes(each)) : own;
  };

  // The reference need not be compared with itself.
  for (const { label, backend } of openLevels.filter((each) => each.backend !== reference)) {
    describe(label, () => {
      for (const each of casesFor(backend)) {
        it(each.name, () => expect(difference(each.run(backend), expected(each))).toBeUndefined());
      }
    });
  }
});

describe('what must open', () => {
  const labels = openLevels.map(({ label }) => label);

  it.each(['wasm/simd', 'wasm/scalar', 'plain/javascript', 'reference'])('%s', (label) =>
    expect(labels).toContain(label),
  );

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
