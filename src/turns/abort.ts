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
function isSignal({ aborted, throwIfAborted, addEventListener, removeEventListener }: AbortSignal): boolean {
  const methods = [throwIfAborted, addEventListener, removeEventListener];
  return typeof aborted === 'boolean' && methods.every((method) => typeof method === 'function');
}

/** Everything that waits for a signal, told by one listener: Node warns of a leak where there are more than ten. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/** Has `end` called with the signal's reason when it aborts, until the function that it returns is called. */
export function whenAborted(signal: AbortSignal | undefined, end: (reason: unknown) => void): () => void {
  if (!signal) return () => {};
  const told = () => end(signal.reason);
  const all = waiting.get(signal) ?? listenTo(signal);
  all.add(told);
  return () => {
    all.delete(told);
    if (all.size > 0 || waiting.get(signal) !== all) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', tellAll);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  waiting.set(signal, all);
  signal.addEventListener('abort', tellAll, { once: true });
  return all;
}

function tellAll({ target }: Event): void {
  const signal = target as AbortSignal;
  const all = waiting.get(signal);
  waiting.delete(signal);
  for (const told of all ?? []) told();
}
