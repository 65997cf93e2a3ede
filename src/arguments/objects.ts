/** Options as a whole: that they are an object, that every one of them is known, and that they can be read. */
import { KindredError } from '../errors.js';
import { nearSpellings } from './near-spellings.js';
import { otherNames } from './other-names.js';
import { refusal } from './refuse.js';
import { show } from './show.js';

/** All options of a type by name. The compiler refuses a table that lacks one, or has one too many. */
export type OptionNames<Options extends object> = Readonly<Record<keyof Options & string, true>>;

/**
 * A copy of options, each read once: whatever the caller's object does when it is read, it does here. An option that is
 * `undefined` is not given. Inherited options count, and so do those of a class instance.
 * @param example shows in the error what such options look like: `{ k: 10 }`.
 * @param known the names of all options. Others are refused, `undefined` or not.
 * @throws KindredError INVALID_ARGUMENT
 */
export function readObject<Options extends object>(
  options: Options,
  example: string,
  known: OptionNames<NoInfer<Options>>,
): Options {
  if (!isPlain(options)) throw refusal('options', options, `an object such as ${example}`);
  return reading('options', () => {
    refuseUnknown(options, known);
    const copy: Partial<Options> = {};
    for (const name of Object.keys(known)) {
      const value = options[name as keyof Options];
      if (value !== undefined) copy[name as keyof Options] = value;
    }
    return copy as Options;
  });
}

/** Runs code that reads a caller's object. What a getter or a Proxy throws there becomes the cause of a KindredError. */
export function reading<Result>(name: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof KindredError) throw cause;
    const detail = cause instanceof Error ? cause.message : show(cause);
    throw new KindredError('INVALID_ARGUMENT', `${name} cannot be read: ${detail}`, { cause });
  }
}

/** No list, map, promise or signal: what they hold is not under the names of options, and would count as not given. */
function isPlain(options: unknown): options is object {
  if (typeof options !== 'object' || options === null) return false;
  return reading(
    'options',
    () =>
      Object.getPrototypeOf(options) === Object.prototype ||
      Object.prototype.toString.call(options) === '[object Object]',
  );
}

function refuseUnknown(options: object, known: Readonly<Record<string, true>>): void {
  for (const name in options) {
    // What somebody added to the prototype of all objects is nobody's option.
    if (Object.hasOwn(known, name) || (name in Object.prototype && !Object.hasOwn(options, name))) continue;
    const names = Object.keys(known);
    const [nearest] = [...otherNames(name, names), ...nearSpellings(name, names)];
    const advice = nearest === undefined ? `known are ${names.join(', ')}` : `did you mean ${nearest}?`;
    throw new KindredError('INVALID_ARGUMENT', `there is no option ${show(name)}: ${advice}`);
  }
}
