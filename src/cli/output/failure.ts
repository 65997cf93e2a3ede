/** Tells bad input, which gets one plain line, from failures of kindred's own, which keep their stack. */

export interface Failure {
  /** What goes to stderr; empty if it has been said. */
  readonly message: string;
  readonly exitCode: 0 | 1 | 2;
}

export function describeFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: `kindred: internal failure: ${String(error)}`, exitCode: 1 };
  // Names, not classes: neither the library nor commander need be loaded to report that they cannot be loaded.
  if (error.name === 'KindredError') return { message: `kindred: ${oneLine(error.message)}`, exitCode: 2 };
  if (error.name === 'CommanderError' || error.name === 'InvalidArgumentError') {
    return { message: '', exitCode: (error as Error & { exitCode: number }).exitCode === 0 ? 0 : 2 };
  }
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall === 'write') {
    return { message: `kindred: cannot write the output: ${code}`, exitCode: 1 };
  }
  return { message: `kindred: internal failure: ${error.stack ?? error.message}`, exitCode: 1 };
}

/** Lists become one line; nothing out of a file reaches the terminal as a control code. */
export function oneLine(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  const [first, ...rest] = lines.filter((line) => line !== '');
  return printable([first, rest.join('; ')].filter(Boolean).join(' '));
}

/** Control characters as `?`: names come out of files and must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
