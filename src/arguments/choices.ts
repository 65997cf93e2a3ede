/** Arguments that are one of a few things: names, flags, texts, functions, bytes, lists. */
import { isNumberArray, isTypedArrayByClass, refuseDetached } from './arrays.js';
import { reading } from './objects.js';
import { refusal } from './refuse.js';
import { listed } from './show.js';

/** One of the names in a list. @throws KindredError INVALID_ARGUMENT naming all of them */
export function readChoice<Choice extends string>(value: unknown, name: string, choices: readonly Choice[]): Choice {
  if (choices.includes(value as Choice)) return value as Choice;
  throw refusal(name, value, listed(choices.map((choice) => `'${choice}'`)));
}

/** @throws KindredError INVALID_ARGUMENT */
export function readFlag(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value;
  throw refusal(name, value, 'true or false');
}

/** A text that is not empty. `expected` says more of it in the error. @throws KindredError INVALID_ARGUMENT */
export function readText(value: unknown, name: string, expected = 'a text'): string {
  if (typeof value === 'string' && value !== '') return value;
  throw refusal(name, value, expected);
}

/** A function. `expected` says more of it in the error. @throws KindredError INVALID_ARGUMENT */
export function readFunction<F>(value: F, name: string, expected = 'a function'): F {
  if (typeof value === 'function') return value;
  throw refusal(name, value, expected);
}

/** @throws KindredError INVALID_ARGUMENT */
export function readBytes(value: unknown, name: string): Uint8Array {
  if (!isNumberArray(value) || !(value instanceof Uint8Array)) throw refusal(name, value, 'a Uint8Array (or Buffer)');
  refuseDetached(value, name);
  return value;
}

/** A list of anything. A text is none, since nobody means its letters. @throws KindredError INVALID_ARGUMENT */
export function readIterable<T>(value: Iterable<T>, name: string): Iterable<T> {
  const isList = typeof value === 'object' && value !== null && reading(name, () => Symbol.iterator in value);
  if (!isList || isProxyOfArray(value, name)) throw refusal(name, value, 'an array or another iterable');
  if (isNumberArray(value)) refuseDetached(value, name);
  return value;
}

/** No method works on a Proxy of a typed array. */
function isProxyOfArray(value: object, name: string): boolean {
  return !ArrayBuffer.isView(value) && reading(name, () => isTypedArrayByClass(value));
}

/** All of a list, read at once. @throws KindredError INVALID_ARGUMENT also for a list that breaks while it is read */
export function readList<T>(value: Iterable<T>, name: string): T[] {
  const list = readIterable(value, name);
  return reading(name, () => Array.from(list));
}
