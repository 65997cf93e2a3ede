/** Options of models: each model declares its own once, in a table of readers, and all are read in the same way. */
import { readChoice } from '../../arguments/choices.js';
import { type NumberRange, readInteger, readNumber, readThreads } from '../../arguments/numbers.js';
import { type OptionNames, readObject } from '../../arguments/objects.js';
import { readBackend } from '../../backend/choose.js';
import type { Backend } from '../../backend/contract/backend.js';

/** Checks one option, or gives its default where it is `undefined`. @throws KindredError naming the option */
export type OptionReader<Value> = (given: unknown, name: string) => Value;
export type OptionTable = Readonly<Record<string, OptionReader<unknown>>>;
/** What a table of readers makes of options: all checked, with the defaults filled in. */
export type SettingsOf<Table extends OptionTable> = { readonly [Name in keyof Table]: ReturnType<Table[Name]> };

/**
 * Reads the options of a table, in its order.
 * @param example shows in errors what options look like: `{ k: 10 }`.
 * @param others names of options that the same object may hold and somebody else reads.
 * @throws KindredError INVALID_ARGUMENT for an option that is not known
 */
export function readOptions<Table extends OptionTable>(
  given: object,
  table: Table,
  example: string,
  others: Readonly<Record<string, true>> = {},
): SettingsOf<Table> {
  const known = { ...Object.fromEntries(Object.keys(table).map((name) => [name, true])), ...others };
  const options = readObject(given, example, known as OptionNames<object>) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(table).map(([name, read]) => [name, read(options[name], name)]),
  ) as SettingsOf<Table>;
}

/** An option that `read` checks if it is given. */
export function withDefault<Value>(fallback: Value, read: OptionReader<Value>): OptionReader<Value> {
  return (given, name) => (given === undefined ? fallback : read(given, name));
}

export function integer(fallback: number, least: number, most?: number): OptionReader<number> {
  return withDefault(fallback, (given, name) => readInteger(given, name, least, most));
}

export function number(fallback: number, range: NumberRange): OptionReader<number> {
  return withDefault(fallback, (given, name) => readNumber(given, name, range));
}

/** One of some names; the first is the default. */
export function choice<const Choice extends string>(...choices: readonly Choice[]): OptionReader<Choice> {
  return withDefault(choices[0], (given, name) => readChoice(given, name, choices));
}

/** Options of every model that a backend trains. They change no bit of it. */
export interface ComputeOptions {
  /** Threads, where the backend has them, 1 to 1024: it chooses if not given. They change no bit of the model. */
  readonly threads?: number | undefined;
  /** Trains the model and computes its answers. Default the best that runs here; the bits are the same on all. */
  readonly backend?: Backend | string | undefined;
}

export const COMPUTE_OPTIONS = {
  threads: (given: unknown, name: string) => readThreads(given, name),
  backend: (given: unknown) => readBackend(given as ComputeOptions['backend']),
};
