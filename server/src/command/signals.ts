/** What the process does on signals: TERM and INT end it well, a second one at once, HUP reads the configuration again. */
import type { Running } from './start.js';

/** For the whole of the end. All that was acknowledged is on the disk before it begins. */
const END_MS = 25_000;

export function heedSignals(running: Running, stderr: { write(text: string): unknown }): void {
  let isEnding = false;
  const endNow = (why: string) => {
    stderr.write(`kindred-server: ${why}; the next start takes in what models had not written.\n`);
    process.exit(1);
  };
  const end = () => {
    if (isEnding) endNow('ended at once');
    isEnding = true;
    setTimeout(() => endNow(`not done after ${END_MS / 1000} s`), END_MS).unref();
    running.stop().then(
      () => process.exit(0),
      (error: Error) => endNow(`it could not end well: ${error.message}`),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', () => {
    running.reload().then(
      ({ changed }) =>
        stderr.write(`kindred-server: the configuration is read again: ${changed.join(', ') || 'nothing'} changed.\n`),
      (error: Error) =>
        stderr.write(`kindred-server: all is as it was, as the configuration is bad:\n${error.message}\n`),
    );
  });
}
