/** A server in a process of its own, and what it has spent. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const HOST = fileURLToPath(new URL('host.js', import.meta.url));

/**
 * @param {string[]} args none for an empty route, or the folder of a store
 * @returns the port, `spent()` (CPU seconds since the start, bytes in memory, longest turn
 *   in ms since asked last) and `stop()`
 */
export async function serverProcess(...args) {
  const begun = performance.now();
  const child = fork(HOST, args, { execArgv: process.env.BENCH_SERVER_NODE?.split(' ') ?? [] });
  child.setMaxListeners(0);
  const died = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the server ended with ${signal ?? `code ${code}`}`);
  });
  died.catch(() => {});
  const told = async () => (await Promise.race([once(child, 'message'), died]))[0];
  const { port } = await told();
  return {
    port,
    readyAfter: (performance.now() - begun) / 1000,
    spent: () => {
      child.send('spent');
      return told();
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.send('stop');
      const [code, signal] = await ended;
      if (code !== 0) throw new Error(`the server did not end well: ${signal ?? `code ${code}`}`);
    },
  };
}
