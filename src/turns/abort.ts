/** Ending work early by an AbortSignal. The promise then rejects with the signal's own reason. */
import { reading } from '../arguments/objects.js';
import { refusal } from '../arguments/refuse.js';

/** For everything that has an asynchronous twin. */
export interface Abortable {
  /** Ends the work early; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Undefined if nobody wants to end it early. @throws KindredError INVALID_ARGUMENT */
export function readSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || reading('signal', () => isSignal(signal))) return signal;
  throw refusal('signal', signal, 'an AbortSignal');
}

/** Also one of another realm, or of a package that stands in for it. */
function isSignal({ aborted, throwIfAborted, addEventListener }: AbortSignal): boolean {
  const hasMethods = typeof throwIfAborted === 'function' && typeof addEventListener === 'function';
  return typeof aborted === 'boolean' && hasMethods;
}
