/** The thread that owns the database, so that a flush of the disk never holds up the event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Call, openEngine } from './engine.js';

const port = parentPort;
if (port === null) throw new Error('This runs on a thread of its own.');
const { path } = workerData as { path: string };
const engine = await openEngine(path).catch((error: Error & { code?: string }) => {
  port.postMessage({ code: error.code ?? 'UNAVAILABLE', message: error.message });
  port.close();
});

port.on('message', (calls: readonly Call[] | 'close') => {
  if (calls === 'close') {
    engine?.close();
    port.close();
    return;
  }
  if (engine) port.postMessage(engine.run(calls));
});
if (engine) port.postMessage('open');
