/** The one sentence that refuses an argument. */
import { type ErrorCode, KindredError } from '../errors.js';
import { show } from './show.js';

/** An error to throw: `k must be a positive integer, not -1`. */
export function refusal(
  name: string,
  value: unknown,
  expected: string,
  code: ErrorCode = 'INVALID_ARGUMENT',
): KindredError {
  return new KindredError(code, `${name} must be ${expected}, not ${show(value)}`);
}
