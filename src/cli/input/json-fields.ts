/** The fields of JSON lines: those that the first lines have, and a watch for those that come later. */
import { KindredError } from '../../index.js';
import type { Head } from './columns.js';
import { type Role, usualName } from './usual-names.js';

/** @param start whole lines. @throws KindredError CORRUPT_FILE for a first line that is no object. */
export function jsonHead(start: string): Head {
  const lines = start.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0)
    throw new KindredError('INVALID_ARGUMENT', 'the file is empty; one object a line is expected');
  const first = objectOf(lines[0]);
  if (first === undefined) {
    const shown = lines[0].length > 40 ? `${lines[0].slice(0, 40)}...` : lines[0];
    const message = `the first line is ${JSON.stringify(shown)}; expected one JSON object a line`;
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
  let line = 1;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    yield chunk;
    if (roles.length === 0) continue;
    const text = rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    for (const each of text.slice(0, end).split('\n')) refuseLate(each, line++, roles);
    // Behind the last newline the next line begins.
    line--;
  }
  if (roles.length > 0) refuseLate(rest, line, roles);
}

function refuseLate(text: string, line: number, roles: readonly Role[]): void {
  // Names in quotes before a colon: most lines need no closer look.
  const names = Array.from(text.matchAll(/"([^"\\]{1,40})"\s*:/g), ([, name]) => name);
  for (const role of roles) {
    const name = usualName(role, names);
    if (name === undefined || !Object.hasOwn(objectOf(text) ?? {}, name)) continue;
    const message = `line ${line} has the field ${JSON.stringify(name)}, which the first lines have not`;
    throw new KindredError(
      'INVALID_ARGUMENT',
      `${message}; add --${role}-column ${name}, or --no-${role}-column to do without`,
    );
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
