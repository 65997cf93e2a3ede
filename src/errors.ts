/** The one family of errors that kindred throws on purpose: told apart by `code`, never by message. */

export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'INVALID_K'
  | 'DIMENSION_MISMATCH'
  | 'NOT_FINITE'
  | 'DUPLICATE_ID'
  | 'UNKNOWN_ID'
  | 'BACKEND_UNAVAILABLE'
  | 'CORRUPT_FILE'
  | 'MODEL_MISMATCH'
  | 'DISPOSED'
  | 'ABORTED';

/**
 * Thrown for every refusal. `message` names what was given and what was expected.
 * @example
 * try {
 *   norm([Number.NaN]);
 * } catch (error) {
 *   if (error instanceof KindredError) console.log(error.code);
 * }
 */
export class KindredError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'KindredError';
    this.code = code;
  }
}

/**
 * Has `structuredClone` and `postMessage` refuse an object, whose own property of this name they cannot clone. Their error shows the
 * text of what they meet, which says what to send instead.
 */
export function refuseClones(object: object, sendInstead: () => string): void {
  Object.defineProperty(object, 'sendInstead', { value: sendInstead, enumerable: true });
  Object.defineProperty(object, Symbol.for('nodejs.util.inspect.custom'), { value: inspected });
}

/** What `console.log` shows in Node, Bun and Deno: the object without what only clones meet. */
function inspected(this: object, _: number, options: object, inspect: (value: object, options: object) => string) {
  const { sendInstead: _unseen, ...seen } = this as { sendInstead: unknown };
  return inspect(Object.assign(Object.create(Object.getPrototypeOf(this)), seen), options);
}

/**
 * Refuses `new X()` in JavaScript, which the types forbid in TypeScript, where X is made by its static methods.
 * @throws KindredError INVALID_ARGUMENT
 */
export function refuseNew(given: unknown, maker: string): void {
  if (typeof given !== 'object' || given === null) {
    throw new KindredError('INVALID_ARGUMENT', `${maker}, not with new`);
  }
}
