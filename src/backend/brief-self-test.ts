/**
 * A quick numeric examination for browsers, where a page waits for it and every engine follows one standard: the filter
 * against exact scores of its own. It needs no reference.
 */
import type { Backend } from './contract/backend.js';

export type Answer = ArrayLike<number>;

export const SEARCH = { k: 5, minScore: Number.NEGATIVE_INFINITY };

/** Throws an error that names the first answer that is wrong. */
export function briefSelfTest(backend: Backend): void {
  expectSame('a dot', [[backend.dot(Float32Array.of(3, 4), Float32Array.of(0.5, 2))]], [[9.5]]);
  examineEncoded(backend);
}

/** Enough rows to be encoded, and more queries than any level takes one by one: the same answers with and without. */
export function examineEncoded(backend: Backend): void {
  const [rows, dim, queries] = [512, 65, 17];
  const corpus = backend.openCorpus(dim, 'cosine');
  if (corpus.encoder) {
    const data = pseudoRandom(rows * dim);
    corpus.append(data);
    const ask = () =>
      [1, queries].flatMap((count) => {
        const { positions, scores } = corpus.search(data.subarray(0, count * dim), SEARCH);
        return [positions, scores];
      });
    const expected = ask();
    corpus.encoder.encode(rows);
    expectSame('a search of encoded rows', ask(), expected);
  }
  corpus.free();
}

export function expectSame(what: string, answers: readonly Answer[], expected: readonly Answer[]): void {
  for (const [n, right] of expected.entries()) {
    for (let i = 0; i < right.length; i++) {
      if (Object.is(answers[n][i], right[i])) continue;
      throw new Error(`self-test failed: ${what} (${n}, ${i}) gave ${answers[n][i]} where ${right[i]} is right`);
    }
  }
}

/** Values in [-1, 1) from a linear congruential generator (Numerical Recipes constants). */
export function pseudoRandom(count: number): Float32Array {
  const values = new Float32Array(count);
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
}
