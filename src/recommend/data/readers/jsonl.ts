/** Reads interactions out of JSON Lines: one object a line. */
import { readChoice } from '../../../arguments/choices.js';
import { isId } from '../../../arguments/ids.js';
import type { OptionNames } from '../../../arguments/objects.js';
import { KindredError } from '../../../errors.js';
import { type Id, quote } from '../ids.js';
import type { BadRowReason, ReadingLog } from '../report.js';
import type { TimeReader } from '../time.js';
import type { TextEncoding } from './encodings.js';
import { blocksOf, NOT_UTF8, type TextSource } from './text-blocks.js';

/** The names of the fields, or of the columns of a Parquet file. */
export interface FieldNames {
  readonly user: string;
  readonly item: string;
  /** Without it every value is 1. */
  readonly value?: string | undefined;
  readonly time?: string | undefined;
  /** `'text'` makes texts of ids that are numbers, as a CSV gives them. If absent, ids keep their type. */
  readonly ids?: 'text' | undefined;
}

export const FIELD_NAMES: OptionNames<FieldNames> = { user: true, item: true, value: true, time: true, ids: true };

/** `line` is the line or the number of the row, `where` names it for messages. */
export type TakeFields = (
  user: Id,
  item: Id,
  value: number,
  time: number | undefined,
  line: number,
  where: () => string,
) => void;

/** @throws KindredError for bad rows unless the log skips them. */
export async function readJsonl(
  source: TextSource,
  encoding: TextEncoding | undefined,
  fields: FieldReader,
  take: TakeFields,
): Promise<void> {
  let line = 0;
  for await (const { text } of blocksOf(source, encoding)) {
    const lines = text.split('\n');
    // Behind the newline at the end of a block the next line begins.
    if (lines[lines.length - 1] === '') lines.pop();
    for (const each of lines) {
      line++;
      if (each.trim() !== '') fields.takeText(each, line, take);
    }
  }
}

/** Turns one object into one interaction. */
export class FieldReader {
  readonly #names: FieldNames;
  readonly #times: TimeReader;
  readonly #log: ReadingLog;

  /** @throws KindredError INVALID_ARGUMENT for names that are no texts. */
  constructor(names: FieldNames, times: TimeReader, log: ReadingLog) {
    const { user, item, value, time, ids } = names ?? {};
    const optional = [value, time].every((name) => name === undefined || typeof name === 'string');
    if (typeof user !== 'string' || typeof item !== 'string' || !optional) {
      const given = JSON.stringify({ user, item, value, time });
      throw new KindredError('INVALID_ARGUMENT', `Expected names for { user, item, value?, time? }; given ${given}.`);
    }
    const given = [user, item, value, time].filter((name) => name !== undefined);
    if (new Set(given).size < given.length) {
      const shown = JSON.stringify({ user, item, value, time });
      throw new KindredError('INVALID_ARGUMENT', `Expected a name of its own for each; given ${shown}.`);
    }
    if (ids !== undefined) readChoice(ids, 'ids', ['text']);
    this.#names = names;
    this.#times = times;
    this.#log = log;
  }

  /** Whether an interaction was taken. */
  takeText(text: string, line: number, take: TakeFields): boolean {
    const where = () => `Line ${line}`;
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch (error) {
      this.#log.read++;
      const encoding = text.includes(NOT_UTF8);
      const found = encoding ? 'the bytes are not UTF-8' : `this is no JSON (${(error as Error).message})`;
      return this.#bad(line, encoding ? 'encoding' : 'malformed', where, `${found}; expected one object a line`);
    }
    return this.take(row, line, where, take);
  }

  /** Whether an interaction was taken. */
  take(row: unknown, line: number, where: () => string, take: TakeFields): boolean {
    this.#log.read++;
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      return this.#bad(line, 'malformed', where, `there is ${shown(row)}; expected an object`);
    }
    const { user: userName, item: itemName, value: valueName, time: timeName } = this.#names;
    const user = this.#idOf(field(row, userName));
    if (user === undefined) return this.#badId(line, where, 'user', field(row, userName));
    const item = this.#idOf(field(row, itemName));
    if (item === undefined) return this.#badId(line, where, 'item', field(row, itemName));
    let value: unknown = 1;
    if (valueName !== undefined) {
      const given = field(row, valueName);
      value = typeof given === 'bigint' ? Number(given) : given;
      if (typeof value !== 'number' || !Number.isFinite(value)) {
        return this.#bad(line, 'value', where, `the value is ${shown(given)}; expected a finite number`);
      }
    }
    let time: number | undefined;
    if (timeName !== undefined) {
      const given = field(row, timeName);
      time = this.#times.of(typeof given === 'bigint' ? Number(given) : given);
      if (time === undefined) {
        return this.#bad(line, 'time', where, `the time is ${shown(given)}; expected ${this.#times.expected}`);
      }
    }
    take(user, item, value as number, time, line, where);
    return true;
  }

  /** JSON rounds whole numbers beyond 2^53, so that two ids could become one; those of Parquet come whole. */
  #idOf(given: unknown): Id | undefined {
    if (typeof given === 'string') return given === '' || given.includes('\0') ? undefined : given;
    if (typeof given === 'bigint') {
      if (this.#names.ids === 'text') return String(given);
      return Number.isSafeInteger(Number(given)) ? Number(given) : undefined;
    }
    if (typeof given !== 'number' || !isId(given)) return undefined;
    return this.#names.ids === 'text' ? String(given) : given;
  }

  #badId(line: number, where: () => string, role: 'user' | 'item', given: unknown): false {
    if (typeof given === 'string' && given.includes(NOT_UTF8)) {
      return this.#bad(line, 'encoding', where, `the bytes of the ${role} are not UTF-8`);
    }
    const hint = typeof given === 'bigint' ? " or ids: 'text'" : '';
    const expected = `a text that is not empty, or a number up to 2^53 - 1${hint}`;
    return this.#bad(line, 'id', where, `the ${role} is ${shown(given)}; expected ${expected}`);
  }

  #bad(line: number, reason: BadRowReason, where: () => string, message: string): false {
    return this.#log.bad(line, reason, () => `${where()}: ${message}.`);
  }
}

/** Only what the row itself holds: every object inherits a `constructor`. */
function field(row: object, name: string): unknown {
  return Object.hasOwn(row, name) ? (row as Record<string, unknown>)[name] : undefined;
}

function shown(given: unknown): string {
  if (given === undefined) return 'missing';
  return typeof given === 'object' && given !== null ? 'an object' : quote(given);
}
