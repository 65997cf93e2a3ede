/** Text that is not UTF-8, on its way into the readers. */
import { readChoice } from '../../../arguments/choices.js';
import { KindredError } from '../../../errors.js';

/**
 * How a text file is written. `utf-16le` and `utf-16be` are found by their byte-order mark; if absent and without such a
 * mark, a file is UTF-8. `windows-1252` covers latin1 (ISO 8859-1).
 */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export const TEXT_ENCODINGS: readonly TextEncoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'];

/**
 * What bytes 0x80 to 0x9f are in windows-1252 (https://encoding.spec.whatwg.org/#windows-1252); all others are latin1.
 * Some versions of Node decode them as latin1, too.
 */
const WINDOWS_1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/** @throws KindredError INVALID_ARGUMENT */
export function requireEncoding(encoding: TextEncoding | undefined): TextEncoding | undefined {
  return encoding === undefined ? undefined : readChoice(encoding, 'encoding', TEXT_ENCODINGS);
}

/**
 * Texts pass as they are, and so do bytes of UTF-8; other bytes become text.
 * @throws KindredError CORRUPT_FILE for what is no UTF-16.
 */
export async function* decoded(
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  encoding: TextEncoding | undefined,
): AsyncGenerator<string | Uint8Array> {
  let known = encoding;
  let head: Uint8Array | undefined;
  let decode: ((bytes: Uint8Array, last: boolean) => string) | undefined;
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (known === undefined && bytes instanceof Uint8Array) {
      bytes = head ? joined(head, bytes) : bytes;
      head = bytes;
      if (bytes.length < 2) continue;
    }
    known ??= typeof bytes === 'string' ? 'utf-8' : encodingOf(bytes);
    head = undefined;
    if (typeof bytes === 'string' || known === 'utf-8') yield bytes;
    else {
      decode ??= decoderOf(known);
      yield decode(bytes, false);
    }
  }
  if (head) yield head;
  if (decode) yield decode(new Uint8Array(), true);
}

/** By its byte-order mark. */
function encodingOf(head: Uint8Array): TextEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
}

function decoderOf(encoding: TextEncoding): (bytes: Uint8Array, last: boolean) => string {
  if (encoding === 'windows-1252') return fromWindows1252;
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes, last) => {
    try {
      return decoder.decode(bytes, { stream: !last });
    } catch (cause) {
      throw new KindredError('CORRUPT_FILE', `The text is not ${encoding.toUpperCase()}.`, { cause });
    }
  };
}

function fromWindows1252(bytes: Uint8Array): string {
  let text = '';
  // As many arguments as every engine takes.
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text.replace(/[\x80-\x9f]/g, (char) => WINDOWS_1252[char.charCodeAt(0) - 0x80]);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
