/** Ending work early by an AbortSignal. The promise then rejects with the signal's own reason. */
import { refusal } from '../arguments/refuse.js';

/** For everything that has an asynchronous twin. */
export interface Abortable {
  /** Ends the work early; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Undefined if nobody wants to end it early. @throws KindredError INVALID_ARGUMENT */
export function readSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || typeof signal?.throwIfAborted === 'function') return signal;
  throw refusal('signal', signal, 'an AbortSignal');
}

/** The signal among options that may be no object at all. @throws KindredError INVALID_ARGUMENT */
export function signalOf(options: unknown): AbortSignal | undefined {
  const isObject = typeof options === 'object' && options !== null;
  return isObject && 'signal' in options ? readSignal(options.signal as AbortSignal | undefined) : undefined;
}
