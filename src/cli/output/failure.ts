/** Tells bad input, which gets one plain line, from failures of kindred's own, which keep their stack. */
import { jsonText, printable } from './safe-text.js';

export interface Failure {
  /** What goes to stderr; empty if it has been said, or is none. */
  readonly message: string;
  /** For programs: one of the library's, USAGE, SYSTEM or INTERNAL. */
  readonly code: string;
  readonly exitCode: 0 | 1 | 2;
}

/** @param isSaid whether what the parser of options complains about has been printed. */
export function describeFailure(error: unknown, isSaid = true): Failure {
  if (!(error instanceof Error)) return internal(String(error));
  // Names, not classes: neither the library nor commander need be loaded to report that they cannot be loaded.
  const { name, message } = error;
  const { code, syscall, exitCode } = error as NodeJS.ErrnoException & { exitCode?: number };
  if (name === 'KindredError') {
    return { message: `kindred: ${oneLine(asTyped(message))}`, code: String(code), exitCode: 2 };
  }
  if (name === 'CommanderError' || name === 'InvalidArgumentError') {
    const isEnd = exitCode === 0;
    const said = isSaid || isEnd ? '' : `kindred: ${usageOf(message)}`;
    return { message: said, code: 'USAGE', exitCode: isEnd ? 0 : 2 };
  }
  if (code !== undefined && syscall === 'write') {
    return { message: `kindred: cannot write the output: ${code}`, code: 'SYSTEM', exitCode: 1 };
  }
  if (code !== undefined && syscall !== undefined) {
    return { message: `kindred: the system refuses: ${oneLine(message)}`, code: 'SYSTEM', exitCode: 1 };
  }
  return internal(error.stack ?? message);
}

/** The same as a line of JSON: `{ "error": { "code", "message" } }`. */
export function failureAsJson({ code, message }: Failure): string {
  return jsonText({ error: { code, message: message.replace(/^kindred: /, '') } });
}

/** Options of the library as the command has them. */
const OPTIONS: readonly (readonly [inLibrary: RegExp, typed: string])[] = [
  [/set lineBreaks: true/g, 'add --line-breaks'],
  [/\{ onBadWord: '(\w+)' \}/g, '--on-bad-word $1'],
  [/\{ onWrongCount: '(\w+)' \}/g, '--on-wrong-count $1'],
  [/\{ maxDistance: (\S+) \}/g, '--max-distance $1'],
  [/\bmaxDistance\b/g, '--max-distance'],
  [/\bminScore\b/g, '--min-score'],
];

function asTyped(message: string): string {
  return OPTIONS.reduce((text, [inLibrary, typed]) => text.replace(inLibrary, typed), message);
}

/** Lists become one line; nothing out of a file reaches the terminal as a control code. */
export function oneLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  const [first, ...rest] = lines.filter((line) => line !== '');
  return printable([first, rest.join('; ')].filter(Boolean).join(' '));
}

/** Commander's complaint without its prefix, and its suggestion on the same line. */
export function usageOf(text: string): string {
  if (text === '(outputHelp)') return 'no command is given; kindred --help names them';
  const plain = text.replace(/^error: /, '').trim();
  return printable(plain.replaceAll(/\s*\n\s*/g, ' '));
}

function internal(what: string): Failure {
  return {
    message: `kindred: internal failure: ${what.split('\n').map(printable).join('\n')}`,
    code: 'INTERNAL',
    exitCode: 1,
  };
}
