/** The fields of JSON lines: those that the first lines have, and a watch for those that come later. */
import { KindredError } from '../../index.js';
import type { Head } from './columns.js';
import { type Role, usualName } from './usual-names.js';

/** Objects whose fields are ids have more names than can be watched. */
const NAMES_MAX = 10_000;

/** @param start whole lines. @throws KindredError CORRUPT_FILE for a first line that is no object. */
export function jsonHead(start: string): Head {
  const lines = start.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0)
    throw new KindredError('INVALID_ARGUMENT', 'the file is empty; one object a line is expected');
  const first = objectOf(lines[0]);
  if (first === undefined) {
    const shown = lines[0].length > 40 ? `${lines[0].slice(0, 40)}...` : lines[0];
    const advice = lines[0].startsWith('[') ? " (jq -c '.[]' makes lines of an array)" : '';
    const message = `the first line is ${JSON.stringify(shown)}; expected one JSON object a line${advice}`;
    throw new KindredError('CORRUPT_FILE', message);
  }
  // Not every object has every field.
  const names = new Set(lines.flatMap((line) => Object.keys(objectOf(line) ?? {})));
  return { names: [...names], first: (name) => (Object.hasOwn(first, name) ? first[name] : undefined) };
}

/**
 * The same chunks. A field with a usual name that no line had at the beginning would be lost without a word.
 * @param roles for which nothing was found.
 * @throws KindredError INVALID_ARGUMENT naming the field and the line.
 */
export async function* watched(
  chunks: AsyncIterable<string | Uint8Array>,
  roles: readonly Role[],
): AsyncGenerator<string | Uint8Array> {
  const watch = new Watch(roles);
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    yield chunk;
    if (roles.length === 0) continue;
    const text = rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    watch.see(text.slice(0, end));
  }
  watch.see(rest);
}

/** Most lines have names that were seen before, and need no closer look. */
class Watch {
  readonly #roles: readonly Role[];
  readonly #seen = new Set<string>();
  /** Names that a field of the row may have; one inside another field means nothing. */
  readonly #usual = new Map<string, Role>();
  #line = 1;

  constructor(roles: readonly Role[]) {
    this.#roles = roles;
  }

  /** @param text whole lines. */
  see(text: string): void {
    for (const [, name] of text.matchAll(/"([^"\\]{1,40})"\s*:/g)) {
      if (this.#seen.has(name) || this.#seen.size > NAMES_MAX) continue;
      this.#seen.add(name);
      const role = this.#roles.find((each) => usualName(each, [name]) !== undefined);
      if (role !== undefined) this.#usual.set(name, role);
    }
    if (this.#usual.size > 0) {
      for (const [n, line] of text.split('\n').entries()) this.#look(line, this.#line + n);
    }
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#line++;
  }

  #look(text: string, line: number): void {
    for (const [name, role] of this.#usual) {
      if (!text.includes(`"${name}"`) || !Object.hasOwn(objectOf(text) ?? {}, name)) continue;
      const message = `line ${line} has the field ${JSON.stringify(name)}, which the first lines have not`;
      const advice = `add --${role}-column ${name}, or --no-${role}-column to do without`;
      throw new KindredError('INVALID_ARGUMENT', `${message}; ${advice}`);
    }
  }
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The reader says what is wrong.
  }
  return undefined;
}
