/** Options as a whole: that they are an object, and that every one of them is known. */
import { KindredError } from '../errors.js';
import { nearSpellings } from './near-spellings.js';
import { refusal } from './refuse.js';
import { show } from './show.js';

/**
 * Options that must be an object.
 * @param example shows in the error what such options look like: `{ k: 10 }`.
 * @param known the names of all options; others are refused if it is given.
 * @throws KindredError INVALID_ARGUMENT
 */
export function readObject<Options extends object>(
  options: Options,
  example: string,
  known?: readonly (keyof Options & string)[],
): Options {
  if (typeof options !== 'object' || options === null) {
    throw refusal('options', options, `an object such as ${example}`);
  }
  if (known) refuseUnknown(options, known);
  return options;
}

function refuseUnknown(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const [nearest] = nearSpellings(unknown, known);
  const advice = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
  throw new KindredError('INVALID_ARGUMENT', `there is no option ${show(unknown)}: ${advice}`);
}
