/** The self-test: its digests are those of the reference, and it names what a backend has wrong. */
import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/contract/backend.js';
import { reference } from '../../src/backend/reference/index.js';
import { digestOf, EXAMINATIONS, selfTest } from '../../src/backend/self-test.js';

describe('the self-test', () => {
  it('knows what the reference answers', () => {
    const digests = EXAMINATIONS.map(({ what, ask }) => [what, digestOf(ask(reference))]);
    expect(EXAMINATIONS.map(({ what, digest }) => [what, digest])).toEqual(digests);
    expect(() => selfTest(reference)).not.toThrow();
  });

  it('tells numbers apart that differ in their last bit, their sign or their place', () => {
    const digests = [
      [1, 2],
      [2, 1],
      [1, 2 + 2 ** -51],
      [1, -2],
      [0, 1],
      [-0, 1],
    ].map((each) => digestOf([each]));
    expect(new Set(digests).size).toBe(6);
  });

  it.each([
    ['dot', 'pairs and matrices of one element'],
    ['denseTopK', 'the inverse of a Gram matrix'],
    ['sparseTopK', 'sparse rows'],
  ] as const)('refuses a backend whose %s is off by a bit', (kernel, what) => {
    const nudge = (x: number) => x + Math.abs(x) * 2 ** -52;
    const wrong: Backend = {
      ...reference,
      [kernel](...args: never[]) {
        const answer = (reference[kernel] as (...args: never[]) => unknown)(...args);
        if (typeof answer === 'number') return nudge(answer);
        const { scores, ...others } = answer as { scores: Float64Array };
        return { ...others, scores: scores.map(nudge) };
      },
    };
    expect(() => selfTest(wrong)).toThrow(new RegExp(`^self-test failed: ${what} .* is right$`));
  });
});
