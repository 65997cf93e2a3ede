#!/usr/bin/env node
/** The command `kindred`. Exit codes: 0 done, 2 bad input, 1 a failure of kindred's own or of the output. */
import { describeFailure } from './output/failure.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads may stop early, as `head` does.
  if (error.code === 'EPIPE') process.exit(0);
  fail(error);
  process.exit();
});
process.stderr.on('error', () => {});
// No signal is listened to: it ends the process at once, also in the middle of a long computation. Whoever writes a file
// listens while it is not whole.

main().catch(fail);

async function main(): Promise<void> {
  const { run } = await import('./program.js');
  // Leaves by itself once what was printed is out: `process.exit` would cut it off.
  process.exitCode = await run(process.argv.slice(2), process);
}

function fail(error: unknown): void {
  const { message, exitCode } = describeFailure(error);
  if (message !== '') process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
