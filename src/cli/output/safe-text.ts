/** Text out of files, made safe for where it goes: terminals, shells, CSV and JSON. */
import { KindredError } from '../../index.js';

/**
 * What a terminal would obey or hide: control characters, marks that turn the direction of writing, line ends of their
 * own, halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** As it may be shown: what a terminal would obey becomes visible, as `\u001b`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** JSON in which no such character stands as itself; it says the same. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSAFE, (char) => (char === '\n' ? char : escaped(char)));
}

/**
 * A field as in RFC 4180.
 * @param isSafe whether what spreadsheets take for a formula gets an apostrophe in front, by which they know it as text.
 * @throws KindredError INVALID_ARGUMENT for half a character, which UTF-8 cannot hold.
 */
export function csvField(value: string | number, isSafe: boolean): string {
  const text = String(value);
  if (/\p{Cs}/u.test(text)) {
    const found = `${JSON.stringify(text)} holds half a character, which CSV cannot`;
    throw new KindredError('INVALID_ARGUMENT', `${found}; --json, or an output named .jsonl, can`);
  }
  const shown =
    isSafe && typeof value === 'string' && /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  const quoted = text.replaceAll("'", "'\\''");
  if (printable(text) === text) return `'${quoted}'`;
  // bash and zsh read such words; nothing in them is obeyed by the terminal.
  return `$'${printable(text.replaceAll('\\', '\\\\').replaceAll("'", "\\'"))}'`;
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
