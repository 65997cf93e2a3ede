#!/usr/bin/env node
/** The command `kindred`. Exit codes: 0 done, 2 for bad input, 1 for a failure of kindred's own or of the output. */
import { describeFailure } from './failure.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads may stop early, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  fail(error);
  process.exit();
});
process.stderr.on('error', () => {});

try {
  const { createProgram } = await import('./program.js');
  await createProgram().parseAsync();
} catch (error) {
  fail(error);
}

/** Leaves by itself once what was printed is out: `process.exit` would cut it off. */
function fail(error: unknown): void {
  const { message, exitCode } = describeFailure(error);
  if (message !== '') process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
