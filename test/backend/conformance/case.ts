/** What one conformance case is: a name, and answers whose bits every backend must share. */
import type { Backend, TopRows } from '../../../src/backend/contract/backend.js';
import { METRICS } from '../../../src/backend/reference/score.js';
import { HAS_BOUNDS } from '../../../src/backend/wasm/module/codes.js';
import { hashNumbers } from './hash.js';

/**
 * `run` returns what the backend answered, as numbers to be compared bit for bit (NaN equals NaN). It throws when the
 * backend breaks the contract in a way that no number shows, such as writing outside its output.
 */
export interface Case {
  readonly name: string;
  /** More work than emulated machines should be given. */
  readonly heavy?: boolean;
  run(backend: Backend): number[];
}

export { METRICS };

/** Those that a search may filter by. */
export const BOUNDED_METRICS = METRICS.filter((metric) => HAS_BOUNDS[metric]);

/** Appends without spreading, which a long answer would overflow the stack with. */
export function extend(answers: number[], more: ArrayLike<number>): void {
  for (let i = 0; i < more.length; i++) answers.push(more[i]);
}

export function extendTop(answers: number[], found: TopRows): void {
  answers.push(found.stride, found.counts.length);
  extend(answers, found.counts);
  extend(answers, found.positions);
  extend(answers, found.scores);
}

/** Says where two answers part, or undefined where they never do. */
export function difference(answer: readonly number[], expected: readonly number[]): string | undefined {
  if (answer.length !== expected.length) return `${answer.length} numbers where ${expected.length} are right`;
  const at = answer.findIndex((value, i) => !Object.is(value, expected[i]));
  return at < 0
    ? undefined
    : `number ${at} of ${answer.length} is ${show(answer[at])} where ${show(expected[at])} is right`;
}

const show = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

export interface CaseResult {
  readonly name: string;
  readonly hash: string;
}

/** Runs every case. The last result, named `all`, is a hash over the others: one line that two machines can compare. */
export function runAll(cases: readonly Case[], backend: Backend): CaseResult[] {
  const results = cases.map(({ name, run }) => ({ name, hash: hashNumbers(run(backend)) }));
  const digits = results.flatMap(({ hash }) => [
    Number.parseInt(hash.slice(0, 8), 16),
    Number.parseInt(hash.slice(8), 16),
  ]);
  return [...results, { name: 'all', hash: hashNumbers(digits) }];
}
